"""A backup holds everything, from each kind of database into each, also while others write."""

from __future__ import annotations

import asyncio
import io
import json
import stat
import tarfile
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.resources.postgres import fresh_database, postgres
from yuepi.access.keys import Keyring
from yuepi.app.backup import Manifest, Source, back_up
from yuepi.app.restore import check, restore
from yuepi.app.tables import load_tables
from yuepi.audit.record import append
from yuepi.kit.blobs import Blobs, open_blobs
from yuepi.kit.database import METADATA, Database, migrate, open_database, sqlite_url
from yuepi.kit.errors import BadUsage, YuepiError
from yuepi.kit.record import Entry

__all__ = ["postgres"]

AT = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
load_tables()


class Place:
    """A data folder with its database and originals."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    @property
    def blobs(self) -> Blobs:
        return open_blobs(self.folder / "blobs")

    def run(self, tell: Callable[[Database], Coroutine[Any, Any, Any]]) -> Any:
        async def told() -> Any:
            await migrate(self.url)
            database = open_database(self.url)
            try:
                return await tell(database)
            finally:
                await database.close()

        return asyncio.run(told())

    def back_up(self, into: Path) -> Manifest:
        def source(database: Database) -> Source:
            return Source(database, self.blobs, self.folder, {})

        found = self.run(lambda database: back_up(source(database), into, at=AT))
        assert isinstance(found, Manifest)
        return found

    def restore(self, archive: Path) -> None:
        asyncio.run(restore(archive, self.url, self.blobs, self.folder))

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        async def read(database: Database) -> dict[str, list[tuple[Any, ...]]]:
            async with database.reading() as transaction:
                return {
                    table.name: sorted(
                        [tuple(row) for row in await transaction.execute(select(table))], key=repr
                    )
                    for table in METADATA.sorted_tables
                }

        found: dict[str, list[tuple[Any, ...]]] = self.run(read)
        return found


@pytest.fixture
def place_of(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str, str], Place]:
    def made(kind: str, name: str) -> Place:
        folder = tmp_path / name
        folder.mkdir()
        if kind == "sqlite":
            return Place(folder, sqlite_url(folder / "yuepi.db"))
        return Place(folder, fresh_database(request.getfixturevalue("postgres")))

    return made


KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.real)]


def claim(number: int) -> dict[str, Any]:
    return {
        "id": f"clm_{number:020}", "submitter_id": "usr_a", "department_id": "dep_root",
        "category": "meal", "note": "客户午餐 “三人” \u2028 \x01", "on_day": "2026-03-04",
        "status": "waiting", "risk": 3, "total": Decimal("1234.500000001"), "version": 1,
        "round": 1, "attempts": 0, "created_at": AT, "updated_at": AT,
    }  # fmt: skip


async def fill(database: Database, blobs: Blobs, number: int = 1) -> None:
    sha256 = await blobs.put(f"original {number}".encode())
    attachment = {
        "id": f"att_{number:020}", "claim_id": claim(number)["id"], "round": 1, "position": 0,
        "name": "发票.jpg", "sha256": sha256, "bytes": 2**33, "media": "jpeg",
    }  # fmt: skip
    async with database.writing() as transaction:
        await transaction.execute(insert(METADATA.tables["claims"]), [claim(number)])
        await transaction.execute(insert(METADATA.tables["attachments"]), [attachment])
        entry = Entry("claim.submitted", "usr_a", claim(number)["id"], AT, {"名": "值", "n": 1})
        await append(transaction, [entry])


def filled(place: Place) -> Place:
    async def tell(database: Database) -> None:
        await fill(database, place.blobs)
        async with database.writing() as transaction:
            # By their ids, branches come before what they hang on.
            for id_, parent in (("dep_c", "dep_root"), ("dep_b", "dep_c"), ("dep_a", "dep_b")):
                row = {"id": id_, "parent_id": parent, "name": id_, "created_at": AT}
                row |= {"name_key": id_, "version": 1}
                await transaction.execute(insert(METADATA.tables["departments"]), [row])
        keyring = Keyring(database)
        await keyring.create("door", budget=Decimal("0.000000001"))
        await keyring.close()

    place.run(tell)
    for name in ("yuepi.toml", "keys/content.key", "prompts/own.toml"):
        file = place.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# {name}\n")
    return place


@pytest.mark.parametrize("into", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_everything_comes_back(
    source: str, into: str, place_of: Callable[[str, str], Place], tmp_path: Path
) -> None:
    before, after = filled(place_of(source, "before")), place_of(into, "after")
    archive = tmp_path / "backup.tar"
    manifest = before.back_up(archive)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert manifest.rows["claims"] == manifest.rows["keys"] == 1
    after.restore(archive)
    assert after.rows() == before.rows()
    for name in ("yuepi.toml", "keys/content.key", "prompts/own.toml"):
        assert (after.folder / name).read_text() == f"# {name}\n"
        assert stat.S_IMODE((after.folder / name).stat().st_mode) == 0o600
    (blob,) = manifest.blobs
    assert asyncio.run(after.blobs.get(blob)) == b"original 1"

    # The record goes on where it ended.
    after.run(lambda database: fill(database, after.blobs, 2))
    assert [row[0] for row in after.rows()["audit_entries"]] == [1, 2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_under_load_is_one_moment(
    kind: str, place_of: Callable[[str, str], Place], tmp_path: Path
) -> None:
    before, after = place_of(kind, "before"), place_of("sqlite", "after")
    archive = tmp_path / "backup.tar"

    async def tell(database: Database) -> int:
        written = 0
        done = asyncio.Event()

        async def write() -> None:
            nonlocal written
            while not done.is_set():
                written += 1
                await fill(database, before.blobs, written)

        writing = asyncio.create_task(write())
        while written < 20:
            await asyncio.sleep(0)
        source = Source(database, before.blobs, before.folder, {})
        await back_up(source, archive, at=AT)
        there = written
        while written < there + 5:
            await asyncio.sleep(0)
        done.set()
        await writing
        return written

    written = before.run(tell)
    after.restore(archive)
    rows = after.rows()
    count = len(rows["claims"])
    assert 19 <= count < written
    # Of one moment: as many entries as claims and files, and every file's original is there.
    assert len(rows["attachments"]) == len(rows["audit_entries"]) == count
    for row in rows["attachments"]:
        asyncio.run(after.blobs.get(row[5]))


def test_a_place_in_use_is_refused(place_of: Callable[[str, str], Place], tmp_path: Path) -> None:
    before, after = filled(place_of("sqlite", "before")), filled(place_of("sqlite", "after"))
    archive = tmp_path / "backup.tar"
    before.back_up(archive)
    there = after.rows()
    with pytest.raises(BadUsage, match="holds data already") as refused:
        after.restore(archive)
    assert refused.value.code == "not_empty"
    assert after.rows() == there
    with pytest.raises(BadUsage, match="is there already"):
        before.back_up(archive)


def damaged(archive: Path, how: str) -> None:
    data = archive.read_bytes()
    if how == "cut":
        archive.write_bytes(data[: len(data) // 2])
    elif how == "flipped":
        at = data.index(b"original 1")
        archive.write_bytes(data[:at] + b"O" + data[at + 1 :])
    elif how == "not a tar":
        archive.write_bytes(b"what is this?" * 100)
    else:
        rewritten(archive, how)


def rewritten(archive: Path, how: str) -> None:
    with tarfile.open(archive) as tar:
        members = [(member.name, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    if how == "member gone":
        members = [each for each in members if not each[0].startswith("blobs/")]
    elif how == "member more":
        members.append(("files/../../evil", b"evil"))
    elif how == "newer":
        told = json.loads(members[0][1]) | {"format": 99}
        members[0] = (members[0][0], json.dumps(told).encode())
    with tarfile.open(archive, "w") as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


@pytest.mark.parametrize(
    "how", ["cut", "flipped", "not a tar", "member gone", "member more", "newer"]
)
def test_a_damaged_backup_writes_nothing(
    how: str, place_of: Callable[[str, str], Place], tmp_path: Path
) -> None:
    before, after = filled(place_of("sqlite", "before")), place_of("sqlite", "after")
    archive = tmp_path / "backup.tar"
    before.back_up(archive)
    damaged(archive, how)
    with pytest.raises(YuepiError) as refused:
        asyncio.run(check(archive))
    assert refused.value.code == ("backup_newer" if how == "newer" else "backup_damaged")
    with pytest.raises(YuepiError):
        after.restore(archive)
    assert [path.name for path in after.folder.iterdir()] in ([], ["blobs"])


def test_a_backup_that_fails_leaves_nothing(
    place_of: Callable[[str, str], Place], tmp_path: Path
) -> None:
    before = filled(place_of("sqlite", "before"))
    (blob,) = (before.folder / "blobs").rglob("originals/*/*")
    blob.write_bytes(b"changed")
    into = tmp_path / "there" / "backup.tar"
    with pytest.raises(YuepiError, match="has been changed"):
        before.back_up(into)
    assert list(into.parent.iterdir()) == []
