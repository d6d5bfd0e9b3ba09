"""Running the doors: ports opened first, one line when all stand, drained on SIGTERM."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from yuepi.access.setup import link_of
from yuepi.access.visitors import Visitors
from yuepi.app.api import api_application
from yuepi.app.compose import Composition, compose, door_of, picture_limits
from yuepi.app.desk import Desk, open_desk
from yuepi.app.events import Feeds
from yuepi.app.gateway_numbers import watched
from yuepi.app.http import application, readiness
from yuepi.app.http_connection import Connection
from yuepi.app.kept_going import kept_going
from yuepi.app.library import writer_of
from yuepi.app.mcp.mount import mcp_of
from yuepi.app.warming import warm_library
from yuepi.app.worker_child import HostedWorkers
from yuepi.kit.allocator import keep_freed_memory
from yuepi.kit.errors import Unavailable
from yuepi.kit.settings import Settings
from yuepi.kit.steady import Ticker

if TYPE_CHECKING:
    from yuepi.app.grpc_door import GrpcDoor

LOG = logging.getLogger(__name__)

BACKLOG: Final = 1_024
CONNECTIONS_MAX: Final = 2_000
"""Beyond it the answer is 503 before anything is read."""
WORKER_WAIT_S: Final = 3
"""What a worker that was told to stop gets beyond the time to drain, to end its process."""
KEEP_ALIVE_S: Final = 75
"""Longer than pools of clients keep idle connections, so that they are the first to close."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the doors stand. `grpc_port` 0: there is none; `keys`: how many keys are live.

    setup: the link by which the first administrator is made; None where there is one.
    """

    host: str
    port: int
    grpc_port: int
    keys: int
    setup: str | None = None

    @property
    def url(self) -> str:
        """The address for clients on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"http://{host}:{self.port}"


OnReady = Callable[[Opened], None]


def serve(settings: Settings, on_ready: OnReady) -> None:
    """Serve until SIGTERM or SIGINT; then let requests under way end, and end the process, with 0.

    Raises `Unavailable` where a port is taken, and what `compose` raises.
    """
    keep_freed_memory()
    listening = listen(settings.server.host, settings.server.port)
    with listening, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, listening, on_ready))
        # All is written and closed. What is left are threads in the middle of loading a model,
        # which nothing can stop, and the taking apart of loaded ones, which takes a second.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises `Unavailable` saying why the port cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Unavailable(
            f"{host} is no address of this machine: {error.strerror}",
            remedy="give --host an address such as 127.0.0.1 or 0.0.0.0",
            code="host_unknown",
        ) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        taken = error.errno == errno.EADDRINUSE
        raise Unavailable(
            f"port {port} on {host} "
            + ("is in use already" if taken else f"cannot be opened: {error.strerror}"),
            remedy="choose another with --port, or stop what listens there",
            code="port_in_use" if taken else "port_unavailable",
        ) from error
    return listening


async def _serve(settings: Settings, listening: socket.socket, on_ready: OnReady) -> None:
    async with AsyncExitStack() as stack:
        composition = await stack.enter_async_context(compose(settings))
        desk = await _open_desk(composition, stack)
        mcp = mcp_of(desk, Opened(settings.server.host, _port_of(listening), 0, 0).url, stack)
        feeds = Feeds()
        grpc_door = await _open_grpc(composition, stack)
        keys = await _live_keys(composition)
        link = await desk.accounts.setup.new_link()
        workers = hosted_workers(settings)
        ticker = Ticker(desk.database)
        warming: list[asyncio.Task[None]] = []

        def ready() -> None:
            grpc_port = 0 if grpc_door is None else grpc_door.port
            opened = Opened(settings.server.host, _port_of(listening), grpc_port, keys)
            base = settings.server.public_url or opened.url
            on_ready(replace(opened, setup=link and link_of(base, link)))
            warming.append(asyncio.create_task(warm_library(desk.library)))
            warming.append(asyncio.create_task(composition.warm()))
            warming.append(asyncio.create_task(kept_going("the steady clock", ticker.run)))
            if settings.library.watch:
                watch = desk.library.watcher.run
                warming.append(asyncio.create_task(kept_going("watched folders", watch)))
            workers.start()

        config = uvicorn.Config(
            application(
                composition,
                door_of(composition, Visitors(desk.accounts.sessions, desk.web)),
                api_application(desk, feeds, watched(composition)),
                mcp,
                desk.library,
            ),
            http=Connection,
            limit_concurrency=CONNECTIONS_MAX,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=settings.server.drain_s_max,
        )
        # uvicorn raises the signal that ended it once more for whoever started it: a wanted end is
        # exit code 0, so nobody listens then.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        drain_s_max = settings.server.drain_s_max
        closing = [partial(workers.stop, drain_s_max + WORKER_WAIT_S)]
        if grpc_door is not None:
            closing.append(partial(grpc_door.close, drain_s_max))
        stack.push_async_callback(workers.stop, 0)
        await _Server(config, ready, feeds.close, closing).serve(sockets=[listening])
        for task in warming:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


class _Server(uvicorn.Server):
    """uvicorn's server that says when it answers, and drains what else is open beside its own.

    One after the other they could take twice the time that an end may take. `hush` first ends
    answers that have no end of their own.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        hush: Callable[[], None],
        closing: Sequence[Callable[[], Awaitable[object]]],
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._hush = hush
        self._closing = closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hush()
        await asyncio.gather(super().shutdown(sockets), *(close() for close in self._closing))


async def _open_desk(composition: Composition, stack: AsyncExitStack) -> Desk:
    records = composition.records
    if records is None:
        raise ValueError("a desk needs a database")
    return await open_desk(
        composition.settings,
        records.database,
        records.keyring,
        records.sealer,
        stack,
        embedders=composition.embedders,
        writer=writer_of(composition),
    )


def hosted_workers(settings: Settings) -> HostedWorkers:
    """The workers that run beside a server; not started."""
    command = (sys.executable, "-m", "yuepi.app.cli", "worker", "--hosted")
    # Absolute: the children keep our folder, but may outlive a change of it.
    data = str(settings.folder.absolute())
    return HostedWorkers((*command, "--data", data), settings.workers.hosted)


async def _open_grpc(composition: Composition, stack: AsyncExitStack) -> GrpcDoor | None:
    server, records = composition.settings.server, composition.records
    if not server.grpc_port or records is None:
        return None
    # Its handlers for fork() would complain on standard error each time a child is started, and
    # no child of ours speaks gRPC.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    # gRPC is 20 MB: only who opens that door pays.
    from yuepi.app.grpc_door import GrpcDoor, GrpcLimits

    limits = GrpcLimits(
        body_bytes_max=server.body_bytes_max,
        images_max=composition.settings.gateway.images_max,
        pictures=picture_limits(composition.settings),
    )

    async def ready() -> bool:
        return bool((await readiness(composition))["ready"])

    door = GrpcDoor(composition.gateway, records.keyring, limits, ready)
    await door.start(server.host, server.grpc_port)
    # For an end before anything was served; closing a second time does no harm.
    stack.push_async_callback(door.close, 0)
    return door


async def _live_keys(composition: Composition) -> int:
    if composition.records is None:
        return 0
    rows = await composition.records.keyring.list()
    return sum(row.revoked_at is None for row in rows)


def _loop_factory() -> Callable[[], Any] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    factory: Callable[[], Any] = uvloop.new_event_loop
    return factory
