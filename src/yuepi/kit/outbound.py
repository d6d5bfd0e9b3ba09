"""Asking an address that somebody else gave, without being led into the house (SSRF).

Every address that the host's name has is judged; the connection goes to one of those, never to a
second look-up (DNS rebinding), and the socket is refused once more where it is made. No redirect
is followed, no proxy asked, no cookie kept, nothing unpacked. For addresses of callers and of
people in the browser; those in the settings are the operator's own and may lead anywhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

HOST_REFUSED: Final = "its host may not be asked"
URL_CHARACTERS_MAX: Final = 2048
ADDRESSES_MAX: Final = 16
"""So many of a name's addresses are tried; all are judged."""
LOOK_UPS_MAX: Final = 8
"""So many run at once in a process; others wait within their time."""
LINE_BYTES_MAX: Final = 8190

# A look-up cannot be stopped. In the loop's own threads, those of a resolver that hangs would hold
# up whatever else of the process goes to a thread.
_LOOK_UP_THREADS: Final = ThreadPoolExecutor(LOOK_UPS_MAX, thread_name_prefix="look-up")

_Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


def _networks(text: str) -> _Networks:
    return tuple(map(ipaddress.ip_network, text.split()))


# Azure's WireServer; metadata of the clouds of Alibaba, Volcengine (BytePlus), UCloud and Oracle;
# over IPv6 AWS's, its pods', Google's, Scaleway's.
_METADATA: Final = _networks(
    "168.63.129.16 100.100.100.200 100.96.0.96 100.80.80.80 192.0.0.192"
    " fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:42::42"
)
_LOOPBACK: Final = _networks("127.0.0.0/8 ::1")
_PRIVATE: Final = _networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7")
# IANA's special-purpose registries beyond what `is_global` knows in every Python we run on. Those
# of IPv6 (Teredo and others, documentation, 6to4) lead to, or hide, another address.
_SPECIAL: Final = _networks(
    "0.0.0.0/8 192.0.0.0/24 192.88.99.0/24 198.18.0.0/15"
    " 2001::/23 2001:db8::/32 2002::/16 3fff::/20"
)
# Outside of it lie v4-mapped, NAT64 (64:ff9b::/96, 64:ff9b:1::/48) and local addresses.
_UNICAST: Final = _networks("0.0.0.0/0 2000::/3")

Allowed = Callable[[str], bool]
"""Whether an IP address, as text, may be connected to."""
LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host's name, as text."""


class Refused(Exception):
    """An address that is not asked; the message says why, and nothing of what stands in the house.

    No `ValueError` and no `OSError`: whoever forgets it sees it.
    """


class UnknownHost(OSError):
    """The host's name could not be looked up."""


def readable_url(text: str) -> URL:
    """A text as an address. Raises `Refused`."""
    if not text or len(text) > URL_CHARACTERS_MAX or not text.isprintable():
        raise Refused("it is empty, too long or not readable")
    try:
        url = URL(text)
        _ = url.host  # a punycode name is decoded only here, and may be none
    except ValueError as error:
        raise Refused("it is not readable as an address") from error
    return url


def ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host is, perhaps with a zone; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def may_be_called(address: str, *, private: bool = False, loopback: bool = False) -> bool:
    """Whether an IP address is an ordinary one of the public internet; with `private`, or of the
    house's own networks; with `loopback`, or this very machine.

    Never link-local and other metadata of clouds, multicast, reserved, v4-mapped, NAT64, 6to4 and
    Teredo addresses; nor anything that is no address.
    """
    ip = ip_of(address)
    if ip is None:
        return False

    def within(networks: _Networks) -> bool:
        return any(ip in network for network in networks)

    if within(_METADATA):
        return False
    # By network: what `is_loopback` says of a v4-mapped address differs between Pythons.
    if within(_LOOPBACK):
        return loopback
    if within(_PRIVATE):
        return private
    ordinary = ip.is_global and not ip.is_multicast and not ip.is_reserved
    return ordinary and within(_UNICAST) and not within(_SPECIAL)


@asynccontextmanager
async def asking(
    method: str,
    url: URL,
    allowed: Allowed,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    wait_s_max: float,
    look_up: LookUp | None = None,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer to one http(s) request, whose body the caller reads, or not; a redirect is an
    answer like others.

    Raises `Refused` where one of the host's addresses is not allowed, `UnknownHost`,
    `TimeoutError` after `wait_s_max` from look-up to the end of reading, and what aiohttp raises.
    """

    def made(address: aiohttp.AddrInfoType) -> socket.socket:
        """The last check, on the very address that will be connected to."""
        family, kind, protocol, _, target = address
        if not allowed(str(target[0])):
            raise OSError("the address to connect to is not one that was judged")
        return socket.socket(family=family, type=kind, proto=protocol)

    async with (
        asyncio.timeout(wait_s_max),
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_Judged(await _addresses(url, allowed, look_up or _look_up)),
                use_dns_cache=False,
                force_close=True,
                limit=1,
                socket_factory=made,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=wait_s_max),
            max_line_size=LINE_BYTES_MAX,
            max_field_size=LINE_BYTES_MAX,
        ) as session,
        session.request(
            method,
            url,
            data=body,
            headers={**headers, "Accept-Encoding": "identity"},
            allow_redirects=False,
        ) as response,
    ):
        yield response


async def _addresses(url: URL, allowed: Allowed, look_up: LookUp) -> Sequence[str]:
    """What the host resolves to, if every one of the addresses is allowed."""
    host = url.host or ""
    if ip_of(host) is not None:
        addresses: Sequence[str] = [host]
    else:
        try:
            # As the request is sent: `host` in other letters may become another domain (IDNA 2003).
            addresses = await look_up(url.raw_host or "", url.port or 0)
        except (OSError, UnicodeError) as error:
            raise UnknownHost("the host's name is not known") from error
    if not addresses or not all(map(allowed, addresses)):
        raise Refused(HOST_REFUSED)
    return addresses[:ADDRESSES_MAX]


async def _look_up(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().run_in_executor(
        _LOOK_UP_THREADS, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(target[0]) for *_, target in found))


class _Judged(AbstractResolver):
    """Gives the addresses that were judged, whatever the name says by now."""

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
