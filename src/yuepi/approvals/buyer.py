"""Whether a document is made out to the company: 抬头 and 税号."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Final

from yuepi.approvals.claim import Company
from yuepi.approvals.fact import Buyer
from yuepi.documents.reading import Field, Reading

_ALIKE_MIN: Final = 0.6
"""Names more alike than this may be one name with a misread character."""


def plain_name(name: str) -> str:
    """A name without what print changes: full or half width, spaces, the shape of brackets."""
    narrow = unicodedata.normalize("NFKC", name).translate(str.maketrans("〔【[〕】]", "((()))"))
    return re.sub(r"[\s·.,，。、]", "", narrow).casefold()


def name_is_ours(field: Field | None, company: Company | None) -> Buyer:
    """`no` only where the name is sure or far from ours: one misread character is `unknown`."""
    if company is None or field is None or not field.value or field.status == "conflict":
        return "unknown"
    printed = plain_name(field.value)
    names = [plain_name(name) for name in (company.name, *company.aliases)]
    if printed in names:
        return "yes"
    alike = max(SequenceMatcher(None, printed, name).ratio() for name in names)
    return "no" if field.status == "confirmed" or alike < _ALIKE_MIN else "unknown"


def tax_id_is_ours(field: Field | None, company: Company | None) -> Buyer:
    """Equal to the character; `no` only where the printed number is confirmed."""
    if company is None or field is None or not field.value or field.status == "conflict":
        return "unknown"
    printed = re.sub(r"\s", "", unicodedata.normalize("NFKC", field.value)).upper()
    if printed == company.tax_id:
        return "yes"
    return "no" if field.status == "confirmed" else "unknown"


def buyer_facts(
    reading: Reading, company: Company | None, *, named: bool
) -> tuple[Buyer, Buyer, Buyer]:
    """(name, tax number, both): both must be ours for a yes, since a lost one proves nothing."""
    if not named:
        return "none", "none", "none"
    name = name_is_ours(reading.fields.get("buyer_name"), company)
    tax_id = tax_id_is_ours(reading.fields.get("buyer_tax_id"), company)
    if "no" in (name, tax_id):
        return name, tax_id, "no"
    return name, tax_id, "yes" if name == tax_id == "yes" else "unknown"
