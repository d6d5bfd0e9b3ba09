"""Where a page of a list ended, as an opaque text that clients hand back.

It is no secret and grants nothing: what it points to is looked for within the reach of whoever
asks. It is checked, so that a mistyped one is an error and not a wrong page.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Final

from yuepi.kit.errors import BadUsage

CURSOR_CHARACTERS_MAX: Final = 512
_INTEGER_MAX: Final = 2**63 - 1
"""More no database takes."""


def write_cursor(*parts: str | int) -> str:
    """The cursor of these values."""
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def read_cursor(cursor: str, *types: type[str] | type[int]) -> tuple[str | int, ...]:
    """The values that were written into a cursor; raises `BadUsage` (`bad_cursor`) for others."""
    try:
        if len(cursor) > CURSOR_CHARACTERS_MAX:
            raise ValueError("too long")
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(parts, list) or [type(part) for part in parts] != list(types):
            raise ValueError("other values")
        if not all(_is_askable(part) for part in parts):
            raise ValueError("no database takes them")
    except (ValueError, binascii.Error, RecursionError) as error:
        raise bad_cursor() from error
    return tuple(parts)


def moment_in(text: str | int) -> datetime:
    """The aware moment that was written as ISO text; raises `BadUsage` like `read_cursor`."""
    try:
        moment = datetime.fromisoformat(str(text))
        if moment.tzinfo is None:
            raise ValueError("no zone")
        # Out of the calendar, in UTC, is a moment that only somebody's own cursor has.
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bad_cursor() from error


def _is_askable(part: str | int) -> bool:
    """Whether a database can be asked for it: no zero or half a character, no endless number."""
    if isinstance(part, int):
        return abs(part) <= _INTEGER_MAX
    return "\0" not in part and not any("\ud800" <= letter <= "\udfff" for letter in part)


def bad_cursor() -> BadUsage:
    """The error for a cursor that was not made here."""
    return BadUsage(
        "this place in the list is not known",
        remedy="begin at the list's first page, and use `next` as it is given",
        code="bad_cursor",
    )
