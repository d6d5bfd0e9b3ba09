"""What a key may use: requests and tokens a minute, and money for a month in China.

Money is charged in memory when a call ends, at once, and written with the call log's next batch
in the same transaction. `Budgets.admit` refuses a key whose month has reached its budget.

How far a budget may be exceeded: a call is admitted while spending is below the budget and charged
when it ends, so by the calls that run at that moment: each may take its own cost beyond it.
Several processes read each other's spending every `READ_AGAIN_S`; what the others charge within
that time comes on top.

It fails closed: where spending cannot be read, or has not been written for `unsaved_s_max`, keys
with a budget are refused (503). Keys without limits go on. A `CallLog` must be given these
budgets: without one nothing is written, and budgets close after `unsaved_s_max`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from yuepi.access.keys import Key
from yuepi.engines.contract import Usage
from yuepi.gateway.call_record import NUMBER_MAX
from yuepi.gateway.rates import MemoryRates, OverLimit, Rates
from yuepi.gateway.store import SpendingTable
from yuepi.kit.clock import CHINA, utc_now
from yuepi.kit.database import Database, storable
from yuepi.kit.errors import Unavailable

__all__ = ["Budgets", "OverLimit", "Spending"]

UNSAVED_S_MAX: Final = 30.0
READ_AGAIN_S: Final = 5.0
ACCOUNTS_MAX: Final = 20_000
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Spending:
    """All that one writer has charged to a key in a month: a row as it is written."""

    key_id: str
    month: str
    writer: str
    spent: Decimal
    tokens: int
    calls: int


@dataclass(slots=True)
class _Account:
    """A key's month: what was charged here, what is known of others, what is not written.

    `writer` is never used again: the row of that name holds what this very account charged. So an
    account may be forgotten once written; a new one counts it among the others'.
    """

    key_id: str
    month: str
    writer: str = field(default_factory=lambda: secrets.token_hex(8))
    spent: Decimal = Decimal(0)
    tokens: int = 0
    calls: int = 0
    by_others: Decimal = Decimal(0)
    read_s: float | None = None
    unsaved_since_s: float = 0.0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class Budgets:
    """Limits and spending of all keys. Times: `clock` for months, `monotonic` for waits."""

    def __init__(
        self,
        database: Database,
        *,
        rates: Rates | None = None,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        unsaved_s_max: float = UNSAVED_S_MAX,
    ) -> None:
        self._table = SpendingTable(database)
        self._rates = rates or MemoryRates(monotonic)
        self._clock = clock
        self._monotonic = monotonic
        self._unsaved_s_max = unsaved_s_max
        self._accounts: dict[str, _Account] = {}
        self._unsaved: dict[tuple[str, str], _Account] = {}
        self._month = (datetime.min.replace(tzinfo=UTC), "")
        self.charged: Callable[[], None] = _nobody
        """Called after each charge; the call log sets it, to know that there is work."""

    async def admit(self, key: Key) -> None:
        """Count one request of this key, if it may ask.

        Raises `OverLimit` (429; `insufficient_quota` for the month's money, else
        `rate_limit_exceeded`) or `Unavailable` (503) where it cannot be told. A refused request
        counts nowhere.
        """
        if key.budget is not None:
            await self._admit_money(key, key.budget)
        if key.requests_per_minute is not None or key.tokens_per_minute is not None:
            await self._rates.admit(key)

    def charge(self, key: Key, usage: Usage, cost: Decimal) -> None:
        """Add what a call has used to the key's minute and month; `cost` ≥ 0, rounded up to 1e-9.

        The month is that of this moment. Raises ValueError for what is no amount.
        """
        spent = storable(cost)
        tokens = max(0, usage.prompt_tokens) + max(0, usage.completion_tokens)
        self._rates.spend(key, tokens)
        account = self._account(key.id)
        account.spent = storable(account.spent + spent)
        account.tokens = min(account.tokens + tokens, NUMBER_MAX)
        account.calls += 1
        if (key.id, account.month) not in self._unsaved:
            account.unsaved_since_s = self._monotonic()
            self._unsaved[(key.id, account.month)] = account
        self.charged()

    async def spent(self, key: Key) -> Decimal:
        """The key's spending of this month, as far as this process knows it now."""
        account = self._account(key.id)
        await self._read(account)
        return account.spent + account.by_others

    def unsaved(self) -> list[Spending]:
        """What must be written, for the call log."""
        return [
            Spending(each.key_id, each.month, each.writer, each.spent, each.tokens, each.calls)
            for each in self._unsaved.values()
        ]

    def saved(self, rows: Sequence[Spending]) -> None:
        """These rows are written: what was charged since stays unsaved."""
        now_s = self._monotonic()
        for row in rows:
            account = self._unsaved[(row.key_id, row.month)]
            if account.calls == row.calls:
                del self._unsaved[(row.key_id, row.month)]
            else:
                account.unsaved_since_s = now_s

    async def close(self) -> None:
        """Let go of connections; spending is the call log's to write, close that first."""
        await self._rates.close()

    async def _admit_money(self, key: Key, budget: Decimal) -> None:
        now_s = self._monotonic()
        account = self._account(key.id)
        # Whosever it is: all are written together, the first is the one that waits longest.
        oldest = next(iter(self._unsaved.values()), None)
        if oldest is not None and now_s - oldest.unsaved_since_s > self._unsaved_s_max:
            raise Unavailable(
                f"spending could not be written for {now_s - oldest.unsaved_since_s:.0f} s",
                remedy="see that the database works and its disk has room; "
                "keys without a budget go on",
                code="budget_unavailable",
            )
        if account.read_s is None or now_s - account.read_s >= READ_AGAIN_S:
            await self._read(account)
        if account.spent + account.by_others >= budget:
            raise OverLimit(
                f"the key {key.name!r} has used up its budget of {budget} for {account.month}",
                remedy="wait for the next month, or have the key's budget raised",
                retry_after_s=_month_left_s(self._clock()),
                code="insufficient_quota",
            )

    def _account(self, key_id: str) -> _Account:
        """The key's account of the present month; the last one's is forgotten once written."""
        month = self._month_now()
        account = self._accounts.get(key_id)
        if account is None or account.month != month:
            account = self._unsaved.get((key_id, month)) or _Account(key_id, month)
            self._accounts.pop(key_id, None)
            self._accounts[key_id] = account
            if len(self._accounts) > ACCOUNTS_MAX:
                del self._accounts[next(iter(self._accounts))]
        return account

    def _month_now(self) -> str:
        """The month in China, such as 2026-03; it is told once an hour, for speed."""
        now = self._clock()
        began, month = self._month
        if not timedelta(0) <= now - began < _HOUR:
            here = now.astimezone(CHINA)
            month = here.strftime("%Y-%m")
            # China's hours begin with UTC's, and months with hours.
            self._month = (here.replace(minute=0, second=0, microsecond=0), month)
        return month

    async def _read(self, account: _Account) -> None:
        """Read what others have spent, once for all who wait. Raises `Unavailable`."""
        asked_s = self._monotonic()
        async with account.reading:
            if account.read_s is not None and account.read_s >= asked_s:
                return
            began_s = self._monotonic()
            account.by_others = await self._table.spent_by_others(
                account.key_id, account.month, account.writer
            )
            account.read_s = began_s


def _month_left_s(now: datetime) -> float:
    """Seconds until the next month begins in China."""
    here = now.astimezone(CHINA)
    year, month = (here.year + 1, 1) if here.month == 12 else (here.year, here.month + 1)
    return (datetime(year, month, 1, tzinfo=CHINA) - now.astimezone(UTC)).total_seconds()


def _nobody() -> None:
    """No call log listens yet."""
