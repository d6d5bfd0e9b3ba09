"""Delivery notes: goods with quantities, half of them with prices, some stamped."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from yuepi.lab.samples.figures import cents, digits, in_words
from yuepi.lab.samples.ink import BLACK, GREY, MM, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces, issued
from yuepi.lab.samples.words import company, region

_GOODS = (
    ("复印纸", "A4 70g", "箱", 98, 190),
    ("中性笔", "0.5mm", "盒", 12, 36),
    ("文件柜", "WG-204", "个", 320, 780),
    ("显示器", "24英寸", "台", 690, 1400),
    ("网线", "六类 305m", "箱", 380, 620),
    ("硒鼓", "CF-88", "支", 120, 360),
    ("办公椅", "BY-15", "把", 180, 520),
    ("插线板", "六位 3m", "个", 29, 88),
)
_EDGES = (40.0, 78.0, 210.0, 318.0, 366.0, 424.0, 486.0, 560.0)


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `delivery_note`."""
    dice = dice_of(kind, seed)
    day = issued(dice, on, wishes)
    face, value_face = faces(dice, wishes)
    sender = company(dice, region(dice), "商贸有限公司").name
    receiver = company(dice, region(dice), "科技有限公司").name
    priced, stamped = dice.random() < 0.5, dice.random() < 0.6
    lines = [
        (
            name,
            model,
            unit,
            dice.randint(1, 40),
            cents(Decimal(dice.randint(low * 2, high * 2)) / 2),
        )
        for name, model, unit, low, high in dice.sample(_GOODS, dice.randint(1, 6))
    ]
    truth = {
        "title": dice.choice(("送货单", "出库单", "发货单")),
        "number": f"{dice.choice(('SH', 'CK', ''))}{day:%Y%m%d}{digits(dice, 3)}",
        "date": day.isoformat(),
        "sender": sender,
        "receiver": receiver,
    }
    items = []
    for name, model, unit, count, price in lines:
        item = {"name": name, "model": model, "unit": unit, "quantity": str(count)}
        if priced:
            item |= {"price": str(price), "amount": str(price * count)}
        items.append(item)
    sheet = Sheet(210 * MM, 140 * MM, (254, 254, 252))
    sheet.text(sheet.width / 2, 42, truth["title"], 20, face, BLACK, "middle")
    head = (
        (40, 72, "送货单位：", sender),
        (330, 72, "单号：", truth["number"]),
        (40, 92, "收货单位：", receiver),
        (330, 92, "送货日期：", f"{day:%Y}年{day.month}月{day.day}日"),
    )
    for x, y, label, value in head:
        width = sheet.text(x, y, label, 10.5, face)
        sheet.text(x + width + 4, y, value, 10.5, value_face)
    bottom = _table(sheet, items, face, value_face)
    if priced:
        total = sum((price * count for *_, count, price in lines), Decimal(0))
        truth |= {"total": str(total), "total_cn": in_words(total), "currency": "CNY"}
        words = f"合计人民币（大写）：{truth['total_cn']}"
        sheet.text(46, bottom + 17, words, 10, value_face)
        sheet.text(_EDGES[-1] - 6, bottom + 17, f"小写：￥{total}", 10, value_face, BLACK, "right")
    foot = bottom + 48
    for x, label in ((46, "送货人："), (230, "制单："), (400, "收货人（签字）：")):
        sheet.text(x, foot, label, 10.5, face)
    if stamped:
        truth["seal"] = "seen"
        sheet.seal(150, foot - 4, (46, 46), sender, (("送货专用章", 8, 18),))
    return finished(sheet, f"{kind}-{seed}", kind, truth, items)


def _table(sheet: Sheet, items: list[dict[str, str]], face: str, value_face: str) -> float:
    """The goods in a ruled table; returns its lower edge."""
    top, step = 104.0, 21.0
    heads = ("序号", "品名", "规格型号", "单位", "数量", "单价", "金额")
    keys = ("name", "model", "unit", "quantity", "price", "amount")
    for i, head in enumerate(heads):
        middle = (_EDGES[i] + _EDGES[i + 1]) / 2
        sheet.text(middle, top + 15, head, 10, face, BLACK, "middle")
    for number, item in enumerate(items, 1):
        y = top + step * number + 15
        cells = (str(number), *(item.get(key, "") for key in keys))
        for i, cell in enumerate(cells):
            if i in (1, 2):
                sheet.text(_EDGES[i] + 5, y, cell, 10, value_face)
            else:
                middle = (_EDGES[i] + _EDGES[i + 1]) / 2
                sheet.text(middle, y, cell, 10, value_face, BLACK, "middle")
    bottom = top + step * (len(items) + 1)
    for number in range(len(items) + 2):
        sheet.line(_EDGES[0], top + step * number, _EDGES[-1], top + step * number, GREY)
    for edge in _EDGES:
        sheet.line(edge, top, edge, bottom, GREY)
    return bottom
