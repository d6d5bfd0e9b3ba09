"""A PostgreSQL server of a test process's own: in a temporary folder, on a free loopback port.

Import the `postgres` fixture where it is needed; a test that uses it is marked `real`. PostgreSQL
refuses to run as root, so that then it runs as the package's user `postgres`, or as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest

START_S_MAX = 60
STOP_S_MAX = 30


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL server here: Debian's place for it, or the path."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda file: int(file.parts[-3]) if file.parts[-3].isdigit() else 0,
    )
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return Path(named).resolve().parent if named else None


def other_user() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The running server and its url; raises RuntimeError with the log when it does not come up."""
    programs = binaries()
    assert programs is not None
    user = other_user()
    run_as = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data = folder / "data"
    environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(folder)}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "yuepi", "-A", "trust", "-E", "UTF8", "-N"],
        check=True, capture_output=True, timeout=120, cwd=folder, env=environment, **run_as,
    )  # fmt: skip
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
        "shared_buffers": "16MB",
        "max_connections": "40",
        "fsync": "off",
    }
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *arguments],
            stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=environment, **run_as,
        )  # fmt: skip
    deadline = time.monotonic() + START_S_MAX
    while subprocess.run(
        [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
    ).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text('utf-8', 'replace')}")
        time.sleep(0.05)
    return server, f"postgresql://yuepi@127.0.0.1:{port}/postgres"


class Server:
    """A server that can be ended as by a power cut, and started again; `cut` it at the end."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._log = log
        self.process, self.url = start(folder, log)

    def cut(self) -> None:
        """End it at once, with whatever it is doing; nothing when it is away already."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(STOP_S_MAX)

    def start_again(self) -> None:
        user = other_user()
        run_as = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid}
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                self.process.args, stdout=output, stderr=output, cwd="/tmp", **run_as
            )


@contextmanager
def restartable() -> Iterator[Server]:
    """A server of the block's own, which may be away for a while."""
    folder = Path(tempfile.mkdtemp(prefix="yuepi-pg-", dir="/tmp"))
    log = Path(tempfile.mkdtemp(prefix="yuepi-pg-log-")) / "server.log"
    try:
        server = Server(folder, log)
        try:
            yield server
        finally:
            server.cut()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(log.parent, ignore_errors=True)


def fresh_database(server_url: str, *, template: str = "template1") -> str:
    """An empty database on that server, or a copy of another one there; its url."""
    import psycopg

    name = f"t{os.urandom(6).hex()}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        # Half the work of the other way, by the log; before 15 there was no other way than this.
        how = " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}{how}".encode())
    return server_url.rsplit("/", 1)[0] + f"/{name}"


@cache
def _shared() -> str:
    """The url of the one server of this process: to make one takes longer than most tests."""
    stack = ExitStack()
    server = stack.enter_context(restartable())
    _OPEN.append(stack)
    return server.url


_OPEN: list[ExitStack] = []


def end_shared() -> None:
    """End it, where there is one; `tests/conftest.py` does when all tests are done."""
    while _OPEN:
        _OPEN.pop().close()
        _shared.cache_clear()


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The url of a PostgreSQL server, for `fresh_database`; skipped where none is installed.

    One for the whole process. What a module's tests made there is dropped after them.
    """
    if binaries() is None:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    import psycopg

    url = _shared()
    yield url
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 't%'")
        for (name,) in names.fetchall():
            if name not in _KEPT and not name.startswith("template"):
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


_KEPT: set[str] = set()


def keep(url: str) -> str:
    """Let that database stay for the modules that come; the url again."""
    _KEPT.add(url.rsplit("/", 1)[1])
    return url
