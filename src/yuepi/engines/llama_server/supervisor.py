"""The engine around a llama-server: started when first needed, started again when it dies.

After `restarts_max` deaths within `restart_window_s` it is given up for that long, so that a model
that does not fit in memory does not keep the machine busy. Whoever asks meanwhile is told at once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import tempfile
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from yuepi.engines.contract import (
    Abilities,
    Chat,
    Delta,
    Engine,
    EngineBroke,
    EngineFailure,
    EngineTimeout,
    EngineUnavailable,
    JsonShape,
    ModelEntry,
)
from yuepi.engines.llama_server import command
from yuepi.engines.llama_server.options import Options
from yuepi.engines.llama_server.process import ServerProcess, free_port

log = logging.getLogger(__name__)

Connect = Callable[[str, ModelEntry], Engine]

_RESTART_WAIT_S_MAX = 30.0
# A process that dies tears its connections a moment before it is seen to have ended.
_DEATH_WAIT_S = 0.5

_ANY_OBJECT = {"type": "object"}
_ANY_OBJECT_FORMAT = (
    b'{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}}'
)


@dataclass(frozen=True, slots=True)
class _Run:
    """One life of the server: its process, its client, and the private folder with its key."""

    process: ServerProcess
    client: Engine
    folder: Path


class LlamaServer:
    """One llama-server and the way to ask it. See `Options` for what can be set."""

    def __init__(self, entry: ModelEntry, options: Options, connect: Connect) -> None:
        self._entry = entry
        self._options = options
        self._connect = connect
        # A comma would make two names of it.
        self._alias = entry.name.replace(",", "_")
        self._abilities = Abilities(
            images_max=options.images_max if options.mmproj else 0,
            context_tokens_max=options.context_tokens_max,
            json_schema=True,
            boxes=options.boxes,
            modalities=("text", "image") if options.mmproj else ("text",),
        )
        self._supervisor: asyncio.Task[None] | None = None
        self._next_run: asyncio.Future[_Run] | None = None
        self._waiting = 0
        self._run: _Run | None = None
        self._deaths: deque[float] = deque()
        self._given_up: EngineFailure | None = None
        self._given_up_until = 0.0
        self._closed = False

    @property
    def name(self) -> str:
        return self._entry.name

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        """Answer; see `Engine.stream`. Starts the server if it does not run."""
        run = await self._running(chat.call.deadline)
        try:
            async with aclosing(run.client.stream(_with_schema(chat))) as deltas:
                async for delta in deltas:
                    yield delta
        except EngineFailure as error:
            if await self._has_died(run):
                raise EngineBroke(
                    f"{self.name}: llama-server {run.process.end} while answering: "
                    f"{run.process.last_words}",
                    remedy="ask again: it is being started; if it dies again, use a smaller "
                    "model, fewer slots or a smaller context_tokens_max",
                ) from error
            raise

    async def warm(self) -> None:
        """Start the server and wait until it is ready; raises `EngineFailure`."""
        run = await self._running(None)
        await run.client.warm()

    async def close(self) -> None:
        """End the server and all it started. It does not start again after that."""
        self._closed = True
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await supervisor

    async def _running(self, deadline: float | None) -> _Run:
        if self._run is not None and self._run.process.alive:
            return self._run
        if self._closed:
            raise EngineUnavailable(
                f"{self.name} is shut down", remedy="start Yuepi again", retryable=False
            )
        if self._supervisor is None or self._supervisor.done():
            if self._given_up is not None and time.monotonic() < self._given_up_until:
                raise self._given_up
            self._given_up = None
            self._next_run = _quiet_future()
            self._supervisor = asyncio.create_task(self._supervise())
        elif self._next_run is None or self._next_run.done():
            # It has just died, or its last start failed: wait for the next one.
            self._next_run = _quiet_future()
        self._waiting += 1
        try:
            async with asyncio.timeout(
                None if deadline is None else max(0.0, deadline - time.monotonic())
            ):
                return await asyncio.shield(self._next_run)
        except TimeoutError:
            raise EngineTimeout(
                f"{self.name}: llama-server was not ready before the deadline of the call",
                remedy="ask again in a moment, or warm the model when Yuepi starts",
            ) from None
        finally:
            self._waiting -= 1

    async def _has_died(self, run: _Run) -> bool:
        if run.process.alive:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DEATH_WAIT_S):
                    await run.process.wait()
        return not run.process.alive

    # --- the supervising task ----------------------------------------------------------------

    async def _supervise(self) -> None:
        try:
            while True:
                failure, was_ready = await self._live_once()
                self._deaths.append(time.monotonic())
                while self._deaths and self._deaths[0] < time.monotonic() - self._window_s:
                    self._deaths.popleft()
                if not failure.retryable or len(self._deaths) > self._options.restarts_max:
                    self._give_up(failure)
                    return
                level = logging.WARNING
                if not was_ready:
                    # Whoever asks after the end of a good run waits for the next one instead.
                    level = self._level()
                    self._tell(failure)
                wait_s = self._options.restart_wait_s * 2 ** (len(self._deaths) - 1)
                wait_s = min(wait_s, _RESTART_WAIT_S_MAX)
                log.log(level, "%s; starting it again in %.1f s", failure.message, wait_s)
                await asyncio.sleep(wait_s)
        finally:
            self._tell(EngineUnavailable(f"{self.name} is shut down", remedy="start Yuepi again"))

    @property
    def _window_s(self) -> float:
        return self._options.restart_window_s

    def _level(self) -> int:
        """How loudly to log a failure: whoever waits hears of it anyway."""
        return logging.INFO if self._waiting else logging.ERROR

    def _tell(self, failure: EngineFailure) -> None:
        """Whoever waits for a start learns that this one failed, instead of waiting for more."""
        if self._next_run is not None and not self._next_run.done():
            self._next_run.set_exception(failure)

    def _give_up(self, failure: EngineFailure) -> None:
        if failure.retryable:
            self._given_up = EngineUnavailable(
                f"{self.name}: given up after {len(self._deaths)} failures: {failure.message}",
                remedy=failure.remedy,
                retryable=False,
            )
            self._given_up_until = time.monotonic() + self._window_s
            self._deaths.clear()
            failure = self._given_up
        log.log(self._level(), "%s", failure.message)
        self._tell(failure)

    async def _live_once(self) -> tuple[EngineFailure, bool]:
        """Start it, serve until it ends; how that was, and whether it had been ready at all."""
        try:
            folder = Path(tempfile.mkdtemp(prefix="yuepi-llama-"))
        except OSError as error:
            return self._no_folder(error), False
        try:
            return await self._live_in(folder), True
        except EngineFailure as failure:
            return failure, False
        except OSError as error:
            return self._no_folder(error), False
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _no_folder(self, error: OSError) -> EngineFailure:
        return EngineUnavailable(
            f"{self.name}: llama-server cannot be given its private folder: {error}",
            remedy="free the disk that holds temporary files, or set TMPDIR to another one",
        )

    async def _live_in(self, folder: Path) -> EngineFailure:
        port = free_port()
        key_file = folder / "key"
        line = self._command(folder, port, key_file)
        process = await ServerProcess.start(
            self.name,
            command.launched(line),
            environment=command.environment(self._options, empty_folder=folder / "e", port=port),
            folder=folder,
        )
        client: Engine | None = None
        try:
            wait_s_max = self._options.start_timeout_s
            await process.wait_healthy(port, self._alias, key_file=key_file, wait_s_max=wait_s_max)
            client = self._connect(f"http://127.0.0.1:{port}/v1", self._client_entry(key_file))
            self._run = _Run(process, client, folder)
            log.info("%s: llama-server is ready at port %d", self.name, port)
            if self._next_run is not None and not self._next_run.done():
                self._next_run.set_result(self._run)
            await process.wait()
            return EngineUnavailable(
                f"{self.name}: llama-server {process.end}: {process.last_words}",
                remedy="its last words say why; a smaller model or context may help",
            )
        finally:
            self._run = None
            await process.stop(self._options.stop_wait_s_max)
            if client is not None:
                await client.close()

    def _command(self, folder: Path, port: int, key_file: Path) -> list[str]:
        options, base = self._options, self._entry.folder
        binary = command.find_binary(self.name, options, base)
        gguf = command.find_file(self.name, "gguf", options.gguf, base)
        mmproj = None
        if options.mmproj is not None:
            mmproj = command.find_file(self.name, "mmproj", options.mmproj, base)
        (folder / "e").mkdir()
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        return command.arguments(
            options,
            binary=binary.resolve(),
            gguf=gguf.resolve(),
            mmproj=None if mmproj is None else mmproj.resolve(),
            port=port,
            key_file=key_file,
            alias=self._alias,
        )

    def _client_entry(self, key_file: Path) -> ModelEntry:
        options = self._options
        return ModelEntry(
            self.name,
            "openai_compatible",
            {
                "preset": "llama_cpp",
                "model": self._alias,
                "key_file": str(key_file),
                "connect_timeout_s": 5.0,
                "read_timeout_s": options.read_timeout_s,
                "images_max": self._abilities.images_max,
                "context_tokens_max": options.context_tokens_max,
                "boxes": options.boxes,
                # The slot whose beginning is the same is chosen and only the rest is computed.
                "extra_body": {"cache_prompt": True},
            },
            self._entry.folder,
        )


def _quiet_future() -> asyncio.Future[_Run]:
    """A future whose failure nobody has to hear: who waited may have left."""
    future: asyncio.Future[_Run] = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future


def _with_schema(chat: Chat) -> Chat:
    """`json_object` as a schema: as itself llama-server may write white space to the end."""
    if chat.shape is None or chat.shape.schema is not None:
        return chat
    received = chat.received
    if received is not None:
        received = {**received, "response_format": _ANY_OBJECT_FORMAT}
    return replace(chat, shape=JsonShape(_ANY_OBJECT, chat.shape.name), received=received)
