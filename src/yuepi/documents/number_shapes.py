"""What the codes and numbers of each kind look like: lengths, fixed digits, the year inside. Pure.

Sources: DOMAIN facts, "Chinese invoices: kinds and numbers" (docs/kinds.md). Only what was found
there is checked; what is merely believed about a kind is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_DIGITAL: Final = ("digital_invoice", "rail_e_ticket")
_NUMBER_LENGTH: Final = 8
_CODES: Final = {
    # 0 + region 4 + year 2 + batch 3 + kind 2: 11 ordinary, 12 toll. Some cities' own electronic
    # invoices (电子普通发票 without 增值税) begin with 1.
    "vat_e_invoice": re.compile(
        r"0[0-9]{4}(?P<year>[0-9]{2})[0-9]{3}1[12]|1[0-9]{4}(?P<year_e>[0-9]{2})[0-9]{5}"
    ),
    # Paper: region 4 + year 2 + batch 2 + kind 1 + value 1; electronic ones have 12 digits.
    "vat_special_invoice": re.compile(
        r"[0-9]{4}(?P<year>[0-9]{2})[0-9]{4}|0[0-9]{4}(?P<year_e>[0-9]{2})[0-9]{5}"
    ),
    "vat_invoice": re.compile(
        r"[0-9]{4}(?P<year>[0-9]{2})[0-9]{4}|0[0-9]{4}(?P<year_e>[0-9]{2})[0-9]{5}"
    ),
    "taxi_invoice": re.compile(r"[0-9]{10}|[0-9]{12}"),
    "fixed_amount_invoice": re.compile(r"[0-9]{10}|[0-9]{12}"),
    "machine_invoice": re.compile(r"[0-9]{10}|[0-9]{12}"),
}
_YEAR_DATE: Final = re.compile(r"20(?P<year>[0-9]{2})-")


@dataclass(frozen=True, slots=True)
class Misshapen:
    """A number that its kind does not have, in words, and the fields concerned."""

    message: str
    message_zh: str
    fields: tuple[str, ...]


def misshapen(kind: str, values: Mapping[str, str]) -> Iterator[Misshapen]:
    """What is wrong with the shapes of `code` and `number`, and their years against `date`."""
    number, code = values.get("number"), values.get("code")
    if kind in _DIGITAL:
        yield from _digital(number, code, values.get("date"))
    elif kind in _CODES:
        if number is not None and not re.fullmatch(rf"[0-9]{{{_NUMBER_LENGTH}}}", number):
            yield Misshapen(
                f"The number {number} does not have {_NUMBER_LENGTH} digits",
                f"发票号码 {number} 不是 {_NUMBER_LENGTH} 位数字",
                ("number",),
            )
        if code is not None:
            yield from _coded(kind, code, values.get("date"))


def _digital(number: str | None, code: str | None, day: str | None) -> Iterator[Misshapen]:
    if code is not None:
        yield Misshapen(
            f"A fully digital invoice has no code, this one shows {code}",
            f"数电票没有发票代码，此票却有 {code}",
            ("code",),
        )
    if number is None:
        return
    if not re.fullmatch(r"[0-9]{20}", number):
        yield Misshapen(
            f"The number {number} does not have 20 digits",
            f"数电票号码 {number} 不是 20 位数字",
            ("number",),
        )
    elif (year := _year(day)) is not None and number[:2] != year:
        yield Misshapen(
            f"The number begins with the year {number[:2]}, the date is {day}",
            f"号码前两位年份为 {number[:2]}，开票日期为 {day}",
            ("number", "date"),
        )


def _coded(kind: str, code: str, day: str | None) -> Iterator[Misshapen]:
    match = _CODES[kind].fullmatch(code)
    if match is None:
        yield Misshapen(
            f"The code {code} is not one of this kind of invoice",
            f"发票代码 {code} 不符合该票种的编码规则",
            ("code",),
        )
        return
    made = next((year for year in match.groupdict().values() if year), None)
    year = _year(day)
    # Codes are given out in batches that may be used in a later year, never in an earlier one.
    if made is not None and year is not None and made > year:
        yield Misshapen(
            f"The code was given out in 20{made}, the date is {day}",
            f"发票代码的年份为 20{made}，晚于开票日期 {day}",
            ("code", "date"),
        )


def _year(day: str | None) -> str | None:
    match = _YEAR_DATE.match(day or "")
    return match["year"] if match else None
