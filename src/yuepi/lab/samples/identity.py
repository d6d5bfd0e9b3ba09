"""Identity cards and passports of people who do not exist.

Numbers have right check digits and belong to no region or state that is there: ID numbers begin
with 99, passports are Utopia's or have a Chinese page with a number of another shape. OCR-B, the
face of real machine-readable zones, is not at hand: Courier stands in for it.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Final

from yuepi.documents.layout.dates import MONTHS_SHORT
from yuepi.lab.samples.figures import digits
from yuepi.lab.samples.ink import BLACK, GREY, MM, RED, WHITE, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces
from yuepi.lab.samples.words import person, region

_CARD_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD_CHECKS: Final = "10X98765432"
_ZONE_WEIGHTS: Final = (7, 3, 1)
_PEOPLES: Final = ("汉", "汉", "汉", "回", "壮", "满", "苗", "土家", "维吾尔", "彝", "蒙古", "白")
_BLUE_LABEL: Final[Ink] = (38, 96, 158)
_PALE: Final[Ink] = (232, 242, 246)
_ROSE: Final[Ink] = (246, 238, 236)
_WIDTH, _HEIGHT = 85.6 * MM, 54.0 * MM
_GAP = 8 * MM
_ROADS: Final = ("文一西路", "解放大道", "人民南路", "松林街", "青年路", "和平里")
_PINYIN: Final = {
    "surname": ("ZHANG", "WANG", "LI", "CHEN", "ZHOU", "ERIKSSON", "OKAFOR", "HOLM", "SATO"),
    "given": ("SAN", "XIAOYAN", "ANNA MARIA", "WEI", "LUKAS", "JIANGUO", "NGOZI", "KAORI"),
}
_FOREVER: Final = "长期"


def draw_id_card(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `id_card`: its front, its back, or both below or beside each other."""
    dice = dice_of(kind, seed)
    sides = dice.choice(("front", "front", "back", "below", "beside"))
    wide, high = (2 if sides == "beside" else 1), (2 if sides == "below" else 1)
    sheet = Sheet(
        wide * _WIDTH + (wide - 1) * _GAP, high * _HEIGHT + (high - 1) * _GAP, (250, 250, 248)
    )
    truth: dict[str, str] = {}
    if sides != "back":
        truth |= _front(sheet, dice, on, wishes)
    if sides == "back":
        truth |= _back(sheet, dice, on, wishes, 0, 0)
    elif sides == "below":
        truth |= _back(sheet, dice, on, wishes, 0, _HEIGHT + _GAP)
    elif sides == "beside":
        truth |= _back(sheet, dice, on, wishes, _WIDTH + _GAP, 0)
    return finished(sheet, f"{kind}-{seed}", kind, truth)


def _front(sheet: Sheet, dice: random.Random, on: date, wishes: Wishes) -> dict[str, str]:
    face, _ = faces(dice, wishes)
    born = on - timedelta(days=dice.randint(18 * 365, 75 * 365))
    male = dice.random() < 0.5
    place = region(dice)
    home = (
        f"{place.city}市{dice.choice(place.districts)}{dice.choice(_ROADS)}{dice.randint(1, 999)}号"
        f"{dice.randint(1, 40)}幢{dice.randint(1, 4)}单元{dice.randint(101, 2904)}室"
    )
    truth = {
        "name": person(dice),
        "sex": "男" if male else "女",
        "ethnicity": dice.choice(_PEOPLES),
        "birth": born.isoformat(),
        "address": home,
        "id_number": id_number(dice, born, male=male),
    }
    sheet.fill(0, 0, _WIDTH, _HEIGHT, _PALE, 8)
    size = 8.6
    label, value = (_BLUE_LABEL, "hei"), (BLACK, face)

    def row(y: float, words: str, told: str, x: float = 16, shift: float = 28) -> None:
        sheet.text(x, y, words, 7.2, label[1], label[0])
        sheet.text(x + shift, y, told, size, value[1], value[0])

    row(26, "姓　名", truth["name"])
    row(46, "性　别", truth["sex"])
    row(46, "民　族", truth["ethnicity"], 74)
    row(66, "出　生", f"{born.year}")
    for x, told in ((66, "年"), (86, "月"), (105, "日")):
        sheet.text(x, 66, told, 7.2, "hei", _BLUE_LABEL)
    sheet.text(79, 66, str(born.month), size, face, BLACK, "middle")
    sheet.text(99, 66, str(born.day), size, face, BLACK, "middle")
    sheet.text(16, 86, "住　址", 7.2, "hei", _BLUE_LABEL)
    for at in range(0, len(home), 11):
        sheet.text(44, 86 + at // 11 * 12, home[at : at + 11], size, face)
    sheet.text(16, 137, "公民身份号码", 7.2, "hei", _BLUE_LABEL)
    sheet.text(80, 137, truth["id_number"], 10.5, "hei", BLACK, gap=0.9)
    sheet.fill(172, 24, 226, 92, (214, 222, 226), 4)
    sheet.disc(199, 48, 13, (168, 150, 138))
    sheet.fill(180, 64, 218, 92, (120, 128, 146), 8)
    return truth


def _back(
    sheet: Sheet, dice: random.Random, on: date, wishes: Wishes, x: float, y: float
) -> dict[str, str]:
    face, _ = faces(dice, wishes)
    place = region(dice)
    start = on - timedelta(days=dice.randint(30, 8 * 365))
    start = start.replace(day=min(start.day, 28))
    years = dice.choice((10, 20, None))
    end = None if years is None else start.replace(year=start.year + years)
    told = _FOREVER if end is None else f"{end:%Y.%m.%d}"
    truth = {
        "authority": f"{place.city}市公安局{dice.choice(place.districts).removesuffix('区')}分局",
        "valid_from": start.isoformat(),
        "valid_to": _FOREVER if end is None else end.isoformat(),
    }
    sheet.fill(x, y, x + _WIDTH, y + _HEIGHT, _ROSE, 8)
    sheet.disc(x + 34, y + 36, 17, RED)
    sheet.disc(x + 34, y + 36, 12, (240, 200, 90))
    sheet.text(x + 148, y + 36, "中华人民共和国", 12, face, BLACK, "middle", gap=2)
    sheet.text(x + 148, y + 62, "居民身份证", 17, face, BLACK, "middle", gap=4)
    sheet.text(x + 46, y + 114, "签发机关", 7.6, "hei")
    sheet.text(x + 88, y + 114, truth["authority"], 8.2, face)
    sheet.text(x + 46, y + 132, "有效期限", 7.6, "hei")
    sheet.text(x + 88, y + 132, f"{start:%Y.%m.%d}-{told}", 8.2, face)
    return truth


def id_number(dice: random.Random, born: date, *, male: bool) -> str:
    """An ID number of no region (99...) with the right check character (GB 11643)."""
    order = f"{dice.randint(0, 99):02}{2 * dice.randint(0, 4) + male}"
    body = f"99{digits(dice, 4)}{born:%Y%m%d}{order}"
    total = sum(int(sign) * weight for sign, weight in zip(body, _CARD_WEIGHTS, strict=True))
    return body + _CARD_CHECKS[total % 11]


def draw_passport(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `passport`: the page with the holder's data and its two lines for machines."""
    dice = dice_of(kind, seed)
    chinese = dice.random() < 0.5
    born = on - timedelta(days=dice.randint(16 * 365, 70 * 365))
    ends = on + timedelta(days=dice.randint(30, 9 * 365))
    state = "CHN" if chinese else "UTO"
    letters = "ABCDEFGHJKLMNPRTUVWXYZ"
    truth = {
        "number": f"E{dice.choice(letters)}{digits(dice, 6)}Z"
        if chinese
        else dice.choice(letters) + digits(dice, dice.choice((7, 8))),
        "surname": dice.choice(_PINYIN["surname"]),
        "given_names": dice.choice(_PINYIN["given"]),
        "nationality": state,
        "birth": born.isoformat(),
        "sex": dice.choice("MF"),
        "expiry": ends.isoformat(),
        "issuer": state,
    }
    sheet = Sheet(
        125 * MM, 88 * MM, dice.choice(((240, 244, 238), (246, 240, 244), (238, 243, 248)))
    )
    (_chinese_page if chinese else _utopian_page)(sheet, truth, born, ends)
    sheet.fill(18, 46, 108, 166, (206, 212, 218), 3)
    sheet.disc(63, 92, 24, (170, 152, 140))
    sheet.fill(30, 122, 96, 166, (110, 118, 140), 12)
    sheet.fill(0, 196, sheet.width, sheet.height, WHITE)
    for at, line in enumerate(zone_lines(truth, born, ends, "PO" if chinese else "P<", dice)):
        sheet.text(18, 214 + at * 19, line, 12.3, "Courier", BLACK, room=sheet.width - 36)
    return finished(sheet, f"{kind}-{seed}", kind, truth)


def zone_lines(
    truth: dict[str, str], born: date, ends: date, code: str, dice: random.Random
) -> tuple[str, str]:
    """The two lines of 44 of a passport (ICAO Doc 9303 part 4)."""
    names = f"{truth['surname']}  {truth['given_names']}".replace(" ", "<")
    above = f"{code}{truth['issuer']}{names}"[:44].ljust(44, "<")
    own = "" if dice.random() < 0.6 else f"{dice.choice('ABEHM')}{digits(dice, 8)}"
    number = truth["number"].ljust(9, "<")
    optional = own.ljust(14, "<")
    parts = [number, f"{born:%y%m%d}", f"{ends:%y%m%d}", optional]
    checks = [zone_digit(each) for each in parts]
    if not own:
        checks[3] = dice.choice("0<")
    joined = "".join(part + check for part, check in zip(parts, checks, strict=True))
    below = (
        f"{number}{checks[0]}{truth['nationality']}{parts[1]}{checks[1]}{truth['sex']}"
        f"{parts[2]}{checks[2]}{optional}{checks[3]}{zone_digit(joined)}"
    )
    return above, below


def zone_digit(text: str) -> str:
    """The check digit of a part of a zone (ICAO Doc 9303 part 3)."""
    worth = [0 if sign == "<" else int(sign, 36) for sign in text]
    return str(sum(each * _ZONE_WEIGHTS[at % 3] for at, each in enumerate(worth)) % 10)


def _spoken(day: date) -> str:
    return f"{day.day:02} {MONTHS_SHORT[day.month - 1]} {day.year}"


def _cells(sheet: Sheet, cells: tuple[tuple[float, float, str, str], ...]) -> None:
    for x, y, label, value in cells:
        sheet.text(x, y, label, 6.2, "hei", GREY)
        sheet.text(x, y + 12, value, 9.4, "Helvetica", BLACK)


def _chinese_page(sheet: Sheet, truth: dict[str, str], born: date, ends: date) -> None:
    sheet.text(18, 26, "护照", 15, "hei", (120, 30, 40))
    sheet.text(60, 26, "PASSPORT", 10, "Helvetica", (120, 30, 40))
    _cells(
        sheet,
        (
            (122, 30, "类型/Type", "P"),
            (170, 30, "国家码/Country Code", "CHN"),
            (250, 30, "护照号/Passport No.", truth["number"]),
            (122, 60, "姓/Surname", truth["surname"]),
            (250, 60, "名/Given names", truth["given_names"]),
            (122, 90, "性别/Sex", f"{'男' if truth['sex'] == 'M' else '女'}/{truth['sex']}"),
            (190, 90, "国籍/Nationality", "中国/CHINESE"),
            (270, 90, "出生日期/Date of birth", _spoken(born)),
            (122, 120, "签发日期/Date of issue", _spoken(ends - timedelta(days=3652))),
            (250, 120, "有效期至/Date of expiry", _spoken(ends)),
            (122, 150, "签发机关/Authority", "国家移民管理局"),
        ),
    )


def _utopian_page(sheet: Sheet, truth: dict[str, str], born: date, ends: date) -> None:
    sheet.text(18, 26, "UTOPIA", 14, "Helvetica-Bold", (30, 60, 120))
    sheet.text(90, 26, "PASSPORT", 10, "Helvetica", (30, 60, 120))
    _cells(
        sheet,
        (
            (122, 30, "Type", "P"),
            (170, 30, "Code of issuing state", "UTO"),
            (260, 30, "Passport No.", truth["number"]),
            (122, 60, "Surname", truth["surname"]),
            (122, 86, "Given names", truth["given_names"]),
            (122, 112, "Nationality", "UTOPIAN"),
            (250, 112, "Date of birth", _spoken(born)),
            (122, 138, "Sex", truth["sex"]),
            (180, 138, "Place of birth", "ZENITH"),
            (250, 138, "Date of expiry", _spoken(ends)),
        ),
    )
