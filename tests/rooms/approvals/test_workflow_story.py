"""The story of a claim: its order, what is waited for, what is counted, and that it always ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from yuepi.approvals.claim_rows import AttachmentRow
from yuepi.approvals.workflow.queue import work_id
from yuepi.approvals.workflow.story import TRIES_MAX, Story
from yuepi.kit.errors import Unavailable

AWAY = Unavailable("away", remedy="wait")


def attachment(number: int) -> AttachmentRow:
    return AttachmentRow(f"att_{number}", "clm_1", 1, number, "a.png", "0" * 64, 1, "png")


@dataclass
class Begun:
    attachments: Sequence[AttachmentRow]


@dataclass
class Scripted:
    """Steps that fail as they are told: `trouble[step]` are the errors of its first calls."""

    files: int | None = 2
    trouble: dict[str, list[Exception]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    during: Callable[[], Any] = lambda: None

    def _call(self, step: str, what: str = "") -> None:
        self.calls.append(f"{step}{what}")
        self.during()
        errors = self.trouble.get(step, [])
        if errors:
            raise errors.pop(0)

    async def begin(self, claim_id: str, round_: int, /) -> Begun | None:
        self._call("begin")
        return None if self.files is None else Begun([attachment(n) for n in range(self.files)])

    async def read(self, each: AttachmentRow, /) -> None:
        self._call("read", f" {each.position}")

    async def settle(self, claim_id: str, round_: int, /, *, executor: str) -> None:
        self._call("settle", f" by {executor}")

    async def fail(self, claim_id: str, round_: int, error: Exception, /) -> None:
        self._call("fail", f": {error}")


def tell(steps: Scripted) -> tuple[str, list[float]]:
    """How the story of those steps ends, and for how long it waited each time."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    story = Story(steps, "exe_1", sleep=wait)
    return asyncio.run(story.run_claim("clm_1", 1)), waits


def test_it_begins_reads_and_settles_in_order() -> None:
    steps = Scripted()
    assert tell(steps) == ("settled", [])
    assert steps.calls == ["begin", "read 0", "read 1", "settle by exe_1"]


def test_a_claim_that_is_no_more_the_machines_is_left() -> None:
    steps = Scripted(files=None)
    assert tell(steps)[0] == "over"
    assert steps.calls == ["begin"]


@pytest.mark.parametrize("step", ["begin", "read", "settle", "fail"])
def test_what_is_away_is_waited_for_without_end_and_counts_nothing(step: str) -> None:
    away: list[Exception] = [AWAY] * 40
    steps = Scripted(trouble={step: away})
    if step == "fail":
        steps.trouble["settle"] = [ValueError("no")] * TRIES_MAX
    ended, waits = tell(steps)
    assert ended == ("failed" if step == "fail" else "settled")
    assert len(waits) >= 40
    assert max(waits) <= 10.0
    assert sum(call.startswith("fail") for call in steps.calls) == (41 if step == "fail" else 0)


def test_a_fault_that_passes_is_tried_again() -> None:
    steps = Scripted(trouble={"read": [OSError("once")] * (TRIES_MAX - 1)})
    assert tell(steps)[0] == "settled"
    assert not [call for call in steps.calls if call.startswith("fail")]


@pytest.mark.parametrize("step", ["begin", "read", "settle"])
def test_a_fault_that_stays_is_noted_once(step: str) -> None:
    steps = Scripted(trouble={step: [ValueError("bad")] * TRIES_MAX})
    assert tell(steps)[0] == "failed"
    assert [call for call in steps.calls if call.startswith("fail")] == ["fail: bad"]


def test_nothing_is_raised_even_where_the_failure_cannot_be_noted() -> None:
    trouble: dict[str, list[Exception]] = {
        "settle": [ValueError("bad")] * TRIES_MAX,
        "fail": [RuntimeError("worse")] * TRIES_MAX,
    }
    assert tell(Scripted(trouble=trouble))[0] == "failed"


def test_it_says_what_runs_here_until_the_last_of_two_ends() -> None:
    async def told() -> None:
        steps = Scripted()
        story = Story(steps, "exe_1")
        seen: list[frozenset[str]] = []
        steps.during = lambda: seen.append(story.running())
        await asyncio.gather(story.run_claim("clm_1", 2), story.run_claim("clm_1", 2))
        assert set(seen) == {frozenset({"clm_1.r2"})}
        assert not story.running()

    asyncio.run(told())


def test_cancelled_it_ends_and_runs_no_more() -> None:
    async def told() -> None:
        steps = Scripted(trouble={"begin": [AWAY] * 100})
        story = Story(steps, "exe_1")
        task = asyncio.create_task(story.run_claim("clm_1", 1))
        await asyncio.sleep(0)
        assert story.running()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not story.running()

    asyncio.run(told())


def test_the_works_id_is_the_claims_and_from_the_second_round_on_its_rounds() -> None:
    assert [work_id("clm_1", n) for n in (1, 2, 10)] == ["clm_1", "clm_1.r2", "clm_1.r10"]
