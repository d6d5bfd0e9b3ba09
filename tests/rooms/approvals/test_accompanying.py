"""Itineraries, folios and delivery notes go along with invoices and settle nothing themselves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest

from yuepi.approvals.decision import Decision
from yuepi.approvals.facts import facts
from yuepi.documents.reading import Finding

Make = SimpleNamespace
Judge = Callable[..., Decision]
PAPERS = ("itinerary", "hotel_folio", "delivery_note")
SHOWN = Finding(code="invoice_in_screenshot", severity="warning", message="m", message_zh="中")


@pytest.mark.parametrize("kind", PAPERS)
def test_they_may_accompany_and_count_for_nothing(make: Make, judge: Judge, kind: str) -> None:
    files = (
        make.file("a.pdf", make.reading()),
        make.file("b.jpg", make.reading(kind, number=None, total="900.00")),
    )
    found = facts(files, make.company, [], make.on, None)
    assert found.claim.total_amount == Decimal("300.00")
    assert (found.claim.invoices, found.claim.not_invoices) == (1, 0)
    assert (found.documents[1].supports, found.documents[1].counted) == ("yes", "no")
    assert found.claim.clean == "yes"
    # They show no payment, so their total is not held against the invoices'.
    assert judge(*files).outcome == "approve"


@pytest.mark.parametrize("kind", PAPERS)
def test_alone_they_are_no_claim(make: Make, judge: Judge, kind: str) -> None:
    decision = judge(make.file("b.jpg", make.reading(kind, total="90.00")))
    assert decision.outcome == "refer"


@pytest.mark.parametrize("kind", ["screenshot", "product_photo", "question_sheet"])
def test_other_papers_go_to_a_person(make: Make, judge: Judge, kind: str) -> None:
    invoice = make.file("a.pdf", make.reading())
    decision = judge(invoice, make.file("b.jpg", make.reading(kind, total=None)))
    assert decision.outcome != "approve"


def test_an_invoice_on_a_screen_goes_to_a_person(make: Make, judge: Judge) -> None:
    """As strict as a copy at least, and its own screen is not one more paper that is no invoice."""
    shown = make.reading(findings=(SHOWN,))
    screen = make.reading("screenshot", number=None, date=None, total=None)
    file = make.file("screen.png", shown, screen)
    decision = judge(file)
    assert decision.outcome == "refer"
    document = facts([file], make.company, [], make.on, None).documents
    assert [each.supports for each in document] == ["no", "yes"]
    assert document[0].original == "no"


def test_a_screen_without_an_invoice_supports_nothing(make: Make) -> None:
    screen = make.reading("screenshot", number=None, date=None, total=None)
    found = facts(
        [make.file("a.png", screen), make.file("b.png", make.reading(findings=(SHOWN,)))],
        make.company, [], make.on, None,
    )  # fmt: skip
    assert found.documents[0].supports == "no"
    assert found.claim.not_invoices == 1
