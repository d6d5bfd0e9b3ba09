"""Charts: printed values found, and called what they are called, on generated and real ones."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import cv2

from benchmarks.real_documents import real_documents, real_folder
from yuepi.documents.contents import ChartValue
from yuepi.documents.layout.text import squeeze
from yuepi.documents.read import Desk
from yuepi.documents.reading import Reading
from yuepi.lab.samples import make, picture

_ON = date(2026, 3, 1)
_DPI = 190
_WORD = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]")
_COMMON = frozenset({"of", "the", "a", "in", "all", "who", "not", "and", "or", "for", "net"})


def measure(count: int, seed: int, verbose: bool) -> None:
    """Print the shares on `count` generated charts, then on the real ones where they are."""
    desk = Desk()
    _generated(desk, count, seed, verbose)
    _real(desk, verbose)


def _generated(desk: Desk, count: int, seed: int, verbose: bool) -> None:
    totals: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            sample = make("chart", seed + number, _ON)
            path = Path(folder) / f"{sample.name}.png"
            cv2.imwrite(str(path), picture(sample, _DPI)[..., ::-1])
            readings = desk.read([path])[0].reading.readings
            lost = score_generated(readings, sample.parts, totals)
            if verbose and lost:
                print("  ", sample.name, sample.further["type"], lost)
    print(
        f"generated, {count} charts, {totals['values']} printed values: "
        f"found {totals['found'] / totals['values']:.1%}, with label and series "
        f"{totals['named'] / totals['values']:.1%}, wrongly named {totals['misnamed']}, "
        f"kind right {totals['charts'] / count:.1%}"
    )


def score_generated(
    readings: Sequence[Reading], items: Sequence[dict[str, str]], totals: Counter[str]
) -> list[str]:
    """Add one chart to `totals`; gives what was not found or not named as it is."""
    charts = [reading.chart for reading in readings if reading.chart]
    totals["charts"] += any(reading.kind == "chart" for reading in readings)
    left = [value for chart in charts for value in chart.values]
    lost = []
    for item in items:
        totals["values"] += 1
        same = [each for each in left if each.value == item["value"]]
        exact = [each for each in same if _is_named(each, item)]
        totals["found"] += bool(same)
        totals["named"] += bool(exact)
        if exact:
            left.remove(exact[0])
        else:
            lost.append(json.dumps(item, ensure_ascii=False))
    known = {(i["value"], i.get("label"), i.get("series")) for i in items}
    for value in left:
        if value.label and (value.value, value.label, value.series) not in known:
            totals["misnamed"] += 1
            lost.append(f"extra {value.value} {value.label} {value.series}")
    return lost


def _is_named(value: ChartValue, item: dict[str, str]) -> bool:
    return (
        squeeze(value.label or "").casefold() == squeeze(item.get("label", "")).casefold()
        and squeeze(value.series or "").casefold() == squeeze(item.get("series", "")).casefold()
        and value.unit == item.get("unit", value.unit)
    )


def _real(desk: Desk, verbose: bool) -> None:
    folder = real_folder()
    if folder is None:
        return
    totals: Counter[str] = Counter()
    for path, truth in real_documents(folder, "chart"):
        readings = desk.read([path])[0].reading.readings
        missed = score_real(readings, truth["qa"], totals)
        if verbose and missed:
            print("  ", path.name, missed)
    asked = max(1, totals["asked"])
    print(
        f"real: {totals['asked']} questions on printed values, value found "
        f"{totals['found'] / asked:.1%}, and called as in the question "
        f"{totals['named'] / asked:.1%}"
    )


def score_real(
    readings: Sequence[Reading], questions: Sequence[dict[str, str]], totals: Counter[str]
) -> list[str]:
    """Add one chart's questions to `totals`; gives those whose answer is not among its values,
    or not called by a word of the question."""
    values = [v for reading in readings if reading.chart for v in reading.chart.values]
    missed = []
    for question in questions:
        totals["asked"] += 1
        same = [value for value in values if value.value == question["a"]]
        wanted = _words(question["q"])
        named = any(wanted & _words(f"{v.label or ''} {v.series or ''}") for v in same)
        totals["found"] += bool(same)
        totals["named"] += named
        if not named:
            missed.append(("unnamed: " if same else "missing: ") + question["q"])
    return missed


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold())) - _COMMON
