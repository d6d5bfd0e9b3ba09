"""Signing roots while the record grows, a few hashes at a time.

A root costs the entries since the last one and a handful of nodes, however long the record is:
the tree's right edge is kept with each root. Several processes may keep roots: of two that go on
from the same root one wins, by a unique column.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from yuepi.audit.root_key import RootKey
from yuepi.audit.signed_root import SignedRoot, record_broken
from yuepi.audit.store import Record
from yuepi.audit.tree import TILE_LEAVES, Frontier
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable, YuepiError

LOG = logging.getLogger(__name__)

ENTRIES_PER_ROOT: Final = 1_000
MINUTES_PER_ROOT: Final = 10.0
LOOK_S: Final = 10.0
LEAVES_AT_ONCE_MAX: Final = 10_000
ENTRIES_MAX: Final = 1_000_000
"""New entries that one root takes in at most; the next root takes the rest."""

Publish = Callable[[], Awaitable[object]]
"""Brings new roots to another place, such as `roots_file.follow`."""


class RootKeeper:
    """Makes a signed root after so many entries, or so many minutes after the last one."""

    def __init__(
        self,
        database: Database,
        key: RootKey,
        *,
        entries_max: int = ENTRIES_PER_ROOT,
        minutes_max: float = MINUTES_PER_ROOT,
        publish: Publish | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._record = Record(database)
        self._key = key
        self._entries_max = entries_max
        self._wait_max = timedelta(minutes=minutes_max)
        self._publish = publish
        self._clock = clock

    async def run(self, *, look_s: float = LOOK_S) -> None:
        """Sign what is due and publish it, until cancelled; failures are logged and tried again."""
        while True:
            try:
                await self.sign_due()
                if self._publish is not None:
                    await self._publish()
            except YuepiError as error:
                LOG.warning("no root of the audit record now: %s (%s)", error, error.remedy)
            await asyncio.sleep(look_s)

    async def sign_due(self, *, force: bool = False) -> SignedRoot | None:
        """Sign a root if one is due, or with `force` if there is any new entry.

        None: nothing was due, or another process was faster. Raises `Unavailable` when the
        database fails or the last root was signed by another key (code `audit_key_changed`), and
        `RecordBroken` where the record does not go on from its last root.
        """
        last = await self._record.root()
        end = (await self._record.extent()).end
        if end is None:
            raise record_broken("its end is missing")
        frontier = self._edge(last)
        new = end.seq - frontier.size
        if new < 0:
            raise record_broken(f"a root over {frontier.size} is signed, it ends at {end.seq}")
        if new == 0 or not (force or self._due(new, last)):
            return None
        first_tile = frontier.size // TILE_LEAVES
        upto = min(end.seq, frontier.size + ENTRIES_MAX)
        tiles = await self._take_in(frontier, upto)
        root = SignedRoot.made(upto, frontier.root(), self._clock(), self._key)
        row = {
            "size": root.size,
            "previous_size": 0 if last is None else last.size,
            "root": root.root,
            "at": root.at,
            "key_id": root.key,
            "signature": root.signature,
            "frontier": frontier.kept(),
        }
        return (
            root if await self._record.add_root(row, dict(enumerate(tiles, first_tile))) else None
        )

    def _edge(self, last: Any) -> Frontier:
        """Where the last root ended; what the database says of it is not believed unsigned."""
        if last is None:
            return Frontier()
        stored = SignedRoot.of_row(last)
        if stored.key != self._key.public:
            if not self._key.deliberate:
                raise Unavailable(
                    f"roots are signed by the key {stored.key}, here is {self._key.public}",
                    remedy="put back the file keys/audit.key of this database",
                    code="audit_key_changed",
                )
            LOG.warning("roots are signed by another key from now on: %s", self._key.public)
        try:
            frontier = Frontier(last.size, bytes(last.frontier))
        except (ValueError, TypeError):
            raise record_broken(f"the root over {last.size} was changed") from None
        if not stored.holds() or frontier.root() != stored.root:
            raise record_broken(f"the root over {last.size} was changed")
        return frontier

    def _due(self, new: int, last: Any) -> bool:
        # A clock that was put back must not put off roots.
        return (
            new >= self._entries_max
            or last is None
            or abs(self._clock() - last.at) >= self._wait_max
        )

    async def _take_in(self, frontier: Frontier, upto: int) -> list[bytes]:
        """Add the leaves up to that size; gives the tiles that came full."""
        tiles: list[bytes] = []
        while frontier.size < upto:
            high = min(upto, frontier.size + LEAVES_AT_ONCE_MAX)
            leaves = await self._record.leaves(frontier.size, high)
            if len(leaves) != high - frontier.size:
                raise record_broken(f"entries between {frontier.size + 1} and {high} are missing")
            tiles += await asyncio.to_thread(_added, frontier, leaves)
        return tiles


def _added(frontier: Frontier, leaves: Sequence[bytes]) -> list[bytes]:
    tiles = [frontier.add(leaf) for leaf in leaves]
    return [tile for tile in tiles if tile is not None]
