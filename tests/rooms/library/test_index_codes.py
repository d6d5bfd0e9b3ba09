"""Codes of vectors: the nearest by them are the nearest, older kinds are replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from lancedb.index import IvfSq

from tests.resources.made_shelf import made_document, made_pieces_of
from yuepi.library.index import generation as generation_module
from yuepi.library.index.contract import Within
from yuepi.library.index.generation import Generation
from yuepi.library.index.opening import open_index
from yuepi.library.scope import EVERYTHING

DOCUMENTS = 100


@pytest.mark.parametrize(("dimensions", "codes"), [(384, "IvfRq"), (12, "IvfSq")])
def test_the_nearest_by_codes_are_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dimensions: int, codes: str
) -> None:
    monkeypatch.setattr(generation_module, "VECTOR_ROWS_MIN", 300)
    chance = np.random.default_rng(7)

    def vectors(count: int) -> list[list[float]]:
        drawn = chance.standard_normal((count, dimensions))
        found: list[list[float]] = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).tolist()
        return found

    async def types_of(generation: Generation) -> set[str]:
        found = await generation._vectors.list_indices()
        return {each.index_type for each in found if each.columns == ["vector"]}

    async def tell() -> None:
        index = open_index(tmp_path / "index", embedder="made", dimensions=dimensions)
        documents = [made_document(number) for number in range(DOCUMENTS)]
        pieces = [(each, piece) for each in documents for piece in made_pieces_of(each)]
        await index.put_many([(each, made_pieces_of(each)) for each in documents])
        made = dict(zip((piece.id for _, piece in pieces), vectors(len(pieces)), strict=True))
        await index.put_vectors_many([(each, piece, made[piece.id]) for each, piece in pieces])
        generation = await index._current(fresh=True)
        assert generation is not None
        await generation._vectors.create_index("vector", config=IvfSq(distance_type="dot"))
        await index.tidy()
        assert await types_of(generation) == {codes}
        ids, matrix = list(made), np.array(list(made.values()))
        for question in vectors(5):
            near = np.argsort(-(matrix @ np.array(question)), kind="stable")[:20]
            found = await index.by_meaning(question, Within(EVERYTHING), 20)
            assert [each.chunk_id for each in found] == [ids[at] for at in near]
        await index.close()

    asyncio.run(tell())
