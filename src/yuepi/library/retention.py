"""How long accounting vouchers are kept. Pure.

《会计档案管理办法》 (财政部、国家档案局令第79号) has vouchers kept for 30 years, counted from the
first day after the accounting year. `[library] retention_years` says how many; 0: none are kept.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from yuepi.documents.kinds import kind_named
from yuepi.kit.clock import iso_day
from yuepi.library.document import Document, Kept

RECEIPTS: Final = frozenset({"receipt", "payment_screenshot", "itinerary", "hotel_folio"})
"""No invoices, but original vouchers of an entry as these are: proof of a payment or a journey."""
AHEAD_YEARS_MAX: Final = 1
"""A document dated further ahead than that was misread."""


def is_voucher(kind: str | None) -> bool:
    """Whether documents of this kind are kept: invoices of all kinds, and proofs of payments."""
    return kind is not None and (kind in RECEIPTS or kind_named(kind).is_invoice)


def lock_until(kind: str | None, day: str | None, added: date, years: int) -> str | None:
    """The ISO day before which a document must not be deleted; None: there is none.

    kind: what was read; day: the document's own, ISO, where it has one that can be. added: when it
    came; its year counts where the document has none.
    """
    if years == 0 or not is_voucher(kind):
        return None
    own = iso_day(day) if day else None
    year = added.year
    if own is not None and own.year <= added.year + AHEAD_YEARS_MAX:
        year = own.year
    return date(year + years + 1, 1, 1).isoformat()


def longer(one: str | None, other: str | None) -> str | None:
    """The later of two locks: a lock never becomes shorter by what is read later."""
    return max((each for each in (one, other) if each is not None), default=None)


def check_deletable(document: Document, today: date) -> None:
    """Raises `Kept` (409 `retained`) for a document that is locked on that day."""
    until = document.locked_until
    if until is not None and today.isoformat() < until:
        raise Kept(
            f"{document.name[:80]!r} is an accounting voucher and is kept until {until}",
            remedy="it can be deleted from that day on; add a new version where it is wrong",
        )
