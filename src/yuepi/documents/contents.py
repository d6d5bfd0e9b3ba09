"""What a document holds beside its fields: tables, pairs, charts, clauses, quotes, questions.

Everything points at its place. What stands nowhere on the paper is not content: it is a
`Question`, which a person answers.
"""

from __future__ import annotations

from typing import Literal

from yuepi.documents.plain import Place, Plain

Risk = Literal["info", "warning", "error"]


class Table(Plain):
    """A table: its place, its texts by row and column, and the same as HTML with spans.

    A merged cell stands once in `rows`, at its first place; the others are empty there, and
    `merged` says (row, column, rows, columns) of it. ruled: whether lines are drawn between the
    cells; else columns were told by white. head_rows: how many rows the head is known to have;
    0 where that cannot be told.
    """

    page: int
    box: Place
    rows: tuple[tuple[str, ...], ...]
    html: str
    ruled: bool = True
    head_rows: int = 0
    merged: tuple[tuple[int, int, int, int], ...] = ()


class Pair(Plain):
    """One entry of a form. `value` is "" where the form is not filled in there.

    handwritten: None where it cannot be told.
    """

    key: str
    value: str
    page: int
    key_box: Place
    value_box: Place | None = None
    handwritten: bool | None = None


class ChartValue(Plain):
    """One printed value of a chart: a decimal string, with what it is the value of.

    label: on the category axis; series: of the legend; None where the chart does not say. unit:
    as printed beside it or on the axis (`%`, `万元`, `million`), "" where there is none.
    """

    value: str
    unit: str = ""
    label: str | None = None
    series: str | None = None
    box: Place


class Chart(Plain):
    """A chart by what is printed on it; what is only drawn is not guessed.

    x_axis, y_axis: their titles. trend_zh, trend_en: one sentence made from the printed values,
    None where they do not tell.
    """

    page: int
    box: Place
    type: Literal["bar", "line", "pie", "unknown"]
    title: str | None = None
    x_axis: str | None = None
    y_axis: str | None = None
    series: tuple[str, ...] = ()
    values: tuple[ChartValue, ...] = ()
    trend_zh: str | None = None
    trend_en: str | None = None


class Mrz(Plain):
    """A machine-readable zone (ICAO 9303) as read, and which of its check digits hold."""

    page: int
    box: Place
    lines: tuple[str, ...]
    checks: dict[str, bool]


class Clause(Plain):
    """A clause of a contract that whoever signs should see, quoted; topic: a stable code."""

    topic: str
    risk: Risk
    quote: str
    page: int
    box: Place


class Quote(Plain):
    """A sentence of a summary: words of the document, with their place."""

    text: str
    page: int
    box: Place


class Remark(Plain):
    """What was written onto the document: by hand, or in the margin. text: "" if illegible."""

    kind: Literal["handwriting", "margin"]
    text: str
    page: int
    box: Place


class Question(Plain):
    """What a person should look at, for a source says it and nothing on the page supports it.

    suggestion: what that source believes. It is no value and takes part in nothing.
    """

    field: str
    source: Literal["model"]
    suggestion: str | None
    message: str
    message_zh: str
    page: int
    box: Place | None = None
