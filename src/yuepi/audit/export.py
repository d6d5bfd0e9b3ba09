"""Entries as files that people take away: lines of JSON, or a table. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from yuepi.audit.trail import Recorded

Format = Literal["ndjson", "csv"]
COLUMNS: Final = ("seq", "at", "action", "actor", "subject", "detail", "hash")
MEDIA: Final[Mapping[Format, str]] = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The wide ones, too: a spreadsheet in Chinese or Japanese takes them for the narrow ones."""
_MARK: Final = "\ufeff"
"""So that spreadsheets take the text for what it is: UTF-8."""


def head_of(format_: Format) -> str:
    """What stands before the first entry."""
    return _MARK + _row(COLUMNS) if format_ == "csv" else ""


def lines_of(format_: Format) -> Callable[[Sequence[Recorded]], str]:
    """What writes entries so."""
    return _table if format_ == "csv" else _json_lines


def _json_lines(entries: Sequence[Recorded]) -> str:
    return "".join(json.dumps(_told(each), ensure_ascii=False) + "\n" for each in entries)


def _table(entries: Sequence[Recorded]) -> str:
    rows = []
    for each in entries:
        told = _told(each)
        told["detail"] = json.dumps(told["detail"], ensure_ascii=False)
        rows.append(_row([_plain(str(told[name])) for name in COLUMNS]))
    return "".join(rows)


def _told(entry: Recorded) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "action": entry.action,
        "actor": entry.actor,
        "subject": entry.subject,
        "detail": entry.detail,
        "hash": entry.hash.hex(),
    }


def _plain(text: str) -> str:
    """The text as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
