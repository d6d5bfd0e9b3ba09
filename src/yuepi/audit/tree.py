"""Hashes over the record: a chain from entry to entry, and the Merkle tree of RFC 6962 (2.1).

    leaf  = SHA-256(0x00 || entry bytes)
    node  = SHA-256(0x01 || left || right)
    chain = SHA-256(0x02 || chain of the entry before || leaf)

The first byte keeps the three apart: nothing that is one can be passed off as another. Pure
functions on bytes; every hash has 32 of them. Ranges of leaves are half open, counted from 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
CHAIN_START: Final = bytes(HASH_BYTES)
"""What stands in the place of the chain before the first entry."""
EMPTY_ROOT: Final = sha256(b"").digest()

TILE_HEIGHT: Final = 10
TILE_LEAVES: Final = 1 << TILE_HEIGHT
"""A tile is the root over so many leaves, kept so that paths need not be made from all leaves."""

RootOf = Callable[[int, int], bytes]
"""The root over a range of leaves [low, high)."""


def leaf_hash(entry: bytes) -> bytes:
    """The leaf of an entry's bytes."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two others."""
    return sha256(b"\x01" + left + right).digest()


def chain_hash(previous: bytes, leaf: bytes) -> bytes:
    """The chain's link of an entry."""
    return sha256(b"\x02" + previous + leaf).digest()


class Frontier:
    """The right edge of a growing tree: all that is needed to go on from its `size`.

    It holds the roots of the full subtrees the size is made of, the largest first: one per binary
    one in `size`. Adding n leaves costs O(n), a root O(log size).
    """

    def __init__(self, size: int = 0, kept: bytes = b"") -> None:
        if size < 0 or len(kept) != HASH_BYTES * size.bit_count():
            raise ValueError(f"not the right edge of a tree of {size} leaves")
        self.size = size
        self._roots = [kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES)]

    def add(self, leaf: bytes) -> bytes | None:
        """Take in the next leaf; gives the tile that came full with it, if one did."""
        size, height, root = self.size, 0, leaf
        tile: bytes | None = None
        while size & 1:
            root = node_hash(self._roots.pop(), root)
            size, height = size >> 1, height + 1
            if height == TILE_HEIGHT:
                tile = root
        self._roots.append(root)
        self.size += 1
        return tile

    def root(self) -> bytes:
        """The tree's root at the present size."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root

    def kept(self) -> bytes:
        """What to keep in order to go on later: `Frontier(size, kept)`."""
        return b"".join(self._roots)


def split(size: int) -> int:
    """The largest power of two below `size`: where RFC 6962 divides a tree of two or more."""
    return 1 << ((size - 1).bit_length() - 1)


def path(index: int, size: int, root_of: RootOf) -> list[bytes]:
    """The audit path of a leaf in the tree of `size` leaves (RFC 6962, 2.1.1), nearest first."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    low, high = 0, size
    found: list[bytes] = []
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            found.append(root_of(middle, high))
            high = middle
        else:
            found.append(root_of(low, middle))
            low = middle
    return found[::-1]


def root_by_path(leaf: bytes, index: int, size: int, nodes: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to; None where it has the wrong length for that place."""
    if not 0 <= index < size:
        return None
    # RFC 9162, 2.1.3.2: `last` is the place of the last node on the level.
    place, last, root = index, size - 1, leaf
    for node in nodes:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(node, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, node)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None
