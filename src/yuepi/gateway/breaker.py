"""A breaker around one deployment: a backend that keeps failing is left alone for a while.

Closed, calls pass and outcomes are counted. Open, nobody asks the backend. After the probe window
one call may try (half-open): its first word closes the breaker, its failure opens it for twice as
long, up to a limit.

What counts as a failure: every `EngineFailure` but `EngineBusy`. A refused question, a client that
leaves and a wrong JSON shape say nothing about the backend's health. `EngineBusy` means alive but
full, so only a long row of them (`busy_max`) opens the breaker. A call whose route's own deadline
ran out after `silence_s_min` seconds without a word counts too, or a hanging backend would never
be noticed under routes whose deadline is shorter than the engine's own timeouts. A deadline that a
client chose says nothing: else any client could shut the door for all.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Literal

from yuepi.engines.contract import (
    Call,
    Chat,
    Delta,
    Engine,
    EngineBroke,
    EngineBusy,
    EngineFailure,
    EngineUnavailable,
)
from yuepi.gateway.wrapper import Wrapper

log = logging.getLogger(__name__)

State = Literal["closed", "open", "half_open"]
Clock = Callable[[], float]

_OUTCOMES_KEPT = 64


class Breaker(Wrapper):
    """An engine that stops asking a failing one.

    Opens after `failures_max` failures in a row, or when at least `share_max` of the outcomes of
    the last `window_s` seconds (at least `outcomes_min` of them) were failures. The probe window
    is `probe_s` seconds at first and doubles to `probe_s_max` while probes fail.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        failures_max: int = 5,
        share_max: float = 0.5,
        outcomes_min: int = 10,
        window_s: float = 30.0,
        busy_max: int = 20,
        probe_s: float = 5.0,
        probe_s_max: float = 60.0,
        silence_s_min: float = 10.0,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(engine)
        self._failures_max = failures_max
        self._share_max = share_max
        self._outcomes_min = outcomes_min
        self._window_s = window_s
        self._busy_max = busy_max
        self._probe_s = probe_s
        self._probe_s_max = probe_s_max
        self._silence_s_min = silence_s_min
        self._clock = clock
        self._state: State = "closed"
        self._failures = 0
        self._busy = 0
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=_OUTCOMES_KEPT)
        self._open_s = probe_s
        self._probe_at = 0.0
        self._probe: Call | None = None
        self._why = ""
        self.opened = 0

    @property
    def state(self) -> State:
        """For metrics; an open breaker whose probe is due already says `half_open`."""
        if self._state == "open" and self._clock() >= self._probe_at:
            return "half_open"
        return self._state

    def refuse_if_open(self) -> None:
        """Raise `EngineUnavailable` when a call would not be let through now.

        Asked before queueing too: nobody should wait for a place at a backend left alone.
        """
        if self._state == "closed":
            return
        now = self._clock()
        if self._state == "open" and now >= self._probe_at:
            return
        if self._state == "half_open" and self._probe is None:
            return
        raise EngineUnavailable(
            f"{self.name} is left alone after repeated failures ({self._why})",
            remedy="wait for the time given, name a fallback for this route, or mend the backend",
            code="breaker_open",
            retry_after_s=max(self._probe_at - now, 1.0),
        )

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        self.refuse_if_open()
        probe = self._state != "closed"
        if probe:
            self._state = "half_open"
            self._probe = chat.call
        # Counted here, not where tries are made: only this is a call that the backend sees.
        chat.call.attempts += 1
        began = self._clock()
        spoke = finished = False
        try:
            async with aclosing(self._engine.stream(chat)) as deltas:
                async for delta in deltas:
                    if not spoke:
                        spoke = True
                        if probe:
                            self._alive_again()
                    if delta.finish is not None and not finished:
                        finished = True
                        self._succeeded(probe)
                    yield delta
            if not finished:
                raise EngineBroke(
                    f"{self.name} stopped in the middle of its answer",
                    remedy="ask again; if it stays so, look into the backend's own log",
                    code="answer_cut_short",
                )
        except EngineFailure as failure:
            self._failed(failure, probe)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            if not spoke and self._kept_silent(chat.call, began):
                self._count_failure("no word before the deadline", probe, None)
            raise
        finally:
            if self._probe is chat.call:
                self._probe = None

    # --- judging -------------------------------------------------------------------------------

    def _kept_silent(self, call: Call, began: float) -> bool:
        if call.route_deadline is None or self._clock() - began < self._silence_s_min:
            return False
        return self._clock() >= call.route_deadline - 0.05

    def _alive_again(self) -> None:
        """The probe got a word: others may ask. One failure before a whole answer opens again."""
        log.warning("%s answers again: the breaker closes", self.name)
        self._state = "closed"
        self._probe = None
        self._failures = self._failures_max - 1
        self._busy = 0
        self._outcomes.clear()

    def _succeeded(self, probe: bool) -> None:
        if self._state != "closed" and not probe:
            return  # begun before it opened: old streams may end well where new calls fail
        if self._state != "closed":
            log.warning("%s answers again: the breaker closes", self.name)
        self._state = "closed"
        self._failures = self._busy = 0
        self._open_s = self._probe_s
        self._outcomes.append((self._clock(), False))

    def _failed(self, failure: EngineFailure, probe: bool) -> None:
        if not isinstance(failure, EngineBusy):
            self._busy = 0
            self._count_failure(failure.code, probe, failure.retry_after_s)
            return
        if self._state != "closed" and not probe:
            return
        self._busy += 1
        if self._busy >= self._busy_max or self._state == "half_open":
            self._open(failure.code, failure.retry_after_s)

    def _count_failure(self, why: str, probe: bool, retry_after_s: float | None) -> None:
        if self._state != "closed" and not probe:
            return  # begun before it opened: the window already runs
        now = self._clock()
        self._failures += 1
        self._outcomes.append((now, True))
        if probe or self._failures >= self._failures_max or self._too_many(now):
            self._open(why, retry_after_s)

    def _too_many(self, now: float) -> bool:
        recent = [failed for when, failed in self._outcomes if now - when <= self._window_s]
        return len(recent) >= self._outcomes_min and sum(recent) >= self._share_max * len(recent)

    def _open(self, why: str, retry_after_s: float | None) -> None:
        asked_s = min(retry_after_s or 0.0, self._probe_s_max)
        alone_s = max(self._open_s, asked_s)
        self._probe_at = self._clock() + alone_s
        log.warning("%s fails (%s): the breaker opens for %.0f s", self.name, why, alone_s)
        self._open_s = min(self._open_s * 2, self._probe_s_max)
        self._state = "open"
        self._why = why
        self._busy = 0
        self._outcomes.clear()
        self.opened += 1
