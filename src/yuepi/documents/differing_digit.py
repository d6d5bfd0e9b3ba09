"""Two values that differ in one digit: the digit is named, so that a person looks at that one.

Pure. One wrong digit is the commonest error of recognisers and of models, and the costliest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yuepi.documents.kinds.kind import Kind
from yuepi.documents.reading import Field, Finding, Status

_DOUBTED: tuple[Status, ...] = ("single", "confirmed")
_CONFLICT_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Digits:
    """place: which digit from the left, from 1, signs and letters not counted; the two digits."""

    place: int
    one: str
    other: str


def differing_digit(one: str, other: str) -> Digits | None:
    """The one digit in which two values differ; None where they differ in more, or in none."""
    if len(one) != len(other):
        return None
    places = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(places) != 1:
        return None
    a, b = one[places[0]], other[places[0]]
    if not (a.isdecimal() and b.isdecimal()):
        return None
    return Digits(sum(each.isdecimal() for each in one[: places[0] + 1]), a, b)


def doubted(fields: Mapping[str, Field], doubts: Mapping[str, str]) -> dict[str, Field]:
    """The fields, those in conflict that a model reads with one other digit.

    What the file itself or a code says stays: against them a model's eye counts for nothing.
    """
    changed = dict(fields)
    for name in doubts:
        field = fields.get(name)
        if field is None or field.status not in _DOUBTED or set(field.sources) & _SURE:
            continue
        changed[name] = field.model_copy(
            update={"status": "conflict", "confidence": _CONFLICT_CONFIDENCE}
        )
    return changed


_SURE = frozenset({"native", "codes"})


def digit_findings(
    kind: Kind, fields: Mapping[str, Field], doubts: Mapping[str, str]
) -> Iterator[Finding]:
    """A finding for each field whose sources differ in one digit. Nothing that is shown in part
    only is told: then the place alone."""
    for name, field in fields.items():
        if field.value is None:
            continue
        said = [doubts[name]] if name in doubts else []
        others = field.others if field.status == "conflict" else ()
        for other in dict.fromkeys((*others, *said)):
            digits = differing_digit(field.value, other)
            if digits is not None:
                yield _finding(kind, name, field, other, digits)
                break


def _finding(kind: Kind, name: str, field: Field, other: str, digits: Digits) -> Finding:
    title_zh, title = kind.labels.get(name, (name, name))
    which, which_zh = f"digit {digits.place} of {title}", f"{title_zh} 的第 {digits.place} 位数字"
    if name in kind.masked:
        message = f"Sources differ in {which}"
        message_zh = f"各来源的{which_zh}不一致"
    else:
        message = (
            f"Sources differ in {which}: {digits.one} or {digits.other} ({field.value} / {other})"
        )
        message_zh = (
            f"各来源的 {which_zh}不一致：{digits.one} 还是 {digits.other}"
            f"（{field.value} / {other}）"
        )
    return Finding(
        code="sources_differ_in_digit",
        severity="warning" if field.status == "conflict" else "info",
        message=message,
        message_zh=message_zh,
        fields=(name,),
    )
