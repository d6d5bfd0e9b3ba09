"""Another try at the same deployment, while nobody has heard a word of the answer yet.

Tries follow `stamina`'s backoff with jitter, or wait as long as the backend asked for
(Retry-After), never past the call's deadline. A budget keeps a failing backend from being asked
twice as often as a sound one: extra tries stay within a tenth of the calls, plus a few.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import stamina

from yuepi.engines.contract import Chat, Delta, Engine, EngineFailure
from yuepi.gateway.wrapper import Wrapper

Clock = Callable[[], float]

#: Our own refusals in front of the backend. A client may well ask again later (so they are
#: `retryable`), but within this call waiting is what the queue and the probe window are for.
_OURS = frozenset({"queue_full", "queue_timeout", "breaker_open"})


class RetryBudget:
    """A bucket of extra tries: each call puts `share` in, each extra try takes 1 out.

    It starts with `floor` and holds at most `tries_saved_max`, so quiet days don't pay for a
    storm. Over any row of calls: extra tries <= share * calls + floor.
    """

    def __init__(self, *, share: float = 0.1, floor: int = 3, tries_saved_max: int = 10) -> None:
        # Counted in whole thousandths: sums of 0.1 as floats drift.
        self._deposit = round(share * 1_000)
        self._saved = floor * 1_000
        self._saved_max = max(floor, tries_saved_max) * 1_000

    def call_began(self) -> None:
        """A call's first try: what it earns for later."""
        self._saved = min(self._saved + self._deposit, self._saved_max)

    def take(self) -> bool:
        """Pay for one extra try; False when there is nothing left."""
        if self._saved < 1_000:
            return False
        self._saved -= 1_000
        return True


class Retry(Wrapper):
    """An engine that asks another up to `tries_max` times until it gives a first delta.

    A Retry-After above `retry_after_s_max` is not waited for: the failure goes up, to the
    fallback. `wait_*` are stamina's: the n-th wait is
    `min(wait_s_max, wait_s_first * 2 ** (n - 1) + random(0, wait_s_jitter))`.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        tries_max: int = 3,
        budget: RetryBudget | None = None,
        retry_after_s_max: float = 10.0,
        wait_s_first: float = 0.1,
        wait_s_max: float = 2.0,
        wait_s_jitter: float = 0.2,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(engine)
        self._tries_max = tries_max
        self._budget = budget or RetryBudget()
        self._retry_after_s_max = retry_after_s_max
        self._wait_s_first = wait_s_first
        self._wait_s_max = wait_s_max
        self._wait_s_jitter = wait_s_jitter
        self._clock = clock
        self.calls = 0
        self.extra_tries = 0

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        self.calls += 1
        self._budget.call_began()
        try:
            deltas, begun = await self._begin(chat)
        except EngineFailure as failure:
            # Only now stamina's machinery: calls that go well don't pay for it.
            deltas, begun = await self._begin_again(chat, failure)
        async with aclosing(deltas):
            for delta in begun:
                yield delta
            async for delta in deltas:
                yield delta

    async def _begin(self, chat: Chat) -> tuple[AsyncGenerator[Delta, None], list[Delta]]:
        """Open the stream and wait for its first piece.

        Streams of OpenAI's language open with a piece that only names the role. That one is held
        back until the next, so that a backend failing right after it can still be asked again.
        """
        deltas = self._engine.stream(chat)
        begun: list[Delta] = []
        try:
            async for delta in deltas:
                begun.append(delta)
                if len(begun) == 2 or delta.text or delta.finish is not None:
                    break
        except BaseException:
            await deltas.aclose()
            raise
        return deltas, begun

    async def _begin_again(
        self, chat: Chat, first: EngineFailure
    ) -> tuple[AsyncGenerator[Delta, None], list[Delta]]:
        """Further tries. The failed first one is told to stamina as its first, so it waits."""
        tries = 1

        def wait_or_give_up(error: Exception) -> bool | float:
            return self._worth_waiting(chat, error, tries)

        context = stamina.retry_context(
            on=wait_or_give_up,
            attempts=self._tries_max,
            timeout=None,
            wait_initial=self._wait_s_first,
            wait_max=self._wait_s_max,
            wait_jitter=self._wait_s_jitter,
        )
        async for attempt in context:
            with attempt:
                if attempt.num == 1:
                    raise first
                tries = attempt.num
                self.extra_tries += 1
                return await self._begin(chat)
        raise first  # not reached: stamina raises the last failure itself

    def _worth_waiting(self, chat: Chat, error: Exception, tries: int) -> bool | float:
        """False to give up, True for stamina's own wait, or the seconds the backend asked for."""
        if not isinstance(error, EngineFailure) or not error.retryable or error.code in _OURS:
            return False
        if tries >= self._tries_max:
            return False
        if error.code == "schema_mismatch" and chat.sampling.temperature == 0:
            return False  # the likeliest words are the same again
        asked_s = error.retry_after_s
        if asked_s is not None and asked_s > self._retry_after_s_max:
            return False
        longest_s = self._wait_s_first * 2 ** (tries - 1) + self._wait_s_jitter
        longest_s = min(longest_s, self._wait_s_max) if asked_s is None else asked_s
        deadline = chat.call.deadline
        if deadline is not None and self._clock() + longest_s >= deadline:
            return False
        if not self._budget.take():
            return False
        return True if asked_s is None else max(asked_s, 0.0)
