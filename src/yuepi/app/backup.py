"""A backup: one file with all rows, originals, keys and settings.

    manifest.json          what is in it, with SHA-256 of each part; the first member of the tar
    tables/NAME.jsonl.gz   rows (`kit.dump`)
    files/…                keys, settings, prompts, policy: small files of the data folder
    blobs/SHA256           originals

The rows are one snapshot, taken while others write. Originals are stored before the rows that name
them and never deleted, so reading them afterwards finds all that the snapshot needs. The workflow
engine's own database is not in it: the claims are the truth, and what was being worked on when the
backup was made is taken up again.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from yuepi import __version__
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database
from yuepi.kit.dump import snapshot
from yuepi.kit.errors import BadUsage, Unavailable

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
TABLES: Final = "tables/"
FILES: Final = "files/"
BLOBS: Final = "blobs/"
KEPT: Final = ("yuepi.toml", "keys/content.key", "keys/audit.key")
PROMPTS: Final = "prompts"
SMALL_FILES_MAX: Final = 1_000
LINES_AT_ONCE: Final = 1_000
COMPRESSION: Final = 3

Progress = Callable[[int, int, str], None]
"""Called with originals done, originals in all, and the one that was just finished."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    at: when the snapshot was taken, ISO 8601. revision: of the tables. rows: how many each table
    has, in the order they are loaded. parts: the SHA-256 of each table and file in the archive.
    blobs: the hashes of all originals.
    """

    at: str
    version: str
    revision: str
    rows: Mapping[str, int]
    parts: Mapping[str, str]
    blobs: tuple[str, ...]

    def as_json(self) -> bytes:
        """The manifest as it stands in the archive."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({"format": FORMAT, **told}, indent=1).encode()


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up. `more`: other small files, by their place in the data folder."""

    database: Database
    blobs: Blobs
    folder: Path
    more: Mapping[str, Path]


async def back_up(
    source: Source, into: Path, *, at: datetime, progress: Progress | None = None
) -> Manifest:
    """Write a backup to `into`, which must not exist; nothing is left of one that fails.

    The file holds keys and personal data: only its owner may read it. Raises `BadUsage` and
    `Unavailable`.
    """
    if into.exists():
        raise BadUsage(f"{into} is there already", remedy="name a file that does not exist yet")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=into.parent) as spool:
            whole = Path(spool) / "whole.tar"
            async with source.blobs.staying(wait=True):
                manifest, parts = await _collect(source, Path(spool), at)
                await _pack(source.blobs, manifest, parts, whole, progress)
            whole.rename(into)
            _sync(into.parent)
            return manifest
    except OSError as error:
        raise Unavailable(
            f"the backup cannot be written: {error.strerror or error}",
            remedy=f"check the right to write to {into.parent} and that its disk has room",
            code="backup_failed",
        ) from error


async def _collect(source: Source, spool: Path, at: datetime) -> tuple[Manifest, dict[str, Path]]:
    """The tables in files beside the backup, and what the archive will hold."""
    rows: dict[str, int] = {}
    parts: dict[str, Path] = {}
    async with snapshot(source.database) as shot:
        for name in shot.tables:
            part = parts[f"{TABLES}{name}.jsonl.gz"] = spool / f"{name}.jsonl.gz"
            rows[name] = await _spool(part, shot.lines(name))
        revision = shot.revision
    for name, path in _small_files(source).items():
        parts[f"{FILES}{name}"] = path
    hashes = {name: await asyncio.to_thread(_sha256, path) for name, path in parts.items()}
    blobs = tuple([blob.sha256 async for blob in source.blobs.walk()])
    return Manifest(at.isoformat(), __version__, revision, rows, hashes, blobs), parts


async def _spool(part: Path, lines: AsyncIterator[str]) -> int:
    """Write a table's lines, compressed in a thread; how many rows there were."""
    count = -1  # The first line names the columns.
    with gzip.open(part, "xt", compresslevel=COMPRESSION, encoding="utf-8") as file:
        waiting: list[str] = []
        async for line in lines:
            waiting.append(line + "\n")
            count += 1
            if len(waiting) >= LINES_AT_ONCE:
                await asyncio.to_thread(file.writelines, waiting)
                waiting = []
        await asyncio.to_thread(file.writelines, waiting)
    return count


def _small_files(source: Source) -> dict[str, Path]:
    found = {name: source.folder / name for name in KEPT} | dict(source.more)
    prompts = sorted((source.folder / PROMPTS).glob("*.toml"))[:SMALL_FILES_MAX]
    found |= {f"{PROMPTS}/{path.name}": path for path in prompts}
    return {name: path for name, path in found.items() if path.is_file()}


async def _pack(
    blobs: Blobs,
    manifest: Manifest,
    parts: Mapping[str, Path],
    whole: Path,
    progress: Progress | None,
) -> None:
    with whole.open("xb") as raw:
        os.fchmod(raw.fileno(), 0o600)
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            _add(tar, MANIFEST, manifest.as_json())
            for name, path in parts.items():
                await asyncio.to_thread(_add_file, tar, name, path)
            for done, sha256 in enumerate(manifest.blobs, start=1):
                await asyncio.to_thread(_add, tar, f"{BLOBS}{sha256}", await blobs.get(sha256))
                if progress is not None:
                    progress(done, len(manifest.blobs), sha256)
        raw.flush()
        await asyncio.to_thread(os.fsync, raw.fileno())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, io.BytesIO(data))


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    with path.open("rb") as file:
        member = tarfile.TarInfo(name)
        member.size, member.mode = os.fstat(file.fileno()).st_size, 0o600
        tar.addfile(member, file)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Make a new name in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
