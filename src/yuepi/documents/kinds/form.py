"""Forms: printed questions and what was filled in, as pairs. For what has no kind of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from yuepi.documents.contents import Pair
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.pair_cells import CellPair, cell_pairs
from yuepi.documents.layout.pair_keys import is_asked
from yuepi.documents.layout.pairs import read_pairs
from yuepi.documents.layout.text import plain
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Line

_PAIRS_MIN: Final = 4
_LINES_MAX: Final = 400
_TITLE: Final = re.compile(
    r"(?:登记|申请|报名|审批|审核|调查|信息|备案|考核|评审|推荐|履历|简历|统计|汇总|反馈|证明|通知|委托|情况)?"
    r"(?:表|单|书|卡)(?:格)?\s*(?:[（(].{1,12}[)）])?$"
    r"|\b(?:form|fax|memo(?:randum)?|application|questionnaire|registration|request|transmittal"
    r"|cover sheet|cover page|authorization|notification|report|record|survey)\b",
    re.IGNORECASE,
)
_CONTACT: Final = re.compile(
    r"^(?:手机|电话|地址|邮箱|传真|网址|邮编|微信|qq|公司|tel\w*|phone|mobile|fax|address|e-?mail|web"
    r"|website|url|www|订座.*|热线|客服.*|服务.*|http.*)\W*$",
    re.IGNORECASE,
)
_MOSTLY: Final = 0.6
"""Of the lines, to be keys and values."""
_NO_FORM: Final = re.compile(r"发票|价税合计|小票|收银|找零|invoice\b|receipt\b", re.IGNORECASE)
_SURE_MAX: Final = 0.68
"""Any kind that knows its own words is surer."""


def _likeness(view: View) -> float:
    """Enough pairs, and what only forms have: their name, cells of questions, `TO` and `FROM`,
    questions left open, or little else on the page."""
    if len(view.lines) < 2 * _PAIRS_MIN or len(view.lines) > _LINES_MAX:
        return 0.0
    cells = cell_pairs(view)
    # What a grid holds under its heads is a table's.
    heads = [around(line.box for line in pair.key_lines) for pair in cells if pair.how == "grid"]
    pairs = [
        pair
        for pair in read_pairs(view)
        if not _CONTACT.match(pair.key) and not _is_one_of(pair.key_box, heads)
    ]
    if len(pairs) < _PAIRS_MIN:
        return 0.0
    asked = sum(is_asked(pair.key) for pair in pairs)
    keys = {pair.key.casefold() for pair in pairs}
    in_cells = sum(pair.how == "caption" or _asks(pair) for pair in cells)
    signs = (
        _title_line(view) is not None,
        in_cells >= _PAIRS_MIN,
        {"to", "from"} <= keys,
        sum(not pair.value for pair in pairs) >= 2,
        2 * len(pairs) >= _MOSTLY * len(view.lines),
    )
    if not any(signs) or asked < 2 or (asked < _PAIRS_MIN and not (signs[0] or signs[1])):
        return 0.0
    sure = 0.5 + 0.02 * min(asked, 5) + 0.03 * sum(signs) + (0.07 if signs[1] else 0.0)
    return min(_SURE_MAX, sure - (0.04 if _NO_FORM.search(view.squeezed) else 0.0))


def _is_one_of(box: Box, boxes: Sequence[Box]) -> bool:
    return any(box.shared(other) > 0.5 * box.area for other in boxes)


def _asks(pair: CellPair) -> bool:
    return pair.how == "side" and is_asked("".join(line.text for line in pair.key_lines))


def _read(view: View) -> Draft:
    pairs = read_pairs(view)
    return Draft(_title(view, pairs), pairs=pairs)


def _title(view: View, pairs: Sequence[Pair]) -> tuple[Candidate, ...]:
    line = _title_line(view) or _tallest(view, pairs)
    if line is None:
        return ()
    text = plain(line.text)
    return (view.candidate("title", text, line.box, text, firm=False),)


def _title_line(view: View) -> Line | None:
    """The line of the upper part that names a form, the tallest of them."""
    upper = [
        line
        for line in view.lines
        if line.box.centre[1] < view.box.y0 + 0.4 * view.box.height
        and line.box.height < line.box.width * view.aspect
        and len(line.text.split()) <= 12
        and not re.search(r"[:：]", line.text)
        and _TITLE.search(plain(line.text))
    ]
    return max(upper, key=lambda line: line.box.height, default=None)


def _tallest(view: View, pairs: Sequence[Pair]) -> Line | None:
    """What stands out above the first pair."""
    first = min((pair.key_box.y0 for pair in pairs), default=0.0)
    above = [line for line in view.lines if line.box.y1 <= first and len(line.text) > 2]
    tallest = max(above, key=lambda line: line.box.height, default=None)
    return tallest if tallest and tallest.box.height > 1.2 * view.line_height else None


KIND = Kind(
    name="form",
    title_zh="表单",
    title_en="Form",
    fields=("title",),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={"title": ("标题", "Title")},
)
