"""What each document kind means for a claim: whether it settles anything and what must be sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Voucher:
    """The terms of one kind.

    is_invoice: a 发票 that a claim may be settled on. counts: its total is part of the claim's.
    decisive: fields that an automatic approval needs confirmed by two independent sources.
    names_buyer: whether the paper names the buyer. yuan: made out in yuan by law, whatever a
    currency field says. electronic: its legal original is a file, so a picture is a copy.
    supports: it may accompany invoices as a proof of payment, travel, stay or delivery.
    """

    is_invoice: bool
    counts: bool
    decisive: tuple[str, ...]
    names_buyer: bool = False
    yuan: bool = True
    electronic: bool = False
    supports: bool = False


_CODED: Final = ("code", "number", "date", "total")
# A wrong code hides a duplicate, so it is decisive wherever the paper has one.
_VAT: Final = Voucher(
    is_invoice=True, counts=True, decisive=(*_CODED, "buyer_tax_id"), names_buyer=True
)

_PROOF: Final = Voucher(is_invoice=False, counts=False, decisive=(), yuan=False, supports=True)

VOUCHERS: Final[Mapping[str, Voucher]] = MappingProxyType(
    {
        "vat_special_invoice": _VAT,
        "vat_invoice": _VAT,
        "vat_e_invoice": Voucher(
            is_invoice=True,
            counts=True,
            decisive=_VAT.decisive,
            names_buyer=True,
            electronic=True,
        ),
        "digital_invoice": Voucher(
            is_invoice=True,
            counts=True,
            decisive=("number", "date", "total", "buyer_tax_id"),
            names_buyer=True,
            electronic=True,
        ),
        "rail_e_ticket": Voucher(
            is_invoice=True,
            counts=True,
            decisive=("number", "date", "total"),
            names_buyer=True,
            electronic=True,
        ),
        "taxi_invoice": Voucher(is_invoice=True, counts=True, decisive=_CODED),
        "fixed_amount_invoice": Voucher(
            is_invoice=True, counts=True, decisive=("code", "number", "total")
        ),
        "machine_invoice": Voucher(is_invoice=True, counts=True, decisive=_CODED, names_buyer=True),
        "invoice": Voucher(
            is_invoice=True,
            counts=True,
            decisive=("number", "date", "total", "currency"),
            names_buyer=True,
            yuan=False,
        ),
        "receipt": Voucher(
            is_invoice=False, counts=True, decisive=("date", "total", "currency"), yuan=False
        ),
        "payment_screenshot": _PROOF,
        "itinerary": _PROOF,
        "hotel_folio": _PROOF,
        "delivery_note": _PROOF,
    }
)

NOT_A_VOUCHER: Final = Voucher(is_invoice=False, counts=False, decisive=(), yuan=False)
"""Menus, contracts, anything unknown."""


def voucher(kind: str) -> Voucher:
    """The terms of a kind; of no use as a voucher where the kind is unknown."""
    return VOUCHERS.get(kind, NOT_A_VOUCHER)
