"""The head of a table: which columns each heading stands over, and how many rows it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from yuepi.documents.tables.columns import crossed
from yuepi.documents.tables.grid import GridCell
from yuepi.documents.tables.pieces import cut_at_borders, joined
from yuepi.documents.tables.regions import Region
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

_UNDER_EMS: Final = 1.6
"""How far below a heading its own rule may run."""
_OVER_SHARE: Final = 0.5
"""Of a column's text that must lie under a heading which is not centred on it."""
_CENTRED_EMS: Final = 1.2
_LINE_EMS: Final = 0.9
"""White above a line that may still belong to the heading above it."""


@dataclass(slots=True)
class _Heading:
    """A heading: its pieces and the columns it stands over, first and last."""

    pieces: list[Line]
    first: int
    last: int

    @property
    def centre(self) -> float:
        return sum(piece.box.centre[0] for piece in self.pieces) / len(self.pieces)


def head_cells(
    region: Region,
    rows: Sequence[Sequence[Line]],
    borders: Sequence[float],
    extents: Sequence[tuple[float, float]],
) -> tuple[list[GridCell], int]:
    """The cells of a head and its number of rows.

    extents: from where to where each column's texts run below the head.
    """
    if not rows:
        return [], 0
    lines = [
        _headings(region, row, borders, extents, leaf=number == len(rows) - 1)
        for number, row in enumerate(rows)
    ]
    for number, above in enumerate(lines[:-1]):
        _centre(above, _first_under(lines[number + 1 :]), extents, region)
    merged = [lines[0]]
    for number, line in enumerate(lines[1:], 1):
        if _one_row(region, merged[-1], rows[number - 1], line, rows[number]):
            _put_under(merged[-1], line)
        else:
            merged.append(line)
    return _cells(merged, len(extents)), len(merged)


def _first_under(lines: Sequence[Sequence[_Heading]]) -> list[_Heading]:
    """The headings that come first in their columns, from left to right."""
    found: list[_Heading] = []
    for line in lines:
        for heading in line:
            if not any(e.first <= heading.last and heading.first <= e.last for e in found):
                found.append(heading)
    return sorted(found, key=lambda each: each.first)


def _headings(
    region: Region,
    row: Sequence[Line],
    borders: Sequence[float],
    extents: Sequence[tuple[float, float]],
    *,
    leaf: bool,
) -> list[_Heading]:
    slack = 0.3 * region.em_x
    found: list[_Heading] = []
    for piece in row:
        rule = _own_rule(region, piece)
        if rule is not None:
            sharing = [p for p in row if _own_rule(region, p) == rule]
            first, last = _under_rule(rule, piece, sharing, extents)
            if first <= last:
                found.append(_Heading([piece], first, last))
                continue
        over = crossed(piece, borders, slack)
        parts = cut_at_borders(piece, over, region.aspect) if leaf and over else [piece]
        for part in parts:
            found.append(_Heading([part], *_over(part, borders, extents, slack)))
    return _together(found)


def _together(headings: list[_Heading]) -> list[_Heading]:
    """Headings that stand over the same columns are one."""
    kept: list[_Heading] = []
    for heading in sorted(headings, key=lambda each: (each.first, each.last)):
        if kept and heading.first <= kept[-1].last:
            kept[-1].pieces += heading.pieces
            kept[-1].last = max(kept[-1].last, heading.last)
        else:
            kept.append(heading)
    return kept


def _own_rule(region: Region, piece: Line) -> Box | None:
    """The rule under a heading that is not one through the whole table."""
    for rule in region.rules:
        y = rule.centre[1]
        through = any(abs(y - each) < 0.3 * region.em for each in region.through)
        below = -0.3 * region.em < y - piece.box.y1 < _UNDER_EMS * region.em
        over = min(rule.x1, piece.box.x1) - max(rule.x0, piece.box.x0)
        wider = rule.width > 1.15 * piece.box.width
        if below and not through and wider and over >= 0.8 * piece.box.width:
            return rule
    return None


def _under_rule(
    rule: Box, piece: Line, sharing: Sequence[Line], extents: Sequence[tuple[float, float]]
) -> tuple[int, int]:
    """The columns over the rule; those nearest to this heading where several share it."""
    columns = [
        number
        for number, (x0, x1) in enumerate(extents)
        if rule.x0 - 0.005 <= (x0 + x1) / 2 <= rule.x1 + 0.005
    ]
    if len(sharing) > 1:
        columns = [
            number
            for number in columns
            if min(sharing, key=lambda p: abs(p.box.centre[0] - sum(extents[number]) / 2)) is piece
        ]
    return (min(columns), max(columns)) if columns else (1, 0)


def _over(
    piece: Line,
    borders: Sequence[float],
    extents: Sequence[tuple[float, float]],
    slack: float,
) -> tuple[int, int]:
    """The columns a heading lies over by its own width."""
    edges = [-1.0, *borders, 2.0]
    shares = [min(piece.box.x1, right) - max(piece.box.x0, left) for left, right in pairwise(edges)]
    first = last = max(range(len(shares)), key=lambda number: shares[number])
    for number, (x0, x1) in enumerate(extents):
        over = min(piece.box.x1, x1) - max(piece.box.x0, x0)
        if over > slack and over >= _OVER_SHARE * (x1 - x0):
            first, last = min(first, number), max(last, number)
    return first, last


def _centre(
    above: list[_Heading],
    below: Sequence[_Heading],
    extents: Sequence[tuple[float, float]],
    region: Region,
) -> None:
    """Stretch headings without a rule over free columns that they are centred on."""
    if _repeated(above, below, region):
        return
    under = {column for heading in below for column in range(heading.first, heading.last + 1)}
    for number, heading in enumerate(above):
        if any(_own_rule(region, piece) for piece in heading.pieces):
            continue
        low = above[number - 1].last + 1 if number else 0
        high = above[number + 1].first - 1 if number + 1 < len(above) else len(extents) - 1
        best = (_off(heading, heading.first, heading.last, extents), heading.first, heading.last)
        now = best[0]
        middles = _middles(below)
        for first in range(low, heading.first + 1):
            for last in range(heading.last, high + 1):
                if under.issuperset(range(first, last + 1)):
                    off = _off(heading, first, last, extents)
                    if first in middles and last in middles:
                        under_it = abs((middles[first] + middles[last]) / 2 - heading.centre)
                        off = min(off, under_it)
                    best = min(best, (off, first, last))
        if best[0] < 0.5 * now and best[0] <= _CENTRED_EMS * region.em_x < now:
            heading.first, heading.last = best[1], best[2]


def _middles(line: Sequence[_Heading]) -> dict[int, float]:
    """The middle of each heading over one column only."""
    return {each.first: each.centre for each in line if each.first == each.last}


def _repeated(above: list[_Heading], below: Sequence[_Heading], region: Region) -> bool:
    """Give each heading its columns where the headings under them repeat, as under years; whether
    they do."""
    over = list(above)
    if any(_own_rule(region, piece) for each in over for piece in each.pieces):
        return False
    leaves = sorted((each for each in below if each.first == each.last), key=lambda e: e.first)
    while leaves and len(over) > 1 and over[0].last < leaves[0].first:
        over.pop(0)
    # What stands before the repeating ones is the heading of the first column.
    columns = [leaf.first for leaf in leaves]
    texts = [joined(leaf.pieces) for leaf in leaves]
    while len(columns) >= 2 * len(over) and not _repeats(texts, columns, len(over)):
        columns, texts = columns[1:], texts[1:]
    if len(over) < 2 or len(columns) < 2 * len(over):
        return False
    step = len(columns) // len(over)
    for number, heading in enumerate(sorted(over, key=lambda each: each.centre)):
        heading.first = columns[number * step]
        heading.last = columns[number * step + step - 1]
    return True


def _repeats(texts: Sequence[str], columns: Sequence[int], times: int) -> bool:
    if len(texts) % times:
        return False
    step = len(texts) // times
    neighbours = columns[-1] - columns[0] == len(columns) - 1
    return neighbours and all(a == b for a, b in zip(texts, texts[step:], strict=False))


def _off(heading: _Heading, first: int, last: int, extents: Sequence[tuple[float, float]]) -> float:
    return abs((extents[first][0] + extents[last][1]) / 2 - heading.centre)


def _one_row(
    region: Region,
    above: Sequence[_Heading],
    above_row: Sequence[Line],
    below: Sequence[_Heading],
    below_row: Sequence[Line],
) -> bool:
    """Whether two lines of a head are lines of the same headings."""
    top = max(piece.box.y1 for piece in above_row)
    bottom = min(piece.box.y0 for piece in below_row)
    if bottom - top > _LINE_EMS * region.em:
        return False
    y0 = sum(p.box.centre[1] for p in above_row) / len(above_row)
    y1 = sum(p.box.centre[1] for p in below_row) / len(below_row)
    if any(y0 < rule.centre[1] < y1 for rule in region.rules):
        return False
    for heading in below:
        for other in above:
            meets = heading.first <= other.last and other.first <= heading.last
            if meets and (heading.first, heading.last) != (other.first, other.last):
                return False
    return True


def _put_under(above: list[_Heading], below: Sequence[_Heading]) -> None:
    for heading in below:
        same = next((each for each in above if each.first == heading.first), None)
        if same is None:
            above.append(heading)
        else:
            same.pieces += heading.pieces
    above.sort(key=lambda each: each.first)


def _cells(rows: Sequence[Sequence[_Heading]], columns: int) -> list[GridCell]:
    """Headings as cells: one with nothing above or below it in its columns fills these rows too."""
    owner: dict[tuple[int, int], _Heading] = {}
    for number, row in enumerate(rows):
        for heading in row:
            for column in range(heading.first, heading.last + 1):
                owner.setdefault((number, column), heading)
    cells: list[GridCell] = []
    height = len(rows)
    for column in range(columns):
        held = [row for row in range(height) if (row, column) in owner]
        if not held:
            cells.append(GridCell(0, column, height, 1, ""))
            continue
        for order, at in enumerate(held):
            heading = owner[at, column]
            if heading.first != column:
                continue
            single = heading.first == heading.last
            start = 0 if single and order == 0 else at
            end = height if single and order == len(held) - 1 else at + 1
            cells.append(
                GridCell(
                    start,
                    column,
                    end - start,
                    heading.last - heading.first + 1,
                    joined(heading.pieces),
                )
            )
    return _with_blanks(cells, height, columns)


def _with_blanks(cells: list[GridCell], height: int, columns: int) -> list[GridCell]:
    taken = {
        (row, column)
        for cell in cells
        for row in range(cell.row, cell.row + cell.rows)
        for column in range(cell.column, cell.column + cell.columns)
    }
    blank = [
        GridCell(row, column, 1, 1, "")
        for row in range(height)
        for column in range(columns)
        if (row, column) not in taken
    ]
    return sorted([*cells, *blank], key=lambda cell: (cell.row, cell.column))
