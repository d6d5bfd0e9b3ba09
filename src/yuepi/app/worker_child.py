"""Workers that `serve` hosts: child processes, kept going, and ended with it.

Processes of their own, for a worker ends itself at once when it finds its work taken over, and
because reading is heavy: neither may touch the doors. The children hold one end of a pipe; when
this process ends, however it ends, the other end closes and they stop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from yuepi.approvals.workflow.executors import EXIT_TAKEN_OVER

LOG = logging.getLogger(__name__)

AGAIN_S: Final = 1.0
AGAIN_S_MAX: Final = 30.0
STEADY_S: Final = 60.0
"""A child that lived so long is started again without a longer wait."""
KILL_S_MAX: Final = 5


class HostedWorkers:
    """`count` children of one command. They are told to stop by the end of their stdin.

    environment: of the children; None: this process's own.
    """

    def __init__(
        self,
        command: Sequence[str],
        count: int,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = tuple(command)
        self._environment = environment
        self._count = count
        self._living: set[Process] = set()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def living(self) -> tuple[int, ...]:
        """The process ids of the children that live now."""
        return tuple(child.pid for child in self._living if child.returncode is None)

    def start(self) -> None:
        """Start them, on the running event loop; each is started again when it ends."""
        self._tasks = [asyncio.create_task(self._keep(at)) for at in range(self._count)]

    async def stop(self, wait_s_max: float) -> None:
        """Tell all to stop, wait for them, and end those that take longer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        children = [child for child in self._living if child.returncode is None]
        for child in children:
            if child.stdin is not None:
                child.stdin.close()
        waits = [asyncio.create_task(child.wait()) for child in children]
        if waits:
            await asyncio.wait(waits, timeout=wait_s_max)
        for child in children:
            if child.returncode is None:
                LOG.warning("worker process %d did not end in time: it is ended", child.pid)
                with suppress(ProcessLookupError):
                    child.kill()
        if waits:
            await asyncio.wait(waits, timeout=KILL_S_MAX)
        self._living.clear()

    async def _keep(self, at: int) -> None:
        """Keep the child of this place going until cancelled."""
        wait_s = AGAIN_S
        while True:
            began_s = time.monotonic()
            try:
                code = await self._one_life()
            except OSError as error:
                LOG.error("worker %d could not be started: %s", at, error)
            else:
                LOG.warning("worker %d ended with %d", at, code)
                if code == EXIT_TAKEN_OVER or time.monotonic() - began_s > STEADY_S:
                    wait_s = AGAIN_S
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, AGAIN_S_MAX)

    async def _one_life(self) -> int:
        child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            # Its log goes where ours goes; what `serve` prints is for programs to read.
            stdout=DEVNULL,
            env=None if self._environment is None else dict(self._environment),
        )
        self._living.add(child)
        code = await child.wait()
        self._living.discard(child)
        return code
