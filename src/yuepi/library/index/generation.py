"""One generation of the index: a table of pieces and a table of vectors that belong together.

Each change is one commit, so readers see a document's pieces all or not at all. Errors of the
index's library pass through; `lance` makes them ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pyarrow as pa
from lancedb.index import FTS, Bitmap, BTree, IvfRq, IvfSq

from yuepi.kit.allocator import give_back_memory
from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.index.commonness import commonness
from yuepi.library.index.contract import RANKED_MAX, Ranked
from yuepi.library.index.filters import one_of, quoted
from yuepi.library.index.passage import hash_of
from yuepi.library.index.rows import (
    CHUNK_COLUMNS,
    CHUNKS,
    chunk_of,
    chunk_rows,
    vector_rows,
    vectors_schema,
)

Put = Sequence[tuple[Document, Sequence[Chunk]]]

VECTOR_ROWS_MIN: Final = 20_000
"""Below, all vectors are compared as they are; above, first 4-bit codes of all of them (RaBitQ),
then the nearest as they are: the same answer (of 100,000 vectors the 80 and the 400 nearest, for 60
questions) in a fourth of the time that 8-bit codes take."""
CODE_BITS: Final = 4
CODED_EIGHTS: Final = 8
"""Only vectors of so many numbers, or a multiple, can be coded so; others get 8-bit codes."""
PARTITION_ROWS: Final = 16_384
PARTITIONS_MAX: Final = 64
REFINE: Final = 5
KEPT_FOR: Final = timedelta(minutes=10)
"""So long what a reader may still be reading is not deleted."""

_PIECE: Final = ["id", "hash", "owner", "department"]
"""What a vector has in common with the piece that it belongs to."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the index has of a document. stand: how its row was (`rows.stand_of`), "" where its
    pieces differ in it, or it has vectors of other pieces: those of an embedder that was out of use
    while the document changed."""

    stand: str
    chunks: int
    vectors: int


class Generation:
    """The two tables; number: later ones replace earlier ones."""

    def __init__(self, number: int, chunks: Any, vectors: Any, dimensions: int) -> None:
        self.number: Final = number
        self._chunks = chunks
        self._vectors = vectors
        self._dimensions = dimensions

    # --- changes ---------------------------------------------------------------------------------

    async def put(self, put: Put) -> None:
        """Make these the pieces of these documents, instead of all that they had."""
        pieces = [(document, list({c.id: c for c in chunks}.values())) for document, chunks in put]
        documents = one_of("document", [document.id for document, _ in pieces])
        rows = await asyncio.to_thread(chunk_rows, pieces)
        if rows.num_rows:
            merge = self._chunks.merge_insert("id").when_matched_update_all()
            merge = merge.when_not_matched_insert_all().when_not_matched_by_source_delete(documents)
            await merge.execute(rows)
        else:
            await self._chunks.delete(documents)
        await self._fit_vectors(pieces, documents)

    async def _fit_vectors(self, pieces: Put, documents: str) -> None:
        """Delete the vectors that belong to none of the pieces; the others go where the document
        went."""
        found = await self._vector_heads(documents)
        wanted = {chunk.id: hash_of(chunk) for _, chunks in pieces for chunk in chunks}
        old = [row["id"] for row in found if wanted.get(row["id"]) != row["hash"]]
        if old:
            await self._vectors.delete(one_of("id", old))
        for document, _ in pieces if found else ():
            await self._fit_audience(document, found)

    async def _fit_audience(self, document: Document, heads: Sequence[Mapping[str, Any]]) -> None:
        now = (document.owner_id, document.department_id)
        mine = [row for row in heads if row["document"] == document.id]
        if any((row["owner"], row["department"]) != now for row in mine):
            await self._vectors.update(
                {"owner": document.owner_id, "department": document.department_id},
                where=f"document = {quoted(document.id)}",
            )

    async def without_vectors(self, document: Document) -> list[Chunk]:
        """The pieces of a document that have no vector of their text; those that have one go where
        the document went."""
        condition = f"document = {quoted(document.id)}"
        chunks = await self.pieces(condition)
        heads = await self._vector_heads(condition)
        await self._fit_audience(document, heads)
        has = {row["id"]: row["hash"] for row in heads}
        return [chunk for chunk in chunks if has.get(chunk.id) != hash_of(chunk)]

    async def _vector_heads(self, condition: str) -> list[dict[str, Any]]:
        fields = ["id", "hash", "document", "owner", "department"]
        rows = await self._vectors.query().where(condition).select(fields).to_arrow()
        found: list[dict[str, Any]] = rows.to_pylist()
        return found

    async def put_vectors(self, rows: Sequence[tuple[Document, Chunk, Sequence[float]]]) -> None:
        """Add vectors of pieces."""
        by_id = {chunk.id: (document, chunk, vector) for document, chunk, vector in rows}
        table = await asyncio.to_thread(vector_rows, list(by_id.values()), self._dimensions)
        await self._add_vectors(table)

    async def _add_vectors(self, table: Any) -> None:
        if table.num_rows:
            merge = self._vectors.merge_insert("id").when_matched_update_all()
            await merge.when_not_matched_insert_all().execute(table)

    async def copy_vectors(self, of: Generation, put: Put) -> None:
        """Take over the vectors that another generation has of just these pieces."""
        documents = one_of("document", [document.id for document, _ in put])
        table = await of._vectors.query().where(documents).to_arrow()
        wanted = {chunk.id: hash_of(chunk) for _, chunks in put for chunk in chunks}
        ids, hashes = table["id"].to_pylist(), table["hash"].to_pylist()
        fits = [wanted.get(id_) == hash_ for id_, hash_ in zip(ids, hashes, strict=True)]
        kept = table.filter(pa.array(fits, pa.bool_()))
        await self._add_vectors(kept.cast(vectors_schema(self._dimensions)))

    async def remove(self, document_ids: Collection[str]) -> None:
        """Take documents out."""
        documents = one_of("document", document_ids)
        await self._chunks.delete(documents)
        await self._vectors.delete(documents)

    # --- search ----------------------------------------------------------------------------------

    async def by_words(self, words: str, condition: str | None, rows_max: int) -> list[Ranked]:
        """The pieces whose words fit best."""
        query = self._chunks.query().nearest_to_text(words, columns=["words"])
        rows = await _first(query, condition, rows_max, "_score")
        return [_ranked(row, row["_score"]) for row in rows.to_pylist()]

    async def by_meaning(
        self, vector: Sequence[float], condition: str | None, rows_max: int
    ) -> list[Ranked]:
        """The pieces whose vectors are nearest; all are compared."""
        query = self._vectors.query().nearest_to(list(vector)).distance_type("dot")
        query = query.nprobes(PARTITIONS_MAX).refine_factor(REFINE)
        return _near(await _first(query, condition, rows_max, "_distance", "vector"))

    async def pieces(self, condition: str) -> list[Chunk]:
        """The pieces that fulfil a condition."""
        query = self._chunks.query().where(condition).select(list(CHUNK_COLUMNS))
        return [chunk_of(row) for row in (await query.to_arrow()).to_pylist()]

    async def vectors_of(self, document_id: str) -> dict[str, list[float]]:
        """A document's vectors."""
        query = self._vectors.query().where(f"document = {quoted(document_id)}")
        rows = (await query.select(["id", "vector"]).to_arrow()).to_pylist()
        return {row["id"]: row["vector"] for row in rows}

    # --- upkeep ----------------------------------------------------------------------------------

    async def counts(self) -> tuple[int, int]:
        """How many pieces and vectors there are."""
        return await self._chunks.count_rows(), await self._vectors.count_rows()

    async def standing(self) -> Mapping[str, Standing]:
        """What there is of each document."""
        chunks = await self._chunks.query().select(["document", "stand", *_PIECE]).to_arrow()
        vectors = await self._vectors.query().select(["document", *_PIECE]).to_arrow()
        return await asyncio.to_thread(_standing, chunks, vectors)

    async def tidy(self) -> None:
        """Take new rows into the indexes, put small files together, delete what nobody reads any
        more. Readers and writers go on meanwhile."""
        for table in (self._chunks, self._vectors):
            await table.optimize(cleanup_older_than=KEPT_FOR)
            await asyncio.to_thread(give_back_memory)
        rows = await self._vectors.count_rows()
        if rows < VECTOR_ROWS_MIN:
            return
        partitions = min(PARTITIONS_MAX, max(1, rows // PARTITION_ROWS))
        codes: IvfRq | IvfSq = IvfSq(distance_type="dot", num_partitions=partitions)
        if self._dimensions % CODED_EIGHTS == 0:
            codes = IvfRq(distance_type="dot", num_partitions=partitions, num_bits=CODE_BITS)
        # Those of another kind, which an older version made, are replaced.
        made = {index.index_type for index in await self._vectors.list_indices()}
        if type(codes).__name__ not in made:
            await self._vectors.create_index("vector", config=codes)
            await asyncio.to_thread(give_back_memory)

    async def unindexed(self) -> int:
        """How many pieces are searched one by one, for they came after the last `tidy`."""
        statistics = await self._chunks.index_stats("words_idx")
        return 0 if statistics is None else int(statistics.num_unindexed_rows)


def _standing(chunks: Any, vectors: Any) -> dict[str, Standing]:
    """In a thread."""
    grouped = chunks.group_by("document").aggregate(
        [("stand", "min"), ("stand", "max"), ("stand", "count")]
    )
    pieces = _comparable(chunks)
    fit = _comparable(vectors).join(pieces.select(_PIECE), keys=_PIECE, join_type="left semi")
    has, fits = _counts(vectors), _counts(fit)
    strange = {document for document, count in has.items() if count != fits.get(document)}
    found = {
        row["document"]: Standing(
            row["stand_min"]
            if row["stand_min"] == row["stand_max"] and row["document"] not in strange
            else "",
            row["stand_count"],
            has.pop(row["document"], 0),
        )
        for row in grouped.to_pylist()
    }
    # Vectors without pieces belong to nobody.
    return found | {document: Standing("", 0, count) for document, count in has.items()}


def _comparable(rows: Any) -> Any:
    """No department is a value, too: nothing is ever equal to null."""
    at = rows.schema.get_field_index("department")
    return rows.set_column(at, "department", rows["department"].fill_null(""))


def _counts(rows: Any) -> dict[str, int]:
    """How many rows each document has."""
    counts = rows.group_by("document").aggregate([("document", "count")])
    documents, numbers = counts["document"].to_pylist(), counts["document_count"].to_pylist()
    return dict(zip(documents, numbers, strict=True))


async def make_tables(
    connection: Any, number: int, names: tuple[str, str], dimensions: int
) -> Generation:
    """The generation with these names of tables; what of it is not there yet is made. By several
    together, it comes to one."""
    words = FTS(
        base_tokenizer="whitespace", stem=True, remove_stop_words=False, max_token_length=120
    )
    table = await _table(connection, names[0], CHUNKS)
    configs = {"words": words, "id": BTree(), "document": BTree()}
    await _index(table, {**configs, "owner": Bitmap(), "department": Bitmap()})
    meanings = await _table(connection, names[1], vectors_schema(dimensions))
    configs = {"id": BTree(), "document": BTree()}
    await _index(meanings, {**configs, "owner": Bitmap(), "department": Bitmap()})
    return Generation(number, table, meanings, dimensions)


async def _table(connection: Any, name: str, schema: Any) -> Any:
    try:
        return await connection.create_table(name, schema=schema, exist_ok=True)
    except (RuntimeError, ValueError) as error:
        if "already exists" not in str(error):
            raise
        return await connection.open_table(name)


async def _index(table: Any, configs: Mapping[str, Any]) -> None:
    present = await _indexed(table)
    for column, config in configs.items():
        if column not in present:
            await table.create_index(column, config=config)


async def _indexed(table: Any) -> set[str]:
    return {column for index in await table.list_indices() for column in index.columns}


async def _first(query: Any, condition: str | None, rows_max: int, *more: str) -> Any:
    if condition is not None:
        query = query.where(condition)
    fields = ["id", "document", "version", *more]
    return await query.select(fields).limit(min(rows_max, RANKED_MAX)).to_arrow()


def _near(rows: Any) -> list[Ranked]:
    """Rows by meaning, with how common each is among them."""
    vectors = rows["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    common = commonness(vectors.reshape(rows.num_rows, -1)) if rows.num_rows else ()
    heads = rows.drop_columns(["vector"]).to_pylist()
    return [
        _ranked(row, 1.0 - row["_distance"], float(each))
        for row, each in zip(heads, common, strict=True)
    ]


def _ranked(row: Mapping[str, Any], score: float, common: float = 0.0) -> Ranked:
    return Ranked(row["id"], row["document"], row["version"], score, common)
