"""One reader for all that is read: claims first, then uploads, then the library's documents."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from yuepi.documents.kept_reading import Reader, ReadFile

LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class _UnderWay:
    name: str
    data: bytes
    reading: asyncio.Future[ReadFile]


class ClaimsFirst:
    """A reader for claims, which lends itself for uploads while no claim waits for it, and says
    when neither does.

    A claim with a file that is being read as an upload just now waits for that reading.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._claims = 0
        self._upload: _UnderWay | None = None

    @property
    def version(self) -> str:
        """The reader's own."""
        return self._reader.version

    @property
    def is_free(self) -> bool:
        """Whether no claim waits for it."""
        return self._claims == 0

    @property
    def lent(self) -> Reader:
        """The reader for uploads."""
        return _Lent(self)

    async def idle(self) -> None:
        """Come back once neither a claim nor an upload waits for it, for who reads what can wait:
        between two files, and between the pages of one."""
        while self._claims or self._upload is not None:
            await asyncio.sleep(LOOK_S)

    async def read(self, name: str, data: bytes) -> ReadFile:
        """What stands in a claim's file."""
        now = self._upload
        if now is not None and now.name == name and now.data == data:
            return await asyncio.shield(now.reading)
        self._claims += 1
        try:
            return await self._reader.read(name, data)
        finally:
            self._claims -= 1

    async def read_upload(self, name: str, data: bytes) -> ReadFile:
        """What stands in an upload; one at a time."""
        reading = asyncio.ensure_future(self._reader.read(name, data))
        mine = self._upload = _UnderWay(name, data, reading)
        try:
            return await asyncio.shield(reading)
        finally:
            if self._upload is mine:
                self._upload = None


class _Lent:
    def __init__(self, reader: ClaimsFirst) -> None:
        self._reader = reader
        self.version = reader.version

    async def read(self, name: str, data: bytes) -> ReadFile:
        return await self._reader.read_upload(name, data)
