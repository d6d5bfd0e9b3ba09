"""How far words of a document account for a question. Pure.

A question says which paper is meant and what of it is asked. The first is met by the paper: its
name, its head, for names and figures anywhere in it; the second must be met by the words
themselves, by what they are called, or by what stands above them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from yuepi.library.asking.aside import said_aside
from yuepi.library.asking.candidates import Candidate
from yuepi.library.asking.cues import NAMING, UNIT, AnswerSort, denies
from yuepi.library.asking.question import Question
from yuepi.library.asking.sorts import FIELDS, TOTALS, UNTYPED, fits, other_case, other_period
from yuepi.library.asking.terms import Folded, Term, covered, fold, is_plain, thing_named

MET_MIN: Final = 0.72
"""So much of what the question weighs must be met, the document's own words counted."""
OWN_MIN: Final = 0.55
"""So much of what the document's own words do not meet must be met right there."""
MET_UNTYPED_MIN: Final = 0.8
OWN_UNTYPED_MIN: Final = 0.75
"""The same for questions that any words could answer: nothing else tells there."""
_ABOUT_SHARE: Final = 0.85
_BODY_SHARE: Final = 0.8
_BEFORE_SHARE: Final = 0.5
_BESIDE_SHARE: Final = 0.12
_COUNTED: Final = frozenset(
    {"amount", "percent", "date", "weekday", "duration", "quantity", "number"}
)
_UNTIL: Final = re.compile(
    r"[至到](?=.{0,3}\d{1,4}\s*[年月日])|\b(?:until|no later than)\b", re.IGNORECASE
)
_ENDS: Final = frozenset({"生效", "到期"})
"""From one day to another: the first is when it begins, the other when it ends."""
_SIDES: Final = (
    ("甲方", "乙方"), ("购买方", "销售方"), ("出租方", "承租方"), ("出借人", "借款人"),
)  # fmt: skip
_SHARE_OR_SUM: Final = re.compile(r"[\d,.]+%|[\d,]+\.\d+|[\d,.]+[万亿]")
_BEGINS: Final = 12
"""Characters by which a sentence tells who it is about."""
_ONE_WORD: Final = 0.6
_SORT_NAMES: Final[Mapping[AnswerSort, tuple[str, ...]]] = {
    "date": ("date", "dates", "day", "time", "日期", "时间"),
    "number": ("number", "编号", "号码"),
}
_ELSEWHERE: Final = 0.15
_RANK: Final = {"total": 4, "amount": 3, "date": 3, "number": 3, "subtotal": 1}


@dataclass(frozen=True, slots=True)
class Header:
    """What a document is, for words of a question that only say which one is meant. words: its
    name, title, kinds, who is in it; head: these and the first lines of it; whole: all that stands
    on the pages that are looked at, for names and figures. rank: its place in what the search
    found, from 0."""

    words: Folded
    head: Folded
    says: Folded
    whole: Folded
    rank: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate and how far it accounts for the question. met: of all of it, 0..1; own: of what
    is left to it; must: whether each name and figure is met; fits: whether it is of the sort that
    was asked for; score: for ordering. found: how high the search ranked where it stands, 0..1.
    named: how much it says itself of which firm and which year is meant."""

    candidate: Candidate
    met: float
    own: float
    must: bool
    fits: bool
    typed: bool
    score: float
    found: float = 0.0
    named: float = 0.0

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
class Known:
    """How much of each term of the question a document's head meets, and all of it. rank: its
    place in what was found. told: whether it has what a question means that names nothing, its
    total or its day."""

    head: tuple[float, ...]
    body: tuple[float, ...]
    rank: int
    told: bool = False


def known_of(question: Question, header: Header, candidates: Sequence[Candidate]) -> Known:
    """What a document as a whole meets. candidates: its own."""
    return Known(
        tuple(in_head(term, header) for term in question.terms),
        tuple(covered(term, header.says if term.must else header.whole) for term in question.terms),
        header.rank,
        any(is_meant(question, each) for each in candidates),
    )


def _is_plain_figure(term: Term) -> bool:
    """Whether it is a share or a sum: it stands in many places, and says nothing of the paper."""
    return term.sort == "literal" and _SHARE_OR_SUM.fullmatch(term.text) is not None


def in_head(term: Term, header: Header) -> float:
    """How much of a term a document meets by what it is: names and figures by its first lines,
    too, for other words these may be the answer. What means the same counts in the other language
    alone: "rent" asks for something else than "lease"."""
    if term.must:
        return covered(term, header.head)
    if term.sort == "thing" and not is_plain(term) and not header.words.has(fold(term.text)):
        other = frozenset(form for form in term.forms if form.isascii() != term.text.isascii())
        return covered(replace(term, forms=other), header.words) if other else 0.0
    return covered(term, header.words)


def weigh(question: Question, one: Candidate, known: Known, found: float) -> Weighed:
    """A candidate weighed. found: how high the search ranked what it stands in, 0..1."""
    named = _named_keys(question, one)
    here = [_met_here(term, one, named) for term in question.terms]
    head, body = known.head, known.body
    total = sum(term.weight for term in question.terms)
    met = sum(
        term.weight * max(own, there, in_all if term.must else _BODY_SHARE * in_all)
        for term, own, there, in_all in zip(question.terms, here, head, body, strict=True)
    )
    if question.sort == "percent":
        # The word that asks for a share need not stand beside it.
        total -= sum(
            term.weight
            for term, own in zip(question.terms, here, strict=True)
            if not own and _is_sort(question, term, one)
        )
    met = min(1.0, met / total) if total > 0 else 0.0
    must = all(
        max(own, there, 0.0 if _is_plain_figure(term) else in_all) > 0
        for term, own, there, in_all in zip(question.terms, here, head, body, strict=True)
        if term.must
    )
    own = _own(question, here, known, one=one)
    suits = fits(question, one) and _adds(question, one) and not _contradicts(question, one)
    bonus = 0.12 * found + 0.10 * suits + (0.06 if one.sort != "text" else 0.0)
    bonus += 0.01 * _RANK.get(one.name, 0) + 0.04 / (1 + known.rank)
    score = 0.6 * met + 0.35 * own + bonus - (0.0 if must else 0.5)
    if not all(_of_its_line(question, here, known)):
        # Another line's words, or another paper's that only stands beside it.
        must = False
        score -= _ELSEWHERE
    typed = question.sort not in UNTYPED and not question.which
    named_here = sum(
        term.weight * covered(term, one.folded)
        for term in question.terms
        if term.sort not in ("thing", "generic")
    )
    return Weighed(one, met, own, must, suits, typed, score, found, named_here)


def _own(question: Question, here: Sequence[float], known: Known, *, one: Candidate) -> float:
    """How much of what is asked is met right there: of the terms that do not only say which paper
    is meant. What the lexicon knows is asked for; other words may say which one is meant wherever
    they stand in it, as long as something that is asked for is met beside them. Where the turn of
    phrase tells what is asked for, all others may."""
    left, met, things, things_met = 0.0, 0.0, 0.0, 0.0
    every = zip(question.terms, here, known.head, known.body, strict=True)
    rest = [
        (term, own, in_all)
        for term, own, there, in_all in every
        if not there
        and not (term.must and in_all and not own)
        and not _is_sort(question, term, one)
    ]
    if all(term.sort == "generic" for term, _, _ in rest):
        return _own_of_none(question, here, known, one)
    asked = any(own and term.sort in ("thing", "word") for term, own, _ in rest)
    implied = any(own and term in question.implied for term, own, _ in rest)
    for term, own, in_all in rest:
        beside = implied if term.sort == "thing" else asked
        weight = term.weight * (_BESIDE_SHARE if beside and in_all and not own else 1.0)
        left += weight
        met += weight * own
        if term.sort == "thing" and not implied:
            things += 1
            things_met += own
    if question.sort in UNTYPED and _is_one_word([term for term, _, _ in rest]):
        met *= _ONE_WORD
    return min(met / left, things_met / things if things else 1.0)


def _is_one_word(terms: Sequence[Term]) -> bool:
    """Whether a single English word is all that is asked: it stands in too much."""
    return len(terms) == 1 and terms[0].sort == "word" and terms[0].text.isascii()


def _own_of_none(question: Question, here: Sequence[float], known: Known, one: Candidate) -> float:
    """The same where all of the question only says which paper is meant, or which line of it: its
    total or its day may be, where it has one, else what stands beside the words themselves."""
    lines = _of_its_line(question, here, known)
    if lines:
        return float(all(lines))
    meant = is_meant(question, one)
    if known.told or meant:
        return float(meant)
    return float(question.sort not in UNTYPED and any(here))


def _of_its_line(question: Question, here: Sequence[float], known: Known) -> list[float]:
    """How far codes of the question are met here that are not those of the document, but of a line
    in it."""
    codes = question.codes
    return [
        own
        for term, own, there in zip(question.terms, here, known.head, strict=True)
        if not there and term in codes
    ]


def _is_sort(question: Question, term: Term, one: Candidate) -> bool:
    """Whether a word only says of which sort the answer is: its deadline. Of what the lexicon knows
    only where a cell is named by its row and column: its limit."""
    if term.text.lower() in _SORT_NAMES.get(question.sort, ()):
        return True
    if term.sort != "word" and (one.sort != "cell" or term.sort != "thing"):
        return False
    return any(
        cue.fullmatch(term.text) for sort, cue in NAMING if sort in (question.sort, "quantity")
    )


def _met_here(term: Term, one: Candidate, named: frozenset[str]) -> float:
    """How much of a term a candidate meets: a field only by its names and its value, whole."""
    itself = covered(term, one.folded)
    if one.sort in ("field", "pair") and one.keys:
        if term.forms & one.keys or any(term.text.casefold() in key for key in named):
            return 1.0
        if one.sort == "field":
            return itself if term.must else 0.0
    if one.sort in ("text", "cell"):
        if term.forms & _ENDS and len(one.facts.days) > 1:
            return 1.0
        if term.forms & _ENDS and _UNTIL.search(one.text):
            return 1.0
        return max(
            itself,
            covered(term, one.named),
            _ABOUT_SHARE * covered(term, one.beside),
            _BEFORE_SHARE * covered(term, one.prior),
        )
    return max(itself, covered(term, one.beside))


def _named_keys(question: Question, one: Candidate) -> frozenset[str]:
    """Those of its names that stand in the question as they are."""
    if not one.keys:
        return frozenset()
    return frozenset(key for key in one.keys if len(key) > 1 and question.folded.has(key))


def is_meant(question: Question, one: Candidate) -> bool:
    """Whether a candidate is what a question means that names nothing: how much is this invoice."""
    names = FIELDS.get(question.sort, ())
    if question.sort in UNTYPED or any(term.sort == "thing" for term in question.asked):
        return False
    if one.sort == "field":
        return one.name in names
    counts = question.sort == "amount" or UNIT.search(question.text) is not None
    return counts and TOTALS.search(one.label or one.text) is not None


def _contradicts(question: Question, one: Candidate) -> bool:
    """Whether it says nothing of what is denied in the question, is for another time, or
    begins with the other side than the one asked about."""
    if question.denies and not denies(f"{one.label} {one.text}"):
        return True
    if other_period(question, one) or other_case(question, one) or _says_aside(question, one):
        return True
    return one.sort == "text" and any(
        in_question.forms & asked.forms
        and not any(term.forms & other.forms for term in question.terms)
        and covered(other, Folded(one.text[:_BEGINS]))
        and not covered(asked, one.folded)
        for pair in _sides()
        for asked, other in (pair, pair[::-1])
        for in_question in question.terms
        if in_question.sort == "thing"
    )


def _says_aside(question: Question, one: Candidate) -> bool:
    """Whether a sentence names what is asked for only aside: the rent where it is paid late."""
    left = said_aside(question.sort, question.text, one.text) if one.sort == "text" else None
    if left is None:
        return False
    rest = Folded(left)
    return any(
        covered(term, one.folded) and not covered(term, rest)
        for term in question.terms
        if term.sort == "thing"
    )


@cache
def _sides() -> tuple[tuple[Term, Term], ...]:
    return tuple((thing_named(one), thing_named(other)) for one, other in _SIDES)


def _adds(question: Question, one: Candidate) -> bool:
    """Whether it says something that the question does not say itself."""
    if one.folded.solid in question.folded.solid:
        return False
    if question.sort not in _COUNTED:
        return True
    known, facts = question.facts, one.facts
    return (
        any(figure.value not in {each.value for each in known.figures} for figure in facts.figures)
        or any(day.text not in question.text.casefold() for day in facts.days)
        or any(code not in known.codes for code in facts.codes)
        or question.sort in ("number", "weekday", "date")
    )
