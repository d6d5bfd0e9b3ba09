"""机打发票: invoices that a tax machine or program printed on a general form, 卷票 included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout import slip
from yuepi.documents.layout.slip_items import read_items
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Item
from yuepi.kit.boxes import Box
from yuepi.kit.money import money_text, parse_amount

_TYPES: Final = (
    "增值税普通发票（卷票）",
    "增值税普通发票(卷票)",
    "通用机打平推式发票",
    "通用机打卷式发票",
    "通用机打发票",
    "机打发票",
)
_TITLED: Final = re.compile(r"机打(?:平推式|卷式)?发票(?!手写)|通用机.?发票|机打.票(?!手写)")
_NUMBERED: Final = re.compile(r"代码[:：]?\d{10}|号码[:：]?\d{8}")
_RIDE: Final = re.compile(r"上车|下车|里程|等候")
_PARTS: Final = (
    "付款",
    "收款",
    "购买方",
    "销售方",
    "大写",
    "小写",
    "金额",
    "开票",
    "识别号",
    "发票联",
)
_PARTS_MIN: Final = 4


def _likeness(view: View) -> float:
    text = view.squeezed
    if not _NUMBERED.search(text) or _RIDE.search(text) or "手工发票" in text:
        return 0.0
    parts = sum(part in text for part in _PARTS)
    if re.search(r"发票[(（]卷票|卷票[)）]", text) and parts >= _PARTS_MIN - 1:
        # Above the paper invoice whose name it shares.
        return 0.99
    if "价税合计" in text or "应税" in text or parts < _PARTS_MIN:
        return 0.0
    titled = _TITLED.search(text)
    if titled:
        return 0.97 if "机打" in titled.group() else 0.9
    # A title that nobody can read, over a form whose labels only this kind has.
    formed = "付款" in text and "收款" in text and "发票联" in text and "大写" in text
    return 0.8 if formed else 0.0


def _read(view: View) -> Draft:
    code = slip.labelled_number(view, "code", slip.CODE_LABEL, (12, 10))
    number = slip.labelled_number(view, "number", slip.NUMBER_LABEL, (8,))
    if not number:
        # What the machine printed beside the form's own, unreadable number.
        number = slip.labelled_number(view, "number", r"机\s*打\s*号\s*码", (8,), firm=False)
    items = read_items(view)
    candidates = (
        *_title(view, code[0] if len(code) == 1 else None),
        *code,
        *number,
        *slip.labelled_date(view),
        *slip.labelled_number(view, "check_code", r"校\s*验\s*码", (20,)),
        *slip.read_parties(view),
        *_totals(view, items),
    )
    return Draft(candidates, items)


def _title(view: View, code: Candidate | None) -> list[Candidate]:
    # 机打发票　手写无效 is a warning in a frame, not the title.
    text = view.only(line for line in view.lines if "手写无效" not in re.sub(r"\s", "", line.text))
    return list(slip.read_title(text, _TYPES, code))


def _totals(view: View, items: tuple[Item, ...]) -> Iterator[Candidate]:
    """The total in words and in figures.

    The seller's stamp is often put on the figures. Under it they count only with the words or the
    lines behind them; where they are lost, the words give the value, and only lines that add up
    to it make that sure. Words and clear figures that differ are both given: a conflict.
    """
    words = slip.words_hit(view)
    figure = slip.figure_hit(view, words.row if words else None)
    spoken = parse_amount(words.text("v")) if words else None
    printed = parse_amount(re.sub(r"\s", "", figure.text("v"))) if figure else None
    lines = [parse_amount(item.amount or "") for item in items]
    added = sum((line for line in lines if line is not None), Decimal(0)) if items else None
    if figure and printed not in (spoken, added) and _is_stamped(view, figure.box("v")):
        printed = None
    from_words = spoken is not None and printed != spoken
    sure = printed is not None or spoken == added
    if words is not None:
        text = re.sub(r"\s", "", words.text("v"))
        yield view.candidate("total_cn", text, words.box("v"), words.text("v"), firm=sure)
    if words is not None and spoken is not None and from_words:
        value = money_text(spoken)
        yield view.candidate("total", value, words.box("v"), words.text("v"), firm=spoken == added)
    if figure is not None and printed is not None:
        yield view.candidate("total", money_text(printed), figure.box("v"), figure.text())
    if words is not None or printed is not None:
        yield from slip.read_currency(view)


def _is_stamped(view: View, box: Box) -> bool:
    return any(seal.box.shared(box) > 0 for seal in view.seals or ())


KIND = Kind(
    name="machine_invoice",
    title_zh="通用机打发票",
    title_en="Machine-printed invoice",
    fields=(
        "type",
        "title",
        "code",
        "number",
        "date",
        "check_code",
        "buyer_name",
        "buyer_tax_id",
        "seller_name",
        "seller_tax_id",
        "total",
        "total_cn",
        "currency",
    ),
    decisive=("code", "number", "date", "total"),
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
