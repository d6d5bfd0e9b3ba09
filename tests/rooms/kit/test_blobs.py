"""Originals: kept once and for good, checked when read, and nothing half-written left behind."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.resources.seaweed import BUCKET, seaweed
from yuepi.kit.blobs import (
    BYTES_MAX,
    PART_S_MAX,
    Blob,
    BlobDamaged,
    BlobMissing,
    Blobs,
    DiskFull,
    open_blobs,
)
from yuepi.kit.errors import BadUsage, Unavailable

INVOICE = "发票".encode() * 1000
NAME = sha256(INVOICE).hexdigest()


def put(blobs: Blobs, data: bytes) -> str:
    return asyncio.run(blobs.put(data))


def get(blobs: Blobs, name: str) -> bytes:
    return asyncio.run(blobs.get(name))


def walk(blobs: Blobs) -> list[Blob]:
    async def told() -> list[Blob]:
        return [blob async for blob in blobs.walk()]

    return asyncio.run(told())


def left_over(folder: Path) -> list[Path]:
    return list((folder / "incoming").iterdir())


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=5000))
def test_what_was_put_comes_back_under_its_hash(tmp_path: Path, data: bytes) -> None:
    blobs = open_blobs(tmp_path / "files")
    name = put(blobs, data)
    assert name == sha256(data).hexdigest()
    assert put(blobs, data) == name
    assert get(open_blobs(tmp_path / "files"), name) == data
    assert Blob(name, len(data)) in walk(blobs)
    assert left_over(tmp_path / "files") == []


def test_many_at_once_with_the_same_bytes(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)

    async def told() -> None:
        names = await asyncio.gather(*(blobs.put(INVOICE) for _ in range(20)))
        assert set(names) == {NAME}
        assert await blobs.get(NAME) == INVOICE

    asyncio.run(told())
    assert walk(blobs) == [Blob(NAME, len(INVOICE))]
    assert left_over(tmp_path) == []


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path / "files")
    put(blobs, INVOICE)
    file = tmp_path / "files" / "originals" / NAME[:2] / NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", [INVOICE[:-1], b"", INVOICE + b"x", b"x" * len(INVOICE)])
def test_missing_and_damaged_are_told_apart_and_mended_by_the_same_bytes(
    tmp_path: Path, damage: bytes
) -> None:
    blobs = open_blobs(tmp_path)
    with pytest.raises(BlobMissing):
        get(blobs, NAME)
    put(blobs, INVOICE)
    (tmp_path / "originals" / NAME[:2] / NAME).write_bytes(damage)
    with pytest.raises(BlobDamaged) as caught:
        get(blobs, NAME)
    assert (caught.value.code, caught.value.http_status) == ("blob_damaged", 500)
    put(blobs, INVOICE)
    assert get(blobs, NAME) == INVOICE


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "g" * 64, NAME + "\n"]
)
def test_only_hashes_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        get(open_blobs(tmp_path), name)


def test_the_disk_has_it_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = open_blobs(tmp_path)
    happened: list[str] = []
    sync, rename = os.fsync, Path.replace

    def synced(handle: int) -> None:
        happened.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")  # noqa: PTH112
        sync(handle)

    def renamed(self: Path, target: Any) -> Path:
        happened.append("name")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    put(blobs, INVOICE)
    assert happened == ["file", "folder", "name", "folder"]
    happened.clear()
    put(blobs, INVOICE)
    # Whoever put it first may not have come to that yet.
    assert happened == ["folder"]


def test_a_full_disk_refuses_cleanly_and_resumes(tmp_path: Path) -> None:
    """The kernel itself stops the write in its middle, by a limit on the size of files."""
    blobs = open_blobs(tmp_path)
    put(blobs, b"small")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    try:
        with pytest.raises(DiskFull) as caught:
            put(blobs, INVOICE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (caught.value.code, caught.value.http_status) == ("disk_full", 507)
    assert left_over(tmp_path) == []
    assert [blob.bytes for blob in walk(blobs)] == [5]
    assert get(blobs, put(blobs, INVOICE)) == INVOICE


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EIO, "blobs_unavailable"),
    ],
)
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_failing_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: str
) -> None:
    blobs = open_blobs(tmp_path)

    def fail(*_: Any) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(Unavailable) as caught:
            put(blobs, INVOICE)
    assert caught.value.code == code
    assert left_over(tmp_path) == []
    assert walk(blobs) == []


def test_places_and_sizes_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("ftp://x/y", "s3://", "s3:///"):
        with pytest.raises(BadUsage):
            open_blobs(place)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        open_blobs(tmp_path / "file")
    assert BYTES_MAX >= 100 * 2**20
    monkeypatch.setattr("yuepi.kit.blobs.BYTES_MAX", 10)
    blobs = open_blobs(tmp_path / "files")
    with pytest.raises(BadUsage):
        put(blobs, b"x" * 11)
    put(blobs, b"x" * 10)


def test_what_a_crash_left_is_swept_after_a_day(tmp_path: Path) -> None:
    open_blobs(tmp_path)
    old, fresh = tmp_path / "incoming" / "old", tmp_path / "incoming" / "fresh"
    for file in (old, fresh):
        file.write_bytes(b"half")
    os.utime(old, (time.time() - PART_S_MAX - 60,) * 2)
    open_blobs(tmp_path)
    assert left_over(tmp_path) == [fresh]


WRITER = """
import asyncio, os, sys
from yuepi.kit.blobs import open_blobs

async def write():
    blobs = open_blobs(sys.argv[1])
    while True:
        print(await blobs.put(os.urandom(200_000)), flush=True)

asyncio.run(write())
"""


def test_killed_while_it_writes_all_it_told_of_is_there_and_whole(tmp_path: Path) -> None:
    told: list[str] = []
    for round_at in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src")},
        ) as process:
            assert process.stdout is not None
            told += [process.stdout.readline().strip() for _ in range(5 + round_at)]
            process.send_signal(signal.SIGKILL)
            told += [line.strip() for line in process.stdout if line.endswith("\n")]
    blobs = open_blobs(tmp_path)
    kept = {blob.sha256 for blob in walk(blobs)}
    assert set(told) <= kept
    for name in kept:
        assert len(get(blobs, name)) == 200_000


# --- a bucket ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blobs]:
    """A real S3 server of the test's own."""
    with seaweed(tmp_path_factory.mktemp("bucket")) as options:
        yield open_blobs(f"s3://{BUCKET}/desk", options=options)


@pytest.mark.real
def test_a_bucket_keeps_checks_and_mends_as_a_folder_does(bucket: Blobs) -> None:
    import obstore

    assert put(bucket, INVOICE) == put(bucket, INVOICE) == NAME
    large = os.urandom(12 * 2**20)
    assert get(bucket, put(bucket, large)) == large
    assert get(bucket, NAME) == INVOICE
    assert Blob(NAME, len(INVOICE)) in walk(bucket)
    obstore.put(bucket._store, f"originals/{NAME[:2]}/{NAME}", b"changed")
    with pytest.raises(BlobDamaged):
        get(bucket, NAME)
    assert put(bucket, INVOICE) == NAME
    assert get(bucket, NAME) == INVOICE
    with pytest.raises(BlobMissing):
        get(bucket, "0" * 64)


def test_a_bucket_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuepi.kit.blobs.RETRY_S_MAX", 0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        options = {
            "endpoint": f"http://127.0.0.1:{free.getsockname()[1]}",
            "region": "us-east-1",
            "access_key_id": "t",
            "secret_access_key": "secret",
        }
        blobs = open_blobs("s3://yuepi-test/desk", options=options)
        with pytest.raises(Unavailable) as caught:
            put(blobs, INVOICE)
    assert caught.value.code == "blobs_unavailable"
    assert "secret" not in str(caught.value)
