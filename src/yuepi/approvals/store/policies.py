"""Policies in the database, and past decisions to try one on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update

from yuepi.access.principal import Reach
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS, DECISIONS, READINGS
from yuepi.approvals.store.claims import within
from yuepi.approvals.store.decisions import DecisionRow
from yuepi.approvals.store.policy_tables import (
    POLICY_PROPOSALS,
    POLICY_PUBLICATIONS,
    POLICY_VERSIONS,
)
from yuepi.kit.database import Database, Transaction

_IN_FORCE: Final = (
    select(POLICY_PUBLICATIONS.c.turn, POLICY_PUBLICATIONS.c.version)
    .order_by(POLICY_PUBLICATIONS.c.turn.desc())
    .limit(1)
)
_META: Final = tuple(column for column in POLICY_VERSIONS.c if column.name != "jdm")


async def in_force(transaction: Transaction) -> tuple[int, str] | None:
    """(turn, version) of the latest publication; None before there is one."""
    row = (await transaction.execute(_IN_FORCE)).one_or_none()
    return None if row is None else (int(row[0]), str(row[1]))


async def jdm_of(transaction: Transaction, version: str) -> str | None:
    """The text of a version."""
    query = select(POLICY_VERSIONS.c.jdm).where(POLICY_VERSIONS.c.version == version)
    return (await transaction.execute(query)).scalar_one_or_none()


async def versions(
    transaction: Transaction, *, before: int | None = None, rows_max: int
) -> list[dict[str, Any]]:
    """Versions without their texts, the newest first; before: only those with a lower number."""
    query = select(*_META).order_by(POLICY_VERSIONS.c.number.desc()).limit(rows_max)
    if before is not None:
        query = query.where(POLICY_VERSIONS.c.number < before)
    return [row._asdict() for row in await transaction.execute(query)]


async def version_row(transaction: Transaction, version: str) -> dict[str, Any] | None:
    """One version without its text."""
    query = select(*_META).where(POLICY_VERSIONS.c.version == version)
    row = (await transaction.execute(query)).one_or_none()
    return None if row is None else row._asdict()


async def open_proposals(
    transaction: Transaction, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The open proposal of each of these versions that has one."""
    table = POLICY_PROPOSALS
    query = select(table).where(table.c.version.in_(list(names)), table.c.state == "open")
    return {row.version: row._asdict() for row in await transaction.execute(query)}


async def last_publications(
    transaction: Transaction, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The latest publication of each of these versions that was ever published."""
    table = POLICY_PUBLICATIONS
    query = select(table).where(table.c.version.in_(list(names))).order_by(table.c.turn)
    return {row.version: row._asdict() for row in await transaction.execute(query)}


async def publications(transaction: Transaction, rows_max: int) -> list[dict[str, Any]]:
    """What was published, the latest first."""
    table = POLICY_PUBLICATIONS
    query = (
        select(table, POLICY_VERSIONS.c.number)
        .join(POLICY_VERSIONS, POLICY_VERSIONS.c.version == table.c.version)
        .order_by(table.c.turn.desc())
        .limit(rows_max)
    )
    return [row._asdict() for row in await transaction.execute(query)]


async def past_decisions(
    transaction: Transaction, reach: Reach, since: datetime, rows_max: int, offset: int
) -> list[tuple[ClaimRow, DecisionRow]]:
    """The latest decision of each claim within reach, decided since then, the newest first."""
    later = DECISIONS.alias("later")
    newest = (
        select(func.max(later.c.round)).where(later.c.claim_id == CLAIMS.c.id).scalar_subquery()
    )
    query = (
        select(CLAIMS, *(column.label(f"decision_{column.name}") for column in DECISIONS.c))
        .join(DECISIONS, DECISIONS.c.claim_id == CLAIMS.c.id)
        .where(within(reach), CLAIMS.c.created_at >= since, DECISIONS.c.round == newest)
        .order_by(CLAIMS.c.created_at.desc(), CLAIMS.c.id.desc())
        .limit(rows_max)
        .offset(offset)
    )
    found = []
    for row in (await transaction.execute(query)).mappings():
        decision = {column.name: row[f"decision_{column.name}"] for column in DECISIONS.c}
        found.append((ClaimRow.of(row), DecisionRow.of(decision)))
    return found


async def read_texts(
    transaction: Transaction, claim_ids: Sequence[str]
) -> dict[str, list[tuple[str, str, str]]]:
    """(attachment, reader, text of the reading) of these claims, in the attachments' order."""
    query = (
        select(ATTACHMENTS.c.claim_id, ATTACHMENTS.c.id, READINGS.c.reader, READINGS.c.files)
        .join(READINGS, READINGS.c.attachment_id == ATTACHMENTS.c.id)
        .where(ATTACHMENTS.c.claim_id.in_(list(claim_ids)))
        .order_by(ATTACHMENTS.c.claim_id, ATTACHMENTS.c.position)
    )
    found: dict[str, list[tuple[str, str, str]]] = {}
    for claim_id, attachment_id, reader, files in await transaction.execute(query):
        found.setdefault(claim_id, []).append((attachment_id, reader, files))
    return found


class PolicyTable:
    """Writes policies. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._add_version = (
            database.insert(POLICY_VERSIONS)
            .on_conflict_do_nothing()
            .returning(POLICY_VERSIONS.c.number)
        )
        self._add_proposal = (
            database.insert(POLICY_PROPOSALS)
            .on_conflict_do_nothing()
            .returning(POLICY_PROPOSALS.c.id)
        )
        self._add_publication = (
            database.insert(POLICY_PUBLICATIONS)
            .on_conflict_do_nothing()
            .returning(POLICY_PUBLICATIONS.c.turn)
        )

    async def next_number(self, transaction: Transaction) -> int:
        """The number of the next version."""
        found = await transaction.execute(select(func.max(POLICY_VERSIONS.c.number)))
        return int(found.scalar_one() or 0) + 1

    async def add_version(self, transaction: Transaction, row: Mapping[str, Any]) -> bool:
        """Write a version; False where there is one of that text, or of that number."""
        return (await transaction.execute(self._add_version, dict(row))).first() is not None

    async def add_proposal(self, transaction: Transaction, row: Mapping[str, Any]) -> bool:
        """Write an open proposal; False where its version has one."""
        return (await transaction.execute(self._add_proposal, dict(row))).first() is not None

    async def close_proposal(
        self, transaction: Transaction, version: str, state: str, by: str, at: datetime
    ) -> dict[str, Any] | None:
        """The open proposal of a version, closed just now; None where there is none."""
        table = POLICY_PROPOSALS
        change = (
            update(table)
            .where(table.c.version == version, table.c.state == "open")
            .values(state=state, closed_by=by, closed_at=at)
            .returning(table)
        )
        row = (await transaction.execute(change)).one_or_none()
        return None if row is None else row._asdict()

    async def publish(self, transaction: Transaction, row: Mapping[str, Any]) -> bool:
        """Write a publication; False where another took its turn."""
        return (await transaction.execute(self._add_publication, dict(row))).first() is not None
