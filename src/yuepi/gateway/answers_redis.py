"""Answers shared between servers through Redis; sealed, because Redis reads along.

Redis being away, slow or full of nonsense never breaks an answer: it is a miss, and Redis is left
alone for a few seconds. One line a minute is logged about it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from yuepi.kit.errors import YuepiError

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)

Bytes = Callable[[bytes], bytes]

AWAY_S = 5.0
"""How long Redis is not asked after it failed."""
LOG_EVERY_S = 60.0
CONNECTIONS_MAX = 16
_PREFIX = "yuepi:answer:1:"


class KeptAnswer(msgspec.Struct, frozen=True, array_like=True):
    """A whole answer with finish `stop`.

    `key` is its own name: a value copied to another name, in a store that others may write to, is
    found out. `usage`: prompt, completion and cached tokens, if known; `estimated` says of them
    what `Usage` does.
    """

    key: str
    text: str
    usage: tuple[int, int, int] | None
    estimated: bool
    deployment: str
    model_version: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(KeptAnswer).decode


class RedisAnswers:
    """Answers in Redis under `yuepi:answer:1:KEY`, each for `ttl_s` seconds.

    `seal` and `unseal` turn bytes into sealed bytes and back; `unseal` raises `YuepiError` for
    bytes that it did not seal. One event loop only.
    """

    def __init__(
        self,
        url: str,
        *,
        seal: Bytes,
        unseal: Bytes,
        ttl_s: float,
        wait_s_max: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # Only who configured Redis pays for importing it.
        from redis.asyncio import BlockingConnectionPool, Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError

        pool: Any = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS_MAX,
            timeout=wait_s_max,
            socket_timeout=wait_s_max,
            socket_connect_timeout=wait_s_max,
            # Its own default would try ten times: longer than most answers take.
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: Redis = Redis.from_pool(pool)
        self._failures = (RedisError, OSError, TimeoutError, YuepiError, msgspec.MsgspecError)
        self._seal = seal
        self._unseal = unseal
        self._ttl_ms = max(int(ttl_s * 1000), 1)
        self._clock = clock
        self._away_until = 0.0
        self._log_at = 0.0

    async def get(self, key: str) -> KeptAnswer | None:
        """The answer of that name, or None."""
        if self._clock() < self._away_until:
            return None
        try:
            sealed = await self._redis.get(_PREFIX + key)
            if not isinstance(sealed, bytes):
                return None
            kept = _decode(self._unseal(sealed))
        except self._failures as error:
            self._failed(error)
            return None
        if kept.key != key:
            self._failed(ValueError("a value lies under another name than its own"))
            return None
        return kept

    async def put(self, kept: KeptAnswer) -> None:
        """Keep an answer, if Redis is there."""
        if self._clock() < self._away_until:
            return
        try:
            sealed = self._seal(_encode(kept))
            await self._redis.set(_PREFIX + kept.key, sealed, px=self._ttl_ms)
        except self._failures as error:
            self._failed(error)

    async def close(self) -> None:
        await self._redis.aclose()

    def _failed(self, error: Exception) -> None:
        now = self._clock()
        # A value that cannot be unsealed says nothing about Redis being there.
        if not isinstance(error, YuepiError | msgspec.MsgspecError | ValueError):
            self._away_until = now + AWAY_S
        if now >= self._log_at:
            self._log_at = now + LOG_EVERY_S
            log.warning("answers in Redis cannot be used, answering without: %r", error)
