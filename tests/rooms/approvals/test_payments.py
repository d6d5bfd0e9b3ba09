"""A payment that is not what its invoices come to is shown to a person."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from yuepi.approvals.decision import Decision

Judge = Callable[..., Decision]


def claim(make: SimpleNamespace, invoices: list[str], payments: list[str | None]) -> list[object]:
    files = [
        make.file(f"{at}.pdf", make.reading(number=f"243320000000123{10 * at:05}", total=total))
        for at, total in enumerate(invoices)
    ]
    for at, total in enumerate(payments):
        screen = make.reading("payment_screenshot", number=None, total=total)
        files.append(make.file(f"pay-{at}.png", screen))
    return files


@pytest.mark.parametrize(
    ("invoices", "payments", "fits"),
    [
        (["300.00"], ["300.00"], True),
        (["300.00"], ["300.01"], False),
        (["300.00"], ["30.00"], False),
        (["300.00", "20.50"], ["320.50"], True),
        (["300.00", "20.50"], ["20.50"], True),
        (["300.00", "20.50", "1.00"], ["301.00"], True),
        (["300.00", "20.50"], ["100.00", "220.50"], True),
        (["300.00"], ["100.00", "200.00"], True),
        (["300.00"], ["100.00", "100.00"], False),
    ],
)
def test_a_payment_fits_one_some_or_all_invoices(
    make: SimpleNamespace, judge: Judge, invoices: list[str], payments: list[str], fits: bool
) -> None:
    decision = judge(*claim(make, invoices, list(payments)))
    told = [reason for reason in decision.reasons if reason.code == "payment_differs"]
    assert bool(told) is not fits
    assert decision.outcome == ("approve" if fits else "refer")
    for reason in told:
        assert reason.evidence[0].file.startswith("pay-")


def test_a_payment_whose_amount_is_not_known_says_nothing(
    make: SimpleNamespace, judge: Judge
) -> None:
    assert judge(*claim(make, ["300.00"], [None])).outcome == "approve"
