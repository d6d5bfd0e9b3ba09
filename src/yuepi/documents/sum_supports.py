"""Sums of several parts that support one another: fare + surcharges + taxes = total. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from yuepi.documents.fields import Candidate
from yuepi.documents.reading import Source
from yuepi.kit.money import parse_amount

_PARTS: Final = ("fare", "fuel", "fund", "tax", "other_taxes", "insurance")
_PARTS_MIN: Final = 2


def supports(by_name: Mapping[str, list[Candidate]]) -> list[tuple[str, Source]]:
    """The parts of a fare and their total, where they add up and none can be misread alone.

    Each stands at a place of its own and says one thing; at least two parts are more than
    nothing. A recogniser that takes every 1 for a 7 may keep a sum right, so no swap of one digit
    for another in all of them may do that.
    """
    if "fare" not in by_name or "total" not in by_name:
        return []
    values = {name: _only(by_name, name) for name in (*_PARTS, "total") if name in by_name}
    if any(value is None for value in values.values()) or not _apart(by_name, tuple(values)):
        return []
    sure = {name: value for name, value in values.items() if value is not None}
    names = _parts_of(sure)
    if names is None or not _breakable([sure[name] for name in names], sure["total"]):
        return []
    return [(name, "arithmetic") for name in (*names, "total")]


def _parts_of(values: Mapping[str, str]) -> tuple[str, ...] | None:
    """The parts that make the total; the insurance may be sold beside it."""
    every = tuple(name for name in _PARTS if name in values)
    for names in (every, tuple(name for name in every if name != "insurance")):
        amounts = [_amount(values[name]) for name in names]
        filled = sum(1 for amount in amounts if amount)
        if filled >= _PARTS_MIN and sum(amounts, Decimal(0)) == _amount(values["total"]):
            return names
    return None


def _breakable(parts: list[str], total: str) -> bool:
    """Whether every swap of one digit for another, made everywhere, makes the sum wrong."""
    for digit in set("".join((*parts, total))) & set("0123456789"):
        for other in set("0123456789") - {digit}:
            swapped = [_amount(part.replace(digit, other)) for part in parts]
            if sum(swapped, Decimal(0)) == _amount(total.replace(digit, other)):
                return False
    return True


def _only(by_name: Mapping[str, list[Candidate]], name: str) -> str | None:
    values = {each.value for each in by_name[name]}
    value = values.pop() if len(values) == 1 else None
    return value if value is not None and parse_amount(value, ".") is not None else None


def _amount(text: str) -> Decimal:
    return parse_amount(text, ".") or Decimal(0)


def _apart(by_name: Mapping[str, list[Candidate]], names: tuple[str, ...]) -> bool:
    boxes = [by_name[name][0].evidence.box for name in names]
    return len(set(boxes)) == len(boxes)
