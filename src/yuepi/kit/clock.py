"""Days and moments: time is aware UTC, a business day is a day in China.

Rooms take the day as an argument and stay pure; only the edges ask `utc_now`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China keeps one zone without summer time, so no zone database is needed."""

_ISO_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


def utc_now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def business_day(moment: datetime, zone: timezone = CHINA) -> date:
    """The day of an aware moment where the company works. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(zone).date()


def iso_day(text: str | None) -> date | None:
    """The day written `YYYY-MM-DD`, or None for anything else, impossible days included."""
    if text is None or not _ISO_DAY.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
