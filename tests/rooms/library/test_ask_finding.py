"""Questions that only say which document is meant, rows of tables, names no dictionary knows."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.asked_shelf import SALE, Shelf, answer_of, paper, usual_shelf
from yuepi.kit.boxes import Box
from yuepi.library.asking.asked import Done
from yuepi.library.asking.asker import Asker
from yuepi.library.asking.candidates import Candidate
from yuepi.library.asking.question import named, understand
from yuepi.library.asking.tables import unsure_cells
from yuepi.library.asking.terms import Folded, covered, names_in, terms_of

HERE = Box(0.1, 0.1, 0.2, 0.2)


def told(question: str, shelf: Shelf | None = None) -> Done:
    held = shelf or usual_shelf()
    return asyncio.run(answer_of(Asker(held, held, held), question))


# --- documents ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "HTCG-2024-118",
        "合同HTCG-2024-118",
        "2024年和远图的采购合同",
        "2024年2月30万以上的采购合同",
        "采购合同 远图",
    ],
)
def test_a_document_is_told_by_what_it_is(question: str) -> None:
    done = told(question)
    assert done.status == "answered"
    assert {quote.document for quote in done.quotes} == {"sale"}
    assert "HTCG-2024-118" in done.answer
    assert "358,000.00" in done.answer


@pytest.mark.parametrize(
    "question",
    [
        "HTCG-2024-119",
        "2023年和远图的采购合同",
        "2024年50万以上的采购合同",
        "2024年30万以下的采购合同",
        "2024年和星河的采购合同",
        "2024年和远图的发票",
    ],
)
def test_no_other_document_is_told(question: str) -> None:
    assert told(question).status == "not_found"


def test_more_documents_than_are_told_are_counted() -> None:
    others = [
        paper(f"s{at}", f"采购合同-{at}.pdf", SALE.replace("118", f"{200 + at}")) for at in range(5)
    ]
    done = told("2024年和远图的采购合同", Shelf(*others))
    assert {"several_documents", "more_documents"} <= {note.code for note in done.notes}


# --- tables ---------------------------------------------------------------------------------------


def cell(row: str, column: str, text: str, *codes: str) -> Candidate:
    return Candidate(
        0, "cell", 1, HERE, text, f"{row} · {column}", column, frozenset({row, *codes}),
        folded=Folded(text), named=Folded(f"{row} · {column}"),
    )  # fmt: skip


GRID = (
    cell("tier 1", "Staff", "440"),
    cell("tier 1", "Manager", "550"),
    cell("tier 2", "Staff", "330"),
    cell("tier 2", "Manager", "410"),
)


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("hotel limit in tier 1 cities for staff", {"440"}),
        ("hotel limit in tier 2 cities for a manager", {"410"}),
        ("hotel limit in tier 3 cities for staff", set()),
        ("hotel limit in tier 1 cities", set()),
        ("hotel limit for staff", set()),
    ],
)
def test_only_the_cell_whose_row_and_column_are_named(question: str, kept: set[str]) -> None:
    unsure = unsure_cells(understand(question), GRID)
    assert {each.text for at, each in enumerate(GRID) if at not in unsure} == kept


# --- words ----------------------------------------------------------------------------------------


def test_names_are_known_from_documents() -> None:
    names = names_in("朗信免租期几天，跟泽智签的呢", ("发票-朗信-2601", "杭州泽智电子有限公司"))
    assert names == {"朗信", "泽智"}
    asked = named(understand("跟泽智签的租期几天"), names)
    assert ("泽智", "name") in {(term.text, term.sort) for term in asked.terms}


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("盛霖的房子租到什么时候", {"到期"}),
        ("who rents unit G9-2400", {"承租方"}),
        ("HR-2025-57213是发给谁的", {"收件人"}),
        ("how did Acme pay the fee", {"付款方式"}),
    ],
)
def test_a_turn_of_phrase_tells_what_is_asked_for(question: str, things: set[str]) -> None:
    assert {term.text for term in understand(question).implied} == things


@pytest.mark.parametrize(
    ("question", "text", "met"),
    [
        ("HG-4532", "条码扫描枪 HG-4532 57 486.89", True),
        ("HG-4532", "条码扫描枪 HG-45321 57", False),
        ("Q3 2024", "travel cost, third quarter of 2024", True),
        ("Q3 2024", "travel cost, fourth quarter of 2024", False),
        ("in March 2024", "dated 15 March 2024", True),
        ("in March 2024", "dated March 15, 2024", True),
        ("in March 2024", "dated 15 May 2024", False),
        ("2024年7月23万以上", "2024年7月5日", True),
    ],
)
def test_codes_and_moments_are_met_where_they_stand(question: str, text: str, met: bool) -> None:
    literal = next(term for term in terms_of(question) if term.sort == "literal")
    assert bool(covered(literal, Folded(text))) is met


@given(st.from_regex(r"[1-9][0-9]{3,11}", fullmatch=True), st.sampled_from("123456789"))
def test_a_number_is_no_part_of_a_longer_one(number: str, digit: str) -> None:
    (term,) = [each for each in terms_of(f"号 {number} ") if each.sort == "literal"]
    assert covered(term, Folded(f"x {number} y"))
    for longer in (number + digit, digit + number):
        assert not covered(term, Folded(f"x {longer} y"))
