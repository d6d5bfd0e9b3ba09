"""Whether a proof of payment is about the invoices that it comes with. Pure.

One payment may settle one invoice, several, or all of a claim; several payments may settle one.
What fits none of these is shown to a person: another purchase, a discount, or a picture changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from yuepi.approvals.fact import DocumentFacts, Payment

_PAYMENTS: Final = frozenset({"payment_screenshot"})
"""Other papers that accompany invoices (a trip list, a folio) show no payment."""
SUMS_OF_MAX: Final = 12
"""Of so many invoices every sum is looked at; of more only single ones and all of them."""


def with_payments(documents: Sequence[DocumentFacts]) -> tuple[DocumentFacts, ...]:
    """The documents with `payment_matches` said of each proof of payment."""
    payments = [each for each in documents if each.kind in _PAYMENTS]
    if not payments:
        return tuple(documents)
    counted = [each for each in documents if each.counted == "yes"]
    known = all(each.total_known == "yes" for each in counted) and bool(counted)
    sums = _sums([each.total for each in counted])
    together = sum((each.total for each in payments), Decimal(0))

    def said(payment: DocumentFacts) -> Payment:
        if not known or not payment.total:
            return "unknown"
        return "yes" if payment.total in sums or together in sums else "no"

    return tuple(
        each.model_copy(
            update={
                "payment_matches": said(each),
                "evidence": each.evidence | {"payment_matches": each.evidence.get("total", ())},
            }
        )
        if each.kind in _PAYMENTS
        else each
        for each in documents
    )


def _sums(totals: Sequence[Decimal]) -> set[Decimal]:
    """What one payment for some of the invoices may come to."""
    if len(totals) > SUMS_OF_MAX:
        return {*totals, sum(totals, Decimal(0))}
    sums: set[Decimal] = set()
    for total in totals:
        sums |= {total, *(each + total for each in sums)}
    return sums
