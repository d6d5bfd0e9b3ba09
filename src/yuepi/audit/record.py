"""Writing the record: entries get their place and their link in the transaction of the change.

The order of entries is the order in which transactions took the chain's end, which each holds
until it is over: numbers have no gaps, also after a rollback, and commit in order. So `append`
is called last in a transaction. The clock plays no part in the order: `at` may run backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from yuepi.audit import store
from yuepi.audit.canonical import NotRecordable, action_text, detail_text, entry_bytes, name_text
from yuepi.audit.tree import chain_hash, leaf_hash
from yuepi.kit.database import Transaction
from yuepi.kit.errors import Unavailable
from yuepi.kit.record import Entry

ENTRIES_MAX: Final = 1_000
"""In one call."""


async def append(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Write entries at the chain's end, in their order: a `kit.record.Recorder`.

    On SQLite the transaction must be a writing one. Raises `NotRecordable` for an entry without a
    canonical form (before anything is locked), and `Unavailable` (code `audit_end_missing`) where
    the record is damaged: without a record nothing is done.
    """
    if not entries:
        return
    if len(entries) > ENTRIES_MAX:
        raise NotRecordable(
            f"{len(entries)} entries at once are more than {ENTRIES_MAX}",
            remedy="this is a fault of the program; please report it with the log",
        )
    rows = [_row(entry) for entry in entries]
    if len(rows) == 1 and transaction.dialect.name == "postgresql":
        if not await store.follow(transaction, rows[0]):
            raise _end_missing()
        return
    end = await store.take(transaction)
    if end is None:
        raise _end_missing()
    link = end.hash
    for seq, row in enumerate(rows, end.seq + 1):
        link = chain_hash(link, row["leaf"])
        row["seq"], row["hash"] = seq, link
    await store.write(transaction, rows)


def _end_missing() -> Unavailable:
    return Unavailable(
        "the audit record has lost its end: nothing can be written",
        remedy="run yuepi audit verify, and restore the database from a backup",
        code="audit_end_missing",
    )


def _row(entry: Entry) -> dict[str, Any]:
    """The entry's columns, but for its number and its link."""
    if entry.at.tzinfo is None:
        raise NotRecordable(
            f"the moment of {entry.action!r:.80} has no time zone",
            remedy="this is a fault of the program; please report it with the log",
        )
    row: dict[str, Any] = {
        "action": action_text(entry.action),
        "actor": name_text(entry.actor, what="an actor"),
        "subject": name_text(entry.subject, what="a subject"),
        "at": entry.at,
        "detail": detail_text(entry.detail),
    }
    return row | {"leaf": leaf_hash(entry_bytes(**row))}
