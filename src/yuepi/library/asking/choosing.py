"""Which words of the documents answer a question, and whether any do. Pure.

What is offered (`candidates`) is weighed by how much of the question it accounts for (`weighing`).
It answers only where nearly all of the question is met, each name and figure in it is met, and it
is of the sort that was asked for. In doubt there is no answer, only nearest passages: a wrong
figure is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from yuepi.library.asking.candidates import HEADING, Candidate
from yuepi.library.asking.cues import BY_WHOM
from yuepi.library.asking.finding import documents_meant
from yuepi.library.asking.question import Question
from yuepi.library.asking.tables import unsure_cells
from yuepi.library.asking.weighing import Header, Weighed, known_of, weigh

ANSWERS_MAX: Final = 3
_CLOSE: Final = 0.06
_FOUND_SHARE: Final = 0.6
_UNFILLED: Final = re.compile(r"[_＿]{3,}|[.…]{6,}")


@dataclass(frozen=True, slots=True)
class Choice:
    """answers: one, or several that nothing parts; empty: not found. nearest: the best passages,
    those that answer first. documents: whether whole documents are what was asked for, and the
    answers tell what they are; more: how many fit beside those."""

    answers: tuple[Weighed, ...]
    nearest: tuple[Weighed, ...]
    documents: bool = False
    more: int = 0


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
    of_paper: list[list[Candidate]] = [[] for _ in headers]
    for each in candidates:
        of_paper[each.paper].append(each)
    known = [known_of(question, header, of_paper[at]) for at, header in enumerate(headers)]
    unsure = unsure_cells(question, candidates)
    weighed = []
    for at, each in enumerate(candidates):
        one = weigh(question, each, known[each.paper], found.get(at, 0.0))
        empty = each.sort == "text" and each.name == HEADING
        if empty or at in unsure or not each.folded.solid or _UNFILLED.search(each.text):
            one = replace(one, fits=False)
        weighed.append(one)
    weighed.sort(key=lambda each: -each.score)
    nearest = _different(weighed, most)
    if question.over_documents or question.twice:
        return Choice((), nearest)
    meant = documents_meant(question, headers, of_paper)
    if meant is not None:
        told = [
            Weighed(each, 1.0, 1.0, must=True, fits=True, typed=True, score=1.0)
            for each in meant.told
        ]
        return Choice(tuple(told), _first(told, nearest, most), True, meant.more)
    answers = _most_named([each for each in weighed if each.answers])
    if not answers or not _asks(question):
        # What the search found by its meaning comes before what shares a word.
        weighed.sort(key=lambda each: -(each.score + _FOUND_SHARE * each.found))
        return Choice((), _different(weighed, most))
    best = answers[0]
    close = [each for each in answers if best.score - each.score <= _CLOSE]
    chosen = _different(_of_one_sort(best, close), ANSWERS_MAX)
    return Choice(chosen, _first(chosen, nearest, most))


def _asks(question: Question) -> bool:
    """Whether more is asked for than a document by its sort, its day and who it is with: words of
    another one are no answer to that."""
    if question.finding is None:
        return True
    return bool(question.asked or question.codes) and not BY_WHOM.search(question.text)


def _first(chosen: Sequence[Weighed], nearest: Sequence[Weighed], most: int) -> tuple[Weighed, ...]:
    taken = {each.candidate for each in chosen}
    return (*chosen, *(each for each in nearest if each.candidate not in taken))[:most]


def _most_named(answers: Sequence[Weighed]) -> list[Weighed]:
    """Of each document those that name themselves the most of whom and when the question is about:
    the rent of that tenant, the fee of that year."""
    most: dict[int, float] = {}
    for each in answers:
        paper = each.candidate.paper
        most[paper] = max(most.get(paper, 0.0), each.named)
    return [each for each in answers if each.named == most[each.candidate.paper]]


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
