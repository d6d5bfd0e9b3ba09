"""Agreement on papers of identity: the checks on them that one wrong digit would break. Pure.

身份证 numbers (GB 11643), 统一社会信用代码 (GB 32100), numbers and days of machine-readable zones
(ICAO Doc 9303), bank cards (ISO/IEC 7812-1). A check proves the digits it covers and no more:
what it does not cover stays with the one source it was read from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from yuepi.documents.checksums import id_card_valid, tax_id_valid
from yuepi.documents.fields import Candidate
from yuepi.documents.mrz import check_digit
from yuepi.documents.reading import Source

Found = list[tuple[str, Source]]
_ByName = Mapping[str, list[Candidate]]

_CARD: Final = re.compile(r"[0-9]{13,19}")
_CARD_LENGTHS: Final = (16, 19)
_ZONE_NUMBER: Final = re.compile(r"(?P<body>[A-Z0-9<]{9,})(?P<digit>[0-9])")
_ZONE_DAY: Final = re.compile(r"(?P<body>[0-9]{6})(?P<digit>[0-9])")


def supports(by_name: _ByName) -> Found:
    """What the checks on a paper of identity support, as (field, source)."""
    return [*_id_card(by_name), *_credit_code(by_name), *_zone(by_name), *_bank_card(by_name)]


def luhn_valid(number: str) -> bool:
    """Whether a card's number of 13 to 19 digits has the right last digit (Luhn's formula).

    Source: ISO/IEC 7812-1, annex B.
    """
    if not _CARD.fullmatch(number):
        return False
    total = 0
    for at, digit in enumerate(map(int, reversed(number))):
        doubled = digit * 2 if at % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def born(id_number: str) -> str:
    """The date of birth (ISO) in an 18-character 身份证 number that is valid."""
    return f"{id_number[6:10]}-{id_number[10:12]}-{id_number[12:14]}"


def sex_of(id_number: str) -> str:
    """男 or 女, by the last digit of the order number (GB 11643: odd for men)."""
    return "男" if int(id_number[16]) % 2 else "女"


def _only(by_name: _ByName, name: str) -> str | None:
    values = {each.value for each in by_name.get(name, [])}
    return values.pop() if len(values) == 1 else None


def _as_read(by_name: _ByName, name: str) -> str | None:
    """The one value of a field, where it stands so on the paper: a check that was used up for
    mending a letter proves no more."""
    value = _only(by_name, name)
    seen = (re.sub(r"[\s:：-]", "", each.evidence.text) for each in by_name.get(name, []))
    return value if value is not None and any(value in text.upper() for text in seen) else None


def _id_card(by_name: _ByName) -> Found:
    """The number by its own check, and what it tells of birth and sex; nothing of the three where
    print says otherwise: several wrong digits pass the check one time in eleven."""
    number = _as_read(by_name, "id_number")
    if number is None or not id_card_valid(number):
        return []
    told = {"birth": born(number), "sex": sex_of(number)}
    printed = {name: {each.value for each in by_name.get(name, [])} for name in told}
    if any(printed[name] - {value} for name, value in told.items()):
        return []
    return [(name, "checksum") for name in ("id_number", *told) if by_name.get(name)]


def _credit_code(by_name: _ByName) -> Found:
    code = _as_read(by_name, "credit_code")
    return [("credit_code", "checksum")] if code is not None and tax_id_valid(code) else []


def _bank_card(by_name: _ByName) -> Found:
    """The number by its last digit, at the usual lengths: a digit that was lost or read twice
    would pass it one time in ten."""
    number = _as_read(by_name, "card_number")
    if number is None or not luhn_valid(number):
        return []
    usual = len(number) in _CARD_LENGTHS or re.fullmatch(r"3[47][0-9]{13}", number)
    return [("card_number", "checksum")] if usual else []


def _zone(by_name: _ByName) -> Found:
    """Days of a zone by their check digits; its number only where it is printed elsewhere, too.

    G and 6, L and 1, K and the filler are worth the same in the check sum, so that the digit alone
    does not tell them apart. In days there are only digits.
    """
    found: Found = []
    number = by_name.get("number", [])
    if _only(by_name, "number") is not None and any(map(_number_holds, number)):
        apart = {each.evidence.box for each in number if not _number_holds(each)}
        if apart - {each.evidence.box for each in number if _number_holds(each)}:
            found.append(("number", "checksum"))
    for name in ("birth", "expiry"):
        if _only(by_name, name) is not None and any(map(_day_holds, by_name[name])):
            found.append((name, "checksum"))
    return found


def _number_holds(each: Candidate) -> bool:
    match = _ZONE_NUMBER.fullmatch(each.evidence.text)
    if match is None or match["body"].rstrip("<") != each.value:
        return False
    return check_digit(match["body"]) == match["digit"]


def _day_holds(each: Candidate) -> bool:
    match = _ZONE_DAY.fullmatch(each.evidence.text)
    if match is None or match["body"] != each.value[2:].replace("-", ""):
        return False
    return check_digit(match["body"]) == match["digit"]
