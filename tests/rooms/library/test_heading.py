"""Papers of no kind of their own are called by the heading that they begin with, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.page_text import PageText, TextRun
from yuepi.kit.boxes import Box
from yuepi.library.heading import CHARACTERS_MAX, heading_of

BODY = (
    "The harbour office met on Monday and went through what had been left open in March",
    "and found that the two cranes need new cables before the summer, which costs more than",
    "had been thought. Nobody objected.",
)


def page(*lines: str, number: int = 1) -> PageText:
    """A page of one run a row, as wide as its characters."""
    runs = tuple(
        TextRun(text=line, box=Box(0.1, top, right, top + 0.03), row=at)
        for at, line in enumerate(lines)
        for top, right in ((0.05 * at, min(0.9, 0.1 + 0.009 * max(len(line), 1))),)
    )
    return PageText(file_at=0, page=number, native=True, aspect=0.7, runs=runs)


@pytest.mark.parametrize(
    "first",
    [
        "Minutes of the harbour office",
        "会议纪要",
        "2025年度安全生产工作总结",
        "Safety handbook (third edition)",
        "Nächste Schritte",
    ],
)
def test_a_heading_is_the_title(first: str) -> None:
    assert heading_of([page(first, *BODY)]) == first
    assert heading_of([page("Page 1 of 3", first, *BODY)]) == first
    assert heading_of([page("2026-03-01", "第 1 页", first, *BODY)]) == first
    assert heading_of([page(*BODY, number=2), page(first, *BODY)]) == first


@pytest.mark.parametrize(
    "first",
    [
        BODY[0],
        "We met on Monday.",
        "我们周一开了会。",
        "Dear Mr Shore",
        "尊敬的客户",
        "Customer: Shore Ltd",
        "客户名称：海岸公司",
        "姓名 = 张三",
        "ann@example.com",
        "6222 0212 3456",
        "Account 622202123456",
        "x" * (CHARACTERS_MAX + 1),
        "7",
        "a",
        "",
    ],
)
def test_what_is_no_heading_is_no_title(first: str) -> None:
    assert heading_of([page(first, *BODY)]) == ""


def test_a_note_has_none() -> None:
    assert heading_of([]) == ""
    assert heading_of([page("Keys are with the porter")]) == ""
    assert heading_of([page("Minutes of the harbour office", *BODY, number=2)]) == ""


@given(st.lists(st.text(max_size=90), max_size=6))
def test_whatever_stands_there_it_is_short_and_visible(lines: list[str]) -> None:
    found = heading_of([page(*lines)])
    assert len(found) <= CHARACTERS_MAX
    assert found.isprintable()
