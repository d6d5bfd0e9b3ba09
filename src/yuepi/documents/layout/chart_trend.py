"""One sentence about a chart, made of its printed values and of nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from yuepi.documents.contents import ChartValue

_TIME: Final = re.compile(
    r"(?:19|20)\d\d(?:\s?年)?(?:\s?[-/Qq.]?\s?\d{1,2}(?:月|季度)?)?|\d{1,2}\s?月|第?[一二三四1-4]季度"
    r"|[Qq][1-4]|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
)
Sentence = tuple[str, str]
"""In Chinese and in English."""
_SERIES_SAID_MAX: Final = 3


def trend(values: Sequence[ChartValue]) -> Sentence | None:
    """Over time from the first printed value to the last, else the highest and the lowest.

    Values without a label say nothing, nor do series that differ in their unit. None where too
    little is printed to tell.
    """
    groups: dict[tuple[str | None, str], list[ChartValue]] = {}
    for value in values:
        if value.label and not value.label.startswith(value.value):
            groups.setdefault((value.series, value.unit), []).append(value)
    told = [group for group in groups.values() if len({each.label for each in group}) >= 2]
    if not told:
        return None
    said = [_over_time(group) or _extremes(group) for group in told[:_SERIES_SAID_MAX]]
    return "；".join(zh for zh, _ in said) + "。", "; ".join(en for _, en in said) + "."


def _over_time(group: Sequence[ChartValue]) -> Sentence | None:
    if len({each.label for each in group}) < len(group):
        return None
    if not all(each.label and _TIME.fullmatch(each.label.strip()) for each in group):
        return None
    ordered = sorted(group, key=lambda each: each.box.centre[0])
    first, last = ordered[0], ordered[-1]
    start, end = Decimal(first.value), Decimal(last.value)
    zh = "上升" if end > start else "下降" if end < start else "持平"
    en = "rose" if end > start else "fell" if end < start else "stayed"
    return (
        f"{_of_zh(first)}从{first.label}的{_shown(first)}{zh}到{last.label}的{_shown(last)}",
        f"{_of_en(first)}{en} from {_shown(first)} ({first.label}) to {_shown(last)} "
        f"({last.label})",
    )


def _extremes(group: Sequence[ChartValue]) -> Sentence:
    high = max(group, key=lambda each: Decimal(each.value))
    low = min(group, key=lambda each: Decimal(each.value))
    return (
        f"{_of_zh(high)}最高为{high.label}（{_shown(high)}），最低为{low.label}（{_shown(low)}）",
        f"{_of_en(high)}highest: {high.label} ({_shown(high)}), lowest: {low.label} "
        f"({_shown(low)})",
    )


def _shown(value: ChartValue) -> str:
    if value.unit in {"$", "€", "£", "¥", "￥", "US$", "HK$"}:
        return value.unit + value.value
    blank = " " if value.unit[:1].isascii() and value.unit[:1].isalpha() else ""
    return value.value + blank + value.unit


def _of_zh(value: ChartValue) -> str:
    return f"{value.series}" if value.series else ""


def _of_en(value: ChartValue) -> str:
    return f"{value.series}: " if value.series else ""
