"""Plain text files as pages of lines: no picture, no fonts, a place for every line by its number.

Anybody can type a text file, so the note `plain_text` goes with every page: what is read from it
is the words of the file and no proof of anything.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from yuepi.kit.limited_child import Frame, RefusalError

PAGES_MAX = 50
LINES_A_PAGE = 60
COLUMNS = 120
"""Of half a wide character each; longer lines are wrapped, at a space where there is one."""
_MARGIN = 0.05
_PITCH = (1 - 2 * _MARGIN) / LINES_A_PAGE
_LINE_SHARE = 0.7
"""Of the pitch: how high a line is."""
_WIDTH, _HEIGHT = 210.0, 297.0
_GAP = re.compile(r"\t+| {3,}")


def decode(data: bytes) -> str | None:
    """The text of a file in UTF-8, UTF-16 with its mark, or GB18030; None where it is neither, or
    holds control characters."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if all(sign.isprintable() or sign in "\r\n\t\f\v" for sign in text) else None
    return None


def parse(data: bytes) -> Iterator[Frame]:
    """The pages of a text file, then its notes. Raises `RefusalError`: unknown_type,
    too_many_pages."""
    text = decode(data)
    if text is None:
        raise RefusalError("unknown_type", "the text is in no known encoding")
    pages = list(_pages(text))
    if len(pages) > PAGES_MAX:
        reason = f"the text fills {len(pages)} pages, the limit is {PAGES_MAX}"
        raise RefusalError("too_many_pages", reason)
    notes = []
    for number, lines in enumerate(pages, start=1):
        header: dict[str, Any] = {"page": number, "width": _WIDTH, "height": _HEIGHT}
        yield Frame(header | {"lines": lines}, b"")
        notes.append({"code": "plain_text", "message": "a plain text file", "page": number})
    yield Frame({"document": {"notes": notes, "data": None}}, b"")


def _pages(text: str) -> Iterator[list[dict[str, Any]]]:
    lines: list[dict[str, Any]] = []
    row, blank = 0, True
    for raw in _wrapped(text):
        if not raw.strip():
            # Several empty lines say no more than one.
            row, blank = row + (0 if blank else 1), True
            continue
        if row >= LINES_A_PAGE:
            yield lines
            lines, row = [], 0
        lines += _runs(raw.rstrip(), row)
        row, blank = row + 1, False
    if lines:
        yield lines


def _wrapped(text: str) -> Iterator[str]:
    for raw in re.split(r"\r\n|[\r\n\f\v]", text):
        rest = raw.expandtabs(8)
        while (cut := _cut(rest)) is not None:
            yield rest[:cut]
            rest = rest[cut:].lstrip()
        yield rest


def _cut(text: str) -> int | None:
    """Where a line is too long for the page, at the last space before it; None where it fits."""
    used = 0
    for index, sign in enumerate(text):
        used += _columns(sign)
        if used > COLUMNS:
            space = text.rfind(" ", COLUMNS // 3, index)
            return space + 1 if space > 0 else index
    return None


def _columns(sign: str) -> int:
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _runs(text: str, row: int) -> Iterator[dict[str, Any]]:
    """The runs of a line, parted at tabs and wide gaps, each with the place of its characters."""
    top = _MARGIN + row * _PITCH
    at = 0
    for gap in (*_GAP.finditer(text), None):
        start, end = at, gap.start() if gap else len(text)
        at = gap.end() if gap else end
        run = text[start:end]
        if not run.strip():
            continue
        left = sum(_columns(sign) for sign in text[:start])
        stops = []
        for sign in run:
            stops.append(_x(left))
            left += _columns(sign)
        box = [stops[0], top, _x(left), top + _LINE_SHARE * _PITCH]
        yield {"text": run, "box": box, "stops": stops}


def _x(column: int) -> float:
    return _MARGIN + (1 - 2 * _MARGIN) * min(column, COLUMNS) / COLUMNS
