"""How exact things are compared: numbers, names and phrases, whatever print made of them. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

KEY_CHARACTERS_MAX: Final = 255
_BRACKETS: Final = str.maketrans("〔【[〕】]", "((()))")
_PRINT: Final = re.compile(r"[\s·.,，。、\x00]")
_SPACE: Final = re.compile(r"[\s\x00]+")


def number_key(text: str) -> str:
    """Letters and digits alone, in capitals and half width: `inv-2024/001` → `INV2024001`."""
    narrow = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in narrow if c.isalnum())[:KEY_CHARACTERS_MAX]


def name_key(text: str) -> str:
    """A name without what print changes: full or half width, spaces, case, shape of brackets."""
    narrow = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    return _PRINT.sub("", narrow).casefold()[:KEY_CHARACTERS_MAX]


def phrase_key(text: str) -> str:
    """A text without spaces, case and full width: a phrase is in it, whatever broke its lines."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).casefold())
