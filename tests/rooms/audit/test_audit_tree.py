"""The Merkle tree against the definition of RFC 6962 and Certificate Transparency's own vectors."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.audit.tree import (
    EMPTY_ROOT,
    TILE_LEAVES,
    Frontier,
    chain_hash,
    leaf_hash,
    node_hash,
    path,
    root_by_path,
    split,
)

# The eight inputs and roots that the reference implementation is tested with:
# github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (leaf, counted from 0; size of the tree): the path, nearest first; from the same place.
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def defined_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word by word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + defined_root(entries[:k]) + defined_root(entries[k:])).digest()


def defined_path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1, word by word."""
    if len(entries) == 1:
        return []
    k = 1
    while k * 2 < len(entries):
        k *= 2
    if m < k:
        return [*defined_path(m, entries[:k]), defined_root(entries[k:])]
    return [*defined_path(m - k, entries[k:]), defined_root(entries[:k])]


def tree_of(entries: list[bytes]) -> Frontier:
    tree = Frontier()
    for entry in entries:
        tree.add(leaf_hash(entry))
    return tree


def path_of(index: int, entries: list[bytes]) -> list[bytes]:
    return path(index, len(entries), lambda low, high: defined_root(entries[low:high]))


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    assert tree_of(INPUTS[:size]).root().hex() == ROOTS[size]
    assert EMPTY_ROOT.hex() == ROOTS[0]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_paths_are_those_of_the_reference(index: int, size: int) -> None:
    nodes = path_of(index, INPUTS[:size])
    assert [node.hex() for node in nodes] == PATHS[index, size]
    root = root_by_path(leaf_hash(INPUTS[index]), index, size, nodes)
    assert root is not None
    assert root.hex() == ROOTS[size]


entries_st = st.lists(st.binary(max_size=6), max_size=70)


@given(entries_st, st.data())
def test_going_on_from_a_kept_edge_is_the_tree_of_all(entries: list[bytes], data: object) -> None:
    assert isinstance(data, st.DataObject)
    at = data.draw(st.integers(0, len(entries)))
    tree = tree_of(entries[:at])
    again = Frontier(tree.size, tree.kept())
    for entry in entries[at:]:
        again.add(leaf_hash(entry))
    assert again.root() == defined_root(entries)
    assert len(again.kept()) == 32 * len(entries).bit_count()


@given(entries_st.filter(bool), st.data())
def test_a_path_proves_its_own_leaf_in_its_own_place_alone(
    entries: list[bytes], data: object
) -> None:
    assert isinstance(data, st.DataObject)
    index = data.draw(st.integers(0, len(entries) - 1))
    root, nodes = defined_root(entries), path_of(index, entries)
    assert nodes == defined_path(index, entries)
    leaf = leaf_hash(entries[index])
    assert root_by_path(leaf, index, len(entries), nodes) == root
    assert root_by_path(leaf_hash(b"another"), index, len(entries), nodes) != root
    assert root_by_path(leaf, index, len(entries), [*nodes, root]) is None
    if nodes:
        assert root_by_path(leaf, index, len(entries), nodes[1:]) is None
        swapped = data.draw(st.integers(0, len(nodes) - 1))
        wrong = [*nodes[:swapped], leaf_hash(b"another"), *nodes[swapped + 1 :]]
        assert root_by_path(leaf, index, len(entries), wrong) != root
    other = data.draw(st.integers(-1, len(entries) + 1))
    if not 0 <= other < len(entries):
        assert root_by_path(leaf, other, len(entries), nodes) is None


def test_tiles_come_full_every_so_many_leaves() -> None:
    tree = Frontier()
    leaves = [leaf_hash(str(number).encode()) for number in range(3 * TILE_LEAVES + 5)]
    tiles = [tile for leaf in leaves if (tile := tree.add(leaf)) is not None]
    assert len(tiles) == 3
    for number, tile in enumerate(tiles):
        alone = Frontier()
        for leaf in leaves[number * TILE_LEAVES : (number + 1) * TILE_LEAVES]:
            alone.add(leaf)
        assert alone.root() == tile


def test_the_three_kinds_of_hashes_are_apart() -> None:
    one, two = sha256(b"1").digest(), sha256(b"2").digest()
    assert len({leaf_hash(one + two), node_hash(one, two), chain_hash(one, two)}) == 3


def test_impossible_trees_are_refused() -> None:
    for size, kept in ((-1, b""), (3, bytes(32)), (0, bytes(32)), (1, bytes(31))):
        with pytest.raises(ValueError, match="right edge"):
            Frontier(size, kept)
    for index, size in ((-1, 4), (4, 4), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            path(index, size, lambda _low, _high: bytes(32))
    assert [split(size) for size in (2, 3, 4, 5, 8, 9)] == [1, 2, 2, 4, 4, 8]
