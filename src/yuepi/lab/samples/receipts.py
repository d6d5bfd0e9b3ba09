"""Till receipts: Chinese 小票 and English ones. Their length follows their lines."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yuepi.lab.samples import receipt_layouts
from yuepi.lab.samples.figures import cents, digits
from yuepi.lab.samples.ink import BLACK, MM, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, issued
from yuepi.lab.samples.words import person, region

_OTHER_LAYOUTS_SHARE = 0.6
_WIDTH = 76 * MM
_LEFT, _RIGHT = 10.0, 76 * MM - 10.0
_SHOPS = ("川味小厨", "云间咖啡", "老街面馆", "青禾超市", "松柏便利店", "海岚烤鱼", "星途书店")
_DISHES = (
    ("米饭", 2, 4),
    ("鱼香肉丝", 26, 42),
    ("清炒时蔬", 18, 28),
    ("番茄鸡蛋汤", 16, 26),
    ("酸辣土豆丝", 14, 22),
    ("美式咖啡", 15, 28),
    ("牛肉面", 18, 36),
    ("矿泉水", 2, 5),
    ("烤鱼", 88, 138),
    ("可乐", 4, 8),
)
_STORES = (
    "MAPLE STREET CAFE",
    "NORTH HARBOUR GROCERY",
    "BLUE LANTERN BISTRO",
    "CORNER HARDWARE LTD",
    "SUNNY HILL BAKERY SDN BHD",
    "RIVERSIDE PHARMACY",
)
_STREETS = (
    "12 Orchard Lane",
    "48 Station Road",
    "7 Mill Street",
    "220 King Avenue",
    "5 Harbour View",
)
_CITIES = (
    ("Bristol BS1 4DJ", "GBP"),
    ("Portland, OR 97204", "USD"),
    ("Dublin 2", "EUR"),
    ("50450 Kuala Lumpur", "MYR"),
    ("Singapore 068898", "SGD"),
)
_GOODS = (
    ("Flat White", 3, 5),
    ("Blueberry Muffin", 2, 4),
    ("Orange Juice", 2, 5),
    ("Chicken Salad", 8, 14),
    ("Paper Towels", 3, 7),
    ("AA Batteries 4pk", 4, 9),
    ("Hand Soap", 2, 6),
    ("Olive Oil 500ml", 6, 12),
)
_SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "EUR ", "MYR": "RM", "SGD": "S$"}


@dataclass(frozen=True, slots=True)
class _Bought:
    name: str
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity

    def as_item(self) -> dict[str, str]:
        return {
            "name": self.name,
            "quantity": str(self.quantity),
            "price": str(self.price),
            "amount": str(self.amount),
        }


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `receipt`, 76 mm wide."""
    dice = dice_of(kind, seed)
    english = wishes.english if wishes.english is not None else dice.random() < 0.5
    day = issued(dice, on, wishes)
    time = f"{dice.randint(8, 21):02d}:{dice.randint(0, 59):02d}"
    # A stream of its own: what a seed stood for before there were more layouts stays.
    other = dice_of("receipt layout", seed)
    if wishes.english is None and other.random() < _OTHER_LAYOUTS_SHARE:
        return receipt_layouts.draw(kind, seed, other, day, time)
    if english:
        return _english(kind, seed, dice, day, time)
    return _chinese(kind, seed, dice, day, time)


def _shop(dice: random.Random, goods: tuple[tuple[str, int, int], ...]) -> list[_Bought]:
    chosen = dice.sample(goods, dice.randint(2, 6))
    return [
        _Bought(
            name,
            dice.choice((1, 1, 1, 2, 3)),
            Decimal(dice.randint(low * 10, high * 10)) / 10 + Decimal("0.00"),
        )
        for name, low, high in chosen
    ]


def _chinese(kind: str, seed: int, dice: random.Random, day: date, time: str) -> Sample:
    place = region(dice)
    bought = _shop(dice, _DISHES)
    total = cents(sum((each.amount for each in bought), Decimal(0)))
    shop = f"{dice.choice(_SHOPS)}（{dice.choice(place.districts)}店）"
    sheet = Sheet(_WIDTH, 268 + 15 * len(bought), (253, 253, 251))
    middle = _WIDTH / 2
    sheet.text(middle, 34, shop, 13, "hei", BLACK, "middle", room=_RIGHT - _LEFT)
    sheet.text(
        middle, 52, dice.choice(("结账单", "收银小票", "消费清单")), 11, "hei", BLACK, "middle"
    )
    address = f"{place.city}市{dice.choice(place.districts)}和平街{dice.randint(1, 99)}号"
    rows = [
        f"单号：{day:%Y%m%d}{digits(dice, 6)}",
        f"时间：{day.isoformat()} {time}",
        f"收银员：{person(dice)}　台号：{dice.randint(1, 40)}",
        f"地址：{address}",
    ]
    y = 74.0
    for row in rows:
        sheet.text(_LEFT, y, row, 8.5, "hei", room=_RIGHT - _LEFT)
        y += 13
    y = _bought(sheet, y, bought, ("品名", "数量", "单价", "金额"), "hei")
    for label, value in (("小计：", total), ("实收：", total), ("找零：", Decimal("0.00"))):
        big = 12 if label == "实收：" else 9
        sheet.text(_LEFT, y, label, big, "hei")
        sheet.text(_RIGHT, y, f"¥{value}" if big == 12 else str(value), big, "hei", align="right")
        y += 16
    sheet.text(
        _LEFT, y, f"支付方式：{dice.choice(('微信支付', '支付宝', '现金', '银行卡'))}", 9, "hei"
    )
    sheet.text(middle, y + 24, "谢谢惠顾　欢迎再次光临", 9, "hei", BLACK, "middle")
    truth = {
        "seller_name": shop,
        "address": address,
        "date": day.isoformat(),
        "time": time,
        "subtotal": str(total),
        "total": str(total),
        "currency": "CNY",
    }
    return _sample(kind, seed, truth, sheet, bought)


def _english(kind: str, seed: int, dice: random.Random, day: date, time: str) -> Sample:
    bought = _shop(dice, _GOODS)
    subtotal = cents(sum((each.amount for each in bought), Decimal(0)))
    percent = dice.choice((0, 6, 8, 10))
    tax = cents(subtotal * percent / 100)
    total = subtotal + tax
    store, street = dice.choice(_STORES), dice.choice(_STREETS)
    city, currency = dice.choice(_CITIES)
    face = dice.choice(("Courier", "Helvetica", "Courier-Bold"))
    sheet = Sheet(_WIDTH, 290 + 15 * len(bought), (253, 253, 251))
    middle = _WIDTH / 2
    sheet.text(middle, 34, store, 13, face, BLACK, "middle", room=_RIGHT - _LEFT)
    sheet.text(middle, 49, street, 8.5, face, BLACK, "middle")
    sheet.text(middle, 61, city, 8.5, face, BLACK, "middle")
    sheet.text(middle, 73, f"TEL: {digits(dice, 3)}-{digits(dice, 7)}", 8.5, face, BLACK, "middle")
    shown = dice.choice(
        (f"{day:%d/%m/%Y}", f"{day.isoformat()}", f"{day.day:02d} {day:%b} {day:%Y}")
    )
    sheet.text(_LEFT, 94, f"Receipt No: {digits(dice, 6)}", 8.5, face)
    sheet.text(_LEFT, 106, f"Date: {shown}", 8.5, face)
    sheet.text(_RIGHT, 106, f"Time: {time}", 8.5, face, align="right")
    y = _bought(sheet, 122, bought, ("Item", "Qty", "Price", "Amount"), face)
    rows = [("Subtotal", str(subtotal), 9.0)]
    if percent:
        rows.append((f"{dice.choice(('Tax', 'VAT', 'GST'))} {percent}%", str(tax), 9.0))
    rows.append(("TOTAL", f"{_SYMBOLS[currency]}{total}", 13.0))
    rows.append((dice.choice(("Card", "Cash", "Visa")), str(total), 9.0))
    rows.append(("Change", "0.00", 9.0))
    for label, value, size in rows:
        sheet.text(_LEFT, y, label, size, face)
        sheet.text(_RIGHT, y, value, size, face, align="right")
        y += size + 6
    sheet.text(middle, y + 14, "THANK YOU, PLEASE COME AGAIN", 8.5, face, BLACK, "middle")
    truth = {
        "seller_name": store,
        "address": f"{street}, {city}",
        "date": day.isoformat(),
        "time": time,
        "subtotal": str(subtotal),
        "total": str(total),
        "currency": currency,
    }
    if percent:
        truth["tax"] = str(tax)
    return _sample(kind, seed, truth, sheet, bought)


def _bought(
    sheet: Sheet, y: float, bought: list[_Bought], heads: tuple[str, str, str, str], face: str
) -> float:
    """The table of goods from `y` down; returns where the sums go on."""
    edges = ((_LEFT, "left"), (_LEFT + 112, "right"), (_LEFT + 155, "right"), (_RIGHT, "right"))
    sheet.line(_LEFT, y - 6, _RIGHT, y - 6, BLACK, 0.6, (3, 2))
    y += 6
    for (x, align), head in zip(edges, heads, strict=True):
        sheet.text(x, y, head, 8.5, face, align=align)
    for each in bought:
        y += 15
        cells = (each.name, str(each.quantity), str(each.price), str(each.amount))
        for (x, align), cell in zip(edges, cells, strict=True):
            sheet.text(x, y, cell, 8.8, face, align=align, room=92 if align == "left" else None)
    sheet.line(_LEFT, y + 8, _RIGHT, y + 8, BLACK, 0.6, (3, 2))
    return y + 24


def _sample(
    kind: str, seed: int, truth: dict[str, str], sheet: Sheet, bought: list[_Bought]
) -> Sample:
    items = [each.as_item() for each in bought]
    return finished(sheet, f"{kind}-{seed}", kind, truth, items)
