"""Back from a backup: everything is checked first, then written into an empty place."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import os
import re
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any, Final

from yuepi.app.backup import BLOBS, FILES, FORMAT, MANIFEST, TABLES, Manifest, Progress
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import migrate, open_database
from yuepi.kit.dump import is_empty, load
from yuepi.kit.errors import BadUsage, Unavailable

MANIFEST_BYTES_MAX: Final = 2**30
_CHUNK: Final = 2**20
_FILE: Final = re.compile(r"(?:[A-Za-z0-9_.-]+/){0,4}[A-Za-z0-9_.-]+")


async def check(archive: Path) -> Manifest:
    """Read the whole backup and compare every part with its hash. Raises `BadUsage`."""
    return await asyncio.to_thread(_check, archive)


async def restore(
    archive: Path, url: str, blobs: Blobs, folder: Path, *, progress: Progress | None = None
) -> Manifest:
    """Write a checked backup: files and originals first, then all rows in one transaction.

    `url`: a database without data; `folder`: the data folder, without settings or keys of its own.
    Raises `BadUsage` where there is something already, `Unavailable` where it cannot be written;
    the rows are then as they were.
    """
    manifest = await check(archive)
    await migrate(url, to=manifest.revision)
    database = open_database(url)
    try:
        if not await is_empty(database):
            raise BadUsage(
                f"{database.name} holds data already",
                remedy="restore into an empty database and a new data folder",
                code="not_empty",
            )
        _write_files(archive, folder)
        await _put_blobs(archive, blobs, len(manifest.blobs), progress)
        async with database.writing() as transaction:
            for name, rows in manifest.rows.items():
                member = f"{TABLES}{name}.jsonl.gz"
                _, loaded = await load(transaction, _lines(archive, member))
                if loaded != rows:
                    raise _damaged(f"{member} has {loaded} rows instead of {rows}")
    finally:
        await database.close()
    await migrate(url)
    return manifest


def _check(archive: Path) -> Manifest:
    try:
        with tarfile.open(archive, "r:") as tar:
            manifest = _manifest(tar)
            expected = dict(manifest.parts) | {f"{BLOBS}{each}": each for each in manifest.blobs}
            for member in tar:
                if member.name == MANIFEST:
                    continue
                if expected.pop(member.name, "") != _sha256(tar, member):
                    raise _damaged(f"{member.name} is not what was written")
            if expected:
                raise _damaged(f"{next(iter(expected))} is missing")
            return manifest
    except OSError as error:
        raise BadUsage(
            f"{archive}: {error.strerror or error}", remedy="check the path and your rights"
        ) from error
    except (tarfile.TarError, EOFError) as error:
        raise _damaged("it is no tar, or was cut off") from error


def _manifest(tar: tarfile.TarFile) -> Manifest:
    member = tar.next()
    if member is None or member.name != MANIFEST or member.size > MANIFEST_BYTES_MAX:
        raise _damaged("it does not begin with a manifest")
    try:
        told: dict[str, Any] = json.loads(_opened(tar, member).read())
        form = told.pop("format")
        if form == FORMAT:
            told["blobs"] = tuple(told["blobs"])
            return Manifest(**told)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged("its manifest cannot be read") from error
    raise BadUsage(
        f"this backup has the form {form!r}; known is {FORMAT}",
        remedy="restore it with the Yuepi that made it, or a newer one",
        code="backup_newer",
    )


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    if file is None:
        raise _damaged(f"{member.name} is no file")
    return file


def _sha256(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    digest = hashlib.sha256()
    with _opened(tar, member) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _write_files(archive: Path, folder: Path) -> None:
    """The small files, each for its owner only; none that is there is replaced."""
    with tarfile.open(archive, "r:") as tar:
        for member in tar:
            if not member.name.startswith(FILES):
                continue
            name = member.name.removeprefix(FILES)
            if _FILE.fullmatch(name) is None or ".." in name.split("/"):
                raise _damaged(f"{name!r} is no place in a data folder")
            _write_new(folder / name, _opened(tar, member).read())


def _write_new(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
    except FileExistsError as error:
        if path.read_bytes() == data:
            return
        raise BadUsage(
            f"{path} is there already, with other content",
            remedy="restore into a new data folder",
            code="not_empty",
        ) from error
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written: {error.strerror}",
            remedy="check the folder's rights and that its disk has room",
            code="restore_failed",
        ) from error


async def _put_blobs(archive: Path, blobs: Blobs, count: int, progress: Progress | None) -> None:
    done = 0
    with tarfile.open(archive, "r:") as tar:
        for member in tar:
            if member.name.startswith(BLOBS):
                await blobs.put(await asyncio.to_thread(_opened(tar, member).read))
                done += 1
                if progress is not None:
                    progress(done, count, member.name.removeprefix(BLOBS))


async def _lines(archive: Path, name: str) -> AsyncIterator[str]:
    with (
        tarfile.open(archive, "r:") as tar,
        _opened(tar, tar.getmember(name)) as raw,
        gzip.open(raw, "rt", encoding="utf-8") as file,
    ):
        while lines := await asyncio.to_thread(file.readlines, _CHUNK):
            for line in lines:
                yield line


def _damaged(what: str) -> BadUsage:
    return BadUsage(
        f"the backup is damaged: {what}",
        remedy="use another copy of it, or an earlier one",
        code="backup_damaged",
    )
