"""Hotel folios in Chinese and in English: one charge a night and some extras, then the payment."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from yuepi.lab.samples.figures import cents, digits
from yuepi.lab.samples.ink import BLACK, GREY, MM, WHITE, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces, issued
from yuepi.lab.samples.words import person, region

_HOUSES = ("云澜大酒店", "青松商务酒店", "海岚国际酒店", "锦程酒店", "远山度假酒店")
_HOUSES_EN = ("Harbour Lantern Hotel", "The Cedar Court Hotel", "Northlight Inn & Suites")
_GUESTS_EN = ("Avery Lindqvist", "Jordan Okafor", "Mira Castellane", "Tomas Verhoeven")
_EXTRAS = (("早餐", 38, 98), ("洗衣费", 25, 120), ("迷你吧", 12, 60), ("停车费", 20, 60))
_EXTRAS_EN = (("Breakfast", 12, 32), ("Laundry", 8, 40), ("Minibar", 4, 25), ("Parking", 10, 30))
_Row = tuple[date, str, Decimal, Decimal]
_EDGES = (60.0, 180.0, 430.0, 535.0)


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `hotel_folio`."""
    dice = dice_of(kind, seed)
    english = dice.random() < 0.35 if wishes.english is None else wishes.english
    last = issued(dice, on, wishes)
    nights = dice.choice((1, 1, 2, 2, 3, 4))
    first = last - timedelta(days=nights)
    rows = _rows(dice, first, nights, english)
    total = sum((charge for _, _, charge, _ in rows), Decimal(0))
    currency = dice.choice(("USD", "EUR", "GBP")) if english else "CNY"
    truth = {
        "title": "GUEST FOLIO" if english else dice.choice(("宾客账单", "住宿账单", "酒店结算单")),
        "seller_name": dice.choice(_HOUSES_EN)
        if english
        else region(dice).city + dice.choice(_HOUSES),
        "number": digits(dice, 7),
        "guest": dice.choice(_GUESTS_EN) if english else person(dice),
        "room": str(dice.randint(3, 28) * 100 + dice.randint(1, 29)),
        "check_in": first.isoformat(),
        "check_out": last.isoformat(),
        "nights": str(nights),
        "total": str(total),
        "currency": currency,
    }
    face, value_face = ("Helvetica-Bold", "Helvetica") if english else faces(dice, wishes)
    sheet = Sheet(210 * MM, 297 * MM, WHITE)
    sheet.text(sheet.width / 2, 70, truth["seller_name"], 20, face, BLACK, "middle")
    sheet.text(sheet.width / 2, 98, truth["title"], 14, face, BLACK, "middle")
    _head(sheet, truth, (first, last), (face, value_face), english)
    y = _table(sheet, rows, (face, value_face), english, ruled=dice.random() < 0.5)
    label = f"Total ({currency})" if english else "合计（人民币）"
    sheet.text(_EDGES[1], y + 24, label, 11, face)
    sheet.text(_EDGES[2], y + 24, f"{total:,}", 11, face, BLACK, "right")
    sign = "Guest signature:" if english else "宾客签名："
    sheet.text(60, y + 80, sign, 11, face)
    items = [
        {"name": what, "model": day.isoformat(), "amount": str(charge)}
        for day, what, charge, _ in rows
        if charge
    ]
    return finished(sheet, f"{kind}-{seed}", kind, truth, items)


def _rows(dice: random.Random, first: date, nights: int, english: bool) -> list[_Row]:
    rate = Decimal(dice.randint(79, 260) if english else dice.randint(238, 880))
    none = Decimal(0)
    rows = []
    for night in range(nights):
        day = first + timedelta(days=night)
        rows.append((day, "Room charge" if english else "房费", cents(rate), none))
        if dice.random() < 0.5:
            what, low, high = dice.choice(_EXTRAS_EN if english else _EXTRAS)
            rows.append((day, what, cents(Decimal(dice.randint(low * 4, high * 4)) / 4), none))
    total = sum((row[2] for row in rows), none)
    paid = "Payment, card" if english else "刷卡付款"
    rows.append((first + timedelta(days=nights), paid, none, total))
    return rows


def _head(
    sheet: Sheet,
    truth: dict[str, str],
    stay: tuple[date, date],
    pen: tuple[str, str],
    english: bool,
) -> None:
    face, value_face = pen
    style = "%d %b %Y" if english else "%Y-%m-%d"
    days = [f"{day:{style}}" for day in stay]
    labels = (
        ("Guest name:", "Room no.:", "Folio no.:", "Arrival:", "Departure:", "Nights:")
        if english
        else ("宾客姓名：", "房号：", "账单号：", "入住日期：", "离店日期：", "住宿天数：")
    )
    values = (truth["guest"], truth["room"], truth["number"], *days, truth["nights"])
    for i, (label, value) in enumerate(zip(labels, values, strict=True)):
        x, y = 60 + 170 * (i % 3), 138 + 26 * (i // 3)
        width = sheet.text(x, y, label, 10.5, face, GREY)
        sheet.text(x + width + 5, y, value, 10.5, value_face)


def _table(
    sheet: Sheet, rows: list[_Row], pen: tuple[str, str], english: bool, *, ruled: bool
) -> float:
    """The rows under their heads; returns where they end."""
    face, value_face = pen
    heads = (
        ("Date", "Description", "Charges", "Credits")
        if english
        else ("日期", "项目", "消费", "付款")
    )
    top, step = 200.0, 24.0
    aligns = ("left", "left", "right", "right")
    for x, head, align in zip(_EDGES, heads, aligns, strict=True):
        sheet.text(x, top + 16, head, 10.5, face, BLACK, align)
    style = "%d %b %Y" if english else "%Y-%m-%d"
    for number, (day, what, charge, credit) in enumerate(rows, 1):
        y = top + step * number + 16
        cells = (
            f"{day:{style}}",
            what,
            f"{charge:,}" if charge else "",
            f"{credit:,}" if credit else "",
        )
        for x, cell, align in zip(_EDGES, cells, aligns, strict=True):
            sheet.text(x, y, cell, 10.5, value_face, BLACK, align)
    bottom = top + step * (len(rows) + 1)
    if ruled:
        for number in range(len(rows) + 2):
            sheet.line(50, top + step * number, 545, top + step * number, GREY)
        for x in (50, 170, 345, 440, 545):
            sheet.line(x, top, x, bottom, GREY)
    else:
        sheet.line(50, top + step, 545, top + step, GREY)
        sheet.line(50, bottom, 545, bottom, GREY)
    return bottom
