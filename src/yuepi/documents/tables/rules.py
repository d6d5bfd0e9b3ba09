"""The rules that matter to tables: real ones, broken ones mended, strokes of letters left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Line

_INSIDE: Final = (0.18, 0.82)
"""Of a line's height: a run of ink there is the text itself."""
_MEND_EMS: Final = 0.6
_LEVEL_EMS: Final = 0.3
_THROUGH_MIN: Final = 0.8
_LONGER: Final = 1.5
"""A rule so much longer than the text it runs through is a rule."""


def flat_rules(view: View) -> list[Box]:
    """The rules from left to right on the page, top to bottom."""
    em = view.line_height
    drawn = [rule.box for rule in view.rules if not rule.upright]
    mended = _mended([box for box in drawn if not _is_text(box, view.lines)], em, view.aspect)
    return sorted(mended, key=lambda box: box.centre[1])


def _is_text(rule: Box, lines: Iterable[Line]) -> bool:
    y = rule.centre[1]
    for line in lines:
        box = line.box
        over = min(rule.x1, box.x1) - max(rule.x0, box.x0)
        if over < 0.5 * min(rule.width, box.width) or rule.width > _LONGER * box.width:
            continue
        if box.y0 + _INSIDE[0] * box.height < y < box.y0 + _INSIDE[1] * box.height:
            return True
    return False


def _mended(boxes: Sequence[Box], em: float, aspect: float) -> list[Box]:
    """Pieces of one rule, put together. The white between the rules of two heads stays."""
    whole: list[Box] = []
    for box in sorted(boxes, key=lambda each: each.x0):
        for number, before in enumerate(whole):
            level = abs(before.centre[1] - box.centre[1]) <= _LEVEL_EMS * em
            if level and (box.x0 - before.x1) * aspect <= _MEND_EMS * em:
                whole[number] = around((before, box))
                break
        else:
            whole.append(box)
    return whole


def levels(rules: Iterable[Box], x0: float, x1: float, em: float) -> list[float]:
    """The heights at which rules run through from `x0` to `x1`, top to bottom."""
    found: list[float] = []
    group: list[Box] = []
    for rule in [*sorted(rules, key=lambda each: each.centre[1]), None]:
        if group and (rule is None or rule.centre[1] - group[-1].centre[1] > _LEVEL_EMS * em):
            width = x1 - x0
            starts = min(box.x0 for box in group) <= x0 + 0.06 * width
            through = sum(min(box.x1, x1) - max(box.x0, x0) for box in group)
            if starts and through >= _THROUGH_MIN * width:
                found.append(sum(box.centre[1] for box in group) / len(group))
            group = []
        if rule is not None and min(rule.x1, x1) > max(rule.x0, x0):
            group.append(rule)
    return found


def covers(rule: Box, x0: float, x1: float, share: float) -> bool:
    """Whether the rule runs under at least this share of a stretch."""
    return min(rule.x1, x1) - max(rule.x0, x0) >= share * (x1 - x0)
