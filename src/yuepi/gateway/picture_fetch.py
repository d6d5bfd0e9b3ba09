"""Fetching a picture from the web without being led into the house (SSRF).

Off unless the settings allow it. Only public addresses, asked under the guard of `kit.outbound`.
Redirects are followed by hand, each hop judged anew. No credentials, no other ports, and limits on
time and size.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp
from yarl import URL

from yuepi.engines.contract import ChatRefused
from yuepi.kit.outbound import (
    HOST_REFUSED,
    Allowed,
    LookUp,
    Refused,
    UnknownHost,
    asking,
    may_be_called,
    readable_url,
)

REDIRECTS_MAX = 3
PIECE_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """`ports` may be contacted; `fetches_max` run at once, others wait within their time."""

    bytes_max: int = 20 * 2**20
    wait_s_max: float = 10.0
    fetches_max: int = 8
    ports: frozenset[int] = frozenset((80, 443))


class PictureFetcher:
    """Fetches pictures by address. `allowed` judges IP addresses; tests may allow loopback."""

    def __init__(
        self,
        limits: FetchLimits | None = None,
        *,
        allowed: Allowed = may_be_called,
        look_up: LookUp | None = None,
    ) -> None:
        self._limits = limits or FetchLimits()
        self._allowed = allowed
        self._look_up = look_up
        self._slots = asyncio.Semaphore(self._limits.fetches_max)

    async def __call__(self, url: str, param: str) -> bytes:
        """The bytes at an address. Raises `ChatRefused`, code `invalid_image_url`."""
        try:
            async with asyncio.timeout(self._limits.wait_s_max), self._slots:
                return await self._follow(_parsed(url), param)
        except TimeoutError as error:
            seconds = self._limits.wait_s_max
            raise _refusal(f"it did not arrive within {seconds:.0f} s", param) from error
        except Refused as refused:
            raise _refusal(str(refused), param) from refused
        except UnknownHost as error:
            # As of a host inside: other words would tell which names there are.
            raise _refusal(HOST_REFUSED, param) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Not what went wrong: that would tell a stranger what our network looks like.
            raise _refusal("it could not be fetched", param) from error

    async def _follow(self, url: URL, param: str) -> bytes:
        for _ in range(REDIRECTS_MAX + 1):
            found = await self._get(url, param)
            if isinstance(found, bytes):
                return found
            url = found
        raise Refused(f"it redirects more than {REDIRECTS_MAX} times")

    async def _get(self, url: URL, param: str) -> bytes | URL:
        """One hop: the bytes, or where they are said to be."""
        self._check(url)
        async with asking(
            "GET",
            url,
            self._allowed,
            headers={"Accept": "image/*"},
            wait_s_max=self._limits.wait_s_max,
            look_up=self._look_up,
        ) as response:
            if response.status in (301, 302, 303, 307, 308):
                place = response.headers.get("Location", "")
                return url.join(_parsed(place, relative=True))
            if response.status != 200:
                raise Refused(f"its server answered {response.status}")
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise Refused("its server sends it compressed")
            return await self._read(response, param)

    async def _read(self, response: aiohttp.ClientResponse, param: str) -> bytes:
        bytes_max = self._limits.bytes_max
        pieces, size = [], response.content_length or 0
        if size <= bytes_max:
            size = 0
            async for piece in response.content.iter_chunked(PIECE_BYTES):
                size += len(piece)
                if size > bytes_max:
                    break
                pieces.append(piece)
        if size > bytes_max:
            raise ChatRefused(
                f"the picture at that address has more than {bytes_max / 2**20:.0f} MB",
                remedy="send a smaller picture",
                code="image_too_large",
                param=param,
            )
        return b"".join(pieces)

    def _check(self, url: URL) -> None:
        """Raises `Refused` for an address that may not be asked at all, whoever it leads to."""
        if url.scheme not in ("http", "https") or not url.host:
            raise Refused("only http and https addresses are fetched")
        if url.user is not None or url.password is not None:
            raise Refused("it carries a name or a password")
        if url.port not in self._limits.ports:
            raise Refused(f"port {url.port} is not asked")


def _parsed(url: str, *, relative: bool = False) -> URL:
    parsed = readable_url(url)
    if not relative and not parsed.absolute:
        raise Refused("it is not readable as an address")
    return parsed


def _refusal(reason: str, param: str) -> ChatRefused:
    return ChatRefused(
        f"the picture's address cannot be used: {reason}",
        remedy="send the picture itself as data:image/...;base64,...",
        code="invalid_image_url",
        param=param,
    )
