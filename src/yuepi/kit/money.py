"""Amounts of money: read from figures or Chinese words, written as words or as plain text.

`parse_amount` answers None for anything that is not wholly one amount. Rules for what could be
read in two ways (a wrong amount costs more than an unread one):

- A comma followed by three digits groups thousands (`1,234`); a comma followed by two digits is a
  decimal mark only where the text proves it: after dotted groups (`1.234,56`) or beside a mark of
  a currency written so (`€12,50`). `1,23` alone is None.
- A dot is a decimal mark, but `1.234` and `15.000` (one to three digits, dot, three digits) may be
  grouped thousands: None, unless `point` is given or a yuan mark stands beside it (Chinese paper
  never groups with dots). `0.125` and `1234.567` cannot be groups and are read as decimals.
- Spaces between digits group thousands or make the text None; elsewhere they are ignored.
- Positional Chinese digits (`一二三`), a lone digit or unit without 元 (`一` is often a misread
  dash), and colloquial endings (`一千五`, `一亿五千`) are None. 二〇 in dates is no amount.
- In words a skipped place needs its 零 (as the banks' rules on 大写 ask), so that a dropped
  character cannot pass as a smaller amount; a superfluous 零 does no harm.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

TEXT_LENGTH_MAX: Final = 80
WHOLE_DIGITS_MAX: Final = 15
FRACTION_DIGITS_MAX: Final = 13
"""Unit prices on Chinese invoices carry up to 13 decimals."""
WORDS_MAX: Final = Decimal("9999999999999999.99")

Point = Literal[".", ","]

_WIDE: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    ord("￥"): "¥",
    ord("￡"): "£",
    ord("\u2212"): "-",
    ord("\u2013"): "-",
    ord("\u2010"): "-",
    ord("\u2019"): "'",
    # Radicals and compatibility forms that some PDF fonts give in place of the plain characters.
    ord("\u2f00"): "一",
    ord("\u2f06"): "二",
    ord("\u2f0b"): "八",
    ord("\u2f17"): "十",
    0xF96B: "参",
    0xF973: "拾",
    0xF978: "两",
    0xF9D1: "六",
}
_WRITINGS: Final = {
    "0": "零〇○",
    "1": "一壹壱弌",
    "2": "二贰貳貮弐弍两兩",
    "3": "三叁參参弎叄",
    "4": "四肆",
    "5": "五伍",
    "6": "六陆陸",
    "7": "七柒",
    "8": "八捌",
    "9": "九玖",
    "十": "十拾",
    "百": "百佰",
    "千": "千仟",
    "万": "万萬",
    "亿": "亿億",
    "元": "元圆圓",
    "整": "整正",
}
_PLAINER: Final = str.maketrans(
    {sign: plain for plain, signs in _WRITINGS.items() for sign in signs}
)
_WORDS: Final = re.compile("[" + "".join(_WRITINGS[key] for key in "0123456789十百千万亿") + "]")
_PLACE_DIGITS: Final = frozenset("0123456789")
_PLACES: Final = {"十": 1, "百": 2, "千": 3}

_LABEL: Final = re.compile(r"^(?:人民[币幣])?(?:\((?:大|小)写\)|\((?:大|小)寫\))?:?")
_FILLED: Final = re.compile(r"[⊗ⓧⓍ⨂](?=[拾十佰百仟千萬万億亿元圆圓角分])")
_BLANK: Final = re.compile(r"^[⊗ⓧⓍ⨂]+")

_YUAN: Final = ("CN¥", "¥", "RMB", "CNY")
_DOTTED: Final = ("US$", "HK$", "NT$", "S$", "A$", "C$", "$", "£", "MYR", "RM", "USD", "HKD", "SGD")
_DOTTED_TOO: Final = ("GBP", "AUD", "CAD", "NZD", "CHF", "JPY", "INR", "THB", "₹", "฿")
_COMMAED: Final = ("€", "EUR", "IDR", "Rp.", "Rp", "VND", "₫", "BRL", "R$")
_MARKS: Final = sorted((*_YUAN, *_DOTTED, *_DOTTED_TOO, *_COMMAED), key=len, reverse=True)
_MARK: Final = "|".join(re.escape(mark) for mark in _MARKS)
_LEADING_MARK: Final = re.compile(rf"^(?:{_MARK}):?", re.IGNORECASE)
_COMMA_MARKS: Final = frozenset(mark.upper() for mark in _COMMAED)
_TRAILING_MARK: Final = re.compile(rf"(?:{_MARK})$", re.IGNORECASE)
_NEGATIVE: Final = re.compile(r"^(?:-|负|負|negative(?![a-z]))", re.IGNORECASE)
_YUAN_END: Final = re.compile(r"[元圆圓]?[整正]?$")
_SCALED: Final = re.compile(r"^([0-9.,' ]+)([万萬亿億])$")
_MIXED: Final = re.compile(
    r"^(?:([0-9][0-9,]*)[元圆圓])?(?:0?([0-9])角)?(?:0?([0-9])分)?[整正]?$", re.ASCII
)

_GROUPED: Final = re.compile(r"^[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?$")
_PLAIN: Final = re.compile(r"^(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$")
_SPACED: Final = re.compile(r"^([0-9]{1,3}(?:[ '][0-9]{3})+)(?:[.,]([0-9]{1,2}))?$")
_POINT_LED: Final = re.compile(r"^\.[0-9]{1,2}$")
_DOT_GROUPED: Final = re.compile(r"^[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]{1,2})?$")
_EITHER: Final = re.compile(r"^[1-9][0-9]{0,2}\.[0-9]{3}$")
_COMMA_CENTS: Final = re.compile(r"^[0-9]+,[0-9]{1,2}$")


def parse_amount(text: str, point: Point | None = None) -> Decimal | None:
    """The amount that `text` wholly is, or None; never raises.

    text: figures (`5,000.00`, `RM 8.20`, `1.234,56`, `(1,234.00)`, `5000元整`, `３元５角`) or
    Chinese words (`壹万贰仟叁佰肆拾伍元陆角柒分`, `五千整`), with or without a currency mark.
    point: the decimal mark where the document is known to use one; settles `1.234` and `1,23`.
    The currency is not reported; brackets and minus signs give a negative amount.
    """
    if not text or len(text) > TEXT_LENGTH_MAX:
        return None
    rest = " ".join(text.translate(_WIDE).split())
    rest, negative = _unsigned(_LABEL.sub("", rest, count=1).strip())
    rest = _FILLED.sub("零", rest)
    rest = _BLANK.sub("", rest).strip()
    rest, marks = _unmarked(rest)
    if not negative:
        rest, negative = _unsigned(rest)
    value = _words(rest) if _WORDS.match(rest) else _figures(rest, marks, point)
    if value is None:
        return None
    return -value if negative and value else value


def _unsigned(text: str) -> tuple[str, bool]:
    """The text without its minus sign or accounting brackets, and whether it had one."""
    if text.startswith("(") and text.endswith(")"):
        inner = text[1:-1].strip()
        # A sign inside would be negative twice, and words in brackets are no accounting minus:
        # leave the brackets, so that it reads as nothing.
        unclear = _NEGATIVE.match(inner) or _WORDS.match(inner)
        return (text, False) if unclear else (inner, True)
    found = _NEGATIVE.match(text)
    return (text[found.end() :].strip(), True) if found else (text, False)


def _unmarked(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without the currency marks around it, and those marks."""
    marks: list[str] = []
    # Two in front at most, as in `RMB ¥5.00`, and one behind, as in `12,50 EUR`.
    for pattern in (_LEADING_MARK, _LEADING_MARK, _TRAILING_MARK):
        found = pattern.search(text)
        if found:
            marks.append(found.group().rstrip(":").upper())
            text = (text[: found.start()] + text[found.end() :]).strip()
    return text, tuple(marks)


def _figures(text: str, marks: tuple[str, ...], point: Point | None) -> Decimal | None:
    scaled = _SCALED.match(_YUAN_END.sub("", text, count=1).strip())
    yuan = bool(set(marks) & set(_YUAN)) or any(sign in text for sign in "元圆圓")
    if scaled:
        value = _number(scaled.group(1).strip(), ".", marks)
        scale = Decimal(10_000 if scaled.group(2) in "万萬" else 100_000_000)
        return None if value is None else value * scale
    mixed = _MIXED.match(text.replace(" ", "").replace("零", "0"))
    if mixed and any(sign in text for sign in "角分"):
        return _mixed(mixed)
    bare = _YUAN_END.sub("", text, count=1).strip()
    return _number(bare, point or ("." if yuan else None), marks)


def _mixed(found: re.Match[str]) -> Decimal | None:
    """Figures with units: `5元3角`, `12元5角6分`, `5角`."""
    whole, dimes, cents = found.groups()
    yuan = Decimal(0) if whole is None else _number(whole, ".", ())
    if yuan is None:
        return None
    return yuan + Decimal(dimes or 0) / 10 + Decimal(cents or 0) / 100


def _number(text: str, point: Point | None, marks: tuple[str, ...]) -> Decimal | None:
    spaced = _SPACED.match(text)
    if spaced:
        whole = spaced.group(1).replace(" ", "").replace("'", "")
        return _limited(f"{whole}.{spaced.group(2) or '0'}")
    # A space beside a mark is a gap in the print; one between digits was judged above.
    text = re.sub(r"(?<![0-9]) | (?![0-9])", "", text)
    if point is None and not _COMMA_MARKS.isdisjoint(marks):
        # These currencies group with dots: `Rp 15.000` is fifteen thousand, `€12,50` has cents;
        # `€12.50` stays readable because two digits after a dot are never a group.
        point = "," if _DOT_GROUPED.match(text) or _COMMA_CENTS.match(text) else "."
    if point == ",":
        text = text.translate({ord(","): ".", ord("."): ","})
    if _GROUPED.match(text) or _POINT_LED.match(text):
        return _limited(text.replace(",", ""))
    if _PLAIN.match(text):
        return None if point is None and _EITHER.match(text) else _limited(text)
    if point is None and _DOT_GROUPED.match(text):
        # Several groups, or groups with cents: only thousands can look so.
        return _limited(text.replace(".", "").replace(",", "."))
    return None


def _limited(plain: str) -> Decimal | None:
    whole, _, fraction = plain.partition(".")
    if len(whole) > WHOLE_DIGITS_MAX or len(fraction) > FRACTION_DIGITS_MAX:
        return None
    return Decimal(plain)


def _words(text: str) -> Decimal | None:
    """An amount in Chinese words, sign and marks already taken off."""
    plain = text.replace(" ", "").translate(_PLAINER)
    stated_exact = plain.endswith("整")
    plain = plain.removesuffix("整")
    yuan_text, has_yuan, small = plain.partition("元")
    if not has_yuan:
        if not small and not any(sign in plain for sign in "角分"):
            named = stated_exact or (len(plain) > 1 and any(sign in plain for sign in "十百千万亿"))
            whole = _whole(plain) if named else None
            return None if whole is None else Decimal(whole)
        yuan_text, small = "", plain
    whole = _whole(yuan_text) if yuan_text else (None if has_yuan else 0)
    parts = re.fullmatch(r"(0?)(?:([0-9])角)?(0?)(?:([0-9])分)?", small)
    if whole is None or parts is None:
        return None
    before, dimes, between, cents = parts.groups()
    if not small and not has_yuan:
        return None
    # 伍元肆分 has lost its 零, or its 角: nobody can tell which.
    gap = cents not in (None, "0") and dimes is None and whole != 0
    if gap and not (before or between):
        return None
    return Decimal(whole) + Decimal(dimes or 0) / 10 + Decimal(cents or 0) / 100


def _whole(text: str) -> int | None:
    """A whole number in words below 10^16; digits are already 0-9 and units plain."""
    entries = _entries(text)
    if not entries:
        return None
    value, above = 0, None
    for place, digit, zero in entries:
        if above is not None:
            if place >= above:
                return None
            # 壹拾万柒仟, 壹万亿贰仟万: the 零 may be left out where the places right after 万 or
            # 亿 start with 千; not in 壹亿伍仟, which skips all of 万.
            next_thousands = place % 4 == 3 and not (place == 3 and above >= 8)
            if above - place > 1 and not zero and not next_thousands:
                return None
        value += digit * 10**place
        above = place
    return value


def _entries(text: str) -> list[tuple[int, int, bool]] | None:
    """(place, digit, whether a 零 stood before it) from the highest place down; None if unclear."""
    upper, has_yi, lower = text.rpartition("亿")
    sections: list[tuple[int, str]] = []
    for start, part in ((8, upper), (0, lower)) if has_yi else ((0, lower),):
        if "亿" in part or (start == 8 and not part):
            return None
        high, has_wan, low = part.rpartition("万")
        if "万" in high or (has_wan and not high):
            return None
        sections += [(start + 4, high), (start, low)] if has_wan else [(start, low)]
    entries: list[tuple[int, int, bool]] = []
    for start, part in sections:
        found = _section(part, start, first=not entries)
        if found is None:
            return None
        entries += found
    return entries


def _section(text: str, start: int, *, first: bool) -> list[tuple[int, int, bool]] | None:
    """The four places from 10^start; `text` has digits, 十百千 and nothing else."""
    entries: list[tuple[int, int, bool]] = []
    if first and text.startswith("十"):
        text = "1" + text
    zero = False
    at = 0
    while at < len(text):
        digit = text[at]
        unit = text[at + 1] if at + 1 < len(text) else ""
        if digit not in _PLACE_DIGITS:
            return None
        if unit in _PLACES:
            # 零佰 on forms with printed units states the place and stands for its 零.
            entries.append((start + _PLACES[unit], int(digit), zero or digit == "0"))
            zero = digit == "0"
            at += 2
        elif digit == "0":
            if zero and at and text[at - 1] == "0":
                return None
            zero = True
            at += 1
        elif unit == "":
            entries.append((start, int(digit), zero))
            zero = False
            at += 1
        else:
            return None
    if not text.endswith("0"):
        return entries
    # A last 零 states the place of ones on printed forms (伍拾零元) or nothing at all (零元);
    # anywhere else what followed it is lost.
    stated = entries[-1][0] == start + 1 if entries else first
    return [*entries, (start, 0, zero)] if stated else None


def amount_words(amount: Decimal) -> str:
    """The amount in financial Chinese words (大写): 325.04 → 叁佰贰拾伍元零肆分, 5000 → 伍仟元整.

    整 follows 元 only; an amount below one yuan leaves 元 out (`伍角`); negative amounts start
    with 负. Raises ValueError for more than two decimals or beyond ±9,999,999,999,999,999.99.
    """
    if not amount.is_finite() or abs(amount) > WORDS_MAX:
        raise ValueError(f"amount out of range: {amount}")
    hundredths = abs(amount) * 100
    if hundredths != hundredths.to_integral_value():
        raise ValueError(f"more than two decimals: {amount}")
    whole, rest = divmod(int(hundredths), 100)
    dimes, cents = divmod(rest, 10)
    sign = "负" if amount < 0 else ""
    if not rest:
        return f"{sign}{_whole_words(whole)}元整"
    words = f"{_whole_words(whole)}元" if whole else ""
    if dimes:
        words += f"{_DIGITS[dimes]}角"
    elif whole:
        words += "零"
    return sign + words + (f"{_DIGITS[cents]}分" if cents else "")


_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_UNITS: Final = ("", "拾", "佰", "仟")


def _whole_words(number: int) -> str:
    if not number:
        return "零"
    upper, lower = divmod(number, 10**8)
    if not upper:
        return _wan_words(lower)
    # After 亿 any leading gap takes 零: 壹亿伍仟 is spoken for 1.5 亿, so 壹亿零伍仟.
    gap = "零" if lower and lower < 10**7 else ""
    return f"{_wan_words(upper)}亿{gap}{_wan_words(lower) if lower else ''}"


def _wan_words(number: int) -> str:
    """A number from 1 to 99,999,999."""
    upper, lower = divmod(number, 10**4)
    if not upper:
        return _four_words(lower)
    gap = "零" if lower and lower < 1000 else ""
    return f"{_four_words(upper)}万{gap}{_four_words(lower)}"


def _four_words(number: int) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _UNITS[place]
        gap = digit == 0
    return words


def money_text(amount: Decimal) -> str:
    """The amount as a plain decimal string with at least two decimals: `1234.50`.

    Never rounds, never an exponent, never `-0.00`; more decimals are kept where they are not zero.
    Raises ValueError for NaN and infinities.
    """
    if not amount.is_finite():
        raise ValueError(f"not an amount: {amount}")
    whole, _, fraction = f"{abs(amount):f}".partition(".")
    fraction = fraction.rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}{whole}.{fraction}"
