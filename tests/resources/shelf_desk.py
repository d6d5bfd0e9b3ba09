"""A shelf with folders, people and a record, told on SQLite and on PostgreSQL.

Import `shelf_story` and `postgres` as fixtures. The departments: the company (`dep_root`), below it
`sales` and `legal`, below sales `north`.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from tests.resources.databases import migrated_postgres, migrated_sqlite
from tests.resources.postgres import postgres
from yuepi.access.principal import ROOT_DEPARTMENT, Principal, Role
from yuepi.audit.record import append
from yuepi.documents.accept import Original
from yuepi.documents.pages import count_pages
from yuepi.kit.blobs import open_blobs
from yuepi.kit.database import Database, Transaction, open_database
from yuepi.kit.record import Entry
from yuepi.library.actor import Actor, actor_of
from yuepi.library.folders import Folders
from yuepi.library.shelf import Added, Shelf, ShelfTerms
from yuepi.library.store.tables import DOCUMENTS, PARTS

__all__ = ["ShelfDesk", "ShelfStory", "person", "picture", "postgres", "shelf_story"]

NOW = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
ABOVE = {
    ROOT_DEPARTMENT: (),
    "sales": (ROOT_DEPARTMENT,),
    "legal": (ROOT_DEPARTMENT,),
    "north": ("sales", ROOT_DEPARTMENT),
}

ShelfStory = Callable[[Callable[["ShelfDesk"], Awaitable[None]]], None]


def person(name: str, department: str = ROOT_DEPARTMENT, *roles: Role) -> Principal:
    """Somebody of a department; a submitter if nothing else is said."""
    below = frozenset(each for each, above in ABOVE.items() if department in above)
    return Principal(
        name,
        name,
        frozenset(roles or ("submitter",)),
        department,
        below=below,
        above=frozenset(ABOVE[department]),
    )


def picture(mark: int = 0) -> bytes:
    """A small JPEG; other marks, other bytes."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (mark % 256, mark // 256 % 256, 90)).save(out, "JPEG")
    return out.getvalue() + mark.to_bytes(4, "big")


class ShelfDesk:
    """A shelf on a database. now: what its clock shows. told: what the record was given. pages:
    how many a file is said to have; None: they are counted."""

    def __init__(self, database: Database, folder: Path, **terms: Any) -> None:
        self.database = database
        self.now = NOW
        self.told: list[Entry] = []
        self.pages: int | None = 1
        self.blobs = open_blobs(folder)
        self.folders = Folders(database, self._record, self._clock, self._known)
        self.shelf = Shelf(
            database, self.blobs, self._record, self._clock, ShelfTerms(**terms), self._counted
        )

    def _clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def _counted(self, original: Original) -> int:
        return count_pages(original) if self.pages is None else self.pages

    async def _known(self, department_id: str) -> bool:
        return department_id in ABOVE

    async def _record(self, transaction: Transaction, entries: Sequence[Entry]) -> None:
        await append(transaction, list(entries))
        self.told += entries

    def actions(self) -> list[str]:
        """What happened, without the room's name."""
        return [each.action.removeprefix("library.") for each in self.told]

    async def put(self, who: Actor, folder: str, name: str = "a.jpg", mark: int = 0) -> Added:
        """A picture, added."""
        return await self.shelf.add(who, folder, name, picture(mark))

    async def was_read(self, document_id: str, **values: Any) -> None:
        """As if the document had been read, with these values."""
        async with self.database.writing() as transaction:
            change = update(DOCUMENTS).where(DOCUMENTS.c.id == document_id)
            await transaction.execute(change.values({"state": "done", **values}))
            parts = update(PARTS).where(PARTS.c.document_id == document_id)
            await transaction.execute(parts.values(state="done"))

    async def count(self, table: Any, *conditions: Any) -> int:
        """How many rows a table has."""
        query = select(func.count()).select_from(table).where(*conditions)
        async with self.database.reading() as transaction:
            return int((await transaction.execute(query)).scalar_one())


ANN = actor_of(person("ann", "sales"))
BEN = actor_of(person("ben", "legal"))
NORA = actor_of(person("nora", "north"))
BOSS = actor_of(person("boss", "sales", "supervisor"))
CHIEF = actor_of(person("chief", ROOT_DEPARTMENT, "supervisor"))
ADMIN = actor_of(person("admin", ROOT_DEPARTMENT, "admin"))
AUDITOR = actor_of(person("auditor", ROOT_DEPARTMENT, "auditor"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def shelf_story(request: pytest.FixtureRequest, tmp_path: Path) -> ShelfStory:
    """Runs a test's coroutine with a desk on a fresh database."""
    if request.param == "sqlite":
        url = migrated_sqlite(tmp_path / "yuepi.db")
    else:
        url = migrated_postgres(request.getfixturevalue("postgres"))

    def run(tell: Callable[[ShelfDesk], Awaitable[None]]) -> None:
        async def told() -> None:
            database = open_database(url)
            try:
                await tell(ShelfDesk(database, tmp_path / "originals"))
            finally:
                await database.close()

        asyncio.run(told())

    return run
