"""How common what a piece says is among those found with it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yuepi.library.index.commonness import NEIGHBOURS, commonness


def test_what_many_say_is_common_and_what_one_says_is_not() -> None:
    said = np.eye(4, dtype=np.float32)
    found = commonness(np.stack([*[said[0]] * (NEIGHBOURS + 1), said[1]]))
    assert np.allclose(found[:-1], 1.0)
    assert np.isclose(found[-1], 0.0)


def test_of_none_and_of_one_nothing_is_said() -> None:
    assert commonness(np.zeros((0, 4), np.float32)).tolist() == []
    assert commonness(np.ones((1, 4), np.float32)).tolist() == [0.0]


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_it_is_a_likeness_whatever_the_order(count: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    vectors = dice.standard_normal((count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = commonness(vectors)
    assert ((found >= -1.001) & (found <= 1.001)).all()
    order = dice.permutation(count)
    assert np.allclose(commonness(vectors[order]), found[order], atol=1e-5)
