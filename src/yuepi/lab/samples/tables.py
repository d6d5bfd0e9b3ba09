"""Tables: ruled, half ruled (三线表) and unruled; merged cells, cells of several lines, figures."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from typing import Final, Literal

from yuepi.lab.samples.ink import BLACK, GREY, WHITE, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.table_words import EN, ZH, Tongue
from yuepi.lab.samples.wishes import Wishes, dice_of

Style = Literal["ruled", "half_ruled", "unruled"]
STYLES: Final[tuple[Style, ...]] = ("ruled", "half_ruled", "unruled")
_WIDTH, _HEIGHT = 595.0, 842.0
_LEFT, _ROOM = 56.0, 483.0
_FILLS: Final[tuple[Ink, ...]] = ((226, 232, 240), (236, 236, 228), (214, 228, 214))


@dataclass(frozen=True, slots=True)
class _Cell:
    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1


@dataclass(slots=True)
class _Content:
    """What a table says before it is drawn. figures: the columns aligned as numbers."""

    cells: list[_Cell]
    head_rows: int
    figures: set[int]
    face: str
    caption: str
    note: str
    widths: list[float] = field(default_factory=list)

    @property
    def height(self) -> int:
        return max(cell.row + cell.rows for cell in self.cells)

    @property
    def width(self) -> int:
        return max(cell.column + cell.columns for cell in self.cells)


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `table`: a sheet with one table, its style by the seed. The table's HTML is in
    `further["html"]`, its style in `further["style"]`."""
    del on
    dice = dice_of(kind, seed)
    style = STYLES[seed % len(STYLES)]
    english = dice.random() < 0.5 if wishes.english is None else wishes.english
    tongue = EN if english else ZH
    face = dice.choice(("Helvetica", "Times-Roman")) if english else dice.choice(("song", "hei"))
    make = dice.choice((_statistic, _statistic, _list, _plan if style == "ruled" else _statistic))
    content = make(dice, tongue, face)
    sheet = Sheet(_WIDTH, _HEIGHT, WHITE)
    y = _paragraph(sheet, dice, tongue, face, 70.0) if dice.random() < 0.5 else 80.0
    size = _fitted(content, dice.choice((9.0, 10.0, 10.5)))
    sheet.text(_LEFT, y, content.caption, size + 0.5, face)
    y = _table(sheet, dice, content, style, size, y + 14)
    if dice.random() < 0.6:
        sheet.text(_LEFT, y + 16, content.note, size - 1.5, face, GREY)
        y += 16
    if dice.random() < 0.4 and y < 640:
        _paragraph(sheet, dice, tongue, face, y + 40)
    truth = {"rows_count": str(content.height), "columns_count": str(content.width)}
    html = _html(content, parts=style != "ruled")
    sample = finished(sheet, f"{kind}-{seed}", kind, truth)
    return replace(sample, further={"html": html, "style": style})


def _statistic(dice: random.Random, tongue: Tongue, face: str) -> _Content:
    """Labels with figures; often heads over two columns each, sections and a total."""
    groups = dice.choice((0, 0, 2, 3))
    subs = dice.sample(tongue.measures, 2 if groups else dice.randint(2, 5))
    names = [str(2025 - groups + n) + tongue.year for n in range(groups)]
    columns = 1 + (groups * 2 if groups else len(subs))
    cells: list[_Cell] = []
    if groups:
        cells.append(_Cell(0, 0, tongue.item, rows=2))
        for n, name in enumerate(names):
            cells.append(_Cell(0, 1 + 2 * n, name, columns=2))
            cells += [_Cell(1, 1 + 2 * n + m, sub) for m, sub in enumerate(subs)]
    else:
        cells += [_Cell(0, n, text) for n, text in enumerate([tongue.item, *subs])]
    head = 2 if groups else 1
    shapes = [dice.choice(("whole", "share", "money", "thousands")) for _ in range(columns)]
    labels = dice.sample(tongue.labels, dice.randint(4, min(14, len(tongue.labels))))
    if dice.random() < 0.4:
        labels.append(tongue.total)
    for row, label in enumerate(labels, head):
        cells.append(_Cell(row, 0, label))
        for column in range(1, columns):
            empty = dice.random() < 0.05
            text = dice.choice(("-", "")) if empty else _figure(dice, shapes[column])
            cells.append(_Cell(row, column, text))
    return _content(dice, tongue, face, cells, head, set(range(1, columns)))


def _list(dice: random.Random, tongue: Tongue, face: str) -> _Content:
    """Goods with a description of one to three lines and figures."""
    goods = dice.sample(tongue.goods, dice.randint(3, 6))
    heads = tongue.list_heads
    cells = [_Cell(0, n, text) for n, text in enumerate(heads)]
    for row, (name, about) in enumerate(goods, 1):
        texts = (str(row), name, about, str(dice.randint(1, 40)), _figure(dice, "money"))
        cells += [_Cell(row, n, text) for n, text in enumerate(texts)]
    content = _content(dice, tongue, face, cells, 1, {0, 3, 4})
    content.widths = [34, 104, 186, 56, 80]
    return content


def _plan(dice: random.Random, tongue: Tongue, face: str) -> _Content:
    """Steps under merged areas, with a title over the whole width."""
    cells = [_Cell(0, 0, tongue.plan, columns=4)]
    cells += [_Cell(1, n, text) for n, text in enumerate(tongue.plan_heads)]
    row = 2
    for area in dice.sample(tongue.areas, dice.randint(2, 3)):
        count = dice.randint(1, 3)
        cells.append(_Cell(row, 0, area, rows=count))
        for step in dice.sample(tongue.labels, count):
            day = f"2026-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
            cells += [_Cell(row, 1, step), _Cell(row, 2, day)]
            cells.append(_Cell(row, 3, _figure(dice, "money")))
            row += 1
    return _content(dice, tongue, face, cells, 0, {3})


def _content(
    dice: random.Random,
    tongue: Tongue,
    face: str,
    cells: list[_Cell],
    head: int,
    figures: set[int],
) -> _Content:
    number = dice.randint(1, 19)
    return _Content(
        cells,
        head,
        figures,
        face,
        f"{tongue.table} {number}{tongue.stop}{dice.choice(tongue.titles)}",
        tongue.note,
    )


def _figure(dice: random.Random, shape: str) -> str:
    if shape == "whole":
        return str(dice.randint(0, 999))
    if shape == "share":
        return f"{dice.randint(0, 999) / 10:.1f}%"
    if shape == "money":
        return f"{dice.randint(100, 99_999_99) / 100:.2f}"
    return f"{dice.randint(1_000, 9_999_999):,}"


def _length(text: str, size: float) -> float:
    return size * sum(1.0 if ord(character) > 0x2E7F else 0.56 for character in text)


def _fitted(content: _Content, size: float) -> float:
    """Sets the columns' widths; gives the size of print at which they fit the sheet."""
    if content.widths:
        return min(size, 9.5)
    for smaller in (size, 9.0, 8.0, 7.0):
        widths = [0.0] * content.width
        for cell in content.cells:
            if cell.columns == 1:
                need = _length(cell.text, smaller) + 18
                widths[cell.column] = max(widths[cell.column], need)
        if sum(widths) <= _ROOM or smaller == 7.0:
            break
    spare = max(0.0, _ROOM - sum(widths)) / len(widths)
    content.widths = [width + min(spare, 26.0) for width in widths]
    return smaller


def _wrapped(text: str, room: float, size: float) -> list[str]:
    """The text in lines; English breaks at blanks, Chinese anywhere."""
    words = text.split(" ") if text.isascii() else list(text)
    glue = " " if text.isascii() else ""
    lines, line = [], ""
    for word in words:
        more = f"{line}{glue}{word}" if line else word
        if line and _length(more, size) > room:
            lines.append(line)
            line = word
        else:
            line = more
    return [*lines, line]


def _table(
    sheet: Sheet,
    dice: random.Random,
    content: _Content,
    style: Style,
    size: float,
    top: float,
) -> float:
    """Draw the table; gives its lower edge."""
    xs = [_LEFT]
    for width in content.widths:
        xs.append(xs[-1] + width)
    pad = dice.choice((3.0, 4.5, 6.0)) if style == "ruled" else dice.choice((2.0, 3.5, 5.0))
    lead = size * 1.25
    texts = {
        (c.row, c.column): _wrapped(c.text, xs[c.column + c.columns] - xs[c.column] - 8, size)
        for c in content.cells
    }
    ys = [top]
    for row in range(content.height):
        deep = [len(texts[c.row, c.column]) for c in content.cells if c.row == row and c.rows == 1]
        ys.append(ys[-1] + max(deep, default=1) * lead + 2 * pad)
    if content.head_rows and style != "half_ruled" and dice.random() < 0.4:
        sheet.fill(xs[0], ys[0], xs[-1], ys[content.head_rows], dice.choice(_FILLS))
    align = dice.choice(("right", "middle"))
    for cell in content.cells:
        box = (xs[cell.column], ys[cell.row], xs[cell.column + cell.columns])
        low = ys[cell.row + cell.rows]
        head = cell.row < content.head_rows or cell.columns > 1
        figure = cell.column in content.figures
        how = "middle" if head and figure else align if figure else "left"
        if cell.columns > 1:
            how = "middle"
        _write(sheet, content.face, texts[cell.row, cell.column], (*box, low), size, how)
    _rules(sheet, dice, content, style, xs, ys)
    return ys[-1]


def _write(
    sheet: Sheet,
    face: str,
    lines: list[str],
    box: tuple[float, float, float, float],
    size: float,
    align: str,
) -> None:
    x0, y0, x1, y1 = box
    x = {"left": x0 + 4, "right": x1 - 4, "middle": (x0 + x1) / 2}[align]
    lead = size * 1.25
    y = (y0 + y1) / 2 - lead * len(lines) / 2 + size * 0.95
    for line in lines:
        sheet.text(x, y, line, size, face, BLACK, align)
        y += lead


def _rules(
    sheet: Sheet,
    dice: random.Random,
    content: _Content,
    style: Style,
    xs: list[float],
    ys: list[float],
) -> None:
    if style == "unruled":
        return
    if style == "half_ruled":
        for y, width in ((ys[0], 1.4), (ys[content.head_rows], 0.7), (ys[-1], 1.4)):
            sheet.line(xs[0], y, xs[-1], y, BLACK, width)
        for cell in content.cells:
            if cell.row < content.head_rows and cell.columns > 1:
                end = xs[cell.column + cell.columns] - 4
                sheet.line(xs[cell.column] + 4, ys[1], end, ys[1], BLACK, 0.6)
        return
    ink: Ink = dice.choice((BLACK, BLACK, (120, 120, 120)))
    dash = dice.choice(((), (), (), (2.0, 1.5)))
    for cell in content.cells:
        x0, x1 = xs[cell.column], xs[cell.column + cell.columns]
        y0, y1 = ys[cell.row], ys[cell.row + cell.rows]
        sheet.line(x0, y0, x1, y0, ink, 0.7, dash)
        sheet.line(x0, y0, x0, y1, ink, 0.7, dash)
    sheet.line(xs[0], ys[-1], xs[-1], ys[-1], ink, 0.7)
    sheet.line(xs[-1], ys[0], xs[-1], ys[-1], ink, 0.7)


def _paragraph(sheet: Sheet, dice: random.Random, tongue: Tongue, face: str, y: float) -> float:
    """Some lines of prose; gives where the next thing may stand."""
    text = tongue.glue.join(dice.sample(tongue.prose, 3))
    for line in _wrapped(text, _ROOM - 20, 10.0):
        sheet.text(_LEFT, y, line, 10.0, face)
        y += 15
    return y + 18


def _html(content: _Content, *, parts: bool) -> str:
    rows: list[str] = []
    for row in range(content.height):
        cells = sorted((c for c in content.cells if c.row == row), key=lambda c: c.column)
        rows.append("".join(_td(cell) for cell in cells))
    lines = [f"<tr>{row}</tr>" for row in rows]
    if not parts or not content.head_rows:
        return f"<table>{''.join(lines)}</table>"
    head = "".join(lines[: content.head_rows])
    body = "".join(lines[content.head_rows :])
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _td(cell: _Cell) -> str:
    rows = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    columns = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    return f"<td{rows}{columns}>{escape(cell.text)}</td>"
