"""增值税专用发票: the special VAT invoice, on paper or electronic (增值税电子专用发票)."""

from __future__ import annotations

import re

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout import vat_form
from yuepi.documents.layout.view import View


def _likeness(view: View) -> float:
    text = view.squeezed
    if "电子发票" in text:
        return 0.0
    if vat_form.is_titled(view, "增值税专用发票", "增值税电子专用发票"):
        return 0.98
    if vat_form.structure_score(view) < 0.6:
        return 0.0
    if "专用发票" in text:
        return 0.9
    return 0.75 if re.search("发票联|抵扣联", text) and "校验码" not in text else 0.0


def _read(view: View) -> Draft:
    electronic = "电子专用发票" in view.squeezed
    name = "增值税电子专用发票" if electronic else "增值税专用发票"
    return vat_form.read_classic(view, name, paper=not electronic)


KIND = Kind(
    name="vat_special_invoice",
    title_zh="增值税专用发票",
    title_en="VAT special invoice",
    fields=tuple(name for name in vat_form.FIELDS if name != "check_code"),
    decisive=vat_form.DECISIVE,
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
