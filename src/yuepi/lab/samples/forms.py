"""Filled forms: Chinese ones ruled in cells, and English cover sheets with keys and colons.

A sample's `parts` are its pairs: `key` and `value`; `value` is left out where nothing was filled
in.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from yuepi.lab.samples.figures import digits
from yuepi.lab.samples.ink import BLACK, BLUE, MM, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces
from yuepi.lab.samples.words import company, person, region

KIND: Final = "form"
_A4: Final = (210 * MM, 297 * MM)
_EMPTY_SHARE: Final = 0.18
_PEOPLE_EN: Final = ("R. Holm", "Ada Winter", "J. P. Marsh", "Lena Brook", "T. Field", "Mia Stone")
_FIRMS_EN: Final = ("Harbour Press", "Old Mill Foods", "Lakeside Tools", "Northgate Lab")
_SUBJECTS_EN: Final = ("Delivery of spare parts", "Store count, third quarter", "Test report")
_TITLES_ZH: Final = ("员工信息登记表", "出差申请表", "访客登记表", "培训报名表")

Entry = tuple[str, str]
"""A key and its value."""


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A form: ruled and Chinese, with colons in Chinese, or an English cover sheet or record."""
    dice = dice_of(kind, seed)
    english = wishes.english if wishes.english is not None else seed % 4 >= 2
    day = on - timedelta(days=dice.randint(1, 300))
    sheet = Sheet(*_A4, (255, 255, 255))
    if english:
        layout: _Layout = _cover_sheet if seed % 2 else _record
        title, entries = layout(sheet, dice, day)
    else:
        label_face, value_face = faces(dice, wishes)
        chinese = _ruled if seed % 2 else _with_colons
        title, entries = chinese(sheet, dice, day, (label_face, value_face))
    parts = [{"key": key, "value": value} if value else {"key": key} for key, value in entries]
    return finished(sheet, f"{kind}-{seed}", KIND, {"title": title}, parts=parts)


_Layout = Callable[[Sheet, random.Random, date], tuple[str, list[Entry]]]


def _sometimes(dice: random.Random, value: str) -> str:
    return "" if dice.random() < _EMPTY_SHARE else value


def _entries_zh(dice: random.Random, day: date) -> list[Entry]:
    place = region(dice)
    host = company(dice, place, "科技有限公司")
    drawn = [
        ("姓名", person(dice)),
        ("性别", dice.choice("男女")),
        ("部门", dice.choice(("市场部", "财务部", "研发部", "采购部"))),
        ("职务", dice.choice(("专员", "经理", "工程师"))),
        ("联系电话", f"1{dice.choice('35789')}{digits(dice, 9)}"),
        ("申请日期", day.isoformat()),
        ("工作单位", host.name),
        ("通讯地址", host.address),
        ("出差地点", place.city),
        ("事由", dice.choice(("客户回访", "参加展会", "设备验收", "季度培训"))),
    ]
    return [drawn[0], *((key, _sometimes(dice, value)) for key, value in drawn[1:])]


def _ruled(
    sheet: Sheet, dice: random.Random, day: date, ink: tuple[str, str]
) -> tuple[str, list[Entry]]:
    """Cells in rows of key, value, key, value; the long ones have a row of their own."""
    title = dice.choice(_TITLES_ZH)
    sheet.text(sheet.width / 2, 92, title, 20, ink[0], BLACK, "middle")
    entries = _entries_zh(dice, day)
    left, right, high = 60.0, sheet.width - 60, 34.0
    width = right - left
    y = 120.0
    short, long_ = entries[:6], entries[6:]
    for first, second in zip(short[::2], short[1::2], strict=True):
        edges = [left, left + 0.18 * width, left + 0.5 * width, left + 0.68 * width, right]
        for n, text in enumerate((*first, *second)):
            _cell(sheet, edges[n], edges[n + 1], y, high, text, ink[n % 2], n % 2 == 0)
        y += high
    for key, value in long_:
        _cell(sheet, left, left + 0.18 * width, y, high, key, ink[0], True)
        _cell(sheet, left + 0.18 * width, right, y, high, value, ink[1], False)
        y += high
    return title, entries


def _cell(
    sheet: Sheet, x0: float, x1: float, y: float, high: float, text: str, face: str, middle: bool
) -> None:
    sheet.frame(x0, y, x1, y + high, BLACK, 0.8)
    if not text:
        return
    at = (x0 + x1) / 2 if middle else x0 + 8
    align = "middle" if middle else "left"
    room = x1 - x0 - 10
    sheet.text(at, y + high / 2 + 4, text, 12, face, BLACK if middle else BLUE, align, room)


def _with_colons(
    sheet: Sheet, dice: random.Random, day: date, ink: tuple[str, str]
) -> tuple[str, list[Entry]]:
    """Keys with colons, values on a line; two to a row where they are short."""
    title = dice.choice(_TITLES_ZH)
    sheet.text(sheet.width / 2, 92, title, 20, ink[0], BLACK, "middle")
    entries = _entries_zh(dice, day)
    y = 140.0
    for first, second in zip(entries[:6:2], entries[1:6:2], strict=True):
        for x, (key, value) in ((70.0, first), (320.0, second)):
            _asked(sheet, x, y, f"{key}：", value, ink, 150)
        y += 34
    for key, value in entries[6:]:
        _asked(sheet, 70.0, y, f"{key}：", value, ink, 380)
        y += 34
    return title, entries


def _asked(
    sheet: Sheet, x: float, y: float, key: str, value: str, ink: tuple[str, str], room: float
) -> None:
    start = x + sheet.text(x, y, key, 12, ink[0]) + 6
    sheet.line(start, y + 4, start + room, y + 4, BLACK, 0.6)
    if value:
        sheet.text(start + 6, y, value, 12, ink[1], BLUE, room=room - 8)


def _cover_sheet(sheet: Sheet, dice: random.Random, day: date) -> tuple[str, list[Entry]]:
    """A fax cover: keys in a column, values in the next, in a frame."""
    title = "FAX COVER SHEET"
    sheet.text(sheet.width / 2, 90, title, 22, "Helvetica-Bold", BLACK, "middle")
    entries = [
        ("TO", dice.choice(_PEOPLE_EN)),
        ("COMPANY", _sometimes(dice, dice.choice(_FIRMS_EN))),
        ("FAX NUMBER", f"{digits(dice, 3)}-{digits(dice, 4)}"),
        ("FROM", dice.choice(_PEOPLE_EN)),
        ("PHONE", _sometimes(dice, f"{digits(dice, 3)}-{digits(dice, 4)}")),
        ("DATE", f"{day:%B} {day.day}, {day.year}"),
        ("SUBJECT", dice.choice(_SUBJECTS_EN)),
        ("PAGES", str(dice.randint(1, 9))),
    ]
    sheet.frame(70, 120, sheet.width - 70, 150 + 34 * len(entries), BLACK, 1.2)
    for n, (key, value) in enumerate(entries):
        y = 152.0 + n * 34
        sheet.text(96, y, f"{key}:", 12, "Helvetica-Bold")
        if value:
            sheet.text(236, y, value, 12, "Helvetica")
    return title, entries


def _record(sheet: Sheet, dice: random.Random, day: date) -> tuple[str, list[Entry]]:
    """A record in cells, each with a small caption above what is written."""
    title = "SAMPLE RECORD FORM"
    sheet.text(sheet.width / 2, 88, title, 17, "Helvetica-Bold", BLACK, "middle")
    entries = [
        ("FILE NUMBER", f"{dice.choice('ABK')}{digits(dice, 3)}"),
        ("DATE RECEIVED", day.isoformat()),
        ("PHYSICAL STATE", dice.choice(("White powder", "Clear liquid", "Grey paste"))),
        ("STORAGE", _sometimes(dice, "Keep cool and dry, below 8 degrees.")),
        ("SOLUBILITY", dice.choice(("Soluble in water at room temperature.", "Not determined."))),
        ("COMMENTS", _sometimes(dice, "Second lot ordered.")),
    ]
    y = 110.0
    for row in ((0, 1), (2,), (3,), (4,), (5,)):
        _captioned(sheet, y, [entries[n] for n in row])
        y += 54
    return title, entries


def _captioned(sheet: Sheet, y: float, entries: Sequence[Entry]) -> None:
    left, width = 70.0, (sheet.width - 140) / len(entries)
    for n, (key, value) in enumerate(entries):
        x = left + n * width
        sheet.frame(x, y, x + width, y + 54, BLACK, 1)
        sheet.text(x + 5, y + 12, key, 7.5, "Helvetica")
        if value:
            sheet.text(x + 16, y + 36, value, 12, "Courier")
