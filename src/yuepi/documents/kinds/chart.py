"""Charts: bars, lines and pies by the figures printed on them. A bar's height is no figure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from yuepi.documents.contents import Chart, ChartValue
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.chart_drawing import Drawing, Value, likeness_of, take_apart
from yuepi.documents.layout.chart_trend import trend
from yuepi.documents.layout.chart_values import name_values
from yuepi.documents.layout.chart_words import joined
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import around

_UNIT_WORDS: Final = re.compile(
    r"单位\s*[:：]?\s*(?P<zh>[%％]|[一-鿿/]{1,8})|[（(](?P<zh2>[%％]|[万亿千百]?[元人户辆台件吨个次家]|万亿|亿|万)[）)]"
    r"|\bin (?P<en>thousands|millions|billions|trillions|percent|%)"
    r"|\b(?P<en2>thousands|millions|billions|trillions) of\b"
    r"|(?P<share>^%|% of|percentage of|percent of|shares? of)",
    re.IGNORECASE,
)
_SINGULAR: Final = {
    "thousands": "thousand", "millions": "million", "billions": "billion",
    "trillions": "trillion", "percent": "%", "％": "%",
}  # fmt: skip


def _likeness(view: View) -> float:
    drawing = take_apart(view)
    return likeness_of(drawing) if drawing else 0.0


def _read(view: View) -> Draft:
    drawing = take_apart(view)
    if drawing is None:
        return Draft()
    named, series = name_values(drawing)
    unit = _unit(drawing, named)
    values = tuple(
        ChartValue(
            value=value.number.value,
            unit=value.number.unit.replace("％", "%") or unit,
            label=value.label,
            series=value.series,
            box=value.word.box,
        )
        for value in sorted(named, key=lambda each: (each.word.box.y0, each.word.box.x0))
    )
    said = trend(values)
    x_axis, y_axis = _axis_titles(drawing)
    chart = Chart(
        page=view.page,
        box=view.box,
        type=drawing.type,
        title=drawing.print_.heading,
        x_axis=x_axis,
        y_axis=y_axis,
        series=series,
        values=values,
        trend_zh=said[0] if said else None,
        trend_en=said[1] if said else None,
    )
    title = drawing.print_.title
    candidates: tuple[Candidate, ...] = ()
    if title:
        place = around(line.box for line in title)
        text = drawing.print_.heading or ""
        candidates = (view.candidate("title", text, place, text, firm=False),)
    return Draft(candidates, chart=chart)


def _unit(drawing: Drawing, values: Sequence[Value]) -> str:
    """The unit of figures that are printed without: the others', the axis', the subtitle's."""
    seen = Counter(v.number.unit for v in values if v.number.unit and v.word.number)
    if len(seen) == 1:
        return next(iter(seen)).replace("％", "%")
    for scale in (drawing.upright, drawing.level):
        for word in scale.words if scale else ():
            if word.number and word.number.unit and not word.is_year:
                return word.number.unit.replace("％", "%")
    print_ = drawing.print_
    above = joined(line.text for line in (*print_.title, *print_.subtitle))
    texts = [*(line.text for line in print_.subtitle), above, *(w.text for w in print_.labels)]
    texts += [line.text for line in print_.upright]
    for text in texts:
        if match := _UNIT_WORDS.search(text):
            if match["share"]:
                return "%"
            named = match["zh"] or match["zh2"] or match["en"] or match["en2"]
            return _SINGULAR.get(named.lower(), named)
    return ""


def _axis_titles(drawing: Drawing) -> tuple[str | None, str | None]:
    """The titles of the axes: upright print beside the upright one, print below the level one."""
    print_ = drawing.print_
    side = joined(line.text for line in print_.upright if print_.body.holds(line.box.centre))
    below = None
    if drawing.level is not None:
        floor = max(word.box.y1 for word in drawing.level.words)
        middle = sum(word.box.centre[0] for word in drawing.level.words) / len(drawing.level.words)
        under = [
            word
            for word in print_.labels
            if 0 <= word.box.y0 - floor + 0.4 * print_.em_y < 2 * print_.em_y
            and abs(word.box.centre[0] - middle) < 6 * print_.em_x
            and word not in drawing.legend.words
        ]
        below = under[0].text if len(under) == 1 else None
    return below, side or None


KIND = Kind(
    name="chart",
    title_zh="图表",
    title_en="Chart",
    fields=("title",),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={"title": ("标题", "Title")},
)
