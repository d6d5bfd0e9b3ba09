"""VAT invoices of the old form: 电子普票 (with 通行费), paper 普票 and 专票.

One table serves all: places are points on a page 610 x 394 points, measured on public samples.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from yuepi.lab.samples.figures import (
    Charge,
    cents,
    charge,
    cipher,
    code_text,
    digits,
    in_words,
    sums,
    tax_sum_text,
)
from yuepi.lab.samples.ink import BLACK, BLUE, BROWN, MAROON, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, charges, dice_of, faces, issued
from yuepi.lab.samples.words import Company, Region, buyer, company, person, region

WIDTH, HEIGHT = 610.0, 394.0
_COURIER = "Courier"
_TYPES = {
    "vat_e_invoice": "增值税电子普通发票",
    "vat_invoice": "增值税普通发票",
    "vat_special_invoice": "增值税专用发票",
}
_CODE_KINDS = {"vat_e_invoice": "10", "vat_invoice": "04", "vat_special_invoice": "01"}
_GOODS_COLUMNS: tuple[float, ...] = (22, 175, 219, 254, 320, 391, 480, 503.5, 592)
_GOODS_HEADS = (
    "货物或应税劳务、服务名称",
    "规格型号",
    "单位",
    "数  量",
    "单  价",
    "金   额",
    "税率",
    "税   额",
)
_TOLL_COLUMNS: tuple[float, ...] = (22, 145, 240, 276, 333, 390, 475, 506, 592)
_TOLL_HEADS = (
    "项目名称",
    "车牌号",
    "类型",
    "通行日期起",
    "通行日期止",
    "金   额",
    "税率",
    "税   额",
)


@dataclass(frozen=True, slots=True)
class _Draft:
    """All that one invoice says, before it is drawn."""

    kind: str
    title: str
    place: Region
    code: str
    number: str
    day: date
    check: str
    machine: str
    buyer: Company
    seller: Company
    charges: list[Charge]
    cipher: list[str]
    clerks: tuple[str, str, str]
    remark: str
    toll: tuple[str, str, date, date] | None
    qr: str
    yuan: str
    label_face: str
    face: str
    ink: Ink


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `vat_e_invoice`, `vat_invoice` or `vat_special_invoice`."""
    draft = _draft(kind, dice_of(kind, seed), on, wishes)
    sheet = Sheet(WIDTH, HEIGHT, (255, 255, 255))
    _head(sheet, draft)
    _grid(sheet, draft)
    _party(sheet, draft, draft.buyer, 94.5)
    _party(sheet, draft, draft.seller, 303.5)
    _cipher(sheet, draft)
    if draft.toll:
        _toll_line(sheet, draft, draft.toll)
    else:
        _lines(sheet, draft)
    _sums(sheet, draft)
    _foot(sheet, draft)
    items = [each.as_item() for each in draft.charges]
    name = f"{kind}-{seed}"
    return finished(sheet, name, kind, _truth(draft), items, (draft.qr,), _further(draft))


def _draft(kind: str, dice: random.Random, on: date, wishes: Wishes) -> _Draft:
    place = region(dice)
    day = issued(dice, on, wishes)
    is_toll = wishes.toll if wishes.toll is not None else dice.random() < 0.15
    is_toll = is_toll and kind == "vat_e_invoice"
    trade, lines = charges(dice, wishes, taxed=kind == "vat_special_invoice")
    seller = wishes.seller or company(dice, place, "高速公路有限公司" if is_toll else trade.suffix)
    toll = None
    if is_toll:
        lines = _toll_charges(dice, wishes)
        ride = day - timedelta(days=dice.randint(0, 9))
        plate = f"{place.plate}{dice.choice('ABCDE')}{dice.choice('HKMN')}{digits(dice, 4)}"
        toll = plate, dice.choice(("客车", "货车")), ride, ride
    code = wishes.code or _code(dice, kind, place, day, is_toll)
    number = wishes.number or digits(dice, 8)
    check = "" if kind == "vat_special_invoice" else digits(dice, 20)
    customer = wishes.buyer or buyer(dice)
    if kind == "vat_special_invoice" and not customer.tax_id:
        customer = company(dice, region(dice), "科技有限公司")
    amount = str(sums(lines)[0])
    label_face, face = faces(dice, wishes)
    return _Draft(
        kind=kind,
        title=place.name + _TYPES[kind],
        place=place,
        code=code,
        number=number,
        day=day,
        check=check,
        machine=digits(dice, 12),
        buyer=customer,
        seller=seller,
        charges=lines,
        cipher=cipher(dice),
        clerks=(person(dice), person(dice), person(dice)),
        remark=dice.choice(("", "", f"订单号:{digits(dice, 12)}")),
        toll=toll,
        qr=code_text(_CODE_KINDS[kind], code, number, amount, day, check),
        yuan=dice.choice("圆圆元"),
        label_face=label_face,
        face=face,
        ink=BLACK if kind == "vat_e_invoice" else dice.choice((BLACK, BLUE)),
    )


def _code(dice: random.Random, kind: str, place: Region, day: date, toll: bool) -> str:
    year = f"{day:%y}"
    if kind == "vat_special_invoice":
        return f"{place.digits}{year}{dice.randint(1, 4)}130"
    batch = f"{dice.randint(1, 7)}00"
    ending = ("12" if toll else "11") if kind == "vat_e_invoice" else dice.choice(("04", "05"))
    return f"0{place.digits}{year}{batch}{ending}"


def _toll_charges(dice: random.Random, wishes: Wishes) -> list[Charge]:
    gross = wishes.total or cents(Decimal(dice.randint(500, 18000)) / 100)
    return [charge("*经营租赁*通行费", "", "", None, gross, Decimal(dice.choice((3, 5, 9))) / 100)]


def _truth(draft: _Draft) -> dict[str, str]:
    amount, tax, total = sums(draft.charges)
    every = {
        "type": _TYPES[draft.kind],
        "title": draft.title,
        "code": draft.code,
        "number": draft.number,
        "date": draft.day.isoformat(),
        "check_code": draft.check,
        "buyer_name": draft.buyer.name,
        "buyer_tax_id": draft.buyer.tax_id,
        "seller_name": draft.seller.name,
        "seller_tax_id": draft.seller.tax_id,
        "amount": str(amount),
        "tax": tax_sum_text(draft.charges, tax),
        "total": str(total),
        "total_cn": in_words(total, draft.yuan),
        "currency": "CNY",
    }
    return {name: value for name, value in every.items() if value}


def _further(draft: _Draft) -> dict[str, str]:
    return {
        "machine": draft.machine,
        "cipher": "".join(draft.cipher),
        "buyer_address": draft.buyer.address_line,
        "buyer_bank": draft.buyer.bank_line,
        "seller_address": draft.seller.address_line,
        "seller_bank": draft.seller.bank_line,
        "payee": draft.clerks[0],
        "checker": draft.clerks[1],
        "clerk": draft.clerks[2],
        "remark": draft.remark,
    }


def _head(sheet: Sheet, draft: _Draft) -> None:
    face = draft.label_face
    electronic = draft.kind == "vat_e_invoice"
    sheet.text(305, 41, draft.title, 21, face, BROWN, "middle", room=225)
    sheet.line(197, 53.5, 418, 53.5, MAROON, 0.8)
    sheet.line(197, 56, 418, 56, MAROON, 0.8)
    bureau = [("国家税务总局", 6.5, 0.0)]
    if electronic:
        bureau.append((f"{draft.place.city}市税务局", 6.5, 15.0))
    sheet.seal(305, 52, (42, 27), "全国统一发票监制章", bureau, face)
    sheet.qr(40, 9, 50, draft.qr)
    if draft.toll:
        sheet.text(96, 61, "通行费", 15, "hei")
    if draft.check:
        sheet.text(31, 72.5, "机器编号:", 8.5, face, BROWN)
        sheet.text(75, 72.5, draft.machine, 8.5, draft.face)
    if electronic:
        rows = [("发票代码:", draft.code), ("发票号码:", draft.number)]
        for i, (label, value) in enumerate(rows):
            sheet.text(434.5, 20.5 + i * 17.5, label, 9, face, BROWN)
            sheet.text(477, 20.5 + i * 17.5, value, 9, draft.face)
    else:
        sheet.text(118, 33, draft.code, 15, "Helvetica")
        sheet.text(437, 33, "№", 16, "song", BROWN)
        sheet.text(457, 33, draft.number, 17, "Helvetica", BLUE)
        sheet.text(545, 22, draft.code, 7.5, _COURIER, draft.ink)
        sheet.text(545, 32, draft.number, 7.5, _COURIER, draft.ink)
        sheet.text(305, 71, "发 票 联", 11, face, BROWN, "middle")
        side = "第二联：发票联　购买方记账凭证"
        sheet.column(602, 150, side, 6.5, face, BROWN, 8.5)
    sheet.text(434.5, 55.5, "开票日期:", 9, face, BROWN)
    day = f"{draft.day:%Y}年{draft.day:%m}月{draft.day:%d}日"
    sheet.text(477, 55.5, day, 9, draft.face, draft.ink)
    if draft.check:
        groups = " ".join(draft.check[i : i + 5] for i in range(0, 20, 5))
        sheet.text(434.5, 73, "校 验 码:", 9, face, BROWN)
        sheet.text(477, 73, groups, 9, draft.face, draft.ink, room=113)


def _grid(sheet: Sheet, draft: _Draft) -> None:
    face = draft.label_face
    for y in (144.5, 269.5, 293):
        sheet.line(22, y, 592, y, MAROON)
    sheet.frame(22, 84.5, 592, 349, MAROON)
    for x in (42.0, 349.0, 364.0):
        sheet.line(x, 84.5, x, 144.5, MAROON)
        sheet.line(x, 293, x, 349, MAROON)
    columns = _TOLL_COLUMNS if draft.toll else _GOODS_COLUMNS
    heads = _TOLL_HEADS if draft.toll else _GOODS_HEADS
    for x in columns[1:-1]:
        sheet.line(x, 144.5, x, 269.5, MAROON)
    sheet.line(columns[1], 269.5, columns[1], 293, MAROON)
    for left, right, head in zip(columns[:-1], columns[1:], heads, strict=True):
        middle = (left + right) / 2
        sheet.text(middle, 156, head, 9, face, BROWN, "middle", room=right - left - 3)
    sheet.column(32, 102, "购买方", 9.5, face, BROWN, 15)
    sheet.column(356.5, 98, "密码区", 9, face, BROWN, 19)
    sheet.column(32, 310, "销售方", 9.5, face, BROWN, 15)
    sheet.column(356.5, 310, "备注", 9, face, BROWN, 30)
    sheet.spread(62, 111, 266, "合计", 9, face, BROWN)
    sheet.text(92, 284.5, "价税合计（大写）", 9, face, BROWN, "middle")
    sheet.text(448, 284.5, "（小写）", 9, face, BROWN)


def _party(sheet: Sheet, draft: _Draft, party: Company, top: float) -> None:
    labels = ("名称", "纳税人识别号", "地址、电话", "开户行及账号")
    values = (party.name, party.tax_id, party.address_line, party.bank_line)
    for i, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = top + i * 14.6
        sheet.spread(47, 101, y, label, 8.6, draft.label_face, BROWN)
        sheet.text(102, y, ":", 8.6, draft.label_face, BROWN)
        if value and i == 1:
            sheet.text(108, y, value, 11, _COURIER, draft.ink)
        elif value:
            sheet.text(108, y, value, 9.5 if i == 0 else 8, draft.face, draft.ink, room=238)


def _cipher(sheet: Sheet, draft: _Draft) -> None:
    for i, line in enumerate(draft.cipher):
        sheet.text(380, 96.5 + i * 14.6, line, 11.3, _COURIER, draft.ink)


def _lines(sheet: Sheet, draft: _Draft) -> None:
    face, ink = draft.face, draft.ink
    for i, each in enumerate(draft.charges):
        y = 169 + i * 13
        sheet.text(26, y, each.name, 8.6, face, ink, room=146)
        sheet.text(178, y, each.model, 8.2, face, ink, room=39)
        sheet.text(236.5, y, each.unit, 8.2, face, ink, "middle", room=32)
        quantity = "" if each.quantity is None else str(each.quantity)
        sheet.text(317, y, quantity, 8.2, face, ink, "right")
        sheet.text(388, y, each.price_text, 8.2, face, ink, "right", room=66)
        sheet.text(477, y, str(each.amount), 8.2, face, ink, "right")
        sheet.text(491.7, y, each.rate_text, 8.2, face, ink, "middle")
        sheet.text(589, y, each.tax_text, 8.2, face, ink, "right")


def _toll_line(sheet: Sheet, draft: _Draft, toll: tuple[str, str, date, date]) -> None:
    plate, vehicle, start, end = toll
    line = draft.charges[0]
    cells = (plate, vehicle, f"{start:%Y%m%d}", f"{end:%Y%m%d}")
    sheet.text(25, 169, line.name, 9, draft.face, draft.ink)
    for left, right, value in zip(_TOLL_COLUMNS[1:5], _TOLL_COLUMNS[2:6], cells, strict=True):
        sheet.text((left + right) / 2, 169, value, 9, draft.face, draft.ink, "middle")
    sheet.text(471, 169, str(line.amount), 9, draft.face, draft.ink, "right")
    sheet.text(490.5, 169, line.rate_text, 9, draft.face, draft.ink, "middle")
    sheet.text(588, 169, line.tax_text, 9, draft.face, draft.ink, "right")


def _sums(sheet: Sheet, draft: _Draft) -> None:
    amount, tax, total = sums(draft.charges)
    tax_text = tax_sum_text(draft.charges, tax)
    mark = "" if tax_text == "***" else "¥"
    columns = _TOLL_COLUMNS if draft.toll else _GOODS_COLUMNS
    left, right = columns[1], columns[6] - 2.5
    sheet.text(right, 267, f"¥{amount}", 10.8, _COURIER, draft.ink, "right")
    sheet.text(589, 267, mark + tax_text, 10.8, _COURIER, draft.ink, "right")
    sheet.crossed(left + 7.5, 281, 4.6)
    sheet.text(left + 15, 284.5, in_words(total, draft.yuan), 9.5, draft.face, draft.ink)
    sheet.text(484, 284.5, f"¥{total}", 10.8, _COURIER, draft.ink)


def _foot(sheet: Sheet, draft: _Draft) -> None:
    sheet.text(370, 305, draft.remark, 8.5, draft.face, draft.ink)
    for x, label, value in zip(
        (33, 192, 314), ("收款人:", "复核:", "开票人:"), draft.clerks, strict=True
    ):
        used = sheet.text(x, 364, label, 9, draft.label_face, BROWN)
        sheet.text(x + used + 2, 364, value, 9, draft.face, draft.ink)
    sheet.text(436, 364, "销售方:（章）", 9, draft.label_face, BROWN)
    middle = ((draft.seller.tax_id, 7.6, 3.0), ("发票专用章", 10.5, 20.0))
    sheet.seal(532, 343, (52, 39), draft.seller.name, middle, "hei", 0.78)
