"""Several documents on one picture: which lines belong together, one view for each document.

A straight line through white paper is tried as a border, slightly slanted ones too, across and
down the page. It counts only where both sides are documents in their own right (a title, an
identity and an amount, or the like), so that a page is never cut at the gaps within one document:
an invoice that prints its number at both top corners has one title, a till receipt one total.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from yuepi.documents.layout.paper_evidence import are_copies, are_two, evidence_of, mark_of
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Code, Line, RuledTable, Seal

DOCUMENTS_MAX: Final = 24
_SLOPES: Final = (0.0, 0.015, -0.015, 0.03, -0.03, 0.05, -0.05, 0.08, -0.08)
_GAP_MIN_LINES: Final = 0.25
"""A border needs this much white, in line heights, across its direction."""
_STRAY_LINES_MAX: Final = 4
_STRAY_STRIPS_MAX: Final = 3
_CUTS_TRIED_MAX: Final = 60
_BORDERS_WEIGHED_MAX: Final = 2
_GROUPS_MAX: Final = 160
"""Groups of lines looked at for one page; past it what was found so far stands."""

_Placed = TypeVar("_Placed", Code, Seal, RuledTable)
_Cut = tuple[float, bool, list[Line], list[Line]]
"""White across the border, whether it is upright, and the lines on its two sides."""


def split(view: View) -> list[View]:
    """The documents on a page, row by row from the top left; the view itself where it is one.

    Each part keeps the fractions of the whole page; its `box` is its place, and the codes, seals
    and tables there come with it.
    """
    division = _Division(view)
    if not division.worth_trying(view.lines):
        return [view]
    parts = division.divide(list(view.lines), _STRAY_STRIPS_MAX)
    if not 2 <= len(parts) <= DOCUMENTS_MAX:
        return [view]
    parts = _with_strays(parts, view)
    boxes = _places([around(line.box for line in part) for part in parts], view)
    ordered = _reading_order(list(zip(parts, boxes, strict=True)))
    places = [box for _, box in ordered]
    return [
        replace(
            view,
            lines=tuple(part),
            box=box,
            codes=_near(view.codes, number, places),
            seals=None if view.seals is None else _near(view.seals, number, places),
            tables=_near(view.tables, number, places),
        )
        for number, (part, box) in enumerate(ordered)
    ]


def _with_strays(parts: list[list[Line]], view: View) -> list[list[Line]]:
    """Lines that were set aside go back where they lie within one document."""
    taken = {id(line) for part in parts for line in part}
    boxes = [around(line.box for line in part) for part in parts]
    owner = {id(line): number for number, part in enumerate(parts) for line in part}
    for line in view.lines:
        homes = [number for number, box in enumerate(boxes) if box.holds(line.box.centre)]
        if id(line) not in taken and len(homes) == 1:
            owner[id(line)] = homes[0]
    return [
        [line for line in view.lines if owner.get(id(line)) == number]
        for number in range(len(parts))
    ]


class _Division:
    """The search for borders on one page. Remembers the groups it has divided already."""

    def __init__(self, view: View) -> None:
        self._aspect = view.aspect
        self._marks = {id(line): mark_of(line) for line in view.lines}
        self._order = {id(line): number for number, line in enumerate(view.lines)}
        self._known: dict[tuple[frozenset[int], int], list[list[Line]]] = {}

    def worth_trying(self, lines: Iterable[Line]) -> bool:
        """Most pages show one document: titles, numbers, or totals with dates must repeat."""
        marks = [self._marks[id(line)] for line in lines]
        titles = sum(mark.title for mark in marks)
        numbers = {number for mark in marks for number in mark.numbers}
        totals, dates = sum(mark.total for mark in marks), sum(mark.date for mark in marks)
        return titles >= 2 or len(numbers) >= 2 or (totals >= 2 and dates >= 2)

    def divide(self, lines: list[Line], strips: int) -> list[list[Line]]:
        """The groups of lines that are documents, each in the page's order.

        strips: how often lines that belong to no document (a caption, a desk's edge) may be set
        aside where they close all borders.
        """
        key = (frozenset(id(line) for line in lines), strips)
        if key not in self._known:
            if len(self._known) >= _GROUPS_MAX:
                return [lines]
            self._known[key] = [lines]
            self._known[key] = self._divide(lines, strips)
        return self._known[key]

    def _divide(self, lines: list[Line], strips: int) -> list[list[Line]]:
        if not self.worth_trying(lines):
            return [lines]
        cuts: list[_Cut] = []
        fitting: list[tuple[list[Line], list[Line]]] = []
        for slopes in (_SLOPES[:1], _SLOPES):
            cuts = [self._in_order(cut) for cut in _cuts(lines, self._aspect, slopes)]
            fitting = self._fitting(cuts)
            if fitting:
                break
        best = [lines]
        # The widest border may run through a wide gap of one document: the border from which
        # more documents come out whole, and tighter, is the right one.
        for one, other in fitting:
            parts = [*self.divide(one, strips), *self.divide(other, strips)]
            if _worth(parts) > _worth(best):
                best = parts
        if len(best) > 1 or not strips:
            return best
        for _, _, one, other in cuts:
            few, rest = sorted((one, other), key=len)
            stray = not any(self._marks[id(line)].telling for line in few)
            if len(few) <= _STRAY_LINES_MAX and stray:
                parts = self.divide(rest, strips - 1)
                return parts if len(parts) > 1 else [lines]
        return [lines]

    def _in_order(self, cut: _Cut) -> _Cut:
        width, upright, one, other = cut
        for side in (one, other):
            side.sort(key=lambda line: self._order[id(line)])
        return width, upright, one, other

    def _fitting(self, cuts: Sequence[_Cut]) -> list[tuple[list[Line], list[Line]]]:
        """The widest upright and level borders between two documents, else between copies."""
        found: dict[bool, list[tuple[list[Line], list[Line]]]] = {True: [], False: []}
        copies: list[tuple[list[Line], list[Line]]] = []
        for _, upright, one, other in cuts:
            if len(found[upright]) == _BORDERS_WEIGHED_MAX:
                continue
            first = evidence_of(self._marks[id(line)] for line in one)
            second = evidence_of(self._marks[id(line)] for line in other)
            if are_two(first, second, stacked=not upright):
                found[upright].append((one, other))
            elif not copies and are_copies(first, second):
                copies.append((one, other))
        return [*found[True], *found[False]] or copies


def _worth(parts: list[list[Line]]) -> tuple[int, int, float]:
    """More documents are better, then more of the page's lines in them, then tighter ones."""
    area = sum(around(line.box for line in part).area for part in parts)
    return len(parts), sum(len(part) for part in parts), -area


def _cuts(lines: list[Line], aspect: float, slopes: Sequence[float]) -> list[_Cut]:
    """The borders through white, widest first."""
    if len(lines) < 6:
        return []
    heights = sorted(line.box.height for line in lines)
    needed = _GAP_MIN_LINES * heights[len(heights) // 2]
    found: dict[frozenset[int], _Cut] = {}
    for slope in slopes:
        for upright in (True, False):
            for width, before, after in _borders(lines, aspect, slope, upright):
                key = frozenset(id(line) for line in before)
                if width >= needed and (key not in found or found[key][0] < width):
                    found[key] = (width, upright, before, after)
    return sorted(found.values(), key=lambda cut: -cut[0])[:_CUTS_TRIED_MAX]


def _borders(
    lines: list[Line], aspect: float, slope: float, upright: bool
) -> list[tuple[float, list[Line], list[Line]]]:
    """Gaps between the lines' shadows along a slanted direction; widths in page heights."""
    shadows = sorted(
        ((*_shadow(line.box, aspect, slope, upright), line) for line in lines),
        key=lambda each: each[0],
    )
    result = []
    reach = shadows[0][1]
    for place in range(1, len(shadows)):
        start = shadows[place][0]
        if start > reach:
            before = [each[2] for each in shadows[:place]]
            after = [each[2] for each in shadows[place:]]
            result.append((start - reach, before, after))
        reach = max(reach, shadows[place][1])
    return result


def _shadow(box: Box, aspect: float, slope: float, upright: bool) -> tuple[float, float]:
    x0, x1 = box.x0 * aspect, box.x1 * aspect
    if upright:
        low, high = sorted((slope * box.y0, slope * box.y1))
        return x0 - high, x1 - low
    low, high = sorted((slope * x0, slope * x1))
    return box.y0 - high, box.y1 - low


def _places(boxes: list[Box], view: View) -> list[Box]:
    """The boxes with a margin of paper around them that does not reach into a neighbour."""
    margin_y = 0.5 * view.line_height
    margin_x = margin_y / view.aspect
    return [_widened(box, margin_x, margin_y, boxes) for box in boxes]


def _widened(box: Box, margin_x: float, margin_y: float, every: list[Box]) -> Box:
    others = [other for other in every if other is not box]
    wide = Box(
        max(0.0, box.x0 - margin_x),
        max(0.0, box.y0 - margin_y),
        min(1.0, box.x1 + margin_x),
        min(1.0, box.y1 + margin_y),
    )
    for x0, y0, x1, y1 in ((1, 0, 1, 0), (0, 1, 0, 1)):
        grown = Box(
            wide.x0 if x0 else box.x0,
            wide.y0 if y0 else box.y0,
            wide.x1 if x1 else box.x1,
            wide.y1 if y1 else box.y1,
        )
        if not any(grown.shared(other) > box.shared(other) for other in others):
            box = grown
    return box


def _reading_order(parts: list[tuple[list[Line], Box]]) -> list[tuple[list[Line], Box]]:
    """Row by row; a part belongs to the row whose first part it overlaps by half in height."""
    rows: list[list[tuple[list[Line], Box]]] = []
    for part in sorted(parts, key=lambda each: each[1].y0):
        box = part[1]
        for row in rows:
            first = row[0][1]
            shared = min(first.y1, box.y1) - max(first.y0, box.y0)
            if shared > 0.5 * min(first.height, box.height):
                row.append(part)
                break
        else:
            rows.append([part])
    return [part for row in rows for part in sorted(row, key=lambda each: each[1].x0)]


def _near(things: Iterable[_Placed], number: int, places: Sequence[Box]) -> tuple[_Placed, ...]:
    """The things that lie in the place of that number, or nearer to it than to the others."""
    return tuple(
        thing
        for thing in things
        if min(range(len(places)), key=lambda at: _distance(thing.box, places[at])) == number
    )


def _distance(box: Box, place: Box) -> float:
    x, y = box.centre
    return max(place.x0 - x, x - place.x1, 0.0) ** 2 + max(place.y0 - y, y - place.y1, 0.0) ** 2
