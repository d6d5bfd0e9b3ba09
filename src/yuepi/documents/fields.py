"""Candidate values: what one source says about one field of one document."""

from __future__ import annotations

from dataclasses import dataclass

from yuepi.documents.reading import Evidence, Item, Source


@dataclass(frozen=True, slots=True)
class Candidate:
    """A normalised value for a field with the place it was seen.

    Values are already normalised: money a decimal string, date ISO, numbers digits only.
    firm: whether the place is certain (its own label, or original data). A value that was only
    guessed to be this field is not firm and is never confirmed by one source.
    """

    name: str
    value: str
    evidence: Evidence
    firm: bool = True

    @property
    def source(self) -> Source:
        return self.evidence.source


@dataclass(frozen=True, slots=True)
class Draft:
    """What one reader makes of one document: candidates and lines of goods or services."""

    candidates: tuple[Candidate, ...] = ()
    items: tuple[Item, ...] = ()
