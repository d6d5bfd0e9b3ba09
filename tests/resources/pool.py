"""A review pool of a test's own: claims as the machine leaves them, people, clocks to turn.

Each test is told on SQLite and on PostgreSQL (the fixtures `pool` and `postgres`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import insert, select, update

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from yuepi.access.principal import Principal, Role
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.history import History, ReadAttachment
from yuepi.approvals.review_pool import open_review, review_due
from yuepi.approvals.review_rows import Purpose, ReviewRow, ReviewTerms
from yuepi.approvals.reviews import Reviews
from yuepi.approvals.stage_shelf import StageShelf
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS, DECISIONS, READINGS
from yuepi.approvals.store.notices import NOTICES
from yuepi.approvals.store.review_tables import CORRECTIONS, REVIEWS
from yuepi.approvals.store.stage_tables import STAGE_EVIDENCE
from yuepi.documents.reading import Evidence, Field, FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.kit.database import Database, Transaction
from yuepi.kit.record import Entry
from yuepi.kit.steady import STEADY_CLOCK

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOME: Final = "dep_sales"
TERMS: Final = ReviewTerms(second_eyes_above=Decimal(10_000), lease_s=600.0)
READER: Final = "layout-1"
FACTS: Final = {"claim": {"duplicates": 0}, "documents": []}


def person(name: str, *roles: Role, department: str = HOME) -> Principal:
    """Somebody of a department, with these roles; a submitter where none is named."""
    return Principal(f"usr_{name}", name, frozenset(roles or ("submitter",)), department)


AN: Final = person("an")
BO: Final = person("bo", "reviewer")
CHEN: Final = person("chen", "reviewer")
DING: Final = person("ding", "submitter", "reviewer")
SUPER: Final = person("super", "supervisor")
FAR: Final = person("far", "reviewer", department="dep_far")


def paper(**values: str | None) -> Reading:
    """A clean 数电票."""
    shown: dict[str, str | None] = {
        "number": "26332000000012345601",
        "date": "2026-02-05",
        "total": "300.00",
        "seller_tax_id": "91330106MA2AAAAA15",
    }
    shown |= values
    fields = {
        name: Field(
            value=value,
            status="missing" if value is None else "confirmed",
            confidence=0.99,
            sources=("layout",),
            evidence=()
            if value is None
            else (Evidence(page=1, box=Box(0.1, 0.1, 0.2, 0.2), source="layout", text=value),),
        )
        for name, value in shown.items()
    }
    return Reading(
        kind="digital_invoice", kind_confidence=0.99, page=1, quality="clean", fields=fields
    )


def scan(*papers: Reading, name: str = "a.pdf") -> FileReading:
    """A file with these papers."""
    return FileReading(
        file=name, sha256=f"sha-{name}", pages=1, original=True, readings=tuple(papers)
    )


class PoolDesk:
    """A database with a pool, and what happened in it."""

    def __init__(self, database: Database, terms: ReviewTerms = TERMS) -> None:
        self.database = database
        self.now = NOW
        self.entries: list[Entry] = []
        self.history = History(database, self.clock)
        self.stages = StageShelf(database, self.record, self.clock)
        self.reviews = Reviews(
            database,
            self.record,
            self.clock,
            terms,
            history=self.history,
            stages=self.stages,
        )
        self.terms = terms

    def clock(self) -> datetime:
        return self.now

    async def record(self, transaction: Transaction, entries: Sequence[Entry]) -> None:
        self.entries += entries

    @property
    def actions(self) -> list[str]:
        return [entry.action for entry in self.entries]

    async def pass_s(self, seconds: float) -> None:
        """Let steady time go by; the wall clock stands."""
        async with self.database.writing() as transaction:
            await transaction.execute(
                update(STEADY_CLOCK).values(seconds=STEADY_CLOCK.c.seconds + seconds)
            )

    async def claim(
        self,
        submitter: Principal = AN,
        *,
        purpose: Purpose | None = "decide",
        papers: Sequence[Reading] | None = None,
        **values: Any,
    ) -> ClaimRow:
        """A claim as settling leaves it: referred, or approved by the machine and to be checked
        again (`purpose`); None: no review."""
        approved = purpose == "recheck"
        row: dict[str, Any] = dict.fromkeys(ClaimRow.__slots__) | {
            "id": f"clm_{secrets.token_hex(10)}",
            "submitter_id": submitter.id,
            "department_id": submitter.department,
            "category": "travel",
            "note": "",
            "on_day": "2026-03-02",
            "status": "approved" if approved else "waiting",
            "origin": "automatic" if approved else None,
            "decided_at": self.now if approved else None,
            "suggestion": "approve",
            "stage": "partial" if approved else "assist",
            "kind": "digital_invoice",
            "tier": "clean",
            "risk": 10,
            "total": Decimal("300.00"),
            "version": 3,
            "round": 1,
            "attempts": 1,
            "created_at": self.now,
            "updated_at": self.now,
        }
        claim = ClaimRow(**row | values)
        readings = [paper()] if papers is None else papers
        files = (scan(*readings, name=f"{claim.id}.pdf"),)
        attachment = f"att_{claim.id[4:]}"
        async with self.database.writing() as transaction:
            await transaction.execute(
                insert(CLAIMS), {name: getattr(claim, name) for name in ClaimRow.__slots__}
            )
            await self._papers(transaction, claim, attachment, files)
            if purpose is not None:
                due = review_due(self.terms, purpose, self.now)
                await open_review(transaction, claim, purpose, due_at=due)
        await self.history.register(claim, submitter.id, [ReadAttachment(attachment, files, ())])
        return claim

    async def _papers(
        self,
        transaction: Transaction,
        claim: ClaimRow,
        attachment: str,
        files: tuple[FileReading, ...],
    ) -> None:
        await transaction.execute(
            insert(ATTACHMENTS),
            {
                "id": attachment,
                "claim_id": claim.id,
                "round": 1,
                "position": 0,
                "name": files[0].file,
                "sha256": "0" * 64,
                "bytes": 1,
                "media": "pdf",
            },
        )
        await transaction.execute(
            insert(READINGS),
            {
                "attachment_id": attachment,
                "reader": READER,
                "files": json.dumps([each.model_dump(mode="json") for each in files]),
                "pictures": "[]",
                "took_ms": 1,
                "created_at": self.now,
            },
        )
        outcome = claim.suggestion or "refer"
        await transaction.execute(
            insert(DECISIONS),
            {
                "claim_id": claim.id,
                "round": 1,
                "outcome": outcome,
                "applied": "approved" if claim.status == "approved" else "waiting",
                "stage": claim.stage,
                "policy": "default@1",
                "reader": READER,
                "inputs_sha256": "0" * 64,
                "inputs": "{}",
                "facts": json.dumps(FACTS),
                "decision": json.dumps({"outcome": outcome, "reasons": []}),
                "executor": "exe",
                "created_at": self.now,
            },
        )

    # --- looking ---------------------------------------------------------------------------------

    async def found(self, claim_id: str) -> ClaimRow:
        async with self.database.reading() as transaction:
            rows = await transaction.execute(select(CLAIMS).where(CLAIMS.c.id == claim_id))
            return ClaimRow.of(rows.mappings().one())

    async def reviews_of(self, claim_id: str) -> list[ReviewRow]:
        async with self.database.reading() as transaction:
            rows = await transaction.execute(
                select(REVIEWS)
                .where(REVIEWS.c.claim_id == claim_id)
                .order_by(REVIEWS.c.created_at, REVIEWS.c.status, REVIEWS.c.id)
            )
            return [ReviewRow.of(row) for row in rows.mappings()]

    async def open_one(self, claim_id: str) -> ReviewRow:
        (review,) = [each for each in await self.reviews_of(claim_id) if each.status == "open"]
        return review

    async def all_of(self, table: str) -> list[dict[str, Any]]:
        """All rows of `notices`, `evidence` or `corrections`."""
        tables = {"notices": NOTICES, "evidence": STAGE_EVIDENCE, "corrections": CORRECTIONS}
        async with self.database.reading() as transaction:
            rows = await transaction.execute(select(tables[table]))
            return [dict(row) for row in rows.mappings()]

    async def held(self, reviewer: Principal, claim: ClaimRow) -> str:
        """The claim's open review, taken by this person."""
        review = await self.open_one(claim.id)
        await self.reviews.take(reviewer, review.id)
        return review.id

    async def decided(
        self, reviewer: Principal, claim: ClaimRow, verdict: Any = "approve", reason: str = ""
    ) -> ClaimRow:
        """The claim after this person decided on it."""
        review = await self.held(reviewer, claim)
        version = (await self.found(claim.id)).version
        await self.reviews.decide(reviewer, review, verdict, reason, version)
        return await self.found(claim.id)

    def later(self, **spans: float) -> None:
        """Let the wall clock go on, or back."""
        self.now += timedelta(**spans)


Story = Callable[[Callable[[PoolDesk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def pool(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    """Runs a test's coroutine with a pool on a fresh database."""
    if request.param == "postgresql":
        return story_at(migrated_postgres(request.getfixturevalue("postgres")), PoolDesk)
    return story_at(migrated_sqlite(tmp_path / "yuepi.db"), PoolDesk)
