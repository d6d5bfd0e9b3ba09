"""Original files by the hash of their bytes: written once, never changed, checked when read.

A file lies at `originals/ab/abcdef…`, in a folder or in a bucket (`s3://BUCKET/PREFIX`). When
`Blobs.put` returns, the bytes are on the disk: a claim's row may then name them, within a day. What
no row names is removed some days later (`blob_sweep`).

Reading and listing go through obstore for both. A folder is written by ourselves, because
obstore 0.12.1's local store never calls fsync and cannot be told to: after a power cut an
acknowledged file may be empty. Here the bytes go to a file beside, are synced, get their name, and
the folder is synced too.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import re
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Collection, Generator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError
from obstore.store import LocalStore, ObjectStore, S3Store

from yuepi.kit.blob_leaving import CHANGING, LEAVING, belongs_to, remove_unnamed
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError
from yuepi.kit.file_lock import locked

LOG = logging.getLogger(__name__)

BYTES_MAX: Final = 512 * 2**20
ROOT: Final = "originals"
PARTS: Final = "incoming"
"""Where files are written before they have their name; on the same disk."""
_STAYING: Final = "staying.lock"
STAYING_LOOK_S: Final = 0.5
PART_S_MAX: Final = 24 * 3600.0
"""Older ones are left over from a crash."""
PART_SWEEP_MAX: Final = 1_000
REQUEST_S_MAX: Final = 30
RETRY_S_MAX: Final = 20

_NAME: Final = re.compile(r"[0-9a-f]{64}")
_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class BlobMissing(YuepiError):
    """An original that should be there is not."""

    code = "blob_missing"
    http_status = 500


class BlobDamaged(YuepiError):
    """An original's bytes are not those that were stored."""

    code = "blob_damaged"
    http_status = 500


class DiskFull(Unavailable):
    """Nothing more can be stored; what is there can be read."""

    code = "disk_full"
    http_status = 507


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file: the SHA-256 of its bytes in hex, and how many they are."""

    sha256: str
    bytes: int


def open_blobs(place: str | Path, *, options: Mapping[str, str] | None = None) -> Blobs:
    """The originals in a folder, which is made if need be, or under `s3://BUCKET/PREFIX`.

    `options` for S3: `endpoint`, `region`, `access_key_id`, `secret_access_key`, as obstore names
    them; what is not given is taken from the AWS_* environment. Raises `BadUsage` for another kind
    of place, `Unavailable` where the folder cannot be made.
    """
    text = str(place)
    if "://" not in text:
        return _Folder(Path(place))
    remedy = "name a folder, or s3://BUCKET/PREFIX"
    if not text.startswith("s3://") or not text.removeprefix("s3://").strip("/"):
        raise BadUsage(f"originals cannot be kept at {text!r}", remedy=remedy)
    given: dict[str, Any] = dict(options or {})
    plain = given.get("endpoint", "").startswith("http://")
    try:
        store = S3Store.from_url(
            text,
            config=given,  # type: ignore[arg-type]  # its keys are checked there
            client_options={"timeout": timedelta(seconds=REQUEST_S_MAX), "allow_http": plain},
            retry_config={"max_retries": 5, "retry_timeout": timedelta(seconds=RETRY_S_MAX)},
        )
    except (BaseError, ValueError) as error:
        raise BadUsage(f"the bucket's settings: {_first_line(error)}", remedy=remedy) from error
    return _Bucket(store, text)


class Blobs(ABC):
    """Originals, by content. Large ones are hashed and copied in threads."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self.name: Final = name
        self._store = store

    async def put(self, data: bytes) -> str:
        """Keep these bytes for good; gives their SHA-256 in hex. Again is once.

        Raises `DiskFull` (nothing half-written is left), `Unavailable` (code
        `blobs_unavailable`), `BadUsage` for more than `BYTES_MAX`.
        """
        if len(data) > BYTES_MAX:
            raise BadUsage(
                f"a file of {len(data)} bytes is too large to keep",
                remedy=f"files have {BYTES_MAX} bytes at most",
                code="file_too_large",
            )
        digest = await asyncio.to_thread(_hash, data)
        with self._clear_errors():
            await self._create(digest, data)
        return digest

    async def get(self, sha256_hex: str) -> bytes:
        """The bytes, which have been checked against their hash.

        Raises `BlobMissing`, `BlobDamaged`, `Unavailable`; ValueError for what is no hash.
        """
        key = _key(sha256_hex)
        try:
            data = await self._read(key)
        except FileNotFoundError as error:
            raise BlobMissing(
                f"the original {sha256_hex} is not in {self.name}",
                remedy="restore it from a backup: yuepi restore",
            ) from error
        if await asyncio.to_thread(_hash, data) != sha256_hex:
            raise BlobDamaged(
                f"the original {sha256_hex} in {self.name} has been changed",
                remedy="restore it from a backup, and check the disk",
            )
        return data

    async def keep(self, names: Collection[str]) -> bool:
        """Whether all of them are there; they are for a day at least, as if they were put."""
        with self._clear_errors():
            return await self._keep([_key(name) for name in names])

    @contextlib.asynccontextmanager
    async def staying(self, *, wait: bool = False) -> AsyncGenerator[bool, None]:
        """Nothing is removed by others within the block: True. Where another has that, it is waited
        for; without `wait`: False."""
        yield True

    async def belongs_to(self, database: str) -> bool:
        """Whether these are the originals of a database; nobody's become its. Raises
        `Unavailable`."""
        return True

    async def remove_unnamed(
        self, named: AbstractSet[bytes], now_s: float, age_s_min: float
    ) -> int:
        """Mark what is not named, by its SHA-256; remove what was marked so many seconds ago and
        not put since; how many. now_s: the steady time before it was looked what is named. For
        `blob_sweep` alone. Raises `Unavailable`."""
        return 0

    async def walk(self) -> AsyncGenerator[Blob, None]:
        """All originals, in no order; those put meanwhile may be missing. For backups."""
        with self._clear_errors():
            async for found in obstore.list(self._store, prefix=ROOT, chunk_size=1000):
                for meta in found:
                    name = meta["path"].rpartition("/")[2]
                    if _NAME.fullmatch(name):
                        yield Blob(name, meta["size"])

    async def _read(self, key: str) -> bytes:
        with self._clear_errors():
            found = await obstore.get_async(self._store, key)
            if found.meta["size"] > BYTES_MAX:
                return b""  # not what was stored: its hash will tell
            data = await found.bytes_async()
            return await asyncio.to_thread(bytes, data)

    async def _is_whole(self, digest: str) -> bool:
        return await asyncio.to_thread(_hash, await self._read(_key(digest))) == digest

    @abstractmethod
    async def _keep(self, keys: Collection[str]) -> bool:
        """As `keep`."""

    @abstractmethod
    async def _create(self, digest: str, data: bytes) -> None:
        """Write what is not there yet, durably; mend what is there and damaged."""

    @contextlib.contextmanager
    def _clear_errors(self) -> Generator[None, None, None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            if _is_full(error):
                raise DiskFull(
                    f"there is no room left for files in {self.name}",
                    remedy="free some room on the disk, then send it again",
                ) from error
            raise Unavailable(
                f"files cannot be kept or read in {self.name}: {_first_line(error)}",
                remedy="check that the place can be reached and written",
                code="blobs_unavailable",
            ) from error


class _Folder(Blobs):
    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        try:
            for part in (ROOT, PARTS, LEAVING):
                (self._folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync_folder(self._folder)
            _sync_folder(self._folder.parent)
            _sweep(self._folder / PARTS)
        except OSError as error:
            raise Unavailable(
                f"the folder of files cannot be used: {error}",
                remedy="check that it can be made and written",
                code="blobs_unavailable",
            ) from error
        super().__init__(LocalStore(self._folder), str(self._folder))

    async def _create(self, digest: str, data: bytes) -> None:
        target = self._folder / _key(digest)
        if await asyncio.to_thread(self._made_young, target):
            if await self._is_whole(digest):
                # Another may have named it this moment: it must lie on the disk for us, too.
                await asyncio.to_thread(_sync_folder, target.parent)
                return
            LOG.error("the original %s was damaged; it is written anew", digest)
        await asyncio.to_thread(self._write, target, data)

    def _write(self, target: Path, data: bytes) -> None:
        part = self._folder / PARTS / f"{target.name[:16]}.{secrets.token_hex(8)}"
        try:
            _write_synced(part, data)
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True, mode=0o700)
                _sync_folder(target.parent.parent)
            # Where two come at once, the same bytes take the place of the same bytes.
            with locked(self._folder / CHANGING, shared=True):
                part.replace(target)
            _sync_folder(target.parent)
        finally:
            part.unlink(missing_ok=True)

    def _made_young(self, target: Path) -> bool:
        """Whether it is there; it is not removed for being old then."""
        with locked(self._folder / CHANGING, shared=True):
            try:
                os.utime(target)
            except FileNotFoundError:
                return False
        return True

    async def _keep(self, keys: Collection[str]) -> bool:
        files = [self._folder / key for key in keys]
        return await asyncio.to_thread(lambda: all(map(self._made_young, files)))

    @contextlib.asynccontextmanager
    async def staying(self, *, wait: bool = False) -> AsyncGenerator[bool, None]:
        with contextlib.ExitStack() as stack:
            alone = self._held(stack)
            while wait and not alone:
                await asyncio.sleep(STAYING_LOOK_S)
                alone = self._held(stack)
            yield alone

    def _held(self, stack: contextlib.ExitStack) -> bool:
        with self._clear_errors():
            try:
                stack.enter_context(locked(self._folder / _STAYING, wait=False))
            except BlockingIOError:
                return False
        return True

    async def belongs_to(self, database: str) -> bool:
        with self._clear_errors():
            return await asyncio.to_thread(belongs_to, self._folder, database)

    async def remove_unnamed(
        self, named: AbstractSet[bytes], now_s: float, age_s_min: float
    ) -> int:
        with self._clear_errors():
            originals = self._folder / ROOT
            return await asyncio.to_thread(
                remove_unnamed, self._folder, originals, named, now_s, age_s_min
            )


class _Bucket(Blobs):
    async def _keep(self, keys: Collection[str]) -> bool:
        """Nothing is ever removed there."""
        for key in keys:
            try:
                await obstore.head_async(self._store, key)
            except FileNotFoundError:
                return False
        return True

    async def _create(self, digest: str, data: bytes) -> None:
        """One request: a bucket keeps the whole object or none of it."""
        try:
            await obstore.put_async(
                self._store, _key(digest), data, mode="create", use_multipart=False
            )
        except AlreadyExistsError:
            if not await self._is_whole(digest):
                LOG.error("the original %s was damaged; it is written anew", digest)
                await obstore.put_async(self._store, _key(digest), data, use_multipart=False)


def _key(digest: str) -> str:
    if not _NAME.fullmatch(digest):
        raise ValueError("not a SHA-256 in hex")
    return f"{ROOT}/{digest[:2]}/{digest}"


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def _write_synced(file: Path, data: bytes) -> None:
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(parts: Path) -> None:
    """Remove what a crash left half-written; the disk's own times are told by the disk's clock."""
    with os.scandir(parts) as entries:
        for _, entry in zip(range(PART_SWEEP_MAX), entries, strict=False):
            if time.time() - entry.stat(follow_symlinks=False).st_mtime > PART_S_MAX:
                with contextlib.suppress(FileNotFoundError):
                    Path(entry.path).unlink()


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    # A bucket's server says it in its answer.
    return isinstance(error, GenericError) and "507 Insufficient Storage" in str(error)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
