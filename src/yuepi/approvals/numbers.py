"""The desk in numbers: how much the machine decides, how right it is, what waits and how long.

A period is whole business days up to now. What is counted are the claims of departments within
somebody's reach. Who may review is not told, by any number, what is kept from them
(`approvals.blind`): an approval that is being checked again counts as waiting until that is
answered, and only decided claims tell what the machine found.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from yuepi.access.departments import Department, Departments
from yuepi.access.principal import Principal, require
from yuepi.approvals.blind import may_review
from yuepi.approvals.claim_rows import NotFound
from yuepi.approvals.precision import lower_bound, upper_bound
from yuepi.approvals.store import numbers as rows
from yuepi.approvals.store.numbers import Counted, Judged
from yuepi.kit.clock import CHINA, business_day, utc_now
from yuepi.kit.database import Database

MINUTES_SAVED: Final = 6.0
CERTAINTY_EACH: Final = 0.975
"""Of either end: both together hold at 95%."""
DURATIONS_MAX: Final = 1_000
DECISIONS_MAX: Final = 1_000
ANSWERS_MAX: Final = 20_000
FINDINGS_MAX: Final = 30
KINDS_MAX: Final = 30
KEPT_S: Final = 5.0
KEPT_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Day:
    """One business day: claims handed in; decided, by the machine and by people."""

    day: date
    received: int
    automatic: int
    people: int


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of the machine's approvals people found right; low, high: where the true share
    lies, at 95%. None: nobody looked yet."""

    agreed: int
    total: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds from handing in to the decision, of the newest `count` claims."""

    count: int
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for people. Seconds; None where nothing waits."""

    by_purpose: Mapping[str, int]
    overdue: int
    oldest_s: float | None
    median_s: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """A reason that decisions gave: what it asks for, and in how many claims."""

    code: str
    effect: str
    claims: int


@dataclass(frozen=True, slots=True)
class OfKind:
    """Claims of one kind of paper; how many of them the machine approved alone."""

    kind: str
    claims: int
    automatic: int


@dataclass(frozen=True, slots=True)
class DeskNumbers:
    """All of it. rate: the share of decided claims that the machine approved alone; None where
    none was decided. saved_hours: those claims without the ones people looked at again, at
    `minutes_per_claim`. findings, kinds: of the newest
    `findings_of` claims."""

    since: datetime
    until: datetime
    days: tuple[Day, ...]
    received: int
    automatic: int
    people: int
    rejected: int
    rate: float | None
    precision: Precision
    rechecked: int
    saved_hours: float
    minutes_per_claim: float
    states: Mapping[str, int]
    queue: Queue
    machine: Taken
    persons: Taken
    findings: tuple[Found, ...]
    findings_of: int
    kinds: tuple[OfKind, ...]
    appeals: Mapping[str, int]


class Numbers:
    """Counts. What was counted for somebody is told again for `KEPT_S` seconds.

    minutes: what one claim takes a person. steady: a clock that is never set back.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = utc_now,
        *,
        minutes: float = MINUTES_SAVED,
    ) -> None:
        self._database = database
        self._clock = clock
        self._minutes = minutes
        self._departments = Departments(database)
        self._kept: dict[tuple[object, ...], DeskNumbers] = {}

    async def of(
        self, principal: Principal, days: int, department: str | None = None
    ) -> DeskNumbers:
        """The last `days` business days, today's included; department: with all below it.

        Raises `MissingRight`, `NotFound` for a department out of reach, `Unavailable`.
        """
        require(principal, "stages:read")
        now = self._clock()
        reach, blind = principal.reach, may_review(principal)
        asked = (reach, blind, days, department)
        kept = self._kept.get(asked)
        if kept is not None and timedelta(0) <= now - kept.until < timedelta(seconds=KEPT_S):
            return kept
        counted = Counted(principal.id, await self._in(principal, department), blind)
        told = await self._count(counted, now, days)
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[asked] = told
        return told

    async def _in(self, principal: Principal, department: str | None) -> frozenset[str] | None:
        reach = principal.reach.departments
        if department is None:
            return reach
        every = await self._departments.list()
        known = any(each.id == department for each in every)
        if not known or (reach is not None and department not in reach):
            raise NotFound(
                "such department",
                remedy="GET /api/departments lists them",
            )
        within = _with_below(every, department)
        return within if reach is None else within & reach

    async def _count(self, of: Counted, now: datetime, days: int) -> DeskNumbers:
        first = business_day(now) - timedelta(days=days - 1)
        starts = [_start(first + timedelta(days=at)) for at in range(days + 1)]
        since = starts[0]
        async with self._database.reading(together=True) as transaction:
            received = await rows.received(transaction, of, list(pairwise(starts)))
            decided = await rows.decided(transaction, of, since)
            agreed, total = await rows.answers(transaction, of, since, ANSWERS_MAX)
            rechecked = await rows.rechecked(transaction, of, since)
            waiting = await rows.waiting(transaction, of, now)
            open_ = sum(waiting.by_purpose.values())
            middle = await rows.middle_waiting(transaction, of, open_)
            taken = [
                await rows.durations(transaction, of, since, origin, DURATIONS_MAX)
                for origin in ("automatic", "person")
            ]
            found = await rows.decisions(transaction, of, since, DECISIONS_MAX)
            states = await rows.open_claims(transaction, of)
            appeals = await rows.appeals(transaction, of, since)
        automatic = sum(each[2] for each in decided)
        people = sum(each[1] for each in decided) - automatic
        saved = max(0, automatic - rechecked)
        return DeskNumbers(
            since=since,
            until=now,
            days=_by_day(first, received, decided),
            received=sum(received),
            automatic=automatic,
            people=people,
            rejected=sum(each[3] for each in decided),
            rate=automatic / (automatic + people) if automatic + people else None,
            precision=precision_of(agreed, total),
            rechecked=rechecked,
            saved_hours=saved * self._minutes / 60,
            minutes_per_claim=self._minutes,
            states=states,
            queue=Queue(
                by_purpose=waiting.by_purpose,
                overdue=waiting.overdue,
                oldest_s=_age_s(waiting.oldest, now),
                median_s=_age_s(middle, now),
            ),
            machine=taken_of(taken[0]),
            persons=taken_of(taken[1]),
            findings=findings_in([each.decision for each in found]),
            findings_of=len(found),
            kinds=_by_kind(found),
            appeals=appeals,
        )


def precision_of(agreed: int, total: int) -> Precision:
    """The share with its two-sided interval (Clopper and Pearson) at 95%."""
    if not total:
        return Precision(0, 0, None, None, None)
    low = lower_bound(agreed, total, CERTAINTY_EACH)
    high = upper_bound(agreed, total, CERTAINTY_EACH)
    return Precision(agreed, total, agreed / total, low, high)


def taken_of(seconds: Sequence[float]) -> Taken:
    """Median and 90th percentile, each one of the values (nearest rank)."""
    # A clock that was set back between two steps makes no time negative.
    ordered = sorted(max(0.0, each) for each in seconds)
    if not ordered:
        return Taken(0, None, None)
    at = [ordered[max(0, math.ceil(share * len(ordered)) - 1)] for share in (0.5, 0.9)]
    return Taken(len(ordered), at[0], at[1])


def findings_in(decisions: Sequence[str]) -> tuple[Found, ...]:
    """Reasons other than those for an approval, the most frequent first; each once a claim."""
    counts: Counter[tuple[str, str]] = Counter()
    for text in decisions:
        reasons = _reasons(text)
        counts.update({each for each in reasons if each[1] != "approve"})
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Found(code, effect, n) for (code, effect), n in ordered[:FINDINGS_MAX])


def _reasons(decision: str) -> list[tuple[str, str]]:
    try:
        told = json.loads(decision)
        return [(str(each["code"]), str(each["effect"])) for each in told["reasons"]]
    except (ValueError, KeyError, TypeError):
        # What an older program wrote otherwise is not counted.
        return []


def _by_day(
    first: date, received: Sequence[int], decided: Sequence[tuple[datetime, int, int, int]]
) -> tuple[Day, ...]:
    in_all: Counter[date] = Counter()
    alone: Counter[date] = Counter()
    # Days in China begin with an hour of UTC.
    for hour, count, automatic, _ in decided:
        in_all[business_day(hour)] += count
        alone[business_day(hour)] += automatic
    each_day = [first + timedelta(days=at) for at in range(len(received))]
    return tuple(
        Day(day, came, alone[day], in_all[day] - alone[day])
        for day, came in zip(each_day, received, strict=True)
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), CHINA)


def _by_kind(judged: Sequence[Judged]) -> tuple[OfKind, ...]:
    in_all = Counter(each.kind or "other" for each in judged)
    alone = Counter(each.kind or "other" for each in judged if each.alone)
    ordered = sorted(in_all.items(), key=lambda item: (-item[1], item[0]))
    return tuple(OfKind(kind, count, alone[kind]) for kind, count in ordered[:KINDS_MAX])


def _age_s(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())


def _with_below(every: Sequence[Department], department: str) -> frozenset[str]:
    found = {department}
    more = True
    while more:
        below = {each.id for each in every if each.parent in found} - found
        found |= below
        more = bool(below)
    return frozenset(found)
