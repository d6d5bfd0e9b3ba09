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
from functools import partial
from typing import TYPE_CHECKING, Final

from yuepi.app.data_folder import database_of
from yuepi.app.model_version import model_version
from yuepi.app.warming import Warmth, warm_all
from yuepi.engines.contract import Embedder, ModelEntry
from yuepi.gateway.answers_cache import AnswersCache
from yuepi.gateway.deployment import Deployment, Price, Route, Target
from yuepi.gateway.gateway import Gateway, UnknownModel
from yuepi.gateway.picture_intake import PictureLimits
from yuepi.gateway.prompts import PromptShelf, load_prompts
from yuepi.gateway.registry import build_embedder, build_engine, usual_limits
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import ModelSettings, Settings, settings_path

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails

    from yuepi.access.keys import Keyring
    from yuepi.access.visitors import Visitors
    from yuepi.gateway.api import Door
    from yuepi.gateway.budget import Budgets
    from yuepi.gateway.call_log import CallLog
    from yuepi.kit.database import Database
    from yuepi.kit.sealing import Sealer

LOG = logging.getLogger(__name__)

PROMPTS_FOLDER: Final = "prompts"
LOADING_WAIT_S_MAX: Final = 0.3
STOPPING_WAIT_S_MAX: Final = 6.0


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
    warming: dict[str, Warmth] = field(default_factory=dict)
    """What became of loading each model that is loaded at the start."""

    async def warm(self) -> None:
        """Load the models that routes lead to; what fails is logged and tried again."""
        wanted = [each for each in self.deployments if each.name in self.settings.warmed]
        await warm_all(wanted, self.warming)

    async def let_go(self) -> None:
        """Let go of every engine; one that is being loaded is left behind after a moment.

        A thread in the middle of that cannot be stopped and has nothing that must be saved. What
        runs as a process gets the time to end.
        """
        closing = asyncio.create_task(self.gateway.close())
        wait_s_max: float | None = None
        if "loading" in self.warming.values():
            engines = {model.engine for model in self.settings.models.values()}
            wait_s_max = STOPPING_WAIT_S_MAX if "llama_server" in engines else LOADING_WAIT_S_MAX
        done, _ = await asyncio.wait([closing], timeout=wait_s_max)
        if done:
            await closing
        else:
            LOG.info("a model that was being loaded is left behind")


def entry_of(settings: Settings, name: str) -> ModelEntry:
    """A model of the settings as its engine takes it."""
    model = settings.models[name]
    return ModelEntry(name, model.engine, model.options, settings.folder)


def limits_of(model: ModelSettings) -> tuple[int, float]:
    """How many calls a model takes at once, and how many seconds others wait for a place."""
    usual = usual_limits(model.engine)
    at_once, wait_s_max = model.concurrency_max, model.queue_wait_s_max
    return (
        usual.concurrency_max if at_once is None else at_once,
        usual.queue_wait_s_max if wait_s_max is None else wait_s_max,
    )


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
    _tell_retries()
    async with AsyncExitStack() as stack:
        records = await _records(settings, stack)
        cache = _cache(settings, records)
        yield await _wired(settings, stack, records, cache)


@asynccontextmanager
async def compose_bare(
    settings: Settings, only: str | None = None
) -> AsyncGenerator[Composition, None]:
    """The gateway alone: no keys, no log, no cache; with `only`, what that alias needs."""
    _tell_retries()
    async with AsyncExitStack() as stack:
        yield await _wired(settings, stack, None, None, only)


@asynccontextmanager
async def open_keyring(settings: Settings) -> AsyncGenerator[Keyring, None]:
    """The keys alone, for `yuepi admin`; the data folder and database are made if need be."""
    async with AsyncExitStack() as stack:
        database = await database_of(settings, stack)
        from yuepi.access.keys import Keyring
        from yuepi.audit.record import append

        keyring = Keyring(database, record=append)
        stack.push_async_callback(keyring.close)
        yield keyring


@asynccontextmanager
async def open_call_log(settings: Settings, *, contents: bool) -> AsyncGenerator[CallLog, None]:
    """The call log alone, for `yuepi calls`; `contents`: with the key that opens what was said."""
    async with AsyncExitStack() as stack:
        database = await database_of(settings, stack)
        from yuepi.gateway.call_log import CallLog

        sealer = None
        if contents:
            from yuepi.kit.sealing import open_sealer

            sealer = await asyncio.to_thread(
                open_sealer, settings.folder, os.environ, may_make_key=False
            )
        log = CallLog(database, sealer=sealer)
        stack.push_async_callback(log.close)
        yield log


# --- the parts -----------------------------------------------------------------------------------


def _tell_retries() -> None:
    """Further tries go to our own log, by the kind of failure: its text may be an upstream's."""
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([_tell_retry])


def _tell_retry(details: RetryDetails) -> None:
    code = getattr(details.caused_by, "code", type(details.caused_by).__name__)
    LOG.info("try %d in %.1f s after %s", details.retry_num + 1, details.wait_for, code)


async def _records(settings: Settings, stack: AsyncExitStack) -> Records:
    from yuepi.access.keys import Keyring
    from yuepi.audit.record import append
    from yuepi.gateway.budget import Budgets
    from yuepi.gateway.call_log import CallLog, keeps_contents
    from yuepi.kit.sealing import open_sealer

    database = await database_of(settings, stack)
    keyring = Keyring(database, record=append)
    stack.push_async_callback(keyring.close)
    rates = None
    if settings.gateway.redis:
        from yuepi.gateway.rates import RedisRates

        rates = RedisRates(settings.gateway.redis)
    budgets = Budgets(database, rates=rates)
    stack.push_async_callback(budgets.close)
    # A new key would not open what an older one sealed: then its loss must be told.
    may_make_key = not await keeps_contents(database)
    sealer = await asyncio.to_thread(
        partial(open_sealer, settings.folder, os.environ, may_make_key=may_make_key)
    )
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
    _check_prompts(settings, routes, prompts)
    keeps = settings.gateway.content == "always" and records is not None
    gateway = Gateway(
        deployments=deployments,
        routes=routes,
        budgets=records.budgets if records else None,
        log=records.log if records else None,
        cache=cache,
        prompts=prompts,
        keep_content=lambda _: keeps,
        # Who asks without a door has the settings at hand, and may try a model by itself.
        models_by_name=records is None or bool(settings.gateway.models_by_name),
    )
    composed = Composition(settings, deployments, embedders, gateway, prompts, records, cache)
    stack.push_async_callback(composed.let_go)
    return composed


def _check_prompts(settings: Settings, routes: Sequence[Route], prompts: PromptShelf) -> None:
    """Raises `BadUsage` naming the route whose prompt is not there, and the settings file."""
    for route in routes:
        if route.prompt is None:
            continue
        try:
            prompts.pick(route.prompt)
        except BadUsage as error:
            raise BadUsage(
                f"{settings_path(settings.folder)}: [routes.{route.alias}] prompt: {error.message}",
                remedy=f"{error.remedy}; your own lie in {settings.folder / PROMPTS_FOLDER}",
                code=error.code,
            ) from error


def _embedders(settings: Settings) -> dict[str, Embedder]:
    return {
        name: build_embedder(
            ModelEntry(name, one.engine, one.options, settings.folder, "embedders")
        )
        for name, one in settings.embedders.items()
    }


def _deployment(settings: Settings, name: str) -> Deployment:
    model = settings.models[name]
    entry = entry_of(settings, name)
    concurrency_max, queue_wait_s_max = limits_of(model)
    return Deployment(
        name=name,
        engine=build_engine(entry),
        model_version=model_version(entry, model.version),
        price=_price(model),
        concurrency_max=concurrency_max,
        queue_max=model.queue_max,
        queue_wait_s_max=queue_wait_s_max,
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


def door_of(composition: Composition, visitors: Visitors | None = None) -> Door:
    """The OpenAI-compatible door onto a composition with records. visitors: who is signed in with
    a browser; None: keys alone open it."""
    from yuepi.gateway.api import Door
    from yuepi.gateway.door_limits import DoorLimits

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
        charge=records.budgets.charge,
        record=records.log.record,
        visitors=visitors,
    )
