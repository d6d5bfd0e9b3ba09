"""The reader `model` when the answer cannot be used, or none comes: the first reading stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.upstream import Hang, Reply, Reset, Status, Step, Truncated, Upstream, WrongJson
from tests.resources.model_desk import (
    BEFORE,
    RECEIPT,
    codes,
    file_of,
    first,
    read_with,
    says,
    terms,
    with_reader,
)
from yuepi.documents.readers.model import ModelReader


@pytest.mark.parametrize(
    "step",
    [
        Reply("I am sorry, I cannot read this."),
        Reply(""),
        Reply("{}"),
        Reply(says(total="99.99"), finish="length"),
        Reply(says(total="99.99"), finish="content_filter"),
        Reply('{"total": {"value": "13.4013.4013.4013.40'),
        Reply("1" * 60_000, pieces=tuple("1" * 1_000 for _ in range(60))),
        Reply(f"<think>{says(total='99.99')}"),
    ],
)
def test_an_answer_that_cannot_be_used_changes_nothing_but_a_note(step: Step) -> None:
    file = read_with(step)
    reading = first(file)
    assert reading.fields == BEFORE.fields
    assert reading.questions == ()
    (note,) = [f for f in reading.findings if f not in BEFORE.findings]
    assert (note.code, note.severity) == ("model_answer_unusable", "info")
    assert file.reading.calls[0].outcome.startswith("unusable_")


@pytest.mark.parametrize(
    "step",
    [
        Status(500), Status(401), Status(429, retry_after="60"), Reset(), Truncated(), Hang(),
        WrongJson(), Status(404, code="model_not_found"),
    ],
)  # fmt: skip
def test_a_model_that_fails_changes_nothing_but_a_note(step: Step) -> None:
    file = read_with(step, step, step, given=terms(seconds_max=0.5))
    reading = first(file)
    assert reading.fields == BEFORE.fields
    (note,) = [f for f in reading.findings if f not in BEFORE.findings]
    assert (note.code, note.severity) == ("model_unavailable", "info")
    assert file.reading.calls[0].outcome not in ("read", "")


def test_a_runaway_answer_is_left() -> None:
    async def use(up: Upstream, reader: ModelReader) -> None:
        up.script = [Reply("", pieces=("0" * 1_000,) * 2_000, delay_s=0.001)]
        file = await reader.read(file_of(RECEIPT))
        assert await up.wait_cut(1)
        assert file.reading.calls[0].outcome == "unusable_too_long"

    with_reader(use, terms(seconds_max=20))


def test_after_one_that_is_away_the_others_of_a_file_are_not_asked() -> None:
    async def use(up: Upstream, reader: ModelReader) -> None:
        up.otherwise = Status(500)
        pages = (RECEIPT, replace(RECEIPT, number=2))
        file = await reader.read(file_of(*pages))
        assert len(file.reading.readings) == 2
        assert all("model_unavailable" in codes(each) for each in file.reading.readings)
        assert len(file.reading.calls) == 1

    with_reader(use)
