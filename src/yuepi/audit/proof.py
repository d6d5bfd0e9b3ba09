"""Proof that one entry stands in the tree under a signed root, without showing the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from yuepi.audit.signed_root import record_broken
from yuepi.audit.store import Record
from yuepi.audit.tree import TILE_LEAVES, Frontier, node_hash, path, root_by_path, split
from yuepi.kit.database import Database
from yuepi.kit.errors import BadUsage

SIZE_MAX: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Proof:
    """That the entry of number `seq` is the leaf `seq - 1` of the tree over `size` entries.

    nodes: the audit path of RFC 6962 (2.1.1), the nearest first.
    """

    seq: int
    size: int
    leaf: bytes
    nodes: tuple[bytes, ...]


def check_proof(proof: Proof, root: bytes) -> bool:
    """Whether the proof leads to that root. The leaf is to be compared with the entry's own."""
    return root_by_path(proof.leaf, proof.seq - 1, proof.size, proof.nodes) == root


async def prove(database: Database, seq: int, size: int) -> Proof:
    """The proof of an entry in the tree over the first `size`.

    Costs some two thousand leaves and one hash per 1,024 entries. Raises `BadUsage` for an entry
    that is not among them, `RecordBroken` where entries are missing.
    """
    if not 1 <= seq <= size <= SIZE_MAX:
        raise BadUsage(
            f"there is no entry {seq} among the first {size}",
            remedy="ask for an entry that a signed root covers",
        )
    record = Record(database)
    index, full = seq - 1, size // TILE_LEAVES
    tiles = await record.tiles(full)
    leaves: dict[int, bytes] = {}
    # Of the leaves: those of the entry's own tile, those after the last full tile, and those of
    # tiles that are not kept yet (or no longer).
    needed = {index // TILE_LEAVES, full} | (set(range(full)) - set(tiles))
    for number in sorted(needed):
        low = number * TILE_LEAVES
        high = min(low + TILE_LEAVES, size)
        found = await record.leaves(low, high)
        if len(found) != high - low:
            raise record_broken(f"entries between {low + 1} and {high} are missing")
        if number in (index // TILE_LEAVES, full):
            leaves.update(enumerate(found, low))
        else:
            tiles[number] = await asyncio.to_thread(_root, found)

    def root_of(low: int, high: int) -> bytes:
        if high - low == 1:
            return leaves[low]
        if high - low == TILE_LEAVES and low % TILE_LEAVES == 0 and low // TILE_LEAVES in tiles:
            return tiles[low // TILE_LEAVES]
        frontier = Frontier()
        if high - low < TILE_LEAVES:
            for at in range(low, high):
                frontier.add(leaves[at])
            return frontier.root()
        middle = low + split(high - low)
        return node_hash(root_of(low, middle), root_of(middle, high))

    nodes = await asyncio.to_thread(path, index, size, root_of)
    return Proof(seq, size, leaves[index], tuple(nodes))


def _root(leaves: list[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()
