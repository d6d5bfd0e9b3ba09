"""Small paper invoices: 出租车票, 定额发票, 机打发票."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from yuepi.lab.samples.figures import cents, digits, in_words, tax_id
from yuepi.lab.samples.ink import BLACK, BROWN, GREY, MM, RED, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, charges, dice_of, faces, issued
from yuepi.lab.samples.words import Region, buyer, company, person, region

_COURIER = "Courier-Bold"
_DARK: Ink = (70, 30, 25)
_DOTS: tuple[Ink, ...] = ((45, 45, 90), (40, 40, 48), (95, 95, 140), (120, 120, 150))
_NEEDLE = 1.05
_PAPER: Ink = (250, 249, 246)


def draw_taxi(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A taxi ticket, 57 x 158 mm. The printed values sit up to a line off their labels."""
    dice = dice_of(kind, seed)
    place = region(dice)
    day = issued(dice, on, wishes)
    face, _ = faces(dice, wishes)
    seller = wishes.seller or company(
        dice, place, dice.choice(("出租汽车有限公司", "运输集团有限公司"))
    )
    start = dice.randint(6 * 60, 22 * 60)
    end = start + dice.randint(6, 70)
    total = wishes.total or Decimal(dice.randint(22, 260)) / 2
    # A printed price a kilometre, and what distance then makes sense for the fare.
    rate = Decimal(dice.choice(("2.30", "2.50", "2.60", "2.70", "3.51")))
    distance = cents(max(Decimal("0.6"), (total - 8) / rate))
    truth = {
        "type": "出租汽车发票",
        "title": f"{place.city}市出租汽车专用发票",
        "code": wishes.code or f"1{place.digits}{day:%y}{digits(dice, 1)}01{dice.choice('12')}9",
        "number": wishes.number or digits(dice, 8),
        "date": day.isoformat(),
        "seller_name": seller.name,
        "plate": f"{place.plate}{dice.choice('ABD')}{dice.choice('HTXQ')}{digits(dice, 4)}",
        "on": _clock(start),
        "off": _clock(end),
        "distance": str(distance),
        "total": str(cents(total)),
        "currency": "CNY",
    }
    width, height = 57 * MM, 158 * MM
    sheet = Sheet(width, height, _PAPER)
    _taxi_head(sheet, truth, place, face, dice)
    wait = f"00:{dice.randint(0, 12):02d}:{dice.randint(0, 59):02d}"
    rows = (
        ("车号：", truth["plate"]),
        ("证号：", digits(dice, 6)),
        ("日期：", f"{day:%Y}年{day:%m}月{day:%d}日"),
        ("上车：", truth["on"]),
        ("下车：", truth["off"]),
        ("单价：", f"{rate}元"),
        ("里程：", f"{distance}KM"),
        ("等候：", wait),
        ("金额：", f"¥{truth['total']}元"),
        ("另收附加费：", "¥0.00元"),
        ("另收电召费：", "¥0.00元"),
        ("卡号：", ""),
        ("卡余额：", ""),
    )
    shift, ink = dice.uniform(-3.0, 3.0), dice.choice(_DOTS)
    for i, (label, value) in enumerate(rows):
        y = 238 + i * 14.6
        sheet.text(26, y, label, 9, "hei", _DARK)
        if value:
            _dotted(sheet, width - 17, y + shift, value, ink)
    sheet.seal(
        width - 42,
        402,
        (37, 26),
        seller.name,
        ((tax_id(dice, place.digits), 5.2, 2), ("发票专用章", 7, 13)),
        "hei",
        0.75,
        dice.uniform(-12, 12),
    )
    return _sample(kind, seed, truth, sheet)


def _taxi_head(
    sheet: Sheet, truth: dict[str, str], place: Region, face: str, dice: random.Random
) -> None:
    middle = sheet.width / 2
    bureau = (("国家税务总局", 7.5, -2.0), (f"{place.city}市税务局", 7.5, 17.0))
    sheet.seal(middle, 75, (54, 36), "全国统一发票监制章", bureau, face, 0.7)
    sheet.text(middle, 61, truth["title"], 13, face, _DARK, "middle", room=138)
    sheet.line(middle - 70, 65, middle + 70, 65, _DARK, 0.8)
    sheet.spread(24, sheet.width - 24, 89, "发票联", 14, face, _DARK)
    sheet.text(14, 121, "发票代码", 10.5, face, _DARK)
    sheet.text(62, 121, truth["code"], 11, "Helvetica", _DARK, room=88)
    sheet.text(14, 140, "发票号码", 10.5, face, _DARK)
    sheet.text(64, 140.5, truth["number"], 14.5, "Helvetica-Bold", RED)
    sheet.text(14, 160, f"投诉电话：{dice.choice(('12328', '96900', '12345'))}", 7.8, "hei", _DARK)
    sheet.text(14, 175, f"单位名称：{truth['seller_name']}", 7.8, "hei", _DARK, room=136)
    sheet.text(14, 188, "发票信息查询请登录当地税务局网站", 6, "hei", _DARK)
    sheet.frame(50, 200, 148, 216, _DARK, 0.8)
    sheet.text(99, 211.5, "机打发票　手写无效", 8.5, face, _DARK, "middle")


def _dotted(sheet: Sheet, right: float, y: float, value: str, ink: Ink) -> None:
    """Values as a needle printer leaves them: Courier digits, Chinese in the plain face, rows."""
    x = right
    for char in reversed(value):
        face = _COURIER if char.isascii() or char == "¥" else "hei"
        size = 11.0 if face == _COURIER else 8.4
        x -= sheet.text(x, y, char, size, face, ink, "right") + 0.1
    for step in range(int((right - x) / _NEEDLE) + 1):
        sheet.line(x + step * _NEEDLE, y - 9, x + step * _NEEDLE, y + 2, _PAPER, 0.22)
    for step in range(int(11 / _NEEDLE) + 1):
        sheet.line(x, y - 9 + step * _NEEDLE, right, y - 9 + step * _NEEDLE, _PAPER, 0.22)


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def draw_fixed(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A 定额发票, 175 x 78 mm: code, number and face value; often without a date."""
    dice = dice_of(kind, seed)
    place = region(dice)
    face, _ = faces(dice, wishes)
    seller = wishes.seller or company(
        dice, place, dice.choice(("停车服务有限公司", "餐饮管理有限公司", "洗车服务中心"))
    )
    total = wishes.total or Decimal(dice.choice((5, 10, 20, 50, 100)))
    year = f"{on.year - 1:02d}"[-2:]
    truth = {
        "type": "通用定额发票",
        "title": f"{place.name}通用定额发票",
        "code": wishes.code or f"1{place.digits}{year}{digits(dice, 1)}05{dice.choice('12')}1",
        "number": wishes.number or digits(dice, 8),
        "total": str(cents(total)),
        "total_cn": in_words(total, "元"),
        "currency": "CNY",
    }
    sheet = Sheet(175 * MM, 78 * MM, (252, 246, 240))
    middle = sheet.width / 2
    sheet.frame(14, 12, sheet.width - 14, sheet.height - 12, BROWN, 1.4)
    sheet.text(middle, 46, truth["title"], 22, face, BROWN, "middle")
    sheet.text(middle, 64, "发　票　联", 12, face, BROWN, "middle")
    sheet.seal(middle, 46, (48, 30), "全国统一发票监制章", (("国家税务总局", 7, 0),), face, 0.7)
    for y, label, name, ink in ((92, "发票代码", "code", BLACK), (112, "发票号码", "number", RED)):
        used = sheet.text(60, y, f"{label}：", 12, face, BROWN)
        sheet.text(60 + used, y, truth[name], 14, "Helvetica-Bold", ink)
    sheet.text(60, 146, "人民币（大写）：", 13, face, BROWN)
    sheet.text(166, 147, truth["total_cn"], 20, "hei", _DARK)
    sheet.text(320, 147, f"¥{truth['total']}", 18, "Helvetica-Bold", _DARK)
    sheet.text(60, 174, "收款单位（盖章）", 10, face, BROWN)
    if dice.random() < 0.35:
        day = issued(dice, on, wishes)
        truth["date"] = day.isoformat()
        sheet.text(60, 194, f"开票日期：{day:%Y}年{day:%m}月{day:%d}日", 10, face, BROWN)
    else:
        sheet.text(60, 194, "开票日期：　　　年　　月　　日", 10, face, BROWN)
    sheet.seal(
        dice.uniform(405, 430),
        dice.uniform(166, 178),
        (52, 38),
        seller.name,
        ((seller.tax_id, 7, 3), ("发票专用章", 10, 19)),
        "hei",
        0.78,
        dice.uniform(-15, 15),
    )
    # The seller's name stands only in the seal, which may be unreadable: no part of the truth.
    return _sample(kind, seed, truth, sheet)


def draw_machine(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A 通用机打发票, 190 x 102 mm."""
    dice = dice_of(kind, seed)
    place = region(dice)
    day = issued(dice, on, wishes)
    face, value_face = faces(dice, wishes)
    trade, lines = charges(dice, Wishes(total=wishes.total, trade=wishes.trade))
    lines = lines[:4] if wishes.total is None else lines
    seller = wishes.seller or company(dice, place, trade.suffix)
    customer = wishes.buyer or buyer(dice)
    total = sum((each.amount + each.tax for each in lines), Decimal(0))
    truth = {
        "type": "通用机打发票",
        "title": f"{place.name}通用机打发票",
        "code": wishes.code or f"1{place.digits}{day:%y}{digits(dice, 1)}0{dice.randint(1, 4)}30",
        "number": wishes.number or digits(dice, 8),
        "date": day.isoformat(),
        "buyer_name": customer.name,
        "buyer_tax_id": customer.tax_id,
        "seller_name": seller.name,
        "seller_tax_id": seller.tax_id,
        "total": str(total),
        "total_cn": in_words(total, "元"),
        "currency": "CNY",
    }
    truth = {name: value for name, value in truth.items() if value}
    sheet = Sheet(190 * MM, 102 * MM, _PAPER)
    _machine_head(sheet, truth, day, face, value_face)
    for i, each in enumerate(lines):
        y = 152 + i * 13
        sheet.text(40, y, each.name.split("*")[-1], 9, value_face)
        sheet.text(
            300,
            y,
            "1" if each.quantity is None else str(each.quantity),
            9,
            value_face,
            align="middle",
        )
        sheet.text(470, y, str(each.amount + each.tax), 9, value_face, align="right")
    sheet.line(30, 205, sheet.width - 30, 205, BROWN)
    sheet.text(40, 220, "合计金额（大写）：", 10, face, BROWN)
    sheet.text(128, 220, truth["total_cn"], 10, value_face)
    sheet.text(300, 220, "（小写）：", 10, face, BROWN)
    sheet.text(348, 220, f"¥{total}", 10.5, "Courier-Bold")
    sheet.text(40, 252, f"开票人：{person(dice)}", 9.5, face, BROWN)
    sheet.text(300, 252, "收款方（盖章）", 9.5, face, BROWN)
    sheet.seal(
        456,
        247,
        (50, 37),
        seller.name,
        ((seller.tax_id, 7, 3), ("发票专用章", 10, 19)),
        "hei",
        0.75,
        dice.uniform(-10, 10),
    )
    return _sample(
        kind,
        seed,
        truth,
        sheet,
        [{"name": e.name.split("*")[-1], "amount": str(e.amount + e.tax)} for e in lines],
    )


def _machine_head(
    sheet: Sheet, truth: dict[str, str], day: date, face: str, value_face: str
) -> None:
    middle = sheet.width / 2
    sheet.text(middle, 42, truth["title"], 19, face, BROWN, "middle")
    sheet.text(middle, 58, "发　票　联", 11, face, BROWN, "middle")
    sheet.seal(middle, 44, (44, 28), "全国统一发票监制章", (("国家税务总局", 6.5, 0),), face, 0.7)
    rows = (
        (30, 74, "开票日期：", f"{day:%Y}-{day:%m}-{day:%d}"),
        (372, 40, "发票代码：", truth["code"]),
        (372, 56, "发票号码：", truth["number"]),
        (40, 98, "付款方名称：", truth["buyer_name"]),
        (290, 98, "付款方识别号：", truth.get("buyer_tax_id", "")),
        (40, 114, "收款方名称：", truth["seller_name"]),
        (290, 114, "收款方识别号：", truth["seller_tax_id"]),
    )
    for x, y, label, value in rows:
        used = sheet.text(x, y, label, 9.5, face, BROWN)
        sheet.text(x + used, y, value, 9.5, value_face, BLACK, room=175)
    sheet.frame(30, 82, sheet.width - 30, sheet.height - 52, BROWN)
    sheet.line(30, 122, sheet.width - 30, 122, BROWN)
    sheet.line(30, 139, sheet.width - 30, 139, GREY, 0.4)
    sheet.text(40, 134, "项　目", 9.5, face, BROWN)
    sheet.text(300, 134, "数量", 9.5, face, BROWN, "middle")
    sheet.text(470, 134, "金　额", 9.5, face, BROWN, "right")


def _sample(
    kind: str,
    seed: int,
    truth: dict[str, str],
    sheet: Sheet,
    items: list[dict[str, str]] | None = None,
) -> Sample:
    return finished(sheet, f"{kind}-{seed}", kind, truth, items)
