"""A request's body as aiohttp sends it: pieces in memory, the large ones never copied.

Given the whole body as bytes, aiohttp joins it with the headers: one more copy of a picture, and
warns of bodies over 1 MB. With a picture of 400 KB a request took 0.94 ms CPU with two
copies and 0.5 ms without.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import Payload
from aiohttp.abc import AbstractStreamWriter

# Less than this is worth joining: a system call costs as much as copying it.
_COPY_BYTES_MAX = 64 * 1024


class RequestBody(Payload):
    """JSON in pieces. Can be written once only: redirects are not followed."""

    _value: list[bytes]

    def __init__(self, pieces: Iterable[bytes]) -> None:
        parts: list[bytes] = []
        small: list[bytes] = []
        for piece in pieces:
            if len(piece) > _COPY_BYTES_MAX:
                parts += (b"".join(small), piece) if small else (piece,)
                small = []
            else:
                small.append(piece)
        if small:
            parts.append(b"".join(small))
        super().__init__(parts, content_type="application/json")
        self._size = sum(map(len, parts))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return b"".join(self._value).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        # aiohttp joins the headers with the first part, which is a small one.
        for part in self._value:
            await writer.write(part)

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        # The length is that of the whole body.
        await self.write(writer)


def sendable(text: str, characters_max: int) -> str:
    """The beginning of a text, as every server takes it: half a surrogate pair is no UTF-8, and a
    zero byte ends a text for those written in C."""
    clean = text[:characters_max].replace("\0", " ")
    return clean.encode("utf-8", "replace").decode("utf-8")
