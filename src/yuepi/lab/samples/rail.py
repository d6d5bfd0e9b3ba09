"""铁路电子客票: 电子发票（铁路电子客票）, as issued since 2024-11. Points on a page 595 x 340."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from yuepi.lab.samples.figures import cents, code_text, digits
from yuepi.lab.samples.ink import BLACK, BROWN, GREY, MAROON, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces, issued
from yuepi.lab.samples.words import buyer, person

_WIDTH, _HEIGHT = 595.0, 340.0
TITLE = "电子发票（铁路电子客票）"
_STATIONS = (
    ("北京南", "Beijingnan", "1100"),
    ("上海虹桥", "Shanghaihongqiao", "3100"),
    ("南京南", "Nanjingnan", "3200"),
    ("杭州东", "Hangzhoudong", "3300"),
    ("武汉", "Wuhan", "4200"),
    ("广州南", "Guangzhounan", "4400"),
    ("深圳北", "Shenzhenbei", "4403"),
    ("成都东", "Chengdudong", "5101"),
    ("西安北", "Xi'anbei", "6101"),
    ("济南西", "Jinanxi", "3701"),
)
_SEATS = (("二等座", "ABCDF", 1), ("一等座", "ACDF", 2), ("商务座", "ACF", 3))


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `rail_e_ticket`. The passenger's ID number is masked, as on real ones."""
    dice = dice_of(kind, seed)
    day = issued(dice, on, wishes)
    rode = day - timedelta(days=dice.randint(0, 12))
    start, end = dice.sample(_STATIONS, 2)
    seat_class, letters, grade = dice.choice(_SEATS)
    customer = wishes.buyer or buyer(dice)
    total = cents(wishes.total or Decimal(dice.randint(40, 700) * grade))
    clock = f"{dice.randint(6, 21):02d}:{dice.randint(0, 59):02d}"
    seat = f"{dice.randint(1, 16):02d}车{dice.randint(1, 18):02d}{dice.choice(letters)}号"
    truth = {
        "type": TITLE,
        "title": TITLE,
        "number": wishes.number or f"{day:%y}{start[2][:2]}9{digits(dice, 15)}",
        "date": day.isoformat(),
        "buyer_name": customer.name,
        "buyer_tax_id": customer.tax_id,
        "train": f"{dice.choice('GGGD')}{dice.randint(1, 3999)}",
        "from": f"{start[0]}站",
        "to": f"{end[0]}站",
        "departure": f"{rode.isoformat()}T{clock}",
        "passenger": person(dice),
        "seat": seat,
        "total": str(total),
        "currency": "CNY",
    }
    truth = {name: value for name, value in truth.items() if value}
    qr = code_text("51", "", truth["number"], truth["total"], day, "")
    sheet = Sheet(_WIDTH, _HEIGHT, (255, 255, 255))
    label_face, face = faces(dice, wishes)
    _head(sheet, truth, day, label_face, face)
    _ride(sheet, truth, (start[1], end[1]), seat_class, rode, clock, face)
    identity = f"{dice.randint(1, 6)}{digits(dice, 5)}{dice.randint(1965, 2003)}"
    masked = f"{identity}****{digits(dice, 3)}{dice.choice('0123456789X')}"
    sheet.text(60, 224, masked, 11, face)
    sheet.text(200, 224, truth["passenger"], 11, face)
    used = sheet.text(60, 246, "电子客票号：", 10, label_face, BROWN)
    sheet.text(60 + used, 246, digits(dice, 21), 10, face)
    used = sheet.text(60, 268, "购买方名称：", 10, label_face, BROWN)
    sheet.text(60 + used, 268, truth["buyer_name"], 10, face)
    used = sheet.text(60, 290, "统一社会信用代码：", 10, label_face, BROWN)
    sheet.text(60 + used, 290, truth.get("buyer_tax_id", ""), 10, face)
    sheet.qr(448, 206, 84, qr)
    sheet.text(297, 322, "中国铁路祝您旅途愉快", 9, label_face, GREY, "middle")
    return finished(sheet, f"{kind}-{seed}", kind, truth, codes=(qr,))


def _head(sheet: Sheet, truth: dict[str, str], day: date, label_face: str, face: str) -> None:
    sheet.frame(24, 16, _WIDTH - 24, _HEIGHT - 10, MAROON, 0.8)
    sheet.text(297, 46, TITLE, 19, label_face, BROWN, "middle")
    bureau = (("国家税务总局", 6.5, 0.0), ("北京市税务局", 6.5, 15.0))
    sheet.seal(297, 50, (43, 28), "全国统一发票监制章", bureau, label_face, 0.7)
    used = sheet.text(60, 86, "发票号码:", 10.5, label_face, BROWN)
    sheet.text(62 + used, 86, truth["number"], 10.5, face)
    used = sheet.text(400, 86, "开票日期:", 10.5, label_face, BROWN)
    sheet.text(402 + used, 86, f"{day:%Y}年{day:%m}月{day:%d}日", 10.5, face)


def _ride(
    sheet: Sheet,
    truth: dict[str, str],
    latin: tuple[str, str],
    seat_class: str,
    rode: date,
    clock: str,
    face: str,
) -> None:
    sheet.text(130, 122, truth["from"], 17, face, BLACK, "middle")
    sheet.text(460, 122, truth["to"], 17, face, BLACK, "middle")
    sheet.text(130, 138, latin[0], 9, face, BLACK, "middle")
    sheet.text(460, 138, latin[1], 9, face, BLACK, "middle")
    sheet.text(295, 118, truth["train"], 16, face, BLACK, "middle")
    sheet.line(245, 124, 345, 124, BLACK, 1)
    sheet.line(337, 120, 345, 124, BLACK, 1)
    sheet.text(60, 168, f"{rode:%Y}年{rode:%m}月{rode:%d}日", 11.5, face)
    sheet.text(210, 168, f"{clock}开", 11.5, face)
    sheet.text(320, 168, truth["seat"], 11.5, face)
    sheet.text(450, 168, seat_class, 11.5, face)
    used = sheet.text(60, 196, "票价：", 11.5, face, BROWN)
    sheet.text(60 + used, 196, f"¥{truth['total']}", 13, face)
