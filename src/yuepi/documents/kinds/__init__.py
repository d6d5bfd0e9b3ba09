"""The document kinds, one file each.

A kind of our own is added by its file and one line in `_OURS`; one of somebody else's by an
installed package whose entry point in the group `yuepi.kinds` names its `Kind`
(docs/how-to-add-a-kind.md).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from yuepi.documents.kinds import (
    bank_card,
    business_licence,
    chart,
    contract,
    delivery_note,
    digital_invoice,
    fixed_amount_invoice,
    form,
    hotel_folio,
    id_card,
    invoice,
    itinerary,
    machine_invoice,
    other,
    passport,
    payment_screenshot,
    product_photo,
    question_sheet,
    rail_e_ticket,
    receipt,
    screenshot,
    table,
    taxi_invoice,
    vat_e_invoice,
    vat_invoice,
    vat_special_invoice,
)
from yuepi.documents.kinds.kind import Kind
from yuepi.kit.errors import BadUsage

GROUP: Final = "yuepi.kinds"
"""Entry points of this group name kinds of other packages."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OURS: Final[tuple[Kind, ...]] = (
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
    id_card.KIND,
    passport.KIND,
    business_licence.KIND,
    bank_card.KIND,
    contract.KIND,
    form.KIND,
    chart.KIND,
    table.KIND,
    itinerary.KIND,
    hotel_folio.KIND,
    delivery_note.KIND,
    screenshot.KIND,
    product_photo.KIND,
    question_sheet.KIND,
    other.KIND,
)


@cache
def known_kinds() -> tuple[Kind, ...]:
    """Our kinds, then those of installed packages by name. Raises `BadUsage` naming the package
    whose entry point cannot be used."""
    found = {kind.name: kind for kind in _OURS}
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        kind = _loaded(entry)
        if kind.name in found:
            raise _unusable(entry, f"there is a kind {kind.name!r} already")
        found[kind.name] = kind
    return tuple(found.values())


def package_of(kind: Kind) -> str | None:
    """The installed package that brought a kind; None for our own."""
    if kind in _OURS:
        return None
    for entry in entry_points(group=GROUP):
        if entry.dist is not None and _loaded(entry) == kind:
            return entry.dist.name
    return None


def kind_named(name: str) -> Kind:
    """The kind of that name; `other` for an unknown name."""
    return next((kind for kind in known_kinds() if kind.name == name), other.KIND)


def _loaded(entry: EntryPoint) -> Kind:
    try:
        kind = entry.load()
    except Exception as error:
        # Somebody else's module may fail at anything when it is imported.
        raise _unusable(entry, f"{type(error).__name__}: {error}") from error
    if not isinstance(kind, Kind):
        raise _unusable(entry, "it is no Kind")
    if not _NAME.fullmatch(kind.name):
        raise _unusable(entry, f"its name {kind.name!r} is not lower case letters, digits and _")
    unknown = {*kind.decisive, *kind.masked, *kind.labels, *kind.meanings} - {*kind.fields}
    if unknown:
        raise _unusable(entry, f"{sorted(unknown)[0]!r} is none of its fields")
    return kind


def _unusable(entry: EntryPoint, why: str) -> BadUsage:
    package = entry.dist.name if entry.dist else "a package"
    return BadUsage(
        f"the document kind {entry.name!r} of {package} cannot be used: {why}",
        remedy=f"correct {entry.value}, or uninstall {package}",
        code="bad_kind",
    )
