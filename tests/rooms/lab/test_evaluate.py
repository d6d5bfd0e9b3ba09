"""Readings against truth: how they are counted, and what a set must be."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.reading import Field, FileReading, Problem, Reading
from yuepi.kit.errors import BadUsage, UnreadableFile
from yuepi.lab.evaluate import PUBLISHED, evaluate, read_set
from yuepi.lab.scoring import Characters, Score, answers


def reading(kind: str = "receipt", text: str = "", **values: str | None) -> Reading:
    fields = {
        name: Field(
            value=value, status="single" if value else "missing", confidence=0.9 if value else 0.0
        )
        for name, value in values.items()
    }
    return Reading(
        kind=kind, kind_confidence=0.9, page=1, quality="photo", fields=fields, text=text
    )


def file(name: str, *readings: Reading, error: Problem | None = None) -> list[FileReading]:
    return [
        FileReading(file=name, sha256="0", pages=1, original=False, readings=readings, error=error)
    ]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(*entries: Any) -> Path:
        lines = [each if isinstance(each, str) else json.dumps(each) for each in entries]
        (tmp_path / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
        return tmp_path

    return write


def test_fields_answers_and_characters_are_counted(written: Callable[..., Path]) -> None:
    folder = written(
        {"file": "a.jpg", "kind": "receipt", "truth": {"total": "8.20", "date": "2018-03-03"}},
        {"file": "b.png", "kind": "chart", "truth": {"qa": [{"q": "2012?", "a": "57"}]}},
        {"file": "c.jpg", "kind": "negative", "truth": {}},
    )
    read = {
        "a.jpg": file("a.jpg", reading(total="8.20", date="2018-03-05")),
        "b.png": file("b.png", reading("other")),
        "c.jpg": file("c.jpg", reading("receipt")),
    }
    report = evaluate(
        read_set(folder), lambda path: read[path.name], lambda _, __: "It is 57%, clearly."
    )
    assert report.score.counts["fields"] == 2
    assert report.score.counts["right"] == 1
    assert (report.asked, report.answered) == (1, 1)
    assert report.answers_right == pytest.approx(2 / 3)
    assert report.wrong_kind == ["c.jpg: receipt"]
    assert report.basis == "values"
    figures = report.figures()
    assert set(figures) == set(PUBLISHED)
    assert figures["characters_f1"] == pytest.approx(1 - 1 / 14)
    assert figures["peak_memory_gb"]


def test_whole_texts_count_where_the_set_has_them(written: Callable[..., Path]) -> None:
    folder = written({"file": "a.jpg", "kind": "receipt", "truth": {}, "text": "ABC 123"})
    report = evaluate(read_set(folder), lambda _: file("a.jpg", reading(text="ABC 12")))
    assert report.basis == "text"
    assert report.characters.f1 == pytest.approx(10 / 11)


def test_several_documents_of_a_photo_are_told_by_place_and_number(
    written: Callable[..., Path],
) -> None:
    truths = [{"number": "1", "total": "3.00"}, {"number": "2", "total": "4.00"}]
    folder = written(
        {"file": "a.jpg", "kind": "x", "truth": {"documents": [
            {"doc_type": "taxi_invoice", **each} for each in truths
        ]}}
    )  # fmt: skip
    readings = [reading("taxi_invoice", **each) for each in reversed(truths)]
    report = evaluate(read_set(folder), lambda _: file("a.jpg", *readings))
    assert report.score.share("right") == 1.0
    assert report.by_kind["taxi_invoice"].counts["fields"] == 4


def test_a_file_that_fails_counts_as_missing(written: Callable[..., Path]) -> None:
    folder = written(
        {"file": "a.jpg", "kind": "receipt", "truth": {"total": "8.20"}},
        {"file": "b.jpg", "kind": "receipt", "truth": {"total": "8.20"}},
    )

    def read(path: Path) -> Sequence[FileReading]:
        if path.name == "a.jpg":
            raise UnreadableFile("a.jpg: damaged", remedy="", code="damaged")
        return file("b.jpg", error=Problem(code="bomb", message="", remedy=""))

    report = evaluate(read_set(folder), read)
    assert report.failed == ["a.jpg: damaged", "b.jpg: bomb"]
    assert report.score.share("right") == 0.0


@pytest.mark.parametrize(
    "lines", [(), ("{",), ("[]",), ({"kind": "receipt"},), ({"file": "../a.jpg"},)]
)
def test_a_set_that_cannot_be_used_says_so(
    written: Callable[..., Path], lines: tuple[Any, ...]
) -> None:
    folder = written(*lines)
    with pytest.raises(BadUsage) as error:
        read_set(folder)
    assert error.value.code == "bad_set"
    with pytest.raises(BadUsage):
        read_set(folder / "nowhere")


def test_silent_errors_are_those_called_confirmed() -> None:
    score = Score()
    wrong = Field(value="8.30", status="confirmed", confidence=0.99)
    given_ = reading().model_copy(update={"fields": {"total": wrong}})
    score.add("a", given_, {"total": "8.20"})
    assert len(score.silent) == 1


@pytest.mark.parametrize(
    ("said", "wanted", "right"),
    [
        ("57", "57", True),
        ("It is 57%.", "57", True),
        ("57 or 58", "57", False),
        ("1,200.0", "1200", True),
        ("Milw. South.", "milw. south", True),
        ("cannot tell", "57", False),
    ],
)
def test_an_answer_is_right_or_not(said: str, wanted: str, right: bool) -> None:
    assert answers(said, wanted) is right


@given(st.text(max_size=30), st.text(max_size=30))
def test_characters_are_a_share(read: str, wanted: str) -> None:
    counted = Characters()
    counted.add(read, wanted)
    assert counted.f1 is None or 0 <= counted.f1 <= 1
    same = Characters()
    same.add(wanted, wanted)
    assert same.f1 in (None, 1.0)
