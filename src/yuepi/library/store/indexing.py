"""What the index does not have yet: a queue of documents, one row for each stage of each.

A row is written in the transaction that changes the document (`want`), held by one worker until a
second of the steady clock (`take`), and deleted by it only if nobody wanted the document again
meanwhile (`finish`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, case, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from yuepi.kit.database import Transaction
from yuepi.kit.steady import STEADY_NOW
from yuepi.kit.waiting import Question
from yuepi.library.document import Document
from yuepi.library.scope import EVERYTHING, Scope
from yuepi.library.store.documents import COLUMNS, seen_by
from yuepi.library.store.tables import DOCUMENTS, INDEXING

Stage = Literal["gone", "words", "meaning"]
Finished = Literal["done", "again", "lost"]
"""again: the document was wanted again meanwhile. lost: the row was taken away; another may have
done it before, and what this worker wrote may have replaced something newer."""

ROWS_MAX: Final = 500
"""Rows that one statement writes, ids that one query names."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row that was taken. wanted: which change of the document it stands for."""

    document_id: str
    stage: Stage
    wanted: int
    attempts: int


async def want(
    transaction: Transaction, document_ids: Collection[str], stage: Stage, now: datetime
) -> None:
    """Have the index follow the shelf for these documents, in the transaction that changes them.

    stage: `words` for whatever is searched or decides who sees it (text, name, title, tags, folder,
    audience, restored); `gone` for what goes to the trash or for good; `meaning` for new vectors
    alone. Wanting again is once, and begins anew what is under way or has failed before.
    """
    ids = sorted(set(document_ids))
    for start in range(0, len(ids), ROWS_MAX):
        some = ids[start : start + ROWS_MAX]
        # Always in the order of the stages: two who want the same do not wait for each other.
        # Whoever still works on a row that is deleted here notices, and has it done again.
        if stage == "words":
            await _forget(transaction, some, "gone")
        await _write(transaction, some, stage, now)
        if stage == "gone":
            await _forget(transaction, some, "words")
            await _forget(transaction, some, "meaning")


async def want_in(transaction: Transaction, folder_ids: Collection[str], now: datetime) -> None:
    """The words of all that lies in these folders, in one statement: a tree that moves may hold
    tens of thousands. What is in the trash is left out."""
    ids = sorted(set(folder_ids))
    moment = literal(now, INDEXING.c.queued_at.type)
    there = select(DOCUMENTS.c.id, literal("words"), literal(1), moment, literal(0)).where(
        DOCUMENTS.c.folder_id.in_(ids), DOCUMENTS.c.trashed_at.is_(None)
    )
    columns = ["document_id", "stage", "wanted", "queued_at", "attempts"]
    dialect: Any = sqlite if transaction.dialect.name == "sqlite" else postgresql
    add = dialect.insert(INDEXING).from_select(columns, there.order_by(DOCUMENTS.c.id))
    held_until_s = case((INDEXING.c.held_by.is_(None), None), else_=INDEXING.c.held_until_s)
    again = {"wanted": INDEXING.c.wanted + 1, "attempts": 0, "held_until_s": held_until_s}
    await transaction.execute(
        add.on_conflict_do_update(index_elements=["document_id", "stage"], set_=again)
    )


async def _write(transaction: Transaction, ids: Sequence[str], stage: Stage, now: datetime) -> None:
    dialect: Any = sqlite if transaction.dialect.name == "sqlite" else postgresql
    add = dialect.insert(INDEXING).values(
        [
            {"document_id": id_, "stage": stage, "wanted": 1, "queued_at": now, "attempts": 0}
            for id_ in ids
        ]
    )
    # Who holds it goes on; what he then finishes is not this change any more. One that waits for
    # its next attempt waits no longer.
    held_until_s = case((INDEXING.c.held_by.is_(None), None), else_=INDEXING.c.held_until_s)
    again = {"wanted": INDEXING.c.wanted + 1, "attempts": 0, "held_until_s": held_until_s}
    await transaction.execute(
        add.on_conflict_do_update(index_elements=["document_id", "stage"], set_=again)
    )


async def _forget(transaction: Transaction, ids: Sequence[str], stage: Stage) -> None:
    gone = delete(INDEXING).where(INDEXING.c.stage == stage, INDEXING.c.document_id.in_(ids))
    await transaction.execute(gone)


async def any_free(transaction: Transaction, now_s: float, stages: Sequence[Stage]) -> bool:
    """Whether there is a row to take."""
    query = _free_rows(now_s, stages).limit(1)
    return (await transaction.execute(query)).first() is not None


def free_waits(stages: Sequence[Stage]) -> Question:
    """The same as a question, to be kept."""
    return _free_rows(STEADY_NOW, stages)


def _free_rows(now_s: float | ColumnElement[Any], stages: Sequence[Stage]) -> Question:
    return select(INDEXING.c.document_id).where(INDEXING.c.stage.in_(stages), _free(now_s))


async def take(
    transaction: Transaction,
    by: str,
    held_s: tuple[float, float],
    rows_max: int,
    stages: Sequence[Stage],
) -> list[Wanted]:
    """Hold rows of one stage that nobody holds, the longest waiting of the first of these stages
    that has any, for one attempt more. held_s: the second of the steady clock that is now, and
    until when."""
    now_s, until_s = held_s
    for stage in stages:
        keys = (
            select(INDEXING.c.document_id)
            .where(INDEXING.c.stage == stage, _free(now_s))
            .order_by(INDEXING.c.queued_at, INDEXING.c.document_id)
            .limit(rows_max)
        )
        if transaction.dialect.name == "postgresql":
            keys = keys.with_for_update(skip_locked=True)
        ids = list((await transaction.execute(keys)).scalars())
        if not ids:
            continue
        change = (
            update(INDEXING)
            .where(INDEXING.c.stage == stage, INDEXING.c.document_id.in_(ids), _free(now_s))
            .values(held_by=by, held_until_s=until_s, attempts=INDEXING.c.attempts + 1)
            .returning(INDEXING.c.document_id, INDEXING.c.wanted, INDEXING.c.attempts)
        )
        rows = (await transaction.execute(change)).all()
        return sorted((Wanted(row[0], stage, row[1], row[2]) for row in rows), key=_id_of)
    return []


async def renew(transaction: Transaction, rows: Sequence[Wanted], by: str, until_s: float) -> None:
    """Hold these rows longer, those that are still held."""
    for row_stage in {row.stage for row in rows}:
        ids = [row.document_id for row in rows if row.stage == row_stage]
        change = update(INDEXING).where(
            INDEXING.c.stage == row_stage, INDEXING.c.document_id.in_(ids), INDEXING.c.held_by == by
        )
        await transaction.execute(change.values(held_until_s=until_s))


async def finish(transaction: Transaction, done: Sequence[Wanted], by: str) -> dict[str, Finished]:
    """The work of these rows of one stage is done: delete them, or let them go where the document
    was wanted again. How each ended, by its document."""
    if not done:
        return {}
    of_stage = INDEXING.c.stage == done[0].stage
    mine = (of_stage, INDEXING.c.held_by == by)
    ids = [row.document_id for row in done]
    query = select(INDEXING.c.document_id, INDEXING.c.wanted).where(
        *mine, INDEXING.c.document_id.in_(ids)
    )
    held = {row[0]: row[1] for row in await transaction.execute(query.with_for_update())}
    ended: dict[str, Finished] = {row.document_id: "lost" for row in done}
    for row in done:
        if row.document_id in held:
            ended[row.document_id] = "done" if held[row.document_id] == row.wanted else "again"
    finished = [id_ for id_, how in ended.items() if how == "done"]
    again = [id_ for id_, how in ended.items() if how == "again"]
    if finished:
        gone = delete(INDEXING).where(*mine, INDEXING.c.document_id.in_(finished))
        await transaction.execute(gone)
    if again:
        freed = update(INDEXING).where(*mine, INDEXING.c.document_id.in_(again))
        await transaction.execute(freed.values(held_by=None, held_until_s=None, attempts=0))
    return ended


async def put_off(transaction: Transaction, row: Wanted, by: str, until_s: float) -> None:
    """Let a row go that failed; nobody takes it before that second of the steady clock."""
    change = update(INDEXING).where(*_held(row, by))
    await transaction.execute(change.values(held_by=None, held_until_s=until_s))


async def queue_again(transaction: Transaction, row: Wanted, by: str, now: datetime) -> None:
    """Let a row go that is not finished, behind all others."""
    change = update(INDEXING).where(*_held(row, by))
    await transaction.execute(
        change.values(held_by=None, held_until_s=None, attempts=0, queued_at=now)
    )


def _held(row: Wanted, by: str) -> tuple[ColumnElement[bool], ...]:
    return (
        INDEXING.c.document_id == row.document_id,
        INDEXING.c.stage == row.stage,
        INDEXING.c.held_by == by,
    )


async def waiting(
    transaction: Transaction, stages: Sequence[Stage], scope: Scope = EVERYTHING
) -> int:
    """How many documents within reach wait for one of these stages, or are not read yet."""
    queued = select(INDEXING.c.document_id).where(INDEXING.c.stage.in_(stages))
    unread = DOCUMENTS.c.state.in_(("waiting", "reading"))
    query = (
        select(func.count())
        .select_from(DOCUMENTS)
        .where(
            seen_by(scope),
            DOCUMENTS.c.trashed_at.is_(None),
            or_(unread, DOCUMENTS.c.id.in_(queued)),
        )
    )
    return int((await transaction.execute(query)).scalar_one())


async def on_shelf(transaction: Transaction, ids: Collection[str]) -> dict[str, Document]:
    """Those of these documents that the index should have, as they stand now."""
    found: dict[str, Document] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), ROWS_MAX):
        query = select(*COLUMNS).where(
            DOCUMENTS.c.id.in_(wanted[start : start + ROWS_MAX]), DOCUMENTS.c.trashed_at.is_(None)
        )
        rows = (await transaction.execute(query)).mappings()
        found.update({row["id"]: Document.of(row) for row in rows})
    return found


async def all_on_shelf(
    transaction: Transaction, after: str = "", rows_max: int = ROWS_MAX
) -> list[Document]:
    """Documents that the index should have, by id, behind that one."""
    query = (
        select(*COLUMNS)
        .where(DOCUMENTS.c.id > after, DOCUMENTS.c.trashed_at.is_(None))
        .order_by(DOCUMENTS.c.id)
        .limit(rows_max)
    )
    return [Document.of(row) for row in (await transaction.execute(query)).mappings()]


async def count_on_shelf(transaction: Transaction) -> int:
    """How many documents the index should have."""
    query = select(func.count()).select_from(DOCUMENTS).where(DOCUMENTS.c.trashed_at.is_(None))
    return int((await transaction.execute(query)).scalar_one())


async def any_read(transaction: Transaction) -> bool:
    """Whether something was read that is not in the trash."""
    query = select(DOCUMENTS.c.id).where(
        DOCUMENTS.c.trashed_at.is_(None), DOCUMENTS.c.state.in_(("done", "partial"))
    )
    return (await transaction.execute(query.limit(1))).first() is not None


def _free(now_s: float | ColumnElement[Any]) -> Any:
    return or_(INDEXING.c.held_until_s.is_(None), INDEXING.c.held_until_s < now_s)


def _id_of(row: Wanted) -> str:
    return row.document_id
