"""Cells of tables: only that of the row and column which the question names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from yuepi.library.asking.candidates import Candidate
from yuepi.library.asking.question import Question
from yuepi.library.asking.terms import Folded, covered

_WORD_MIN: Final = 0.5
"""Of the words of a row's head, where no row is named whole."""


def unsure_cells(question: Question, candidates: Sequence[Candidate]) -> frozenset[int]:
    """The places of cells that do not answer: another row or column of their table fits the
    question better, or it names none. The whole row is another candidate, a line of text."""
    tables: dict[tuple[int, int, int], list[int]] = {}
    for at, each in enumerate(candidates):
        if each.sort == "cell":
            tables.setdefault((each.paper, each.page, each.order), []).append(at)
    unsure: set[int] = set()
    for cells in tables.values():
        kept = _best(cells, {at: _row(question, candidates[at]) for at in cells}, _WORD_MIN)
        columns = {at: _column(question, candidates[at]) for at in kept}
        unsure.update(set(cells) - set(_best(kept, columns, 0.01)))
    return frozenset(unsure)


def _best(cells: Sequence[int], shares: dict[int, float], least: float) -> list[int]:
    top = max(shares.values(), default=0.0)
    return [at for at in cells if shares[at] == top] if top >= least else []


def _row(question: Question, one: Candidate) -> float:
    """How surely the question names the row a cell stands in, by one of its keys."""
    return max((_named(question, key) for key in one.keys), default=0.0)


def _column(question: Question, one: Candidate) -> float:
    head = Folded(one.name)
    return sum(term.weight * covered(term, head) for term in question.terms)


def _named(question: Question, key: str) -> float:
    """How much of a row's head the question says: all of it, or a share of its words, and none of
    that where its figures are others."""
    asked = question.folded
    if asked.has(key) and (not key.isdigit() or f" {key} " in asked.words):
        return 1.0
    folded = Folded(key)
    words = folded.words.split()
    figures = [word for word in words if any(sign.isdigit() for sign in word)]
    if not set(figures) <= set(asked.words.split()):
        return 0.0
    met = [max(_all((term.text,), folded), covered(term, folded)) for term in question.terms]
    share = sum(word in asked.words.split() for word in words) / len(words) if words else 0.0
    return 0.9 * max(share, 0.6 * max(met, default=0.0))


def _all(texts: Iterable[str], folded: Folded) -> float:
    return float(all(folded.has(text.casefold()) for text in texts))
