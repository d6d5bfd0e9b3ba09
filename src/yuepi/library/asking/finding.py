"""Questions for documents themselves: "invoices with Acme from 2024", "INV-2024-118". Pure.

Nothing in them is asked about a document; they only say which one is meant. The answer is what it
is: its number, its day, who is in it, its total, each where it is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from yuepi.library.asking.candidates import Candidate
from yuepi.library.asking.cues import LATEST
from yuepi.library.asking.moments import YEAR
from yuepi.library.asking.question import Finding, Question, is_code
from yuepi.library.asking.sorts import TOTALS
from yuepi.library.asking.terms import Term, covered
from yuepi.library.asking.weighing import Header, in_head

DOCUMENTS_MAX: Final = 3
_TOLD_ALONE: Final = 5
_TOLD_EACH: Final = 3
_PARTIES: Final = ("seller_name", "buyer_name", "party_a", "party_b")
_TOLD: Final = ("number", "total", "amount", "date", *_PARTIES)
_TOTALS: Final = ("total", "amount")
_MONEY: Final = frozenset({"yuan", "dollar", "euro", "pound", "ringgit"})
_HEAD_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class Meant:
    """told: what the documents are, in their own words; more: how many fit beside them."""

    told: tuple[Candidate, ...]
    more: int


def documents_meant(
    question: Question,
    headers: Sequence[Header],
    candidates: Sequence[Sequence[Candidate]],
) -> Meant | None:
    """The documents that a question means which asks for nothing in them; None where it does, or
    where none is meant. candidates: of each paper."""
    finding = question.finding
    if finding is None or not finding.says:
        return None
    if question.denies or LATEST.search(question.text):
        return None
    fitting = [
        at
        for at, header in enumerate(headers)
        if all(_says(term, header) for term in finding.terms)
        and _is_within(finding, candidates[at])
    ]
    if not fitting:
        return None
    most = _TOLD_ALONE if len(fitting) == 1 else _TOLD_EACH
    told: list[Candidate] = []
    for at in fitting[:DOCUMENTS_MAX]:
        told += _told(finding, headers[at], candidates[at])[:most]
    return Meant(tuple(told), max(0, len(fitting) - DOCUMENTS_MAX)) if told else None


def _says(term: Term, header: Header) -> bool:
    """Whether a document says of itself what a term says: figures stand anywhere in it, who it is
    with in its head, what it is in its name or title."""
    if term.sort == "literal":
        return covered(term, header.says if YEAR.match(term.text) else header.whole) > 0
    return in_head(term, header) > 0


def _is_within(finding: Finding, candidates: Sequence[Candidate]) -> bool:
    """Whether a document's own day and total are within what the question says."""
    if finding.date_from is not None or finding.date_to is not None:
        low, high = finding.date_from or "", finding.date_to or "9999"
        if not any(low <= day <= high for day in _days(candidates)):
            return False
    if finding.amount_min is None and finding.amount_max is None:
        return True
    least, most = finding.amount_min or Decimal(0), finding.amount_max
    totals = _amounts(candidates)
    return bool(totals) and all(
        least <= total and (most is None or total <= most) for total in totals
    )


def _days(candidates: Sequence[Candidate]) -> list[str]:
    """A document's own days: as it was read, else those of its first lines."""
    read = [each for each in candidates if each.sort == "field" and each.name == "date"]
    if any(each.doubtful for each in read):
        return []
    lines = [each for each in candidates if each.sort in ("text", "pair") and each.page == 1]
    head = [each for each in lines if each.order < _HEAD_LINES]
    return [
        day.value
        for each in (read or head)
        for day in each.facts.days
        if len(day.value) == len("2024-01-01")
    ]


def _amounts(candidates: Sequence[Candidate]) -> list[Decimal]:
    """A document's own total: as it was read, else on the lines that say so."""
    for name in _TOTALS:
        read = [each for each in candidates if each.sort == "field" and each.name == name]
        if read:
            return [] if read[0].doubtful else _figures(read[:1])
    return _figures([each for each in candidates if _is_total(each)][:1])


def _figures(lines: Sequence[Candidate]) -> list[Decimal]:
    found = []
    for each in lines:
        for figure in each.facts.figures[-1:]:
            try:
                found.append(Decimal(figure.value))
            except InvalidOperation:
                continue
    return found


def _is_total(one: Candidate) -> bool:
    return TOTALS.search(one.label or one.text) is not None and bool(one.facts.figures)


def _is_sum(one: Candidate) -> bool:
    return one.sort == "text" and any(figure.unit in _MONEY for figure in one.facts.figures)


def _is_own(term: Term, header: Header, candidates: Sequence[Candidate]) -> bool:
    """Whether a number is that of the document: of its name, or as it was read; where none was
    read, of its first lines."""
    numbered = any(each.sort == "field" and each.name == "number" for each in candidates)
    return covered(term, header.words if numbered else header.head) > 0


def _told(finding: Finding, header: Header, candidates: Sequence[Candidate]) -> list[Candidate]:
    """What a document is: the lines with the figures of the question, then its number, total, day
    and parties; a paper that was not read into fields by its total. A number that is not its own
    but stands somewhere in it is told by its line alone: the rest is that of another paper."""
    found: list[Candidate] = []
    candidates = [each for each in candidates if not each.doubtful]
    for term in finding.terms:
        if term.sort == "literal":
            found += [each for each in candidates if covered(term, each.folded)][:1]
    if any(is_code(term) and not _is_own(term, header, candidates) for term in finding.terms):
        return found
    for name in _TOLD:
        found += [e for e in candidates if e.sort == "field" and e.name == name][:1]
    if not any(each.name in _TOTALS for each in found):
        total = [each for each in candidates if _is_total(each)]
        found += (total or [each for each in candidates if _is_sum(each)])[:1]
    if not found:
        found = [
            each
            for each in candidates
            if each.sort == "text" and each.page == 1 and each.order < _HEAD_LINES
        ][:_TOLD_EACH]
    kept: list[Candidate] = []
    for each in found:
        if each.folded.solid not in {other.folded.solid for other in kept}:
            kept.append(each)
    return kept
