"""Charts with figures printed at bars, points and slices, in the manner of reports.

A sample's `parts` are its printed values: `value`, `unit`, `label`, `series`; the empty ones are
left out. Its `further` says the `type`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Final

from yuepi.lab.samples.faces import faces_on_hand
from yuepi.lab.samples.ink import BLACK, GREY, WHITE, Ink, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of

KIND: Final = "chart"
_WIDTH: Final = 420.0
_PALETTES: Final[tuple[tuple[Ink, ...], ...]] = (
    ((58, 112, 140), (138, 183, 209), (214, 160, 70), (120, 80, 40)),
    ((84, 112, 198), (145, 204, 117), (250, 200, 88), (238, 102, 102)),
    ((63, 133, 106), (166, 214, 200), (230, 140, 60), (90, 90, 120)),
    ((176, 66, 40), (226, 150, 110), (70, 100, 150), (150, 160, 90)),
)
_DIM: Final[Ink] = (205, 205, 205)
_TITLES_ZH: Final = (
    ("各地区门店数量", "单位：家", ""),
    ("客户满意度调查结果", "单位：%", "%"),
    ("主要产品销售额", "单位：万元", ""),
    ("员工通勤方式占比", "", "%"),
)
_TITLES_EN: Final = (
    ("Visitors by region", "In thousands", ""),
    ("Satisfaction with our services", "% of customers who are satisfied with", "%"),
    ("Energy used by site", "In millions of kWh", ""),
    ("How people came to work", "% of answers", "%"),
)
_LABELS_ZH: Final = ("华东", "华南", "华北", "西南", "东北", "西北", "华中")
_LABELS_EN: Final = (
    "Northern plant", "Harbour site", "Old town", "Lakeside", "Airport", "Main office", "Depot",
)  # fmt: skip
_SERIES_ZH: Final = ("线上", "门店", "批发", "其他渠道")
_SERIES_EN: Final = ("Online", "Stores", "Wholesale", "Other")
_SOURCES_ZH: Final = "数据来源：样例统计，虚构数据"
_SOURCES_EN: Final = "Source: invented figures for a sample."


@dataclass
class _Plan:
    """What one chart is to show, before it is drawn."""

    dice: random.Random
    chinese: bool
    face: str
    palette: tuple[Ink, ...]
    title: str
    unit_line: str
    unit: str
    labels: Sequence[str]
    series: Sequence[str]
    parts: list[dict[str, str]] = field(default_factory=list)

    def figure(self, low: int, high: int) -> str:
        """An amount as it is printed."""
        if self.chinese or self.unit == "%" or self.dice.random() < 0.6:
            return str(self.dice.randint(low, high))
        return f"{self.dice.randint(low * 10, high * 10) / 10:.1f}"

    def shown(self, figure: str) -> str:
        return figure + self.unit

    def note(self, figure: str, label: str | None, series: str | None = None) -> None:
        """Write down a printed value as the truth."""
        entry = {"value": figure, "unit": self.unit, "label": label or "", "series": series or ""}
        self.parts.append({key: value for key, value in entry.items() if value})


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A chart: bars that stand or lie, grouped or stacked, a line, or a pie."""
    del on
    dice = dice_of(kind, seed)
    chinese = not wishes.english if wishes.english is not None else dice.random() < 0.5
    form = ("standing", "lying", "grouped", "stacked", "line", "pie")[seed % 6]
    title, unit_line, unit = dice.choice(_TITLES_ZH if chinese else _TITLES_EN)
    if form == "pie":
        title, unit_line, unit = (_TITLES_ZH if chinese else _TITLES_EN)[3]
    names = list(_LABELS_ZH if chinese else _LABELS_EN)
    several = list(_SERIES_ZH if chinese else _SERIES_EN)
    plan = _Plan(
        dice=dice,
        chinese=chinese,
        face=wishes.face or ("hei" if chinese else dice.choice(("Helvetica", "hei"))),
        palette=dice.choice(_PALETTES),
        title=title,
        unit_line=unit_line,
        unit=unit,
        labels=dice.sample(names, dice.randint(4, 6)),
        series=several[: dice.randint(2, 3)],
    )
    if plan.face not in faces_on_hand(wishes.system_faces) and plan.face != "Helvetica":
        plan.face = "hei"
    sheet = Sheet(_WIDTH, 360.0, WHITE)
    top = _head(sheet, plan)
    type_ = _FORMS[form](sheet, plan, top)
    source = _SOURCES_ZH if chinese else _SOURCES_EN
    sheet.text(24, 346, source, 9, plan.face, GREY)
    return finished(
        sheet, f"{kind}-{seed}", KIND, {"title": title}, further={"type": type_}, parts=plan.parts
    )


def _head(sheet: Sheet, plan: _Plan) -> float:
    sheet.text(24, 34, plan.title, 17, plan.face if plan.chinese else "Helvetica-Bold")
    if plan.unit_line:
        sheet.text(24, 54, plan.unit_line, 10.5, plan.face, GREY)
    return 78.0


def _legend(sheet: Sheet, plan: _Plan, y: float) -> None:
    x = 60.0
    for name, ink in zip(plan.series, plan.palette, strict=False):
        sheet.fill(x, y - 8, x + 10, y + 1, ink)
        x += 16 + sheet.text(x + 15, y, name, 10.5, plan.face) + 24


def _axes(sheet: Sheet, plan: _Plan, top: float, base: float, high: int) -> None:
    """A scale at the left with thin lines across."""
    for step in range(5):
        y = base - (base - top) * step / 4
        sheet.line(56, y, _WIDTH - 24, y, _DIM, 0.5)
        sheet.text(50, y + 3, str(high * step // 4), 9, plan.face, GREY, "right")


def _standing(sheet: Sheet, plan: _Plan, top: float) -> str:
    return _bars(sheet, plan, top, 1)


def _grouped(sheet: Sheet, plan: _Plan, top: float) -> str:
    _legend(sheet, plan, top)
    return _bars(sheet, plan, top + 14, len(plan.series))


def _bars(sheet: Sheet, plan: _Plan, top: float, series: int) -> str:
    base, left, right = 296.0, 66.0, _WIDTH - 30
    labels = plan.labels[:4] if series > 1 else plan.labels
    pitch = (right - left) / len(labels)
    thick = pitch * 0.72 / series
    if plan.dice.random() < 0.5:
        _axes(sheet, plan, top + 12, base, 80)
    else:
        sheet.line(left - 6, base, right, base, GREY, 0.8)
    for n, label in enumerate(labels):
        middle = left + (n + 0.5) * pitch
        for number in range(series):
            figure = plan.figure(8, 78)
            x = middle + (number - series / 2) * thick
            y = base - (base - top - 12) * float(figure) / 80
            sheet.fill(x + 1, y, x + thick - 1, base - 0.4, plan.palette[number])
            size = 9.5 if series < 3 else 8.5
            sheet.text(x + thick / 2, y - 4, plan.shown(figure), size, plan.face, BLACK, "middle")
            plan.note(figure, label, plan.series[number] if series > 1 else None)
        sheet.text(middle, base + 15, label, 9.5, plan.face, BLACK, "middle", room=pitch - 4)
    return "bar"


def _lying(sheet: Sheet, plan: _Plan, top: float) -> str:
    left, pitch = 120.0, (326 - top) / len(plan.labels)
    for n, label in enumerate(plan.labels):
        figure = plan.figure(8, 90)
        y = top + (n + 0.5) * pitch
        end = left + 2.5 * float(figure)
        sheet.text(left - 8, y + 3.5, label, 10.5, plan.face, BLACK, "right", room=92)
        sheet.fill(left, y - 9, end, y + 9, plan.palette[0])
        sheet.text(end + 5, y + 3.5, plan.shown(figure), 10.5, plan.face)
        plan.note(figure, label)
    return "bar"


def _stacked(sheet: Sheet, plan: _Plan, top: float) -> str:
    _legend(sheet, plan, top)
    top += 14
    left, pitch = 120.0, (326 - top) / len(plan.labels)
    for n, label in enumerate(plan.labels):
        y = top + (n + 0.5) * pitch
        x = left
        sheet.text(left - 8, y + 3.5, label, 10.5, plan.face, BLACK, "right", room=92)
        for number, name in enumerate(plan.series):
            figure = str(plan.dice.randint(12, 32))
            end = x + 2.7 * int(figure)
            sheet.fill(x, y - 10, end, y + 10, plan.palette[number])
            dark = sum(plan.palette[number]) < 380
            ink = WHITE if dark else BLACK
            middle = (x + end) / 2
            sheet.text(middle, y + 3.5, plan.shown(figure), 9.5, plan.face, ink, "middle")
            plan.note(figure, label, name)
            x = end
    return "bar"


def _line(sheet: Sheet, plan: _Plan, top: float) -> str:
    base, left, right = 300.0, 72.0, _WIDTH - 40
    _axes(sheet, plan, top, base, 80)
    first = plan.dice.randint(2005, 2016)
    years = [str(first + n) for n in range(plan.dice.randint(5, 7))]
    pitch = (right - left) / (len(years) - 1)
    names = plan.series[:2] if plan.dice.random() < 0.5 else plan.series[:1]
    for number, name in enumerate(names):
        low, high = ((44, 74), (10, 34))[number]
        figures = [plan.figure(low, high) for _ in years]
        points = [
            (left + n * pitch, base - (base - top) * float(figure) / 80)
            for n, figure in enumerate(figures)
        ]
        ink = plan.palette[number] if len(names) > 1 else plan.palette[0]
        for (x0, y0), (x1, y1) in pairwise(points):
            sheet.line(x0, y0, x1, y1, ink, 2)
        for n, ((x, y), figure) in enumerate(zip(points, figures, strict=True)):
            sheet.disc(x, y, 3, ink)
            written = ink if len(names) > 1 else BLACK
            sheet.text(x, y - 7, plan.shown(figure), 9.5, plan.face, written, "middle")
            plan.note(figure, years[n], name if len(names) > 1 else None)
        if len(names) > 1:
            y = base - (base - top) * (0.99 if number == 0 else 0.06)
            sheet.text((left + right) / 2 + 30, y, name, 11, plan.face, ink, "middle")
    for n, year in enumerate(years):
        sheet.text(left + n * pitch, base + 15, year, 9.5, plan.face, BLACK, "middle")
    return "line"


def _pie(sheet: Sheet, plan: _Plan, top: float) -> str:
    count = plan.dice.randint(3, 4)
    labels = plan.labels[:count]
    cuts = sorted(plan.dice.sample(range(14, 87, 12), count - 1))
    shares = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    x, y, radius = 150.0, (top + 330) / 2, 108.0
    at = 90.0
    for n, (label, share) in enumerate(zip(labels, shares, strict=True)):
        ink = plan.palette[n]
        degrees = -3.6 * share
        sheet.wedge(x, y, radius, at, degrees, ink)
        middle = math.radians(at + degrees / 2)
        place = (x + 0.66 * radius * math.cos(middle), y - 0.66 * radius * math.sin(middle) + 4)
        written = WHITE if sum(ink) < 380 else BLACK
        sheet.text(*place, f"{share}%", 10.5, plan.face, written, "middle")
        row = y - 20.0 * (count - 1) / 2 + 20 * n
        sheet.fill(300, row - 8, 310, row + 2, ink)
        sheet.text(316, row + 1, label, 10.5, plan.face, room=90)
        plan.unit = "%"
        plan.note(str(share), label)
        at += degrees
    return "pie"


_FORMS: Final = {
    "standing": _standing,
    "lying": _lying,
    "grouped": _grouped,
    "stacked": _stacked,
    "line": _line,
    "pie": _pie,
}
