"""From readings to facts. Pure: the day, the company and the history are handed in.

Nothing is assumed: a value that is missing, unsure or in conflict leaves a fact that says so, and
each fact that fires carries the places it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from yuepi.approvals.claim import Company, PastInvoice
from yuepi.approvals.document_facts import document_facts, paper_of, yes_no
from yuepi.approvals.fact import ClaimFacts, DocumentFacts, Facts, Proof, Whose
from yuepi.approvals.payments import with_payments
from yuepi.approvals.sameness import Paper, Shelf, consecutive, same, same_day_sellers
from yuepi.approvals.vouchers import voucher
from yuepi.documents.reading import FileReading

UNSPECIFIED: Final = "unspecified"
"""The category of a claim that names none."""
_Evidence = dict[str, tuple[Proof, ...]]


def facts(
    files: Sequence[FileReading],
    company: Company | None,
    history: Sequence[PastInvoice],
    on: date,
    category: str | None = None,
    employee: str | None = None,
) -> Facts:
    """The facts of a claim judged for the day `on`.

    company: whom invoices must name; None leaves every buyer unknown. history: invoices settled
    or handed in before, without this claim's own. category: the claim's, as the policy names it.
    employee: whose expense it is, as history names employees. What nobody but a model took for a
    field counts as missing.
    """
    seen = [
        (at, file, reading.without_said())
        for at, file in enumerate(files)
        for reading in file.readings
    ]
    papers = [paper_of(file, reading, at) for at, file, reading in seen]
    past = Shelf([Paper.of_past(each) for each in history])
    documents = [
        document_facts(file, reading, company, on, category or UNSPECIFIED)
        for _, file, reading in seen
    ]
    compared = with_payments(_compare(documents, papers, past, employee))
    return Facts(
        claim=_claim(files, compared, papers, company, category or UNSPECIFIED),
        documents=compared,
    )


def _compare(
    documents: Sequence[DocumentFacts],
    papers: Sequence[Paper],
    past: Shelf,
    employee: str | None,
) -> list[DocumentFacts]:
    """The documents with what only others can tell: duplicates and consecutive numbers."""
    counted = {paper for paper, each in zip(papers, documents, strict=True) if _settles(each)}
    here = Shelf([paper for paper in papers if paper in counted])
    order = {paper: place for place, paper in enumerate(papers)}
    compared = []
    for paper, document in zip(papers, documents, strict=True):
        if paper not in counted:
            compared.append(document)
            continue
        # Only the later of two is the duplicate.
        earlier = [other for other in here.like(paper) if order[other] < order[paper]]
        twin, before = _twin(paper, earlier), _twin(paper, past.like(paper))
        beside = [other for other in here.beside(paper) if consecutive(paper, other)]
        beside_past = [other for other in past.beside(paper) if consecutive(paper, other)]
        own = (paper.place,)
        compared.append(
            document.model_copy(
                update={
                    "duplicate_in_claim": same(paper, twin) if twin else "no",
                    "duplicate_in_history": same(paper, before) if before else "no",
                    "counted": "no" if twin else document.counted,
                    "consecutive_in_claim": yes_no(beside),
                    "consecutive_in_history": yes_no(beside_past),
                    "consecutive_by": _whose(beside_past, employee),
                    "evidence": document.evidence
                    | {
                        "duplicate_in_claim": (*own, twin.place) if twin else (),
                        "duplicate_in_history": (*own, before.place) if before else (),
                        "consecutive_in_claim": (*own, *(each.place for each in beside)),
                        "consecutive_in_history": (*own, *(each.place for each in beside_past)),
                        "consecutive_by": (*own, *(each.place for each in beside_past)),
                    },
                }
            )
        )
    return compared


def _whose(beside: Sequence[Paper], employee: str | None) -> Whose:
    """Who handed in the neighbours: the claim's employee, if one of them is theirs."""
    if not beside:
        return "nobody"
    if employee is not None and any(each.employee == employee for each in beside):
        return "same"
    known = employee is not None and all(each.employee is not None for each in beside)
    return "another" if known else "unknown"


def _settles(document: DocumentFacts) -> bool:
    return voucher(document.kind).counts


def _twin(paper: Paper, others: Sequence[Paper]) -> Paper | None:
    """The paper that this one repeats; a harmful repetition before another file format."""
    twins = [other for other in others if same(paper, other) != "no"]
    harmful = [other for other in twins if same(paper, other) != "other_format"]
    return next(iter(harmful or twins), None)


def _claim(
    files: Sequence[FileReading],
    documents: Sequence[DocumentFacts],
    papers: Sequence[Paper],
    company: Company | None,
    category: str,
) -> ClaimFacts:
    unreadable = [file for file in files if file.error is not None or not file.readings]
    settling = [each for each in documents if _settles(each)]
    counted = [each for each in settling if each.counted == "yes"]
    strangers = [each for each in documents if each.is_invoice == "no" and each.supports == "no"]
    repeated = [each for each in documents if _repeats(each)]
    in_a_row = [
        each
        for each in documents
        if "yes" in (each.consecutive_in_claim, each.consecutive_in_history)
    ]
    invoices = [each for each in documents if each.is_invoice == "yes"]
    foreign = [each for each in settling if each.currency != "CNY"]
    total = sum((each.total for each in counted), Decimal(0))
    clustered = same_day_sellers(
        [paper for paper, each in zip(papers, documents, strict=True) if each.counted == "yes"]
    )
    kind_doubtful = any("kind" in each.unsure_fields.split(", ") for each in documents)
    valid = bool(invoices) and not unreadable and not strangers and not kind_doubtful
    values = ClaimFacts(
        category=category,
        total_amount=total,
        total_known=yes_no(invoices and not any(each.total_known == "no" for each in settling)),
        document_count=len(documents),
        invoices=len(invoices),
        receipts=sum(each.kind == "receipt" for each in documents),
        not_invoices=len(strangers),
        unreadable_files=len(unreadable),
        duplicates=len(repeated),
        consecutive_numbers=yes_no(in_a_row),
        same_seller_same_day=len(clustered),
        unsure=sum(each.unsure for each in documents),
        conflicts=sum(each.conflicts for each in documents),
        buyer_not_ours=sum(each.buyer_is_ours == "no" for each in documents),
        buyer_unknown=sum(each.buyer_is_ours == "unknown" for each in documents),
        company_known=yes_no(company),
        foreign=len(foreign),
        future=sum(each.future == "yes" for each in documents),
        negative=sum(each.negative == "yes" for each in documents),
        age_days_max=max((each.age_days for each in documents), default=0),
        findings_error=sum(each.findings_error for each in documents),
        findings_warning=sum(each.findings_warning for each in documents),
        valid_invoices=yes_no(valid),
        clean="no",
        evidence={
            **_gathered(documents),
            "total_amount": tuple(
                proof for each in counted for proof in each.evidence.get("total", ())
            ),
            "unreadable_files": tuple(_damage(file) for file in unreadable),
            "not_invoices": _places(strangers, "kind"),
            "duplicates": _places(repeated, "duplicate_in_claim", "duplicate_in_history"),
            "consecutive_numbers": _places(
                in_a_row, "consecutive_in_claim", "consecutive_in_history"
            ),
            "same_seller_same_day": tuple(paper.place for paper in clustered),
            "foreign": _places(foreign, "currency"),
        },
    )
    return values.model_copy(update={"clean": yes_no(_is_clean(values, documents))})


def _repeats(document: DocumentFacts) -> bool:
    harmless = ("no", "other_format")
    return not (
        document.duplicate_in_claim in harmless and document.duplicate_in_history in harmless
    )


def _is_clean(claim: ClaimFacts, documents: Sequence[DocumentFacts]) -> bool:
    """Nothing missing, unsure or suspicious; warnings about habit (跨年, weekend) are no dirt."""
    known = claim.valid_invoices == claim.total_known == claim.company_known == "yes"
    dated = all(each.date_known == "yes" for each in documents)
    dirt = (
        claim.duplicates, claim.unsure, claim.conflicts, claim.buyer_not_ours, claim.buyer_unknown,
        claim.foreign, claim.future, claim.negative, claim.findings_error, claim.findings_warning,
    )  # fmt: skip
    return known and dated and claim.consecutive_numbers == "no" and not any(dirt)


def _damage(file: FileReading) -> Proof:
    said = file.error.message if file.error else "nothing was read"
    return Proof(file=file.file, field="file", value=said)


def _places(documents: Sequence[DocumentFacts], *names: str) -> tuple[Proof, ...]:
    found = [proof for each in documents for name in names for proof in each.evidence.get(name, ())]
    return tuple(dict.fromkeys(found))


def _gathered(documents: Sequence[DocumentFacts]) -> _Evidence:
    """Claim facts that count documents, with the places of those counted."""
    return {
        "unsure": _places(documents, "unsure"),
        "conflicts": _places(documents, "conflicts"),
        "findings_error": _places([each for each in documents if each.findings_error], "kind"),
        "findings_warning": _places([each for each in documents if each.findings_warning], "kind"),
        "buyer_not_ours": _places(
            [each for each in documents if each.buyer_is_ours == "no"], "buyer_is_ours"
        ),
        "buyer_unknown": _places(
            [each for each in documents if each.buyer_is_ours == "unknown"], "buyer_is_ours"
        ),
        "total_known": _places([each for each in documents if each.total_known == "no"], "total"),
        "future": _places([each for each in documents if each.future == "yes"], "date"),
        "negative": _places([each for each in documents if each.negative == "yes"], "total"),
        "age_days_max": _places(documents, "date"),
    }
