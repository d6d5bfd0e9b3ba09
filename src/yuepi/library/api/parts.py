"""What the routes of the shelf are made of: its classes, and what `app` lends them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from yuepi.access.api.requests import Gate, Once, Streams, Uploads
from yuepi.kit.database import Database
from yuepi.library.bulk import Bulk
from yuepi.library.folders import Folders
from yuepi.library.papers import Papers
from yuepi.library.shelf import Shelf
from yuepi.library.watching import WatchedState

PATH_FIELD = "path"
TAGS_FIELD = "tags"
FILE_FIELD = "file"
LISTS = frozenset({PATH_FIELD, TAGS_FIELD})
"""The fields of the upload form that may come again and again."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the routes speak to. `app` opens and closes it.

    uploads: takes forms whose files are called `file`, with the repeated fields of `LISTS`.
    watched: how the folders stand that are watched here.
    """

    database: Database
    clock: Callable[[], datetime]
    gate: Gate
    uploads: Uploads
    streams: Streams
    folders: Folders
    shelf: Shelf
    papers: Papers
    watched: Callable[[], Sequence[WatchedState]] = tuple
    once: Once = field(init=False)
    """Answers a repeated request as before."""
    bulk: Bulk = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "once", Once(self.database, self.clock))
        object.__setattr__(self, "bulk", Bulk(self.folders, self.shelf))
