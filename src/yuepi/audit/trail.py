"""Reading the record: entries by what they tell of, roots, proofs."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from yuepi.audit.canonical import entry_bytes, stored_text
from yuepi.audit.proof import Proof, check_proof, prove
from yuepi.audit.signed_root import SignedRoot, record_broken
from yuepi.audit.sought import Sought, span_of
from yuepi.audit.store import Record
from yuepi.audit.tree import leaf_hash
from yuepi.kit.database import Database
from yuepi.kit.errors import YuepiError

ROWS_MAX: Final = 1_000


class NoEntry(YuepiError):
    """There is no such entry, or (code `not_sealed_yet`) no root over it so far."""

    code = "not_found"
    http_status = 404


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it stands in the record. hash: its link of the chain."""

    seq: int
    at: datetime
    action: str
    actor: str
    subject: str
    detail: dict[str, Any]
    hash: bytes


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry, the bytes its leaf is made of, and its way up to a signed root."""

    entry: Recorded
    entry_bytes: bytes
    proof: Proof
    root: SignedRoot


class Trail:
    """The record, to be read. All raise `Unavailable` when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._record = Record(database)

    async def entries(
        self,
        *,
        subject: str | None = None,
        action: str | None = None,
        actor: str | None = None,
        after: int = 0,
        before: int | None = None,
        newest_first: bool = False,
        rows_max: int = 200,
    ) -> list[Recorded]:
        """Entries with numbers above `after` and below `before`, at most `rows_max`, in order."""
        rows = await self._record.entries(
            subject=None if subject is None else stored_text(subject),
            action=None if action is None else stored_text(action),
            actor=None if actor is None else stored_text(actor),
            after=after,
            before=before,
            newest_first=newest_first,
            rows_max=_checked(rows_max),
        )
        return [_recorded(row) for row in rows]

    async def sought(
        self,
        sought: Sought,
        *,
        after: int = 0,
        before: int | None = None,
        newest_first: bool = False,
        rows_max: int = 200,
    ) -> list[Recorded]:
        """Entries that somebody asks for, as `entries`."""
        low, high = await span_of(self._record, sought)
        wanted = sought.stored
        limits = [each for each in (before, high) if each is not None]
        rows = await self._record.entries(
            subject=wanted.subject,
            action=wanted.action,
            actor=wanted.actor,
            about=wanted.about,
            since=wanted.since,
            until=wanted.until,
            after=max(after, low),
            before=min(limits, default=None),
            newest_first=newest_first,
            rows_max=_checked(rows_max),
        )
        return [_recorded(row) for row in rows]

    async def pages(self, sought: Sought, entries_max: int) -> AsyncGenerator[list[Recorded], None]:
        """All that are sought, the oldest first, in pages; what is written meanwhile is not."""
        upto = await self.length() + 1
        after, left = 0, entries_max
        while left > 0:
            size = min(left, ROWS_MAX)
            found = await self.sought(sought, after=after, before=upto, rows_max=size)
            if found:
                yield found
            if len(found) < size:
                return
            after, left = found[-1].seq, left - len(found)

    async def length(self) -> int:
        """How many entries the record says it has; whether it does, `verify` finds."""
        end = (await self._record.extent()).end
        return 0 if end is None else end.seq

    async def roots(
        self, *, after: int = 0, newest_first: bool = False, rows_max: int = 200
    ) -> list[SignedRoot]:
        """Signed roots over more than `after` entries, the smallest first unless told otherwise."""
        rows = await self._record.roots(
            after=after, newest_first=newest_first, rows_max=_checked(rows_max)
        )
        return [SignedRoot.of_row(row) for row in rows]

    async def prove(self, seq: int, *, size: int | None = None) -> Proven:
        """An entry's proof under the root of that size, or under the first root over it.

        Raises `NoEntry` where there is no such entry or root (`not_sealed_yet`: there will be),
        `RecordBroken` where the record no longer leads to the root.
        """
        rows = await self._record.entries(after=seq - 1, before=seq + 1, rows_max=1)
        if not rows:
            raise NoEntry(f"there is no entry {seq}", remedy="`yuepi audit show` lists entries")
        row = await (self._record.root_over(seq) if size is None else self._record.root(size))
        if row is None or row.size < seq:
            raise NoEntry(
                f"there is no signed root over entry {seq}"
                + ("" if size is None else f" of the size {size}"),
                remedy="roots are signed every few minutes: ask again then",
                code="not_sealed_yet",
            )
        entry, root = rows[0], SignedRoot.of_row(row)
        content = _entry_bytes(entry)
        proof = await prove(self._database, seq, root.size)
        if leaf_hash(content) != proof.leaf or not check_proof(proof, root.root):
            raise record_broken(f"entry {seq} does not stand under the root over {root.size}")
        return Proven(_recorded(entry), content, proof, root)


def _entry_bytes(row: Any) -> bytes:
    return entry_bytes(row.action, row.actor, row.subject, row.at, row.detail)


def _recorded(row: Any) -> Recorded:
    try:
        detail = json.loads(row.detail)
    except (ValueError, RecursionError):
        detail = None
    if not isinstance(detail, dict):
        raise record_broken(f"the detail of entry {row.seq} is no JSON object")
    return Recorded(row.seq, row.at, row.action, row.actor, row.subject, detail, bytes(row.hash))


def _checked(rows_max: int) -> int:
    if not 1 <= rows_max <= ROWS_MAX:
        raise ValueError(f"{rows_max} rows are not 1 to {ROWS_MAX}")
    return rows_max
