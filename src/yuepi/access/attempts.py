"""How often somebody may try to sign in: failures make the next try wait, longer and longer.

Three counts stand beside each other: of a login from an address (strict: this is who guesses),
of a login from anywhere and of an address for any login (loose: many machines at one account, one
machine at many accounts). The loose ones do not hold back a login from an address where it has
succeeded before, so nobody can keep somebody else out of their usual place, and no wait is longer
than `PAIR.wait_s_max`. All lies in the database: a restart forgives nothing.

A try counts as failed before the password is looked at, and is taken back when it was right: a
thousand tries at once get no further than one after the other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from yuepi.access.store import AttemptTable
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import YuepiError


@dataclass(frozen=True, slots=True)
class Meter:
    """`free` failures cost nothing; each further one doubles the wait, up to a limit."""

    free: int
    wait_s: float
    wait_s_max: float

    def wait_after(self, failures: int) -> float:
        """Seconds until the next try after so many failures; 0: none."""
        if failures < self.free:
            return 0.0
        return min(self.wait_s * 2.0 ** min(failures - self.free, 30), self.wait_s_max)


PAIR: Final = Meter(free=5, wait_s=30.0, wait_s_max=900.0)
LOGIN: Final = Meter(free=50, wait_s=5.0, wait_s_max=60.0)
ADDRESS: Final = Meter(free=100, wait_s=1.0, wait_s_max=10.0)
FORGET_FAILURES: Final = timedelta(hours=24)
"""Without a further failure for so long, none is remembered."""
FORGET_SUCCESS: Final = timedelta(days=90)
PURGE_EVERY: Final = 50


class TooManyAttempts(YuepiError):
    """Signing in failed too often; in `retry_after_s` seconds it may be tried again."""

    code = "too_many_attempts"
    http_status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "signing in failed too often",
            remedy=f"try again in {retry_after_s} seconds; an administrator can set a new password",
        )
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was let through: what `succeeded` takes back.

    everywhere: it counted for the login and the address too, not for the pair alone.
    """

    pair: str
    login: str
    address: str
    everywhere: bool


class Attempts:
    """Lets tries through, or makes them wait."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._table = AttemptTable(database)
        self._clock = clock
        self._tries = 0

    async def enter(self, login_key: str, address: str) -> Try:
        """Count a try as failed, and let it through. Raises `TooManyAttempts`."""
        address = network_of(address)
        pair, login = _key("pair", login_key, address), _key("login", login_key)
        keys = [pair, login, _key("address", address)]
        now = self._clock()
        if self._tries % PURGE_EVERY == 0:
            await self._table.purge(now - FORGET_FAILURES, now - FORGET_SUCCESS)
        self._tries += 1
        async with self._database.writing() as transaction:
            rows = await self._table.hold(transaction, keys, now)
            succeeded_at = rows[pair]["succeeded_at"]
            known = succeeded_at is not None and succeeded_at > now - FORGET_SUCCESS
            meters = dict(zip(keys, (PAIR,) if known else (PAIR, LOGIN, ADDRESS), strict=False))
            wait_s = max(_wait_s(rows[key], meter, now) for key, meter in meters.items())
            if wait_s > 0:
                raise TooManyAttempts(int(wait_s) + 1)
            failed = [_failed(rows[key], meter, now) for key, meter in meters.items()]
            await self._table.write(transaction, failed)
        return Try(pair, login, keys[2], everywhere=not known)

    async def succeeded(self, transaction: Transaction, tried: Try) -> None:
        """Take the try back: it was right."""
        now = self._clock()
        keys = [tried.pair, tried.login, tried.address] if tried.everywhere else [tried.pair]
        rows = await self._table.hold(transaction, keys, now)
        cleared = {"failures": 0, "last_at": now, "blocked_until": None, "succeeded_at": now}
        changed = [rows[tried.pair] | cleared]
        if tried.everywhere:
            # What others failed at stays: this try alone is taken back.
            changed += [
                rows[key] | {"failures": max(rows[key]["failures"] - 1, 0), "blocked_until": None}
                for key in (tried.login, tried.address)
            ]
        await self._table.write(transaction, changed)


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 client has a whole /64 network to itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _key(kind: str, *parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return f"{kind}:{sha256(text).hexdigest()}"


def _wait_s(row: dict[str, Any], meter: Meter, now: datetime) -> float:
    if row["blocked_until"] is None:
        return 0.0
    left_s = float((row["blocked_until"] - now).total_seconds())
    # No wait is that long: the clock was set back. It must not keep anybody out for an hour.
    return left_s if 0 < left_s <= meter.wait_s_max else 0.0


def _failed(row: dict[str, Any], meter: Meter, now: datetime) -> dict[str, Any]:
    failures = 1 if row["last_at"] < now - FORGET_FAILURES else row["failures"] + 1
    wait_s = meter.wait_after(failures)
    blocked = now + timedelta(seconds=wait_s) if wait_s else None
    return row | {"failures": failures, "last_at": now, "blocked_until": blocked}
