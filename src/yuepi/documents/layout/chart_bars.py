"""Values at bars: what lies takes its label from the left, what stands from below.

Bars of one colour are one series, named by the legend or by the heads over the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from yuepi.documents.layout.chart_drawing import Drawing, Value
from yuepi.documents.layout.chart_labels import Block, Legend, blocks, by_order_or_place
from yuepi.documents.layout.chart_words import Print, Word
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Colour, Mark, same_colour

_FOOT_MAX: Final = 3.2
"""Line heights below a standing bar within which its label begins."""


def lying(
    values: list[Value], labels: list[Word], drawing: Drawing
) -> tuple[list[Value], tuple[str, ...]]:
    """The values of bars that lie, named by the words left of them, and the series' names."""
    rows = _rows(drawing.bars)
    if not rows:
        return values, ()
    top = min(row.y0 for row in rows)
    left_of = {n: _left_end(row, drawing.bars, values) for n, row in enumerate(rows)}
    heads = [w for w in labels if w.box.centre[1] < top and w.number is None]
    side = [w for w in labels if w not in heads]
    names = {n: _row_label(n, rows, left_of[n], side, drawing.print_) for n in range(len(rows))}
    by_row: dict[int, list[Value]] = {}
    for value in values:
        n = _row_of(value, rows)
        if n is not None:
            by_row.setdefault(n, []).append(value)
    series = _row_series(by_row, rows, heads, drawing)
    placed = [
        replace(value, label=names[n] if value.label is None else value.label)
        for n, row_values in by_row.items()
        for value in row_values
    ]
    lost = [value for value in values if _row_of(value, rows) is None and value.label]
    named = [_with_series(value, drawing, series) for value in placed]
    order = drawing.legend.names or series.names
    return named + lost, tuple(dict.fromkeys(name for _, name in order))


def _rows(bars: Sequence[Mark]) -> list[Box]:
    """The rows of lying bars from top to bottom, each as high as its bars."""
    rows: list[Box] = []
    for box in sorted((bar.box for bar in bars), key=lambda each: each.y0):
        for n, row in enumerate(rows):
            if abs(row.centre[1] - box.centre[1]) < 0.4 * min(row.height, box.height):
                rows[n] = around((row, box))
                break
        else:
            rows.append(box)
    return sorted(rows, key=lambda row: row.y0)


def _row_of(value: Value, rows: Sequence[Box]) -> int | None:
    y = (value.bar.box if value.bar else value.word.box).centre[1]
    return next((n for n, row in enumerate(rows) if row.y0 <= y <= row.y1), None)


def _left_end(row: Box, bars: Sequence[Mark], values: Sequence[Value]) -> float:
    inside = [b.box.x0 for b in bars if row.y0 <= b.box.centre[1] <= row.y1]
    inside += [v.word.box.x0 for v in values if row.y0 <= v.word.box.centre[1] <= row.y1]
    return min(inside)


def _row_label(
    n: int, rows: Sequence[Box], left: float, side: Sequence[Word], print_: Print
) -> str | None:
    """The label left of a row: the lines nearest to its middle that belong to no other row."""
    row = rows[n]
    near = [
        word
        for word in side
        if word.box.x1 < left + 0.6 * print_.em_x and _nearest(word, rows, print_) == n
    ]
    held = [b for b in blocks(near, print_.em_y) if b.box.y0 < row.centre[1] < b.box.y1]
    if held:
        return min(held, key=lambda b: abs(b.box.centre[1] - row.centre[1])).text
    over = [
        b
        for b in blocks(side, print_.em_y)
        if 0 <= row.y0 - b.box.y1 + 0.3 * print_.em_y < 1.2 * print_.em_y
        and abs(b.box.x0 - row.x0) < 1.5 * print_.em_x
    ]
    return over[0].text if len(over) == 1 else None


def _nearest(word: Word, rows: Sequence[Box], print_: Print) -> int:
    """The row whose middle a line is nearest to; a block that spans one row's middle is its."""
    y = word.box.centre[1]
    return min(range(len(rows)), key=lambda n: abs(rows[n].centre[1] - y))


@dataclass(frozen=True, slots=True)
class _Heads:
    """Names over the first row: by the colour of the bar below, and by column."""

    names: tuple[tuple[Colour | None, str], ...]
    columns: tuple[tuple[Box, str], ...]


def _row_series(
    by_row: dict[int, list[Value]], rows: Sequence[Box], heads: Sequence[Word], drawing: Drawing
) -> _Heads:
    """The heads of the columns: what stands over the bars and figures of the first row."""
    if not by_row or not heads:
        return _Heads((), ())
    low = max(word.box.y1 for word in heads)
    near = [w for w in heads if low - w.box.y1 < 3.5 * drawing.print_.em_y]
    first = by_row.get(0, [])
    bars = [bar for bar in drawing.bars if rows[0].holds(bar.box.centre)]
    alone = [value.word.box for value in first if value.bar is None]
    places = [bar.box for bar in bars] + alone
    over = by_order_or_place(blocks(near, drawing.print_.em_y), places)
    ordered = sorted(over, key=lambda number: places[number].centre[0])
    colours = [bars[n].colour if n < len(bars) else None for n in ordered]
    return _Heads(
        tuple((colour, over[n].text) for colour, n in zip(colours, ordered, strict=True)),
        tuple((places[n], over[n].text) for n in ordered if n >= len(bars)),
    )


def _with_series(value: Value, drawing: Drawing, heads: _Heads) -> Value:
    if value.bar is not None:
        named = drawing.legend.name_of(value.bar.colour)
        if named is None:
            coloured = tuple((c, name) for c, name in heads.names if c is not None)
            named = Legend(coloured, (), ()).name_of(value.bar.colour)
        return replace(value, series=named)
    x = value.word.box.centre[0]
    for box, name in heads.columns:
        if abs(box.centre[0] - x) < max(box.width, value.word.box.width):
            return replace(value, series=name)
    return value


def standing(
    values: list[Value], labels: list[Word], drawing: Drawing
) -> tuple[list[Value], tuple[str, ...]]:
    """The values of bars that stand, named by the words below or level with them, and the
    series' names."""
    print_ = drawing.print_
    found = blocks(
        [w for w in labels if w.number is not None or not w.text[:1].isdigit()], print_.em_y
    )
    feet = _feet(found, drawing)
    heads = _standing_heads(found, feet, drawing)
    named = []
    for value in values:
        if value.bar is None:
            named.append(value)
            continue
        label = _foot_label(value.bar, feet, drawing) or _side_label(value, found, drawing)
        series = drawing.legend.name_of(value.bar.colour) or heads.name_of(value.bar.colour)
        named.append(replace(value, label=value.label or label, series=series))
    order = drawing.legend.names or heads.names
    return named, tuple(dict.fromkeys(name for _, name in order))


def _feet(found: Sequence[Block], drawing: Drawing) -> list[Block]:
    """The labels below the bars: those that begin right under a bar's foot."""
    print_ = drawing.print_
    floor = [bar.box for bar in drawing.bars]
    feet = [
        block
        for block in found
        if any(
            -0.6 * print_.em_y < block.box.y0 - bar.y1 < _FOOT_MAX * print_.em_y
            and block.box.x0 < bar.x1 + bar.width
            and block.box.x1 > bar.x0 - bar.width
            for bar in floor
        )
    ]
    if drawing.level is not None:
        feet += [Block((word,)) for word in drawing.level.words]
    return feet


def _foot_label(bar: Mark, feet: Sequence[Block], drawing: Drawing) -> str | None:
    """The nearest label below a bar; bars of one group share the label in their middle."""
    print_ = drawing.print_
    under = [
        b for b in feet if -0.6 * print_.em_y < b.box.y0 - bar.box.y1 < 2 * _FOOT_MAX * print_.em_y
    ]
    if not under:
        return None
    middle = bar.box.centre[0]
    nearest = min(under, key=lambda block: abs(block.box.centre[0] - middle))
    others = [abs(b.box.centre[0] - nearest.box.centre[0]) for b in under if b is not nearest]
    pitch = min((gap for gap in others if gap > 0.5 * print_.em_x), default=1.0)
    off = abs(nearest.box.centre[0] - middle)
    alike = [b for b in drawing.bars if same_colour(b.colour, bar.colour)]
    if sum(nearest.box.x0 <= b.box.centre[0] <= nearest.box.x1 for b in alike) > 1:
        return None  # Two labels were read as one.
    within = nearest.box.x0 <= middle <= nearest.box.x1
    return nearest.text if within or (off < 0.5 * pitch and pitch < 1.0) else None


def _side_label(value: Value, found: Sequence[Block], drawing: Drawing) -> str | None:
    """The label left of a small panel's bars, level with them."""
    if value.bar is None:
        return None
    span = around((value.bar.box, value.word.box))
    left = min(b.box.x0 for b in drawing.bars)
    level = [
        (min(b.box.y1, span.y1) - max(b.box.y0, span.y0), b)
        for b in found
        if b.box.x1 < left + drawing.print_.em_x
    ]
    shared, block = max(level, key=lambda each: each[0], default=(0.0, None))
    return block.text if block is not None and shared > 0.5 * drawing.print_.em_y else None


def _standing_heads(found: Sequence[Block], feet: Sequence[Block], drawing: Drawing) -> Legend:
    """Names printed over the bars of one colour each: small panels side by side."""
    top = min(bar.box.y0 for bar in drawing.bars)
    above = [b for b in found if b not in feet and b.box.centre[1] < top]
    names: list[tuple[Colour, str]] = []
    for bar in sorted(drawing.bars, key=lambda each: each.box.y0):
        over = [b for b in above if b.box.x0 < bar.box.centre[0] < b.box.x1]
        if over and Legend(tuple(names), (), ()).name_of(bar.colour) is None:
            low = max(over, key=lambda block: block.box.y1)
            names.append((bar.colour, low.text))
    if len(names) < 2 or len({name for _, name in names}) < len(names):
        return Legend((), (), ())
    return Legend(tuple(names), (), ())
