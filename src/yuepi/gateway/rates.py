"""Requests and tokens a minute, for each key: counted in this process, or in Redis for several.

In memory the count is our own, of the 60 last full seconds and the present one, so that no minute
holds more than the limit. The library `limits` does it too, but measured 0.6–0.9 ms of CPU a
request in memory (its moving window expires entries through a thread, and keeps one entry for
each token); over Redis it is used, with fixed windows: one counter per key and minute.

A request is refused before it runs; tokens are known only after. So a key's calls are admitted
while its minute is below the token limit, and those then running may go beyond it.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final, Protocol

from yuepi.access.keys import Key
from yuepi.kit.errors import Unavailable, YuepiError

WINDOW_S: Final = 60
WINDOWS_MAX: Final = 20_000
"""Keys counted at a time; the one that was quiet longest is forgotten (two windows a key)."""
REDIS_WAIT_S_MAX: Final = 1.0


class OverLimit(YuepiError):
    """A key's limit is reached. `retry_after_s`: when it is worth to ask again."""

    code = "rate_limit_exceeded"
    http_status = 429

    def __init__(
        self, message: str, *, remedy: str, retry_after_s: float, code: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.retry_after_s = retry_after_s


class Rates(Protocol):
    """Where requests and tokens are counted."""

    async def admit(self, key: Key) -> None:
        """Count one request. Raises `OverLimit`, and counts nothing; `Unavailable`."""
        ...

    def spend(self, key: Key, tokens: int) -> None:
        """Count tokens that a call has used."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class MinuteWindow:
    """A sum over the last minute, in steps of a second: at most 61 numbers."""

    __slots__ = ("_steps", "total")

    def __init__(self) -> None:
        self._steps: deque[list[int]] = deque()
        self.total = 0

    def add(self, amount: int, now_s: float) -> None:
        """Count `amount` at this moment; moments come in order."""
        second = int(now_s)
        self.total += amount
        if self._steps and self._steps[-1][0] == second:
            self._steps[-1][1] += amount
        else:
            self._steps.append([second, amount])

    def at(self, now_s: float) -> int:
        """The sum of the last minute."""
        steps = self._steps
        # A step counts until its last moment is a minute old.
        while steps and steps[0][0] < int(now_s) - WINDOW_S:
            self.total -= steps.popleft()[1]
        return self.total

    def wait_s(self, below: int, now_s: float) -> float:
        """How long until the sum is under `below`, if nothing is added."""
        left = self.at(now_s)
        for second, amount in self._steps:
            left -= amount
            if left < below:
                return second + WINDOW_S + 1 - now_s
        return 0.0


class MemoryRates:
    """Counts of this process."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._requests: OrderedDict[str, MinuteWindow] = OrderedDict()
        self._tokens: OrderedDict[str, MinuteWindow] = OrderedDict()

    async def admit(self, key: Key) -> None:
        now_s = self._monotonic()
        if key.tokens_per_minute is not None:
            tokens = _window(self._tokens, key.id)
            if tokens.at(now_s) >= key.tokens_per_minute:
                raise _over_tokens(key, tokens.wait_s(key.tokens_per_minute, now_s))
        if key.requests_per_minute is not None:
            requests = _window(self._requests, key.id)
            if requests.at(now_s) >= key.requests_per_minute:
                raise _over_requests(key, requests.wait_s(key.requests_per_minute, now_s))
            requests.add(1, now_s)

    def spend(self, key: Key, tokens: int) -> None:
        if key.tokens_per_minute is not None:
            _window(self._tokens, key.id).add(tokens, self._monotonic())

    async def close(self) -> None:
        return


class RedisRates:
    """Counts shared by all processes that use the same Redis; a minute begins with its first count.

    Tokens are sent with the key's next request from this process; refused requests count, too,
    until their minute ends. When Redis fails, keys with
    limits are refused (`Unavailable`): a limit that is not counted is none.
    """

    def __init__(self, url: str) -> None:
        # Only where Redis is used: the library costs memory.
        from limits.aio.storage import RedisStorage
        from limits.aio.strategies import FixedWindowRateLimiter
        from redis.asyncio import ConnectionPool

        self._connections: ConnectionPool = ConnectionPool.from_url(
            url, socket_timeout=REDIS_WAIT_S_MAX, socket_connect_timeout=REDIS_WAIT_S_MAX
        )
        storage = RedisStorage(
            f"async+{url}",
            implementation="redispy",
            wrap_exceptions=True,
            connection_pool=self._connections,  # type: ignore[arg-type] # typed too narrowly there
        )
        self._limiter = FixedWindowRateLimiter(storage)
        self._unsent: OrderedDict[str, int] = OrderedDict()

    async def admit(self, key: Key) -> None:
        from limits.errors import StorageError

        try:
            await self._admit(key)
        except (StorageError, OSError) as error:
            raise Unavailable(
                "requests cannot be counted: Redis does not answer",
                remedy="check the Redis named in the settings; keys without limits go on",
                code="limits_unavailable",
            ) from error

    async def _admit(self, key: Key) -> None:
        from limits import RateLimitItemPerMinute

        if key.tokens_per_minute is not None:
            limit = RateLimitItemPerMinute(key.tokens_per_minute, namespace="yuepi:tokens")
            unsent = self._unsent.pop(key.id, 0)
            if unsent:
                try:
                    await self._limiter.hit(limit, key.id, cost=unsent)
                except BaseException:
                    # Cancelled or failed: perhaps counted twice later, never lost.
                    self._unsent[key.id] = self._unsent.get(key.id, 0) + unsent
                    raise
            stats = await self._limiter.get_window_stats(limit, key.id)
            if stats.remaining <= 0:
                raise _over_tokens(key, stats.reset_time - time.time())
        if key.requests_per_minute is not None:
            limit = RateLimitItemPerMinute(key.requests_per_minute, namespace="yuepi:requests")
            if not await self._limiter.hit(limit, key.id):
                stats = await self._limiter.get_window_stats(limit, key.id)
                raise _over_requests(key, stats.reset_time - time.time())

    def spend(self, key: Key, tokens: int) -> None:
        if key.tokens_per_minute is not None and tokens:
            self._unsent[key.id] = self._unsent.pop(key.id, 0) + tokens
            if len(self._unsent) > WINDOWS_MAX:
                self._unsent.popitem(last=False)

    async def close(self) -> None:
        await self._connections.disconnect()


def _window(windows: OrderedDict[str, MinuteWindow], key_id: str) -> MinuteWindow:
    window = windows.get(key_id)
    if window is None:
        window = windows[key_id] = MinuteWindow()
        if len(windows) > WINDOWS_MAX:
            windows.popitem(last=False)
    else:
        windows.move_to_end(key_id)
    return window


def _over_requests(key: Key, wait_s: float) -> OverLimit:
    return OverLimit(
        f"the key {key.name!r} may ask {key.requests_per_minute} times a minute",
        remedy=f"ask again in {math.ceil(max(wait_s, 1))} s, or have the key's limit raised",
        retry_after_s=max(wait_s, 1.0),
    )


def _over_tokens(key: Key, wait_s: float) -> OverLimit:
    return OverLimit(
        f"the key {key.name!r} may use {key.tokens_per_minute} tokens a minute",
        remedy=f"ask again in {math.ceil(max(wait_s, 1))} s, or have the key's limit raised",
        retry_after_s=max(wait_s, 1.0),
    )
