"""What an extraction gives: the result in the user's shape, and how sure each value is."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field as Described

from yuepi.documents.contents import Question
from yuepi.documents.plain import Plain
from yuepi.documents.reading import Evidence, Problem, Source

ExtractedStatus = Literal["confirmed", "single", "conflict", "missing", "unfit"]
"""As in a reading; `unfit`: something stands there, but it is not of the type asked for."""


class ExtractedField(Plain):
    """How one value of the result is known.

    read: the text that was found, normalised; None where nothing was. others: what contradicts
    it. field: the field of the document's kind that it is; None where it was found by its label.
    """

    status: ExtractedStatus
    confidence: float = 0.0
    sources: tuple[Source, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    read: str | None = None
    others: tuple[str, ...] = ()
    field: str | None = None


class Extraction(Plain):
    """What was found in one file.

    result: an object of the schema's shape; null where a value is missing, contradicted or not of
    its type. fields: by JSON pointer (RFC 6901) into `result`. fits: whether the result, its nulls
    left out, keeps to the schema; misfit: the first place where it does not. questions: what a
    model believes and nothing on the page supports.
    """

    file: str
    sha256: str
    pages: int
    original: bool
    kind: str | None = None
    result: dict[str, Any] = Described(default_factory=dict)
    fields: dict[str, ExtractedField] = Described(default_factory=dict)
    questions: tuple[Question, ...] = ()
    fits: bool = False
    misfit: str | None = None
    error: Problem | None = None


MISSING = ExtractedField(status="missing")
