"""Readings and decisions as tables for a terminal. Text from documents never becomes markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from yuepi.app.visible import visible, visible_line
from yuepi.app.words import (
    EFFECTS,
    ITEM_COLUMNS,
    OUTCOME_SIGNS,
    OUTCOMES,
    SEVERITIES,
    SOURCES,
    STATUS_SIGNS,
    STATUSES,
    TIERS,
    Language,
    Words,
    field_words,
    grouped,
    role_words,
)
from yuepi.documents.kinds import kind_named
from yuepi.documents.reading import Field, FileReading, Item, Reading

if TYPE_CHECKING:
    from yuepi.approvals.decision import Decision, Reason

VALUE_CHARACTERS_MAX: Final = 200
_EFFECT_SIGNS: Final = {"suggest_reject": "✗", "refer": "↗", "approve": "✓", "warn": "△"}
_STYLES: Final = {
    "confirmed": "green",
    "single": "yellow",
    "conflict": "bold red",
    "missing": "dim",
    "info": "dim",
    "warning": "yellow",
    "error": "bold red",
    "approve": "bold green",
    "refer": "bold yellow",
    "suggest_reject": "bold red",
}


def shown_file(file: FileReading, language: Language) -> RenderableType:
    """One file: its name, what it is, its readings or the error."""
    head = Text(visible_line(file.file), style="bold")
    if file.pages:
        pages = Words(f"{file.pages} 页", f"{file.pages} page{'s' if file.pages > 1 else ''}")
        head.append("  " + pages.said(language), style="dim")
        original = Words("电子原件", "electronic original")
        picture = Words("图像，非原件", "a picture, not the original")
        head.append("  " + (original if file.original else picture).said(language), style="dim")
    parts: list[RenderableType] = [head]
    if file.error is not None:
        said = Text("✗ ", style=_STYLES["error"])
        said.append(visible_line(file.error.message))
        said.append("\n  " + visible_line(file.error.remedy), style="dim")
        parts.append(Padding(said, (0, 0, 0, 2)))
    elif not file.readings:
        parts.append(Text("  " + Words("未发现单据", "no document found").said(language), "dim"))
    parts += [Padding(shown_reading(each, language), (0, 0, 1, 2)) for each in file.readings]
    return Group(*parts)


def shown_reading(reading: Reading, language: Language) -> RenderableType:
    """One document: kind, fields with status and sources, items, findings."""
    kind = kind_named(reading.kind)
    title = Text(Words(kind.title_zh, kind.title_en).said(language), style="bold cyan")
    title.append(f"  {percent(reading.kind_confidence)}", style="dim")
    place = Words(f"第 {reading.page} 页", f"page {reading.page}").said(language)
    title.append(f"  {place}  {TIERS[reading.quality].said(language)}", style="dim")
    parts: list[RenderableType] = [title]
    if reading.fields:
        parts.append(_field_table(reading, language))
    if reading.items:
        parts.append(_item_table(reading.items, language))
    for finding in reading.findings:
        message = finding.message_zh if language == "zh" else finding.message
        line = Text(f"{_finding_sign(finding.severity)} ", style=_STYLES[finding.severity])
        line.append(SEVERITIES[finding.severity].said(language), style=_STYLES[finding.severity])
        line.append(f"  {visible_line(message)}")
        parts.append(line)
    for question in reading.questions:
        asked = question.message_zh if language == "zh" else question.message
        parts.append(Text(f"? {visible_line(asked)}", style="yellow"))
    return Group(*parts)


def shown_decision(decision: Decision, language: Language) -> RenderableType:
    """The decision: the outcome, the four answers, the reasons with their policy rows."""
    outcome = Text(f"{OUTCOME_SIGNS[decision.outcome]} {OUTCOMES[decision.outcome].zh}")
    outcome.append(f" / {OUTCOMES[decision.outcome].en}")
    outcome.stylize(_STYLES[decision.outcome])
    if decision.refer_to:
        role = role_words(decision.refer_to).said(language)
        outcome.append(f"  → {visible_line(role)}", style="bold")
    answers = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    answers.add_column()
    answers.add_column()
    for label, answer in answer_rows(decision, language):
        answers.add_row(Text(label, "dim"), Text(answer))
    parts: list[RenderableType] = [outcome, Padding(answers, (0, 0, 0, 2))]
    for reason in gravest_first(decision.reasons):
        message = reason.message_zh if language == "zh" else reason.message_en
        line = Text(f"{_EFFECT_SIGNS[reason.effect]} ", style=_STYLES.get(reason.effect, "dim"))
        line.append(visible_line(message))
        line.append(f"  [{visible_line(str(reason.row))}]", style="dim")
        parts.append(Padding(line, (0, 0, 0, 2)))
    return Group(*parts)


def gravest_first(reasons: Sequence[Reason]) -> list[Reason]:
    """The reasons that decided before those that only warn; otherwise as they are."""
    order = list(EFFECTS)
    return sorted(reasons, key=lambda reason: order.index(reason.effect))


def answer_rows(decision: Decision, language: Language) -> list[tuple[str, str]]:
    """The answers every decision gives, as label and words."""
    yes, no = Words("是", "yes"), Words("否", "no")

    def answered(value: bool) -> str:
        return (yes if value else no).said(language)

    rows = [
        (Words("票据均有效", "Valid invoices"), answered(decision.is_valid_invoices)),
        (Words("合计金额", "Total amount"), f"{decision.total_amount:,.2f}"),
        (Words("超出限额", "Exceeds a limit"), answered(decision.exceeds_limit)),
        (Words("连号", "Consecutive numbers"), answered(decision.consecutive_numbers)),
    ]
    return [(label.said(language), answer) for label, answer in rows]


def percent(confidence: float) -> str:
    """A confidence as a whole percentage, never rounded up to certainty."""
    return f"{min(99, int(confidence * 100)) if confidence < 1 else 100}%"


def _finding_sign(severity: str) -> str:
    return {"info": "·", "warning": "△", "error": "✗"}[severity]


def _field_table(reading: Reading, language: Language) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column(Words("字段", "Field").said(language), no_wrap=True)
    table.add_column(Words("值", "Value").said(language), overflow="fold", ratio=1)
    table.add_column(Words("状态", "Status").said(language), no_wrap=True)
    table.add_column(Words("来源", "Sources").said(language), overflow="fold")
    table.caption = Words(
        "百分数：实测同类字段中正确的比例",
        "percentages: the share of fields like it that were right when measured",
    ).said(language)
    table.caption_justify, table.caption_style = "left", "dim"
    for _, entries in grouped(reading.fields):
        for name, field in entries:
            table.add_row(
                _label(name, reading.kind),
                _value(field),
                _status(field, language),
                _sources(field, language),
            )
    return table


def _label(name: str, kind: str) -> Text:
    words = field_words(name, kind)
    label = Text(visible_line(words.zh))
    if words.en != words.zh:
        label.append(f" {words.en}", style="dim")
    return label


def _value(field: Field) -> Text:
    if field.value is None:
        return Text("–", style="dim")
    value = Text(shortened(field.value))
    if field.others:
        value.append("  ≠ " + " ≠ ".join(shortened(other) for other in field.others), "red")
    return value


def shortened(text: str) -> str:
    """A value on one line and not endless."""
    line = visible_line(text)
    return line if len(line) <= VALUE_CHARACTERS_MAX else line[: VALUE_CHARACTERS_MAX - 1] + "…"


def _status(field: Field, language: Language) -> Text:
    words = STATUSES[field.status].said(language)
    rate = "" if field.status == "missing" else f" {percent(field.confidence)}"
    return Text(f"{STATUS_SIGNS[field.status]} {words}{rate}", style=_STYLES[field.status])


def _sources(field: Field, language: Language) -> Text:
    joint = "、" if language == "zh" else ", "
    return Text(joint.join(SOURCES[source].said(language) for source in field.sources), "dim")


def _item_table(items: Sequence[Item], language: Language) -> Table:
    columns = [
        (name, words)
        for name, words in ITEM_COLUMNS
        if any(getattr(item, name) is not None for item in items)
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for name, words in columns:
        numeric = name not in ("name", "model", "unit")
        table.add_column(
            words.said(language), justify="right" if numeric else "left", overflow="fold"
        )
    for item in items:
        table.add_row(*(Text(visible(getattr(item, name) or "")) for name, _ in columns))
    return table
