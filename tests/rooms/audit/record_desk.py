"""What the tests of the audit record stand on: a migrated database, a clock, a keeper of roots."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from yuepi.audit.record import append
from yuepi.audit.root_key import RootKey
from yuepi.audit.roots import RootKeeper
from yuepi.audit.signed_root import SignedRoot
from yuepi.audit.trail import Trail
from yuepi.audit.verify import Verdict, verify
from yuepi.kit.database import Database
from yuepi.kit.record import Entry

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SECRET = bytes(range(32))
TABLES = ("audit_entries", "audit_roots", "audit_tiles")


def entry(number: int, **changes: Any) -> Entry:
    told: dict[str, Any] = {
        "action": "claim.submitted",
        "actor": "usr_1",
        "subject": f"clm_{number % 7}",
        "at": NOW + timedelta(seconds=number),
        "detail": {"amount": "12.50", "number": number, "名": "阅批"},
    }
    return Entry(**(told | changes))


class RecordDesk:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.trail = Trail(database)
        self.now = NOW

    async def write(self, count: int, *, at_once: int = 50, actor: str = "usr_1") -> None:
        """That many entries after those that are there."""
        present = len(await self.rows("SELECT seq FROM audit_entries"))
        for low in range(present, present + count, at_once):
            high = min(low + at_once, present + count)
            async with self.database.writing() as transaction:
                await append(
                    transaction, [entry(number, actor=actor) for number in range(low, high)]
                )

    def keeper(self, *, key: RootKey | None = None, **options: Any) -> RootKeeper:
        return RootKeeper(self.database, key or RootKey(SECRET), clock=lambda: self.now, **options)

    async def sign(self) -> SignedRoot:
        root = await self.keeper().sign_due(force=True)
        assert root is not None
        return root

    async def rows(self, query: str) -> list[Any]:
        async with self.database.reading() as transaction:
            return [tuple(row) for row in await transaction.execute(text(query))]

    async def tamper(self, *statements: str) -> None:
        """What the database's owner can do: the triggers go first."""
        async with self.database.writing() as transaction:
            for statement in (*self._unguard(), *statements):
                await transaction.execute(text(statement))

    def _unguard(self) -> list[str]:
        if self.database.dialect == "postgresql":
            return [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES]
        names = [f"{table}_no_{change}" for table in TABLES for change in ("update", "delete")]
        return [f"DROP TRIGGER IF EXISTS {name}" for name in (*names, "audit_entries_no_replace")]

    async def verdict(self, against: list[SignedRoot] | None = None, **options: Any) -> Verdict:
        return await verify(self.database, against, **options)

    async def found(self, against: list[SignedRoot] | None = None) -> list[tuple[str, int]]:
        """The findings, in short."""
        verdict = await self.verdict(against)
        return [(finding.kind, finding.seq) for finding in verdict.findings]


Story = Callable[[Callable[[RecordDesk], Awaitable[None]]], None]
