"""Running the doors: ports opened first, one line when all stand, drained on SIGTERM."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from yuepi.app.compose import Composition, compose, door_of, picture_limits
from yuepi.app.http import application, readiness
from yuepi.app.http_connection import Connection
from yuepi.gateway.allocator import keep_freed_memory
from yuepi.kit.errors import Unavailable
from yuepi.kit.settings import Settings

if TYPE_CHECKING:
    from yuepi.app.grpc_door import GrpcDoor

LOG = logging.getLogger(__name__)

BACKLOG: Final = 1_024
CONNECTIONS_MAX: Final = 2_000
"""Beyond it the answer is 503 before anything is read."""
KEEP_ALIVE_S: Final = 75
"""Longer than pools of clients keep idle connections, so that they are the first to close."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the doors stand. `grpc_port` 0: there is none; `keys`: how many keys are live."""

    host: str
    port: int
    grpc_port: int
    keys: int

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
        grpc_door = await _open_grpc(composition, stack)
        keys = await _live_keys(composition)
        warming: list[asyncio.Task[None]] = []

        def ready() -> None:
            port = int(listening.getsockname()[1])
            grpc_port = 0 if grpc_door is None else grpc_door.port
            on_ready(Opened(settings.server.host, port, grpc_port, keys))
            warming.append(asyncio.create_task(composition.warm()))

        config = uvicorn.Config(
            application(composition, door_of(composition)),
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
        await _Server(config, ready, grpc_door).serve(sockets=[listening])
        for task in warming:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class _Server(uvicorn.Server):
    """uvicorn's server that says when it answers, and drains the gRPC door together with its own.

    One after the other they could take twice the time that an end may take.
    """

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], grpc_door: GrpcDoor | None
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._grpc_door = grpc_door

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        closing = [super().shutdown(sockets)]
        if self._grpc_door is not None:
            closing.append(self._grpc_door.close(self.config.timeout_graceful_shutdown or 0))
        await asyncio.gather(*closing)


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
