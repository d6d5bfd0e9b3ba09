"""The smallest steps that a claim's story can be told with, for tests of what is around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from yuepi.approvals.claim_rows import AttachmentRow
from yuepi.approvals.store.claim_tables import CLAIMS
from yuepi.kit.database import Database


@dataclass(frozen=True)
class Begun:
    attachments: Sequence[AttachmentRow] = ()


async def hand_in(database: Database, ids: Sequence[str]) -> None:
    """Received claims without files, straight into the table."""
    now = datetime.now(UTC)
    row: dict[str, Any] = {"submitter_id": "usr_1", "department_id": "dep_1", "category": "travel"}
    row |= {"note": "", "on_day": "2026-11-21", "status": "received", "risk": 0, "version": 1}
    row |= {"round": 1, "attempts": 0, "created_at": now, "updated_at": now}
    async with database.writing() as transaction:
        await transaction.execute(CLAIMS.insert(), [row | {"id": id_} for id_ in ids])


async def statuses(database: Database) -> dict[str, str]:
    async with database.reading() as transaction:
        rows = await transaction.execute(select(CLAIMS.c.id, CLAIMS.c.status))
        return {row.id: row.status for row in rows}


class PlainSteps:
    """begin counts an attempt, settle makes it wait for a person. `trouble` is asked by settle."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.told: list[str] = []
        self.failed: list[str] = []

    async def begin(self, claim_id: str, round_: int, /) -> Begun | None:
        change = (
            update(CLAIMS)
            .where(CLAIMS.c.id == claim_id, CLAIMS.c.round == round_)
            .where(CLAIMS.c.status == "received")
            .values(attempts=CLAIMS.c.attempts + 1)
        )
        async with self.database.writing() as transaction:
            done = (await transaction.execute(change)).rowcount == 1
        return Begun() if done else None

    async def read(self, attachment: AttachmentRow, /) -> None: ...

    async def settle(self, claim_id: str, round_: int, /, *, executor: str) -> None:
        await self.trouble(claim_id)
        change = (
            update(CLAIMS)
            .where(CLAIMS.c.id == claim_id, CLAIMS.c.round == round_)
            .where(CLAIMS.c.status == "received")
            .values(status="waiting", decided_by=None)
        )
        async with self.database.writing() as transaction:
            if (await transaction.execute(change)).rowcount == 1:
                self.told.append(claim_id)

    async def trouble(self, claim_id: str) -> None: ...

    async def fail(self, claim_id: str, round_: int, error: Exception, /) -> None:
        self.failed.append(claim_id)
        change = update(CLAIMS).where(CLAIMS.c.id == claim_id, CLAIMS.c.attempts >= 3)
        again = update(CLAIMS).where(CLAIMS.c.id == claim_id, CLAIMS.c.status == "received")
        async with self.database.writing() as transaction:
            await transaction.execute(change.values(status="quarantined"))
            await transaction.execute(again.values(queued_at=None))
