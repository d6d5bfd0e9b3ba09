"""Which piece of a document is told first: the one that answers best. Pure.

The lists say which document is meant, mostly by words that each of its pieces stands under: its
name, its parties, its number. Those say nothing about which of its pieces is meant. So here a piece
is weighed by the other words of the question, by what means the same (`asking.lexicon`), the more
where one sentence has them; by whether it holds the sort of thing that is asked for; by how near it
is in meaning; and by its place in the words' list. The head of a document leads only where nothing
but the document was asked for, and what was read of it as fields where nothing at all was asked. A
table that names what the question is about, and has nothing of what is asked for, stands back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from yuepi.library.asking.asked import BadQuestion
from yuepi.library.asking.cues import AnswerSort
from yuepi.library.asking.question import Question, understand
from yuepi.library.asking.terms import Folded, Term, fold, is_plain, stem
from yuepi.library.chunk import Chunk

QUESTION_CHARACTERS_MAX: Final = 300
TERMS_MAX: Final = 16
PARTED: Final = " · "
"""Between the parts of what a piece stands under (`chunking.draft`)."""
SHORT_CHARACTERS: Final = 12
"""What is shorter is a heading that was left alone, and answers nothing."""
HEAD_LINE_MIN: Final = 4
"""Characters of a first line by which a head is known in what other pieces stand under."""


class Weights(NamedTuple):
    """How much each thing counts; measured on the made shelf's tuning half."""

    held: float = 0.5
    line: float = 1.0
    sort: float = 0.3
    sort_alone: float = 0.5
    sort_in_line: float = 0.3
    near: float = 0.8
    words: float = 0.15
    known: float = 0.1
    title: float = -1.0
    fields: float = -0.3
    card: float = 1.0
    head: float = -0.4
    short: float = -0.5
    row: float = -0.5


WEIGHTS: Final = Weights()

_DAY: Final = (
    r"\d{4}\s?[年./-]\s?\d{1,2}|\d{1,2}\s?月|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[a-z]*\b"
)
_SPAN: Final = (
    r"[\d一二两三四五六七八九十百半]\s?个?(?:工作日|小时|分钟|星期|[天日周月年秒])"
    r"|(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty|sixty|ninety)\b)"
    r"[\s-]?(?:working |business |calendar )?(?:second|minute|hour|day|week|month|year)s?\b"
)
_SORTS: Final[Mapping[str, re.Pattern[str]]] = {
    sort: re.compile(pattern)
    for sort, pattern in {
        "amount": r"[¥$€£]|\b(?:usd|eur|gbp|rmb|cny|myr|rm)\b|\d\s?[万亿]?[元圆]|\d,\d{3}|\d\.\d\d",
        "percent": r"\d\s?[%％]|\bper ?cent|百分之|千分之|万分之|\d\s?‰|[一二三四五六七八九]成",
        "date": _DAY,
        "weekday": (
            r"星期|礼拜|[每周][一二三四五六日天]|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day"
        ),
        "duration": _SPAN,
        "frequency": (
            r"每|按[年季月周日]|[一两]次|\bevery\b|\bonce\b|\bper\b|\ba (?:year|month|day)"
            r"|\b(?:dai|week|month|quarter|year|annual)ly\b"
        ),
        "number": r"\d{4,}|[a-z\d]+-[a-z\d-]*\d|\S@\S",
        "who": (
            r"公司|集团|银行|事务所|[先女]生|经理|主任|部\b|[人方员者]\s?[:：]|联系人|负责"
            r"|\b(?:ltd|limited|inc|llc|co|corp|gmbh|plc|mr|ms|mrs|dr)\b"
            # By whom something was done: not by a day, by bank, by half.
            r"|\b(?:signed|issued|prepared|approved|written|made|drafted|sent|chaired|led|managed"
            r"|provided|supplied|owned|received|paid|checked|reviewed|organi[sz]ed|hosted|handled"
            r"|collected|delivered|represented) by (?!\d)"
            r"|\b(?:owner|contact|person|lessee|lessor|buyer|seller|supplier|provider|client)\s?:"
        ),
        "where": r"[省市区县镇路街楼室园站]|\b(?:road|street|avenue|lane|floor|building|room)\b",
        "quantity": r"\d|[一二两三四五六七八九十百千]",
    }.items()
}
_LINE: Final = re.compile(r"(?<=[。！？；])|(?<=[a-z0-9)”\"%][.;!?])\s+|\n")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question asks for. sort: of its answer; terms: the words that count; pattern: finds
    them in folded text, a group for each, the group's name its place."""

    sort: AnswerSort
    terms: tuple[Term, ...]
    pattern: re.Pattern[str] | None


@lru_cache(maxsize=64)
def wanted_by(question: str) -> Wanted:
    """What a question asks for, from its words."""
    try:
        asked = understand(question[:QUESTION_CHARACTERS_MAX])
    except BadQuestion:
        asked = Question("", "text", ())
    terms = asked.terms[:TERMS_MAX]
    forms = [
        f"(?P<t{at}>{'|'.join(map(_form, sorted(term.forms, key=len, reverse=True)))})"
        for at, term in enumerate(terms)
    ]
    return Wanted(asked.sort, terms, re.compile("|".join(forms)) if forms else None)


def _form(form: str) -> str:
    """How a folded form stands in folded text: Chinese with or without gaps, English in its other
    forms too, figures whole."""
    if _HAN.search(form):
        return re.escape(form)
    words = re.findall(r"[a-zà-ÿ]+|\d+|[^\sa-zà-ÿ\d]", form)
    if any(word.isdigit() for word in words):
        told = r"[\s,]?".join(re.escape(word) for word in words)
        return rf"(?<![a-z\d.]){told}(?![a-z\d])"
    told = r"[\s'’.&-]{1,3}".join(
        rf"{re.escape(stem(word))}[a-z]{{0,4}}" for word in words if word[0].isalpha()
    )
    return rf"(?<![a-z]){told}(?![a-z])" if told else re.escape(form)


class Piece(NamedTuple):
    """What a piece holds: terms by their places, by lines, and whether what was asked for."""

    held: frozenset[int]
    lines: tuple[tuple[frozenset[int], bool], ...]
    sort: bool


def weighed(
    wanted: Wanted,
    name: str,
    pieces: Sequence[Chunk],
    near: Mapping[str, float],
    words: Mapping[str, float],
    weights: Weights = WEIGHTS,
) -> dict[str, float]:
    """How far each piece of one document answers, by its id; higher is better.

    name: the document's name and title. near: likeness in meaning by id, 0 to 1; words: the scores
    of the words' list by id, higher is better.
    """
    above = _above(pieces)
    title = _known_by(wanted, fold(name.replace("_", " ")))
    known = title | _known_by(wanted, above)
    telling = [at for at in range(len(wanted.terms)) if at not in known]
    worth = [
        term.weight * (1.0 if at not in known else 0.0 if at in title else weights.known)
        for at, term in enumerate(wanted.terms)
    ]
    whole = sum(worth) or 1.0
    least = min(words.values(), default=0.0)
    most = max(words.values(), default=0.0)
    things = {at for at in telling if wanted.terms[at].sort == "thing"}
    found: dict[str, float] = {}
    for chunk in pieces:
        piece = _piece_of(wanted, chunk)
        own = sum(worth[at] for at in piece.held) / whole
        line = max((_line(each, worth, whole, weights) for each in piece.lines), default=0.0)
        score = weights.held * own + weights.line * line
        score += (weights.sort if telling else weights.sort_alone) * piece.sort
        score += weights.near * near.get(chunk.id, 0.0)
        if chunk.id in words and most > least:
            score += weights.words * (words[chunk.id] - least) / (most - least)
        if chunk.sort == "title":
            score += weights.title
        elif chunk.sort == "fields":
            score += weights.fields if telling or wanted.sort != "text" else weights.card
        elif chunk.sort == "table" and things and not things & piece.held:
            # It names what the question is about, and has no column of what is asked for.
            score += weights.row
        elif len(chunk.text) < SHORT_CHARACTERS:
            score += weights.short
        elif telling and _is_head(chunk, above):
            score += weights.head
        found[chunk.id] = score
    return found


def _line(
    line: tuple[frozenset[int], bool], worth: Sequence[float], whole: float, weights: Weights
) -> float:
    held, sort = line
    own = sum(worth[at] for at in held) / whole
    return own * (1.0 - weights.sort_in_line) + weights.sort_in_line * (sort and own > 0)


def _piece_of(wanted: Wanted, chunk: Chunk) -> Piece:
    text = chunk.text.lower()
    starts = [0, *(match.end() for match in _LINE.finditer(text))]
    by_line: list[set[int]] = [set() for _ in starts]
    if wanted.pattern is not None:
        for match in wanted.pattern.finditer(text):
            by_line[bisect_right(starts, match.start()) - 1].add(int((match.lastgroup or "t0")[1:]))
    asked = _SORTS.get(wanted.sort)
    sorts = [False] * len(starts)
    for match in () if asked is None else asked.finditer(text):
        sorts[bisect_right(starts, match.start()) - 1] = True
    held = frozenset[int]().union(*by_line)
    lines = tuple((frozenset(mine), there) for mine, there in zip(by_line, sorts, strict=True))
    return Piece(held, lines, any(sorts))


def _terms_in(wanted: Wanted, text: str) -> frozenset[int]:
    if wanted.pattern is None:
        return frozenset()
    return frozenset(int((match.lastgroup or "t0")[1:]) for match in wanted.pattern.finditer(text))


def _known_by(wanted: Wanted, text: str) -> frozenset[int]:
    """The terms that what a document is called meets. How much a thing of several meanings is, is
    asked by its own word: a rent is paid for a lease, but says nothing of which lease is meant."""
    found = _terms_in(wanted, text)
    if wanted.sort != "amount":
        return found
    folded = Folded(text)
    own = (wanted.terms[at] for at in found)
    several = {term for term in own if term.sort == "thing" and not is_plain(term)}
    return frozenset(
        at
        for at in found
        if wanted.terms[at] not in several or folded.has(fold(wanted.terms[at].text))
    )


def _above(pieces: Sequence[Chunk]) -> str:
    """What several of the pieces stand under, folded: not the heading of one of them."""
    told = [set(each.context.split(PARTED)) for each in pieces if each.context]
    parts = Counter(part for each in told for part in each)
    return fold(" ".join(part for part, times in parts.items() if 3 * times >= len(told)))


def _is_head(chunk: Chunk, above: str) -> bool:
    """Whether other pieces stand under what it begins with."""
    first = fold(chunk.text.split("\n", 1)[0])[:40]
    return len(first) >= HEAD_LINE_MIN and first in above
