"""Fetching a picture from the web without being led into the house (SSRF).

Off unless the settings allow it. Every address a name resolves to must be public; the connection
goes to an address that was checked, never to a second look-up (DNS rebinding), and the socket is
refused once more where it is made. Redirects are followed by hand, each hop judged anew. No
proxies, no cookies, no credentials, no other ports, and limits on time and size.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from yuepi.engines.contract import ChatRefused

REDIRECTS_MAX = 3
URL_CHARACTERS_MAX = 2048
PIECE_BYTES = 2**16

# Public by number, but inside somebody's cloud: the addresses of instance metadata and its like
# that no registry lists as special (Azure's WireServer).
_METADATA = frozenset((ipaddress.ip_address("168.63.129.16"),))
# IANA's special-purpose registries beyond what `is_global` knows in every Python we run on.
_SPECIAL_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
    )
)
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
# Teredo and others, documentation, 6to4, SRv6: they lead to, or hide, another address.
_SPECIAL_V6 = tuple(
    map(
        ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16")
    )
)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name, as text."""


def is_public(address: str) -> bool:
    """Whether an IP address is an ordinary one of the public internet.

    Loopback, private, link-local, shared (CGNAT), multicast, reserved, v4-mapped, NAT64, 6to4 and
    Teredo addresses are not; nor is anything that is no address.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip in _METADATA:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _SPECIAL_V4)
    # Outside 2000::/3 lie v4-mapped, NAT64 (64:ff9b::/96, 64:ff9b:1::/48) and local addresses.
    return ip in _UNICAST_V6 and not any(ip in network for network in _SPECIAL_V6)


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
        allowed: Callable[[str], bool] = is_public,
        resolve: Resolve | None = None,
    ) -> None:
        self._limits = limits or FetchLimits()
        self._allowed = allowed
        self._resolve = resolve or _resolve
        self._slots = asyncio.Semaphore(self._limits.fetches_max)

    async def __call__(self, url: str, param: str) -> bytes:
        """The bytes at an address. Raises `ChatRefused`, code `invalid_image_url`."""
        try:
            async with asyncio.timeout(self._limits.wait_s_max), self._slots:
                return await self._follow(_parsed(url, param), param)
        except TimeoutError as error:
            seconds = self._limits.wait_s_max
            raise _refusal(f"it did not arrive within {seconds:.0f} s", param) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Not what went wrong: that would tell a stranger what our network looks like.
            raise _refusal("it could not be fetched", param) from error

    async def _follow(self, url: URL, param: str) -> bytes:
        for _ in range(REDIRECTS_MAX + 1):
            found = await self._get(url, param)
            if isinstance(found, bytes):
                return found
            url = found
        raise _refusal(f"it redirects more than {REDIRECTS_MAX} times", param)

    async def _get(self, url: URL, param: str) -> bytes | URL:
        """One hop: the bytes, or where they are said to be."""
        host = self._judged(url, param)
        addresses = await self._public_addresses(host, url.port or 0, param)
        connector = aiohttp.TCPConnector(
            resolver=_Pinned(addresses),
            use_dns_cache=False,
            force_close=True,
            limit=1,
            socket_factory=self._socket,
        )
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=self._limits.wait_s_max),
                max_line_size=8190,
                max_field_size=8190,
            ) as session,
            session.get(
                url,
                allow_redirects=False,
                headers={"Accept": "image/*", "Accept-Encoding": "identity"},
            ) as response,
        ):
            if response.status in (301, 302, 303, 307, 308):
                place = response.headers.get("Location", "")
                return url.join(_parsed(place, param, relative=True))
            if response.status != 200:
                raise _refusal(f"its server answered {response.status}", param)
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise _refusal("its server sends it compressed", param)
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

    def _judged(self, url: URL, param: str) -> str:
        """The host of an address that may be asked at all."""
        if url.scheme not in ("http", "https") or not url.host:
            raise _refusal("only http and https addresses are fetched", param)
        if url.user is not None or url.password is not None:
            raise _refusal("it carries a name or a password", param)
        if url.port not in self._limits.ports:
            raise _refusal(f"port {url.port} is not asked", param)
        return url.host

    async def _public_addresses(self, host: str, port: int, param: str) -> Sequence[str]:
        """What the host resolves to, if every one of the addresses is public."""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            addresses = await self._resolve(host, port)
        else:
            addresses = [host]
        if not addresses or not all(self._allowed(address) for address in addresses):
            raise _refusal("its host may not be asked", param)
        return addresses

    def _socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        """The last check, on the very address that will be connected to."""
        family, kind, protocol, _, place = address
        if not self._allowed(str(place[0])):
            raise OSError("the address to connect to is not one that was checked")
        return socket.socket(family=family, type=kind, proto=protocol)


class _Pinned(AbstractResolver):
    """Gives the addresses that were checked, whatever the name says by now."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Holds nothing."""


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _parsed(url: str, param: str, *, relative: bool = False) -> URL:
    if not url or len(url) > URL_CHARACTERS_MAX or not url.isprintable():
        raise _refusal("it is empty, too long or not readable", param)
    try:
        parsed = URL(url)
        if not relative and not parsed.absolute:
            raise ValueError("not absolute")
    except ValueError as error:
        raise _refusal("it is not readable as an address", param) from error
    return parsed


def _refusal(reason: str, param: str) -> ChatRefused:
    return ChatRefused(
        f"the picture's address cannot be used: {reason}",
        remedy="send the picture itself as data:image/...;base64,...",
        code="invalid_image_url",
        param=param,
    )
