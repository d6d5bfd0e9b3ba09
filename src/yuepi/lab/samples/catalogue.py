"""Every kind of sample by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from yuepi.kit.errors import BadUsage
from yuepi.lab.samples import (
    bills,
    charts,
    contracts,
    deliveries,
    desktops,
    digital,
    folios,
    forms,
    identity,
    itineraries,
    licences,
    products,
    questions,
    rail,
    receipts,
    screens,
    sheets,
    slips,
    tables,
    vat,
)
from yuepi.lab.samples.sample import Sample
from yuepi.lab.samples.wishes import Wishes

Draw = Callable[[str, int, date, Wishes], Sample]

DRAWERS: dict[str, Draw] = {
    "vat_e_invoice": vat.draw,
    "vat_invoice": vat.draw,
    "vat_special_invoice": vat.draw,
    "digital_invoice": digital.draw,
    "taxi_invoice": slips.draw_taxi,
    "fixed_amount_invoice": slips.draw_fixed,
    "machine_invoice": slips.draw_machine,
    "rail_e_ticket": rail.draw,
    "receipt": receipts.draw,
    "invoice": bills.draw,
    "payment_screenshot": screens.draw,
    "form": forms.draw,
    "chart": charts.draw,
    "id_card": identity.draw_id_card,
    "passport": identity.draw_passport,
    "business_licence": licences.draw_licence,
    "bank_card": licences.draw_bank_card,
    "contract": contracts.draw,
    "table": tables.draw,
    "itinerary": itineraries.draw,
    "hotel_folio": folios.draw,
    "delivery_note": deliveries.draw,
    "screenshot": desktops.draw,
    "product_photo": products.draw,
    "question_sheet": questions.draw,
    "menu": sheets.draw_menu,
    "notice": sheets.draw_notice,
    "business_card": sheets.draw_card,
}


def make(kind: str, seed: int, on: date, **overrides: Any) -> Sample:
    """A sample of `kind`, the same for the same arguments; dated before `on`.

    `menu`, `notice` and `business_card` are samples of the kind `other`: no invoices.
    `overrides` are the fields of `Wishes`. Raises `BadUsage` for a kind nobody draws.
    """
    if kind not in DRAWERS:
        raise BadUsage(f"no sample of kind {kind!r}", remedy=f"one of {', '.join(DRAWERS)}")
    return DRAWERS[kind](kind, seed, on, Wishes(**overrides))
