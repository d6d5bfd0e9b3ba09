"""From the text of a value to JSON of the type asked for: exactly, or not at all."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yuepi.documents.extraction.wanted import Type, Wanted
from yuepi.documents.layout.dates import printed_dates, printed_times
from yuepi.documents.layout.text import squeeze
from yuepi.kit.json_schema import UnusableSchema, judge_of
from yuepi.kit.money import parse_amount

DIGITS_MAX: Final = 15
"""More do not survive as a JSON number: most programs read those as 64-bit floats."""
_YES: Final = frozenset({"是", "yes", "true", "y", "有", "已", "√", "✓", "☑"})
_NO: Final = frozenset({"否", "no", "false", "n", "无", "未", "没有", "×", "☐"})
_WHOLE: Final = re.compile(r"[+-]?(?:0|[1-9]\d*)")
_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


class Unfit(ValueError):
    """The text is not of the type asked for."""


def typed(wanted: Wanted, text: str) -> Any:
    """The text as a JSON value. Raises `Unfit`: for `13%` as a number (0.13 or 13?), for a number
    with a leading zero as an integer, for what breaks the schema's own constraints."""
    for type_ in wanted.types:
        try:
            value = _as(type_, wanted, text)
        except Unfit:
            continue
        if _keeps(wanted, value):
            return value
    raise Unfit(text)


def fits(wanted: Wanted, text: str) -> bool:
    """Whether the text is of the type asked for."""
    try:
        typed(wanted, text)
    except Unfit:
        return False
    return True


def _as(type_: Type, wanted: Wanted, text: str) -> Any:
    if wanted.choices is not None:
        return _chosen(wanted, type_, text)
    return _plain(type_, wanted.format, text)


def _plain(type_: Type, format_: str | None, text: str) -> Any:
    if type_ == "string":
        return _formatted(format_, text)
    if type_ == "boolean":
        word = squeeze(text).casefold()
        if word in _YES or word in _NO:
            return word in _YES
        raise Unfit(text)
    amount = _number(text)
    if type_ == "integer":
        if amount != amount.to_integral_value():
            raise Unfit(text)
        return int(amount)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _number(text: str) -> Decimal:
    plain = squeeze(text)
    # A number that begins with 0 is a code, whose zeros count; `2 120` may be two numbers.
    if re.match(r"[+-]?0\d", plain) or re.search(r"\d\s+\d", text.strip()):
        raise Unfit(text)
    amount = Decimal(plain) if _WHOLE.fullmatch(plain) else parse_amount(text)
    if amount is None or len(amount.as_tuple().digits) > DIGITS_MAX:
        raise Unfit(text)
    return amount


def _formatted(format_: str | None, text: str) -> str:
    if format_ == "date":
        return _date(text)
    if format_ == "time":
        times = printed_times(text)
        if len(times) != 1:
            raise Unfit(text)
        return times[0].value
    if format_ == "date-time":
        # RFC 3339 wants a zone, and no paper prints one.
        raise Unfit(text)
    if not text.strip():
        raise Unfit(text)
    return text


def _date(text: str) -> str:
    """The only date in the text, whose order of day and month must be beyond doubt."""
    plain = text.strip()
    if _ISO_DATE.fullmatch(plain):
        try:
            return date.fromisoformat(plain).isoformat()
        except ValueError:
            raise Unfit(text) from None
    values = {moment.value for moment in printed_dates(text, None)}
    # With two digits for the year, 24-03-04 may begin or end with it.
    if len(values) != 1 or (value := values.pop())[:4] not in squeeze(text):
        raise Unfit(text)
    return value


def _chosen(wanted: Wanted, type_: Type, text: str) -> Any:
    """The only choice that the text is."""
    choices = wanted.choices or ()
    if type_ == "string":
        word = squeeze(text).casefold()
        same = [
            each for each in choices if isinstance(each, str) and squeeze(each).casefold() == word
        ]
    else:
        value = _plain(type_, None, text)
        same = [
            each
            for each in choices
            if isinstance(each, bool) == isinstance(value, bool) and each == value
        ]
    if len(same) != 1:
        raise Unfit(text)
    return same[0]


def _keeps(wanted: Wanted, value: Any) -> bool:
    if wanted.schema is None:
        return True
    try:
        return judge_of(wanted.schema).first_wrong(value) is None
    except UnusableSchema:
        return False
