"""The facts of one document, before it is compared with others. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from yuepi.approvals.buyer import buyer_facts, plain_name
from yuepi.approvals.claim import Company
from yuepi.approvals.fact import DocumentFacts, Proof, Tri, YesNo
from yuepi.approvals.sameness import Paper, bare
from yuepi.approvals.vague import is_vague
from yuepi.approvals.vouchers import Voucher, voucher
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.clock import iso_day
from yuepi.kit.money import parse_amount

KIND_CONFIDENCE_MIN: Final = 0.8
"""Below this the kind itself is unsure."""
_OWN_FACT: Final = frozenset({"not_original"})
"""Findings that are facts of their own, and are not counted again as warnings."""

_Evidence = dict[str, tuple[Proof, ...]]


def paper_of(file: FileReading, reading: Reading, file_at: int) -> Paper:
    """What tells this document from others: nothing that only a model says."""
    reading = reading.without_said()
    number = bare(reading.value("number"))
    return Paper(
        place=_proof(file, reading, "number", number or ""),
        file_at=file_at,
        sha256=file.sha256 or None,
        original=file.original,
        number=number,
        code=bare(reading.value("code")),
        date=reading.value("date"),
        total=_total(reading),
        seller_tax_id=reading.value("seller_tax_id"),
        seller_name=plain_name(reading.value("seller_name") or "") or None,
        moment=reading.value("time"),
    )


def _proof(file: FileReading, reading: Reading, name: str, value: str) -> Proof:
    """Where a field stands, or the whole document where it was not found."""
    field = reading.fields.get(name)
    seen = field.evidence[0] if field and field.evidence else None
    return Proof(
        file=file.file,
        page=seen.page if seen else reading.page,
        box=(seen.box if seen else None) or reading.box,
        field=name,
        value=value,
    )


def _total(reading: Reading) -> Decimal | None:
    """The total in whole cents; anything else is no sum of money to pay."""
    amount = parse_amount(reading.value("total") or "", ".")
    if amount is None or amount != amount.quantize(Decimal("0.01")):
        return None
    return amount


def yes_no(truth: object) -> YesNo:
    """A truth in the words of policies."""
    return "yes" if truth else "no"


def _tri(known: object, truth: object) -> Tri:
    return yes_no(truth) if known else "unknown"


def _currency(reading: Reading, terms: Voucher) -> str:
    return "CNY" if terms.yuan else reading.value("currency") or "unknown"


def _unsure(reading: Reading, terms: Voucher) -> list[str]:
    """Decisive fields without two independent sources, and the kind where it is doubtful."""
    names = [] if reading.kind_confidence >= KIND_CONFIDENCE_MIN else ["kind"]
    for name in terms.decisive:
        field = reading.fields.get(name)
        if field is None or field.value is None or field.status != "confirmed":
            names.append(name)
    return names


def _frames_an_invoice(file: FileReading, reading: Reading) -> bool:
    """Whether this is the screen around an invoice. That invoice says itself that it is no
    original and needs a person; the screen is not one more paper that is no invoice."""
    return reading.kind == "screenshot" and any(
        other.page == reading.page and found.code == "invoice_in_screenshot"
        for other in file.readings
        for found in other.findings
    )


def document_facts(
    file: FileReading, reading: Reading, company: Company | None, on: date, category: str
) -> DocumentFacts:
    """The facts that need no other document; duplicates and 连号 are still `no`."""
    terms = voucher(reading.kind)
    total, day = _total(reading), iso_day(reading.value("date"))
    needs_date = "date" in terms.decisive
    name, tax_id, ours = buyer_facts(reading, company, named=terms.names_buyer)
    unsure = _unsure(reading, terms)
    conflicts = [key for key, field in reading.fields.items() if field.status == "conflict"]
    noticed = [each for each in reading.findings if each.code not in _OWN_FACT]
    serious = [each for each in noticed if each.severity != "info"]
    original = file.original or not terms.electronic
    return DocumentFacts(
        file=file.file,
        page=reading.page,
        kind=reading.kind,
        category=category,
        is_invoice=yes_no(terms.is_invoice),
        supports=yes_no(terms.supports or _frames_an_invoice(file, reading)),
        counted=yes_no(terms.counts and _currency(reading, terms) in ("CNY", "unknown")),
        quality=reading.quality,
        original=("yes" if file.original else "no") if terms.electronic else "paper",
        number=reading.value("number") or "unknown",
        currency=_currency(reading, terms),
        total=total or Decimal(0),
        # A paper that settles nothing needs no total.
        total_known=yes_no(total is not None or not terms.counts),
        negative=yes_no(total is not None and total < 0),
        date=day.isoformat() if day else "unknown",
        date_known=yes_no(day is not None or not needs_date),
        age_days=(on - day).days if day else 0,
        future=_tri(day, day and day > on),
        cross_year=_tri(day, day and day.year < on.year),
        weekend=_tri(day, day and day.weekday() >= 5),
        buyer_name=name,
        buyer_tax_id=tax_id,
        buyer_is_ours=ours,
        duplicate_in_claim="no",
        duplicate_in_history="no",
        consecutive_in_claim="no",
        consecutive_in_history="no",
        consecutive_by="nobody",
        vague_items=yes_no(any(is_vague(item.name) for item in reading.items)),
        unsure=len(unsure),
        unsure_fields=", ".join(unsure),
        conflicts=len(conflicts),
        conflict_fields=", ".join(conflicts),
        findings_error=sum(each.severity == "error" for each in serious),
        findings_warning=sum(each.severity == "warning" for each in serious),
        finding_codes=", ".join(dict.fromkeys(each.code for each in serious)),
        finding_messages_zh="；".join(dict.fromkeys(each.message_zh for each in serious)),
        finding_messages_en="; ".join(dict.fromkeys(each.message for each in serious)),
        evidence=_evidence(file, reading, unsure, conflicts, original=original),
    )


_RESTS_ON: Final = {
    "total": ("total",), "total_known": ("total",), "negative": ("total",), "counted": ("total",),
    "currency": ("currency",), "number": ("number",), "date": ("date",), "date_known": ("date",),
    "age_days": ("date",), "future": ("date",), "cross_year": ("date",), "weekend": ("date",),
    "buyer_name": ("buyer_name",), "buyer_tax_id": ("buyer_tax_id",),
    "buyer_is_ours": ("buyer_name", "buyer_tax_id"),
}  # fmt: skip
"""Facts that rest on fields of the same document."""


def _evidence(
    file: FileReading,
    reading: Reading,
    unsure: Sequence[str],
    conflicts: Sequence[str],
    *,
    original: bool,
) -> _Evidence:
    def place(names: Sequence[str]) -> tuple[Proof, ...]:
        return tuple(_proof(file, reading, name, _shown(reading, name)) for name in names)

    found: _Evidence = {fact: place(names) for fact, names in _RESTS_ON.items()}
    for fact in ("kind", "is_invoice", "supports"):
        found[fact] = place(["kind"])
    if not original:
        found["original"] = (_proof(file, reading, "original", "no"),)
    found["unsure"] = found["unsure_fields"] = place(unsure)
    found["conflicts"] = found["conflict_fields"] = place(conflicts)
    named = [name for each in reading.findings if each.severity != "info" for name in each.fields]
    places = place(list(dict.fromkeys(named))) or place(["kind"])
    found["findings_error"] = found["findings_warning"] = found["finding_codes"] = places
    vague = [item.name or "" for item in reading.items if is_vague(item.name)]
    found["vague_items"] = tuple(_proof(file, reading, "items", name) for name in vague)
    return found


def _shown(reading: Reading, name: str) -> str:
    if name == "kind":
        return reading.kind
    field = reading.fields.get(name)
    if field is None or field.value is None:
        return ""
    return " / ".join((field.value, *field.others))
