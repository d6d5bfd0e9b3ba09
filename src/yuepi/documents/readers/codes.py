"""Reader `codes`: what the QR codes on a page say about the invoice they stand on.

Anybody can print a code, so its text is taken apart by strict shapes: one malformed part, and the
code says nothing. It is a source of its own beside the print, never proof of authenticity.
Shapes: DOMAIN facts, "QR code on invoices" (docs/kinds.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from yuepi.documents.checksums import qr_crc_matches
from yuepi.documents.fields import Candidate
from yuepi.documents.reading import Evidence
from yuepi.kit.money import money_text, parse_amount
from yuepi.sight.sighting import Code

TEXT_LENGTH_MAX: Final = 2048
"""A longer text is cut for keeping and not taken apart; invoice codes have about 80 characters."""
CODES_MAX: Final = 64
"""Codes of one page that are looked at."""

KINDS: Final = {
    "01": "vat_special_invoice",
    "04": "vat_invoice",
    "10": "vat_e_invoice",
    "31": "digital_invoice",
    "32": "digital_invoice",
    "51": "rail_e_ticket",
}
"""Our kind for the second part of the text; 11, 14 and 20 are known but unsettled."""

_DIGITAL: Final = ("31", "32", "51")
_CODE: Final = re.compile(r"[0-9]{10}|[0-9]{12}")
_PARTS: Final = re.compile(
    r"01,(?P<kind>[0-9]{2}),(?P<code>[0-9]{10}|[0-9]{12}|),(?P<number>[0-9]{8}|[0-9]{20}),"
    r"(?P<amount>[^,]{0,16}),(?P<date>[0-9]{8}|),(?P<check>[0-9A-Za-z]{0,40})"
    r"(?:,(?P<crc>[0-9A-Za-z]{0,8}),?)?"
)
_AMOUNT: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?")
_CHECK_CODE: Final = re.compile(r"[0-9]{20}")
_DAY: Final = re.compile(r"(20[0-9]{2})(-?)([0-9]{2})\2([0-9]{2})")


@dataclass(frozen=True, slots=True)
class CodeReading:
    """What one code says. A code that is no invoice's has a text and place and nothing else.

    evidence: the code's place and its text, unprintable characters replaced, cut to
    `TEXT_LENGTH_MAX`. kind: ours, None where the code does not tell or nobody is sure.
    amount_or_total: an amount that is one of the two, nobody knows which; it supports whichever
    of them it equals. crc_ok: whether the check sum fits; None where the code carries none.
    """

    evidence: Evidence
    kind: str | None = None
    candidates: tuple[Candidate, ...] = ()
    amount_or_total: str | None = None
    crc_ok: bool | None = None

    @property
    def text(self) -> str:
        return self.evidence.text

    @property
    def is_invoice(self) -> bool:
        """Whether the text had the shape of an invoice's code."""
        return bool(self.candidates)

    @property
    def claims_invoice(self) -> bool:
        """Whether it is an invoice's code or begins like one, though it has not its shape."""
        return self.is_invoice or re.match(r"01,[0-9]{2},", self.text) is not None

    def value(self, name: str) -> str | None:
        """The value of a candidate, or None."""
        return next((each.value for each in self.candidates if each.name == name), None)


def read_codes(page: int, codes: tuple[Code, ...]) -> list[CodeReading]:
    """One reading a code, in their order; at most `CODES_MAX`. Never raises on any text."""
    return [_read_code(page, code) for code in codes[:CODES_MAX]]


def _read_code(page: int, code: Code) -> CodeReading:
    kept = code.text[:TEXT_LENGTH_MAX]
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in kept)
    evidence = Evidence(page=page, box=code.box, source="codes", text=shown)
    if len(code.text) <= TEXT_LENGTH_MAX:
        text = code.text.strip()
        reading = _read_parts(text, evidence) or _read_address(text, evidence)
        if reading is not None:
            return reading
    return CodeReading(evidence)


def _read_parts(text: str, evidence: Evidence) -> CodeReading | None:
    """`01,kind,code,number,amount,YYYYMMDD,check code,CRC`, or None if the text is not that."""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    kind, code, number = parts["kind"], parts["code"], parts["number"]
    # Fully digital numbers have 20 digits and no code; all others have 8 and a code.
    if (len(number) == 20) != (code == "") or (kind in KINDS and (kind in _DIGITAL) == bool(code)):
        return None
    amount, day = _amount(parts["amount"]), _day(parts["date"])
    if (amount is None and parts["amount"]) or (day is None and parts["date"]):
        return None
    check = parts["check"] if _CHECK_CODE.fullmatch(parts["check"]) else None
    # 01 carries the amount before tax, 31 and 32 the total; about the others sources disagree.
    named = {"01": "amount", "31": "total", "32": "total"}.get(kind)
    values = {"code": code, "number": number, "date": day, "check_code": check}
    if named:
        values[named] = amount
    return CodeReading(
        evidence=evidence,
        kind=KINDS.get(kind),
        candidates=tuple(_candidates(values, evidence)),
        amount_or_total=None if named else amount,
        crc_ok=qr_crc_matches(text) if parts["crc"] else None,
    )


def _read_address(text: str, evidence: Evidence) -> CodeReading | None:
    """A web address with `fpdm` (code), `fphm` (number), `kprq` (date), `kjje` (amount)."""
    pairs = _query(text)
    if pairs is None:
        return None
    names = [name.lower() for name, _ in pairs]
    values = {name.lower(): value.strip() for name, value in pairs}
    wanted = ("fpdm", "fphm", "kprq", "kjje")
    if "fphm" not in values or any(names.count(name) > 1 for name in wanted):
        return None
    code, number = values.get("fpdm", ""), values["fphm"]
    shape = r"[0-9]{8}" if code else r"[0-9]{20}"
    if (code and not _CODE.fullmatch(code)) or not re.fullmatch(shape, number):
        return None
    printed_day, printed_amount = values.get("kprq", ""), values.get("kjje", "")
    day, amount = _day(printed_day), _amount(printed_amount)
    if (printed_day and day is None) or (printed_amount and amount is None):
        return None
    found = _candidates({"code": code, "number": number, "date": day}, evidence)
    return CodeReading(evidence, candidates=tuple(found), amount_or_total=amount)


def _query(text: str) -> list[tuple[str, str]] | None:
    if not text.lower().startswith(("http://", "https://")):
        return None
    try:
        address = urlsplit(text)
        # Pages that keep their state behind the # put the query there.
        query = address.query or address.fragment.partition("?")[2]
        return parse_qsl(query, max_num_fields=50)
    except ValueError:
        return None


def _candidates(values: dict[str, str | None], evidence: Evidence) -> Iterator[Candidate]:
    for name, value in values.items():
        if value:
            yield Candidate(name, value, evidence)


def _amount(text: str) -> str | None:
    value = parse_amount(text, ".") if _AMOUNT.fullmatch(text) else None
    return None if value is None else money_text(value)


def _day(text: str) -> str | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
    except ValueError:
        return None
