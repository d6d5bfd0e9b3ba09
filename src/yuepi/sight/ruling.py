"""Tables drawn with lines: the grid, its cells, and which of them are merged.

Long straight runs of ink are the rules. Rules that touch make one table; their places are brought
level by the page's own slope, snapped to a grid, and grid squares without a rule between them are
one cell. Nothing here reads text; tables without rules are found from text elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight.pixels import as_grey, is_empty, shrunk
from yuepi.sight.runs import Ends, Mask, ends, ink_of, long_runs, rules_of
from yuepi.sight.sighting import Cell, Rule, RuledTable

_SIDE_MAX_PX: Final = 1600
_SIDE_MIN_PX: Final = 32
_SLOPE_MAX: Final = 0.09
"""About five degrees; a page further askew is levelled before."""
_RULES_MAX: Final = 120
"""Per direction and table; more is hatching or a bar code."""
_TABLES_MAX: Final = 20
_DRAWN_MIN: Final = 0.6
"""Share of a grid square's side that must be drawn for the side to count as a rule."""
_NEAR_SHARE: Final = 0.15
"""Of a side: how much may be missing at its ends."""
_STICKS_OUT_MAX: Final = 0.4
_WIDTH_MIN: Final = 0.15
"""Of the page. Grids seen in titles, seals, codes and street photos stay below 0.1."""
_ROOM_MIN_PX: Final = 10

Span = tuple[int, int, int, int]
"""Row, column, rows, columns."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A straight run in levelled pixels: where it lies across its direction, and from - to."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Level:
    """The slopes of both rule directions: `y` falls by `across` per x, `x` by `along` per y."""

    across: float
    along: float

    def flat(self, x: float, y: float) -> tuple[float, float]:
        return x - self.along * y, y - self.across * x

    def page(self, x: float, y: float) -> tuple[float, float]:
        """The inverse of `flat`."""
        scale = 1.0 / (1.0 - self.across * self.along)
        return scale * (x + self.along * y), scale * (y + self.across * x)


def find(picture: NDArray[np.uint8]) -> tuple[RuledTable, ...]:
    """The ruled tables on an upright RGB page picture, top to bottom; () where there is none.

    A table has at least two cells and rules above and below; open sides are allowed.
    """
    return look(picture)[0]


def look(picture: NDArray[np.uint8]) -> tuple[tuple[RuledTable, ...], tuple[Rule, ...]]:
    """The ruled tables as `find` gives them, and every single rule on the page: tables that are
    only half ruled are told by those and by their text."""
    if is_empty(picture) or min(picture.shape[:2]) < _SIDE_MIN_PX:
        return (), ()
    grey = as_grey(shrunk(picture, _SIDE_MAX_PX)[0])
    ink = ink_of(grey)
    run = max(20, max(grey.shape) // 40)
    across, along = long_runs(ink, run, across=True), long_runs(ink, run, across=False)
    tables: list[RuledTable] = []
    for window, inside in _touching(across, along, run):
        table = _table(
            cv2.bitwise_and(across[window], inside),
            cv2.bitwise_and(along[window], inside),
            window,
            run,
            grey.shape,
        )
        if table is not None:
            tables.append(table)
    tables.sort(key=lambda table: (table.box.y0, table.box.x0))
    return tuple(tables), rules_of(across, along, run)


def _touching(across: Mask, along: Mask, run: int) -> Iterator[tuple[tuple[slice, slice], Mask]]:
    """Groups of rules that touch, largest first: the window around each and its mask there.

    The mask matters: the edge of the paper on a desk surrounds everything and touches nothing.
    """
    both = cv2.dilate(cv2.bitwise_or(across, along), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(both, connectivity=8)
    boxes = [(label, *(int(value) for value in stats[label, :4])) for label in range(1, count)]
    boxes = [box for box in boxes if box[3] >= 2 * run and box[4] >= run]
    boxes.sort(key=lambda box: -box[3] * box[4])
    for label, x, y, width, height in boxes[:_TABLES_MAX]:
        window = slice(y, y + height), slice(x, x + width)
        yield window, np.where(labels[window] == label, 255, 0).astype(np.uint8)


def _table(
    across: cv2.typing.MatLike,
    along: cv2.typing.MatLike,
    window: tuple[slice, slice],
    run: int,
    shape: tuple[int, ...],
) -> RuledTable | None:
    flats, uprights = ends(across, run, across=True), ends(along, run, across=False)
    if len(flats) < 2 or len(uprights) < 1 or max(len(flats), len(uprights)) > 8 * _RULES_MAX:
        return None
    level = _Level(_slope(flats, across=True), _slope(uprights, across=False))
    if max(abs(level.across), abs(level.along)) > _SLOPE_MAX:
        return None
    rules = [_levelled(ends, level, across=True) for ends in flats]
    posts = [_levelled(ends, level, across=False) for ends in uprights]
    snap = max(5.0, 0.2 * run)
    rules, posts = _joined(rules, posts, 2.0 * snap)
    if len(rules) < 2 or not posts:
        return None
    ys, xs = _places(rules, snap), _places(posts, snap)
    xs = _with_open_sides(xs, rules, 2.0 * snap)
    if not 2 <= len(ys) <= _RULES_MAX or not 2 <= len(xs) <= _RULES_MAX:
        return None
    flat_drawn, post_drawn = _drawn(rules, ys, xs, snap), _drawn(posts, xs, ys, snap)
    if flat_drawn[0].mean() < _DRAWN_MIN or flat_drawn[-1].mean() < _DRAWN_MIN:
        return None
    spans = _merged(flat_drawn, post_drawn)
    if len(spans) < 2 or not _roomy(xs, ys, spans, shape):
        return None
    left, top = window[1].start, window[0].start

    def boxed(row: int, column: int, rows: int, columns: int) -> Box:
        corners = [
            level.page(x, y)
            for x in (xs[column], xs[column + columns])
            for y in (ys[row], ys[row + rows])
        ]
        return _box(corners, left, top, shape)

    cells = tuple(Cell(*span, boxed(*span)) for span in spans)
    return RuledTable(boxed(0, 0, len(ys) - 1, len(xs) - 1), cells)


def _roomy(
    xs: Sequence[float], ys: Sequence[float], spans: Sequence[Span], shape: tuple[int, ...]
) -> bool:
    """Whether text has room in most cells; strokes of titles and codes form tiny grids too."""
    room = [
        min(xs[column + columns] - xs[column], ys[row + rows] - ys[row])
        for row, column, rows, columns in spans
    ]
    return xs[-1] - xs[0] >= _WIDTH_MIN * shape[1] and float(np.median(room)) >= _ROOM_MIN_PX


def _slope(ends: Sequence[Ends], *, across: bool) -> float:
    """The median slope, each rule weighted by its length."""
    slopes, weights = [], []
    for x0, y0, x1, y1 in ends:
        main, side = (x1 - x0, y1 - y0) if across else (y1 - y0, x1 - x0)
        slopes.append(side / main)
        weights.append(main)
    order = np.argsort(slopes)
    total = np.cumsum(np.array(weights)[order])
    return float(np.array(slopes)[order][np.searchsorted(total, total[-1] / 2)])


def _levelled(ends: Ends, level: _Level, *, across: bool) -> _Rule:
    x0, y0 = level.flat(ends[0], ends[1])
    x1, y1 = level.flat(ends[2], ends[3])
    return _Rule((y0 + y1) / 2, x0, x1) if across else _Rule((x0 + x1) / 2, y0, y1)


def _joined(
    rules: list[_Rule], posts: list[_Rule], reach: float
) -> tuple[list[_Rule], list[_Rule]]:
    """Only the posts that stand between two rules, and the rules that some post touches.

    A stroke of a letter or a seal may touch a rule, but does not end at another one.
    """
    posts = [_trimmed(post, rules, reach) for post in posts]
    for _ in range(4):
        standing = [
            post
            for post in posts
            if any(_meet(post, rule, post.start, reach) for rule in rules)
            and any(_meet(post, rule, post.end, reach) for rule in rules)
        ]
        carrying = [
            rule
            for rule in rules
            if any(
                rule.start - reach <= post.at <= rule.end + reach
                and post.start - reach <= rule.at <= post.end + reach
                for post in standing
            )
        ]
        if len(standing) == len(posts) and len(carrying) == len(rules):
            break
        rules, posts = carrying, standing
    return rules, posts


def _trimmed(post: _Rule, rules: Sequence[_Rule], reach: float) -> _Rule:
    """A post without what sticks out over a rule: text that touches it makes it longer."""
    crossed = [rule.at for rule in rules if rule.start - reach <= post.at <= rule.end + reach]
    sticks = _STICKS_OUT_MAX * (post.end - post.start)
    start, end = post.start, post.end
    if not any(abs(at - start) <= reach for at in crossed):
        start = min((at for at in crossed if start < at <= start + sticks), default=start)
    if not any(abs(at - end) <= reach for at in crossed):
        end = max((at for at in crossed if end - sticks <= at < end), default=end)
    return _Rule(post.at, start, end)


def _meet(post: _Rule, rule: _Rule, end: float, reach: float) -> bool:
    return abs(rule.at - end) <= reach and rule.start - reach <= post.at <= rule.end + reach


def _places(rules: Sequence[_Rule], snap: float) -> list[float]:
    """Where the grid lines lie: rules nearer than `snap` are one (double rules, waves)."""
    places: list[float] = []
    group: list[_Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if group and rule.at - group[-1].at > snap:
            places.append(_middle(group))
            group = []
        group.append(rule)
    return [*places, _middle(group)] if group else places


def _middle(group: Sequence[_Rule]) -> float:
    return float(
        np.average([rule.at for rule in group], weights=[rule.end - rule.start for rule in group])
    )


def _with_open_sides(xs: list[float], rules: Sequence[_Rule], snap: float) -> list[float]:
    """Adds the left and right edge where long rules reach beyond the outermost post."""
    long = max(rule.end - rule.start for rule in rules)
    reaching = [rule for rule in rules if rule.end - rule.start > 0.6 * long]
    start = float(np.median([rule.start for rule in reaching]))
    end = float(np.median([rule.end for rule in reaching]))
    if xs and start < xs[0] - snap:
        xs = [start, *xs]
    if xs and end > xs[-1] + snap:
        xs = [*xs, end]
    return xs


def _drawn(
    rules: Sequence[_Rule], places: Sequence[float], others: Sequence[float], snap: float
) -> NDArray[np.float64]:
    """For each grid line and each stretch between crossing lines, the share that is drawn."""
    shares = np.zeros((len(places), len(others) - 1))
    lows, highs = np.array(others[:-1]), np.array(others[1:])
    at = np.array(places)
    near = np.minimum(snap, _NEAR_SHARE * (highs - lows))
    for rule in rules:
        index = int(np.abs(at - rule.at).argmin())
        covered = np.minimum(highs, rule.end + near) - np.maximum(lows, rule.start - near)
        shares[index] += np.clip(covered, 0.0, None) / np.maximum(highs - lows, 1.0)
    return np.minimum(shares, 1.0)


def _merged(flat_drawn: NDArray[np.float64], post_drawn: NDArray[np.float64]) -> list[Span]:
    """Cells as (row, column, rows, columns): squares with no rule between them, made rectangles."""
    rows, columns = len(flat_drawn) - 1, len(post_drawn) - 1
    owner = np.full((rows, columns), -1)
    spans: list[Span] = []
    for row in range(rows):
        for column in range(columns):
            if owner[row, column] >= 0:
                continue
            width = 1
            while (
                column + width < columns
                and owner[row, column + width] < 0
                and post_drawn[column + width, row] < _DRAWN_MIN
            ):
                width += 1
            height = 1
            inside = slice(column, column + width)
            while (
                row + height < rows
                and (owner[row + height, inside] < 0).all()
                and (flat_drawn[row + height, inside] < _DRAWN_MIN).all()
                and (post_drawn[column + 1 : column + width, row + height] < _DRAWN_MIN).all()
            ):
                height += 1
            owner[row : row + height, inside] = len(spans)
            spans.append((row, column, height, width))
    return spans


def _box(
    corners: Sequence[tuple[float, float]], left: int, top: int, shape: tuple[int, ...]
) -> Box:
    height, width = shape[:2]
    xs = [(x + left) / width for x, _ in corners]
    ys = [(y + top) / height for _, y in corners]
    return Box(max(0.0, min(xs)), max(0.0, min(ys)), min(1.0, max(xs)), min(1.0, max(ys)))
