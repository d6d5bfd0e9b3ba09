"""Text from strangers, made safe to show: nothing in it may steer a terminal or reorder a line."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SUSPECT: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000110bd\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Control, format and surrogate characters and line separators, tabs included, but no newline."""

_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    if character == "\t":
        return " "
    if unicodedata.category(character) not in _UNSHOWN:
        return character
    point = ord(character)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def visible(text: str) -> str:
    """The text with every unseen character written out (`\\x1b`, `\\u202e`); newlines stay."""
    return _SUSPECT.sub(_escaped, text) if _SUSPECT.search(text) else text


def visible_line(text: str) -> str:
    """As `visible`, and newlines are written out as well."""
    return visible(text).replace("\n", "\\n")
