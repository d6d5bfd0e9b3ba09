"""Pictures of the pages that were read, upright, as people see them beside what was read.

The boxes of a reading are fractions of these pictures. A picture is a blob like any original; the
reading names it. What another reader saw later has pictures of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from yuepi.kit.blobs import Blobs

VERSION_CHARACTERS: Final = 16
"""So much of a picture's hash tells it from those of other readers."""
AT_ONCE: Final = 4
"""So many pictures of one file are written together."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page's picture, a JPEG. file_at: the file's place in its attachment, from 0. page: its
    number in the file, from 1."""

    file_at: int
    page: int
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page's picture as a reading names it: where it is from, its blob, its size in pixels."""

    file_at: int
    page: int
    sha256: str
    width: int
    height: int


async def keep_pages(blobs: Blobs, pictures: Sequence[PagePicture]) -> str:
    """Keep the pictures; what names them in a reading (`readings.pages`). Raises as `put` does."""
    kept: list[KeptPage] = []
    for at in range(0, len(pictures), AT_ONCE):
        some = pictures[at : at + AT_ONCE]
        names = await asyncio.gather(*(blobs.put(each.data) for each in some))
        kept += (
            KeptPage(each.file_at, each.page, name, each.width, each.height)
            for each, name in zip(some, names, strict=True)
        )
    return json.dumps([asdict(each) for each in kept], separators=(",", ":"))


def pages_of(text: str) -> tuple[KeptPage, ...]:
    """The pictures that a reading names."""
    return tuple(KeptPage(**each) for each in json.loads(text))


def picked(
    pages: Sequence[KeptPage], file_at: int, page: int, version: str | None = None
) -> KeptPage | None:
    """The picture of that page; version: how its hash begins, None: whichever."""
    return next(
        (
            each
            for each in pages
            if (each.file_at, each.page) == (file_at, page)
            and each.sha256.startswith(version or "")
        ),
        None,
    )
