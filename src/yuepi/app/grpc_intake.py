"""How much the gRPC door takes in at once: messages being read, and bytes of those under way.

gRPC hands a message over whole, so its size is known only when it is in memory. That is why few are
read at a time, each within its time, and only after the key is known: what nobody reads waits in
the sender's memory, held back by HTTP/2's flow control.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from weakref import WeakValueDictionary

from yuepi.engines.contract import EngineBusy
from yuepi.gateway.door_limits import BODIES_BYTES_MIN, KEY_SHARE
from yuepi.gateway.openai_json import refused
from yuepi.kit.errors import YuepiError

READINGS_MAX: Final = 8
READINGS_OF_A_KEY_MAX: Final = 4
READING_S_MAX: Final = 60.0


class TooSlow(YuepiError):
    """The message did not come in time."""

    code = "request_timeout"
    http_status = 408


class Intake:
    """Reads the one message of each call. Those under way together hold a bounded sum of bytes."""

    def __init__(self, message_bytes_max: int, reading_s_max: float = READING_S_MAX) -> None:
        self._bytes_max = max(BODIES_BYTES_MIN, 2 * message_bytes_max)
        self._key_bytes_max = max(message_bytes_max, self._bytes_max // KEY_SHARE)
        self._reading_s_max = reading_s_max
        self._readings = asyncio.Semaphore(READINGS_MAX)
        self._readings_of: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._bytes = 0
        self._bytes_of: Counter[str] = Counter()

    @asynccontextmanager
    async def message(self, messages: AsyncIterator[Any], key_id: str) -> AsyncGenerator[Any]:
        """The message, whose bytes count until the block ends.

        Raises `EngineBusy` where too much is under way, `TooSlow`, and `ChatRefused` where none
        comes.
        """
        request = await self._read(messages, key_id)
        size_bytes = request.ByteSize()
        self._bytes += size_bytes
        self._bytes_of[key_id] += size_bytes
        try:
            if self._bytes_of[key_id] > self._key_bytes_max:
                raise _full("requests of this key with too much in them are being answered")
            if self._bytes > self._bytes_max:
                raise _full("requests with too much in them are being answered already")
            yield request
        finally:
            self._bytes -= size_bytes
            self._bytes_of[key_id] -= size_bytes
            if not self._bytes_of[key_id]:
                del self._bytes_of[key_id]

    async def _read(self, messages: AsyncIterator[Any], key_id: str) -> Any:
        own = self._readings_of.get(key_id)
        if own is None:
            own = self._readings_of[key_id] = asyncio.Semaphore(READINGS_OF_A_KEY_MAX)
        try:
            async with asyncio.timeout(self._reading_s_max), own, self._readings:
                async for request in messages:
                    return request
        except TimeoutError as error:
            raise TooSlow(
                f"the request did not come within {self._reading_s_max:g} s",
                remedy="send it again, over a faster connection or with smaller pictures",
            ) from error
        raise refused("the call came without its message", "messages")


def _full(message: str) -> EngineBusy:
    return EngineBusy(message, remedy="ask again in a moment", code="too_many_requests")
