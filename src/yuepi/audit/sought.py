"""Which entries somebody asks for, and how they are found: by names, and by time.

Moments have no index: entries stand in the order they were written, so that a time is a place in
the record, found by halving. Clocks of several machines differ by moments, hence the margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from yuepi.audit.canonical import stored_text
from yuepi.audit.store import Record

MARGIN: Final = 500
"""Entries before and after a place that may belong to the other side of it."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Entries of which all that is given holds. about: the subject or the actor. since ≤ the
    moment < until."""

    subject: str | None = None
    action: str | None = None
    actor: str | None = None
    about: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def stored(self) -> Sought:
        """As the record writes texts."""
        return Sought(
            _stored(self.subject),
            _stored(self.action),
            _stored(self.actor),
            _stored(self.about),
            self.since,
            self.until,
        )


async def span_of(record: Record, sought: Sought) -> tuple[int, int | None]:
    """Numbers that entries of the asked time lie between, both excluded."""
    if sought.since is None and sought.until is None:
        return 0, None
    last = (await record.extent()).last_seq or 0
    after, before = 0, None
    if sought.since is not None:
        after = max(0, await _first_from(record, sought.since, last) - MARGIN)
    if sought.until is not None:
        before = await _first_from(record, sought.until, last) + MARGIN
    return after, before


async def _first_from(record: Record, moment: datetime, last: int) -> int:
    """The number of the first entry of that moment or later; behind the last where none is."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        found = await record.moment_from(middle)
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0] + 1
    return low


def _stored(text: str | None) -> str | None:
    return None if text is None else stored_text(text)
