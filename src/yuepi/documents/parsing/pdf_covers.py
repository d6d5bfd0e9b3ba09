"""What lies over the text of a PDF page: whether a reader can see through to the characters.

Pictures, filled areas and annotations painted after a text hide it without leaving the place
blank: a scan over another text, a patch with another amount. Rather than judge each kind of
object, clipping, mask and blend mode, what comes after a text is drawn alone, once on white paper
and once on black: where both look the same, nothing below can be seen.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw

BoxOfPoints = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]

# Drawings per page are bounded; beyond that texts share a drawing with what comes before them,
# which can only hide more.
DRAWINGS_MAX = 8
PIXELS_PER_POINT = 2.0
LONG_SIDE_PIXELS_MAX = 1600
FORM_DEPTH_MAX = 12
OPAQUE_LEVELS_MAX = 32
# Dot-matrix print imitated by fine white lines over letters stays below this.
COVERED_SHARE_MIN = 0.7
# Boxes that merely touch (cells of a table) do not lie over each other, in points.
TOUCH = 0.5
GRID = 64
_WHOLE: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class _Item:
    """A page object at its place in the painting order; `box` in page space (points)."""

    handle: Any
    kind: int
    box: BoxOfPoints
    address: int


@dataclass(slots=True)
class Covers:
    """Where the page is opaque above each text object. Masks are in pixels of the upright page.

    image_share: the part of the page that image objects lie on, 0 to 1.
    """

    width: float
    height: float
    image_share: float
    masks: list[np.ndarray[Any, Any]] = field(default_factory=list)
    mask_of: dict[int, int] = field(default_factory=dict)
    known: frozenset[int] = frozenset()

    def hide(self, owner: int, box: BoxOfPoints) -> bool:
        """Whether the middle of a character (points on the upright page) of the text object at
        address `owner` cannot be seen. A text of unknown order counts as the lowest."""
        index = self.mask_of.get(owner, 0 if owner not in self.known else -1)
        if index < 0 or not self.masks:
            return False
        mask = self.masks[index]
        rows, columns = mask.shape
        left, right = _middle(box[0], box[2], columns / self.width, columns)
        top, bottom = _middle(box[1], box[3], rows / self.height, rows)
        patch = mask[top:bottom, left:right]
        return patch.size > 0 and float(patch.mean()) >= COVERED_SHARE_MIN


def find_covers(page: pdfium.PdfPage) -> Covers:
    """Draw what lies above the texts of a page. All texts, and all else below the highest covered
    text, are switched off afterwards: draw the page and load its text before.

    Raises PdfiumError or ValueError where the page cannot be drawn.
    """
    width, height = page.get_size()
    items = list(_items(page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, _WHOLE, 0))
    texts = [at for at, item in enumerate(items) if item.kind == raw.FPDF_PAGEOBJ_TEXT]
    covers = Covers(width, height, _image_share(page, items))
    covers.known = frozenset(items[at].address for at in texts)
    groups = _groups(items, texts, raw.FPDFPage_GetAnnotCount(page) > 0)
    if not groups:
        return covers
    for at in texts:
        raw.FPDFPageObj_SetIsActive(items[at].handle, False)
    done = 0
    for group in groups:
        for item in items[done : group[0]]:
            raw.FPDFPageObj_SetIsActive(item.handle, False)
        done = group[0]
        covers.mask_of.update((items[at].address, len(covers.masks)) for at in group)
        covers.masks.append(_opaque(page))
    return covers


def _items(parent: Any, count: Any, get: Any, matrix: Matrix, depth: int) -> Iterator[_Item]:
    """All objects in painting order, those of form XObjects in the place of the form."""
    for index in range(max(0, count(parent))):
        handle = get(parent, index)
        if not handle:
            continue
        kind = raw.FPDFPageObj_GetType(handle)
        if kind == raw.FPDF_PAGEOBJ_FORM and depth < FORM_DEPTH_MAX:
            own = raw.FS_MATRIX()
            inner = matrix
            if raw.FPDFPageObj_GetMatrix(handle, own):
                inner = _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
            yield from _items(
                handle, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, inner, depth + 1
            )
        else:
            box = _bounds(handle, matrix)
            yield _Item(handle, kind, box, ctypes.addressof(handle.contents))


def _times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        *(a * p + b * r, a * q + b * s, c * p + d * r),
        *(c * q + d * s, e * p + f * r + t, e * q + f * s + u),
    )


def _bounds(handle: Any, matrix: Matrix) -> BoxOfPoints:
    sides = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(handle, *sides):
        return (0.0, 0.0, 0.0, 0.0)
    x0, y0, x1, y1 = (side.value for side in sides)
    a, b, c, d, e, f = matrix
    corners = [(x0, y0), (x0, y1), (x1, y0), (x1, y1)]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _groups(items: list[_Item], texts: list[int], annotated: bool) -> list[list[int]]:
    """The texts that something is painted over, those with the same later objects together."""
    above = [at for at, item in enumerate(items) if item.kind != raw.FPDF_PAGEOBJ_TEXT]
    places = np.array([items[at].box for at in above], dtype=float).reshape(-1, 4)
    groups: dict[int, list[int]] = {}
    for at in texts:
        if raw.FPDFTextObj_GetTextRenderMode(items[at].handle) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            continue
        below = int(np.searchsorted(above, at))
        x0, y0, x1, y1 = items[at].box
        later = places[below:]
        over = (later[:, 0] < x1 - TOUCH) & (later[:, 2] > x0 + TOUCH)
        over &= (later[:, 1] < y1 - TOUCH) & (later[:, 3] > y0 + TOUCH)
        if annotated or over.any():
            groups.setdefault(below, []).append(at)
    found = [groups[key] for key in sorted(groups)]
    rest = [at for group in found[DRAWINGS_MAX - 1 :] for at in group]
    return found[: DRAWINGS_MAX - 1] + ([rest] if rest else [])


def _opaque(page: pdfium.PdfPage) -> np.ndarray[Any, Any]:
    """Where the objects still switched on hide the paper, as (rows, columns) of bool."""
    scale = min(PIXELS_PER_POINT, LONG_SIDE_PIXELS_MAX / max(page.get_size()))
    drawn = []
    for level in (255, 0):
        bitmap = page.render(
            scale=scale, fill_color=(level, level, level, 255), may_draw_forms=True
        )
        try:
            drawn.append(np.array(bitmap.to_numpy()[:, :, :3], dtype=np.int16))
        finally:
            bitmap.close()
    apart: np.ndarray[Any, Any] = np.abs(drawn[0] - drawn[1]).max(axis=2)
    return apart < OPAQUE_LEVELS_MAX


def _image_share(page: pdfium.PdfPage, items: list[_Item]) -> float:
    left, bottom, right, top = page.get_cropbox()
    if right <= left or top <= bottom:
        return 0.0
    grid = np.zeros((GRID, GRID), dtype=bool)
    for item in items:
        if item.kind != raw.FPDF_PAGEOBJ_IMAGE:
            continue
        x0, y0, x1, y1 = item.box
        columns = np.clip([(x0 - left) / (right - left), (x1 - left) / (right - left)], 0, 1)
        rows = np.clip([(y0 - bottom) / (top - bottom), (y1 - bottom) / (top - bottom)], 0, 1)
        (c0, c1), (r0, r1) = np.rint(columns * GRID).astype(int), np.rint(rows * GRID).astype(int)
        grid[r0:r1, c0:c1] = True
    return float(grid.mean())


def _middle(start: float, end: float, scale: float, most: int) -> tuple[int, int]:
    """The middle half of a side, at least one pixel."""
    quarter = (end - start) / 4
    first = min(max(int((start + quarter) * scale), 0), most - 1)
    return first, max(first + 1, min(most, round((end - quarter) * scale)))
