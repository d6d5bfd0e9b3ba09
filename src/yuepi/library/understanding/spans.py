"""Pieces of a question that were understood, and the question without them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

TAKEN: Final = "\x00"
"""Stands in the working text for what was taken, so that no pattern reads across it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece from `start` to before `end` that says something.

    says: fields of the query and their values. Those of names are tuples and are put together
    with what other pieces say.
    """

    start: int
    end: int
    says: Mapping[str, Any]


def without(text: str, spans: Iterable[Span]) -> str:
    """The text with the pieces blanked; places stay the same."""
    letters = list(text)
    for span in spans:
        letters[span.start : span.end] = TAKEN * (span.end - span.start)
    return "".join(letters)


def apart(spans: Iterable[Span]) -> list[Span]:
    """Those that do not overlap one before them: of two, the one that begins first, else the
    longer one."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
