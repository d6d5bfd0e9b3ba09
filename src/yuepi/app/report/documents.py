"""One document as the report shows it: pictures with marks, fields in groups, findings, lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yuepi.app.report.album import Album, page_picture
from yuepi.app.report.marks import Mark, View, label_width_px, numbered, placed, views
from yuepi.app.report.pictures import SIDE_PX_MAX
from yuepi.app.show import percent
from yuepi.app.words import (
    ITEM_COLUMNS,
    MONEY_FIELDS,
    SEVERITIES,
    SOURCES,
    STATUSES,
    TIERS,
    Language,
    Words,
    field_words,
    grouped,
)
from yuepi.documents.kinds import kind_named
from yuepi.documents.read import FileRead
from yuepi.documents.reading import Field, Item, Reading

OUTSET: Final = 0.003
"""How far outlines stay off the print, in fractions of the picture."""
TEXT_CHARACTERS_MAX: Final = 20_000
VALUE_CHARACTERS_MAX: Final = 2_000
ITEMS_MAX: Final = 400
_WORDED_COLUMNS: Final = frozenset({"name", "model", "unit"})


@dataclass(frozen=True)
class Spot:
    """Which document of which claim is meant; the start of all ids inside it."""

    claim: int
    file: int
    reading: int

    @property
    def id(self) -> str:
        return f"c{self.claim}-d{self.file}-{self.reading}"


def document(
    files: Sequence[FileRead], spot: Spot, album: Album, language: Language
) -> dict[str, Any]:
    """A reading, ready for the template."""
    file = files[spot.file]
    reading = file.reading.readings[spot.reading]
    kind = kind_named(reading.kind)
    shown = views(reading)
    pictures = [_picture(files, spot, view, album, language) for view in shown]
    marked = {
        name: mark["id"]
        for picture in reversed(pictures)
        for mark in reversed(picture["marks"])
        for name in mark["names"]
    }
    return {
        "id": spot.id,
        "file": file.reading.file,
        "sha256": file.reading.sha256,
        "kind": Words(kind.title_zh, kind.title_en),
        "kind_percent": percent(reading.kind_confidence),
        "place": Words(
            f"第 {reading.page} 页，共 {file.reading.pages} 页",
            f"page {reading.page} of {file.reading.pages}",
        ),
        "tier": TIERS[reading.quality],
        "original": Words("电子原件", "electronic original")
        if file.reading.original
        else Words("图像，非原件", "a picture, not the original"),
        "pictures": pictures,
        "groups": _groups(spot, reading, marked, language),
        "findings": [
            {
                "severity": finding.severity,
                "words": SEVERITIES[finding.severity],
                "message": Words(finding.message_zh, finding.message),
            }
            for finding in reading.findings
        ],
        "columns": _columns(reading.items),
        "lines": _rows(reading.items),
        "text": reading.text[:TEXT_CHARACTERS_MAX].strip(),
    }


def _picture(
    files: Sequence[FileRead], spot: Spot, view: View, album: Album, language: Language
) -> dict[str, Any]:
    pixels = page_picture(files, spot.file, view.page)
    shot = album.shot(pixels, view.part, SIDE_PX_MAX)
    marks = placed(view.marks, shot.height / shot.width, shot.ink) if shot.src else ()
    read = files[spot.file].reading
    name, kind = read.file, read.readings[spot.reading].kind
    alt = Words(f"{name} 第 {view.page} 页的图像", f"picture of {name}, page {view.page}")
    return {
        "src": shot.src,
        "width": shot.width,
        "height": shot.height,
        "why": shot.why,
        "alt": alt.said(language),
        "caption": Words(f"第 {view.page} 页", f"Page {view.page}"),
        "marks": [
            _mark(spot, kind, view.page, at, mark, language) for at, mark in enumerate(marks)
        ],
    }


def _mark(
    spot: Spot, kind: str, page: int, at: int, mark: Mark, language: Language
) -> dict[str, Any]:
    names = (field_words(name, kind).said(language) for name in mark.names)
    spoken = ("、" if language == "zh" else ", ").join(names)
    return {
        "id": f"{spot.id}-m{page}-{at}",
        "href": f"{spot.id}-f{mark.numbers[0]}",
        "names": mark.names,
        "status": mark.status,
        "label": mark.label,
        "spoken": f"{mark.label}: {spoken}",
        "x": _rate(mark.box.x0 - OUTSET),
        "y": _rate(mark.box.y0 - OUTSET),
        "width": _rate(mark.box.width + 2 * OUTSET),
        "height": _rate(mark.box.height + 2 * OUTSET),
        "spot_x": _rate(mark.spot[0]),
        "spot_y": _rate(mark.spot[1]),
        "half": round(label_width_px(mark.label) / 2, 1),
    }


def _rate(fraction: float) -> float:
    return round(fraction * 100, 2)


def _groups(
    spot: Spot, reading: Reading, marked: Mapping[str, str], language: Language
) -> list[tuple[Words, list[dict[str, Any]]]]:
    numbers = numbered(reading)
    return [
        (
            title,
            [
                _field(
                    spot, name, field_words(name, reading.kind), field, numbers, marked, language
                )
                for name, field in entries
            ],
        )
        for title, entries in grouped(reading.fields)
    ]


def _field(
    spot: Spot,
    name: str,
    label: Words,
    field: Field,
    numbers: Mapping[str, int],
    marked: Mapping[str, str],
    language: Language,
) -> dict[str, Any]:
    number = numbers.get(name)
    show_on = Words(f"在图上看{label.zh}", f"show {label.en} on the picture")
    return {
        "id": f"{spot.id}-f{number}" if number else f"{spot.id}-{name}",
        "number": number,
        "mark": marked.get(name),
        "spoken": f"{number}: {show_on.said(language)}",
        "label": label,
        "value": field.value if field.value is None else field.value[:VALUE_CHARACTERS_MAX],
        "others": [other[:VALUE_CHARACTERS_MAX] for other in field.others],
        "numeric": name in MONEY_FIELDS,
        "status": field.status,
        "status_words": STATUSES[field.status],
        "percent": None if field.status == "missing" else percent(field.confidence),
        "sources": [SOURCES[source] for source in field.sources],
    }


def _columns(items: Sequence[Item]) -> list[dict[str, Any]]:
    return [
        {"name": name, "words": words, "numeric": name not in _WORDED_COLUMNS}
        for name, words in ITEM_COLUMNS
        if any(getattr(item, name) is not None for item in items)
    ]


def _rows(items: Sequence[Item]) -> list[list[str]]:
    columns = _columns(items)
    return [
        [(getattr(item, column["name"]) or "")[:VALUE_CHARACTERS_MAX] for column in columns]
        for item in items[:ITEMS_MAX]
    ]
