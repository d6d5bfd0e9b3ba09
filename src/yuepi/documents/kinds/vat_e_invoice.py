"""增值税电子普通发票: the electronic VAT invoice, toll invoices (通行费) included."""

from __future__ import annotations

import re

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout import vat_form
from yuepi.documents.layout.view import View

TYPE = "增值税电子普通发票"


def _likeness(view: View) -> float:
    text = view.squeezed
    if vat_form.is_titled(view, "增值税电子普通发票"):
        return 0.99
    if vat_form.is_titled(view, "电子普通发票"):
        return 0.95
    if re.search("增值税.{0,2}普通发票", text) and re.search(r"发票代码[:：]?0\d{11}", text):
        return 0.95
    structure = vat_form.structure_score(view)
    on_paper = re.search("发票联|抵扣联|记账联", text)
    return 0.7 if structure >= 0.6 and "机器编号" in text and not on_paper else 0.0


def _read(view: View) -> Draft:
    return vat_form.read_classic(view, TYPE, paper=False)


KIND = Kind(
    name="vat_e_invoice",
    title_zh="增值税电子普通发票",
    title_en="VAT electronic invoice",
    fields=vat_form.FIELDS,
    decisive=vat_form.DECISIVE,
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
