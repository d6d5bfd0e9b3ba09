"""Who issued a receipt or foreign invoice: the company line at the top and the address under it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from yuepi.documents.layout.dates import printed_dates, printed_times
from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import Box, around

_COMPANY: Final = re.compile(
    r"(?i:\bSDN\W{0,2}BHD\b|\bBERHAD\b|\bS/B\b|\bPLT\b|\bPTE\.?\s*LTD\b|\bLTD\b|\bLIMITED\b"
    r"|\bLLC\b|\bLLP\b"
    r"|\bINC\b|\bCORP(?:ORATION)?\b|\bGMBH\b|\bB\.\s?V\.|\bN\.\s?V\.|\bPTY\b|\bS\.?A\.?R\.?L\b"
    r"|\bUG\b)"
    r"|\bBV\b|\bNV\b|\bAG\b|有限公司|有限责任公司"
)
_FORM_END: Final = re.compile(
    r"(?i)^(?P<v>.*?(?:\bSDN\W{0,2}BHD|\bBERHAD|\bS/B|\bPLT|\bLTD|\bLIMITED|\bLLC|\bINC|\bGMBH"
    r"|\bB\.\s?V\.?"
    r"|\bN\.\s?V\.?|有限公司|有限责任公司)\.?)(?:\W|$)"
)
_STOP: Final = re.compile(
    r"(?i)^\W*(?:TEL|PHONE|FAX|HP\b|H/P|HOTLINE|EMAIL|E-MAIL|GST|SST|VAT|TAX|SIMPLIFIED"
    r"|INVOICE|RECEIPT|CASH"
    r"|OFFICIAL|BILL|TABLE|DATE|TIME|DOC|REG\b|CASHIER|COMPANY\s*(?:NO|REG)|CO\.?\s*(?:NO|REG)"
    r"|ROC\b|ITEM|QTY"
    r"|INV\b|ORDER|WWW|HTTP|FACEBOOK|MC#|\+?\d[\d\s-]{8,}$|电话|单号|日期|时间|台号|桌号|收银"
    r"|流水|品名|商品)"
)
_NO_NAME: Final = re.compile(
    r"(?i)\b(?:INVOICE|RECEIPT|FACTUUR|RECHNUNG|WELCOME|THANK|COPY|REPRINT|RE-PRINT|VISIT"
    r"|GOODS|PAGE|ORDER"
    r"|QUEUE|TABLE|DATE|CUSTOMER|WWW|TAKE\s?AWAY|DINE)\b|@|欢迎|谢谢|小票|收银|结账单|账单"
    r"|消费单|预结"
    r"|购物清单|销售单|票据|桌号|台号|\.COM|\*{2}|={2}"
)
_REGISTRATION: Final = re.compile(
    r"\s*[(（]\s*(?=[^)）]*\d{4})[A-Z0-9\-/ ]+[)）]?\s*.*$|\s+\d{5,}-?[A-Z]?\b.*$|\s*\((?:CO"
    r"|REG|ROC)\b.*$"
)
_BRANCH: Final = re.compile(r"^[(（][^\d()（）]{4,40}[)）]$")
_ADDRESS: Final = re.compile(
    r"(?i)\d{4,6}|^\d{1,4}\s+[A-Z]|\b(?:JALAN|JLN|LOT|NO|ROAD|RD|STREET|ST|AVE|AVENUE|LANE"
    r"|TAMAN|LORONG|FLOOR|BLK|BLOCK|UNIT"
    r"|HIGHWAY|LEVEL|PLAZA|MALL|STRAAT|WEG|STRASSE)\b"
)
_ADDRESS_ROWS_MAX: Final = 6
_HEADING_SHARE: Final = 0.65


@dataclass(frozen=True, slots=True)
class Seen:
    """A text put together from some rows, and where they are."""

    text: str
    box: Box
    firm: bool


@dataclass(frozen=True, slots=True)
class Issuer:
    """The seller's name and address; either may be missing."""

    name: Seen | None
    address: Seen | None


def read_issuer(view: View, last_row: int | None = None) -> Issuer:
    """The issuer named above row `last_row` (the first goods or sums)."""
    limit = view.box.y0 + _HEADING_SHARE * view.box.height
    rows = [row for row in view.rows[:last_row] if row.box.y0 <= limit]
    place = _company_row(rows)
    firm = place is not None
    if place is None:
        place = _name_row(rows)
    if place is None:
        return Issuer(None, None)
    name, used = _name(rows, place, firm)
    return Issuer(name, _address(rows[place + used :]))


def company_name(text: str) -> str | None:
    """The company that a row names with its legal form, or None."""
    if not _COMPANY.search(text) or _NO_NAME.search(text):
        return None
    match = _FORM_END.match(_tidy(text))
    return match["v"] if match else _tidy(text)


def _company_row(rows: list[Row]) -> int | None:
    for number, row in enumerate(rows):
        if re.search(r"(?i)bill\s*to|sold\s*to|customer|ship\s*to|客户", row.text):
            return None
        if _COMPANY.search(row.text) and not _NO_NAME.search(row.text):
            return number
    return None


def _name_row(rows: list[Row]) -> int | None:
    """The first row that could be a name: words, not a number, a greeting or a label."""
    for number, row in enumerate(rows):
        text = _tidy(row.text)
        if _STOP.search(text) and number:
            return None
        letters = len(re.findall(r"[A-Za-z]", text)) + 2 * len(re.findall(r"[\u4e00-\u9fff]", text))
        figures = len(re.findall(r"\d", text))
        if (
            letters >= 5
            and letters > 2 * figures
            and not _NO_NAME.search(text)
            and not _STOP.search(text)
        ):
            return number
    return None


def _name(rows: list[Row], place: int, firm: bool) -> tuple[Seen, int]:
    """The name and how many rows it takes: a legal form or a branch may stand on the next one."""
    taken = [rows[place]]
    text = _tidy(rows[place].text)
    if firm and (match := _FORM_END.match(text)):
        text = match["v"]
    split = re.match(r"(?i)\W*(?:SDN|BHD|PTE|有限公司)", text)
    if firm and split and len(text) < 12 and place:
        taken.insert(0, rows[place - 1])
        text = f"{_tidy(rows[place - 1].text)} {text}"
    following = rows[place + 1] if place + 1 < len(rows) else None
    if following is not None and _BRANCH.match(_tidy(following.text)):
        taken.append(following)
        text = f"{text} {_tidy(following.text)}"
    used = 1 + (taken[-1] is following)
    return Seen(text, around(row.box for row in taken), firm), used


def _tidy(text: str) -> str:
    text = re.sub(r"[·•\t]+", " ", text)
    text = re.sub(r"\s+", " ", _REGISTRATION.sub("", text)).strip(" *=-_")
    if re.search(r"[\u4e00-\u9fff]", text):
        # Chinese names are written with wide brackets, which are often recognised as narrow ones.
        text = re.sub(r"\s*[)）]", "）", re.sub(r"\s*[(（]\s*", "（", text))
    return text


def _address(rows: list[Row]) -> Seen | None:
    """The rows under the name up to the telephone, tax number or title; dates are skipped."""
    taken: list[Row] = []
    for row in rows:
        text = row.text.replace("\t", " ").strip()
        if _STOP.search(text):
            break
        if printed_dates(text, "dmy") or printed_times(text) or _is_registration(text):
            continue
        if len(taken) == _ADDRESS_ROWS_MAX:
            return None
        taken.append(row)
    text = " ".join(re.sub(r"\s+", " ", row.text).strip() for row in taken)
    if len(text) < 10 or not _ADDRESS.search(text) or not re.search(r"\d", text):
        return None
    return Seen(text, around(row.box for row in taken), True)


def _is_registration(text: str) -> bool:
    return (
        bool(
            re.fullmatch(
                r"\W*[A-Z]{0,4}\s?\d[\d\- ]{4,}"
                r"(?:-?[A-Z]{1,3})?\W*",
                text,
            )
        )
        or len(text) < 4
    )
