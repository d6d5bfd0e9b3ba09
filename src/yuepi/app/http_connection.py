"""One HTTP connection, with limits on what arrives before anybody is asked for a key.

uvicorn's protocol takes headers without end, and waits without end for them to be complete. Here
both end; what belongs to a body has its limits at the door.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LOG = logging.getLogger(__name__)

HEADER_BYTES_MAX: Final = 64 * 1024
HEADERS_WAIT_S_MAX: Final = 15.0


class Connection(HttpToolsProtocol):
    """uvicorn's protocol that closes where headers grow or last beyond measure.

    Bytes count until they turn out to be a complete head or a piece of a body: so trailers and
    the extensions of chunks are limited like headers.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._bare_bytes = 0
        self._in_head = True
        self._ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client came; it has so long to ask."""
        super().connection_made(transport)
        self._ends = self.loop.call_later(HEADERS_WAIT_S_MAX, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._be_patient()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._bare_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._bare_bytes > HEADER_BYTES_MAX:
            LOG.warning("a connection was closed: more than %d bytes of headers", HEADER_BYTES_MAX)
            self.transport.abort()
        elif self._ends is None and self.timeout_keep_alive_task is None:
            # uvicorn stops its own watch with any byte, even with one that asks for nothing.
            if self._in_head:
                self._ends = self.loop.call_later(HEADERS_WAIT_S_MAX, self._too_slow)
            elif self.cycle.response_complete:
                self._ends = self.loop.call_later(self.timeout_keep_alive, self._too_slow)

    def on_message_begin(self) -> None:
        """A request's first byte came."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """All headers are there."""
        self._in_head = False
        self._bare_bytes = 0
        self._be_patient()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body came."""
        self._bare_bytes = 0
        super().on_body(body)

    def _be_patient(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _too_slow(self) -> None:
        self._ends = None
        if not self.transport.is_closing():
            self.transport.abort()
