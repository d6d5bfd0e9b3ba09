"""Provisions that stand in one paper only, and questions that share no content word with them.

They are the hard third of the questions, and lie in `topics.tsv` beside this file, a provision a
line: in which papers it may stand, its language, the passage, the part of it that answers, a
question in its language and one in the other. A third of them is for tuning, the others report.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

from yuepi.lab.library_corpus.paper import Language

_TUNING_EVERY = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """A provision and its questions: `same` in its language, `other` in the other one."""

    kind: str
    language: Language
    text: str
    answer: str
    same: str
    other: str


@cache
def topics(*, tuning: bool) -> tuple[Topic, ...]:
    """Those for tuning, or those for reporting; none is in both."""
    text = files(__package__).joinpath("topics.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return tuple(
        Topic(kind, cast(Language, language), *rest)
        for at, (kind, language, *rest) in enumerate(rows)
        if (at % _TUNING_EVERY == 0) == tuning
    )
