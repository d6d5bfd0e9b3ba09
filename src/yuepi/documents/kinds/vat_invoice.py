"""增值税普通发票: the paper VAT invoice."""

from __future__ import annotations

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout import vat_form
from yuepi.documents.layout.view import View

TYPE = "增值税普通发票"


def _likeness(view: View) -> float:
    text = view.squeezed
    if vat_form.is_titled(view, "增值税普通发票"):
        return 0.98
    if vat_form.structure_score(view) < 0.6 or "电子" in text:
        return 0.0
    if "普通发票" in text:
        return 0.9
    return 0.75 if "发票联" in text and "校验码" in text else 0.0


def _read(view: View) -> Draft:
    return vat_form.read_classic(view, TYPE, paper=True)


KIND = Kind(
    name="vat_invoice",
    title_zh="增值税普通发票",
    title_en="VAT invoice (paper)",
    fields=vat_form.FIELDS,
    decisive=vat_form.DECISIVE,
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
