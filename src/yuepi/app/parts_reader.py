"""The embedded reader of the library's documents: the desk of claims, whenever it has nothing else.

Long documents are looked at some pages at a time, so that a claim that comes meanwhile waits for a
few pages and not for a book, and so that only their pictures are in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuepi.app.worker_reader import DeskReader, Looked
from yuepi.documents.accept import Original, accept, refusal
from yuepi.documents.kept_reading import ReadFile
from yuepi.documents.turns import ClaimsFirst
from yuepi.kit.errors import UnreadableFile
from yuepi.library.reading import PartToRead

PAGES_AT_ONCE: Final = 6
FILE_BYTES_MAX: Final = 2**30


class DeskParts:
    """Reads parts of files, and small files together, off the event loop."""

    def __init__(self, desk: DeskReader, turns: ClaimsFirst | None = None) -> None:
        """turns: who else waits for the same desk; None: nobody."""
        self._desk = desk
        self._turns = turns

    @property
    def version(self) -> str:
        """The desk's own: no model is asked about the library's documents."""
        return self._desk.version

    async def idle(self) -> None:
        """Come back once no claim and no upload waits for the desk."""
        if self._turns is not None:
            await self._turns.idle()

    async def read_parts(self, parts: Sequence[PartToRead]) -> list[ReadFile | UnreadableFile]:
        """What stands in each, or the fault of the file itself."""
        if len(parts) == 1:
            try:
                return [await self._read(parts[0])]
            except UnreadableFile as error:
                return [error]
        return [*await self._desk.read_together([(each.name, each.data) for each in parts])]

    async def _read(self, part: PartToRead) -> ReadFile:
        original = await self._desk.run(_accepted, part)
        if original.media != "pdf":
            (read,) = await self._desk.read_together([(part.name, part.data)])
            if isinstance(read, UnreadableFile):
                raise read
            return read
        first, last = part.pages or (1, await self._desk.run(_counted, original))
        found: list[Looked] = []
        problem: UnreadableFile | None = None
        for at in range(first, last + 1, PAGES_AT_ONCE):
            await self.idle()
            few = (at, min(at + PAGES_AT_ONCE - 1, last))
            try:
                found.append(await self._desk.look_at(original, few))
            except UnreadableFile as error:
                # The other pages may be whole.
                problem = problem or error
        if problem is not None and not found:
            raise problem
        await self.idle()
        return await self._desk.read_looked(original, found, problem)


def _accepted(part: PartToRead) -> Original:
    original = accept(part.name, part.data, FILE_BYTES_MAX)
    if original.media == "zip":
        raise refusal(part.name, "unsupported_type", "an archive is no document; add what is in it")
    return original


def _counted(original: Original) -> int:
    # Here, not above: it loads the libraries of pictures.
    from yuepi.documents.pages import count_pages

    return count_pages(original)
