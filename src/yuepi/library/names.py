"""Names of folders, documents and tags: what can be one, and when two are the same. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from yuepi.documents.accept import shown_name
from yuepi.kit.errors import YuepiError
from yuepi.library.document import (
    NAME_CHARACTERS_MAX,
    TAG_CHARACTERS_MAX,
    TAGS_MAX,
    BadDocument,
)

KEY_CHARACTERS_MAX: Final = 255
_SPACES: Final = re.compile(r"\s+")
_COUNTED: Final = re.compile(r" \((\d{1,6})\)$")
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{1,8}$")


class NameTaken(YuepiError):
    """Another one beside it has that name."""

    code = "name_taken"
    http_status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is one called {name[:80]!r} already", remedy="choose another name or place"
        )


def folded(name: str) -> str:
    """The name as it is compared: width, case and runs of space don't count."""
    wide = unicodedata.normalize("NFKC", name).casefold()
    # Folding can decompose what normalising composed.
    key = _SPACES.sub(" ", unicodedata.normalize("NFKC", wide)).strip()
    if len(key) <= KEY_CHARACTERS_MAX:
        return key
    return "#" + hashlib.sha256(key.encode("utf-8")).hexdigest()


def checked_name(name: str) -> str:
    """The name of a folder or document as somebody gave it; raises `BadDocument` (`bad_name`)."""
    clean = _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip()
    if (
        not clean
        or len(clean) > NAME_CHARACTERS_MAX
        or clean in (".", "..")
        or any(c in "/\\" or not c.isprintable() for c in clean)
        or not folded(clean)
    ):
        raise BadDocument(
            f"{clean[:80]!r} cannot be a name",
            remedy=f"use 1 to {NAME_CHARACTERS_MAX} visible characters, without / and \\",
            code="bad_name",
        )
    return clean


def file_name(name: str) -> str:
    """What a file that was sent is called here: the last part of its path, made visible."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    clean = shown_name(_SPACES.sub(" ", unicodedata.normalize("NFC", last)).replace("\0", ""))
    return "document" if clean in (".", "..") or not folded(clean) else clean


def numbered(name: str, number: int) -> str:
    """The name with a number before its ending: `a (2).pdf`."""
    found = _ENDING.search(name)
    ending = found[0] if found and found.start() else ""
    stem = _COUNTED.sub("", name[: len(name) - len(ending)])
    tail = f" ({number}){ending}"
    return stem[: NAME_CHARACTERS_MAX - len(tail)] + tail


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without repeats, in their order; raises `BadDocument` (`bad_tags`)."""
    clean: dict[str, str] = {}
    for tag in tags:
        text = _SPACES.sub(" ", unicodedata.normalize("NFKC", tag)).strip()
        if not text or len(text) > TAG_CHARACTERS_MAX or not text.isprintable():
            raise BadDocument(
                f"{text[:80]!r} cannot be a tag",
                remedy=f"use 1 to {TAG_CHARACTERS_MAX} visible characters",
                code="bad_tags",
            )
        clean.setdefault(text.casefold(), text)
    if len(clean) > TAGS_MAX:
        raise BadDocument(
            f"{len(clean)} tags are too many",
            remedy=f"{TAGS_MAX} are the most",
            code="bad_tags",
        )
    return tuple(clean.values())
