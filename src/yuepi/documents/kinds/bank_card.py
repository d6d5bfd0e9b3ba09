"""Bank cards: the number with its check digit (Luhn), whose bank it is, the holder, the expiry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.identity_supports import luhn_valid
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.text import squeeze
from yuepi.documents.layout.view import Row, View
from yuepi.documents.reading import Finding
from yuepi.kit.boxes import Box, around

_BRAND: Final = re.compile(
    r"(?i)union\s*pay|银联|visa|master\s*card|jcb|american\s*express|借记|储蓄|信用卡|银行"
    r"|debit|credit|\bbank\b"
)
_EXPIRY_LABEL: Final = re.compile(r"(?i)valid|thru|month\s*/?\s*year|mm\s*/\s*yy|expir|good|有效期")
_NOT_A_CARD: Final = re.compile(
    r"(?i)发票|合计|消费|交易|商户|转账|金额|账单|签购单|开户|receipt|total|amount|invoice|iban"
    r"|account\s*n|流水|电话[:：]\d"
)
_LINES_MAX: Final = 22
_CHARACTERS_MAX: Final = 260
_NUMBER: Final = re.compile(r"(?<!\S)\S*\d\S*(?:\s{1,3}\S*\d\S*)*(?!\S)")
"""Words with digits in them, one after the other: a number is all of them or none."""
_DIGITS: Final = re.compile(r"\d{13,19}")
_LOOKALIKES: Final = str.maketrans("OoQDIlZSGB", "0000112568")
_GROUPED: Final = re.compile(r"\d{4}(?:[ \t]\d{4}){2,3}(?:[ \t]\d{1,4})?")
_EXPIRY: Final = re.compile(r"(?<![\d/])(?P<m>0[1-9]|1[0-2])\s*/\s*(?P<y>(?:20)?\d\d)(?![\d/])")
_BANK: Final = re.compile(r"[\u4e00-\u9fff]{2,12}银行(?!卡)")
_LATIN_BANK: Final = re.compile(r"(?i)\b(?:[A-Z]+ ){0,3}BANK(?: OF [A-Z]+)?\b")
_HOLDER: Final = re.compile(
    r"(?:(?:MR|MS|MRS|DR)\.? )?[A-Z][A-Z'.]{1,19}(?: [A-Z][A-Z'.]{0,19}){1,3}"
)
_NO_HOLDER: Final = re.compile(
    r"\b(?:BANK|CARD|UNIONPAY|UNION|PAY|VISA|MASTER|MASTERCARD|DEBIT|CREDIT|VALID|THRU|MONTH|YEAR"
    r"|GOOD|PLATINUM|GOLD|CLASSIC|WORLD|CHINA|SINCE|MEMBER|ATM|ELECTRONIC|USE|ONLY|QUICK|PASS"
    r"|CARDHOLDER|NAME|DATE|AUTHORIZED|SIGNATURE)\b"
)


def _likeness(view: View) -> float:
    text = view.text
    if len(view.lines) > _LINES_MAX or len(view.squeezed) > _CHARACTERS_MAX:
        return 0.0
    if _NOT_A_CARD.search(text) or not _BRAND.search(text):
        return 0.0
    numbers = [value for _, value, _ in _numbers(view)]
    if len(numbers) != 1:
        return 0.0
    sure = luhn_valid(numbers[0])
    dated = bool(_EXPIRY_LABEL.search(text) or _EXPIRY.search(text))
    grouped = any(_GROUPED.search(row.text) for row in view.rows)
    if not (sure or (grouped and dated)):
        return 0.0
    return 0.6 + 0.2 * sure + 0.08 * dated + 0.07 * grouped


def _numbers(view: View) -> Iterator[tuple[Row, str, Box]]:
    seen: set[str] = set()
    for row in view.rows:
        for match in _NUMBER.finditer(row.text):
            read = re.sub(r"\s", "", match[0])
            value = read if _DIGITS.fullmatch(read) else read.translate(_LOOKALIKES)
            if not _DIGITS.fullmatch(value) or (value != read and not luhn_valid(value)):
                continue
            if value not in seen:
                seen.add(value)
                yield row, value, row.part(*match.span())


def _read(view: View) -> Draft:
    candidates: list[Candidate] = []
    findings: tuple[Finding, ...] = ()
    for row, value, box in _numbers(view):
        candidates.append(view.candidate("card_number", value, box, row.text))
        if not luhn_valid(value):
            findings = (_wrong(value),)
    candidates += [*_bank(view), *_expiry(view), *_holder(view)]
    return Draft(tuple(candidates), findings=findings)


def _wrong(number: str) -> Finding:
    return Finding(
        code="card_number_wrong",
        severity="warning",
        message=f"The check digit of the card number {number} is wrong",
        message_zh=f"银行卡号 {number} 的校验位不正确",
        fields=("card_number",),
    )


def _bank(view: View) -> Iterator[Candidate]:
    for line in view.lines:
        match = _BANK.search(squeeze(line.text))
        if match is not None:
            yield view.candidate("bank", match[0], line.box, line.text)
            return
    for line in view.lines:
        match = _LATIN_BANK.search(line.text)
        if match is not None and len(match[0]) > len("BANK"):
            yield view.candidate("bank", match[0].strip().upper(), line.box, line.text)
            return


def _expiry(view: View) -> Iterator[Candidate]:
    """The month in which it ends: on the row of its label or a row beside that; else anywhere."""
    labels = [row.box for row in view.rows if _EXPIRY_LABEL.search(row.text)]
    found = list(view.search(_EXPIRY))
    near = [
        hit
        for hit in found
        if any(abs(hit.row.box.centre[1] - box.centre[1]) < 2.5 * box.height for box in labels)
    ]
    seen: dict[str, Candidate] = {}
    for hit in near or found:
        year = hit.text("y")
        value = f"{year if len(year) == 4 else '20' + year}-{hit.text('m')}"
        seen.setdefault(
            value, view.candidate("expiry", value, hit.box(), hit.text(), firm=bool(near))
        )
    # Two months are since when and until when.
    last = max(seen, default=None)
    if last is not None:
        yield seen[last]


def _holder(view: View) -> Iterator[Candidate]:
    """Names in capitals below the number, where no words of the card itself are in them."""
    rows = [row.box for row, _, _ in _numbers(view)]
    top = around(rows).centre[1] if rows else 0.0
    for line in view.lines:
        text = re.sub(r"\s+", " ", line.text).strip()
        if line.box.centre[1] > top and _HOLDER.fullmatch(text) and not _NO_HOLDER.search(text):
            yield view.candidate("holder", text, line.box, line.text, firm=False)
            return


KIND = Kind(
    name="bank_card",
    title_zh="银行卡",
    title_en="Bank card",
    fields=("card_number", "bank", "holder", "expiry"),
    decisive=("card_number",),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    masked=("card_number", "holder", "expiry"),
    labels={
        "card_number": ("卡号", "Card number"),
        "bank": ("发卡行", "Bank"),
        "holder": ("持卡人", "Card holder"),
    },
    meanings={"expiry": "of a bank card: YYYY-MM"},
)
