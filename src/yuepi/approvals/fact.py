"""The facts a policy may use: flat, typed, never empty. What is not known says so.

Numbers that are not known are 0 and have a companion that says `no` (`total_known`,
`date_known`). The names, types and allowed words below are the vocabulary of policies;
docs/policy.md explains each.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field

from yuepi.documents.plain import Plain
from yuepi.kit.boxes import Box

YesNo = Literal["yes", "no"]
Tri = Literal["yes", "no", "unknown"]
Buyer = Literal["yes", "no", "unknown", "none"]
"""`none`: this kind of paper names no buyer."""
Duplicate = Literal["no", "same_file", "same_number", "same_details", "other_format"]
"""`other_format`: the same invoice as another electronic original (PDF beside XML): harmless."""

Payment = Literal["none", "yes", "no", "unknown"]
"""Whether a proof of payment is of an amount that the invoices come to; `none`: it is none."""
Whose = Literal["nobody", "same", "another", "unknown"]
"""Of which employee an earlier invoice is; `nobody`: there is none."""


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


Text = Annotated[str, AfterValidator(_printable)]
"""Text that can be written anywhere: file names may hold bytes that are none."""


class Proof(Plain):
    """The place that a fact rests on; page and box are None for files as a whole and history."""

    file: Text
    page: int | None = None
    box: Box | None = None
    field: str
    value: Text


class DocumentFacts(Plain):
    """Facts of one document found in the files."""

    file: Text
    page: int
    kind: Text
    category: Text
    is_invoice: YesNo
    supports: YesNo
    counted: YesNo
    quality: Literal["clean", "scan", "photo", "poor"]
    original: Literal["yes", "no", "paper"]
    number: Text
    currency: Text
    total: Decimal
    total_known: YesNo
    negative: YesNo
    date: Text
    date_known: YesNo
    age_days: int
    future: Tri
    cross_year: Tri
    weekend: Tri
    buyer_name: Buyer
    buyer_tax_id: Buyer
    buyer_is_ours: Buyer
    duplicate_in_claim: Duplicate
    duplicate_in_history: Duplicate
    consecutive_in_claim: YesNo
    consecutive_in_history: YesNo
    consecutive_by: Whose
    vague_items: YesNo
    payment_matches: Payment = "none"
    unsure: int
    unsure_fields: Text
    conflicts: int
    conflict_fields: Text
    findings_error: int
    findings_warning: int
    finding_codes: Text
    finding_messages_zh: Text
    finding_messages_en: Text
    evidence: dict[str, tuple[Proof, ...]] = Field(default_factory=dict)


class ClaimFacts(Plain):
    """Facts of the claim as a whole."""

    category: Text
    total_amount: Decimal
    total_known: YesNo
    document_count: int
    invoices: int
    receipts: int
    not_invoices: int
    unreadable_files: int
    duplicates: int
    consecutive_numbers: YesNo
    same_seller_same_day: int
    unsure: int
    conflicts: int
    buyer_not_ours: int
    buyer_unknown: int
    company_known: YesNo
    foreign: int
    future: int
    negative: int
    age_days_max: int
    findings_error: int
    findings_warning: int
    valid_invoices: YesNo
    clean: YesNo
    evidence: dict[str, tuple[Proof, ...]] = Field(default_factory=dict)


class Facts(Plain):
    """Everything a policy decides on."""

    claim: ClaimFacts
    documents: tuple[DocumentFacts, ...]


Scope = Literal["claim", "documents"]
Words = tuple[str, ...] | Literal["number", "text"]
"""What a fact holds: one of the listed words, a number, or free text."""


def _words(annotation: object) -> Words:
    listed = get_args(annotation)
    if listed:
        return tuple(map(str, listed))
    return "text" if annotation is str else "number"


def _vocabulary(model: type[Plain]) -> MappingProxyType[str, Words]:
    fields = model.model_fields.items()
    return MappingProxyType(
        {name: _words(info.annotation) for name, info in fields if name != "evidence"}
    )


VOCABULARY: Final = MappingProxyType(
    {"claim": _vocabulary(ClaimFacts), "documents": _vocabulary(DocumentFacts)}
)
