"""The front of a Chinese identity card: its layout, its number's check, what must agree. Pure.

Source of the number's form: GB 11643-1999 (check character: ISO 7064, MOD 11-2); digits 7 to 14
are the birthday, the 17th is odd for men. What disagrees with another print is not told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from yuepi.engines.ocr.page import CJK, SCORE_MIN, Page, Row
from yuepi.kit.boxes import Box, around

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_NUMBER: Final = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)")
_LABELS: Final = ("姓名", "性别", "民族", "出生", "住址", "公民身份号码")
_LABELS_MIN: Final = 3
_BIRTH: Final = re.compile(r"出生(?:日期)?:?(\d{4})年(\d{1,2})月(\d{1,2})日?")
_NAME: Final = re.compile(rf"^姓名:?([{CJK}·.•]{{2,20}})$")
_SEX: Final = re.compile(r"性别:?([男女])")
_ETHNICITY: Final = re.compile(rf"民族:?([{CJK}]{{1,8}}?)(?:族)?$")
_ADDRESS_ROWS_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a card. value None: not told, `why` says which kind of doubt."""

    value: str | None
    box: Box | None = None
    supported: bool = False
    why: str = ""


def is_id_number(text: str) -> bool:
    """Whether a text is an 18-character number with a real birthday and the right check."""
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", text, re.ASCII):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return check_character(text[:17]) == text[17].upper()


def check_character(body: str) -> str:
    """The 18th character for 17 digits."""
    total = sum(int(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def is_id_card(page: Page) -> bool:
    """Whether the page carries the labels of a card's front."""
    text = re.sub(r"\s", "", page.text)
    return sum(label in text for label in _LABELS) >= _LABELS_MIN


def read_id_card(page: Page) -> dict[str, Entry]:
    """The card's values by their keys in `fields`: person, sex, birth, id_number and so on.

    The birth is ISO. Number against birth and sex: where they differ, neither is told.
    """
    found: dict[str, Entry] = {}
    for index, row in enumerate(page.rows):
        text = _squeezed(row)
        place = around(piece.box for piece in row)
        weak = min(piece.score for piece in row) < SCORE_MIN
        if m := _NAME.match(text):
            _keep(found, "person", Entry(m[1], place))
        if m := _SEX.search(text):
            _keep(found, "sex", Entry(m[1], place))
        if m := _ETHNICITY.search(text):
            _keep(found, "ethnicity", Entry(m[1], place))
        if m := _BIRTH.search(text):
            _keep(found, "birth", _birth(m, place, weak or page.is_poor))
        if text.startswith("住址"):
            _keep(found, "address", _address(page, index))
        if "身份号码" in text or "身份证号" in text:
            _keep(found, "id_number", _number(text, place))
    _split_name(page, found)
    return _agreed(found)


def _keep(found: dict[str, Entry], key: str, entry: Entry) -> None:
    before = found.get(key)
    if before is not None and before.value != entry.value:
        entry = Entry(None, why="conflict")
    found[key] = entry


def _squeezed(row: Row) -> str:
    return re.sub(r"\s", "", "".join(piece.text for piece in row))


def _split_name(page: Page, found: dict[str, Entry]) -> None:
    """A name of two signs may be printed in the row that sits a little off the label's."""
    if "person" in found:
        return
    for index, row in enumerate(page.rows[:-1]):
        following = _squeezed(page.rows[index + 1])
        if _squeezed(row) == "姓名" and re.fullmatch(rf"[{CJK}·]{{2,6}}", following):
            found["person"] = Entry(following, around(p.box for p in page.rows[index + 1]))
            return


def _birth(match: re.Match[str], place: Box, weak: bool) -> Entry:
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return Entry(None, why="check")
    return Entry(day.isoformat(), place, why="weak" if weak else "")


def _address(page: Page, index: int) -> Entry:
    """The rows from 住址 down to the number, as one text; the portrait at the right has none."""
    parts = [_squeezed(page.rows[index]).removeprefix("住址").lstrip(":")]
    boxes = [piece.box for piece in page.rows[index]]
    left = page.rows[index][0].box.x0
    for row in page.rows[index + 1 : index + 1 + _ADDRESS_ROWS_MAX]:
        text = _squeezed(row)
        if "身份" in text or "号码" in text or _NUMBER.search(text) or row[0].box.x0 < left:
            break
        parts.append(text)
        boxes += [piece.box for piece in row]
    whole = "".join(parts)
    return Entry(whole, around(boxes)) if whole else Entry(None, why="missing")


def _number(text: str, place: Box) -> Entry:
    found = _NUMBER.search(text)
    if found is None:
        return Entry(None, why="unclear")
    if not is_id_number(found.group()):
        return Entry(None, place, why="check")
    return Entry(found.group().upper(), place, supported=True)


def _agreed(found: dict[str, Entry]) -> dict[str, Entry]:
    number = found.get("id_number")
    birth, sex = found.get("birth"), found.get("sex")
    if number is not None and number.value is not None:
        digits = number.value
        stated = f"{digits[6:10]}-{digits[10:12]}-{digits[12:14]}"
        gender = "男" if int(digits[16]) % 2 else "女"
        for key, entry, right in (("birth", birth, stated), ("sex", sex, gender)):
            if entry is None or entry.value is None:
                continue
            if entry.value == right:
                found[key] = Entry(entry.value, entry.box, supported=True)
            else:
                found[key] = Entry(None, entry.box, why="conflict")
                found["id_number"] = Entry(None, number.box, why="conflict")
    elif birth is not None and birth.why == "weak":
        found["birth"] = Entry(None, birth.box, why="unclear")
    return found
