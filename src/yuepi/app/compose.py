"""The composition root of the gateway: from the settings to what answers, and back to nothing.

`compose` opens everything in the data folder (database, keys, call log) and wires the gateway;
`compose_bare` wires the gateway alone, for `yuepi ask`: no folder is made, nothing is written.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yuepi.app.model_version import model_version
from yuepi.engines.contract import Embedder, ModelEntry
from yuepi.gateway.answers_cache import AnswersCache
from yuepi.gateway.deployment import Deployment, Price, Route, Target
from yuepi.gateway.gateway import Gateway, UnknownModel
from yuepi.gateway.picture_intake import PictureLimits
from yuepi.gateway.prompts import PromptShelf, load_prompts
from yuepi.gateway.registry import build_embedder, build_engine
from yuepi.kit.errors import Unavailable, YuepiError
from yuepi.kit.settings import ModelSettings, Settings

if TYPE_CHECKING:
    from yuepi.access.keys import Keyring
    from yuepi.gateway.api import Door
    from yuepi.gateway.budget import Budgets
    from yuepi.gateway.call_log import CallLog
    from yuepi.kit.database import Database
    from yuepi.kit.sealing import Sealer

LOG = logging.getLogger(__name__)

DATABASE_FILE: Final = "yuepi.db"
PROMPTS_FOLDER: Final = "prompts"


@dataclass(frozen=True, slots=True)
class Records:
    """What is kept in the data folder: keys, spending, calls."""

    database: Database
    keyring: Keyring
    budgets: Budgets
    log: CallLog
    sealer: Sealer


@dataclass(frozen=True, slots=True)
class Composition:
    """Everything that answers. `records` is None where nothing is written."""

    settings: Settings
    deployments: tuple[Deployment, ...]
    embedders: Mapping[str, Embedder]
    gateway: Gateway
    prompts: PromptShelf
    records: Records | None = None
    cache: AnswersCache | None = None
    warming: dict[str, str] = field(default_factory=dict)
    """What became of loading each model at the start: `loading`, `ready`, or why it failed."""

    async def warm(self) -> None:
        """Load, one after the other, the models that routes lead to; failures are logged.

        A model that fails here is tried again by the first question to it.
        """
        for deployment in self.deployments:
            if deployment.name not in self.settings.warmed:
                continue
            self.warming[deployment.name] = "loading"
            try:
                await deployment.engine.warm()
                self.warming[deployment.name] = "ready"
            except YuepiError as error:
                self.warming[deployment.name] = error.message
                LOG.warning("%s; %s", error.message, error.remedy)


def entry_of(settings: Settings, name: str) -> ModelEntry:
    """A model of the settings as its engine takes it."""
    model = settings.models[name]
    return ModelEntry(name, model.engine, model.options, settings.folder)


def picture_limits(settings: Settings) -> PictureLimits:
    """How much of pictures one request may bring."""
    gateway = settings.gateway
    return PictureLimits(
        image_bytes_max=gateway.image_bytes_max, image_pixels_max=gateway.pixels_max
    )


@asynccontextmanager
async def compose(settings: Settings) -> AsyncGenerator[Composition, None]:
    """Everything, open; closed with the block, what was charged and logged written before.

    Raises `BadUsage` and `Unavailable`, leaving nothing open behind.
    """
    async with AsyncExitStack() as stack:
        records = await _records(settings, stack)
        cache = _cache(settings, records)
        yield await _wired(settings, stack, records, cache)


@asynccontextmanager
async def compose_bare(
    settings: Settings, only: str | None = None
) -> AsyncGenerator[Composition, None]:
    """The gateway alone: no keys, no log, no cache; with `only`, what that alias needs."""
    async with AsyncExitStack() as stack:
        yield await _wired(settings, stack, None, None, only)


@asynccontextmanager
async def open_keyring(settings: Settings) -> AsyncGenerator[Keyring, None]:
    """The keys alone, for `yuepi admin`; the data folder and database are made if need be."""
    async with AsyncExitStack() as stack:
        database = await _database(settings, stack)
        from yuepi.access.keys import Keyring

        keyring = Keyring(database)
        stack.push_async_callback(keyring.close)
        yield keyring


def make_folder(folder: Path) -> None:
    """The data folder, for its owner only; raises `Unavailable` where it cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"the data folder {folder} cannot be made: {error.strerror}",
            remedy="name another with --data, or give yourself the right to write there",
            code="data_folder_unavailable",
        ) from error


# --- the parts -----------------------------------------------------------------------------------


async def _database(settings: Settings, stack: AsyncExitStack) -> Database:
    from yuepi.kit.database import migrate, open_database, sqlite_url

    make_folder(settings.folder)
    url = settings.database.url or sqlite_url(settings.folder / DATABASE_FILE)
    await migrate(url)
    database = open_database(url)
    stack.push_async_callback(database.close)
    return database


async def _records(settings: Settings, stack: AsyncExitStack) -> Records:
    from yuepi.access.keys import Keyring
    from yuepi.gateway.budget import Budgets
    from yuepi.gateway.call_log import CallLog
    from yuepi.kit.sealing import open_sealer

    database = await _database(settings, stack)
    keyring = Keyring(database)
    stack.push_async_callback(keyring.close)
    rates = None
    if settings.gateway.redis:
        from yuepi.gateway.rates import RedisRates

        rates = RedisRates(settings.gateway.redis)
    budgets = Budgets(database, rates=rates)
    stack.push_async_callback(budgets.close)
    sealer = await asyncio.to_thread(open_sealer, settings.folder, os.environ)
    log = CallLog(database, budgets=budgets, content=settings.gateway.content, sealer=sealer)
    stack.push_async_callback(log.close)
    return Records(database, keyring, budgets, log, sealer)


def _cache(settings: Settings, records: Records) -> AnswersCache | None:
    gateway = settings.gateway
    if not gateway.cache_bytes_max:
        return None
    shared = None
    if gateway.redis:
        from yuepi.gateway.answers_redis import RedisAnswers

        seal, unseal = records.sealer.seal, records.sealer.unseal
        shared = RedisAnswers(
            gateway.redis,
            seal=lambda data: seal(data, associated=b"answer"),
            unseal=lambda data: unseal(data, associated=b"answer"),
            ttl_s=gateway.cache_ttl_s,
        )
    return AnswersCache(bytes_max=gateway.cache_bytes_max, ttl_s=gateway.cache_ttl_s, shared=shared)


async def _wired(
    settings: Settings,
    stack: AsyncExitStack,
    records: Records | None,
    cache: AnswersCache | None,
    only: str | None = None,
) -> Composition:
    prompts = load_prompts(settings.folder / PROMPTS_FOLDER)
    routes = _routes(settings)
    names = set(settings.models)
    if only is not None:
        routes = [route for route in routes if route.alias == only]
        names = _behind(routes) or {only} & names
        if not names:
            known = [*settings.routes, *settings.models]
            raise UnknownModel(
                f"there is no model {only[:128]!r}",
                remedy=f"choose one of: {', '.join(dict.fromkeys(known))}",
            )
    deployments = tuple(_deployment(settings, name) for name in settings.models if name in names)
    embedders = {} if only is not None else _embedders(settings)
    for embedder in embedders.values():
        stack.push_async_callback(embedder.close)
    keeps = settings.gateway.content == "always" and records is not None
    gateway = Gateway(
        deployments=deployments,
        routes=routes,
        budgets=records.budgets if records else None,
        log=records.log if records else None,
        cache=cache,
        prompts=prompts,
        keep_content=lambda _: keeps,
    )
    stack.push_async_callback(gateway.close)
    return Composition(settings, deployments, embedders, gateway, prompts, records, cache)


def _embedders(settings: Settings) -> dict[str, Embedder]:
    return {
        name: build_embedder(ModelEntry(name, one.engine, one.options, settings.folder))
        for name, one in settings.embedders.items()
    }


def _deployment(settings: Settings, name: str) -> Deployment:
    model = settings.models[name]
    entry = entry_of(settings, name)
    return Deployment(
        name=name,
        engine=build_engine(entry),
        model_version=model_version(entry, model.version),
        price=_price(model),
        concurrency_max=model.concurrency_max,
        queue_max=model.queue_max,
        queue_wait_s_max=model.queue_wait_s_max,
        tries_max=model.tries_max,
    )


def _price(model: ModelSettings) -> Price | None:
    paid_in, paid_out = model.price_input_per_million, model.price_output_per_million
    if paid_in is None or paid_out is None:
        return None
    return Price(paid_in, paid_out, model.currency)


def _routes(settings: Settings) -> list[Route]:
    return [
        Route(
            alias=alias,
            targets=tuple(Target(target.name, target.weight) for target in route.models),
            fallback=route.fallback,
            prompt=route.prompt,
            deadline_s=route.deadline_s,
            cache=route.cache,
        )
        for alias, route in settings.routes.items()
    ]


def _behind(routes: Sequence[Route]) -> set[str]:
    """The models that routes lead to, fallbacks included."""
    targets = {target.deployment for route in routes for target in route.targets}
    return targets | {name for route in routes for name in route.fallback}


def door_of(composition: Composition) -> Door:
    """The OpenAI-compatible door onto a composition with records."""
    from yuepi.gateway.api import Door, DoorLimits

    records = composition.records
    if records is None:
        raise ValueError("a door needs keys")
    settings = composition.settings
    limits = DoorLimits(
        body_bytes_max=settings.server.body_bytes_max,
        images_max=settings.gateway.images_max,
        pictures=picture_limits(settings),
    )
    fetch = None
    if settings.gateway.picture_urls:
        from yuepi.gateway.picture_fetch import FetchLimits, PictureFetcher

        fetch = PictureFetcher(FetchLimits(bytes_max=settings.gateway.image_bytes_max))
    return Door(
        composition.gateway,
        records.keyring,
        composition.embedders,
        limits,
        fetch=fetch,
        admit=records.budgets.admit,
    )
