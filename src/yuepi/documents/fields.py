"""Candidate values: what one source says about one field of one document."""

from __future__ import annotations

from dataclasses import dataclass

from yuepi.documents.contents import Chart, Clause, Mrz, Pair, Quote, Remark, Table
from yuepi.documents.reading import Evidence, Finding, Item, Source


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
    """What one reader makes of one document: candidates, lines of goods or services, and what
    the kind holds beside them (see `Reading`). findings: what only this kind can notice. absent:
    fields of a side of the paper that is not shown: not missing, but not there."""

    candidates: tuple[Candidate, ...] = ()
    items: tuple[Item, ...] = ()
    tables: tuple[Table, ...] = ()
    pairs: tuple[Pair, ...] = ()
    chart: Chart | None = None
    mrz: Mrz | None = None
    clauses: tuple[Clause, ...] = ()
    summary: tuple[Quote, ...] = ()
    remarks: tuple[Remark, ...] = ()
    findings: tuple[Finding, ...] = ()
    absent: tuple[str, ...] = ()
