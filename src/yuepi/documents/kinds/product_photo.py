"""Product sheets, labels and packages: what the print and the bar code say of a product."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.product import LABELS, barcodes, own_labels, read_product, size_rows
from yuepi.documents.layout.view import View

_NEVER: Final = re.compile(
    r"(?i)发票|合计|总计|金额|单价|小计|收银|订单号|交易单号|收货人|送货单|出库单|身份证|护照"
    r"|营业执照"
    r"|甲方|乙方|invoice|receipt|subtotal|total|passport|agreement"
)
_MARKS_MIN: Final = 3


def _likeness(view: View) -> float:
    if _NEVER.search(view.squeezed):
        return 0.0
    labels = own_labels(view)
    marks = len(labels) + bool(size_rows(view)) + bool(barcodes(view))
    if marks < _MARKS_MIN or not labels & set(LABELS):
        return 0.0
    return min(0.9, 0.45 + 0.08 * marks)


def _read(view: View) -> Draft:
    return read_product(view)


KIND = Kind(
    name="product_photo",
    title_zh="商品图片",
    title_en="Product picture",
    fields=("name", "brand", "model", "material", "origin", "sizes", "barcode"),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={
        "name": ("商品名称", "Product"),
        "brand": ("品牌", "Brand"),
        "model": ("型号", "Model"),
        "material": ("材质", "Material"),
        "origin": ("产地", "Origin"),
        "sizes": ("尺码", "Sizes"),
        "barcode": ("条码", "Bar code"),
    },
    meanings={
        "sizes": "sizes in the order printed, with their measures: `S: 衣长 73, 胸围 85; M: …`",
        "barcode": "the 8, 12 or 13 digits of an EAN or UPC",
        "material": "fabric or material as printed, shares in per cent with it",
    },
)
