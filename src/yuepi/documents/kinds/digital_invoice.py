"""数电票 (电子发票): fully digital invoices of both types; a 20-digit number and no code."""

from __future__ import annotations

import re

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout import vat_form
from yuepi.documents.layout.item_table import read_items
from yuepi.documents.layout.view import Hit, View

SPECIAL = "电子发票（增值税专用发票）"
ORDINARY = "电子发票（普通发票）"
_TITLES = (
    r"电\s*子\s*发\s*票?\s*[(（]?\s*(?P<t>普\s*通\s*发\s*票|增\s*值\s*税\s*专\s*用\s*发\s*票)\s*[)）]?",
    r"(?P<t>普\s*通\s*发\s*票|专\s*用\s*发\s*票)",
    r"电\s*子\s*发(?P<t>[^\t]{0,14})票\s*[)）]",
)
"""The title; then, where a seal hides its beginning, what is left of it."""


_NAMES = ("电子发票(普通", "电子发票（普通", "电子发票(增值税专用", "电子发票（增值税专用")


def _likeness(view: View) -> float:
    text = view.squeezed
    if vat_form.is_titled(view, *_NAMES) and "铁路" not in text:
        return 0.99
    numbered = re.search(r"发票号码[:：]?\d{20}(?!\d)", text)
    if (numbered or "电子发票" in text) and vat_form.structure_score(view) >= 0.4:
        return 0.0 if "铁路" in text else 0.96 if numbered else 0.9
    return 0.0


def _read(view: View) -> Draft:
    zones = vat_form.find_zones(view)
    title = view.part(y1=zones.lines_top).first(*_TITLES)
    middle = _seller_left(view)
    upper = view.part(y1=zones.lines_top)
    candidates = [
        *_type_and_title(view, title),
        *vat_form.read_header(view),
        *(
            vat_form.labelled_parties(view)
            or (
                *vat_form.read_party(upper.part(x1=middle), "buyer"),
                *vat_form.read_party(upper.part(x0=middle), "seller"),
            )
        ),
        *vat_form.read_totals(view),
        *vat_form.read_currency(view),
    ]
    items = read_items(view.part(y0=zones.lines_top, y1=zones.sums_top))
    return Draft(tuple(candidates), items)


def _type_and_title(view: View, title: Hit | None) -> tuple[Candidate, ...]:
    """Both say the same on this form: ordinary, or special (专, 增值税), by what can be read."""
    if title is None:
        return ()
    words = title.text("t")
    if re.search("[专增值税]", words):
        name = SPECIAL
    elif re.search("[普通]", words):
        name = ORDINARY
    else:
        return ()
    return tuple(
        view.candidate(field, name, title.box(), title.text()) for field in ("type", "title")
    )


def _seller_left(view: View) -> float:
    """Where the seller's half begins: at the second 名称 of the row, else the middle."""
    for row in view.rows:
        names = list(re.finditer(r"名\s*称\s*[:：]", row.text))
        if len(names) >= 2:
            first, second = (row.part(*m.span()) for m in names[:2])
            return second.x0 - 0.01 if second.x0 > first.x1 else first.x1
    return (view.box.x0 + view.box.x1) / 2


KIND = Kind(
    name="digital_invoice",
    title_zh="电子发票（数电票）",
    title_en="Fully digital e-invoice",
    fields=tuple(name for name in vat_form.FIELDS if name not in ("code", "check_code")),
    decisive=vat_form.DECISIVE,
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
