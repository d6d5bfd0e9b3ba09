"""The document kinds, one file each. A kind is added by its file and one line in `KINDS`."""

from __future__ import annotations

from yuepi.documents.kinds import (
    digital_invoice,
    fixed_amount_invoice,
    invoice,
    machine_invoice,
    other,
    payment_screenshot,
    rail_e_ticket,
    receipt,
    taxi_invoice,
    vat_e_invoice,
    vat_invoice,
    vat_special_invoice,
)
from yuepi.documents.kinds.kind import Kind

KINDS: tuple[Kind, ...] = (
    vat_special_invoice.KIND,
    vat_invoice.KIND,
    vat_e_invoice.KIND,
    digital_invoice.KIND,
    rail_e_ticket.KIND,
    taxi_invoice.KIND,
    fixed_amount_invoice.KIND,
    machine_invoice.KIND,
    receipt.KIND,
    invoice.KIND,
    payment_screenshot.KIND,
    other.KIND,
)


def kind_named(name: str) -> Kind:
    """The kind of that name; `other` for an unknown name."""
    return next((kind for kind in KINDS if kind.name == name), other.KIND)
