"""One run of a server process: started, waited for until it is healthy, stopped with its group."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from yuepi.engines.contract import EngineUnavailable

log = logging.getLogger(__name__)

_LOG_LINES_MAX = 200
_LOG_LINE_CHARS_MAX = 500
_LOOK_WAIT_S = 0.05
_LOOK_WAIT_S_MAX = 0.5
_ANSWER_BYTES_MAX = 64 * 1024
_ANSWER_WAIT_S_MAX = 2.0


def free_port() -> int:
    """A port nobody listens on now. Somebody may take it before its user does: look who answers."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class ServerProcess:
    """A process in a group of its own, its last log lines, and the way to end it."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name = name
        self._process = process
        self._lines: deque[str] = deque(maxlen=_LOG_LINES_MAX)
        self._log_reader = asyncio.create_task(self._read_log())

    @classmethod
    async def start(
        cls, name: str, command: list[str], *, environment: dict[str, str], folder: Path
    ) -> ServerProcess:
        """Start it; raises `EngineUnavailable` where the system cannot."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineUnavailable(
                f"{name}: cannot start a process: {error}",
                remedy="free memory or processes on this machine",
            ) from error
        return cls(name, process)

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def last_words(self) -> str:
        """The last lines of its log that say something, in one line."""
        said = [line for line in self._lines if line.strip()]
        return " | ".join(said[-6:])[-900:] or "(it said nothing)"

    @property
    def end(self) -> str:
        """How it ended, in words."""
        code = self._process.returncode
        if code is None:
            return "still runs"
        if code < 0:
            with suppress(ValueError):
                return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    async def wait(self) -> None:
        """Until the process has ended and its log is read; its children are killed then."""
        await self._process.wait()
        self._signal(signal.SIGKILL)
        await asyncio.wait([self._log_reader], timeout=1.0)

    async def wait_healthy(
        self, port: int, alias: str, *, key_file: Path, wait_s_max: float
    ) -> None:
        """Until /health says 200 and the model served is ours; raises `EngineUnavailable`."""
        key = key_file.read_text().strip()
        deadline = time.monotonic() + wait_s_max
        pause_s = _LOOK_WAIT_S
        while True:
            if not self.alive:
                await self.wait()
                raise EngineUnavailable(
                    f"{self._name}: llama-server {self.end} while starting: {self.last_words}",
                    remedy="its last words above say why; try the same command by hand",
                )
            status, _ = await _get(port, "/health")
            if status == 200:
                _, models = await _get(port, "/v1/models", key)
                if alias.encode() in models and self.alive:
                    return
            if time.monotonic() >= deadline:
                raise EngineUnavailable(
                    f"{self._name}: llama-server was not ready after {wait_s_max:g} s: "
                    f"{self.last_words}",
                    remedy="raise start_timeout_s if the model is large or the disk is slow",
                )
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LOOK_WAIT_S_MAX)

    async def stop(self, wait_s_max: float) -> None:
        """End the process and all it started: asked first, killed after `wait_s_max`."""
        if self.alive:
            self._signal(signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s_max):
                    await self._process.wait()
        self._signal(signal.SIGKILL)
        await self._process.wait()
        await asyncio.wait([self._log_reader], timeout=1.0)
        self._log_reader.cancel()

    def _signal(self, number: signal.Signals) -> None:
        # The group bears the process's id, also after the process itself has ended.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read_log(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        rest = ""
        while data := await stream.read(8192):
            *lines, rest = (rest + data.decode("utf-8", "replace")).split("\n")
            for line in lines:
                self._lines.append(line[:_LOG_LINE_CHARS_MAX])
                log.debug("%s: %s", self._name, line[:_LOG_LINE_CHARS_MAX])
            rest = rest[:_LOG_LINE_CHARS_MAX]
        if rest:
            self._lines.append(rest)


async def _get(port: int, path: str, key: str = "") -> tuple[int, bytes]:
    """Status and body of a GET to this machine; (0, b"") where nobody answers."""
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(_ANSWER_WAIT_S_MAX):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            asked = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n"
            if key:
                asked += f"Authorization: Bearer {key}\r\n"
            writer.write(f"{asked}\r\n".encode())
            answer = await _read_up_to(reader, _ANSWER_BYTES_MAX)
    except (OSError, asyncio.IncompleteReadError):
        return 0, b""
    finally:
        if writer is not None:
            writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    return (int(words[1]), body) if len(words) > 1 and words[1].isdigit() else (0, b"")


async def _read_up_to(reader: asyncio.StreamReader, bytes_max: int) -> bytes:
    pieces = b""
    while len(pieces) < bytes_max and (data := await reader.read(8192)):
        pieces += data
    return pieces
