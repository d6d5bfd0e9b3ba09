"""Decisions of the machine: one for each claim and round, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import bindparam, select

from yuepi.approvals.store.claim_tables import DECISIONS
from yuepi.kit.database import Database, Transaction

Applied = Literal["approved", "waiting"]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision, column by column. inputs, facts, decision: JSON texts."""

    claim_id: str
    round: int
    outcome: str
    applied: Applied
    stage: str
    policy: str
    reader: str
    inputs_sha256: str
    inputs: str
    facts: str
    decision: str
    executor: str
    created_at: datetime

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> DecisionRow:
        """The decision in a row of the table (a `RowMapping`)."""
        return cls(**{name: row[name] for name in cls.__slots__})


_FIND: Final = select(DECISIONS).where(
    DECISIONS.c.claim_id == bindparam("of_claim"), DECISIONS.c.round == bindparam("in_round")
)
_LATEST: Final = (
    select(DECISIONS)
    .where(DECISIONS.c.claim_id == bindparam("of_claim"))
    .order_by(DECISIONS.c.round.desc())
    .limit(1)
)
_APPROVED: Final = select(DECISIONS.c.round).where(
    DECISIONS.c.claim_id == bindparam("of_claim"), DECISIONS.c.applied == "approved"
)


async def find_decision(
    transaction: Transaction, claim_id: str, in_round: int | None = None
) -> DecisionRow | None:
    """The decision of that round; None as the round: the latest one."""
    if in_round is None:
        found = await transaction.execute(_LATEST, {"of_claim": claim_id})
    else:
        found = await transaction.execute(_FIND, {"of_claim": claim_id, "in_round": in_round})
    row = found.mappings().one_or_none()
    return None if row is None else DecisionRow.of(row)


async def ever_approved(transaction: Transaction, claim_id: str) -> bool:
    """Whether the machine approved the claim in any round, whatever became of that."""
    found = await transaction.execute(_APPROVED, {"of_claim": claim_id})
    return found.first() is not None


class DecisionTable:
    """Writes decisions: the first one of a round is the only one."""

    def __init__(self, database: Database) -> None:
        # RETURNING, since how many rows were written is not told alike by both databases.
        insert = database.insert(DECISIONS).on_conflict_do_nothing()
        self._add = insert.returning(DECISIONS.c.claim_id)

    async def add(self, transaction: Transaction, row: Mapping[str, Any]) -> bool:
        """Write a decision; False where that round has one, committed by another."""
        added = await transaction.execute(self._add, dict(row))
        return added.first() is not None
