"""Product sheets and labels: name, brand, material, sizes with their measures, a bar code."""

from __future__ import annotations

import random
from datetime import date

from yuepi.lab.samples.figures import digits
from yuepi.lab.samples.ink import BLACK, GREY, MM, WHITE, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces

_BRANDS = ("云帆", "青禾", "NORDKYST", "锦程", "LANTERN")
_CLOTHES = (
    ("男女同款连帽夹克", "聚酯纤维"),
    ("圆领短袖T恤", "棉100%"),
    ("直筒休闲长裤", "棉97% 氨纶3%"),
    ("加厚羽绒外套", "锦纶"),
)
_THINGS = (
    ("不锈钢保温杯", "304不锈钢"),
    ("竹制收纳盒", "天然竹"),
    ("陶瓷马克杯", "陶瓷"),
    ("折叠台灯", "ABS塑料"),
)
_MEASURES = (("衣长", 64, 2), ("胸围", 96, 4), ("肩宽", 42, 1), ("袖长", 58, 1))
_PLACES = ("浙江杭州", "广东广州", "江苏南京", "福建厦门")
# Left digits of an EAN-13 in set A; set B is C turned round, C is A inverted (GS1 5.2.1.2).
_SET_A = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
_PARITY = (
    "AAAAAA",
    "AABABB",
    "AABBAB",
    "AABBBA",
    "ABAABB",
    "ABBAAB",
    "ABBBAA",
    "ABABAB",
    "ABABBA",
    "ABBABA",
)


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `product_photo`: a sheet of clothes with sizes, or a package's label."""
    dice = dice_of(kind, seed)
    face, value_face = faces(dice, wishes)
    clothes = dice.random() < 0.6
    name, material = dice.choice(_CLOTHES if clothes else _THINGS)
    brand = dice.choice(_BRANDS)
    truth = {
        "name": f"{brand} {name}",
        "brand": brand,
        "model": f"{dice.choice('ABKM')}{dice.choice('DHLT')}-{digits(dice, 4)}",
        "material": material,
        "origin": dice.choice(_PLACES),
    }
    sheet = Sheet(160 * MM, 150 * MM, WHITE)
    labels = (
        ("商品名称", "name"),
        ("品牌", "brand"),
        ("货号", "model"),
        ("面料" if clothes else "材质", "material"),
        ("产地", "origin"),
    )
    y = 34.0
    for label, key in labels:
        sheet.text(70, y + 17, label, 11.5, face, BLACK, "middle")
        sheet.text(136, y + 17, truth[key], 11.5, value_face)
        sheet.frame(20, y, sheet.width - 20, y + 26, GREY)
        y += 26
    sheet.line(120, 34, 120, y, GREY)
    if clothes:
        truth["sizes"] = _sizes(sheet, dice, y, face, value_face)
    else:
        truth["barcode"] = _barcode(sheet, dice, y + 30)
    return finished(sheet, f"{kind}-{seed}", kind, truth)


def _sizes(sheet: Sheet, dice: random.Random, top: float, face: str, value_face: str) -> str:
    """The ruled table of sizes; returns what it says."""
    sizes = dice.choice(
        (("S", "M", "L", "XL"), ("XS", "S", "M", "L", "XL"), ("M", "L", "XL", "XXL"))
    )
    measures = dice.sample(_MEASURES, dice.randint(2, 3))
    left, right = 20.0, sheet.width - 20
    step = (right - left) / (len(sizes) + 1)
    told: list[list[str]] = [[] for _ in sizes]
    rows = [["尺码", *sizes]]
    for name, start, more in measures:
        base = start + dice.randint(-3, 3)
        values = [str(base + more * i) for i in range(len(sizes))]
        rows.append([name, *values])
        for i, value in enumerate(values):
            told[i].append(f"{name} {value}")
    for number, row in enumerate(rows):
        y = top + 26 * number
        sheet.frame(left, y, right, y + 26, GREY)
        for i, cell in enumerate(row):
            pen = value_face if number and i else face
            sheet.text(left + step * (i + 0.5), y + 17, cell, 11.5, pen, BLACK, "middle")
    for i in range(1, len(sizes) + 1):
        sheet.line(left + step * i, top, left + step * i, top + 26 * len(rows), GREY)
    sheet.text(left, top + 26 * len(rows) + 18, "单位：厘米，手工测量略有误差", 9, face, GREY)
    return "; ".join(f"{size}: {', '.join(each)}" for size, each in zip(sizes, told, strict=True))


def _barcode(sheet: Sheet, dice: random.Random, top: float) -> str:
    """An EAN-13 of a prefix for use within a company (20 to 29), with its digits under it."""
    body = f"2{dice.randint(0, 9)}{digits(dice, 10)}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    number = body + str(-weighed % 10)
    sheet.text(70, top + 30, "条形码", 11.5, "hei", BLACK, "middle")
    width, left = 1.15, 150.0
    for place, module in enumerate(_modules(number)):
        if module == "1":
            x = left + place * width
            sheet.fill(x, top, x + width, top + 46, BLACK)
    sheet.text(left + 47.5 * width, top + 62, number, 11.5, "Helvetica", BLACK, "middle", gap=1.2)
    return number


def _modules(number: str) -> str:
    """The 95 modules of an EAN-13, `1` for a bar."""
    left = "".join(
        _left(int(digit), part)
        for digit, part in zip(number[1:7], _PARITY[int(number[0])], strict=True)
    )
    right = "".join(_inverted(_SET_A[int(digit)]) for digit in number[7:])
    return f"101{left}01010{right}101"


def _left(digit: int, part: str) -> str:
    return _SET_A[digit] if part == "A" else _inverted(_SET_A[digit])[::-1]


def _inverted(modules: str) -> str:
    return modules.translate(str.maketrans("01", "10"))
