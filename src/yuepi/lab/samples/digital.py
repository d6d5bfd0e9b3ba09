"""数电票: 电子发票（普通发票） and 电子发票（增值税专用发票）. Points on a page 595 x 397."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from yuepi.lab.samples.figures import (
    EXEMPT,
    Charge,
    code_text,
    digits,
    in_words,
    sums,
    tax_sum_text,
)
from yuepi.lab.samples.ink import BROWN, MAROON, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, charges, dice_of, faces, issued
from yuepi.lab.samples.words import Company, Region, buyer, company, person, region

WIDTH, HEIGHT = 595.0, 397.0
ORDINARY = "电子发票（普通发票）"
SPECIAL = "电子发票（增值税专用发票）"
_LEFT, _RIGHT = 16.0, 579.0
_COLUMNS = (16, 130, 205, 248, 305, 372, 455, 510, 579)
_HEADS = ("项目名称", "规格型号", "单  位", "数  量", "单  价", "金  额", "税率/征收率", "税  额")


@dataclass(frozen=True, slots=True)
class _Draft:
    special: bool
    place: Region
    number: str
    day: date
    buyer: Company
    seller: Company
    charges: list[Charge]
    clerk: str
    remark: str
    yuan: str
    label_face: str
    face: str

    @property
    def title(self) -> str:
        return SPECIAL if self.special else ORDINARY


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `digital_invoice`."""
    draft = _draft(dice_of(kind, seed), on, wishes)
    amount, tax, total = sums(draft.charges)
    # 31 专票 and 32 普票 carry the total with tax (DOMAIN, "QR code on invoices").
    qr = code_text("31" if draft.special else "32", "", draft.number, str(total), draft.day, "")
    sheet = Sheet(WIDTH, HEIGHT, (255, 255, 255))
    _head(sheet, draft, qr)
    _grid(sheet, draft)
    _parties(sheet, draft)
    _lines(sheet, draft)
    sheet.text(452, 280, f"¥{amount}", 9, draft.face, align="right")
    tax_text = tax_sum_text(draft.charges, tax)
    shown = tax_text if tax_text == EXEMPT else f"¥{tax_text}"
    sheet.text(575, 280, shown, 9, draft.face, align="right")
    sheet.crossed(150, 298, 4.6)
    sheet.text(160, 301.5, in_words(total, draft.yuan), 9.5, draft.face)
    sheet.text(448, 301.5, f"¥{total}", 10, draft.face)
    sheet.text(50, 326, draft.remark, 8.5, draft.face)
    used = sheet.text(48, 380, "开票人：", 9, draft.label_face, BROWN)
    sheet.text(48 + used, 380, draft.clerk, 9, draft.face)
    bureau = f"国家税务总局{draft.place.city}市税务局"
    further = {"clerk": draft.clerk, "remark": draft.remark, "bureau": bureau}
    items = [each.as_item() for each in draft.charges]
    return finished(sheet, f"{kind}-{seed}", kind, _truth(draft), items, (qr,), further)


def _draft(dice: random.Random, on: date, wishes: Wishes) -> _Draft:
    place = region(dice)
    day = issued(dice, on, wishes)
    special = wishes.special if wishes.special is not None else dice.random() < 0.4
    trade, lines = charges(dice, wishes, taxed=special)
    seller = wishes.seller or company(dice, place, trade.suffix)
    customer = wishes.buyer or buyer(dice)
    if special and not customer.tax_id:
        customer = company(dice, region(dice), "科技有限公司")
    serial = f"{dice.choice('1237')}{digits(dice, 15)}"
    label_face, face = faces(dice, wishes)
    remark = ""
    if dice.random() < 0.4:
        remark = f"销售方开户银行:{seller.bank}; 银行账号:{seller.account}"
    return _Draft(
        special=special,
        place=place,
        number=wishes.number or f"{day:%y}{place.digits[:2]}{serial}",
        day=day,
        buyer=customer,
        seller=seller,
        charges=lines,
        clerk=person(dice),
        remark=remark,
        yuan=dice.choice("圆圆元"),
        label_face=label_face,
        face=face,
    )


def _truth(draft: _Draft) -> dict[str, str]:
    amount, tax, total = sums(draft.charges)
    every = {
        "type": draft.title,
        "title": draft.title,
        "number": draft.number,
        "date": draft.day.isoformat(),
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


def _head(sheet: Sheet, draft: _Draft, qr: str) -> None:
    face = draft.label_face
    sheet.qr(22, 16, 54, qr)
    sheet.text(297, 44, draft.title, 20, face, BROWN, "middle", room=240)
    sheet.line(185, 55, 410, 55, MAROON, 0.8)
    sheet.line(185, 57.5, 410, 57.5, MAROON, 0.8)
    bureau = f"{draft.place.city}市税务局"
    sheet.seal(
        297,
        52,
        (43, 28),
        "全国统一发票监制章",
        (("国家税务总局", 6.5, 0), (bureau, 6.5, 15)),
        face,
        0.7,
    )
    day = f"{draft.day:%Y}年{draft.day:%m}月{draft.day:%d}日"
    for y, label, value in ((38, "发票号码：", draft.number), (57, "开票日期：", day)):
        used = sheet.text(428, y, label, 9, face, BROWN)
        sheet.text(428 + used, y, value, 9, draft.face, room=110)


def _grid(sheet: Sheet, draft: _Draft) -> None:
    face = draft.label_face
    sheet.frame(_LEFT, 84, _RIGHT, 362, MAROON)
    for y in (143, 288, 310):
        sheet.line(_LEFT, y, _RIGHT, y, MAROON)
    for x in (34, 297, 315):
        sheet.line(x, 84, x, 143, MAROON)
    sheet.line(34, 310, 34, 362, MAROON)
    sheet.line(135, 288, 135, 310, MAROON)
    for x, label in ((25, "购买方信息"), (306, "销售方信息")):
        sheet.column(x, 96, label, 8.8, face, BROWN, 10.6)
    sheet.column(25, 330, "备注", 9, face, BROWN, 18)
    for left, right, head in zip(_COLUMNS[:-1], _COLUMNS[1:], _HEADS, strict=True):
        sheet.text((left + right) / 2, 155, head, 8.8, face, BROWN, "middle")
    sheet.spread(52, 96, 280, "合计", 9, face, BROWN)
    sheet.text(76, 301.5, "价税合计（大写）", 9, face, BROWN, "middle")
    sheet.text(412, 301.5, "（小写）", 9, face, BROWN)


def _parties(sheet: Sheet, draft: _Draft) -> None:
    for x, party in ((38.0, draft.buyer), (319.0, draft.seller)):
        used = sheet.text(x, 103, "名称：", 9, draft.label_face, BROWN)
        sheet.text(x + used, 103, party.name, 9.3, draft.face, room=252 - used)
        used = sheet.text(x, 131, "统一社会信用代码/纳税人识别号：", 8.6, draft.label_face, BROWN)
        sheet.text(x + used, 131, party.tax_id, 9.3, draft.face, room=252 - used)


def _lines(sheet: Sheet, draft: _Draft) -> None:
    face = draft.face
    for i, each in enumerate(draft.charges):
        y = 169 + i * 14
        sheet.text(19, y, each.name, 8.6, face, room=109)
        sheet.text(140, y, each.model, 8.2, face, room=62)
        sheet.text(226, y, each.unit, 8.2, face, align="middle")
        quantity = "" if each.quantity is None else str(each.quantity)
        sheet.text(302, y, quantity, 8.2, face, align="right")
        sheet.text(370, y, each.price_text, 8.2, face, align="right", room=63)
        sheet.text(452, y, str(each.amount), 8.2, face, align="right")
        sheet.text(482, y, each.rate_text, 8.2, face, align="middle")
        sheet.text(575, y, each.tax_text, 8.2, face, align="right")
