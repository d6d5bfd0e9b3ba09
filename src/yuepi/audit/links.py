"""Looking along the chain: where an entry does not follow the one before, and why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from yuepi.audit.canonical import entry_bytes
from yuepi.audit.store import Unreadable
from yuepi.audit.tree import CHAIN_START, HASH_BYTES, chain_hash, leaf_hash

AROUND: Final = 32
"""How many neighbours on either side are tried, to tell where an entry stood before."""
EXPLAINED_MAX: Final = 200
"""Of a record that is wrong all over, the first so many places are explained."""

Kind = Literal[
    "edited", "relinked", "replaced", "missing", "moved", "inserted", "truncated", "beyond_end",
    "end_missing", "end_wrong", "root_wrong", "root_forged", "root_missing", "key_unknown",
    "rewritten",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written. seq: the entry, or the size of a root.

    edited: an entry says something else than what was written.
    relinked: an entry's link was changed.
    replaced: an entry does not follow the one before: it was written anew, or entries before it
        were removed and the rest renumbered.
    missing, inserted: entries `seq` to `upto`.
    moved: an entry stands elsewhere than it was written, or is a copy of another.
    truncated: the newest entries are gone: the record ends at `upto` instead of at `seq`.
    beyond_end: entries stand after the record's end.
    end_missing, end_wrong: the record's end was changed.
    root_wrong: a signed root is not that of the first `seq` entries. root_forged: its signature
        is false. root_missing: roots before it are gone. key_unknown: another key signed it.
    rewritten: the first `seq` entries do not lead to an exported root.
    """

    kind: Kind
    seq: int
    upto: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """What the chain is made of; `honest`: the leaf is that of what the entry says."""

    seq: int
    leaf: bytes
    hash: bytes
    honest: bool


def link_of(row: Any) -> Link:
    """An entry's link, from its row."""
    if isinstance(row, Unreadable) or isinstance(row.leaf, str) or isinstance(row.hash, str):
        return Link(row.seq, bytes(HASH_BYTES), bytes(HASH_BYTES), False)
    leaf = bytes(row.leaf)
    try:
        content = entry_bytes(row.action, row.actor, row.subject, row.at, row.detail)
        honest = leaf_hash(content) == leaf
    except (TypeError, ValueError):
        # SQLite keeps what it is given: bytes where text belongs.
        honest = False
    return Link(row.seq, leaf, bytes(row.hash), honest)


class ChainCheck:
    """Takes the links in order and tells each fault once; `last` is the link to go on from."""

    def __init__(self, tell: Callable[[Finding], None]) -> None:
        self._tell = tell
        self._links: list[Link] = [Link(0, b"", CHAIN_START, True)]
        self._at = 1
        self._explained = 0
        self.last = CHAIN_START

    def feed(self, links: Iterable[Link]) -> None:
        """The next links; those at the edge wait for their neighbours."""
        self._links += links
        while self._at + AROUND < len(self._links):
            self._judge()
        # Of what is judged, the neighbours stay.
        spare = max(0, self._at - 1 - AROUND)
        if spare > AROUND:
            del self._links[:spare]
            self._at -= spare

    def finish(self) -> None:
        """Judge the rest."""
        while self._at < len(self._links):
            self._judge()

    def _judge(self) -> None:
        at = self._at
        self._at += 1
        before, link = self._links[at - 1], self._links[at]
        follows = before.seq + 1 == link.seq
        if not follows:
            self._tell(Finding("missing", before.seq + 1, link.seq - 1))
        if not link.honest:
            self._tell(Finding("edited", link.seq))
        expected = chain_hash(self.last, link.leaf)
        self.last = link.hash
        if not follows or expected == link.hash:
            return
        after = self._links[at + 1] if at + 1 < len(self._links) else None
        if after is not None and chain_hash(expected, after.leaf) == after.hash:
            self._tell(Finding("relinked", link.seq))
            self.last = expected
        else:
            self._tell(self._explained_at(at))

    def _explained_at(self, at: int) -> Finding:
        link = self._links[at]
        plain = Finding("replaced", link.seq)
        if self._explained >= EXPLAINED_MAX:
            return plain
        self._explained += 1
        written_after = self._predecessor(at)
        if written_after is None:
            return plain
        between = range(written_after + 1, at)
        if not between or any(self._displaced(each) for each in between):
            return Finding("moved", link.seq)
        # Those between do not belong here, or this one: the chain goes on from the right one.
        last = at + 1 == len(self._links)
        if len(between) > 1 if last else self._predecessor(at + 1) != at:
            return Finding("moved", link.seq)
        return Finding("inserted", self._links[between[0]].seq, self._links[between[-1]].seq)

    def _displaced(self, at: int) -> bool:
        return self._predecessor(at) not in (None, at - 1)

    def _predecessor(self, at: int) -> int | None:
        """Where the entry stands that this one was written after, of its neighbours."""
        link = self._links[at]
        low, high = max(0, at - 1 - AROUND), min(len(self._links), at + AROUND)
        for other in range(low, high):
            if other != at and chain_hash(self._links[other].hash, link.leaf) == link.hash:
                return other
        return None
