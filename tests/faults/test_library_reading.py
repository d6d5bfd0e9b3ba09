"""A book, read by workers that are killed: each page once, in order. At full size: 1,000 pages."""

from __future__ import annotations

import asyncio
import io
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reportlab.pdfgen import canvas
from sqlalchemy import func, select

from tests.resources.databases import migrated_postgres, migrated_sqlite
from tests.resources.postgres import postgres as postgres
from tests.resources.size import tries
from yuepi.audit.record import append
from yuepi.kit.blobs import open_blobs
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, open_database
from yuepi.library.actor import OPERATOR
from yuepi.library.document import Document
from yuepi.library.folders import Folders
from yuepi.library.papers import Papers
from yuepi.library.reading import ATTEMPTS_MAX
from yuepi.library.scope import EVERYTHING
from yuepi.library.shelf import Shelf, ShelfTerms
from yuepi.library.store.tables import DOCUMENTS, INDEXING, PARTS, VALUES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGES = tries(1_000, usual=200)
PARTS_IN_ALL = PAGES // 40
WORKERS = 2
KILLS = tries(6, usual=2)
SECONDS_MAX = 240.0


def book() -> bytes:
    """Pages that say which they are."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=(300, 400))
    for number in range(1, PAGES + 1):
        for at in range(12):
            sheet.drawString(
                20, 360 - 20 * at, f"Page {number}, line {at}: code HB-{number:04d}-{at}"
            )
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def test_a_book_is_read_through_kills_on_sqlite(tmp_path: Path) -> None:
    asyncio.run(told(migrated_sqlite(tmp_path / "yuepi.db"), tmp_path))


@pytest.mark.real
def test_a_book_is_read_through_kills_on_postgres(tmp_path: Path, postgres: str) -> None:
    asyncio.run(told(migrated_postgres(postgres), tmp_path))


async def told(url: str, folder: Path) -> None:
    originals, log = folder / "originals", folder / "log"
    command = [sys.executable, "-m", "tests.faults.library_reader", url, str(originals), str(log)]
    database = open_database(url)
    workers = [subprocess.Popen(command) for _ in range(WORKERS)]
    try:
        document = await added(database, originals)
        dice = random.Random(7)
        for kill in range(KILLS):
            # In the midst of reading, and not of a worker's start.
            await begun(log, kill + 1)
            await asyncio.sleep(dice.uniform(0, 0.2))
            at = dice.randrange(len(workers))
            workers[at].kill()
            workers[at].wait(30)
            workers[at] = subprocess.Popen(command)
        await settled(database, document)
        await check(database, originals, document, log)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(30)
        await database.close()


async def begun(log: Path, parts: int) -> None:
    """Wait until so many parts were begun."""
    deadline = time.monotonic() + SECONDS_MAX
    while not log.is_file() or len(log.read_text().splitlines()) < parts:
        assert time.monotonic() < deadline, "no worker reads"
        await asyncio.sleep(0.02)


async def added(database: Database, originals: Path) -> Document:
    folders = Folders(database, append, utc_now)
    shelf = Shelf(database, open_blobs(originals), append, utc_now, ShelfTerms())
    folder = await folders.own(OPERATOR)
    return (
        await shelf.add(OPERATOR, folder.id, "book.pdf", await asyncio.to_thread(book))
    ).document


async def settled(database: Database, document: Document) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    state = select(DOCUMENTS.c.state).where(DOCUMENTS.c.id == document.id)
    while True:
        async with database.reading() as transaction:
            if (await transaction.execute(state)).scalar_one() not in ("waiting", "reading"):
                return
        assert time.monotonic() < deadline, "it is not read yet"
        await asyncio.sleep(0.2)


async def check(database: Database, originals: Path, document: Document, log: Path) -> None:
    read = await Papers(database, open_blobs(originals)).of(EVERYTHING, document.id)
    assert (read.document.state, read.document.problem) == ("done", None)
    assert [page.page for page in read.texts] == list(range(1, PAGES + 1))
    assert all(f"Page {page.page}, line 3" in page.text for page in read.texts)
    assert [page.page for page in read.pages] == list(range(1, PAGES + 1))
    # Settled once, however many died: one change of the document since it was added.
    assert read.document.version == document.version + 1
    begun = log.read_text().splitlines()
    assert PARTS_IN_ALL <= len(begun) <= PARTS_IN_ALL + KILLS
    async with database.reading() as transaction:
        attempts = (await transaction.execute(select(PARTS.c.attempts))).scalars().all()
        values = (await transaction.execute(select(func.count()).select_from(VALUES))).scalar_one()
        wanted = (await transaction.execute(select(INDEXING.c.stage))).scalars().all()
    assert len(attempts) == PARTS_IN_ALL
    assert max(attempts) <= ATTEMPTS_MAX
    assert values > 0
    assert wanted == ["words"]
