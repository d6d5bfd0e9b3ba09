"""What a product's sheet or label says. A label counts where it stands alone in its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from yuepi.documents.barcodes import ean_valid
from yuepi.documents.contents import Table
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.layout import beside_labels as lab
from yuepi.documents.layout.listing import Entry, Record, as_table
from yuepi.documents.layout.view import Row, View
from yuepi.documents.reading import Evidence
from yuepi.sight.sighting import Code

LABELS: Final = {
    "name": lab.spaced("商品名称", "产品名称", "商品名", "品名", "货品名称")
    + r"|(?i:product\s*name|product)",
    "brand": lab.spaced("商品品牌", "品牌", "品牌名称", "商标") + r"|(?i:brand(?:\s*name)?)",
    "model": lab.spaced("型号", "货号", "款号", "商品货号", "产品型号", "规格型号")
    + r"|(?i:model(?:\s*no\.?)?|style(?:\s*no\.?)?|item\s*no\.?|article(?:\s*no\.?)?)",
    "material": lab.spaced("面料", "材质", "材料", "面料成分", "成分", "主要材质", "材质成分")
    + r"|(?i:materials?|fabric|composition)",
    "origin": lab.spaced("产地", "原产地", "生产地")
    + r"|(?i:origin|country\s*of\s*origin|made\s*in)",
}
_FURTHER: Final = (
    lab.spaced(
        "洗涤建议",
        "洗涤说明",
        "注意事项",
        "商品介绍",
        "产品介绍",
        "尺码",
        "颜色",
        "规格",
        "净含量",
        "保质期",
        "生产日期",
        "执行标准",
        "安全类别",
        "等级",
        "生产商",
        "制造商",
        "条码",
        "条形码",
        "重量",
        "适用季节",
        "配料",
        "配料表",
        "贮存条件",
        "商品数据",
        "产品参数",
        "里料",
        "填充物",
        "功率",
        "额定电压",
        "尺寸",
    )
    + r"|(?i:colou?r|size|net\s*weight|care|manufacturer|barcode|weight|dimensions|ingredients"
    r"|washing|features|power|voltage)"
)
_BARCODE: Final = lab.spaced("条形码", "条码", "商品条码") + r"|(?i:bar\s?code|EAN|UPC)"
_ANY: Final = "|".join((*LABELS.values(), _FURTHER, _BARCODE))
_SIZE_HEAD: Final = re.compile(r"(?i)^\s*(?:尺\s*码|尺\s*寸|号\s*型|size)\s*(?:[(（].{1,6}[)）])?$")
_SIZE: Final = re.compile(
    r"(?i)(?:[2-6]?X{0,3}[SL]|X{1,4}L|M|均码|F|\d{2,3}(?:/\d{2,3}[A-C]?)?|(?:EU|US"
    r"|UK)\s?\d{1,2}(?:\.5)?)"
)
_FIGURE: Final = re.compile(
    r"\d{1,4}(?:\.\d{1,2})?(?:[-~—–]\d{1,4}(?:\.\d)?)?(?:\s?(?:cm|mm|厘米|kg))?"
)
_SIZES_MIN: Final = 2
_EAN_FORMATS: Final = ("EAN13", "EAN8", "UPCA", "EAN-13", "EAN-8", "UPC-A")


def own_labels(view: View) -> set[str]:
    """The product labels that stand alone in a cell or before a colon; further ones as `other`
    words each by itself."""
    found: set[str] = set()
    for cell in _cells(view):
        text = re.split(r"[:：]", cell, maxsplit=1)[0].strip()
        name = next((n for n, label in LABELS.items() if re.fullmatch(label, text)), None)
        if name or re.fullmatch(_FURTHER, text):
            found.add(name or text)
    return found


def _cells(view: View) -> Iterator[str]:
    for row in view.rows:
        for line in row.lines:
            yield line.text.strip()


def read_product(view: View) -> Draft:
    """Labelled values, the size table, and the bar code as seen and as printed."""
    records = size_rows(view)
    return Draft(
        (*_labelled(view), *_sizes(view, records), *_barcode(view)), tables=_table(view, records)
    )


def _labelled(view: View) -> Iterator[Candidate]:
    for name, label in LABELS.items():
        own = rf"(?:{label})(?=\s*(?:[:：]|\t|$))"
        found = lab.labelled(view, own, r"[^\t]{1,80}", rf"(?:{_ANY})\s*(?:[:：]|$)")
        yield from lab.candidates(view, name, found[:1], _clean)


def _clean(text: str) -> str | None:
    value = re.sub(r"\s+", " ", text).strip(" :：;；")
    return value if re.search(r"[^\W_]", value) else None


def size_rows(view: View) -> list[Record]:
    """The size table, one record a size: `size` and its measures by their printed names.

    Sizes stand in the row of the heading, measures in the rows under it; a measure counts where
    every size has one.
    """
    for number, row in enumerate(view.rows):
        head, *cells = row.lines
        sizes = [line for line in cells if _SIZE.fullmatch(line.text.strip())]
        if not _SIZE_HEAD.match(head.text) or len(sizes) < _SIZES_MIN or len(sizes) < len(cells):
            continue
        records: list[Record] = [{"size": Entry(line.text.strip(), line.box)} for line in sizes]
        for below in view.rows[number + 1 : number + 12]:
            name, values = _measure(below)
            if len(values) == len(records) and name not in ("", "size"):
                for record, value in zip(records, values, strict=True):
                    record[name] = value
        return records
    return []


def _measure(row: Row) -> tuple[str, list[Entry]]:
    head, *cells = row.lines
    whole = all(_FIGURE.fullmatch(line.text.strip()) for line in cells)
    named = re.fullmatch(r"[^\W\d_][^:：]{0,19}", head.text.strip())
    if not (whole and named):
        return "", []
    return head.text.strip(), [Entry(line.text.strip(), line.box) for line in cells]


def _sizes(view: View, records: Sequence[Record]) -> Iterator[Candidate]:
    if not records:
        return
    told = []
    for record in records:
        measures = ", ".join(f"{name} {e.text}" for name, e in record.items() if name != "size")
        told.append(f"{record['size'].text}: {measures}" if measures else record["size"].text)
    box = records[0]["size"].box
    text = " ".join(record["size"].text for record in records)
    yield view.candidate("sizes", "; ".join(told), box, text)


def _table(view: View, records: Sequence[Record]) -> tuple[Table, ...]:
    names = dict.fromkeys(name for record in records for name in record)
    titles = {name: "尺码 / Size" if name == "size" else name for name in names}
    return as_table(view.page, titles, records)


def barcodes(view: View) -> list[Code]:
    """Codes of products on the page."""
    return [code for code in view.codes if code.format in _EAN_FORMATS and ean_valid(code.text)]


def _barcode(view: View) -> Iterator[Candidate]:
    """The code itself, and its digits as printed; both where they are, to support one another."""
    for code in barcodes(view):
        seen = Evidence(page=view.page, box=code.box, source="codes", text=code.text)
        yield Candidate("barcode", code.text, seen)
    printed = lab.labelled(view, _BARCODE, r"\d(?:\s?\d){7,12}(?!\d)")
    for line in view.lines:
        if re.fullmatch(r"\s*\d\s?\d{6}\s?\d{6}\s*", line.text):
            printed.append(lab.Found(line.text, line.box))
    found = lab.candidates(view, "barcode", printed, lambda text: re.sub(r"\s", "", text))
    yield from (each for each in found if ean_valid(each.value))
