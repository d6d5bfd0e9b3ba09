"""Claims that were handed in, as rows, for the parts of the room that look back at them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import delete, insert, update

from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.facts import facts
from yuepi.approvals.history import History, ReadAttachment, papers_of
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS
from yuepi.approvals.store.history_tables import IDENTITIES, INVOICES, PICTURES
from yuepi.documents.reading import FileReading
from yuepi.kit.database import Database, open_database

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_FILLED = (PICTURES, IDENTITIES, INVOICES, ATTACHMENTS, CLAIMS)


class HistoryDesk:
    """A migrated database with claims as others would have written them."""

    def __init__(self, database: Database, make: SimpleNamespace) -> None:
        self.database = database
        self.make = make
        self.now = NOW
        self.history = History(database, lambda: self.now)

    async def claim(self, name: str, *, employee: str = "usr_a", attachments: int = 1) -> ClaimRow:
        """A claim in its first round, with so many attachments (`att_NAME_0`, …)."""
        row = claim_row(name, employee, self.now)
        columns = {column: getattr(row, column) for column in ClaimRow.__slots__}
        files = [attachment(row.id, at) for at in range(attachments)]
        async with self.database.writing() as transaction:
            await transaction.execute(insert(CLAIMS), [columns])
            await transaction.execute(insert(ATTACHMENTS), files)
        return row

    async def change(self, claim: ClaimRow, **values: Any) -> ClaimRow:
        """The claim's row with other values."""
        async with self.database.writing() as transaction:
            await transaction.execute(update(CLAIMS).where(CLAIMS.c.id == claim.id).values(values))
        return replace(claim, **values)

    async def register(self, claim: ClaimRow, *files: FileReading, employee: str = "") -> None:
        """One attachment with these files is all that the claim shows."""
        read = ReadAttachment(f"att_{claim.id[4:]}_0", files)
        await self.history.register(claim, employee or claim.submitter_id, [read])

    async def past(self, claim: ClaimRow, *files: FileReading) -> tuple[PastInvoice, ...]:
        """What the history tells of these files."""
        return await self.history.past(claim.id, papers_of(files))

    async def hand_in(
        self, name: str, *files: FileReading, employee: str = "usr_a"
    ) -> tuple[PastInvoice, ...]:
        """Hand in a claim with these files, and what the history tells of it."""
        claim = await self.claim(name, employee=employee)
        await self.register(claim, *files)
        return await self.past(claim, *files)

    async def let_go(self, claim_id: str) -> None:
        async with self.database.writing() as transaction:
            await self.history.let_go(transaction, claim_id)

    async def revive(self, claim_id: str, *, despite: bool = False) -> tuple[PastInvoice, ...]:
        async with self.database.writing() as transaction:
            return await self.history.revive(transaction, claim_id, despite=despite)

    def judged(
        self, history: Sequence[PastInvoice], *files: FileReading, employee: str = "usr_a"
    ) -> Any:
        """The facts of these files under that history."""
        return facts(files, self.make.company, history, self.make.on, None, employee)


def claim_row(name: str, employee: str = "usr_a", at: datetime = NOW) -> ClaimRow:
    """A claim that the machine works on."""
    return ClaimRow(
        id=f"clm_{name}", submitter_id=employee, handed_in_by=None, department_id="dep_root",
        category="餐饮", note="", on_day="2026-03-01", status="received", origin=None,
        decided_by=None, suggestion=None, refer_to=None, stage=None, kind=None, tier=None, risk=0,
        total=None, version=1, round=1, attempts=0, queued_at=None, question=None, created_at=at,
        updated_at=at, decided_at=None,
    )  # fmt: skip


def attachment(claim_id: str, at: int) -> dict[str, Any]:
    return {
        "id": f"att_{claim_id[4:]}_{at}",
        "claim_id": claim_id,
        "round": 1,
        "position": at,
        "name": f"{at}.pdf",
        "sha256": "0" * 64,
        "bytes": 1,
        "media": "pdf",
    }


def told(url: str, make: SimpleNamespace, tell: Callable[[HistoryDesk], Awaitable[None]]) -> None:
    """Run a test's coroutine with a desk on the migrated database at `url`, emptied before."""

    async def run() -> None:
        database = open_database(url)
        try:
            async with database.writing() as transaction:
                for table in _FILLED:
                    await transaction.execute(delete(table))
            await tell(HistoryDesk(database, make))
        finally:
            await database.close()

    asyncio.run(run())
