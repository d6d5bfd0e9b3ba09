"""Itineraries: the paper of an air ticket, a trip list, an order of a booking site."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from yuepi.lab.samples.figures import cents, digits
from yuepi.lab.samples.ink import BLACK, GREY, MM, WHITE, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces, issued
from yuepi.lab.samples.words import person

_AIRPORTS = (
    "上海虹桥",
    "北京首都",
    "广州白云",
    "成都双流",
    "深圳宝安",
    "西安咸阳",
    "武汉天河",
    "长沙黄花",
)
_AIRLINES = (
    ("东航", "MU", "781"),
    ("南航", "CZ", "784"),
    ("国航", "CA", "999"),
    ("海航", "HU", "880"),
)
_TITLE = "航空运输电子客票行程单"
_ORANGE: Ink = (250, 120, 30)
_PLACES = (
    "望京国际大厦", "学院路地铁站", "南山科技园", "天府软件园", "虹桥火车站", "白云机场",
    "光谷广场", "西溪湿地", "国贸中心", "滨江公园", "会展中心", "人民医院",
)  # fmt: skip
_RIDES = ("快车", "专车", "特惠快车", "出租车")


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `itinerary`, in one of three forms."""
    form = dice_of(f"{kind} form", seed).choice((_air, _air, _trips, _booking))
    return form(kind, seed, on, wishes)


def _air(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    dice = dice_of(kind, seed)
    day = issued(dice, on, wishes)
    face, value_face = faces(dice, wishes)
    sheet = Sheet(235 * MM, 108 * MM, (250, 247, 252))
    legs = _legs(dice, day, dice.choice((1, 1, 2)))
    sums = _air_sums(dice, wishes)
    _, _, prefix = legs[0][0]
    truth = {
        "title": _TITLE,
        "passenger": person(dice),
        "id_number": f"{digits(dice, 6)}********{digits(dice, 4)}",
        "ticket_number": prefix + digits(dice, 10),
        "date": day.isoformat(),
        "issuer": dice.choice(("云帆航空服务有限公司", "青禾商旅服务有限公司")),
        "currency": "CNY",
        **{name: str(value) for name, value in sums.items()},
    }
    items = []
    for (_, code, _), flight, seat, away, home, when in legs:
        items.append({"name": f"{away} → {home}", "model": f"{code}{flight} {seat}"})
        del when
    if len(legs) == 1:
        (_, code, _), flight, seat, away, home, when = legs[0]
        truth |= {"flight": f"{code}{flight}", "class": seat, "from": away, "to": home}
        truth["departure"] = when
        items = []
    sheet.text(sheet.width / 2, 30, _TITLE, 17, face, BLACK, "middle")
    caption = "ITINERARY/RECEIPT OF E-TICKET FOR AIR TRANSPORT"
    sheet.text(sheet.width / 2, 42, caption, 8, "Helvetica", BLACK, "middle")
    sheet.text(sheet.width - 30, 30, f"印刷序号：{digits(dice, 11)}", 8, face, BLACK, "right")
    _who(sheet, truth, face, value_face)
    _table(sheet, legs, face, value_face)
    _air_foot(sheet, truth, face, value_face, dice)
    return finished(sheet, f"{kind}-{seed}", kind, truth, items)


_Leg = tuple[tuple[str, str, str], str, str, str, str, str]


def _legs(dice: random.Random, day: date, count: int) -> list[_Leg]:
    ports = dice.sample(_AIRPORTS, count + 1)
    airline = dice.choice(_AIRLINES)
    first = day - timedelta(days=dice.randint(count, 9))
    legs = []
    for number in range(count):
        clock = f"{dice.randint(6, 21):02d}:{dice.choice((0, 5, 15, 25, 40, 55)):02d}"
        when = f"{first + timedelta(days=number):%Y-%m-%d} {clock}"
        flight = str(dice.randint(1001, 9899))
        seat = dice.choice("YBMHKL")
        legs.append((airline, flight, seat, ports[number], ports[number + 1], when))
    return legs


def _air_sums(dice: random.Random, wishes: Wishes) -> dict[str, Decimal]:
    fund, fuel = cents(Decimal(50)), cents(Decimal(dice.choice((20, 30, 60, 70, 120))))
    fare = cents(
        (wishes.total - fund - fuel) if wishes.total else Decimal(dice.randint(38, 260) * 10)
    )
    return {"fare": fare, "fund": fund, "fuel": fuel, "total": fare + fund + fuel}


def _who(sheet: Sheet, truth: dict[str, str], face: str, value_face: str) -> None:
    columns = (
        (34, "旅客姓名", "NAME OF PASSENGER", truth["passenger"]),
        (220, "有效身份证件号码", "ID.NO.", truth["id_number"]),
        (440, "签注", "ENDORSEMENTS", "不得签转"),
    )
    sheet.frame(26, 52, sheet.width - 26, sheet.height - 18, GREY)
    for x, label, english, value in columns:
        sheet.text(x, 64, label, 8, face, GREY)
        sheet.text(x + 9 * len(label), 64, english, 6, "Helvetica", GREY)
        sheet.text(x, 82, value, 11, value_face)
    sheet.line(26, 90, sheet.width - 26, 90, GREY)


def _table(sheet: Sheet, legs: list[_Leg], face: str, value_face: str) -> None:
    columns = (
        (150, "承运人"), (205, "航班号"), (258, "座位等级"), (315, "日期"), (388, "时间"),
        (436, "客票级别"), (500, "免费行李"),
    )  # fmt: skip
    for x, label in columns:
        sheet.text(x, 102, label, 8, face, GREY)
    y = 122.0
    for number, ((airline, code, _), flight, seat, away, _, when) in enumerate(legs):
        lead = "自FROM" if not number else "至TO"
        sheet.text(34, y, f"{lead} {away}", 10.5, value_face)
        cells = (airline, f"{code}{flight}", seat, when[:10], when[11:], seat, "20K")
        for (x, _), cell in zip(columns, cells, strict=True):
            sheet.text(x, y, cell, 10.5, value_face)
        y += 22
    sheet.text(34, y, f"至TO {legs[-1][4]}", 10.5, value_face)
    sheet.line(26, y + 10, sheet.width - 26, y + 10, GREY)


def _air_foot(
    sheet: Sheet, truth: dict[str, str], face: str, value_face: str, dice: random.Random
) -> None:
    y = 214.0
    columns = (
        (34, "票价", "FARE", f"CNY {truth['fare']}"),
        (150, "民航发展基金", "CAAC FUND", f"CN {truth['fund']}"),
        (300, "燃油附加费", "FUEL SURCHARGE", f"YQ {truth['fuel']}"),
        (440, "其他税费", "OTHER TAXES", ""),
        (540, "合计", "TOTAL", f"CNY {truth['total']}"),
    )
    for x, label, english, value in columns:
        sheet.text(x, y, label, 8, face, GREY)
        sheet.text(x + 8.6 * len(label), y, english, 6, "Helvetica", GREY)
        sheet.text(x, y + 17, value, 10.5, value_face)
    ticket = truth["ticket_number"]
    rows = (
        (34, "电子客票号码", f"{ticket[:3]}-{ticket[3:]}"),
        (230, "验证码", digits(dice, 4)),
        (330, "保险费", "XXX"),
    )
    for x, label, value in rows:
        shift = sheet.text(x, y + 38, f"{label}：", 8.5, face, GREY)
        sheet.text(x + shift + 4, y + 38, value, 10, value_face)
    for x, label, value in (
        (34, "销售单位代号", f"SHA{digits(dice, 3)} 08{digits(dice, 6)}"),
        (230, "填开单位", truth["issuer"]),
        (470, "填开日期", truth["date"]),
    ):
        shift = sheet.text(x, y + 58, f"{label}：", 8.5, face, GREY)
        sheet.text(x + shift + 4, y + 58, value, 10, value_face)


def _trips(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    dice = dice_of(kind, seed)
    day = issued(dice, on, wishes)
    face, value_face = faces(dice, wishes)
    sheet = Sheet(210 * MM, 297 * MM, WHITE)
    issuer = dice.choice(("云行出行", "快马出行", "城际约车"))
    rides = []
    for number in range(dice.randint(1, 6)):
        when = day - timedelta(days=dice.randint(1, 20))
        away, home = dice.sample(_PLACES, 2)
        price = cents(Decimal(dice.randint(1100, 12000)) / 100)
        clock = f"{when:%Y-%m-%d} {dice.randint(7, 22):02d}:{dice.randint(0, 59):02d}"
        far = Decimal(dice.randint(12, 420)) / 10
        rides.append((number + 1, dice.choice(_RIDES), clock, away, home, far, price))
    total = sum((ride[-1] for ride in rides), Decimal(0))
    truth = {
        "title": f"{issuer}-行程单",
        "issuer": issuer,
        "date": day.isoformat(),
        "total": str(total),
        "currency": "CNY",
    }
    sheet.text(40, 60, truth["title"], 22, face, _ORANGE)
    sheet.line(40, 72, sheet.width - 40, 72, _ORANGE, 1.2)
    days = sorted(ride[2][:10] for ride in rides)
    head = (
        f"申请日期：{day.isoformat()}",
        f"行程起止日期：{days[0]} 至 {days[-1]}",
        f"行程人手机号：1{dice.choice('358')}*****{digits(dice, 4)}",
        f"共{len(rides)}笔行程，合计{total}元",
    )
    for i, row in enumerate(head):
        sheet.text(40, 100 + i * 20, row, 11, value_face)
    _ride_table(sheet, rides, face, value_face, ruled=dice.random() < 0.5)
    items = [
        {
            "name": f"{away} → {home}", "model": f"{car} {clock}", "unit": "公里",
            "quantity": str(far), "amount": str(price),
        }
        for _, car, clock, away, home, far, price in rides
    ]  # fmt: skip
    return finished(sheet, f"{kind}-{seed}", kind, truth, items)


_Ride = tuple[int, str, str, str, str, Decimal, Decimal]
_RIDE_HEADS = ("序号", "车型", "上车时间", "起点", "终点", "里程[公里]", "金额[元]")
_RIDE_EDGES = (40.0, 72.0, 122.0, 226.0, 322.0, 418.0, 484.0, 552.0)


def _ride_table(
    sheet: Sheet, rides: list[_Ride], face: str, value_face: str, *, ruled: bool
) -> None:
    top, step = 196.0, 30.0
    bottom = top + step * (len(rides) + 1)
    if not ruled:
        sheet.fill(_RIDE_EDGES[0], top, _RIDE_EDGES[-1], top + step, (245, 245, 245))
    for i, head in enumerate(_RIDE_HEADS):
        sheet.text(_RIDE_EDGES[i] + 4, top + 19, head, 9.5, face)
    for number, ride in enumerate(rides, 1):
        y = top + step * number + 19
        for i, cell in enumerate(map(str, ride)):
            sheet.text(_RIDE_EDGES[i] + 4, y, cell, 9.5, value_face)
    if ruled:
        for number in range(len(rides) + 2):
            sheet.line(
                _RIDE_EDGES[0], top + step * number, _RIDE_EDGES[-1], top + step * number, GREY
            )
        for edge in _RIDE_EDGES:
            sheet.line(edge, top, edge, bottom, GREY)


def _booking(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    dice = dice_of(kind, seed)
    day = issued(dice, on, wishes)
    sheet = Sheet(390, 760, WHITE)
    away, home = (port[:2] for port in dice.sample(_AIRPORTS, 2))
    airline, code, prefix = dice.choice(_AIRLINES)
    sums = _air_sums(dice, wishes)
    clock = f"{dice.randint(6, 21):02d}:{dice.choice((5, 20, 35, 50)):02d}"
    truth = {
        "order_number": digits(dice, 12),
        "passenger": person(dice),
        "ticket_number": prefix + digits(dice, 10),
        "flight": f"{code}{dice.randint(1001, 9899)}",
        "from": away,
        "to": home,
        "class": "经济舱",
        "departure": f"{day.isoformat()} {clock}",
        "currency": "CNY",
        **{name: str(value) for name, value in sums.items()},
    }
    sheet.fill(0, 0, 390, 64, (20, 110, 220))
    sheet.text(195, 42, "机票订单详情", 17, "hei", WHITE, "middle")
    sheet.text(24, 96, f"订单号：{truth['order_number']}", 13, "hei")
    sheet.text(366, 96, "已出票", 13, "hei", _ORANGE, "right")
    sheet.text(24, 140, f"{away} 至 {home}", 20, "hei")
    sheet.text(24, 168, f"{airline}{truth['flight']}", 13, "hei")
    sheet.text(366, 168, "经济舱", 13, "hei", GREY, "right")
    sheet.text(24, 194, f"起飞时间：{day.isoformat()} {clock}", 13, "hei")
    sheet.line(20, 214, 370, 214, GREY, 0.5)
    rows = (
        ("乘机人", truth["passenger"]), ("票号", f"{prefix}-{truth['ticket_number'][3:]}"),
        ("票价", f"¥{sums['fare']}"), ("机建", f"¥{sums['fund']}"), ("燃油", f"¥{sums['fuel']}"),
        ("订单总额", f"¥{sums['total']}"),
    )  # fmt: skip
    for i, (label, value) in enumerate(rows):
        sheet.text(24, 246 + i * 34, label, 13, "hei", GREY)
        sheet.text(366, 246 + i * 34, value, 13, "hei", BLACK, "right")
    sheet.text(24, 480, "退改规则以航空公司规定为准", 11, "hei", GREY)
    return finished(sheet, f"{kind}-{seed}", kind, truth)
