"""What of a model's claims counts: candidates where the page says so too, questions where not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.resources.page_evidence import numbered, page_with, told
from yuepi.documents.differing_digit import Digits, differing_digit
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.view import View
from yuepi.documents.page_reading import PageEvidence, gather, settle, views_of
from yuepi.documents.reading import Evidence, Reading
from yuepi.documents.said import SUGGESTION_CHARACTERS_MAX, Claim, Said, hear
from yuepi.kit.boxes import Box

PAGE = page_with(
    (0.1, 0.1, "样例证件"),
    (0.1, 0.2, "姓名 张样例"),
    (0.1, 0.3, "编号 110000199001010000"),
    (0.1, 0.4, "有效期至 2030-05-06"),
    (0.6, 0.4, "费用 12.00"),
)


def number_read(view: View) -> Draft:
    """One field is read by layout, the others are left."""
    hit = view.first(r"编号 (?P<v>\d+)")
    return Draft(
        (view.candidate("number", hit.text("v"), hit.box("v"), hit.text("v")),) if hit else ()
    )


KIND = Kind(
    name="sample_card",
    title_zh="样例证件",
    title_en="Sample card",
    fields=("name", "number", "valid_until", "fee"),
    decisive=("number",),
    is_invoice=False,
    likeness=lambda view: 0.9,
    read=number_read,
    masked=("number", "name"),
    labels={"number": ("证件编号", "Card number"), "name": ("姓名", "Name")},
)


def after(*claims: Claim, page: PageEvidence = PAGE) -> Reading:
    (views,) = views_of(page)
    return settle(gather(page, views, KIND), Said(KIND.name, claims, numbered(page)))


def test_claims_that_stand_fill_what_was_missing():
    reading = after(
        Claim("name", "张样例", (2,)),
        Claim("valid_until", "2030年5月6日", (4,)),
        Claim("fee", "12", (5,)),
    )
    assert reading.questions == ()
    found = {name: (f.value, f.status, f.sources) for name, f in reading.fields.items()}
    assert found == {
        "name": ("张样例", "single", ("model",)),
        "number": ("110000199001010000", "single", ("layout",)),
        "valid_until": ("2030-05-06", "single", ("model",)),
        "fee": ("12.00", "single", ("model",)),
    }
    (evidence,) = reading.fields["name"].evidence
    assert (evidence.text, evidence.page) == ("姓名 张样例", 1)


def test_what_is_shown_in_part_only_is_not_told_by_questions_or_findings():
    reading = after(Claim("number", "110000199001010001"), Claim("name", "李样例"))
    assert reading.fields["number"].status == "conflict"
    secret = ("110000199001010001", "110000199001010000", "李样例")
    told_of = "".join(
        text
        for each in (*reading.questions, *reading.findings)
        for text in (each.message, each.message_zh, getattr(each, "suggestion", None) or "")
    )
    assert not any(each in told_of for each in secret)
    (digit,) = [f for f in reading.findings if f.code == "sources_differ_in_digit"]
    assert "digit 18 of Card number" in digit.message


def test_fields_of_no_such_kind_are_nothing():
    assert after(Claim("decision", "approve"), Claim("total", "1.00")) == after()


def test_a_lookalike_is_a_question_at_its_place():
    page = page_with((0.1, 0.1, "样例证件"), (0.1, 0.3, "卡号 I2345678"))
    (question,) = after(Claim("number", "12345678"), page=page).questions
    assert question.box is not None
    assert abs(question.box.y0 - 0.3) < 1e-3


def test_a_long_suggestion_is_cut():
    (question,) = after(Claim("fee_note", "x"), Claim("valid_until", "字" * 250)).questions
    assert question.suggestion is not None
    assert len(question.suggestion) == SUGGESTION_CHARACTERS_MAX


def test_a_code_grounds_what_no_line_has():
    read = Candidate("fee", "9.00", Evidence(page=1, box=None, source="codes", text="9.00"))
    view = View(1, "layout", ())
    heard = hear(KIND, Said(KIND.name, (Claim("fee", "9.0"),)), [view], [read])
    (candidate,) = heard.candidates
    assert (candidate.value, candidate.source) == ("9.00", "model")


def test_two_claims_for_one_field_are_a_conflict():
    reading = after(Claim("fee", "12.00", (5,)), Claim("fee", "12.00"), Claim("name", "张样例"))
    assert reading.fields["fee"].status == "single"
    page = page_with((0.1, 0.1, "费用 12.00"), (0.1, 0.2, "费用 13.00"))
    both = after(Claim("fee", "12.00", (1,)), Claim("fee", "13.00", (2,)), page=page)
    assert (both.fields["fee"].status, both.fields["fee"].others) == ("conflict", ("13.00",))


@pytest.mark.parametrize("trouble", ["model_unavailable", "model_answer_unusable"])
def test_trouble_is_a_note_in_both_languages(trouble):
    (views,) = views_of(PAGE)
    before = settle(gather(PAGE, views, KIND))
    reading = settle(gather(PAGE, views, KIND), Said(KIND.name, trouble=trouble))
    assert reading.fields == before.fields
    (note,) = reading.findings
    assert (note.code, note.severity) == (trouble, "info")
    assert note.message and note.message_zh  # noqa: PT018


def test_what_is_said_of_another_number_of_documents_is_nothing():
    page = told(PAGE, "other", ())
    twice = replace(page, said=page.said * 2)
    assert len(views_of(twice)) == 1
    assert settle(gather(twice, views_of(twice)[0], KIND)).questions == ()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("27.00", "27.80", Digits(3, "0", "8")),
        ("2026-01-05", "2026-01-06", Digits(8, "5", "6")),
        ("A12", "A13", Digits(2, "2", "3")),
        ("27.00", "27.00", None),
        ("27.00", "28.80", None),
        ("27.00", "127.00", None),
        ("A12", "B12", None),
        ("1X", "12", None),
    ],
)
def test_the_one_digit_that_differs(one, other, expected):
    assert differing_digit(one, other) == expected


def test_boxes_of_candidates_are_those_of_lines():
    claim = Claim("fee", "12.00", (5,), 1, Box(0, 0, 1, 1))
    assert PAGE.sighting is not None
    line = PAGE.sighting.lines[4]
    assert after(claim).fields["fee"].evidence[0].box == tuple(round(e, 5) for e in line.box)
