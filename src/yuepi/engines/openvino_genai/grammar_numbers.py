"""Numbers between two limits, as a grammar: digit by digit, without exponent, of bounded length.

A model that is free to write digits may never stop; so the integer part has at most
`INTEGER_DIGITS_MAX` digits and the fraction `FRACTION_DIGITS_MAX`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from yuepi.engines.openvino_genai.ebnf import (
    EMPTY,
    NEVER,
    Chars,
    Node,
    Text,
    either,
    maybe,
    row,
    times,
)

INTEGER_DIGITS_MAX = 18
FRACTION_DIGITS_MAX = 6
# A double holds 15 decimal digits: with more, a number next to a limit is read as the limit.
SIGNIFICANT_DIGITS_MAX = 15

DIGIT = Chars("[0-9]")
NOT_ZERO = Chars("[1-9]")


@dataclass(frozen=True, slots=True)
class Limit:
    """One end of a range; `open`: the value itself does not belong to it."""

    value: Decimal
    open: bool = False


Tail = Callable[[bool, bool], Node]  # what follows digits that equal the low, the high limit


def integers(low: Limit | None, high: Limit | None) -> Node:
    """All integers of the range, of at most 18 digits unless a limit has more."""
    least = None if low is None else low.value.to_integral_value(ROUND_CEILING)
    if low is not None and least == low.value and low.open:
        least = low.value + 1
    most = None if high is None else high.value.to_integral_value(ROUND_FLOOR)
    if high is not None and most == high.value and high.open:
        most = high.value - 1
    return _signed(
        None if least is None else Limit(least), None if most is None else Limit(most), 0
    )


def numbers(low: Limit | None, high: Limit | None, fraction_digits_max: int) -> Node:
    """All decimal numbers of the range with at most so many digits behind the point."""
    limits = [limit.value for limit in (low, high) if limit is not None]
    before = max((len(str(int(abs(value)))) for value in limits), default=1)
    room = max(0, SIGNIFICANT_DIGITS_MAX - before)
    return _signed(low, high, min(fraction_digits_max, FRACTION_DIGITS_MAX, room))


def _signed(low: Limit | None, high: Limit | None, digits: int) -> Node:
    zero = Limit(Decimal(0))
    positive: Node = NEVER
    if high is None or high.value >= 0:
        positive = _magnitudes(
            low if low is not None and low.value > 0 else _at_zero(low), high, digits
        )
    if low is not None and low.value >= 0:
        return positive
    nearest = Limit(-high.value, high.open) if high is not None and high.value <= 0 else zero
    farthest = None if low is None else Limit(-low.value, low.open)
    return either(positive, row(Text("-"), _magnitudes(nearest, farthest, digits)))


def _at_zero(low: Limit | None) -> Limit:
    """Zero as the low limit; open only where the range itself leaves zero out."""
    return Limit(Decimal(0), low is not None and low.value == 0 and low.open)


def _magnitudes(low: Limit, high: Limit | None, digits: int) -> Node:
    """Numbers without a sign from `low` (not negative) to `high`."""
    if high is not None and (high.value < low.value):
        return NEVER
    low_whole, low_part = _split(low.value)
    high_whole, high_part = _split(high.value) if high is not None else ("", "")

    def tail(at_low: bool, at_high: bool) -> Node:
        bottom = low_part if at_low else None
        top = high_part if at_high else None
        return _fraction(
            bottom, top, bottom_open=low.open, top_open=high is not None and high.open, left=digits
        )

    found: list[Node] = []
    longest = len(high_whole) if high is not None else len(low_whole)
    for length in range(len(low_whole), longest + 1):
        bottom = low_whole if length == len(low_whole) else None
        top = high_whole if high is not None and length == len(high_whole) else None
        found.append(_whole(length, bottom, top, tail, first=True))
    if high is None:
        more = max(INTEGER_DIGITS_MAX, len(low_whole) + 1) - 1
        found.append(row(NOT_ZERO, times(DIGIT, len(low_whole), more), tail(False, False)))
    return either(*found)


def _split(value: Decimal) -> tuple[str, str]:
    whole, _, part = f"{abs(value):f}".partition(".")
    return whole.lstrip("0") or "0", part


def _whole(length: int, low: str | None, high: str | None, tail: Tail, *, first: bool) -> Node:
    """Integer parts of exactly `length` digits between `low` and `high` (as long as that)."""
    if length == 0:
        return tail(low is not None, high is not None)
    if low is None and high is None:
        start = NOT_ZERO if first and length > 1 else DIGIT
        return row(start, times(DIGIT, length - 1, length - 1), tail(False, False))
    lowest = 1 if first and length > 1 else 0
    return _by_digit(
        lowest,
        low,
        high,
        lambda below, above: _whole(length - 1, below, above, tail, first=False),
    )


def _by_digit(
    lowest: int, low: str | None, high: str | None, after: Callable[[str | None, str | None], Node]
) -> Node:
    """One digit, then what may follow it; digits with the same consequence stand in one class."""
    start = max(lowest, int(low[:1] or "0")) if low is not None else lowest
    end = int(high[:1] or "0") if high is not None else 9
    groups: dict[tuple[str | None, str | None], list[int]] = {}
    for digit in range(start, end + 1):
        below = low[1:] if low is not None and digit == int(low[:1] or "0") else None
        above = high[1:] if high is not None and digit == end else None
        groups.setdefault((below, above), []).append(digit)
    return either(
        *(
            row(Chars(f"[{digits[0]}-{digits[-1]}]"), after(below, above))
            for (below, above), digits in groups.items()
        )
    )


def _fraction(
    low: str | None, high: str | None, *, bottom_open: bool, top_open: bool, left: int
) -> Node:
    """What may follow the integer part: nothing, or a point and digits between the limits'."""

    def may_end(low: str | None, high: str | None) -> bool:
        enough = low is None or (not low.strip("0") and not bottom_open)
        return enough and (high is None or bool(high.strip("0")) or not top_open)

    def digits(low: str | None, high: str | None, left: int) -> Node:
        if low is not None and not low.strip("0") and not bottom_open:
            low = None
        if left == 0:
            return NEVER
        if low is None and high is None:
            return times(DIGIT, 1, left)
        return _by_digit(
            0,
            low,
            high,
            lambda below, above: either(
                EMPTY if may_end(below, above) else NEVER, digits(below, above, left - 1)
            ),
        )

    point = row(Text("."), digits(low, high, left))
    if may_end(low, high):
        return maybe(point)
    return point
