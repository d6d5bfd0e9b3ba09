"""The stages as they are kept: which rule holds, what proves it, who changed it.

Raised by hand only, one step at a time, and only over evidence; lowered by hand at any time, and
by the machine as soon as the sample says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from yuepi.access.principal import Principal, require
from yuepi.approvals.claim_rows import MACHINE, ClaimRow, Conflict
from yuepi.approvals.notices import Notice, tell
from yuepi.approvals.stage_check import BadStage, check_rule
from yuepi.approvals.stage_evidence import (
    EVIDENCE_MAX,
    EVIDENCE_MIN,
    Promotion,
    Tally,
    blind_only,
    demotes,
    one_below,
    overlaps,
    promotion,
    proven,
    taken_by_others,
)
from yuepi.approvals.stage_rows import rule_of, stale, subject_of, told, values_of
from yuepi.approvals.stages import (
    DEFAULT,
    ORDER,
    Ruled,
    StageKey,
    StageRule,
    caution,
    governing,
    ruling,
)
from yuepi.approvals.store import evidence
from yuepi.approvals.store import reviews as review_rows
from yuepi.approvals.store.stages import STAGES_MAX, StageTable
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.record import Entry, Recorder

WINDOW_DAYS: Final = 180
"""How old evidence may be."""


class NotProven(Conflict):
    """A stage cannot be raised: the evidence does not carry it. `figures`: what there is."""

    code = "stage_not_proven"

    def __init__(self, message: str, *, remedy: str, figures: Mapping[str, Any]) -> None:
        super().__init__(message, remedy=remedy)
        self.figures: Final = dict(figures)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A rule with all that is known about it.

    version 0: nobody wrote it, it holds by default. blind: the sample that carries the stage.
    answered: all answers. next: what the next stage needs, None at the top. unanswered: re-checks
    that ended without an answer (an appeal, a question came first), which no precision counts.
    """

    rule: StageRule
    version: int
    reason: str
    changed_by: str
    changed_at: datetime | None
    blind: Tally
    answered: Tally
    next: Promotion | None
    unanswered: int


class StageShelf:
    """All stages. window: how old evidence may be. evidence_min: how much of it is the least."""

    def __init__(
        self,
        database: Database,
        record: Recorder,
        clock: Callable[[], datetime] = utc_now,
        *,
        window: timedelta = timedelta(days=WINDOW_DAYS),
        evidence_min: int = EVIDENCE_MIN,
    ) -> None:
        self._database = database
        self._table = StageTable(database)
        self._record = record
        self._clock = clock
        self._window = window
        self._evidence_min = evidence_min

    async def rule_for(
        self, keys: Sequence[StageKey], *, transaction: Transaction | None = None
    ) -> Ruled:
        """The rule for a claim whose papers have these keys: that of the least automated one."""
        if transaction is not None:
            return ruling(await self._rules(transaction), keys)
        async with self._database.reading() as own:
            return ruling(await self._rules(own), keys)

    async def list(self, principal: Principal) -> tuple[Shelved, ...]:
        """All rules with their evidence, and what holds by default. Raises `MissingRight`."""
        require(principal, "stages:read")
        async with self._database.reading() as transaction:
            rows = await self._table.rows(transaction)
            rules = [rule_of(row) for row in rows]
            silent = await evidence.unanswered(transaction, self._clock() - self._window)
            shown = [
                await self._shelved(transaction, rule, row, rules, silent)
                for rule, row in zip(rules, rows, strict=True)
            ]
            if not any(rule.key == DEFAULT.key for rule in rules):
                shown.append(await self._shelved(transaction, DEFAULT, None, rules, silent))
        return tuple(shown)

    async def change(
        self, principal: Principal, rule: StageRule, *, version: int, reason: str
    ) -> Shelved:
        """Write a rule in place of the one with its key; `version` 0 for a new one.

        A rule that automates more than what held for its key until now needs evidence, under the
        bar that it sets itself, and goes one stage at a time. Raises `MissingRight`, `BadStage`,
        `Stale` for another version, `NotProven` with the figures.
        """
        require(principal, "stages:change")
        check_rule(rule, reason)
        async with self._database.writing() as transaction:
            await self._table.lock(transaction, rule.key)
            rows = {rule_of(row).key: row for row in await self._table.rows(transaction)}
            old = rows.get(rule.key)
            if (old["version"] if old else 0) != version:
                raise stale(rule.key, old)
            if old is None and len(rows) >= STAGES_MAX:
                raise BadStage(
                    f"there are {STAGES_MAX} stages already",
                    remedy="write rules with * for what has the same stage",
                )
            rules = [rule_of(row) for row in rows.values()]
            before = rule_of(old) if old else _held_until_now(rules, rule.key)
            await self._check_step(transaction, before, rule, rules)
            values = values_of(rule) | {
                "reason": reason.strip(),
                "changed_by": principal.id,
                "changed_at": self._clock(),
            }
            if not await self._write(transaction, rule.key, version, values):
                raise stale(rule.key, old)
            others = [each for each in rules if each.key != rule.key]
            silent = await evidence.unanswered(transaction, self._clock() - self._window)
            shelved = await self._shelved(
                transaction, rule, values | {"version": version + 1}, [*others, rule], silent
            )
            entry = self._entry("stage.changed", principal.id, before, rule, reason, version + 1)
            await self._record(transaction, [entry])
        return shelved

    async def learn(
        self,
        transaction: Transaction,
        claim: ClaimRow,
        *,
        review_id: str,
        blind: bool,
        agreed: bool,
    ) -> None:
        """Count one person's answer to a claim that the machine approved, or would; each once.

        blind: the person did not see what the machine said. A stage that the sample no longer
        carries goes one step down. Call it in the verdict's transaction, before its own audit
        record: a demotion is recorded here, and admins are told.
        """
        governed = await self._governed(transaction, claim)
        if governed is None:
            return
        added = await self._add(transaction, claim, review_id, blind=blind, agreed=agreed)
        if added and blind:
            await self._demote_if_due(transaction, governed)

    async def refute(self, transaction: Transaction, claim: ClaimRow) -> None:
        """Count an automatic approval that people took back, by an override or on an appeal.

        It counts once, against the machine, as a blind answer does: in the place of what its
        re-check brought, if there was one. Nobody chooses it at random, but it can only lower a
        precision. Call it as `learn`.
        """
        governed = await self._governed(transaction, claim)
        if governed is None:
            return
        reviews = await review_rows.of_claim(transaction, claim.id)
        rechecks = [review.id for review in reviews if review.purpose == "recheck"]
        if not await evidence.turn_against(transaction, rechecks, self._clock()):
            review_id = rechecks[-1] if rechecks else f"{claim.id}.r{claim.round}"
            await self._add(transaction, claim, review_id, blind=True, agreed=False)
        await self._demote_if_due(transaction, governed)

    # --- inside --------------------------------------------------------------------------------

    async def _governed(self, transaction: Transaction, claim: ClaimRow) -> StageRule | None:
        """The rule that answers to this claim count for; it is held."""
        if claim.kind is None or claim.tier is None:
            return None
        key = StageKey(claim.kind, claim.tier, claim.category)
        governed = (await self.rule_for([key], transaction=transaction)).rule
        # Of two answers at the same moment the second one counts the first one, too.
        await self._table.lock(transaction, governed.key)
        return governed

    async def _add(
        self,
        transaction: Transaction,
        claim: ClaimRow,
        review_id: str,
        *,
        blind: bool,
        agreed: bool,
    ) -> bool:
        row = {
            "review_id": review_id,
            "claim_id": claim.id,
            "kind": claim.kind,
            "tier": claim.tier,
            "category": claim.category,
            "blind": blind,
            "agreed": agreed,
            "at": self._clock(),
        }
        return await self._table.add_evidence(transaction, row)

    async def _demote_if_due(self, transaction: Transaction, governed: StageRule) -> None:
        """One step down where the blind answers no longer carry the stage."""
        rows = {rule_of(row).key: row for row in await self._table.rows(transaction)}
        if governed.key not in rows:
            return
        version, rule = rows[governed.key]["version"], rule_of(rows[governed.key])
        if rule.stage == "assist":
            return
        rules = [rule_of(row) for row in rows.values()]
        tally = await self._tally(transaction, rule.key, rules, blind=True)
        if demotes(tally, rule.bar, self._evidence_min):
            await self._demote(transaction, rule, version, tally)

    async def _rules(self, transaction: Transaction) -> tuple[StageRule, ...]:
        return tuple(rule_of(row) for row in await self._table.rows(transaction))

    async def _tally(
        self, transaction: Transaction, key: StageKey, rules: Sequence[StageRule], *, blind: bool
    ) -> Tally:
        counts = await self._table.counts(
            transaction,
            key,
            taken_by_others(key, rules),
            self._clock() - self._window,
            EVIDENCE_MAX,
            blind_only=blind,
        )
        return Tally.of(counts)

    async def _shelved(
        self,
        transaction: Transaction,
        rule: StageRule,
        row: Mapping[str, Any] | None,
        rules: Sequence[StageRule],
        silent: Sequence[tuple[StageKey, int]],
    ) -> Shelved:
        blind = await self._tally(transaction, rule.key, rules, blind=True)
        answered = await self._tally(transaction, rule.key, rules, blind=False)
        counted = blind if blind_only(rule.stage) else answered
        return Shelved(
            rule=rule,
            version=row["version"] if row else 0,
            reason=row["reason"] if row else "",
            changed_by=row["changed_by"] if row else MACHINE,
            changed_at=row["changed_at"] if row else None,
            blind=blind,
            answered=answered,
            next=promotion(rule.stage, counted, rule.bar, self._evidence_min),
            unanswered=sum(n for key, n in silent if governing(rules, key).key == rule.key),
        )

    async def _check_step(
        self,
        transaction: Transaction,
        before: StageRule,
        rule: StageRule,
        rules: Sequence[StageRule],
    ) -> None:
        """Raises `NotProven` for a rise without evidence, or by more than one step.

        To let pass higher amounts within `partial` is a rise, too.
        """
        steps = ORDER.index(rule.stage) - ORDER.index(before.stage)
        partial = rule.stage == before.stage == "partial"
        if steps <= 0 and not (partial and rule.amount_max > before.amount_max):
            return
        blind = blind_only(before.stage)
        tally = await self._tally(transaction, rule.key, rules, blind=blind)
        figures = {
            "from": before.stage,
            "to": rule.stage,
            "bar": rule.bar,
            "agreed": tally.agreed,
            "total": tally.total,
            "lower": tally.lower,
            "evidence_min": self._evidence_min,
            "blind_only": blind,
            "amount_max": [str(before.amount_max), str(rule.amount_max)],
        }
        if steps > 1:
            raise NotProven(
                f"from {before.stage} to {rule.stage} is more than one step",
                remedy=f"go to {ORDER[ORDER.index(before.stage) + 1]} first",
                figures=figures,
            )
        if not proven(tally, rule.bar, self._evidence_min):
            missing = promotion(before.stage, tally, rule.bar, self._evidence_min)
            more = missing.more if missing else None
            what = "blind answers" if blind else "answers"
            rise = "" if steps else f"to raise amount_max above {before.amount_max}: "
            raise NotProven(
                f"{rise}{tally.agreed} of {tally.total} {what} agreed: a precision of "
                f"{tally.lower:.4f} is sure, {rule.bar} is the bar",
                remedy=f"wait for {more} more that agree" if more else "lower the bar",
                figures=figures | {"more": more},
            )

    async def _write(
        self, transaction: Transaction, key: StageKey, version: int, values: Mapping[str, Any]
    ) -> bool:
        if version == 0:
            return await self._table.add(transaction, asdict(key) | dict(values) | {"version": 1})
        return await self._table.change(transaction, key, version, values)

    async def _demote(
        self, transaction: Transaction, rule: StageRule, version: int, tally: Tally
    ) -> None:
        lower = replace(rule, stage=one_below(rule.stage))
        reason = (
            f"{tally.agreed} of {tally.total} blind answers agreed: a precision of "
            f"{tally.lower:.4f} is sure, {rule.bar} is the bar"
        )
        values = values_of(lower) | {
            "reason": reason,
            "changed_by": MACHINE,
            "changed_at": self._clock(),
        }
        if not await self._table.change(transaction, rule.key, version, values):
            return
        notice = Notice(
            kind="stage.demoted",
            subject=subject_of(rule.key)[:128],
            turn=version + 1,
            role="admin",
            detail={"from": rule.stage, "to": lower.stage, "reason": reason},
        )
        await tell(transaction, [notice], clock=self._clock)
        entry = self._entry("stage.demoted", MACHINE, rule, lower, reason, version + 1)
        await self._record(transaction, [entry])

    def _entry(
        self,
        action: str,
        actor: str,
        before: StageRule,
        after: StageRule,
        reason: str,
        version: int,
    ) -> Entry:
        detail = {
            "before": told(before),
            "after": told(after),
            "reason": reason.strip(),
            "version": version,
        }
        return Entry(action, actor, subject_of(after.key), self._clock(), detail)


def _held_until_now(rules: Sequence[StageRule], key: StageKey) -> StageRule:
    """The least automated of the rules that a new one with this key takes papers from."""
    passed = [
        rule for rule in rules if rule.key.exactness < key.exactness and overlaps(rule.key, key)
    ]
    return min([governing(rules, key), *passed], key=caution)
