"""Answers to the asks of a question, from the pages it is about. Pure.

Each ask of each page gives a `Reply`: words for people, data for JSON, and where it was a yes/no
question its truth; None wherever it cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yuepi.engines.ocr import passages, wording
from yuepi.engines.ocr.comparisons import Comparison
from yuepi.engines.ocr.facts import Fact, amount_of, look_up
from yuepi.engines.ocr.fields import Field, field_for, known_field
from yuepi.engines.ocr.page import HAS_CJK, Page, squeeze
from yuepi.engines.ocr.question import (
    Ask,
    Compare,
    Find,
    InSpan,
    Language,
    Question,
    Same,
    Table,
    Transcribe,
    Values,
)
from yuepi.engines.ocr.question_words import SEPARATORS
from yuepi.engines.ocr.tables import Grid, tables_of
from yuepi.kit.money import money_text

YES_NO: Final = (Compare, InSpan, Same, Find)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one ask on one page. `data` is JSON; `truth` of yes/no questions only."""

    ask: Ask
    text: str
    data: dict[str, Any]
    truth: bool | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What every answer depends on beside the page."""

    language: Language
    today: date
    wants_json: bool = False


def answer_text(question: Question, pages: Mapping[int, Page], today: date) -> str:
    """The whole answer in words; several pictures are told apart by `图1:`, their number."""
    setting = Setting(question.language, today, question.json)
    parts = []
    for ask in question.asks:
        together = _together(ask, list(pages.values()), setting)
        if together is not None:
            parts.append(together.text)
            continue
        for number, page in pages.items():
            text = reply(ask, page, setting).text
            if len(pages) > 1:
                head = f"{'图' if setting.language == 'zh' else 'Image '}{number}:"
                text = f"{head}\n{text}" if "\n" in text else f"{head} {text}"
            parts.append(text)
    return "\n".join(parts)


def answer_data(question: Question, pages: Mapping[int, Page], today: date) -> dict[str, Any]:
    """The whole answer as one JSON object; several pictures each get a key `图1` or `image_1`."""
    setting = Setting(question.language, today, wants_json=True)
    whole: dict[str, Any] = {}
    apart: list[Ask] = []
    for ask in question.asks:
        together = _together(ask, list(pages.values()), setting)
        if together is None:
            apart.append(ask)
        else:
            _merge(whole, together.data)
    for number, page in pages.items():
        found: dict[str, Any] = {}
        for ask in apart:
            _merge(found, reply(ask, page, setting).data)
        if len(pages) == 1:
            _merge(whole, found)
        elif found:
            whole[f"图{number}" if setting.language == "zh" else f"image_{number}"] = found
    return whole


def _merge(whole: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add the keys; one that is taken gets a number behind it."""
    for key, value in more.items():
        name, count = key, 2
        while name in whole:
            name, count = f"{key}_{count}", count + 1
        whole[name] = value


def reply(ask: Ask, page: Page, setting: Setting) -> Reply:
    """The answer to one ask on one page."""
    match ask:
        case Transcribe():
            return _transcription(ask, page, setting)
        case Values():
            return _values(ask, page, setting)
        case Compare():
            return _comparison(ask, page, setting)
        case InSpan():
            return _in_span(ask, page, setting)
        case Same():
            return _same(ask, page, setting)
        case Find():
            return _find(ask, page, setting)
        case Table():
            return _table(ask, page, setting)
        case _:
            return _untold(ask, setting, "beyond", "")


def _untold(ask: Ask, setting: Setting, why: str, about: str) -> Reply:
    text = wording.cannot_tell(setting.language, why, about)
    return Reply(
        ask, text + ("。" if setting.language == "zh" else "."), _verdict(None, text, setting)
    )


def _verdict(truth: bool | None, text: str, setting: Setting, **more: Any) -> dict[str, Any]:
    words = {True: wording.YES, False: wording.NO, None: wording.CANNOT_TELL}[truth]
    return {"answer": words[setting.language], **more, "explanation": text}


def transcription(page: Page) -> list[str]:
    """The rows of a page as they were read, in reading order."""
    rows = [" ".join(piece.raw for piece in row) for row in page.rows]
    return rows + [piece.raw for piece in page.upright]


def _transcription(ask: Ask, page: Page, setting: Setting) -> Reply:
    rows = transcription(page)
    text = "\n".join(rows) or wording.NOTHING_SEEN[setting.language]
    return Reply(ask, text, {"text": "\n".join(rows)})


def _values(ask: Values, page: Page, setting: Setting) -> Reply:
    fields = [(name, field_for(name)) for name in ask.asked]
    among = {field.key for _, field in fields}
    colon = "：" if setting.language == "zh" else ": "
    lines, data = [], {}
    for name, field in fields:
        fact = look_up(page, field, among - {field.key})
        lines.append(f"{name}{colon}{wording.value_text(setting.language, fact)}")
        data[name] = wording.data_text(fact) or wording.CANNOT_TELL[setting.language]
    return Reply(ask, "\n".join(lines), data)


def _subject(name: str, default: str) -> Field:
    return field_for(name or default)


def _comparison(ask: Compare, page: Page, setting: Setting) -> Reply:
    fact = amount_of(page, _subject(ask.subject, "total"))
    return _judged(ask, ask.comparison, fact, setting)


def _judged(ask: Compare, comparison: Comparison, fact: Fact, setting: Setting) -> Reply:
    if not isinstance(fact.value, Decimal):
        return _untold(ask, setting, fact.why, ask.subject)
    wanted = comparison.currency
    if wanted is not None and fact.currency is not None and wanted != fact.currency:
        return _untold(ask, setting, "currency", wording.money(fact.value, fact.currency))
    truth = comparison.holds(fact.value)
    text = wording.comparison_text(setting.language, fact, comparison, truth, ask.subject)
    return Reply(ask, text, _verdict(truth, text, setting, value=money_text(fact.value)), truth)


def _together(ask: Ask, pages: Sequence[Page], setting: Setting) -> Reply | None:
    """The sum of all pictures against the limit, where that was asked and all can be told."""
    if not isinstance(ask, Compare) or not ask.together or len(pages) < 2:
        return None
    facts = [amount_of(page, _subject(ask.subject, "total")) for page in pages]
    values = [fact.value for fact in facts if isinstance(fact.value, Decimal)]
    if len(values) < len(facts):
        why = next(fact.why for fact in facts if not isinstance(fact.value, Decimal))
        return _untold(ask, setting, why, ask.subject)
    if len({fact.currency for fact in facts}) > 1:
        return _untold(ask, setting, "currency", "")
    label = f"{len(pages)} 张合计" if setting.language == "zh" else f"sum of {len(pages)}"
    backed = ("arithmetic",) if all(fact.support for fact in facts) else ()
    first = facts[0]
    total = sum(values, Decimal(0))
    whole = Fact(first.field, total, label, None, backed, "", first.currency)
    return _judged(ask, ask.comparison, whole, setting)


def _in_span(ask: InSpan, page: Page, setting: Setting) -> Reply:
    field = _subject(ask.subject, "date")
    if field.kind == "any":
        # An unforeseen label, such as 保质期至, still names a date here.
        field = Field(field.key, "date", (), field.labels)
    fact = look_up(page, field)
    if not isinstance(fact.value, date):
        return _untold(ask, setting, fact.why or "missing", ask.subject)
    truth = ask.span.holds(fact.value)
    text = wording.date_text(setting.language, fact, truth, ask.span.text, setting.today)
    return Reply(ask, text, _verdict(truth, text, setting, value=fact.value.isoformat()), truth)


def _same(ask: Same, page: Page, setting: Setting) -> Reply:
    fact = look_up(page, known_field(ask.subject) or field_for(ask.subject))
    shown = wording.data_text(fact)
    if shown is None:
        return _untold(ask, setting, fact.why, ask.subject)
    truth = squeeze(shown) == squeeze(ask.text)
    doubt = "" if truth else _doubt(fact, shown, ask.text)
    if doubt:
        return _untold(ask, setting, doubt, f"{ask.subject} {shown}")
    zh = setting.language == "zh"
    head = (wording.YES if truth else wording.NO)[setting.language]
    text = f"{head}。{ask.subject}：{shown}。" if zh else f"{head}. The {ask.subject} is {shown}."
    return Reply(ask, text, _verdict(truth, text, setting, value=shown), truth)


_FIRM: Final = re.compile(
    r"(?:有限公司|责任公司|股份公司|分公司|事务所|银行|集团|合伙\)?)$|^.{5,}(?:公司|厂|店|院|校|中心|局|所|行|部|社|会)$"
    r"|\b(?:ltd|limited|inc|llc|gmbh|plc|co)\.?$",
    re.IGNORECASE,
)
_NO_NAME: Final = re.compile(r"[的人员计纳男女士长管谁]|^.?$|^.{5,}$")
_PEOPLE: Final = {"person", "payee", "reviewer", "drawer"}


def _doubt(fact: Fact, shown: str, text: str) -> str:
    """Why `shown` is not surely another value than `text`; "" where it surely is."""
    one, other = squeeze(shown), squeeze(text)
    if not fact.support and passages.differ_by_one(one, other):
        return "unclear"
    if fact.field.key in ("buyer_name", "seller_name"):
        if one in other or other in one:
            return "partial"
        # 购买方是否为上市公司 asks for no name, and a name may be printed in another script.
        same_script = bool(HAS_CJK.search(one)) == bool(HAS_CJK.search(other))
        if not same_script or not _FIRM.search(text):
            return "beyond"
    if fact.field.key in _PEOPLE and HAS_CJK.search(one) and _NO_NAME.search(other):
        return "beyond"
    return ""


# --- find in page ------------------------------------------------------------------------------


def _find(ask: Find, page: Page, setting: Setting) -> Reply:
    zh = setting.language == "zh"
    seen = passages.thing_seen(ask.text, page)
    if seen is not None:
        if seen == "unknown":
            return _untold(ask, setting, "unclear", ask.text)
        text = _presence(ask.text, seen == "yes", zh)
        return Reply(ask, text, _verdict(seen == "yes", text, setting), seen == "yes")
    hits = passages.pieces_with(page, ask.text)
    if hits:
        places = [wording.box_1000(piece.box) for piece in hits]
        shown = "；".join(piece.raw for piece in hits[:5])
        text = f"有：{shown}" if zh else f"Yes: {shown}"
        if ask.where:
            spots = "；".join(f"{piece.raw} {wording.box_1000(piece.box)}" for piece in hits[:5])
            text = (
                f"{spots}（左、上、右、下，页面摆正后的千分比）"
                if zh
                else f"{spots} (left, top, right, bottom in thousandths of the upright page)"
            )
        more = {"boxes": places} if ask.where else {}
        return Reply(ask, text, _verdict(True, text, setting, **more), True)
    parts = [part.strip() for part in SEPARATORS.split(ask.text) if part.strip()]
    if len(parts) > 1 and not ask.where:
        return _find_all(ask, parts, page, setting)
    near = passages.nearly(page, ask.text)
    if page.is_poor or not page.rows or near:
        return _untold(ask, setting, "unclear", near or ask.text)
    if passages.SEAL_OF.search(ask.text):
        # Whose stamp it is stands on a curve, which is not read.
        return _untold(ask, setting, "unclear", ask.text)
    text = (
        f"没有，识别出的文字中未见“{ask.text}”。"
        if zh
        else f'No, "{ask.text}" is not in the recognised text.'
    )
    return Reply(ask, text, _verdict(False, text, setting), False)


def _find_all(ask: Find, parts: Sequence[str], page: Page, setting: Setting) -> Reply:
    """A和B: each looked for alone; one that is surely missing settles it."""
    found = [_find(Find(part), page, setting) for part in parts]
    truths = [each.truth for each in found]
    truth = False if False in truths else None if None in truths else True
    names = zip(parts, found, strict=True)
    text = "\n".join(
        f"{part}：{each.text}" if setting.language == "zh" else f"{part}: {each.text}"
        for part, each in names
    )
    return Reply(ask, text, _verdict(truth, text, setting), truth)


def _presence(name: str, there: bool, zh: bool) -> str:
    if zh:
        return f"{'有' if there else '没有'}{name}。"
    return f"{'Yes, there is' if there else 'No, there is no'} {name}."


# --- tables ------------------------------------------------------------------------------------


def _table(ask: Ask, page: Page, setting: Setting) -> Reply:
    grids = tables_of(page)
    if not grids:
        return _untold(ask, setting, "missing", "表格" if setting.language == "zh" else "table")
    loose = sum(grid.loose for grid in grids)
    text = "\n\n".join(_markdown(grid) for grid in grids)
    if loose:
        text += (
            f"\n（另有 {loose} 处文字未能归入某一行，未列出）"
            if setting.language == "zh"
            else f"\n({loose} pieces of text belong to no one row and are left out)"
        )
    data: dict[str, Any] = {"items" if len(grids) == 1 else "tables": _rows_data(grids)}
    if loose:
        data["left_out"] = loose
    return Reply(ask, text, data)


def _markdown(grid: Grid) -> str:
    width = len(grid.head or grid.rows[0])
    head = grid.head or ("",) * width
    lines = [head, ("---",) * width, *grid.rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def _rows_data(grids: Sequence[Grid]) -> list[Any]:
    found = [
        [dict(zip(grid.head, row, strict=True)) if grid.head else list(row) for row in grid.rows]
        for grid in grids
    ]
    return found[0] if len(found) == 1 else list(found)
