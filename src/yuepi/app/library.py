"""The library, open: the shelf with all that is found in it, for the server, workers, commands.

The settings are read here and passed down as plain values. Nothing heavy is loaded before it is
needed: neither the index nor the model that makes vectors.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from yuepi.access.departments import Departments
from yuepi.access.passwords import Passwords
from yuepi.access.people import People
from yuepi.access.principal import ROOT_DEPARTMENT, may
from yuepi.access.user import NoSuchPerson
from yuepi.app.data_folder import database_of
from yuepi.audit.record import append
from yuepi.documents.kept_pages import KeptPage
from yuepi.kit.blobs import Blobs, open_blobs
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable
from yuepi.kit.settings import Settings
from yuepi.library.asking.asker import Asker
from yuepi.library.exporting.exporter import Exporter
from yuepi.library.folders import Folders
from yuepi.library.index.beside import VERSION as BESIDE
from yuepi.library.index.beside import beside
from yuepi.library.index.centring import VERSION as CENTRED
from yuepi.library.index.centring import centred, known_middle
from yuepi.library.index.contract import Embed
from yuepi.library.index.embedding import VERSION as AROUND
from yuepi.library.index.later import LaterIndex
from yuepi.library.index.opening import open_index
from yuepi.library.index.pages import PageVectors, Vectors
from yuepi.library.indexing import Indexer
from yuepi.library.paging import Pages
from yuepi.library.papers import Papers
from yuepi.library.saved import SavedSearches, ScopeOf
from yuepi.library.scope import Scope, scope_of
from yuepi.library.searching import Searcher
from yuepi.library.shelf import Shelf, ShelfTerms
from yuepi.library.watching import Watched, Watcher

if TYPE_CHECKING:
    from yuepi.app.compose import Composition
    from yuepi.engines.contract import Embedder
    from yuepi.gateway.reranking import RerankerBreaker
    from yuepi.library.asking.writing import Writer

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Library:
    """The parts. embed: None where search is by words alone. reranker, pages: None where no such
    model is set."""

    settings: Settings
    database: Database
    blobs: Blobs
    folders: Folders
    shelf: Shelf
    papers: Papers
    index: LaterIndex
    indexer: Indexer
    searcher: Searcher
    asker: Asker
    saved: SavedSearches
    exporter: Exporter
    watcher: Watcher
    embed: Embed | None
    reranker: RerankerBreaker | None
    pages: Pages | None


async def open_library(
    settings: Settings,
    database: Database,
    blobs: Blobs,
    stack: AsyncExitStack,
    *,
    embedders: Mapping[str, Embedder] | None = None,
    people: People | None = None,
    writer: Writer | None = None,
) -> Library:
    """The library on a migrated database; `stack` closes what it opened.

    embedders: those of a server, used and not closed; None: the one that the settings name is made
    here. people: who says how far the owner of a saved search sees. writer: what writes answers;
    None: they are made of quotes alone. Raises `BadUsage` for settings that cannot be.
    """
    vectors = _vectors_of(settings, stack, embedders)
    embed = None if vectors is None else vectors.embed
    departments = Departments(database)

    async def known(department_id: str) -> bool:
        return any(each.id == department_id for each in await departments.list())

    folders = Folders(database, append, utc_now, known)
    shelf = Shelf(database, blobs, append, utc_now, shelf_terms(settings))
    papers = Papers(database, blobs)
    index = _index_of(settings, vectors)
    stack.push_async_callback(index.close)
    saved = SavedSearches(
        database, index, _scope_of_owner(people or People(database, Passwords())), utc_now
    )
    indexer = Indexer(database, papers, index, embed, indexed=saved.indexed)
    reranker = _reranker_of(settings, stack)
    rank = None if reranker is None else reranker.rank
    pages = _pages_of(settings, database, blobs, stack)
    searcher = Searcher(database, index, embed, rank, indexer.health, pages)
    return Library(
        settings=settings,
        database=database,
        blobs=blobs,
        folders=folders,
        shelf=shelf,
        papers=papers,
        index=index,
        indexer=indexer,
        searcher=searcher,
        asker=Asker(searcher, papers, shelf, writer),
        saved=saved,
        exporter=Exporter(papers, blobs),
        watcher=Watcher(folders, shelf, _watched(settings)),
        embed=embed,
        reranker=reranker,
        pages=pages,
    )


def writer_of(composition: Composition) -> Writer | None:
    """What writes answers, by the settings; None where they name no model. Raises `BadUsage`,
    `UnknownModel` for one that does not talk."""
    name = composition.settings.library.model
    if not name:
        return None
    from yuepi.library.asking.writing import AnswerTerms, ModelWriter

    family = composition.settings.reading.family
    return ModelWriter(composition.gateway, composition.prompts, AnswerTerms(name, family))


@asynccontextmanager
async def library_in(settings: Settings) -> AsyncGenerator[Library, None]:
    """The library of a data folder, for a command; folder and database are made if need be."""
    async with AsyncExitStack() as stack:
        database = await database_of(settings, stack)
        blobs = await asyncio.to_thread(open_blobs, settings.blobs_place)
        yield await open_library(settings, database, blobs, stack)


def shelf_terms(settings: Settings) -> ShelfTerms:
    """What the shelf takes and for how long it keeps it."""
    library = settings.library
    return ShelfTerms(
        file_bytes_max=library.file_bytes_max,
        pages_max=library.pages_max,
        retention_years=library.retention_years,
        trash_days=library.trash_days,
    )


def _watched(settings: Settings) -> list[Watched]:
    return [
        Watched(settings.folder / each.path, each.into, each.department or ROOT_DEPARTMENT)
        for each in settings.library.watch
    ]


@dataclass(frozen=True, slots=True)
class _Vectors:
    """What makes vectors. label: which models and how, for other ones make other vectors."""

    embed: Embed
    label: str
    dimensions: int


def _vectors_of(
    settings: Settings, stack: AsyncExitStack, embedders: Mapping[str, Embedder] | None
) -> _Vectors | None:
    """What makes vectors, of both models where the second is there too; None where the settings
    name none, or what they name is not installed: then search is by words, and the log says so."""
    name, second = settings.library.embedder, settings.library.second_embedder
    embedder = _embedder_of(settings, stack, embedders, name)
    if embedder is None:
        return None
    first = _centred(embedder, settings.embedders[name].engine)
    # A server's own tell which there are: none is made beside them.
    if not second or second == name or (embedders is not None and second not in embedders):
        return first
    other = _embedder_of(settings, stack, embedders, second)
    if other is None:
        return first
    more = _centred(other, settings.embedders[second].engine)
    return _Vectors(
        beside(first.embed, more.embed),
        f"{first.label} + {more.label} {BESIDE}",
        first.dimensions + more.dimensions,
    )


def _embedder_of(
    settings: Settings,
    stack: AsyncExitStack,
    embedders: Mapping[str, Embedder] | None,
    name: str,
) -> Embedder | None:
    """The embedder of a name; None where there is none, or it is not installed."""
    if not name:
        return None
    given = None if embedders is None else embedders.get(name)
    if given is not None:
        return given
    from yuepi.engines.contract import ModelEntry
    from yuepi.gateway.registry import build_embedder

    one = settings.embedders[name]
    try:
        built = build_embedder(
            ModelEntry(name, one.engine, one.options, settings.folder, "embedders")
        )
    except Unavailable as error:
        LOG.warning("search goes on without %s: %s (%s)", name, error, error.remedy)
        return None
    stack.push_async_callback(built.close)
    return built


def _reranker_of(settings: Settings, stack: AsyncExitStack) -> RerankerBreaker | None:
    """What orders the first that are found once more; None where the settings name none."""
    name = settings.library.reranker
    if not name:
        return None
    from yuepi.engines.contract import ModelEntry
    from yuepi.gateway.registry import build_reranker
    from yuepi.gateway.reranking import RerankerBreaker

    one = settings.rerankers[name]
    entry = ModelEntry(name, one.engine, one.options, settings.folder, "rerankers")
    reranker = RerankerBreaker(build_reranker(entry))
    stack.push_async_callback(reranker.close)
    return reranker


def _pages_of(
    settings: Settings, database: Database, blobs: Blobs, stack: AsyncExitStack
) -> Pages | None:
    """What finds pages by their looks; None where the settings name no model for it."""
    name = settings.library.page_embedder
    if not name:
        return None
    from yuepi.engines.contract import ModelEntry, Picture
    from yuepi.gateway.circuit import Circuit
    from yuepi.gateway.registry import build_page_embedder

    one = settings.page_embedders[name]
    entry = ModelEntry(name, one.engine, one.options, settings.folder, "page_embedders")
    embedder = build_page_embedder(entry)
    stack.push_async_callback(embedder.close)
    circuit = Circuit(name)

    async def page(kept: KeptPage, data: bytes) -> Vectors:
        picture = Picture(data, "image/jpeg", kept.sha256, kept.width, kept.height)
        return await circuit.through(lambda: embedder.page(picture))

    async def question(text: str) -> Vectors:
        return await circuit.through(lambda: embedder.question(text))

    vectors = PageVectors(embedder.model, embedder.dimensions, page, question)
    pages = Pages(database, blobs, settings.index_place, vectors)
    stack.push_async_callback(pages.close)
    return pages


def _centred(embedder: Embedder, engine: str) -> _Vectors:
    """The vectors of one model, centred where its middle is known."""
    from yuepi.gateway.registry import EMBEDDERS

    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        return await embedder.embed(texts, query=query)

    packages = EMBEDDERS[engine].distributions if engine in EMBEDDERS else ()
    # Its options (how many threads) change no vector; another version of its weights does.
    label = " ".join((engine, *(metadata.version(package) for package in packages)))
    middle = known_middle(engine)
    if middle is None:
        return _Vectors(embed, label, embedder.dimensions)
    return _Vectors(centred(embed, middle), f"{label} {CENTRED}", middle.dimensions)


def _index_of(settings: Settings, vectors: _Vectors | None) -> LaterIndex:
    """The index, which holds vectors of these models; of none: none."""
    place = settings.index_place
    if vectors is None:
        return LaterIndex(lambda: open_index(place))
    label, dimensions = f"{vectors.label} {AROUND}", vectors.dimensions
    return LaterIndex(lambda: open_index(place, embedder=label, dimensions=dimensions))


def _scope_of_owner(people: People) -> ScopeOf:
    async def scope_of_owner(user_id: str) -> Scope | None:
        try:
            user = await people.user(user_id)
        except NoSuchPerson:
            return None
        if user.disabled:
            return None
        principal = await people.principal_of(user)
        return scope_of(principal) if may(principal, "library:read") else None

    return scope_of_owner
