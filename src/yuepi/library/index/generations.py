"""The generations of an index, by the names of its tables.

`chunks_g3`, `vectors_g3_EMBEDDER`, and the empty `ready_g3`, whose making is the moment from which
generation 3 is the one that is used. A rebuild fills a new one while readers use the old one; a
crash leaves one that was never announced. Vectors of another embedder are another table: nothing
of two is ever compared.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import lancedb
import pyarrow as pa

from yuepi.kit.errors import BadUsage
from yuepi.library.index.faults import in_peace
from yuepi.library.index.generation import Generation, make_tables

LOG = logging.getLogger(__name__)

STALE: Final = timedelta(0)
"""Each query sees the newest, in a bucket too (a request more): whoever looks which vectors are
missing must see the pieces that another process has just put."""
CACHE_BYTES: Final = 192 * 2**20
META_BYTES: Final = 64 * 2**20
RETIRED_S: Final = 60.0
"""So long after a switch the old generation stays, for queries that still run on it."""
UNFINISHED_S: Final = 6 * 3600.0
"""One that nobody announced, or wrote for so long, is left over from a crash."""

_NAME: Final = re.compile(r"(chunks|vectors|ready)_g(\d{1,9})(?:_([0-9a-f]{12}))?")
_READY: Final = pa.schema([pa.field("id", pa.string())])


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    sort: str
    number: int


class Generations:
    """Makes, announces and drops them. Errors of its library pass through."""

    def __init__(
        self, place: str, options: Mapping[str, str], embedder: str, dimensions: int
    ) -> None:
        self._place = place
        self._remote = "://" in place
        if self._remote and not place.startswith("s3://"):
            raise BadUsage(
                f"the index cannot lie at {place!r}", remedy="name a folder, or s3://BUCKET/PREFIX"
            )
        self._options = _storage_options(options) if self._remote else None
        self._embedder = sha256(f"{embedder} {dimensions}".encode()).hexdigest()[:12]
        self._dimensions = dimensions
        self._connection: Any = None

    async def newest(self) -> int:
        """The number of the one that is used; 0: there is none."""
        return max((t.number for t in await self._tables() if t.sort == "ready"), default=0)

    async def make(self, number: int) -> Generation:
        """Open one; what of it is not there yet is made."""
        made: list[Generation] = []
        connection = await self._connected()
        chunks, vectors = f"chunks_g{number}", f"vectors_g{number}_{self._embedder}"
        names = {table.name for table in await self._tables()}
        if f"ready_g{number}" in names and vectors not in names:
            LOG.warning("the index has no vectors of this embedder: they are made anew")

        async def make() -> None:
            tables = (chunks, vectors)
            made.append(await make_tables(connection, number, tables, self._dimensions))

        await in_peace(make)
        return made[-1]

    async def first(self) -> Generation:
        """The one where there was none; by several together, it is one."""
        generation = await self.make(1)
        await self.announce(1)
        return generation

    async def begin(self) -> Generation:
        """A new one behind all that there are, not announced."""
        last = max((table.number for table in await self._tables()), default=1)
        return await self.make(last + 1)

    async def announce(self, number: int) -> None:
        """From here on this is the one that is used."""
        connection = await self._connected()

        async def announce() -> None:
            await connection.create_table(f"ready_g{number}", schema=_READY, exist_ok=True)

        await in_peace(announce)

    async def drop_old(self, number: int) -> None:
        """Drop those before this one, and later ones that were left over from a crash."""
        tables = await self._tables()
        if await self._age_s(f"ready_g{number}", tables) > RETIRED_S:
            await self._drop([table for table in tables if table.number < number])
        ready = {table.number for table in tables if table.sort == "ready"}
        for late in {table.number for table in tables if table.number > number} - ready:
            if await self._age_s(f"chunks_g{late}", tables) > UNFINISHED_S:
                await self._drop([table for table in tables if table.number == late])

    def close(self) -> None:
        """Let go of the connection; the next call opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def _drop(self, tables: Sequence[_Table]) -> None:
        connection = await self._connected()
        # The marker first: what is half dropped must not be taken for whole.
        for table in sorted(tables, key=lambda found: found.sort != "ready"):
            await connection.drop_table(table.name, ignore_missing=True)

    async def _age_s(self, name: str, tables: Sequence[_Table]) -> float:
        """Seconds since the table was last changed; 0 where it is not there."""
        if all(table.name != name for table in tables):
            return 0.0
        connection = await self._connected()
        versions = await (await connection.open_table(name)).list_versions()
        newest: datetime = max(version["timestamp"] for version in versions)
        return (datetime.now(UTC) - newest.astimezone(UTC)).total_seconds()

    async def _tables(self) -> list[_Table]:
        connection = await self._connected()
        names = (await connection.list_tables()).tables
        found = [(name, _NAME.fullmatch(name)) for name in names]
        return [_Table(name, one[1], int(one[2])) for name, one in found if one is not None]

    async def _connected(self) -> Any:
        if self._connection is None:
            if not self._remote:
                await asyncio.to_thread(_make_folder, Path(self._place))
            self._connection = await lancedb.connect_async(
                self._place,
                storage_options=self._options,
                read_consistency_interval=STALE,
                session=lancedb.Session(CACHE_BYTES, META_BYTES),
            )
        return self._connection


def _storage_options(given: Mapping[str, str]) -> dict[str, str]:
    """As its library names them."""
    options = {f"aws_{key}": value for key, value in given.items()}
    if given.get("endpoint", "").startswith("http://"):
        options["allow_http"] = "true"
    return options | {"request_timeout": "30s", "connect_timeout": "10s"}


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
