"""What was written onto a document: by hand, or into its margins. Pure."""

from __future__ import annotations

from typing import Final

from yuepi.documents.contents import Remark
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Line

_REMARKS_MAX: Final = 24
_BODY_LINES_MIN: Final = 8
"""With fewer lines nobody can say where the margin begins."""
_BODY_WIDTH_MIN: Final = 0.35
_BODY_SHARE_MIN: Final = 0.5
"""Of all lines: on receipts and tables few are broad."""
_MARGIN_CHARACTERS_MAX: Final = 40
_MARGIN_GAP: Final = 0.008
_MARGIN_SHARE_MAX: Final = 0.2
_WHOLE_LINE: Final = 0.7


def read_remarks(view: View) -> tuple[Remark, ...]:
    """Lines that look handwritten, curves that could not be read, and short lines beside the
    running text.

    A page on which most lines look handwritten is a handwritten page: its lines are all marked.
    """
    body = _body(view)
    found: list[Remark] = []
    for line in sorted(view.lines, key=lambda each: (each.box.y0, each.box.x0)):
        if line.by_hand and not _is_beside_print(line, view):
            found.append(Remark(kind="handwriting", text=line.text, page=view.page, box=line.box))
        elif _beside(line, body):
            found.append(Remark(kind="margin", text=line.text, page=view.page, box=line.box))
    found += _illegible(view, found)
    margins = [each for each in found if each.kind == "margin"]
    if len(margins) > _MARGIN_SHARE_MAX * len(view.lines):
        # So many are no notes but a column of the document.
        found = [each for each in found if each.kind == "handwriting"]
    return tuple(found[:_REMARKS_MAX])


def _is_beside_print(line: Line, view: View) -> bool:
    """Whether a curve takes up only a part of the line: the words are print, and a name is signed
    over them."""
    inside = [box for box in view.strokes if line.box.shared(box) > 0.3 * box.area]
    return bool(inside) and around(inside).width < _WHOLE_LINE * line.box.width


def _illegible(view: View, found: list[Remark]) -> list[Remark]:
    """Curves of a pen that no line was read at: pieces side by side are one remark."""
    known = [each.box for each in found if each.kind == "handwriting"]
    groups: list[Box] = []
    for curve in sorted(view.strokes, key=lambda box: box.x0):
        if any(curve.shared(box) > 0.3 * curve.area for box in known):
            continue
        near = [box for box in groups if _side_by_side(box, curve)]
        groups = [box for box in groups if box not in near]
        groups.append(around((curve, *near)))
    return [Remark(kind="handwriting", text="", page=view.page, box=box) for box in groups]


def _side_by_side(one: Box, other: Box) -> bool:
    level = abs(one.centre[1] - other.centre[1]) < 0.6 * max(one.height, other.height)
    return level and other.x0 - one.x1 < 0.03


def _body(view: View) -> Box | None:
    """Where the running text stands; None where the page is no running text."""
    broad = [line.box for line in view.lines if line.box.width > _BODY_WIDTH_MIN * view.box.width]
    if len(broad) < max(_BODY_LINES_MIN, _BODY_SHARE_MIN * len(view.lines)):
        return None
    whole = around(broad)
    lefts, rights = sorted(box.x0 for box in broad), sorted(box.x1 for box in broad)
    edge = len(broad) // 10
    return Box(lefts[edge], whole.y0, rights[-1 - edge], whole.y1)


def _beside(line: Line, body: Box | None) -> bool:
    """Whether a short line stands wholly left or right of the running text, at its height."""
    if body is None or not body.y0 < line.box.centre[1] < body.y1:
        return False
    if len(line.text.strip()) < 2 or len(line.text) > _MARGIN_CHARACTERS_MAX:
        return False
    return line.box.x1 < body.x0 - _MARGIN_GAP or line.box.x0 > body.x1 + _MARGIN_GAP
