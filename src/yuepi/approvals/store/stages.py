"""Stages and the evidence for them in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, update

from yuepi.approvals.stages import ANY, StageKey
from yuepi.approvals.store.stage_tables import STAGE_EVIDENCE, STAGES
from yuepi.kit.database import Database, Transaction

STAGES_MAX: Final = 200
"""How many rules there may be."""
_PARTS: Final = ("kind", "tier", "category")


class StageTable:
    """The queries of `StageShelf`. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, transaction: Transaction) -> list[dict[str, Any]]:
        """All rules."""
        query = select(STAGES).order_by(*(STAGES.c[part] for part in _PARTS)).limit(STAGES_MAX)
        return [row._asdict() for row in await transaction.execute(query)]

    async def lock(self, transaction: Transaction, key: StageKey) -> None:
        """Nobody else changes this rule until the transaction ends (SQLite has one writer)."""
        await transaction.execute(select(STAGES.c.version).where(_is(key)).with_for_update())

    async def add(self, transaction: Transaction, row: Mapping[str, Any]) -> bool:
        """Write a rule; False where there is one with its key already."""
        put = self._database.insert(STAGES).values(**row).on_conflict_do_nothing()
        added = await transaction.execute(put.returning(STAGES.c.kind))
        return added.one_or_none() is not None

    async def change(
        self, transaction: Transaction, key: StageKey, version: int, values: Mapping[str, Any]
    ) -> bool:
        """Change a rule that has that version; False where it has another."""
        change = update(STAGES).where(_is(key), STAGES.c.version == version)
        return (
            await transaction.execute(change.values(**values, version=version + 1))
        ).rowcount == 1

    async def add_evidence(self, transaction: Transaction, row: Mapping[str, Any]) -> bool:
        """Write one answer; False where that review's is there already."""
        put = self._database.insert(STAGE_EVIDENCE).values(**row).on_conflict_do_nothing()
        added = await transaction.execute(put.returning(STAGE_EVIDENCE.c.review_id))
        return added.one_or_none() is not None

    async def counts(
        self,
        transaction: Transaction,
        key: StageKey,
        without: Sequence[StageKey],
        since: datetime,
        most: int,
        *,
        blind_only: bool,
    ) -> list[tuple[bool, int]]:
        """(agreed, how many) of the `most` latest answers that fall under `key` and under none of
        `without`."""
        columns = STAGE_EVIDENCE.c
        query = select(columns.agreed).where(columns.at >= since, *_under(key))
        if blind_only:
            query = query.where(columns.blind.is_(True))
        if without:
            query = query.where(not_(or_(*(and_(*_under(each)) for each in without))))
        latest = query.order_by(columns.at.desc()).limit(most).subquery()
        grouped = select(latest.c.agreed, func.count()).group_by(latest.c.agreed)
        return [(bool(row[0]), int(row[1])) for row in await transaction.execute(grouped)]


def _is(key: StageKey) -> ColumnElement[bool]:
    return and_(*(STAGES.c[part] == getattr(key, part) for part in _PARTS))


def _under(key: StageKey) -> list[ColumnElement[bool]]:
    named = ((part, getattr(key, part)) for part in _PARTS)
    return [STAGE_EVIDENCE.c[part] == value for part, value in named if value != ANY]
