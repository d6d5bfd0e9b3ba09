"""定额发票: a small invoice with its face value in print; often it carries no date.

The seller stands in the stamp only, so there is no seller unless the form names one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout import slip
from yuepi.documents.layout.view import Hit, View
from yuepi.kit.money import money_text, parse_amount

_TYPES: Final = ("通用定额发票", "定额发票", "定额专用发票")
_NUMBERED: Final = re.compile(r"(?:代码[:：]?\d{10}|号码[:：]?\d{8}|[N№][oO0º°]?[.:：]?\d{8})")
_TITLED: Final = re.compile(r"定额(?:专用)?发票|通用定.?(?:发票|额.票|额发)|通用.额发票")
_HALF_TITLED: Final = re.compile(r"定.?发票|[定额].票发票联|额发票")
_SHORT: Final = 200
# Whole words only: a character misread inside them must not leave a smaller amount.
_WORDS: Final = (
    r"(?<!\w)(?:人\s?民\s?币|金\s?额|面\s?[额值]|大\s?写)?[:：]?\s*"
    r"(?P<v>[零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟](?: ?[零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟]){0,11}\s?"
    r"[元圆圓]\s?[整正]?)(?=[\s(（)）【¥￥]|$)"
)
_MARKED: Final = r"[¥￥]\s?(?P<v>\d{1,4}(?:\s?[.．]\s?\d{2})?)(?P<unit>\s?元)?(?!\s?[\d.．A-Za-z])"
_BARE: Final = r"(?:^|[\t])(?P<v>\d{1,4}(?:[.．]\d{2})?)(?P<unit>\s?元)\s?整?(?=\t|$)"
_FACE_MAX: Final = Decimal(9999)


def _likeness(view: View) -> float:
    text = view.squeezed
    if not _NUMBERED.search(text):
        return 0.0
    if _TITLED.search(text):
        return 0.97 if "定额发票" in text or "定额专用发票" in text else 0.9
    # A title half under the bureau's seal, over a form that has little else than its value.
    short = len(text) <= _SHORT and "识别号" not in text and view.first(_WORDS) is not None
    return 0.8 if short and _HALF_TITLED.search(text) else 0.0


def _read(view: View) -> Draft:
    code = slip.labelled_number(view, "code", slip.CODE_LABEL, (12, 10))
    number = slip.labelled_number(view, "number", slip.NUMBER_LABEL, (8,))
    if not number:
        number = slip.labelled_number(view, "number", r"[N№][oO0º°]?", (8,))
    return Draft(
        (
            *slip.read_title(view, _TYPES, code[0] if len(code) == 1 else None),
            *code,
            *number,
            *slip.labelled_date(view),
            *(each for each in slip.read_parties(view) if each.name == "seller_name"),
            *_face_value(view),
        )
    )


def _face_value(view: View) -> Iterator[Candidate]:
    """The value in words and in figures.

    Figures whose decimals may lie under the stamp (`¥20` without 元) are worth nothing against
    the words; the words alone give the value, but nothing on the page then confirms it.
    """
    words = _distinct(view, _WORDS)
    figures = _distinct(view, _MARKED) or _distinct(view, _BARE)
    spoken = next(iter(words)) if len(words) == 1 else None
    whole = {value: hit for value, hit in figures.items() if _is_whole(hit) or value == spoken} or (
        {} if spoken is not None else figures
    )
    for hit in words.values():
        text = re.sub(r"\s", "", hit.text("v"))
        yield view.candidate("total_cn", text, hit.box("v"), hit.text("v"), firm=bool(whole))
    for value, hit in whole.items():
        sure = _is_whole(hit)
        yield view.candidate("total", money_text(value), hit.box("v"), hit.text(), firm=sure)
    if spoken is not None and not whole:
        hit = words[spoken]
        yield view.candidate("total", money_text(spoken), hit.box("v"), hit.text("v"), firm=False)
    if words or whole:
        yield from slip.read_currency(view)


def _is_whole(hit: Hit) -> bool:
    """Whether the end of the figures is to be seen: their decimals or 元."""
    return bool(hit.text("unit")) or bool(re.search(r"[.．]", hit.text("v")))


def _distinct(view: View, pattern: str) -> dict[Decimal, Hit]:
    found: dict[Decimal, Hit] = {}
    for hit in view.search(pattern):
        value = parse_amount(re.sub(r"\s", "", hit.text("v")), ".")
        if value is not None and 0 < value <= _FACE_MAX:
            found.setdefault(value, hit)
    return found


KIND = Kind(
    name="fixed_amount_invoice",
    title_zh="通用定额发票",
    title_en="Fixed-amount invoice",
    fields=(
        "type",
        "title",
        "code",
        "number",
        "date",
        "seller_name",
        "total",
        "total_cn",
        "currency",
    ),
    decisive=("code", "number", "total"),
    is_invoice=True,
    likeness=_likeness,
    read=_read,
)
