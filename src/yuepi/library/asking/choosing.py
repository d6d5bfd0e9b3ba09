"""Which words of the documents answer a question, and whether any do. Pure.

What is offered (`candidates`) is weighed by how much of the question it accounts for: by itself, by
what it is called, by what stands above it, and by the document it stands in. It answers only where
nearly all of the question is met, each name and figure in it is met, and it is of the sort that was
asked for. In doubt there is no answer, only nearest passages: a wrong figure is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.library.asking.candidates import Candidate
from yuepi.library.asking.cues import AnswerSort
from yuepi.library.asking.facts import facts_of
from yuepi.library.asking.question import Question
from yuepi.library.asking.terms import Folded, Term, covered

MET_MIN: Final = 0.72
"""So much of what the question weighs must be met, the document's own words counted."""
OWN_MIN: Final = 0.5
"""So much of what the document's own words do not meet must be met right there."""
MET_UNTYPED_MIN: Final = 0.8
OWN_UNTYPED_MIN: Final = 0.75
"""The same for questions that any words could answer: nothing else tells there."""
ANSWERS_MAX: Final = 3
_ABOUT_SHARE: Final = 0.85
_BODY_SHARE: Final = 0.8
_BESIDE_SHARE: Final = 0.25
_CLOSE: Final = 0.06

_AMOUNT: Final = frozenset(
    {"yuan", "dollar", "euro", "pound", "ringgit", "percent", "permille", "permyriad"}
)
_UNTYPED: Final = frozenset({"text", "yes_no"})
_COUNTED: Final = frozenset({"amount", "percent", "date", "duration", "quantity", "number"})
_SPANS: Final = frozenset({"day", "workday", "week", "month", "year", "hour", "minute", "second"})
_FIELDS: Final[Mapping[AnswerSort, tuple[str, ...]]] = {
    "amount": ("total", "amount", "subtotal"),
    "date": ("date", "departure", "on"),
    "number": ("number", "code"),
    "who": ("seller_name", "party_a", "party_b", "buyer_name", "name", "passenger", "guest"),
    "where": ("address", "place"),
}
"""The fields that a question means that names none: how much, when, who."""
_RANK: Final = {"total": 4, "amount": 3, "date": 3, "number": 3, "subtotal": 1}
_NAME: Final = re.compile(
    r"公司|集团|中心|银行|大学|医院|酒店|事务所|工厂|商店|超市|[先女]生|女士|经理|主任"
    r"|(?:人|方|员|者|师|机)\s*[)）]?[:：]\s*\S{2,}|部门?[:：]|负责"
    r"|\b(?:ltd|limited|inc|llc|co|corp|gmbh|plc|sdn|bhd|mr|ms|mrs|dr|by)\b"
    r"|\b(?:owner|name|contact|person|attendees|from|to|lessee|lessor|tenant|buyer|seller)s?\s*[:：]",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(
    r"[省市区县镇乡村路街道号楼室园站厦]|\b(?:road|street|avenue|lane|city|floor|building|jalan|no)\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-/.@ ]{2,}\d|\d{2,}|\S@\S")
_UNFILLED: Final = re.compile(r"[_＿]{3,}|[.…]{6,}")


@dataclass(frozen=True, slots=True)
class Header:
    """What a document is, for words of a question that only say which one is meant. words: its
    name, title, kinds, who is in it; whole: all that stands on the pages that are looked at, for
    names and figures. rank: its place in what the search found, from 0."""

    words: Folded
    whole: Folded
    rank: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate and how far it accounts for the question. met: of all of it, 0..1; own: of what
    is left to it; must: whether each name and figure is met; fits: whether it is of the sort that
    was asked for; score: for ordering."""

    candidate: Candidate
    met: float
    own: float
    must: bool
    fits: bool
    typed: bool
    score: float

    @property
    def answers(self) -> bool:
        """Whether it may be told as the answer."""
        return (
            self.must
            and self.fits
            and not self.candidate.doubtful
            and self.met >= (MET_MIN if self.typed else MET_UNTYPED_MIN)
            and self.own >= (OWN_MIN if self.typed else OWN_UNTYPED_MIN)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """answers: one, or several that nothing parts; empty: not found. nearest: the best passages,
    those that answer first."""

    answers: tuple[Weighed, ...]
    nearest: tuple[Weighed, ...]


def choose(
    question: Question,
    candidates: Sequence[Candidate],
    headers: Sequence[Header],
    found: Mapping[int, float],
    most: int,
) -> Choice:
    """The answer among the candidates.

    headers: of each paper. found: by the candidates' place, how high the search ranked what it
    stands in, 0..1. most: how many are given as nearest.
    """
    known = [_known(question, header) for header in headers]
    weighed = [
        _weigh(question, each, known[each.paper], found.get(at, 0.0))
        for at, each in enumerate(candidates)
    ]
    weighed.sort(key=lambda each: -each.score)
    nearest = _different(weighed, most)
    answers = [each for each in weighed if each.answers]
    if question.over_documents or not answers:
        return Choice((), nearest)
    best = answers[0]
    close = [each for each in answers if best.score - each.score <= _CLOSE]
    chosen = _different(_of_one_sort(best, close), ANSWERS_MAX)
    rest = [each for each in nearest if each not in chosen]
    return Choice(chosen, (*chosen, *rest)[:most])


def _of_one_sort(best: Weighed, close: Sequence[Weighed]) -> list[Weighed]:
    """A field, or an entry, says it alone for its document; sentences stand beside each other."""
    if best.candidate.sort == "text":
        return [each for each in close if each.candidate.sort == "text"]
    papers: set[int] = set()
    kept: list[Weighed] = []
    for each in close:
        same = each.candidate.paper in papers
        if each.candidate.sort != "text" and (not same or _other_value(each, kept)):
            papers.add(each.candidate.paper)
            kept.append(each)
    return kept


def _other_value(one: Weighed, kept: Sequence[Weighed]) -> bool:
    solid = one.candidate.folded.solid
    return all(
        solid not in other.candidate.folded.solid and other.candidate.folded.solid not in solid
        for other in kept
        if other.candidate.paper == one.candidate.paper
    )


def _different(weighed: Sequence[Weighed], most: int) -> tuple[Weighed, ...]:
    """The first ones, without those that say what one before them says of the same document."""
    kept: list[Weighed] = []
    for each in weighed:
        if len(kept) == most:
            break
        solid = each.candidate.folded.solid
        twin = any(
            solid == other.candidate.folded.solid
            or (each.candidate.sort == "text" and solid in other.candidate.folded.solid)
            for other in kept
            if other.candidate.paper == each.candidate.paper
        )
        if not twin and solid:
            kept.append(each)
    return tuple(kept)


# --- weighing -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """How much of each term of the question a document's head meets, and all of it. rank: its
    place in what was found."""

    head: tuple[float, ...]
    body: tuple[float, ...]
    rank: int


def _known(question: Question, header: Header) -> _Known:
    return _Known(
        tuple(covered(term, header.words) for term in question.terms),
        tuple(covered(term, header.whole) for term in question.terms),
        header.rank,
    )


def _weigh(question: Question, one: Candidate, known: _Known, found: float) -> Weighed:
    named = _named_keys(question, one)
    here = [_met_here(term, one, named) for term in question.terms]
    head, body = known.head, known.body
    total = sum(term.weight for term in question.terms)
    met = sum(
        term.weight * max(own, there, in_all if term.must else _BODY_SHARE * in_all)
        for term, own, there, in_all in zip(question.terms, here, head, body, strict=True)
    )
    met = met / total if total else 0.0
    must = all(
        max(own, in_all, there) > 0
        for term, own, there, in_all in zip(question.terms, here, head, body, strict=True)
        if term.must
    )
    own = _own(question, here, head, body, plain=_is_meant(question, one))
    fits = _fits(question.sort, one) and _adds(question, one) and _in_row(question, one)
    bonus = 0.12 * found + 0.10 * fits + (0.06 if one.sort != "text" else 0.0)
    bonus += 0.01 * _RANK.get(one.name, 0) + 0.04 / (1 + known.rank)
    score = 0.6 * met + 0.35 * own + bonus - (0.0 if must else 0.5)
    if not one.folded.solid or _UNFILLED.search(one.text):
        fits = False
    return Weighed(one, met, own, must, fits, question.sort not in _UNTYPED, score)


def _own(
    question: Question,
    here: Sequence[float],
    head: Sequence[float],
    body: Sequence[float],
    *,
    plain: bool,
) -> float:
    """How much of what is asked is met right there: of the terms that do not only say which paper
    is meant. What the lexicon knows is asked for; other words may say which one is meant wherever
    they stand in it, as long as something is asked for beside them."""
    left, met, things, things_met = 0.0, 0.0, 0.0, 0.0
    terms = question.terms
    asked = [t for t, there in zip(terms, head, strict=True) if not there and t.sort == "thing"]
    for term, own, there, in_all in zip(terms, here, head, body, strict=True):
        if there or (term.must and in_all and not own):
            continue
        weight = term.weight
        if asked and term.sort in ("word", "generic") and in_all and not own:
            weight *= _BESIDE_SHARE
        left += weight
        met += weight * own
        things += term.sort == "thing"
        things_met += own if term.sort == "thing" else 0.0
    if left:
        return min(met / left, things_met / things if things else 1.0)
    # All of it only says which paper is meant: a field may be, anything else is asked for nowhere.
    return 1.0 if plain else float(question.sort != "text" and any(here))


def _met_here(term: Term, one: Candidate, named: frozenset[str]) -> float:
    """How much of a term a candidate meets: a field only by its names and its value, whole."""
    itself = covered(term, one.folded)
    if one.sort in ("field", "pair") and one.keys:
        if term.forms & one.keys or any(term.text.casefold() in key for key in named):
            return 1.0
        if one.sort == "field":
            return itself if term.must else 0.0
    return max(
        itself,
        _ABOUT_SHARE * covered(term, one.beside)
        if one.sort == "text"
        else covered(term, one.beside),
    )


def _named_keys(question: Question, one: Candidate) -> frozenset[str]:
    """Those of its names that stand in the question as they are."""
    if not one.keys:
        return frozenset()
    text = Folded(question.text)
    return frozenset(key for key in one.keys if len(key) > 1 and text.has(key))


def _is_meant(question: Question, one: Candidate) -> bool:
    """Whether a field is what a question means that names nothing: how much is this invoice."""
    things = [term for term in question.terms if term.sort in ("thing", "word")]
    names = _FIELDS.get(question.sort, ())
    return one.sort == "field" and one.name in names and not things


def _in_row(question: Question, one: Candidate) -> bool:
    """Whether a cell stands in a row that the question names."""
    if one.sort != "cell":
        return True
    rows = [Folded(key) for key in one.keys]
    return any(covered(term, row) for term in question.terms for row in rows)


def _adds(question: Question, one: Candidate) -> bool:
    """Whether it says something that the question does not say itself."""
    asked = Folded(question.text)
    if one.folded.solid in asked.solid:
        return False
    if question.sort not in _COUNTED:
        return True
    known = facts_of(question.text)
    facts = facts_of(one.text)
    return (
        any(figure.value not in {each.value for each in known.figures} for figure in facts.figures)
        or any(day.text not in question.text.casefold() for day in facts.days)
        or any(code not in known.codes for code in facts.codes)
        or question.sort == "number"
    )


def _fits(sort: AnswerSort, one: Candidate) -> bool:
    """Whether the words are of the sort that was asked for."""
    text = one.text
    if sort in ("text", "yes_no"):
        return True
    facts = facts_of(text)
    if sort == "amount":
        return (
            one.name in _FIELDS["amount"]
            or any(
                figure.unit in _AMOUNT or "." in figure.text or "," in figure.text
                for figure in facts.figures
            )
            or (one.sort != "text" and bool(facts.figures))
        )
    if sort == "percent":
        return any(f.unit in ("percent", "permille", "permyriad") for f in facts.figures)
    if sort == "date":
        return bool(facts.days) or any(figure.unit in _SPANS for figure in facts.figures)
    if sort == "duration":
        return (
            any(figure.unit in _SPANS for figure in facts.figures)
            or len(facts.days) > 1
            or (one.name == "term_end")
        )
    if sort == "quantity":
        return bool(facts.figures or facts.days)
    if sort == "number":
        # An amount or a day is a number of another sort.
        bare = not one.name.endswith(("total", "amount", "tax", "date"))
        return bare and bool(_NUMBER.search(text))
    if sort == "who":
        named = bool(_NAME.search(text))
        return named or (one.sort != "text" and not facts.figures and not facts.days)
    return one.sort != "text" or bool(_PLACE.search(text))
