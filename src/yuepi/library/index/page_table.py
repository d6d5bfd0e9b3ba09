"""Vectors of page pictures: one table beside the index, in a folder or a bucket.

A row is a page of a version, with one or many vectors. Pages are compared by late interaction
(ColPali, arXiv 2407.01449): for each vector of the question the nearest of the page's, added up;
all pages, never a sample. Of another embedder there is another table. Like the index it is
derived: it may be lost, lag or be wrong about who sees what.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

import lancedb
import pyarrow as pa
from lancedb.index import Bitmap, BTree

from yuepi.documents.kept_pages import KeptPage
from yuepi.library.document import Document
from yuepi.library.index.contract import Within
from yuepi.library.index.faults import ERRORS, errors_told, in_peace
from yuepi.library.index.filters import condition_of, one_of, quoted
from yuepi.library.index.pages import PageRow, RankedPage, page_id
from yuepi.library.index.rows import KEY

DoneT = TypeVar("DoneT")
Seen = tuple[Document, KeptPage, Sequence[Sequence[float]]]
"""A page of a document with its vectors."""

PAGES_MAX: Final = 100
KEPT_FOR: Final = timedelta(minutes=10)
CACHE_BYTES: Final = 64 * 2**20
META_BYTES: Final = 16 * 2**20
PREFIX: Final = "pages_"
_WAITS: Final = {"request_timeout": "30s", "connect_timeout": "10s"}
_HEADS: Final = ["id", "document", "version", "page", "owner", "department", "picture"]


class PageTable:
    """All may raise `IndexBroken` and `Unavailable`. label: what tells its vectors from those of
    other models; dimensions: of each vector."""

    def __init__(self, place: str | Path, label: str, dimensions: int) -> None:
        self._place = str(place)
        self.name = table_name(label, dimensions)
        vector = pa.list_(pa.float16(), dimensions)
        self._schema = pa.schema(
            [
                pa.field("id", pa.string(), False, metadata=KEY),
                pa.field("document", pa.string(), False),
                pa.field("version", pa.string(), False),
                pa.field("page", pa.int32(), False),
                pa.field("owner", pa.string(), False),
                pa.field("department", pa.string()),
                # Of the picture: vectors belong to it or are old.
                pa.field("picture", pa.string(), False),
                pa.field("vectors", pa.list_(vector), False),
            ]
        )
        self._connection: Any = None
        self._table: Any = None
        self._opening = asyncio.Lock()

    async def put(self, seen: Sequence[Seen]) -> None:
        """Put these pages in; done again, by anybody, it comes to the same."""
        rows = await asyncio.to_thread(self._rows, list(seen))

        async def merge(table: Any) -> None:
            merging = table.merge_insert("id").when_matched_update_all()
            await merging.when_not_matched_insert_all().execute(rows)

        if rows.num_rows:
            await self._write(merge)

    async def rows(self, document_ids: Collection[str]) -> list[PageRow]:
        """The pages of these documents that are there, without their vectors."""
        condition = one_of("document", document_ids)

        async def rows(table: Any) -> list[PageRow]:
            found = await table.query().where(condition).select(_HEADS).to_arrow()
            return [PageRow(**each) for each in found.to_pylist()]

        return await self._do(rows)

    async def documents(self) -> set[str]:
        """The documents that have pages."""

        async def documents(table: Any) -> set[str]:
            found = await table.query().select(["document"]).to_arrow()
            return set(found["document"].unique().to_pylist())

        return await self._do(documents)

    async def remove(self, document_ids: Collection[str]) -> None:
        """Take documents out."""
        condition = one_of("document", document_ids)
        await self._write(lambda table: table.delete(condition))

    async def remove_pages(self, ids: Collection[str]) -> None:
        """Take single pages out, by their ids."""
        condition = one_of("id", ids)
        await self._write(lambda table: table.delete(condition))

    async def fit_audience(self, document: Document) -> None:
        """The document is somebody else's now."""
        audience = {"owner": document.owner_id, "department": document.department_id}
        where = f"document = {quoted(document.id)}"
        await self._write(lambda table: table.update(audience, where=where))

    async def nearest(
        self, vectors: Sequence[Sequence[float]], within: Within, rows_max: int
    ) -> list[RankedPage]:
        """The pages nearest to a question, best first."""
        condition = condition_of(within)

        async def nearest(table: Any) -> list[RankedPage]:
            query = table.query().nearest_to([list(vector) for vector in vectors])
            query = query.column("vectors").distance_type("cosine")
            if condition is not None:
                query = query.where(condition)
            fields = ["document", "version", "page", "_distance"]
            rows = await query.select(fields).limit(min(rows_max, PAGES_MAX)).to_arrow()
            return [
                RankedPage(row["document"], row["version"], row["page"], -row["_distance"])
                for row in rows.to_pylist()
            ]

        return await self._do(nearest)

    async def tidy(self) -> None:
        """Put small files together; readers and writers go on meanwhile."""
        await self._write(lambda table: table.optimize(cleanup_older_than=KEPT_FOR))

    async def drop(self) -> None:
        """Forget all vectors of pages, those of other models too."""
        async with errors_told(self._place), self._opening:
            connection = await self._connected()
            for name in (await connection.list_tables()).tables:
                if name.startswith(PREFIX):
                    await connection.drop_table(name, ignore_missing=True)
            self._table = None

    async def close(self) -> None:
        """Let go of it; opened again by the next call."""
        self._table, connection, self._connection = None, self._connection, None
        if connection is not None:
            connection.close()

    # --- inside ----------------------------------------------------------------------------------

    def _rows(self, seen: Sequence[Seen]) -> Any:
        unique = {page_id(document, page): (document, page, v) for document, page, v in seen}
        pairs = [(document, page) for document, page, _ in unique.values()]
        return pa.table(
            {
                "id": list(unique),
                "document": [document.id for document, _ in pairs],
                "version": [document.version_id for document, _ in pairs],
                "page": [page.page for _, page in pairs],
                "owner": [document.owner_id for document, _ in pairs],
                "department": [document.department_id for document, _ in pairs],
                "picture": [page.sha256 for _, page in pairs],
                "vectors": self._column([vectors for *_, vectors in unique.values()]),
            },
            schema=self._schema,
        )

    def _column(self, vectors: Sequence[Sequence[Sequence[float]]]) -> Any:
        column = self._schema.field("vectors").type
        wide = pa.list_(pa.list_(pa.float32(), column.value_type.list_size))
        return pa.array([[list(one) for one in page] for page in vectors], wide).cast(column)

    async def _write(self, work: Callable[[Any], Awaitable[Any]]) -> None:
        async def done(table: Any) -> None:
            await in_peace(partial(work, table))

        await self._do(done)

    async def _do(self, work: Callable[[Any], Awaitable[DoneT]]) -> DoneT:
        async with errors_told(self._place):
            try:
                return await work(await self._opened())
            except ERRORS:
                # It may have been dropped this moment, by a rebuild: look once more.
                await self.close()
                return await work(await self._opened())

    async def _opened(self) -> Any:
        async with self._opening:
            if self._table is None:
                await in_peace(self._make)
            return self._table

    async def _make(self) -> None:
        connection = await self._connected()
        table = await connection.create_table(self.name, schema=self._schema, exist_ok=True)
        present = {column for index in await table.list_indices() for column in index.columns}
        configs: Mapping[str, Any] = {
            "id": BTree(), "document": BTree(), "owner": Bitmap(), "department": Bitmap(),
        }  # fmt: skip
        for column, config in configs.items():
            if column not in present:
                await table.create_index(column, config=config)
        self._table = table

    async def _connected(self) -> Any:
        if self._connection is None:
            self._connection = await connect(self._place)
        return self._connection


def table_name(label: str, dimensions: int) -> str:
    """What the table of a model's vectors is called."""
    return PREFIX + sha256(f"{label} {dimensions}".encode()).hexdigest()[:12]


async def connect(place: str) -> Any:
    """To the tables at a place; a folder is made if need be."""
    remote = "://" in place
    if not remote:
        await asyncio.to_thread(Path(place).mkdir, 0o700, parents=True, exist_ok=True)
    return await lancedb.connect_async(
        place,
        storage_options=_WAITS if remote else None,
        read_consistency_interval=timedelta(0),
        session=lancedb.Session(CACHE_BYTES, META_BYTES),
    )
