"""Straight runs of ink: what rules look like before they make a table."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Rule

RULES_MAX: Final = 400
"""Of a page, the longest; more is hatching."""
_BROKEN_RUN: Final = 3
"""How many times longer a run of dots or dashes must be than one drawn through."""
_BROKEN_GAP_PX: Final = 9
_BROKEN_THICK_PX: Final = 6
_BESIDE_SHARE_MAX: Final = 0.7
_DASHES_MIN: Final = 12
_EVEN_SHARE_MIN: Final = 0.75
_BESIDE_PX: Final = 4
"""How far from a dotted rule the paper must be white: a line of text is not."""
_LIGHTER_BY: Final = 25
_DARKER_BY: Final = 10
_THIN_PX: Final = 9

Mask = NDArray[np.uint8]
Ends = tuple[float, float, float, float]


def ink_of(grey: cv2.typing.MatLike) -> cv2.typing.MatLike:
    """What is darker than its surroundings (255), without the ground around light letters: there
    only what is thin counts."""
    ink = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 10
    )
    light = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 25, -_LIGHTER_BY
    )
    near = cv2.dilate(light, np.ones((15, 15), np.uint8))
    hat = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((_THIN_PX, _THIN_PX), np.uint8))
    thin = cv2.threshold(hat, _DARKER_BY, 255, cv2.THRESH_BINARY)[1]
    return cv2.bitwise_and(ink, cv2.bitwise_or(cv2.bitwise_not(near), thin))


def long_runs(ink: cv2.typing.MatLike, run: int, *, across: bool) -> Mask:
    """Straight runs of at least `run` px, with gaps of a few pixels bridged; dotted and dashed
    ones where they are long and nothing stands close to them.

    Ink is thickened by a pixel on both sides first, so that a rule that climbs by one pixel every
    ten (five degrees) still has runs.
    """
    thick = cv2.dilate(ink, _bar(3, across=not across))
    found = cv2.morphologyEx(thick, cv2.MORPH_OPEN, _bar(run, across=across))
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, _bar(9, across=across))
    found = cv2.bitwise_or(found, _broken_runs(ink, found, run, across=across))
    return np.asarray(found, np.uint8)


def _broken_runs(
    ink: cv2.typing.MatLike, whole: cv2.typing.MatLike, run: int, *, across: bool
) -> cv2.typing.MatLike:
    """Runs of dots and dashes. Rows of letters are none: something stands above them or below."""
    rest = cv2.bitwise_and(ink, cv2.bitwise_not(cv2.dilate(whole, np.ones((5, 5), np.uint8))))
    closed = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, _bar(_BROKEN_GAP_PX, across=across))
    long = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _bar(_BROKEN_RUN * run, across=across))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    kept = np.zeros_like(long)
    for label in range(1, min(count, RULES_MAX)):
        x, y, width, height = (int(value) for value in stats[label, :4])
        thickness = height if across else width
        if thickness <= _BROKEN_THICK_PX and _is_dotted(rest, (x, y, width, height), across):
            kept[labels == label] = 255
    return kept


def _is_dotted(ink: cv2.typing.MatLike, place: tuple[int, int, int, int], across: bool) -> bool:
    """Whether dots or dashes of one length stand at even gaps, and nothing else close by."""
    x, y, width, height = place
    inside = ink[y : y + height, x : x + width]
    if across:
        y, height = max(0, y - _BESIDE_PX), height + 2 * _BESIDE_PX
    else:
        x, width = max(0, x - _BESIDE_PX), width + 2 * _BESIDE_PX
    around = np.count_nonzero(ink[y : y + height, x : x + width])
    own = np.count_nonzero(inside)
    if around - own > _BESIDE_SHARE_MAX * own:
        return False
    drawn = inside.any(axis=0 if across else 1).astype(np.int8)
    edges = np.flatnonzero(np.diff(drawn))
    # Lengths of dashes and gaps in turn, without the first and the last, which may be cut.
    lengths = np.diff(edges)
    if len(lengths) < _DASHES_MIN:
        return False
    even = [
        np.mean(np.abs(part - np.median(part)) <= np.maximum(2.0, 0.4 * np.median(part)))
        for part in (lengths[::2], lengths[1::2])
    ]
    return bool(min(even) >= _EVEN_SHARE_MIN)


def _bar(length: int, *, across: bool) -> Mask:
    return np.ones((1, length) if across else (length, 1), np.uint8)


def ends(runs: cv2.typing.MatLike, run: int, *, across: bool) -> list[Ends]:
    """Both ends `(x0, y0, x1, y1)` of each run, in its own direction, in pixels of the mask."""
    outlines, _ = cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found: list[Ends] = []
    for outline in outlines:
        points = np.asarray(outline, np.float64).reshape(-1, 2)
        main = points[:, 0] if across else points[:, 1]
        side = points[:, 1] if across else points[:, 0]
        low, high = float(main.min()), float(main.max())
        thickness = float(np.ptp(side))
        # Filled areas (headers, photos) are no rules: thick, and not because they are slanted.
        if high - low < run or thickness > 0.12 * (high - low) + 8:
            continue
        edge = max(2.0, 0.08 * (high - low))
        begin = float(side[main <= low + edge].mean())
        finish = float(side[main >= high - edge].mean())
        found.append((low, begin, high, finish) if across else (begin, low, finish, high))
    return found


def rules_of(across: Mask, along: Mask, run: int) -> tuple[Rule, ...]:
    """The runs of both directions as rules in fractions of the page, top to bottom; the longest
    `RULES_MAX` where there are more."""
    height, width = across.shape[:2]
    found = []
    for mask, upright in ((across, False), (along, True)):
        for x0, y0, x1, y1 in ends(mask, run, across=not upright):
            box = Box(
                min(x0, x1) / width,
                min(y0, y1) / height,
                max(x0, x1) / width,
                max(y0, y1) / height,
            )
            found.append(Rule(box, upright))
    found.sort(key=lambda rule: -max(rule.box.width * width, rule.box.height * height))
    return tuple(sorted(found[:RULES_MAX], key=lambda rule: (rule.box.y0, rule.box.x0)))
