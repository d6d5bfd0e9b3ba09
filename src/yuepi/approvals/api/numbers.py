"""`/api/numbers`: what the dashboard shows of the desk, and of what answers its questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from enum import IntEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import ID, new_router
from yuepi.access.api.shapes import Shown, json_of
from yuepi.access.principal import Principal, may
from yuepi.approvals.api.parts import Parts


class Days(IntEnum):
    """How many business days, today included."""

    WEEK = 7
    MONTH = 30
    QUARTER = 90


Department = Annotated[
    str | None, Query(pattern=ID, description="A department, with all below it.")
]


class DayShown(Shown):
    """One business day in China."""

    day: date
    received: int
    automatic: int
    people: int


class PrecisionShown(Shown):
    """How many automatic approvals people found right when they looked again, without knowing of
    it, or took back; the true share lies between `low` and `high`, at 95%. Null: nobody looked."""

    agreed: int
    total: int
    share: float | None
    low: float | None
    high: float | None


class TakenShown(Shown):
    """Seconds from handing in to the decision, of the newest `count` claims."""

    count: int
    median_s: float | None
    p90_s: float | None


class QueueShown(Shown):
    """Open reviews by purpose, and for how long they wait."""

    by_purpose: dict[str, int]
    overdue: int
    oldest_s: float | None
    median_s: float | None


class FindingCount(Shown):
    """A reason that decisions gave, and in how many claims."""

    code: str
    effect: str
    claims: int


class KindCount(Shown):
    """Claims of one kind of paper; how many of them the machine approved alone."""

    kind: str
    claims: int
    automatic: int


class ModelNumbers(Shown):
    """One model of the gateway; counts since the server started, times of its latest calls."""

    name: str
    health: Literal["loading", "ready", "failed"]
    breaker: Literal["closed", "half_open", "open"]
    breaker_opened: int
    running: int
    waiting: int
    calls: int
    extra_tries: int
    refused: int
    timed: int
    failed: int
    median_s: float | None
    p90_s: float | None
    first_token_median_s: float | None


class CacheNumbers(Shown):
    """Questions by what the cache of answers knew, since the server started."""

    hits: int
    misses: int
    joined: int
    bytes: int


class GatewayNumbers(Shown):
    """What answers questions. `cache`: null where there is none. `calls`: ended calls since the
    server started, by how they ended."""

    models: list[ModelNumbers]
    cache: CacheNumbers | None
    calls: dict[str, int]
    workers: int | None


class NumbersShown(Shown):
    """The desk in numbers; findings and kinds are those of the newest `findings_of` claims.
    `gateway` is null for those who may not read the record."""

    since: datetime
    until: datetime
    days: list[DayShown]
    received: int
    automatic: int
    people: int
    rejected: int
    rate: float | None
    precision: PrecisionShown
    rechecked: int
    saved_hours: float
    minutes_per_claim: float
    states: dict[str, int]
    queue: QueueShown
    machine: TakenShown
    persons: TakenShown
    findings: list[FindingCount]
    findings_of: int
    kinds: list[KindCount]
    appeals: dict[str, int]
    gateway: GatewayNumbers | None


def numbers_router(parts: Parts) -> APIRouter:
    """The route that tells the numbers."""
    router = new_router("/api/numbers", "numbers")
    who_asks = Depends(parts.gate)

    @router.get("", response_model=NumbersShown)
    async def get_numbers(
        days: Days = Days.MONTH, department: Department = None, who: Principal = who_asks
    ) -> Response:
        """What happened within reach in the last days; some seconds old at most."""
        counted = await parts.numbers.of(who, int(days), department)
        gateway: Mapping[str, Any] | None = None
        if may(who, "audit:read"):
            gateway = await parts.watched()
        told = asdict(counted) | {"gateway": gateway}
        return JSONResponse(json_of(NumbersShown.model_validate(told)))

    return router
