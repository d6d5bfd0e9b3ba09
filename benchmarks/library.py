"""How well the library finds: a made shelf, its questions, our search beside others.

Stages, each kept in the folder `--cache` and skipped where it is there: `make` draws the papers,
`read` puts them on the shelf and reads them with the embedded reader, `index` cuts, indexes and
embeds them, `ask` asks all questions of every way to search. `--again read,index` does a stage
anew. What was embedded is kept by its text, so that cutting anew embeds only what changed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import pickle
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.library_peers import peers_of
from benchmarks.library_score import FIRST, HEADINGS, Cited, Line, Tally, outcome_of
from yuepi.access.principal import ROOT_DEPARTMENT
from yuepi.app.data_folder import database_of
from yuepi.app.library import Library, open_library
from yuepi.app.wiring import desk_reader
from yuepi.engines.contract import ModelEntry
from yuepi.gateway.registry import build_embedder
from yuepi.kit.blobs import open_blobs
from yuepi.kit.clock import utc_now
from yuepi.kit.settings import load_settings
from yuepi.lab.library_corpus import Corpus, Question, make_corpus
from yuepi.lab.library_corpus.names import TODAY
from yuepi.library.actor import OPERATOR
from yuepi.library.asking.asked import Asked, Done
from yuepi.library.chunk import Chunk
from yuepi.library.index.contract import Ranked, Within
from yuepi.library.reading import ShelfReader
from yuepi.library.scope import EVERYTHING

TUNING_SEED, REPORTING_SEED = 71, 72
HITS = 20
DEPARTMENT = ROOT_DEPARTMENT
WANTED = (("hit@1", 0.80), ("hit@5", 0.95), ("cited box holds the answer", 0.90))


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    papers: int
    questions: int
    tuning: bool
    cache: Path
    again: frozenset[str]
    verbose: bool
    asker: bool


class KeptVectors:
    """An embedder whose vectors of passages are kept in a file, by their text."""

    def __init__(self, place: Path, engine: str) -> None:
        self._inner = build_embedder(ModelEntry(engine, engine, {}, place.parent))
        self.dimensions = self._inner.dimensions
        self._rows = sqlite3.connect(place, check_same_thread=False)
        self._rows.execute("CREATE TABLE IF NOT EXISTS v (h BLOB PRIMARY KEY, v BLOB)")
        self.made = 0

    async def embed(self, texts: Sequence[str], *, query: bool = False) -> list[list[float]]:
        if query:
            return await self._inner.embed(texts, query=True)
        names = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts]
        known = {name: self._known(name) for name in names}
        missing = [at for at, name in enumerate(names) if known[name] is None]
        if missing:
            for at, vector in zip(
                missing, await self._inner.embed([texts[at] for at in missing]), strict=True
            ):
                known[names[at]] = vector
                blob = np.asarray(vector, np.float32).tobytes()
                self._rows.execute("INSERT OR IGNORE INTO v VALUES (?, ?)", (names[at], blob))
            self._rows.commit()
            self.made += len(missing)
        return [known[name] or [] for name in names]

    def _known(self, name: bytes) -> list[float] | None:
        row = self._rows.execute("SELECT v FROM v WHERE h = ?", (name,)).fetchone()
        return None if row is None else np.frombuffer(row[0], np.float32).tolist()

    async def warm(self) -> None:
        await self._inner.warm()

    async def close(self) -> None:
        await self._inner.close()
        self._rows.close()


def measure(options: argparse.Namespace) -> None:
    """Run the stages and print the tables."""
    tuning = bool(options.tuning)
    chosen = Options(
        papers=options.papers or (400 if tuning else 2_000),
        questions=options.questions or (120 if tuning else 300),
        tuning=tuning,
        cache=options.cache or Path("build/library"),
        again=frozenset(filter(None, options.again.split(","))),
        verbose=options.verbose,
        asker=options.asker,
    )
    asyncio.run(_measure(chosen))


async def _measure(options: Options) -> None:
    seed = TUNING_SEED if options.tuning else REPORTING_SEED
    folder = options.cache / f"{seed}-{options.papers}"
    folder.mkdir(parents=True, exist_ok=True)
    corpus = make_corpus(seed, options.papers, options.questions, tuning=options.tuning)
    files, places = _files(corpus, folder, again="make" in options.again)
    async with _library(folder / "data", options.cache / "vectors.sqlite3") as (library, vectors):
        if "read" in options.again or not (folder / "read").exists():
            await _read(library, files, folder)
            (folder / "read").touch()
        await _index(library, vectors, again="index" in options.again)
        await _ask(library, vectors, corpus, places, options)


# --- make ----------------------------------------------------------------------------------------


def _files(
    corpus: Corpus, folder: Path, *, again: bool
) -> tuple[list[tuple[str, str]], dict[str, list[Line]]]:
    """Folder and name of each file, and where the answers to each question stand."""
    known, place = folder / "files.pickle", folder / "files"
    key = (len(corpus.papers), [question.text for question in corpus.questions])
    if known.exists() and not again:
        kept, files, places = pickle.loads(known.read_bytes())
        if kept == key:
            return files, places
    place.mkdir(exist_ok=True)
    wanted: dict[str, list[tuple[str, str, str]]] = {}
    for question in corpus.questions:
        for answer in question.answers:
            wanted.setdefault(answer.paper, []).append((question.id, answer.at, answer.text))
    files, places = [], {question.id: [] for question in corpus.questions}
    for paper, drawn in corpus.drawn():
        (place / drawn.name).write_bytes(drawn.data)
        files.append((paper.folder, drawn.name))
        for question_id, at, text in wanted.get(paper.name, ()):
            stands = drawn.place(at, text)
            if stands is None:
                raise ValueError(f"{paper.name}: {text!r} does not stand in {at}")
            places[question_id].append((drawn.name, stands.page, stands.boxes))
    known.write_bytes(pickle.dumps((key, files, places)))
    return files, places


# --- read and index ------------------------------------------------------------------------------


@asynccontextmanager
async def _library(data: Path, kept: Path) -> AsyncIterator[tuple[Library, KeptVectors]]:
    data.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        settings = load_settings(data)
        database = await database_of(settings, stack)
        blobs = await asyncio.to_thread(open_blobs, settings.blobs_place)
        vectors = KeptVectors(kept, settings.library.embedder)
        stack.push_async_callback(vectors.close)
        # Its vectors take no time to be made again.
        engine = settings.library.second_embedder
        second = build_embedder(ModelEntry(engine, engine, {}, data))
        stack.push_async_callback(second.close)
        embedders: Any = {settings.library.embedder: vectors, engine: second}
        yield await open_library(settings, database, blobs, stack, embedders=embedders), vectors


async def _read(library: Library, files: Sequence[tuple[str, str]], folder: Path) -> None:
    """Put all files on the shelf, and read those that were not read before."""
    began = time.monotonic()
    folders: dict[str, str] = {}
    for path, name in files:
        if path not in folders:
            made = await library.folders.ensure_path(OPERATOR, path, DEPARTMENT)
            folders[path] = made.id
        data = (folder / "files" / name).read_bytes()
        await library.shelf.add(OPERATOR, folders[path], name, data)
    print(f"on the shelf: {len(files)} files in {time.monotonic() - began:.0f} s", flush=True)
    reader = ShelfReader(
        library.database, library.blobs, desk_reader(library.settings.folder), utc_now
    )
    done, said = 0, time.monotonic()
    began = said
    while await reader.read_next():
        done += 1
        if time.monotonic() - said > 30:
            said = time.monotonic()
            print(f"  read {done} turns in {said - began:.0f} s", flush=True)
    print(f"read: {time.monotonic() - began:.0f} s", flush=True)


async def _index(library: Library, vectors: KeptVectors, *, again: bool) -> None:
    """Index what waits; again: cut and index all of it anew."""
    began = time.monotonic()
    if again:
        await library.indexer.rebuild(lambda done, of: None)
    while await library.indexer.index_next():
        pass
    size = await library.index.size()
    took_s = time.monotonic() - began
    print(
        f"index: {size.chunks} pieces, {size.vectors} vectors ({vectors.made} made), "
        f"{took_s:.0f} s",
        flush=True,
    )


# --- ask -----------------------------------------------------------------------------------------


async def _ask(
    library: Library,
    vectors: KeptVectors,
    corpus: Corpus,
    places: dict[str, list[Line]],
    options: Options,
) -> None:
    names, chunks = await _pieces(library)
    tallies = [Tally("Yuepi"), Tally("words alone"), Tally("vectors alone")]
    peers = peers_of(list(chunks.values()))
    tallies += [Tally(peer.name) for peer in peers]
    await vectors.warm()
    for question in corpus.questions:
        for tally in tallies:
            began = time.perf_counter()
            told = await _told(library, peers, tally.name, question, names, chunks)
            tally.took_ms.append((time.perf_counter() - began) * 1000)
            tally.outcomes.append(outcome_of(question, told, places[question.id]))
    languages = [sum(q.language == name for q in corpus.questions) for name in ("zh", "en")]
    print(f"\n{len(corpus.papers)} papers, {len(corpus.questions)} questions {languages}\n")
    print(HEADINGS)
    for tally in tallies:
        print(tally.row())
    _verdicts(tallies)
    if options.verbose:
        for line in _misses(tallies[0]):
            print(line)
    if options.asker:
        await _answers(library, corpus)


async def _pieces(library: Library) -> tuple[dict[str, str], dict[str, Chunk]]:
    """File names by document, and all pieces by their ids."""
    from yuepi.library.shelf import Wanted

    names: dict[str, str] = {}
    after = None
    while True:
        page = await library.shelf.list(EVERYTHING, Wanted(after=after, limit=200))
        names |= {each.id: each.name for each in page.documents}
        if (after := page.next) is None:
            break
    chunks: dict[str, Chunk] = {}
    for document_id in names:
        chunks |= {each.id: each for each in await library.index.of_document(document_id)}
    return names, chunks


async def _told(
    library: Library,
    peers: Sequence[Any],
    way: str,
    question: Question,
    names: dict[str, str],
    chunks: dict[str, Chunk],
) -> list[Cited]:
    """The first places that one way to search tells."""
    text, within = question.text, Within(EVERYTHING)
    if way == "Yuepi":
        found = await library.searcher.search(
            EVERYTHING, text, hits_max=HITS, today=TODAY, language=question.language
        )
        return [Cited(hit.file, hit.page, hit.box) for hit in found.hits]
    if way == "words alone":
        return list(_cited(await library.index.by_words(text, within, HITS), names, chunks))
    if way == "vectors alone":
        if library.embed is None:
            raise RuntimeError("the made shelf is searched with an embedder")
        (vector,) = await library.embed([text], True)
        return list(_cited(await library.index.by_meaning(vector, within, HITS), names, chunks))
    (peer,) = (each for each in peers if each.name == way)
    return [Cited(names[each.document_id], each.page, each.box) for each in peer.find(text)]


def _cited(
    ranked: Sequence[Ranked], names: dict[str, str], chunks: dict[str, Chunk]
) -> Iterator[Cited]:
    for each in ranked:
        chunk = chunks[each.chunk_id]
        yield Cited(names[each.document_id], chunk.page, chunk.box)


def _verdicts(tallies: Sequence[Tally]) -> None:
    ours, others = tallies[0], tallies[1:]
    got = (ours.hit(1), ours.hit(FIRST), ours.boxed())
    print()
    for (name, wanted), share in zip(WANTED, got, strict=True):
        verdict = "met" if share >= wanted else "NOT met"
        print(f"{name}: {share:.3f} (wanted {wanted:.2f}, {verdict})")
    better = all(ours.hit(1) > each.hit(1) and ours.hit(5) >= each.hit(5) for each in others)
    print(f"better than each of the others: {'yes' if better else 'NO'}")


def _misses(tally: Tally) -> Iterator[str]:
    for o in tally.outcomes:
        if o.rank != 1 or not o.cited:
            answers = [(each.paper, each.at, each.text) for each in o.question.answers]
            place = "held" if o.cited else "in another of 5" if o.cited_any else "not held"
            yield f"  {o.question.sort} rank {o.rank}, {place}: {o.question.text} -> {answers}"


async def _answers(library: Library, corpus: Corpus) -> None:
    """How often the extractive answer says what it should."""
    right = quoted = not_found = 0
    for question in corpus.questions:
        done = None
        asked = Asked(question=question.text, language=question.language)
        async for event in library.asker.ask(EVERYTHING, asked):
            if isinstance(event, Done):
                done = event
        if done is None or done.status == "not_found":
            not_found += 1
            continue
        papers = {answer.paper for answer in question.answers}
        texts = [q.text for q in done.quotes if q.name.rsplit(".", 1)[0] in papers]
        wanted = [_bare(answer.text) for answer in question.answers]
        quoted += bool(texts)
        right += any(each in _bare(text) for each in wanted for text in texts)
    count = len(corpus.questions)
    print(f"\nanswers of quotes alone: {count} questions")
    print(f"  quote the right document: {quoted / count:.3f}; with the answer: {right / count:.3f}")
    print(f"  said that it is not found: {not_found / count:.3f}")


def _bare(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())
