"""Fills a schema from the documents of one file: kind's fields, then labels, tables, documents.

A property that means a field of the document's kind has that field's value and status, and no
other: where the kind's own reading found nothing, nothing else is searched for it. Whatever two
documents of the file disagree on is a conflict, for nobody knows which of them was meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from yuepi.documents.agreement import agree, same_value
from yuepi.documents.extraction.labelled import entries, paired
from yuepi.documents.extraction.lists import (
    ROWS_MAX,
    VALUE,
    Line,
    lines_of_goods,
    rows_of_table,
)
from yuepi.documents.extraction.names import field_keys, labels_for, matching, spoken
from yuepi.documents.extraction.result import MISSING, ExtractedField, Extraction
from yuepi.documents.extraction.typed import Unfit, fits, typed
from yuepi.documents.extraction.wanted import Wanted
from yuepi.documents.fields import Candidate
from yuepi.documents.kinds import kind_named, other
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Field, FileReading, Reading
from yuepi.kit.json_schema import UnusableSchema, judge_of, schema_bytes

KNOWN_SHARE_MIN: Final = 0.5
"""A list is filled from what knows at least so many of its object's members."""
_SAME_PLACE_MIN: Final = 0.9


@dataclass(frozen=True)
class Document:
    """One document of a file: its reading, and its lines as they were seen."""

    reading: Reading
    views: tuple[View, ...] = ()

    @cached_property
    def labels(self) -> Mapping[str, Sequence[Candidate]]:
        """What stands beside each label, by the label's key."""
        return entries(VALUE, self.views)


def extract(
    wanted: Wanted,
    schema: Mapping[str, Any],
    file: FileReading,
    views: Sequence[Sequence[View]] = (),
) -> Extraction:
    """What the file says of what is wanted.

    views: for each document of the file as `page_reading.views_of` gives them, in any order; a
    reading without views is searched by its fields, pairs and tables alone.
    """
    documents = tuple(
        Document(each, _views_of(each, file.readings, views)) for each in file.readings
    )
    main = _main(documents)
    filling = Filling()
    result = filling.fill(wanted, main, "")
    fitting, misfit = judged(schema, result)
    return Extraction(
        file=file.file,
        sha256=file.sha256,
        pages=file.pages,
        original=file.original,
        kind=main[0].reading.kind if main else None,
        result=result,
        fields=filling.fields,
        fits=fitting,
        misfit=misfit,
        error=file.error,
    )


def judged(schema: Mapping[str, Any], result: Any) -> tuple[bool, str | None]:
    """Whether a result keeps to the schema, and where it does not. A null counts as left out."""
    try:
        wrong = judge_of(schema_bytes(schema)).first_wrong(_without_nulls(result))
    except UnusableSchema as error:
        return False, str(error)
    if wrong is None:
        return True, None
    expected = wrong.expected if wrong.keyword == "required" else ""
    return False, f"{wrong.path[:100]}: {wrong.keyword} {expected!s:.100}".strip()


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def _views_of(
    reading: Reading, readings: Sequence[Reading], views: Sequence[Sequence[View]]
) -> tuple[View, ...]:
    """The views of the document that a reading is of, its further pages included: those that no
    reading begins on belong to the last one before."""
    found: list[View] = []
    begun = [each.page for each in readings if each.page > reading.page]
    for each in views:
        if not each:
            continue
        page, place = each[0].page, each[0].box
        if page == reading.page:
            if place.shared(reading.box) > _SAME_PLACE_MIN * max(place.area, reading.box.area):
                found += each
        elif reading.page < page < min(begun, default=page + 1):
            found += each
    return tuple(found)


def _main(documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """What the file is about: the documents of its first known kind, all where none is known."""
    known = [each.reading.kind for each in documents if each.reading.kind != other.KIND.name]
    same = tuple(each for each in documents if known and each.reading.kind == known[0])
    return same or documents


class Fitted(NamedTuple):
    """How a value is known, and the value in its type; null where it is not known to be that."""

    field: ExtractedField
    value: Any


@dataclass(slots=True)
class Filling:
    """A schema being filled: `fields` holds by pointer how each value is known."""

    fields: dict[str, ExtractedField] = field(default_factory=dict)

    def fill(self, wanted: Wanted, documents: Sequence[Document], pointer: str) -> Any:
        """The JSON value of one place of the schema; null where nothing is known."""
        if wanted.members is not None:
            return {
                member.name: self.fill(member, documents, f"{pointer}/{escaped(member.name)}")
                for member in wanted.members
            }
        if wanted.element is not None:
            return self._list(wanted, wanted.element, documents, pointer)
        found, value = self._value(wanted, documents)
        self.fields[pointer] = found
        return value

    # --- single values --------------------------------------------------------------------------

    def _value(self, wanted: Wanted, documents: Sequence[Document]) -> Fitted:
        known = [(name, each) for each in documents if (name := field_meant(wanted, each.reading))]
        if known:
            return _of_fields(wanted, [(name, each.reading.fields[name]) for name, each in known])
        labels = labels_for(wanted)
        candidates = [candidate for each in documents for candidate in _beside(labels, each)]
        quality = documents[0].reading.quality if documents else "poor"
        return _settled(wanted, candidates, quality)

    # --- lists ----------------------------------------------------------------------------------

    def _list(
        self, wanted: Wanted, element: Wanted, documents: Sequence[Document], pointer: str
    ) -> list[Any] | None:
        if element.element is not None or not documents:
            self.fields[pointer] = MISSING
            return None
        filled = (
            self._list_of_values(element, documents, pointer)
            if element.is_value
            else self._list_of_objects(wanted, element, documents, pointer)
        )
        if not filled:
            self.fields[pointer] = MISSING
            return None
        return filled

    def _list_of_values(
        self, element: Wanted, documents: Sequence[Document], pointer: str
    ) -> list[Any]:
        """One value for each document that has one."""
        values: list[Any] = []
        for each in documents[:ROWS_MAX]:
            found, value = self._value(element, [each])
            if found.status != "missing":
                self.fields[f"{pointer}/{len(values)}"] = found
                values.append(value)
        return values

    def _list_of_objects(
        self, wanted: Wanted, element: Wanted, documents: Sequence[Document], pointer: str
    ) -> list[Any]:
        members = element.members or ()
        first = documents[0]
        known = sum(field_meant(each, first.reading) is not None for each in members)
        # The goods of several documents are not one list of goods.
        goods = [lines_of_goods(wanted, each.reading, each.views) for each in documents]
        tables = [rows_of_table(wanted, each.reading.tables, each.views) for each in documents]
        choices = [each for each in (*goods, *tables) if each.lines]
        best = max(choices, key=lambda each: each.known, default=None)
        least = max(1, round(KNOWN_SHARE_MIN * len(members)))
        if best is not None and best.known >= max(least, known):
            lines = [
                (line, each)
                for found, each in zip(goods if best in goods else tables, documents, strict=True)
                if found.known == best.known
                for line in found.lines
            ][:ROWS_MAX]
            return [
                self._line(element, line, each, f"{pointer}/{at}")
                for at, (line, each) in enumerate(lines)
            ]
        if known >= least:
            return [
                self.fill(element, [each], f"{pointer}/{at}")
                for at, each in enumerate(documents[:ROWS_MAX])
            ]
        return []

    def _line(self, element: Wanted, line: Line, document: Document, pointer: str) -> Any:
        filled: dict[str, Any] = {}
        for member in element.members or ():
            place = f"{pointer}/{escaped(member.name)}"
            if not member.is_value:
                filled[member.name] = None
                self.fields[place] = MISSING
                continue
            candidate = line.get(member.name)
            candidates = [] if candidate is None else [candidate]
            quality = document.reading.quality
            self.fields[place], filled[member.name] = _settled(member, candidates, quality)
        return filled


def field_meant(wanted: Wanted, reading: Reading) -> str | None:
    """The field of a reading that a property means."""
    called = {
        name: keys
        for name, keys in field_keys(kind_named(reading.kind)).items()
        if name in reading.fields
    }
    return matching(spoken(wanted), called)


def _beside(labels: frozenset[str], document: Document) -> list[Candidate]:
    reading = document.reading
    source = document.views[0].source if document.views else "layout"
    pairs = paired(VALUE, labels, reading.pairs, source)
    return pairs or [each for key in sorted(labels) for each in document.labels.get(key, ())]


def _of_fields(wanted: Wanted, known: Sequence[tuple[str, Field]]) -> Fitted:
    """The value that all documents of a file agree on."""
    valued = [(name, each) for name, each in known if each.value is not None]
    if not valued:
        return Fitted(MISSING.model_copy(update={"field": known[0][0]}), None)
    order = ("confirmed", "single", "conflict", "missing")
    name, best = min(valued, key=lambda each: order.index(each[1].status))
    differing = [
        each.value
        for _, each in valued
        if each.value is not None and not same_value(name, each.value, best.value or "")
    ]
    others = tuple(dict.fromkeys((*best.others, *differing)))
    found = ExtractedField(
        status="conflict" if others else best.status,
        confidence=min(best.confidence, 0.5) if others else best.confidence,
        sources=best.sources,
        evidence=best.evidence,
        read=best.value,
        others=others,
        field=name,
    )
    return fitted(wanted, found)


def _settled(wanted: Wanted, candidates: Sequence[Candidate], quality: Any) -> Fitted:
    """What candidates for one value agree on; those that are not of its type don't count where
    others are."""
    fitting = [each for each in candidates if fits(wanted, each.value)]
    if not fitting:
        if not candidates:
            return Fitted(MISSING, None)
        first = candidates[0]
        unfit = ExtractedField(
            status="unfit",
            sources=(first.source,),
            evidence=(first.evidence,),
            read=first.value,
        )
        return Fitted(unfit, None)
    meant = {each.value: typed(wanted, each.value) for each in fitting}
    # Written differently, the same value is the same: 1,200.00 and 1200.
    spelt = {text: next(t for t, v in meant.items() if v == meant[text]) for text in meant}
    same = [replace(each, value=spelt[each.value]) for each in fitting]
    settled = agree((VALUE,), same, quality=quality)[VALUE]
    found = ExtractedField(
        status=settled.status,
        confidence=settled.confidence,
        sources=settled.sources,
        evidence=settled.evidence,
        read=settled.value,
        others=settled.others,
    )
    return fitted(wanted, found)


def fitted(wanted: Wanted, found: ExtractedField) -> Fitted:
    """The value in its type; null for what is contradicted or does not fit."""
    if found.read is None or found.status in ("conflict", "missing"):
        return Fitted(found, None)
    try:
        return Fitted(found, typed(wanted, found.read))
    except Unfit:
        return Fitted(found.model_copy(update={"status": "unfit", "confidence": 0.0}), None)


def escaped(name: str) -> str:
    """A property name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
