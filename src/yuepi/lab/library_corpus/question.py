"""A question to the shelf with its truth."""

from __future__ import annotations

from dataclasses import dataclass

from yuepi.lab.library_corpus.paper import AskSort as Sort
from yuepi.lab.library_corpus.paper import Language

__all__ = ["Answer", "Question", "Sort"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Where it is answered: the paper's name (without the file's ending), the block and the text
    in it; `Drawn.place` gives page and boxes."""

    paper: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as somebody would type it. sort: `exact` (numbers, names, amounts and dates),
    `ordinary`, `paraphrase` (no content word of the answering passage). other: whether it is in
    another language than the paper. answers: any of them is right."""

    id: str
    language: Language
    sort: Sort
    text: str
    answers: tuple[Answer, ...]
    other: bool = False
