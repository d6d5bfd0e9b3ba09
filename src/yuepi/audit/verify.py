"""Is the record what was written? Everything is computed anew and compared.

From the database alone: each entry's bytes and leaf, the sequence, the chain, the end, the signed
roots. That does not find a record that somebody rewrote from some entry on to the end with roots
removed or signed anew with the key of this machine. Roots that were exported before do.

Entries are read in pages, each a transaction of its own: they never change, so what is written
meanwhile does not matter. Memory does not grow with the record.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yuepi.audit.links import ChainCheck, Finding, Kind, Link, link_of
from yuepi.audit.signed_root import RecordBroken, SignedRoot
from yuepi.audit.store import Extent, Record, Unreadable
from yuepi.audit.tree import CHAIN_START, Frontier
from yuepi.kit.database import Database

ROWS_AT_ONCE: Final = 2_000
FINDINGS_MAX: Final = 100
"""So many are kept of each kind; all are counted."""

Advance = Callable[[int, int], None]
"""Told how many entries are done, of how many."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. keys: who signed the roots, by public keys.

    proved_upto: entries up to here lead to a sound exported root, so that no rewriting of them is
    possible unseen; signed_upto: to a sound root in the database.
    """

    entries: int
    roots: int
    exported_roots: int
    signed_upto: int
    proved_upto: int
    keys: tuple[str, ...]
    findings: tuple[Finding, ...]
    counts: dict[Kind, int]

    @property
    def whole(self) -> bool:
        return not self.findings


async def verify(
    database: Database,
    against: Sequence[SignedRoot] | None = None,
    *,
    keys: Collection[str] | None = None,
    advance: Advance | None = None,
) -> Verdict:
    """Check the whole record, and that it leads to roots that were exported (`against`).

    keys: the public keys that may have signed roots, in hexadecimal digits; None: those of
    `against`, else any. Raises `Unavailable` when the database fails.
    """
    record = Record(database)
    extent = await record.extent()
    allowed = keys
    if allowed is None and against:
        allowed = {root.key for root in against}
    check = _Check(extent, sorted(against or (), key=lambda root: root.size), allowed)
    while check.done < check.upto:
        rows = await record.all_entries(after=check.done, rows_max=ROWS_AT_ONCE)
        rows = [row for row in rows if row.seq <= check.upto]
        high = rows[-1].seq if len(rows) == ROWS_AT_ONCE else check.upto
        roots = await _roots(record, check.done, high)
        await asyncio.to_thread(check.take, rows, roots, high)
        if advance is not None:
            advance(check.done, check.upto)
    return await asyncio.to_thread(check.verdict)


async def _roots(record: Record, after: int, upto: int) -> list[Any]:
    """All roots with sizes in that range, of which there may be more than rows of entries."""
    found: list[Any] = []
    while True:
        rows = await record.all_roots(
            after=_size(found[-1]) if found else after, upto=upto, rows_max=ROWS_AT_ONCE
        )
        found += rows
        if len(rows) < ROWS_AT_ONCE or len(found) > ROWS_AT_ONCE:
            return found


def _size(row: Any) -> int:
    return int(row.seq if isinstance(row, Unreadable) else row.size)


class _Check:
    """The state of one verification."""

    def __init__(
        self, extent: Extent, exported: Sequence[SignedRoot], keys: Collection[str] | None
    ) -> None:
        self._extent = extent
        self._exported = exported
        self._allowed = keys
        self._kept: list[Finding] = []
        self._counts: Counter[Kind] = Counter()
        self._chain = ChainCheck(self._tell)
        self._tree = Frontier()
        self._keys: dict[str, None] = {}
        self._next_exported = 0
        self._previous_root = 0
        self._entries = self._roots = self._signed_upto = self._proved_upto = 0
        self._end_hash: bytes | None = None
        end = extent.end
        reach = max(extent.last_seq or 0, 0 if end is None else end.seq)
        self.upto = max(reach, extent.root_size or 0)
        """Where to read to: later entries were written while we look."""
        self.done = 0

    def take(self, rows: Sequence[Any], roots: Sequence[Any], high: int) -> None:
        """Entries with numbers above `done` and up to `high`, and the roots of these sizes."""
        links = [link_of(row) for row in rows]
        self._chain.feed(links)
        self._grow(links, roots)
        self._entries += len(links)
        end = self._extent.end
        if end is not None and self.done < end.seq <= high:
            self._end_hash = next((link.hash for link in links if link.seq == end.seq), None)
        self.done = high

    def verdict(self) -> Verdict:
        """After the last page."""
        self._chain.finish()
        self._check_end()
        for root in self._exported[self._next_exported :]:
            if self._sound(root):
                self._tell(Finding("truncated", root.size, self._extent.last_seq or 0))
        return Verdict(
            self._entries,
            self._roots,
            len(self._exported),
            self._signed_upto,
            self._proved_upto,
            tuple(self._keys),
            tuple(sorted(self._kept, key=lambda finding: finding.seq)),
            dict(self._counts),
        )

    def _tell(self, finding: Finding) -> None:
        self._counts[finding.kind] += 1
        if self._counts[finding.kind] <= FINDINGS_MAX:
            self._kept.append(finding)

    def _grow(self, links: Iterable[Link], roots: Sequence[Any]) -> None:
        stored = {_size(row): row for row in roots}
        for link in links:
            self._tree.add(link.leaf)
            row = stored.pop(link.seq, None)
            if row is not None:
                self._check_stored(row)
            while (
                self._next_exported < len(self._exported)
                and self._exported[self._next_exported].size <= link.seq
            ):
                self._check_exported(self._exported[self._next_exported], link.seq)
                self._next_exported += 1
        for row in stored.values():
            self._check_stored(row, stands=False)

    def _check_stored(self, row: Any, *, stands: bool = True) -> None:
        """A root of the database, when the tree has its size; `stands`: such an entry is there."""
        self._roots += 1
        if isinstance(row, Unreadable):
            self._tell(Finding("root_forged", row.seq))
            self._previous_root = row.seq
            return
        try:
            root = SignedRoot.of_row(row)
        except RecordBroken:
            self._tell(Finding("root_forged", row.size))
            self._previous_root = row.size
            return
        if row.previous_size != self._previous_root:
            self._tell(Finding("root_missing", root.size))
        self._previous_root = root.size
        if not self._sound(root):
            return
        last_seq = self._extent.last_seq or 0
        if root.size > last_seq:
            self._tell(Finding("truncated", root.size, last_seq))
        elif stands and self._tree.root() == root.root:
            self._signed_upto = root.size
        else:
            self._tell(Finding("root_wrong", root.size))

    def _check_exported(self, root: SignedRoot, seq: int) -> None:
        if not self._sound(root):
            return
        # At a gap the size may have been passed over.
        if root.size == seq and self._tree.root() == root.root:
            self._proved_upto = root.size
        else:
            self._tell(Finding("rewritten", root.size))

    def _sound(self, root: SignedRoot) -> bool:
        """Whether an allowed key signed it; tells if not."""
        if not root.holds():
            self._tell(Finding("root_forged", root.size))
            return False
        self._keys[root.key] = None
        if self._allowed is not None and root.key not in self._allowed:
            self._tell(Finding("key_unknown", root.size))
            return False
        return True

    def _check_end(self) -> None:
        end, last_seq = self._extent.end, self._extent.last_seq or 0
        first_seq = self._extent.first_seq
        if first_seq is not None and first_seq < 1:
            self._tell(Finding("inserted", first_seq, 0))
        if end is None:
            self._tell(Finding("end_missing", last_seq))
        elif end.seq > last_seq:
            self._tell(Finding("truncated", end.seq, last_seq))
        elif end.seq < last_seq:
            self._tell(Finding("beyond_end", end.seq + 1, last_seq))
        elif last_seq and end.hash != self._end_hash:
            self._tell(Finding("end_wrong", end.seq))
        elif not last_seq and end.hash != CHAIN_START:
            self._tell(Finding("end_wrong", 0))
