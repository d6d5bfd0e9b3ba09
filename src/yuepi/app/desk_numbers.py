"""What a desk's database tells whoever watches it: claims that wait, workers, messages, entries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from yuepi.app.compose import Composition
from yuepi.app.library import Library
from yuepi.approvals.workflow.backlog import Backlog, Waiting
from yuepi.audit.trail import Trail
from yuepi.kit.errors import Unavailable
from yuepi.kit.outbox import Outbox
from yuepi.library.hit import Health
from yuepi.library.numbers import LibraryNumbers, library_numbers

LOG = logging.getLogger(__name__)

WAIT_S_MAX: Final = 2.0

Looked = TypeVar("Looked")


@dataclass(frozen=True, slots=True)
class DeskNumbers:
    """outbox_waiting, outbox_dead: messages. audit_entries: the record's length. index: how the
    library's index is, where this process uses it."""

    waiting: Waiting
    outbox_waiting: int
    outbox_dead: int
    audit_entries: int
    library: LibraryNumbers
    index: Health | None = None


class DeskWatch:
    """Asks for the numbers, for `WAIT_S_MAX` seconds at most; one for as long as a server runs."""

    def __init__(self, composition: Composition, library: Library | None = None) -> None:
        self._library = library
        records = composition.records
        self._parts = None
        if records is not None:
            database = self._database = records.database
            backlog = Backlog(database, lease_s=composition.settings.workers.lease_s)
            self._parts = backlog, Outbox(database, {}), Trail(database)

    async def waiting(self) -> Waiting | None:
        """Claims and workers; None where there is no database, or it does not answer."""
        if self._parts is None:
            return None
        backlog, _, _ = self._parts
        return await _in_time(backlog.look)

    async def numbers(self) -> DeskNumbers | None:
        """All of them; None where there is no database, or it does not answer."""
        if self._parts is None:
            return None
        backlog, outbox, trail = self._parts

        async def look() -> DeskNumbers:
            return DeskNumbers(
                await backlog.look(),
                *await outbox.counts(),
                await trail.length(),
                await library_numbers(self._database),
                await self._index(),
            )

        return await _in_time(look)

    async def index(self) -> Health | None:
        """How the library's index is; None where that is not known."""
        return await _in_time(self._index)

    def reranker(self) -> Literal["ready", "failed"] | None:
        """Whether the library's ranking model is asked, or left alone; None where there is none."""
        if self._library is None or self._library.reranker is None:
            return None
        return "failed" if self._library.reranker.state == "open" else "ready"

    async def _index(self) -> Health | None:
        # An index that nobody has used here is not loaded to be looked at.
        if self._library is None or not self._library.index.is_open:
            return None
        return (await self._library.indexer.health())[0]


async def _in_time(look: Callable[[], Awaitable[Looked]]) -> Looked | None:
    try:
        async with asyncio.timeout(WAIT_S_MAX):
            return await look()
    except TimeoutError:
        LOG.warning("the desk's numbers are left out: no answer within %g s", WAIT_S_MAX)
    except Unavailable as error:
        LOG.warning("the desk's numbers are left out: %s", error)
    return None
