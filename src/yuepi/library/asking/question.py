"""What a question asks for: the sort of answer, and the words that must be met. Pure.

Follow-ups ("那违约金呢？", "and who signed it?") become questions of their own by rules: what they
leave out is taken from the question before, and they are asked of the documents that its answer
cited. Nothing is invented: only words of the earlier questions are carried.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from yuepi.library.asking.aside import without_asides
from yuepi.library.asking.asked import QUESTION_CHARACTERS_MAX, BadQuestion, Turn
from yuepi.library.asking.cues import (
    ALTERNATIVES,
    ASKING,
    ASKS,
    ENDS,
    IMPLIED,
    LEADS,
    NAMING,
    NUMBERED,
    OVER_DOCUMENTS,
    PARTS,
    POINTS_BACK,
    POLITE,
    AnswerSort,
    denies,
)
from yuepi.library.asking.facts import Facts, facts_of
from yuepi.library.asking.terms import Folded, Term, terms_of, thing_named
from yuepi.library.understanding.periods import periods_in
from yuepi.library.understanding.spans import Span, without
from yuepi.library.understanding.sums import sums_in

_NAMING_WHOM: Final = ("who", "where", "number")
"""Where the words that ask tell what is asked for, too: 乙方是, which contract."""
_WHICH: Final = dict(ASKING)["number"]
_CODE: Final = re.compile(r"^(?=\S*[A-Za-z])(?=\S*\d)\S+$|\d{5}")
_FINDING: Final = ("text", "number")
_FEW_TERMS: Final = 3
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_WEAK: Final = ("quantity", "yes_no")
"""They tell only where nothing else does: how many is asked of everything."""


def is_code(term: Term) -> bool:
    """Whether it is a number of a document, or of a line in one."""
    return term.sort == "literal" and _CODE.search(term.text) is not None


@dataclass(frozen=True, slots=True)
class Finding:
    """Documents that are looked for: terms that they must meet, and within what their own day
    (ISO) and total must be."""

    terms: tuple[Term, ...]
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    date_from: str | None = None
    date_to: str | None = None

    @property
    def says(self) -> bool:
        """Whether it says which: a number, or a sort of document and more than that."""
        limits = (self.amount_min, self.amount_max, self.date_from, self.date_to)
        sorts = any(term.sort == "generic" for term in self.terms)
        more = any(term.sort != "generic" for term in self.terms) or limits != (None,) * 4
        return (sorts and more) or any(is_code(term) for term in self.terms)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that stands alone. text: as it is searched for and told; sort: of its answer;
    terms: what must be met. follows: whether it leans on the one before, so that the documents
    cited then come first. over_documents: it counts or adds up documents. finding: the documents
    that it means, where it may ask for no more than them. implied: the terms by which its turn of
    phrase tells what is asked for: who rents, how was it paid."""

    text: str
    sort: AnswerSort
    terms: tuple[Term, ...]
    follows: bool = False
    over_documents: bool = False
    finding: Finding | None = None
    implied: frozenset[Term] = frozenset()
    folded: Folded = field(init=False, compare=False, repr=False)
    facts: Facts = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", Folded(self.text))
        object.__setattr__(self, "facts", facts_of(self.text))

    @property
    def which(self) -> bool:
        """Whether it asks which document says something: any words in it could."""
        return _WHICH.search(self.text) is not None

    @property
    def denies(self) -> bool:
        """Whether it asks for what is not so, or leaves something out: contracts without a seal."""
        return denies(self.text)

    @property
    def twice(self) -> bool:
        """Whether it asks two things at once: no single quote answers both."""
        parts = PARTS.split(self.text)
        return not self.follows and sum(ASKS.search(part) is not None for part in parts) > 1

    @property
    def codes(self) -> tuple[Term, ...]:
        """The numbers it names: of a document, or of a line in it."""
        return tuple(term for term in self.terms if is_code(term))

    @property
    def asked(self) -> tuple[Term, ...]:
        """The terms that tell what is asked for, not of whom."""
        return tuple(term for term in self.terms if not term.must and term.sort != "generic")


def understand(question: str, earlier: Sequence[Turn] = (), today: date | None = None) -> Question:
    """What is asked. today: what `last year` is counted from; None: such words stay words. Raises
    `BadQuestion` for one without a word, or that is too long."""
    text = checked_question(question)
    own = _terms(text)
    before = _before(earlier)
    if before is None or not _leans(text, own):
        return _standing(text, own, today)
    return _joined(text, own, before)


def named(question: Question, names: Collection[str], today: date | None = None) -> Question:
    """The question with names of somebody that are known from documents. One that leans on another
    stays as it is."""
    if question.follows or not names:
        return question
    return _standing(question.text, _terms(question.text, names), today, names)


def _standing(
    text: str, own: tuple[Term, ...], today: date | None, names: Collection[str] = ()
) -> Question:
    """A question that leans on none before it."""
    sort, counts = _sort(text), _counts(text)
    finds = today is not None and not counts and sort in _FINDING
    finding = _found(text, today, names) if finds and today is not None else None
    return Question(text, sort, own, over_documents=counts, finding=finding, implied=_implied(text))


def _found(text: str, today: date, names: Collection[str]) -> Finding:
    """The documents that a question may mean: by words, and by their own day and total."""
    days = [each for each in periods_in(text, today) if not each.added]
    sums = [each for each in sums_in(text) if each.least != each.most]
    spans = [Span(each.start, each.end, {}) for each in days]
    spans += [Span(each.start, each.end, {}) for each in sums]
    ends = [(each.first, each.last) for each in days]
    return Finding(
        _terms(without(text, spans), names),
        amount_min=max((s.least for s in sums if s.least is not None), default=None),
        amount_max=min((s.most for s in sums if s.most is not None), default=None),
        date_from=max((first.isoformat() for first, _ in ends if first), default=None),
        date_to=min((last.isoformat() for _, last in ends if last), default=None),
    )


def checked_question(question: str) -> str:
    """The question in one line. Raises `BadQuestion` for one without a word, or too long."""
    text = " ".join(question.replace("\x00", " ").split())
    if not text or not any(sign.isalnum() for sign in text):
        raise BadQuestion("the question is empty", remedy="ask in words", code="empty_question")
    if len(text) > QUESTION_CHARACTERS_MAX:
        raise BadQuestion(
            f"the question is over {QUESTION_CHARACTERS_MAX} characters long",
            remedy="ask one thing at a time",
            code="question_too_long",
        )
    return text


def _counts(text: str) -> bool:
    return OVER_DOCUMENTS.search(text) is not None


def _sort(text: str) -> AnswerSort:
    """How it is asked tells, else what it is asked about."""
    bare = NUMBERED.sub(" ", text)
    asking = next((sort for sort, cue in ASKING if cue.search(bare)), None)
    if asking is not None:
        return asking
    named = [
        ((match.end() if _HAN.search(bare) else -match.start(), -at), sort)
        for at, (sort, cue) in enumerate(NAMING)
        for match in cue.finditer(bare)
        if sort not in _WEAK
    ]
    if named:
        return max(named)[1]
    return next((sort for sort, cue in NAMING if sort in _WEAK and cue.search(bare)), "text")


def _terms(text: str, names: Collection[str] = ()) -> tuple[Term, ...]:
    """The words that must be met: without what is only polite or asks, with what is implied."""
    text = without_asides(POLITE.sub("", text) or text)
    implied: list[Term] = []
    for cue, name in IMPLIED:
        if cue.search(text):
            implied.append(thing_named(name))
            text = cue.sub(_blank, text)
    text = ALTERNATIVES.sub(_blank, NUMBERED.sub(_blank, text))
    for sort, cue in ASKING:
        if sort not in _NAMING_WHOM:
            text = cue.sub(_blank, text)
    said = frozenset[str]().union(*(term.forms for term in implied))
    # What it says itself of a thing that is implied ("how did they pay") is no second thing.
    own = [t for t in terms_of(text, names) if t.sort != "thing" or t.text.lower() not in said]
    return tuple(dict.fromkeys((*own, *implied)))


def _implied(text: str) -> frozenset[Term]:
    return frozenset(thing_named(name) for cue, name in IMPLIED if cue.search(text))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _before(earlier: Sequence[Turn]) -> Question | None:
    """The question before, itself made whole by those before it."""
    told: Question | None = None
    for turn in earlier:
        text = " ".join(turn.question.split())
        own = _terms(text)
        if told is None or not _leans(text, own):
            told = Question(text, _sort(text), own)
        else:
            told = _joined(text, own, told)
    return told


def _leans(text: str, own: Sequence[Term]) -> bool:
    """Whether a question leaves out what it is about: it points back and says hardly anything."""
    if not own:
        return True
    leads = LEADS.match(text) is not None
    if any(term.must for term in own) and not leads:
        return False
    few = sum(term.sort != "generic" for term in own) <= _FEW_TERMS
    return POINTS_BACK.search(text) is not None and (few or leads)


def _joined(text: str, own: Sequence[Term], before: Question) -> Question:
    """The follow-up with what it leaves out: about whom and which paper the question before was.
    Where it only names another one ("那海天公司的呢？"), what was asked is asked again."""
    taken = frozenset[str]().union(*(term.forms for term in own))
    left = [term for term in before.terms if not term.forms & taken]
    sort = _sort(text)
    if not own:
        carried, sort = left, before.sort if sort == "text" else sort
    elif any(term.must for term in own) and not any(t.sort in ("thing", "word") for t in own):
        carried = [term for term in left if not term.must]
        sort = before.sort if sort == "text" else sort
    else:
        carried = [term for term in left if term.sort not in ("thing", "word")]
    bare = ENDS.sub("", LEADS.sub("", text)).strip() or text
    words = " ".join((*(term.text for term in carried), bare))
    text, terms = words[:QUESTION_CHARACTERS_MAX], (*own, *carried)
    return Question(text, sort, terms, follows=True, implied=_implied(text) & {*terms})
