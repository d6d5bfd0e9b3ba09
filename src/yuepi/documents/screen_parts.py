"""An invoice shown on a screen: told apart from the screen around it, and said to be no original.

The invoice is read from its own part of the picture, so that what stands beside it (a list of
files, the answer of some service about this very invoice) takes no part in its values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from yuepi.documents.classify import classify
from yuepi.documents.kinds import payment_screenshot
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.screen_marks import screen_on
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Finding
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Line

_SCREEN_MIN: Final = 0.65
"""One strong sign or three weak ones: a letterhead with a web address is no screen."""
_ANCHOR: Final = re.compile(
    r"发票|购买方|销售方|名称|纳税人|识别号|开户行|地址|电话|合计|价税|收款人|复核|开票|货物|规格"
    r"|单位|单价|数量|金额|税率|税额|密码区|校验码|机器编号|日期|¥|￥|大写|小写|票价|里程|上车|下车"
    r"|(?i:invoice|bill\s*to|subtotal|total|due)"
)
_ANCHORS_MIN: Final = 6
_GAP_LINES: Final = 4.0
"""Anchors further apart than this, in line heights, belong to different panes."""
_STACK_LINES: Final = 14.0
"""Unless they stand over one another, with the white of an invoice's few lines between."""
_BESIDE_LINES: Final = 8.0
"""How far a QR code or a seal may stand out over the words, in line heights."""


def screen_parts(view: View) -> tuple[View, View] | None:
    """The invoice on a screen, and the screen without it; None where there is no such thing."""
    if screen_on(view).likeness < _SCREEN_MIN:
        return None
    if classify(view)[0] is payment_screenshot.KIND:
        return None
    inside = _invoice_on(view)
    if inside is None:
        return None
    taken = set(map(id, inside.lines))
    rest = view.only(line for line in view.lines if id(line) not in taken)
    if classify(rest)[0].is_invoice:
        # What some program says about the invoice is not one more invoice.
        rest = rest.only(line for line in rest.lines if not _ANCHOR.search(line.text))
    return inside, replace(rest, codes=(), seals=(), tables=())


def on_screen(kind: Kind, whole: View | None) -> tuple[Finding, ...]:
    """What is to be said of an invoice on a picture that shows a screen. whole: all that was seen
    on the picture; None for pages with text of their own."""
    if whole is None or not kind.is_invoice or screen_on(whole).likeness < _SCREEN_MIN:
        return ()
    return (
        Finding(
            code="invoice_in_screenshot",
            severity="warning",
            message="The invoice is shown on a screen: this is a screenshot and no original",
            message_zh="这是屏幕截图中的发票，不是原件，请提供电子原件或纸质原件",
        ),
    )


def _invoice_on(view: View) -> View | None:
    """The part of the screen that is an invoice: where its words stand close together. None where
    there are several, which are told apart as on any picture."""
    found = []
    for lines in _clusters([line for line in view.lines if _ANCHOR.search(line.text)], view):
        if len(lines) < _ANCHORS_MIN:
            continue
        part = _part(view, _frame(around(line.box for line in lines), view))
        if classify(part)[0].is_invoice:
            found.append(part)
    return found[0] if len(found) == 1 else None


def _clusters(lines: Sequence[Line], view: View) -> list[list[Line]]:
    """Lines that are near one another, directly or over others."""
    reach_y = _GAP_LINES * view.line_height
    reach_x = 2 * reach_y / view.aspect
    groups: list[list[Line]] = []
    for line in lines:
        wide = Box(
            line.box.x0 - reach_x,
            line.box.y0 - reach_y,
            line.box.x1 + reach_x,
            line.box.y1 + reach_y,
        )
        near = [g for g in groups if any(wide.shared(other.box) > 0 for other in g)]
        joined = [line, *(other for group in near for other in group)]
        groups = [group for group in groups if group not in near] + [joined]
    return _stacked(groups, view)


def _stacked(groups: list[list[Line]], view: View) -> list[list[Line]]:
    """Groups with those joined that stand over one another, as the head and the sums of one
    invoice do with white lines between."""
    reach = _STACK_LINES * view.line_height
    joined: list[list[Line]] = []
    for group in sorted(groups, key=lambda each: around(line.box for line in each).y0):
        box = around(line.box for line in group)
        for other in joined:
            above = around(line.box for line in other)
            shared = min(above.x1, box.x1) - max(above.x0, box.x0)
            under = box.y0 - above.y1 < reach
            if under and shared > 0.7 * min(above.width, box.width):
                other.extend(group)
                break
        else:
            joined.append(list(group))
    return joined


def _frame(box: Box, view: View) -> Box:
    """The box with the ruled tables that lie mostly in it, and a line of margin."""
    for table in view.tables:
        if table.box.shared(box) > 0.5 * table.box.area:
            box = around((box, table.box))
    return _wider(box, view.line_height, view)


def _wider(box: Box, margin: float, view: View) -> Box:
    """The box with a margin, in heights of the page, on all sides."""
    return Box(
        max(0.0, box.x0 - margin / view.aspect),
        max(0.0, box.y0 - margin),
        min(1.0, box.x1 + margin / view.aspect),
        min(1.0, box.y1 + margin),
    )


def _part(view: View, box: Box) -> View:
    wide = _wider(box, _BESIDE_LINES * view.line_height, view)
    seals = view.seals
    return replace(
        view,
        lines=tuple(line for line in view.lines if box.holds(line.box.centre)),
        codes=tuple(code for code in view.codes if wide.holds(code.box.centre)),
        seals=None if seals is None else tuple(s for s in seals if wide.holds(s.box.centre)),
        tables=tuple(table for table in view.tables if wide.holds(table.box.centre)),
        box=box,
    )
