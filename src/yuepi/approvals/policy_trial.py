"""A policy tried on past claims: which decisions would be others. Nothing is changed by it.

The kept inputs of each claim's latest decision are judged again, purely, as a replay does; only of
claims within the asker's reach, and of none whose outcome they must not learn now (`blind`).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import ValidationError

from yuepi.access.principal import Principal, require
from yuepi.approvals import blind
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.decision import REVIEWER, Decision, Reason
from yuepi.approvals.judge import Given, digest, judge
from yuepi.approvals.policy import Policy
from yuepi.approvals.store import policies as rows
from yuepi.approvals.store.decisions import DecisionRow
from yuepi.documents.kept_reading import files_of
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.errors import YuepiError

TRIAL_CLAIMS_MAX: Final = 500
TRIAL_DAYS_MAX: Final = 3_650
TRIAL_SECONDS_MAX: Final = 20.0
CHUNK: Final = 20
"""So many claims are held at once."""
AT_ONCE_MAX: Final = 1

What = Literal["outcome", "handling", "reasons"]


class TrialBusy(YuepiError):
    """Others try policies at this moment: each trial takes a processor for seconds."""

    code = "trial_busy"
    http_status = 429
    retry_after_s = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a decision says, and whether the claim passed by the machine."""

    outcome: str
    applied: str
    refer_to: str | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A decision that would be another. what: its outcome, who handles it, or only its reasons."""

    claim: ClaimRow
    policy: str
    what: What
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """tried: how many were judged again. moves: (from, to, how many) of outcomes, all that were
    tried. not_tried: (claim, why). complete: false where time was up first."""

    tried: int
    changed: tuple[Changed, ...]
    moves: tuple[tuple[str, str, int], ...]
    not_tried: tuple[tuple[str, str], ...]
    complete: bool


class NotJudged(ValueError):
    """A decision that cannot be made again, and why."""


class Trials:
    """Tries policies on past claims."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = utc_now,
        *,
        seconds_max: float = TRIAL_SECONDS_MAX,
    ) -> None:
        self._database = database
        self._clock = clock
        self._seconds_max = seconds_max
        self._running = 0

    async def run(self, principal: Principal, policy: Policy, *, limit: int, days: int) -> Trial:
        """Judge the latest `limit` claims of the last `days` again. Raises `MissingRight`,
        `TrialBusy`, `Unavailable`."""
        require(principal, "policies:read")
        require(principal, "claims:read")
        if self._running >= AT_ONCE_MAX:
            raise TrialBusy(
                "another trial is under way", remedy="wait some seconds, then try again"
            )
        self._running += 1
        try:
            return await self._run(principal, policy, limit, days)
        finally:
            self._running -= 1

    async def _run(self, principal: Principal, policy: Policy, limit: int, days: int) -> Trial:
        since = self._clock() - timedelta(days=days)
        ends_s = time.monotonic() + self._seconds_max
        changed: list[Changed] = []
        moves: Counter[tuple[str, str]] = Counter()
        left: list[tuple[str, str]] = []
        at = tried = 0
        ended = False
        while at < limit and not ended and time.monotonic() < ends_s:
            wanted = min(CHUNK, limit - at)
            found = await self._chunk(principal, since, wanted, at)
            judged = await asyncio.to_thread(_judged, found, policy, ends_s)
            for past, answer in zip(found, judged, strict=True):
                if isinstance(answer, str):
                    left.append((past.claim.id, answer))
                    continue
                tried += 1
                moves[(past.decision.outcome, answer.outcome)] += 1
                change = _changed(past, answer)
                changed += [change] if change else []
            at += len(found)
            ended = len(found) < wanted
        complete = (ended or at >= limit) and all(why != "time_up" for _, why in left)
        return Trial(tried, tuple(changed), _counted(moves), tuple(left), complete)

    async def _chunk(
        self, principal: Principal, since: datetime, wanted: int, at: int
    ) -> list[_Past]:
        async with self._database.reading() as transaction:
            found = await rows.past_decisions(transaction, principal.reach, since, wanted, at)
            claims = [claim for claim, _ in found]
            shown = await blind.shown_to(transaction, principal, claims)
            texts = await rows.read_texts(transaction, [claim.id for claim in claims])
        return [
            _Past(claim, decision, texts.get(claim.id, []), hidden=seen is not claim)
            for (claim, decision), seen in zip(found, shown, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Past:
    """A claim, its decision, and (attachment, reader, text) of its readings. hidden: whether the
    asker must not learn what the machine made of it."""

    claim: ClaimRow
    decision: DecisionRow
    readings: Sequence[tuple[str, str, str]]
    hidden: bool


def _judged(found: Sequence[_Past], policy: Policy, ends_s: float) -> list[Verdict | str]:
    """What the policy makes of each, or why it was not judged."""
    answers: list[Verdict | str] = []
    for past in found:
        if past.hidden:
            answers.append("awaits_answer")
        elif time.monotonic() > ends_s:
            answers.append("time_up")
        else:
            try:
                answers.append(_verdict(past.decision, past.readings, policy))
            except NotJudged as error:
                answers.append(str(error))
    return answers


def _verdict(row: DecisionRow, readings: Sequence[tuple[str, str, str]], policy: Policy) -> Verdict:
    texts = {name: text for name, reader, text in readings if reader == row.reader}
    try:
        named: Mapping[str, str] = json.loads(row.inputs)["readings"]
        if any(name not in texts for name in named):
            raise NotJudged("reading_gone")
        if any(digest(texts[name]) != expected for name, expected in named.items()):
            raise NotJudged("reading_changed")
        files = {name: files_of(texts[name]) for name in texts if name in named}
        given = Given.of_written(row.inputs, files)
    except NotJudged:
        raise
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise NotJudged("inputs_unreadable") from error
    judged = judge(given, policy)
    decision = judged.decision
    return Verdict(decision.outcome, judged.applied, judged.refer_to, decision.reasons)


def _changed(past: _Past, after: Verdict) -> Changed | None:
    kept = Decision.model_validate_json(past.decision.decision)
    waits = past.decision.applied == "waiting"
    before = Verdict(
        kept.outcome,
        past.decision.applied,
        (kept.refer_to or REVIEWER) if waits else None,
        kept.reasons,
    )
    what: What | None = None
    if before.outcome != after.outcome:
        what = "outcome"
    elif (before.applied, before.refer_to) != (after.applied, after.refer_to):
        what = "handling"
    elif _codes(before) != _codes(after):
        what = "reasons"
    return None if what is None else Changed(past.claim, kept.policy, what, before, after)


def _codes(verdict: Verdict) -> list[tuple[str, str]]:
    return sorted({(reason.code, reason.effect) for reason in verdict.reasons})


def _counted(moves: Counter[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    ordered = sorted(moves.items(), key=lambda each: (-each[1], each[0]))
    return tuple((before, after, count) for (before, after), count in ordered)
