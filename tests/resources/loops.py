"""Something async on a loop in a thread of its own, for tests of what runs its own loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

Opened = TypeVar("Opened")


@contextmanager
def in_thread(manager: AbstractAsyncContextManager[Opened]) -> Iterator[Opened]:
    """Opens `manager` on that loop; closes it, and ends the thread, with the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="test-loop", daemon=True)
    thread.start()

    async def enter() -> Opened:
        return await manager.__aenter__()

    async def leave() -> None:
        await manager.__aexit__(None, None, None)

    try:
        opened = asyncio.run_coroutine_threadsafe(enter(), loop).result(20)
        try:
            yield opened
        finally:
            asyncio.run_coroutine_threadsafe(leave(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
