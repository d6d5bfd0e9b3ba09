"""Several documents on one picture: which lines belong together, one view for each document.

A straight line through white paper is tried as a border, slightly slanted ones too, across and
down the page. It counts only where both sides are documents in their own right (a title, an
identity and an amount, or the like), so that a page is never cut at the gaps within one document:
an invoice that prints its number at both top corners has one title, a till receipt one total.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Code, Line, RuledTable, Seal

DOCUMENTS_MAX: Final = 24
_SLOPES: Final = (0.0, 0.015, -0.015, 0.03, -0.03, 0.05, -0.05, 0.08, -0.08)
_GAP_MIN_LINES: Final = 0.25
"""A border needs this much white, in line heights, across its direction."""
_STRAY_LINES_MAX: Final = 4
_STRAY_STRIPS_MAX: Final = 3

_TITLE: Final = re.compile(
    r"(?:专用|普通|统一|定额|通用|客运|机打|汽车|有限公司|电子|卷票)(?:车)?发票(?!专用章|信息"
    r"|联|代码|号码|监制|查询|真伪)"
    r"|出租汽车专|车票$|行程单$|^电子发票|铁路电子客票"
)
_NOT_A_TITLE: Final = re.compile(
    r"机打发票.{0,3}手写|^机打发票$|查询|登录|网站|www|请|凭|开具"
    r"|索取|专用章"
)
_NUMBER: Final = re.compile(r"(?:号码|N[oO0º°]|№)\W{0,2}(\d{8}(?!\d)|\d{20}(?!\d))")
_CODE: Final = re.compile(r"代码\W{0,2}(\d{12}|\d{10})(?!\d)")
_MONEY: Final = re.compile(r"(?<![\d.])\d[\d,]*\.\d{2}(?!\d)|[元圆圓][整正]|[¥￥]\s?\d|\d元")
_TAXI_LABELS: Final = re.compile(
    r"车号|车牌|证号|日期|上车|下车|单价|里程|等[候侯]|金额|状态"
    r"|余额|卡号|附加费"
)
_TOTAL: Final = re.compile(
    r"(?i)tota[l1i]|totaal|amount\s?due|balance\s?due|合计|总计|应收"
    r"|应付|实收|实付|gesamt"
)
_TILL: Final = re.compile(
    r"(?i)cash|change|cashier|thank|receipt|gst|vat|tax|tel\b|phone|qty|找零|收银|电话|数量"
    r"|品名|谢谢|小票|invoice"
)
_DATE: Final = re.compile(
    r"(?i)20\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:20)?\d\d"
    r"|\d{1,2}\s?(?:jan|feb|ma[ryi]|apr|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*\.?,?\s?(?:20)?\d\d"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2},?\s20\d\d"
    r"|(?<!\d)20\d{6}(?!\d)"
)
_AMOUNT: Final = re.compile(r"(?<![\d.,])\d[\d.,]*[.,]\d{2}(?!\d)")

_Placed = TypeVar("_Placed", Code, Seal, RuledTable)


def split(view: View) -> list[View]:
    """The documents on a page, row by row from the top left; the view itself where it is one.

    Each part keeps the fractions of the whole page; its `box` is its place, and the codes, seals
    and tables there come with it.
    """
    if not _worth_trying(view.lines):
        return [view]
    marks = {id(line): _mark(line) for line in view.lines}
    parts = _divide(list(view.lines), view.aspect, marks, _STRAY_STRIPS_MAX)
    parts = [_in_order(part, view.lines) for part in parts]
    if not 2 <= len(parts) <= DOCUMENTS_MAX:
        return [view]
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


def _in_order(part: list[Line], lines: Sequence[Line]) -> list[Line]:
    """The part's lines in the page's own order."""
    own = {id(line) for line in part}
    return [line for line in lines if id(line) in own]


def _worth_trying(lines: Sequence[Line]) -> bool:
    """Most pages show one document: titles, numbers, or totals and dates that repeat are needed."""
    marks = [_mark(line) for line in lines]
    titles = sum(mark.title for mark in marks)
    numbers = {number for mark in marks for number in mark.numbers}
    totals, dates = sum(mark.total for mark in marks), sum(mark.date for mark in marks)
    return titles >= 2 or len(numbers) >= 2 or (totals >= 2 and dates >= 2)


def _divide(
    lines: list[Line], aspect: float, marks: Mapping[int, _Mark], strips: int
) -> list[list[Line]]:
    """Cut at the widest border that has documents on both sides, again and again.

    Lines that belong to no document (a caption, a desk's edge) may close all borders: then a
    strip of them is set aside, at most `strips` times, and the rest tried again.
    """
    cuts = _cuts(lines, aspect)
    for one, other in cuts:
        if _both_documents(_evidence(one, marks), _evidence(other, marks)):
            return [
                *_divide(one, aspect, marks, strips),
                *_divide(other, aspect, marks, strips),
            ]
    if not strips or not _worth_trying(lines):
        return [lines]
    for one, other in cuts:
        few, rest = sorted((one, other), key=len)
        if len(few) <= _STRAY_LINES_MAX and not any(marks[id(line)].telling for line in few):
            parts = _divide(rest, aspect, marks, strips - 1)
            return parts if len(parts) > 1 else [lines]
    return [lines]


def _cuts(lines: list[Line], aspect: float) -> list[tuple[list[Line], list[Line]]]:
    """All borders through white, widest first, as the lines on their two sides."""
    if len(lines) < 6:
        return []
    heights = sorted(line.box.height for line in lines)
    needed = _GAP_MIN_LINES * heights[len(heights) // 2]
    found: dict[frozenset[int], tuple[float, list[Line], list[Line]]] = {}
    for slope in _SLOPES:
        for upright in (True, False):
            for width, before, after in _borders(lines, aspect, slope, upright):
                key = frozenset(id(line) for line in before)
                if width >= needed and (key not in found or found[key][0] < width):
                    found[key] = (width, before, after)
    ranked = sorted(found.values(), key=lambda cut: -cut[0])
    return [(before, after) for _, before, after in ranked[:60]]


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


@dataclass(frozen=True, slots=True)
class _Mark:
    """What one line says about there being a document."""

    text: str
    title: bool
    numbers: frozenset[str]
    code: bool
    money: bool
    total: bool
    date: bool
    taxi: frozenset[str]
    till: frozenset[str]
    amounts: frozenset[str]

    @property
    def telling(self) -> bool:
        return self.title or bool(self.numbers) or self.code or self.total


def _mark(line: Line) -> _Mark:
    text = re.sub(r"\s", "", narrow(line.text))
    return _Mark(
        text=text,
        title=bool(_TITLE.search(text)) and not _NOT_A_TITLE.search(text) and len(text) <= 30,
        numbers=frozenset(match[1] for match in _NUMBER.finditer(text)),
        code=bool(_CODE.search(text)),
        money=bool(_MONEY.search(text)),
        total=bool(_TOTAL.search(text)),
        date=bool(_DATE.search(line.text)),
        taxi=frozenset(match.group() for match in _TAXI_LABELS.finditer(text)),
        till=frozenset(match.group().lower() for match in _TILL.finditer(line.text)),
        amounts=frozenset(match.group() for match in _AMOUNT.finditer(text)),
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for a group of lines being a whole document."""

    size: int
    numbers: frozenset[str]
    amounts: frozenset[str]
    titled: bool
    taxi: bool
    till: bool

    @property
    def document(self) -> bool:
        return self.titled or self.taxi or self.till


def _evidence(lines: list[Line], marks: Mapping[int, _Mark]) -> _Evidence:
    own = [marks[id(line)] for line in lines]
    numbers = frozenset[str]().union(*(mark.numbers for mark in own))
    if not numbers and any(mark.text.endswith("号码") for mark in own):
        # The label and its number were recognised as two lines.
        numbers = frozenset(mark.text for mark in own if re.fullmatch(r"\d{8}", mark.text))
    amounts = frozenset[str]().union(*(mark.amounts for mark in own))
    identified = bool(numbers) or any(mark.code for mark in own)
    money = any(mark.money for mark in own)
    words = frozenset[str]().union(*(mark.till for mark in own))
    dated_total = any(mark.total for mark in own) and any(mark.date for mark in own)
    return _Evidence(
        size=len(own),
        numbers=numbers,
        amounts=amounts,
        titled=identified and money and any(mark.title for mark in own),
        taxi=identified and money and len(frozenset[str]().union(*(m.taxi for m in own))) >= 5,
        till=dated_total and len(amounts) >= 2 and len(words) >= 2 and len(own) >= 8,
    )


def _both_documents(one: _Evidence, other: _Evidence) -> bool:
    if not (one.document and other.document):
        return False
    if one.numbers & other.numbers:
        # The same invoice twice, or one that prints its number in two corners.
        alike = min(one.size, other.size) >= 0.7 * max(one.size, other.size)
        return one.titled and other.titled and alike
    # A card slip under its receipt repeats the total: the two are one purchase.
    tills = one.till and other.till and not (one.titled or other.titled or one.taxi or other.taxi)
    return not (tills and _most(one.amounts) == _most(other.amounts))


def _most(amounts: frozenset[str]) -> str:
    return max(amounts, key=lambda text: (len(re.sub(r"\D", "", text)), text), default="")


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
