"""What answers questions, in numbers, for those who watch over a desk: models, cache, calls."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from yuepi.app.compose import Composition
from yuepi.app.desk_numbers import DeskWatch
from yuepi.app.http import model_health
from yuepi.kit.clock import utc_now

if TYPE_CHECKING:
    from yuepi.gateway.call_record import CallRecord

CALLS_TIMED_MAX: Final = 500
"""The newest calls, of which times are told."""
CALLS_DAYS: Final = 7
_COUNTS: Final = ("breaker_opened", "running", "waiting", "calls", "extra_tries", "refused")


def watched(composition: Composition) -> Callable[[], Awaitable[Mapping[str, Any]]]:
    """What tells the numbers of a server's gateway (`approvals.api.numbers.GatewayNumbers`)."""
    watch = DeskWatch(composition)

    async def tell() -> Mapping[str, Any]:
        counted = composition.gateway.snapshot()
        health = model_health(composition)
        calls = await _latest(composition)
        outcomes: Counter[str] = Counter()
        for (_, outcome), number in counted["outcomes"].items():
            outcomes[outcome] += number
        waiting = await watch.waiting()
        return {
            "models": [
                {
                    "name": name,
                    "health": health[name],
                    "breaker": each["breaker"],
                    **{key: each[key] for key in _COUNTS},
                    **_times([call for call in calls if call.deployment == name]),
                }
                for name, each in counted["deployments"].items()
            ],
            "cache": counted["cache"] or None,
            "calls": dict(outcomes),
            "workers": None if waiting is None else waiting.workers,
        }

    return tell


async def _latest(composition: Composition) -> Sequence[CallRecord]:
    if composition.records is None:
        return ()
    since = utc_now() - timedelta(days=CALLS_DAYS)
    page = await composition.records.log.page(since=since, rows_max=CALLS_TIMED_MAX)
    return page.records


def _times(calls: Sequence[CallRecord]) -> dict[str, Any]:
    """Of calls that a model worked on: what the cache answered tells nothing of it."""
    asked = [call for call in calls if call.cache not in ("hit", "joined")]
    done = [call for call in asked if call.outcome == "done"]
    first = [call.first_token_s for call in done if call.first_token_s is not None]
    total = [call.total_s for call in done]
    return {
        "timed": len(done),
        "failed": sum(call.outcome not in ("done", "cancelled") for call in asked),
        "median_s": _ranked(total, 0.5),
        "p90_s": _ranked(total, 0.9),
        "first_token_median_s": _ranked(first, 0.5),
    }


def _ranked(seconds: Sequence[float], share: float) -> float | None:
    if not seconds:
        return None
    return sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]
