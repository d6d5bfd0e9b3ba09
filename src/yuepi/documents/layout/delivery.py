"""What a delivery note says: who sent what to whom, how many of each, and whether it is signed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.layout import beside_labels as lab
from yuepi.documents.layout.currency import currency_seen
from yuepi.documents.layout.listing import Entry, Record, read_records
from yuepi.documents.layout.slip import words_hit
from yuepi.documents.layout.text import money
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Item
from yuepi.kit.boxes import Box
from yuepi.kit.money import money_text, parse_amount

TITLE: Final = re.compile(
    r"(?i)(?P<v>(?:送|发|出|提|交)\s*货\s*单|(?:销\s*售\s*)?出\s*库\s*单|送\s*货\s*清\s*单"
    r"|货\s*物\s*签\s*收\s*单"
    r"|delivery\s*(?:note|order|receipt|slip)|packing\s*(?:slip|list)|goods\s*issue\s*note)"
)
_SEEN: Final = "seen"
_SENDER: Final = (
    rf"(?:{lab.spaced('送货单位', '发货单位', '供货单位', '发货方', '供应商', '供货商')})"
    r"(?:\s*名\s*称)?"
    r"|(?i:ship(?:ped)?\s*from|consignor|supplier|from)"
)
_RECEIVER: Final = (
    rf"(?:{lab.spaced('收货单位', '客户名称', '购货单位', '提货单位', '收货方', '客户')})"
    r"(?:\s*名\s*称)?"
    r"|(?i:ship\s*to|deliver(?:ed)?\s*to|consignee|customer)"
)
_NUMBER: Final = (
    rf"(?:{lab.spaced('送货单号', '出库单号', '发货单号', '单据编号', '单据号', '单号', '编号')})"
    r"|(?i:delivery\s*(?:note)?\s*(?:no\.?|number|#)|note\s*no\.?|no\.)|N[oº°]\.?|№"
)
_DATE: Final = (
    rf"(?:{lab.spaced('送货日期', '发货日期', '出库日期', '开单日期', '日期')})"
    r"|(?i:delivery\s*date|date)"
)
_SIGNERS: Final = lab.spaced(
    "收货人签字",
    "收货人签名",
    "收货单位签收",
    "收货人",
    "签收人",
    "签收",
    "客户签字",
    "客户签收",
    "验收人",
)
_SIGNED: Final = (
    rf"(?:{_SIGNERS})"
    r"(?:\s*[(（](?:签字|签章|盖章|签名)[)）])?|(?i:received\s*by|customer\s*signature|signature)"
)
_OTHER: Final = "|".join((_SENDER, _RECEIVER, _NUMBER, _DATE, r"地\s*址|电\s*话|联\s*系"))
_DAY: Final = (
    r"20\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}(?!\d)\s*日?"
    r"|\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/., ]+(?:20)\d\d(?!\d)"
)
_HEADS: Final = {
    "number": re.compile(r"(?i)序\s*号|\bno\.?(?=\s|\t|$)|^#|行\s*号"),
    "code": re.compile(r"(?i)(?:物料|货物|产品|商品)\s*编\s*[码号]|\bitem\s*code\b|\bsku\b"),
    "name": re.compile(
        r"(?i)(?:货\s*物|产\s*品|商\s*品|物\s*料|物\s*品)?\s*名\s*称(?:\s*及\s*规\s*格)?"
        r"|品\s*名|\bdescription\b"
        r"|\bitem\b|\bproduct\b"
    ),
    "model": re.compile(r"(?i)规\s*格\s*(?:型\s*号)?|型\s*号|\bmodel\b|\bspec(?:ification)?\b"),
    "unit": re.compile(r"(?i)单\s*位|\bunit\b(?!\s*price)|\buom\b"),
    "quantity": re.compile(r"(?i)(?:实\s*发|送\s*货|出\s*库)?\s*数\s*量|\bqty\b|\bquantity\b"),
    "price": re.compile(r"(?i)单\s*价(?:\s*[(（]元[)）])?|\bunit\s*price\b|\bprice\b"),
    "amount": re.compile(r"(?i)金\s*额(?:\s*[(（]元[)）])?|\bamount\b"),
    "note": re.compile(r"(?i)备\s*注|\bremarks?\b|\bnotes?\b"),
}
_QUANTITY: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,3})?|\d{1,7}(?:\.\d{1,3})?")
_END: Final = re.compile(
    r"(?i)合\s*计|总\s*计|大\s*写|制\s*单|送\s*货\s*人|经\s*手|签\s*收|备\s*注\s*[:：]"
    r"|received|^\W*total|signature"
)
_TOTAL: Final = (
    r"合\s*计\s*(?:金\s*额)?|总\s*计|总\s*金\s*额|小\s*写"
    r"|(?i:(?<!sub )(?<!sub-)total(?:\s*amount)?)"
)


def read_delivery(view: View) -> Draft:
    """Fields and goods. A total only where the note prints prices; most do not."""
    goods = read_records(view, _HEADS, "quantity", _QUANTITY, _END)
    return Draft(
        (
            *_title(view),
            *_labelled(view),
            *_total(view, goods),
            *_signature(view),
            *_seal(view),
        ),
        items=tuple(_item(record) for record in goods),
    )


def _title(view: View) -> Iterator[Candidate]:
    if hit := view.first(TITLE):
        text = re.sub(r"\s+", "" if not hit.text("v").isascii() else " ", hit.text("v"))
        yield view.candidate("title", text, hit.box("v"), hit.text("v"))


def _labelled(view: View) -> Iterator[Candidate]:
    name = rf"(?=[^\t]*[\u4e00-\u9fffA-Za-z]{{2}}){lab.WORDS}"
    yield from lab.candidates(view, "sender", lab.labelled(view, _SENDER, name, _OTHER)[:1])
    yield from lab.candidates(view, "receiver", lab.labelled(view, _RECEIVER, name, _OTHER)[:1])
    number = r"(?=[A-Z\d-]*\d{3})[A-Z\d][A-Z\d-]{3,24}(?![\dA-Za-z])"
    yield from lab.candidates(view, "number", lab.labelled(view, _NUMBER, number)[:1])
    yield from lab.candidates(view, "date", lab.labelled(view, _DATE, _DAY), lab.day)


def _total(view: View, goods: Sequence[Record]) -> Iterator[Candidate]:
    if not any("amount" in record for record in goods):
        return
    found = lab.labelled(view, _TOTAL, rf"(?:CNY|RMB|[¥￥$€£])?\s*(?:{lab.AMOUNT})")
    yield from lab.candidates(view, "total", found, lab.sum_of_money)
    words = words_hit(view)
    if words and (amount := parse_amount(words.text("v"))) is not None:
        text = re.sub(r"\s", "", words.text("v"))
        if money_text(amount):
            yield view.candidate("total_cn", text, words.box("v"), words.text("v"))
    if seen := currency_seen(view):
        text = seen.hit.text()
        yield view.candidate("currency", seen.code, seen.hit.box(), text, firm=seen.firm)


def _item(record: Record) -> Item:
    def text(name: str) -> str | None:
        return record[name].text if name in record else None

    return Item(
        name=text("name"),
        model=text("model"),
        unit=text("unit"),
        quantity=record["quantity"].text.replace(",", ""),
        price=_figure(record.get("price")),
        amount=_figure(record.get("amount")),
    )


def _figure(entry: Entry | None) -> str | None:
    return money(re.sub(r"[¥￥$€£\s]", "", entry.text)) if entry else None


def _signature(view: View) -> Iterator[Candidate]:
    """Something written beside or under the label of the receiver's signature. Whose it is, and
    what it says, nobody reads here; nothing seen is no proof that nothing is there."""
    for hit in view.search(rf"(?:{_SIGNED})\s*[:：]?"):
        place = hit.box()
        if place.centre[1] < view.box.y0 + 0.5 * view.box.height:
            continue
        beside = Box(place.x1, place.y0 - place.height, place.x1 + 0.25, place.y1 + place.height)
        marks = [stroke for stroke in view.strokes if beside.shared(stroke) > 0.3 * stroke.area]
        hands = [line.box for line in view.lines if line.by_hand and beside.holds(line.box.centre)]
        for box in (*marks, *hands):
            yield view.candidate("signature", _SEEN, box, hit.text(), firm=False)
            return


def _seal(view: View) -> Iterator[Candidate]:
    if view.seals:
        yield view.candidate("seal", _SEEN, view.seals[0].box, "")
