"""Which boxes are drawn on which page of a reading, under which number, and where its label goes.

Pure geometry. A field has one number everywhere; a box that serves several fields (a QR code)
is drawn once and carries all their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from yuepi.app.words import grouped
from yuepi.documents.reading import Reading, Status
from yuepi.kit.boxes import WHOLE, Box, around

LABEL_PX: Final = 18
"""Height of a label at `REFERENCE_WIDTH_PX`; the space kept free for it."""
REFERENCE_WIDTH_PX: Final = 760
MARGIN: Final = 0.02
VIEWS_MAX: Final = 6
"""Pages shown of one reading; a contract of a hundred pages is not an evidence picture."""

_WORST: Final[tuple[Status, ...]] = ("conflict", "missing", "single", "confirmed")


@dataclass(frozen=True, slots=True)
class Mark:
    """A box to draw, in fractions of its view, for the fields with these numbers.

    label: the text beside it; spot: the centre of the label, in fractions of the view.
    """

    label: str
    numbers: tuple[int, ...]
    names: tuple[str, ...]
    status: Status
    box: Box
    spot: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class View:
    """A part of a page that is shown, and the marks on it."""

    page: int
    part: Box
    marks: tuple[Mark, ...]


def numbered(reading: Reading) -> dict[str, int]:
    """Each present field's number, from 1, in the order in which fields are shown."""
    names = [
        name
        for _, entries in grouped(reading.fields)
        for name, field in entries
        if field.value is not None or field.evidence
    ]
    return {name: number for number, name in enumerate(names, 1)}


def views(reading: Reading) -> list[View]:
    """The pictures that show a reading: its own page first, then others that hold evidence."""
    others = {
        each.page
        for field in reading.fields.values()
        for each in field.evidence
        if each.box is not None and each.page != reading.page
    }
    pages = [reading.page, *sorted(others)][:VIEWS_MAX]
    return [_view(reading, page) for page in pages]


def _view(reading: Reading, page: int) -> View:
    numbers = numbered(reading)
    found: dict[tuple[float, ...], Mark] = {}
    boxes: list[Box] = []
    for name, number in numbers.items():
        field = reading.fields[name]
        for each in field.evidence:
            if each.box is None or each.page != page or each.box.area <= 0:
                continue
            box = _clipped(each.box)
            key = tuple(round(edge, 3) for edge in box)
            mark = found.get(key)
            if mark is None:
                mark = Mark("", (), (), field.status, box)
                boxes.append(box)
            if name not in mark.names:
                worst = min(mark.status, field.status, key=_WORST.index)
                mark = replace(
                    mark,
                    numbers=(*mark.numbers, number),
                    names=(*mark.names, name),
                    status=worst,
                    label="QR" if each.source == "codes" else "",
                )
            found[key] = mark
    part = _part(reading, page, boxes)
    marks = [
        replace(mark, box=mark.box.relative_to(part), label=mark.label or _joined(mark.numbers))
        for mark in found.values()
    ]
    return View(page, part, tuple(marks))


def _joined(numbers: Sequence[int]) -> str:
    shown = ",".join(str(number) for number in numbers[:3])
    return shown + "…" if len(numbers) > 3 else shown


def _clipped(box: Box) -> Box:
    return Box(*(min(1.0, max(0.0, edge)) for edge in box))


def _part(reading: Reading, page: int, boxes: Sequence[Box]) -> Box:
    """The part of the page to show: the document with a margin, never cutting evidence off."""
    if page != reading.page or reading.box.area <= 0:
        return WHOLE
    wide = around([_clipped(reading.box), *boxes])
    return _clipped(Box(wide.x0 - MARGIN, wide.y0 - MARGIN, wide.x1 + MARGIN, wide.y1 + MARGIN))


def placed(
    marks: Sequence[Mark], aspect: float, ink: Callable[[Box], float] | None = None
) -> tuple[Mark, ...]:
    """The marks with a spot for each label: near its box, off other boxes, labels and print.

    aspect: height / width of the view in pixels. ink: how much is printed in a part of the view,
    0 for blank paper to 1; where it is not given all paper counts as blank.
    """
    height_px = REFERENCE_WIDTH_PX * aspect
    taken: list[Box] = [_in_px(mark.box, height_px) for mark in marks]
    frame = Box(0, 0, REFERENCE_WIDTH_PX, height_px)
    done: list[Mark] = []
    for mark in marks:
        own = _in_px(mark.box, height_px)
        width = label_width_px(mark.label)
        best = min(
            _candidates(own, width),
            key=lambda spot: _cost(_around_spot(spot, width), own, taken, frame, ink),
        )
        taken.append(_around_spot(best, width))
        done.append(replace(mark, spot=(best[0] / REFERENCE_WIDTH_PX, best[1] / height_px)))
    return tuple(done)


def label_width_px(label: str) -> float:
    """The width of a label at the reference size: a pill around digits."""
    return max(LABEL_PX, 8 + 7.0 * len(label))


def _in_px(box: Box, height_px: float) -> Box:
    return Box(
        box.x0 * REFERENCE_WIDTH_PX,
        box.y0 * height_px,
        box.x1 * REFERENCE_WIDTH_PX,
        box.y1 * height_px,
    )


def _candidates(own: Box, width: float) -> list[tuple[float, float]]:
    """Centres around a box, best first: right, left, above and below at the left, middle, right."""
    half, across = LABEL_PX / 2 + 2, width / 2 + 2
    _, middle = own.centre
    columns = (own.x0 + width / 2, own.centre[0], own.x1 - width / 2)
    beside = [(own.x1 + across, middle), (own.x0 - across, middle)]
    above = [(x, own.y0 - half) for x in columns]
    below = [(x, own.y1 + half) for x in columns]
    corners = [(own.x0, own.y0), (own.x1, own.y0)]
    return [*beside, *above, *below, *corners]


def _around_spot(spot: tuple[float, float], width: float) -> Box:
    x, y = spot
    return Box(x - width / 2, y - LABEL_PX / 2, x + width / 2, y + LABEL_PX / 2)


def _cost(
    label: Box,
    own: Box,
    taken: Sequence[Box],
    frame: Box,
    ink: Callable[[Box], float] | None,
) -> float:
    """How much a label hides, in square pixels; leaving the picture costs most."""
    outside = label.area - label.shared(frame)
    hidden = label.shared(own) + sum(label.shared(other) for other in taken)
    printed = 0.0
    if ink is not None and frame.area > 0:
        printed = ink(label.relative_to(frame)) * label.area
    return outside * 20 + hidden + printed
