"""One call to a webhook's address: signed, bounded, and not led where it must not go.

Signed as Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, symmetric
scheme): HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the secret's bytes.

Who may set up a webhook is an administrator; still, the address must not become a way into the
machine or the cloud it runs in. Refused are loopback, link-local (where clouds keep their
metadata), other known metadata addresses, multicast, reserved, and every IPv6 form that hides an
IPv4 address which is not public. The house's private networks are allowed: this desk is
self-hosted, and what it calls (an OA system, a bookkeeping program) stands beside it. The address
is looked up once, judged, and connected to; no redirect is followed, no proxy asked, and nothing
of the answer but its status is kept.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from yuepi.gateway.picture_fetch import is_public
from yuepi.kit.errors import YuepiError

URL_CHARACTERS_MAX: Final = 2048
ADDRESSES_MAX: Final = 16
SECRET_BYTES: Final = 32
RETRY_AFTER_S_MAX: Final = 24 * 3600.0

_METADATA: Final = frozenset(
    map(
        ipaddress.ip_address,
        # Azure's WireServer; metadata of Alibaba's and Oracle's cloud; over IPv6 AWS's, its pods',
        # Google's, Scaleway's.
        (
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fd00:42::42",
        ),
    )
)
_PRIVATE: Final = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
    )
)


class BadAddress(YuepiError):
    """An address that no webhook may have."""

    code = "bad_webhook_url"
    http_status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the webhook's address cannot be used: {reason}",
            remedy="give an http(s) address of another machine, without a name or password in it",
        )


@dataclass(frozen=True, slots=True)
class CallRules:
    """How far a call may go.

    allow_private: the house's own networks. allow_loopback: this very machine, for programs that
    stand beside on it.
    """

    wait_s_max: float = 15.0
    allow_private: bool = True
    allow_loopback: bool = False

    def allows(self, address: str) -> bool:
        """Whether this IP address may be connected to."""
        try:
            ip = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if ip in _METADATA:
            return False
        if ip.is_loopback:
            return self.allow_loopback
        if any(ip.version == network.version and ip in network for network in _PRIVATE):
            return self.allow_private
        return is_public(str(ip))


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said: its HTTP status, and when it wants to be asked again (seconds)."""

    status: int
    retry_after_s: float | None = None

    @property
    def ok(self) -> bool:
        """Whether it has the message now."""
        return 200 <= self.status < 300


class CallFailed(Exception):
    """No answer came; the message says why, without telling what stands in our network."""


def check_url(url: str) -> URL:
    """The address, if a webhook may have it, as far as its text tells. Raises `BadAddress`."""
    if not url or len(url) > URL_CHARACTERS_MAX or not url.isprintable():
        raise BadAddress("it is empty, too long or not readable")
    try:
        parsed = URL(url)
    except ValueError as error:
        raise BadAddress("it is not readable as an address") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadAddress("only http and https are called")
    if parsed.user is not None or parsed.password is not None:
        raise BadAddress("it carries a name or a password")
    if parsed.fragment:
        raise BadAddress("it has a fragment")
    return parsed


def check_host(place: URL, rules: CallRules) -> None:
    """Raises `BadAddress` for a host that is known without a look-up and may not be called.

    Names are judged by what they lead to, at each call.
    """
    host = (place.host or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"  # by definition (RFC 6761, 6.3)
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not rules.allows(host):
        raise BadAddress("its host may not be called from here")


def shown_secret(secret: bytes) -> str:
    """The secret as receivers' libraries take it."""
    return "whsec_" + base64.b64encode(secret).decode("ascii")


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header."""
    signed = f"{message_id}.{timestamp}.".encode("ascii") + body
    digest = hmac.digest(secret, signed, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode("ascii")


async def call(
    url: str,
    secrets: Sequence[bytes],
    message_id: str,
    body: bytes,
    *,
    rules: CallRules,
    clock: Callable[[], datetime],
) -> Answer:
    """Post one message, signed with each of these secrets.

    Raises `CallFailed` (later, perhaps) or `BadAddress` (never).
    """
    place = check_url(url)
    moment = clock()
    timestamp = int(moment.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "yuepi-webhooks/1",
        "Accept-Encoding": "identity",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            signature(secret, message_id, timestamp, body) for secret in secrets
        ),
    }
    try:
        async with asyncio.timeout(rules.wait_s_max):
            addresses = await _addresses(place, rules)
            async with (
                _session(addresses, rules) as session,
                session.post(place, data=body, headers=headers, allow_redirects=False) as response,
            ):
                # Its body is not read: nobody needs it, and it may have no end.
                wait_s = _retry_after_s(response.headers.get("Retry-After"), moment)
                return Answer(response.status, wait_s)
    except TimeoutError as error:
        raise CallFailed(f"no answer within {rules.wait_s_max:g} s") from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise CallFailed("its certificate is not valid") from error
    except aiohttp.ClientConnectorError as error:
        raise CallFailed("it cannot be connected to") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise CallFailed("the connection broke") from error


def _session(addresses: Sequence[str], rules: CallRules) -> aiohttp.ClientSession:
    def made(address: aiohttp.AddrInfoType) -> socket.socket:
        """The last check, on the very address that will be connected to."""
        family, kind, protocol, _, target = address
        if not rules.allows(str(target[0])):
            raise OSError("the address to connect to is not one that was judged")
        return socket.socket(family=family, type=kind, proto=protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=_Judged(addresses),
            use_dns_cache=False,
            force_close=True,
            limit=1,
            socket_factory=made,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=rules.wait_s_max),
        max_line_size=8190,
        max_field_size=8190,
    )


async def _addresses(place: URL, rules: CallRules) -> Sequence[str]:
    """What the host resolves to, if every one of the addresses is allowed."""
    host = place.host or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, place.port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:
            raise CallFailed("its host's name is not known") from error
        addresses = list(dict.fromkeys(str(target[0]) for *_, target in found))[:ADDRESSES_MAX]
    else:
        addresses = [host]
    if not addresses or not all(rules.allows(address) for address in addresses):
        raise BadAddress("its host may not be called from here")
    return addresses


def _retry_after_s(value: str | None, moment: datetime) -> float | None:
    """Seconds, from a number of them or a date (RFC 9110, 10.2.3); None for nonsense."""
    if value is None or len(value) > 64:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), RETRY_AFTER_S_MAX)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return min(max((at - moment).total_seconds(), 0.0), RETRY_AFTER_S_MAX)


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
