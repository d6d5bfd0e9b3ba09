"""Ends a streamed answer that falls silent, with one timer an answer.

aiohttp's own `sock_read` sets and cancels a timer at every packet: about a quarter of the time that
an answer of 34 events took here (3.7 instead of 4.9 ms).
"""

from __future__ import annotations

import asyncio

import aiohttp


class SilenceWatch:
    """Fails the reading of `response` with `SocketTimeoutError` after `wait_s` without bytes."""

    def __init__(self, response: aiohttp.ClientResponse, wait_s: float) -> None:
        self._content = response.content
        self._wait_s = wait_s
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._timer = self._loop.call_later(wait_s, self._look)
        connection = response.connection
        # None when the whole body came together with the head.
        if connection is not None and connection.protocol is not None:
            # A timer of aiohttp that runs already falls with the next packet.
            connection.protocol.read_timeout = None

    def heard(self) -> None:
        """Bytes have come."""
        self._heard = self._loop.time()

    def stop(self) -> None:
        """Nobody reads any more."""
        self._timer.cancel()

    def _look(self) -> None:
        left_s = self._heard + self._wait_s - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look)
        elif self._content.exception() is None:
            self._content.set_exception(aiohttp.SocketTimeoutError("silent for too long"))
