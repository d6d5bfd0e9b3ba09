"""Pieces to vectors, each with a little of what stands around it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.resources.made_shelf import made_document, made_pieces_of
from yuepi.library.index.embedding import AROUND, AROUND_SHARE, embedded, with_what_is_around


def unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=vectors.copy(), where=lengths > 0)


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 40), st.just(3)),
        elements=st.floats(0.125, 1, width=16),
    )
)
def test_what_is_around_is_that_of_some_pieces_before_and_behind(vectors: np.ndarray) -> None:
    rows = unit(vectors)
    wanted = [
        row + AROUND_SHARE * unit(rows[max(0, at - AROUND) : at + AROUND + 1].sum(0)[None])[0]
        for at, row in enumerate(rows)
    ]
    found = with_what_is_around(rows, np.arange(len(rows)))
    assert np.allclose(found, unit(np.array(wanted)), atol=1e-4)


def test_one_alone_and_one_without_direction_stay_as_they_are() -> None:
    alone = np.array([[0.6, 0.8]], np.float32)
    assert np.allclose(with_what_is_around(alone, np.array([3])), alone)
    nothing = np.zeros((3, 2), np.float32)
    assert np.array_equal(with_what_is_around(nothing, np.arange(3)), nothing)


def test_pieces_far_apart_do_not_count_where_those_between_are_missing() -> None:
    vectors = np.eye(2, dtype=np.float32)
    assert np.allclose(with_what_is_around(vectors, np.array([1, 2 + AROUND])), vectors)
    assert not np.allclose(with_what_is_around(vectors, np.array([1, 1 + AROUND])), vectors)


def test_only_pieces_of_the_same_document_count() -> None:
    lease, notice = made_document(1), made_document(2)

    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        assert not query
        return [[1.0, 0.0] if lease.id in text else [0.0, 1.0] for text in texts]

    pieces = [(each, chunk) for each in (lease, notice) for chunk in made_pieces_of(each)]
    mixed = [piece for pair in zip(pieces, reversed(pieces), strict=True) for piece in pair]
    found = asyncio.run(embedded(embed, mixed[: len(pieces)]))
    assert {chunk.id for _, chunk, _ in found} <= {chunk.id for _, chunk in pieces}
    for document, chunk, vector in found:
        assert chunk.document_id == document.id
        assert vector == pytest.approx([1.0, 0.0] if document == lease else [0.0, 1.0])


def test_what_stands_around_a_piece_brings_it_nearer_to_a_question_about_the_whole() -> None:
    [document] = [made_document(3)]
    chunks = made_pieces_of(document)

    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        # Only the first piece is about what is asked for.
        return [[1.0, 0.0] if "第0段" in text else [0.0, 1.0] for text in texts]

    found = asyncio.run(embedded(embed, [(document, chunk) for chunk in chunks]))
    by_place = [vector for _, chunk, vector in sorted(found, key=lambda each: each[1].at)]
    assert by_place[0][0] > max(vector[0] for vector in by_place[1:])
    assert all(vector[0] > 0.05 for vector in by_place[1:])
