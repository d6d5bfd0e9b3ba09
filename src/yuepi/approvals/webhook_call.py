"""One call to a webhook's address: signed, bounded, and not led where it must not go.

Signed as Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, symmetric
scheme): HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the secret's bytes.

Who may set up a webhook is an administrator; still, the address must not become a way into the
machine or the cloud it runs in: `kit.outbound` guards each call. The house's private networks are
allowed: this desk is self-hosted, and what it calls (an OA system, a bookkeeping program) stands
beside it. Nothing of the answer but its status is kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from yarl import URL

from yuepi.kit.errors import YuepiError
from yuepi.kit.outbound import Refused, UnknownHost, asking, ip_of, may_be_called, readable_url

SECRET_BYTES: Final = 32
RETRY_AFTER_S_MAX: Final = 24 * 3600.0
HOST_REFUSED: Final = "its host may not be called from here"


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
        return may_be_called(address, private=self.allow_private, loopback=self.allow_loopback)


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
    try:
        parsed = readable_url(url)
    except Refused as refused:
        raise BadAddress(str(refused)) from refused
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
    # A colon is in no name: what has one and is no address either is refused, too.
    if (":" in host or ip_of(host) is not None) and not rules.allows(host):
        raise BadAddress(HOST_REFUSED)


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
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            signature(secret, message_id, timestamp, body) for secret in secrets
        ),
    }
    try:
        async with asking(
            "POST",
            place,
            rules.allows,
            headers=headers,
            body=body,
            wait_s_max=rules.wait_s_max,
        ) as response:
            # Its body is not read: nobody needs it, and it may have no end.
            wait_s = _retry_after_s(response.headers.get("Retry-After"), moment)
            return Answer(response.status, wait_s)
    except TimeoutError as error:
        raise CallFailed(f"no answer within {rules.wait_s_max:g} s") from error
    except Refused as refused:
        raise BadAddress(HOST_REFUSED) from refused
    except UnknownHost as error:
        raise CallFailed("its host's name is not known") from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise CallFailed("its certificate is not valid") from error
    except aiohttp.ClientConnectorError as error:
        raise CallFailed("it cannot be connected to") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise CallFailed("the connection broke") from error


def _retry_after_s(value: str | None, moment: datetime) -> float | None:
    """Seconds, from a number of them or a date (RFC 9110, 10.2.3); None for nonsense."""
    if value is None or len(value) > 64:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), RETRY_AFTER_S_MAX)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return min(max((at - moment).total_seconds(), 0.0), RETRY_AFTER_S_MAX)
