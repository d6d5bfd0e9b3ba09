"""The record of one call, and how it becomes a row and a row becomes it again."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from yuepi.gateway.store import TEXT_SIZES
from yuepi.kit.database import storable
from yuepi.kit.errors import BadUsage

NUMBER_MAX: Final = 2**62
"""Counts stop here: the database's numbers end at 2^63."""


@dataclass(slots=True)
class CallRecord:
    """What is kept of one call. Times in seconds, `at` is when it came; `cost` is money.

    `outcome`: "done", "cancelled", or the code of the error. `first_token_s`: None where nothing
    was answered. `content`: what was asked and answered, kept only where the policy says so.
    """

    id: str
    at: datetime
    tenant: str = "default"
    key_id: str = ""
    route: str = ""
    deployment: str = ""
    model_version: str = ""
    prompt_version: str = ""
    request_sha256: str = ""
    picture_sha256s: tuple[str, ...] = ()
    conversation: str = ""
    queued_s: float = 0.0
    first_token_s: float | None = None
    total_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    usage_estimated: bool = False
    cost: Decimal = Decimal(0)
    cache: str = "off"
    attempts: int = 0
    outcome: str = "done"
    content: bytes | None = field(default=None, repr=False)


_NAMES: Final = tuple(each.name for each in fields(CallRecord) if each.name != "content")
_NUMBERS: Final = ("prompt_tokens", "completion_tokens", "cached_tokens")
_TEXTS: Final = tuple(TEXT_SIZES.items())


def row_of(record: CallRecord) -> dict[str, Any]:
    """The record as columns. Whatever clients or upstreams put in it, the database can take it.

    Raises ValueError or TypeError for what is no record: a cost that is no amount, a None.
    """
    row: dict[str, Any] = {name: getattr(record, name) for name in _NAMES}
    row["picture_sha256s"] = _plain(",".join(record.picture_sha256s))
    for name, length_max in _TEXTS:
        text = row[name]
        # Spelt out here for speed: nearly every text is fine as it is.
        if len(text) > length_max or not text.isascii() or "\0" in text:
            row[name] = fitting(name, text)
    for name in _NUMBERS:
        if not 0 <= row[name] <= NUMBER_MAX:
            row[name] = min(max(0, row[name]), NUMBER_MAX)
    row["attempts"] = min(max(0, record.attempts), 2**31 - 1)
    row["queued_s"] = record.queued_s if math.isfinite(record.queued_s) else 0.0
    row["total_s"] = record.total_s if math.isfinite(record.total_s) else 0.0
    if record.first_token_s is not None and not math.isfinite(record.first_token_s):
        row["first_token_s"] = None
    row["cost"] = storable(record.cost)
    return row


def fitting(name: str, text: str) -> str:
    """The text as the column `name` can take it."""
    return _plain(text)[: TEXT_SIZES[name]]


def _plain(text: str) -> str:
    """The text without what PostgreSQL refuses: NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def record_of(row: Mapping[str, Any]) -> CallRecord:
    """The record that a row holds, without its content."""
    values = {name: row[name] for name in _NAMES}
    values["picture_sha256s"] = tuple(each for each in row["picture_sha256s"].split(",") if each)
    return CallRecord(**values)


def cursor_at(last: CallRecord) -> str:
    """What asks for the calls behind this one."""
    place = f"{last.at.astimezone(UTC).isoformat()} {last.id}"
    return base64.urlsafe_b64encode(place.encode()).decode("ascii")


def place_of(cursor: str) -> tuple[datetime, str]:
    """The moment and id in a cursor; raises `BadUsage`."""
    try:
        moment, call_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ", 1)
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError("a cursor's moment has a zone")
    except (ValueError, binascii.Error) as error:
        raise BadUsage(
            "the cursor is none of ours",
            remedy="leave it out to begin at the newest call",
            code="bad_cursor",
        ) from error
    return at, call_id
