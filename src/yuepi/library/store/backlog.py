"""What is not read or not indexed yet, and whether anybody can or does work on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select

from yuepi.kit.database import Transaction
from yuepi.library.store.tables import DOCUMENTS, INDEXING, PARTS


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows of the queues. parts: to read; words, meaning: to index (what is to be taken out counts
    as words). free: those that somebody could take now; held: those that somebody works on; the
    rest was put off after a failure."""

    parts: int = 0
    words: int = 0
    meaning: int = 0
    free: int = 0
    held: int = 0

    @property
    def waiting(self) -> int:
        """All of them."""
        return self.parts + self.words + self.meaning


async def backlog(transaction: Transaction, now_s: float) -> Backlog:
    """The backlog at that second of the steady clock."""
    rows: list[tuple[str, int, int, int]] = []
    of_parts = select(*_counts(PARTS, now_s)).where(PARTS.c.state == "waiting")
    rows.append(("parts", *_numbers((await transaction.execute(of_parts)).one())))
    stage = case((INDEXING.c.stage == "meaning", "meaning"), else_="words")
    of_index = select(stage, *_counts(INDEXING, now_s)).group_by(stage)
    for row in await transaction.execute(of_index):
        rows.append((row[0], *_numbers(row[1:])))
    counts = {name: count for name, count, _, _ in rows}
    return Backlog(
        parts=counts.get("parts", 0),
        words=counts.get("words", 0),
        meaning=counts.get("meaning", 0),
        free=sum(row[2] for row in rows),
        held=sum(row[3] for row in rows),
    )


async def documents_by_state(transaction: Transaction) -> dict[str, int]:
    """How many documents that are not in the trash stand in each state of reading."""
    query = (
        select(DOCUMENTS.c.state, func.count())
        .where(DOCUMENTS.c.trashed_at.is_(None))
        .group_by(DOCUMENTS.c.state)
    )
    return {row[0]: int(row[1]) for row in await transaction.execute(query)}


def _counts(table: Table, now_s: float) -> list[ColumnElement[Any]]:
    free = or_(table.c.held_until_s.is_(None), table.c.held_until_s < now_s)
    held = and_(table.c.held_by.is_not(None), table.c.held_until_s >= now_s)
    return [
        func.count(),
        func.coalesce(func.sum(case((free, 1), else_=0)), 0),
        func.coalesce(func.sum(case((held, 1), else_=0)), 0),
    ]


def _numbers(row: Any) -> tuple[int, int, int]:
    return int(row[0]), int(row[1]), int(row[2])
