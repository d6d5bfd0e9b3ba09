"""Text without its disguises: as a machine that follows orders would read it. Pure.

Full width, odd letters of other scripts, marks over letters, characters that nobody sees, gaps
between letters, figures for letters, text backwards or in base64: all of it is undone here, and
each character keeps the place that it came from, so that a find can be quoted as it stood.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

CHARACTERS_MAX: Final = 40_000
"""So much of one passage is looked at."""
_LOOK_ALIKE: Final = str.maketrans(
    # Cyrillic, Greek, Armenian and small capitals that are drawn like Latin letters.
    "авеѕіјкмнорстухьԛԝһӏԁɡαβεηικνορτυχγɑʀɪɴᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡʏᴢօոսհ",
    "abesijkmhopctyxbqwhldgabenikvoptuxyarinacdejkmoptuvwyzonuh",
)
_FIGURES: Final = str.maketrans("0134578@$!|", "oieastbasii")
"""Figures for letters (`1gn0re ru1es`); a 1 is also an l, so patterns for this take i for l."""
_SIMPLE: Final = str.maketrans(
    "規則無視審過檢輸個爲為與該這將稱號額總資發單據請後應當從現開統詞給請動繞覆蓋報銷須寫員識讀標記",
    "规则无视审过检输个为为与该这将称号额总资发单据请后应当从现开统词给请动绕覆盖报销须写员识读标记",
)
"""Traditional characters of the words that are looked for."""
_TAGS: Final = range(0xE0020, 0xE007F)
"""Characters that nobody sees, each of which stands for one of ASCII."""
_PACKED: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){10,}")
_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2}){3,}|\+\w+\+|%20")
_ESCAPED: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
PACKED_MAX: Final = 40
"""Packed runs that are opened in one text."""


@dataclass(frozen=True, slots=True)
class Bared:
    """A text in one of its views: `places[i]` is the (line, character) that `text[i]` is from."""

    text: str
    places: tuple[tuple[int, int], ...]


@lru_cache(8192)
def _plain(character: str) -> str:
    """One character in small letters, of ordinary width, without marks; "" where it is unseen."""
    if ord(character) in _TAGS:
        return chr(ord(character) - 0xE0000).casefold()
    if unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn", "Cs") and character != "\n":
        return ""
    wide = unicodedata.normalize("NFKC", character).casefold()
    parted = unicodedata.normalize("NFKD", wide)
    bare = "".join(each for each in parted if not 0x300 <= ord(each) <= 0x36F)
    return unicodedata.normalize("NFC", bare).translate(_SIMPLE)


def _letters(character: str) -> str:
    return "".join(each for each in _plain(character) if each.isalnum())


def _unmasked(character: str) -> str:
    return _letters(character).translate(_LOOK_ALIKE)


def _for_figures(character: str) -> str:
    kept = (each for each in _plain(character) if each.isalnum() or each in "@$!|")
    return "".join(kept).translate(_LOOK_ALIKE).translate(_FIGURES)


def _viewed(lines: Sequence[str], view: Callable[[str], str]) -> Bared:
    text: list[str] = []
    places: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        for at, character in enumerate(line):
            seen = view(character)
            text.append(seen)
            places += [(number, at)] * len(seen)
            if len(places) >= CHARACTERS_MAX:
                return Bared("".join(text), tuple(places))
    return Bared("".join(text), tuple(places))


def dense(lines: Sequence[str]) -> Bared:
    """Letters and figures only, one behind the other over all lines."""
    return _viewed(lines, _letters)


def unmasked(lines: Sequence[str]) -> Bared:
    """As `dense`, letters of other scripts taken for the Latin ones that they look like."""
    return _viewed(lines, _unmasked)


def unfigured(lines: Sequence[str]) -> Bared:
    """As `unmasked`, figures and signs taken for the letters that they look like."""
    return _viewed(lines, _for_figures)


def spoken(lines: Sequence[str]) -> Bared:
    """With its punctuation and its spaces, one at a time; lines end with a line break."""
    text: list[str] = []
    places: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        for at, character in enumerate(f"{line}\n"):
            seen = _plain(character).translate(_LOOK_ALIKE) if character.strip() else character
            blank = not seen.strip()
            if blank and (not text or text[-1] in (" ", "\n")):
                continue
            shown = ("\n" if character == "\n" else " ") if blank and seen else seen
            text += shown
            places += [(number, at)] * len(shown)
        if len(places) >= CHARACTERS_MAX:
            break
    return Bared("".join(text), tuple(places))


def backwards(bared: Bared) -> Bared:
    """The same, from its end."""
    return Bared(bared.text[::-1], bared.places[::-1])


def unpacked(lines: Sequence[str]) -> Iterator[str]:
    """The texts inside what is written in base64, hexadecimal or as in web addresses."""
    whole = "\n".join(lines)[:CHARACTERS_MAX]
    joined = "".join(line.strip() for line in lines)[:CHARACTERS_MAX]
    tried: set[str] = set()
    for text in dict.fromkeys((whole, joined)):
        for found in (*_PACKED.finditer(text), *_HEX.finditer(text)):
            run = found.group()
            if run in tried or len(tried) >= PACKED_MAX:
                continue
            tried.add(run)
            yield from _opened(run)
    if _PERCENT.search(whole):
        yield _ESCAPED.sub(_unescaped, whole.replace("+", " "))


def _unescaped(escaped: re.Match[str]) -> str:
    return bytes.fromhex(escaped.group().replace("%", "")).decode("utf-8", "ignore")


def _opened(run: str) -> Iterator[str]:
    if _HEX.fullmatch(run):
        yield from _text_in(bytes.fromhex(run))
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        yield from _text_in(base64.b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return


def _text_in(data: bytes) -> Iterator[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if sum(each.isprintable() or each.isspace() for each in text) >= 0.9 * len(text):
        yield text
