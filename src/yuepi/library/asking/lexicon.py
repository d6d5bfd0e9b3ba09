"""Words of business papers that mean the same, in Chinese and in English.

A question and its answer seldom use one word, and often not one language. `lexicon.txt` has a line
for each thing with all its names; generic ones say which sort of paper is meant and little else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_FILE: Final = "lexicon.txt"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """groups: each the names of one thing, in small letters; the generic ones are among them, and
    all their names in `generic`. stop: words without a meaning of their own."""

    groups: tuple[frozenset[str], ...]
    generic: frozenset[str]
    stop: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The packaged words, read once."""
    text = (resources.files(__package__) / _FILE).read_text(encoding="utf-8")
    lines: dict[str, list[str]] = {"": [], "generic": [], "stop": []}
    part = ""
    for line in text.splitlines():
        if line.startswith("["):
            part = line.strip("[]")
        elif line and not line.startswith("#"):
            lines[part].append(line)
    usual = tuple(map(_names, lines[""]))
    generic = tuple(map(_names, lines["generic"]))
    return Lexicon(
        groups=(*usual, *generic),
        generic=frozenset[str]().union(*generic),
        stop=frozenset(" ".join(lines["stop"]).split()),
    )


def _names(line: str) -> frozenset[str]:
    chinese, _, english = line.partition("|")
    names = (*chinese.split(), *(each.strip() for each in english.split(";")))
    return frozenset(filter(None, names))
