"""Answers given before, and one upstream call for many equal questions at the same time.

Only questions that ask for temperature 0, and only answers that are whole: `finish` is `stop`, the
stream ended rightly, the text is of the shape asked for, and the chosen model gave it rather than a
fallback. An answer cut by its length limit is not kept. Answers are found by the exact question of
the same tenant on the same day (see `answers_key`); likeness never answers.

Equal questions at the same time share one flight: a task that asks upstream, while every asker
reads along from the beginning. Flights of incremental and of whole answers are apart, since who
waits for every word should not wait for the whole. The first asker pays (`call.cache` is "miss");
when it leaves and others stay, the next one does. When nobody is left the work behind it ends.
Where it fails because the time of who began it was over, those who have more time begin another.

A hit is built from text, with usage: what the upstream sent (`raw`) is not kept, so that answers
don't repeat the ids of others; only the one who began a flight gets its raw events.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from cachetools import TTLCache

from yuepi.engines.contract import (
    Call,
    Chat,
    ChatRefused,
    Delta,
    Engine,
    EngineBroke,
    EngineFailure,
    EngineUnavailable,
    Finish,
    Usage,
)
from yuepi.gateway.answers_key import answer_key, question_sha256
from yuepi.gateway.answers_redis import KeptAnswer, RedisAnswers
from yuepi.gateway.shape_guard import mismatch
from yuepi.gateway.wrapper import Wrapper
from yuepi.kit.clock import business_day, utc_now

log = logging.getLogger(__name__)

#: What one flight may hold, raw events included: far beyond what a context window can fill.
FLIGHT_BYTES_MAX = 16 * 2**20
#: Larger answers are given, but not kept.
KEPT_BYTES_MAX = 2**20
#: What an entry takes beside its text, roughly.
_ENTRY_BYTES = 512
#: How much too early a timer may ring.
_TIMER_S = 0.05


class AnswersCache:
    """The memory of all routes' answers, bounded in bytes; least recently used ones go first.

    `shared` is asked where this process does not know the answer. `clock` measures ages, `now`
    tells the day that answers are of. Counts: `hits`, `misses`, `joined`.
    """

    def __init__(
        self,
        *,
        bytes_max: int = 64 * 2**20,
        ttl_s: float = 24 * 3600.0,
        shared: RedisAnswers | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.now = now
        self._kept: TTLCache[str, KeptAnswer] = TTLCache(
            max(bytes_max, 1), ttl_s, timer=clock, getsizeof=_size
        )
        self._shared = shared
        self._flights: dict[tuple[str, bool], _Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.hits = self.misses = self.joined = 0

    def around(self, engine: Engine, model_version: str) -> CachedEngine:
        """The engine with answers of this version of a model remembered."""
        return CachedEngine(self, engine, model_version)

    @property
    def bytes_kept(self) -> int:
        """For metrics."""
        return int(self._kept.currsize)

    async def close(self) -> None:
        """End all flights and let go of Redis."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._shared is not None:
            await self._shared.close()

    # --- what CachedEngine asks ----------------------------------------------------------------

    def known(self, key: str) -> KeptAnswer | None:
        """The answer, if this process has it."""
        return self._kept.get(key)

    def board(self, key: str, chat: Chat, engine: Engine, model_version: str) -> _Flight:
        """The flight of this question: the one under way, or a new one."""
        flight = self._flights.get((key, chat.incremental))
        if flight is not None:
            self.joined += 1
            chat.call.cache = "joined"
            flight.join(chat.call)
            return flight
        chat.call.cache = "miss"
        call = replace(chat.call, attempts=0, queued_s=0.0, wasted=None)
        flight = _Flight(replace(chat, call=call), key)
        flight.join(chat.call)
        self._flights[key, chat.incremental] = flight
        flight.task = asyncio.create_task(self._fly(flight, engine, model_version))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)
        return flight

    def leave(self, flight: _Flight, call: Call) -> None:
        """A reader goes; the last one takes the work behind it along."""
        if flight.leave(call):
            self._land(flight)

    def _land(self, flight: _Flight) -> None:
        """Nobody may join any more."""
        place = (flight.key, flight.chat.incremental)
        if self._flights.get(place) is flight:
            del self._flights[place]

    async def _fly(self, flight: _Flight, engine: Engine, model_version: str) -> None:
        kept: KeptAnswer | None = None
        try:
            if self._shared is not None:
                known = await self._shared.get(flight.key)
                if known is not None:
                    self.hits += 1
                    self._remember(known)
                    flight.take(known)
                    return
            self.misses += 1
            async with aclosing(engine.stream(flight.chat)) as deltas:
                async for delta in deltas:
                    flight.push(delta)
            kept = await flight.worth_keeping(model_version)
            if kept is not None:
                self._remember(kept)
        except asyncio.CancelledError:
            flight.error = EngineUnavailable(
                "the call was ended here, before its answer was whole",
                remedy="ask again: the server is being stopped or restarted",
            )
            raise
        except Exception as error:
            flight.error = error
            if flight.deserted:
                log.warning("an answer nobody waited for failed at its end", exc_info=error)
        finally:
            self._land(flight)
            flight.end()
        if kept is not None and self._shared is not None:
            # Nobody waits for this: readers were told the end just before.
            await self._shared.put(kept)

    def _remember(self, kept: KeptAnswer) -> None:
        if _size(kept) <= self._kept.maxsize:
            self._kept[kept.key] = kept


class CachedEngine(Wrapper):
    """An engine that answers from memory what it may, and asks another the rest."""

    def __init__(self, cache: AnswersCache, engine: Engine, model_version: str) -> None:
        self._cache = cache
        super().__init__(engine)
        self._model_version = model_version

    def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        if chat.sampling.temperature != 0:  # None too: then it is the model's own, above 0
            return self._engine.stream(chat)
        return self._answer(chat)

    async def _answer(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        cache, call = self._cache, chat.call
        question = call.question_sha256 = question_sha256(chat)
        # An answer about "today" holds for that day only, in China.
        day = business_day(cache.now()).isoformat().encode()
        key = answer_key(call.tenant, self._model_version, call.prompt_version, question + day)
        kept = cache.known(key)
        if kept is not None:
            cache.hits += 1
            call.cache = "hit"
            call.deployment, call.model_version = kept.deployment, kept.model_version
            yield _replayed(kept)
            return
        while True:
            flight = cache.board(key, chat, self._engine, self._model_version)
            began_it = call.cache == "miss"
            at = 0
            try:
                while at < len(flight.deltas) or not flight.ended:
                    if at == len(flight.deltas):
                        await flight.news()
                        continue
                    delta = flight.deltas[at]
                    at += 1
                    if not began_it and delta.raw is not None:
                        delta = replace(delta, raw=None)
                        if not delta.text and delta.finish is None and delta.usage is None:
                            continue
                    if at == 1:
                        flight.tell(call)
                    yield delta
                if flight.error is None:
                    return
                if began_it or at or not flight.ran_out_of_time_before(call):
                    raise flight.error
            finally:
                flight.tell(call)
                cache.leave(flight, call)


class _Flight:
    """One upstream call and who reads along. `chat.call` is its own, apart from the readers'."""

    __slots__ = (
        "_bytes",
        "_first_deadline",
        "_hit",
        "_readers",
        "_waiters",
        "chat",
        "deltas",
        "ended",
        "error",
        "finish",
        "key",
        "task",
    )

    def __init__(self, chat: Chat, key: str) -> None:
        self.chat = chat
        self.key = key
        self.deltas: list[Delta] = []
        self.finish: Finish | None = None
        self.ended = False
        self.error: Exception | None = None
        self.task: asyncio.Task[None] | None = None
        self._bytes = 0
        self._first_deadline = chat.call.deadline
        self._hit = False
        # In order of arrival; the first one pays. Calls compare by value: kept by identity.
        self._readers: dict[int, Call] = {}
        self._waiters: list[asyncio.Future[None]] = []

    def join(self, call: Call) -> None:
        """One more reader. The work may last as long as the most patient of them."""
        mine = self.chat.call
        if mine.deadline is not None and self._readers:
            later = call.deadline is not None and call.deadline > mine.deadline
            mine.deadline = call.deadline if later or call.deadline is None else mine.deadline
            mine.route_deadline = _later(mine.route_deadline, call.route_deadline)
        self._readers[id(call)] = call
        mine.progress = call.progress = mine.progress or call.progress

    def leave(self, call: Call) -> bool:
        """One reader less; True when nobody may join any more because the work ends here."""
        self._readers.pop(id(call), None)
        if self.ended or self.finish is not None:
            return False
        if not self._readers:
            if self.task is not None:
                self.task.cancel()
            return True
        if call.cache == "miss":
            call.cache = "joined"
            call.attempts = 0
            call.queued_s = 0.0
            call.wasted = None
            payer = next(iter(self._readers.values()))
            payer.cache = "miss"
            self.tell(payer)
        return False

    def ran_out_of_time_before(self, call: Call) -> bool:
        """Whether it failed when the time of who began it was over, and this reader has more.

        What waits on the way (a queue, a connection) was told that time and no later one.
        """
        deadline = self._first_deadline
        if deadline is None or not isinstance(self.error, EngineFailure):
            return False
        now = time.monotonic()
        return now >= deadline - _TIMER_S and (call.deadline is None or call.deadline > now)

    @property
    def deserted(self) -> bool:
        """Whether nobody reads any more."""
        return not self._readers

    def tell(self, call: Call) -> None:
        """What became of the shared call, for one reader's record; its effort is the payer's."""
        mine = self.chat.call
        if self._hit:
            call.cache = "hit"
        call.deployment, call.model_version = mine.deployment, mine.model_version
        if call.cache == "miss":
            call.attempts, call.queued_s = mine.attempts, mine.queued_s
            call.wasted = mine.wasted

    def push(self, delta: Delta) -> None:
        """One more piece for every reader."""
        self._bytes += len(delta.text) + len(delta.raw or b"")
        if self._bytes > FLIGHT_BYTES_MAX:
            raise EngineBroke(
                f"the answer grew beyond {FLIGHT_BYTES_MAX} bytes",
                remedy="ask for fewer words with max_tokens",
                code="answer_too_large",
            )
        if delta.finish is not None:
            self.finish = delta.finish
        self.deltas.append(delta)
        self._wake()

    def take(self, kept: KeptAnswer) -> None:
        """The answer was known elsewhere."""
        self._hit = True
        self.chat.call.deployment = kept.deployment
        self.chat.call.model_version = kept.model_version
        self.push(_replayed(kept))

    def end(self) -> None:
        """Nothing more comes."""
        self.ended = True
        self._wake()

    def news(self) -> asyncio.Future[None]:
        """Done when there is another piece, or the end."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return waiter

    async def worth_keeping(self, model_version: str) -> KeptAnswer | None:
        """The whole answer, if it may be given again."""
        chat, call = self.chat, self.chat.call
        text = "".join(delta.text for delta in self.deltas)
        if self.finish != "stop" or not text or call.model_version != model_version:
            return None
        try:
            if len(text.encode()) > KEPT_BYTES_MAX:
                return None
            if chat.shape is not None and await mismatch(chat.shape, text) is not None:
                return None
        except (UnicodeEncodeError, ChatRefused):
            return None  # half a character, or a schema that cannot be checked: given, not kept
        usage: Usage | None = None
        for delta in self.deltas:
            usage = delta.usage or usage
        return KeptAnswer(
            key=self.key,
            text=text,
            usage=None
            if usage is None
            else (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens),
            estimated=usage is not None and usage.estimated,
            deployment=call.deployment,
            model_version=call.model_version,
        )

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


def _replayed(kept: KeptAnswer) -> Delta:
    usage = None
    if kept.usage is not None:
        prompt, completion, cached = kept.usage
        usage = Usage(prompt, completion, cached, estimated=kept.estimated)
    return Delta(kept.text, "stop", usage)


def _later(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)


def _size(kept: KeptAnswer) -> int:
    return 4 * len(kept.text) + _ENTRY_BYTES
