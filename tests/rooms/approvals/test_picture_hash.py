"""Fingerprints of pages: the same for a copy, a hint at most, found among many."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.approvals.picture_hash import picture_hash
from yuepi.approvals.similar import (
    DISTANCE_MAX,
    SIMILAR_MAX,
    Similar,
    distance,
    nearest,
    similar_finding,
)
from yuepi.approvals.store.history import bands
from yuepi.sight.pixels import Picture

HASHES = st.integers(0, 2**64 - 1).map(lambda bits: f"{bits:016x}")


def photo(seed: int, height: int = 900, width: int = 1300) -> Picture:
    """A sheet with lines of print on a table, lit from one side."""
    chance = np.random.default_rng(seed)
    ground = cv2.resize(chance.integers(40, 200, (6, 8), dtype=np.uint8), (width, height))
    picture = np.repeat(ground[..., None], 3, axis=2)
    left, top = chance.integers(40, 300, 2)
    right, bottom = width - int(chance.integers(40, 300)), height - int(chance.integers(40, 200))
    cv2.rectangle(picture, (int(left), int(top)), (right, bottom), (240, 238, 230), -1)
    for _ in range(40):
        x, y = int(chance.integers(left, right)), int(chance.integers(top, bottom))
        long = int(chance.integers(20, 260))
        cv2.rectangle(picture, (x, y), (min(right, x + long), y + 12), (60, 40, 40), -1)
    return picture


def hashed(picture: Picture) -> str:
    found = picture_hash(picture)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_copy_looks_the_same(seed: int) -> None:
    original = photo(seed)
    name = hashed(original)
    assert len(name) == 16
    smaller = np.asarray(cv2.resize(original, None, fx=0.4, fy=0.4), dtype=np.uint8)
    _, packed = cv2.imencode(".jpg", original, [cv2.IMWRITE_JPEG_QUALITY, 40])
    again = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
    brighter = np.asarray(cv2.convertScaleAbs(original, alpha=1.0, beta=12), dtype=np.uint8)
    grey = np.asarray(cv2.cvtColor(original, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    for copy in (smaller, again, brighter, grey):
        assert distance(name, hashed(copy)) <= 3
    edited = original.copy()
    edited[400:412, 500:560] = (60, 40, 40)
    assert distance(name, hashed(edited)) <= DISTANCE_MAX


def test_other_photos_look_different() -> None:
    hashes = [hashed(photo(seed)) for seed in range(40)]
    pairs = [(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]
    assert min(distance(one, other) for one, other in pairs) > DISTANCE_MAX


@pytest.mark.parametrize("shape", [(0, 10, 3), (100, 100, 3), (1, 1, 3), (50, 40)])
def test_nothing_to_see_has_no_hash(shape: tuple[int, ...]) -> None:
    assert picture_hash(np.full(shape, 255, dtype=np.uint8)) is None


@given(HASHES, st.sets(st.integers(0, 63), max_size=3))
def test_what_differs_in_three_bits_shares_a_band(picture: str, flips: set[int]) -> None:
    other = int(picture, 16)
    for flip in flips:
        other ^= 1 << flip
    assert distance(picture, f"{other:016x}") == len(flips)
    assert set(bands(picture)) & set(bands(f"{other:016x}"))


@given(HASHES)
def test_bands_are_four_numbers_apart(picture: str) -> None:
    found = bands(picture)
    assert [band >> 16 for band in found] == [0, 1, 2, 3]
    assert "".join(f"{band & 0xFFFF:04x}" for band in found) == picture


def test_the_nearest_claims_come_first() -> None:
    others = [
        ("clm_far", "ffffffffffffffff"),
        ("clm_near", "0000000000000001"),
        ("clm_same", "0000000000000000"),
        ("clm_same", "00000000000000ff"),
        ("clm_edge", f"{(1 << DISTANCE_MAX) - 1:016x}"),
        ("clm_over", f"{(1 << DISTANCE_MAX + 1) - 1:016x}"),
    ]
    found = nearest(["0000000000000000", "00000000ffffffff"], others)
    assert found == [
        Similar("clm_same", 0), Similar("clm_near", 1), Similar("clm_edge", DISTANCE_MAX),
    ]  # fmt: skip
    assert nearest([], others) == []
    many = [(f"clm_{at}", "0000000000000000") for at in range(50)]
    assert len(nearest(["0000000000000000"], many)) == SIMILAR_MAX


def test_the_hint_is_no_more_than_one() -> None:
    assert similar_finding([]) is None
    finding = similar_finding([Similar("clm_1", 2)])
    assert finding is not None
    assert (finding.code, finding.severity) == ("similar_picture", "info")
    assert "clm_1" in finding.message_zh
