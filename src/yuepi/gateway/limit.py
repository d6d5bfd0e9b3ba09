"""How many calls one deployment works on at once, and how many may wait for it.

First come, first served. Who cannot be served in time is told at once or as soon as that is
known, with the seconds after which trying again makes sense; who leaves gives up the place.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from yuepi.engines.contract import Chat, Delta, Engine, EngineBusy
from yuepi.gateway.wrapper import Wrapper

Clock = Callable[[], float]

#: What a call is taken to last before any has ended, and the bounds of what we tell clients.
_FIRST_GUESS_S = 2.0
_RETRY_AFTER_S_MIN = 1.0
_RETRY_AFTER_S_MAX = 120.0
#: The share of the newest duration in the running mean.
_NEWEST = 0.2

Place = asyncio.Future[bool]


def _let_all_in() -> None:
    """No gate."""


class Limit(Wrapper):
    """An engine that lets at most `concurrency_max` calls into another, `queue_max` waiting.

    `gate` is asked before joining the queue and may raise: nobody should wait in front of a
    backend that an open breaker keeps shut.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        concurrency_max: int,
        queue_max: int,
        queue_wait_s_max: float,
        gate: Callable[[], None] = _let_all_in,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(engine)
        self._concurrency_max = concurrency_max
        self._queue_max = queue_max
        self._queue_wait_s_max = queue_wait_s_max
        self._gate = gate
        self._clock = clock
        # Ordered, not a dict: taking from the front of a dict again and again is quadratic.
        self._waiting: OrderedDict[Place, None] = OrderedDict()
        self._duration_s = _FIRST_GUESS_S
        self.running = 0
        self.refused = 0

    @property
    def waiting(self) -> int:
        """How many calls wait now."""
        return len(self._waiting)

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        self._gate()
        if self.running < self._concurrency_max and not self._waiting:
            self.running += 1
        else:
            await self._wait_for_place(chat)
        if chat.call.progress is not None:
            chat.call.progress.reading = True
        began = self._clock()
        spoke = False
        try:
            async with aclosing(self._engine.stream(chat)) as deltas:
                async for delta in deltas:
                    spoke = True
                    yield delta
        finally:
            if spoke:  # a refusal after a millisecond says nothing about how long answers take
                took_s = self._clock() - began
                self._duration_s += _NEWEST * (took_s - self._duration_s)
            self._leave()

    def retry_after_s(self) -> float:
        """When a place should be free for one more, from how long recent calls took."""
        turns = (len(self._waiting) + 1) / self._concurrency_max
        return min(max(turns * self._duration_s, _RETRY_AFTER_S_MIN), _RETRY_AFTER_S_MAX)

    # --- the queue -----------------------------------------------------------------------------

    async def _wait_for_place(self, chat: Chat) -> None:
        call = chat.call
        began = self._clock()
        wait_s = self._queue_wait_s_max
        if call.deadline is not None:
            wait_s = min(wait_s, call.deadline - began)
        if len(self._waiting) >= self._queue_max:
            raise self._busy("queue_full", f"all {self._queue_max} places to wait are taken", 429)
        if wait_s <= 0:
            raise self._busy("queue_timeout", "there is no time left to wait for a place", 503)
        loop = asyncio.get_running_loop()
        place: Place = loop.create_future()
        self._waiting[place] = None
        if call.progress is not None:
            call.progress.reading = False
            call.progress.place = lambda: self._place_of(place)
        timer = loop.call_later(wait_s, self._give_up, place)
        try:
            admitted = await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self._leave()  # the place was just given to someone who no longer wants it
            self._waiting.pop(place, None)
            raise
        finally:
            timer.cancel()
            call.queued_s += self._clock() - began
        if not admitted:
            raise self._busy("queue_timeout", f"no place got free within {wait_s:.1f} s", 503)

    def _place_of(self, place: Place) -> int:
        """How many are served before this one has been, with it; 0: it waits no longer."""
        return next((at for at, one in enumerate(self._waiting, 1) if one is place), 0)

    def _give_up(self, place: Place) -> None:
        self._waiting.pop(place, None)
        if not place.done():
            place.set_result(False)

    def _leave(self) -> None:
        """Give the place to whoever waits longest, or free it."""
        while self._waiting:
            place, _ = self._waiting.popitem(last=False)
            if not place.done():
                place.set_result(True)
                return
        self.running -= 1

    def _busy(self, code: str, why: str, http_status: int) -> EngineBusy:
        self.refused += 1
        after_s = self.retry_after_s()
        busy = EngineBusy(
            f"{self.name} is busy: {self.running} calls run, {len(self._waiting)} wait; {why}",
            remedy=f"ask again in {after_s:.0f} s, or raise concurrency_max or queue_max of the"
            " model's entry if the machine can bear it",
            code=code,
            retry_after_s=after_s,
        )
        busy.http_status = http_status
        return busy
