"""Whether a backend may be asked, judged by how it did: a failing one is left alone for a while.

Closed, calls pass and outcomes are counted. Open, nobody asks the backend. After the probe window
one call may try (half-open): its first word closes the circuit, its failure opens it for twice as
long, up to a limit.

What counts as a failure: every `EngineFailure` but `EngineBusy`. A refused question, a client that
leaves and a wrong JSON shape say nothing about the backend's health. `EngineBusy` means alive but
full, so only a long row of them (`busy_max`) opens the circuit.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from yuepi.engines.contract import EngineBusy, EngineFailure, EngineUnavailable

log = logging.getLogger(__name__)

State = Literal["closed", "open", "half_open"]
Clock = Callable[[], float]
AnsweredT = TypeVar("AnsweredT")

_OUTCOMES_KEPT = 64


class Circuit:
    """The outcomes of one backend, and what follows from them.

    Opens after `failures_max` failures in a row, or when at least `share_max` of the outcomes of
    the last `window_s` seconds (at least `outcomes_min` of them) were failures. The probe window
    is `probe_s` seconds at first and doubles to `probe_s_max` while probes fail.
    """

    def __init__(
        self,
        name: str,
        *,
        failures_max: int = 5,
        share_max: float = 0.5,
        outcomes_min: int = 10,
        window_s: float = 30.0,
        busy_max: int = 20,
        probe_s: float = 5.0,
        probe_s_max: float = 60.0,
        clock: Clock = time.monotonic,
    ) -> None:
        self.name = name
        self._failures_max = failures_max
        self._share_max = share_max
        self._outcomes_min = outcomes_min
        self._window_s = window_s
        self._busy_max = busy_max
        self._probe_s = probe_s
        self._probe_s_max = probe_s_max
        self._clock = clock
        self._state: State = "closed"
        self._failures = 0
        self._busy = 0
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=_OUTCOMES_KEPT)
        self._open_s = probe_s
        self._probe_at = 0.0
        self._probe: object | None = None
        self._why = ""
        self.opened = 0

    @property
    def state(self) -> State:
        """For metrics; an open circuit whose probe is due already says `half_open`."""
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

    async def through(self, ask: Callable[[], Awaitable[AnsweredT]]) -> AnsweredT:
        """One call that gives its answer whole; raises what it raises, and `EngineUnavailable`."""
        caller = object()
        probe = self.enter(caller)
        try:
            answer = await ask()
        except EngineFailure as failure:
            self.failed(failure, probe)
            raise
        else:
            self.succeeded(probe)
            return answer
        finally:
            self.leave(caller)

    # --- one call ------------------------------------------------------------------------------

    def enter(self, caller: object) -> bool:
        """A call begins; whether it is the probe. Raises `EngineUnavailable`."""
        self.refuse_if_open()
        probe = self._state != "closed"
        if probe:
            self._state = "half_open"
            self._probe = caller
        return probe

    def leave(self, caller: object) -> None:
        """That call is over, however it ended."""
        if self._probe is caller:
            self._probe = None

    def alive_again(self) -> None:
        """The probe got a word: others may ask. One failure before a whole answer opens again."""
        log.warning("%s answers again: the breaker closes", self.name)
        self._state = "closed"
        self._probe = None
        self._failures = self._failures_max - 1
        self._busy = 0
        self._outcomes.clear()

    def succeeded(self, probe: bool) -> None:
        """A call got its whole answer."""
        if self._state != "closed" and not probe:
            return  # begun before it opened: old streams may end well where new calls fail
        if self._state != "closed":
            log.warning("%s answers again: the breaker closes", self.name)
        self._state = "closed"
        self._failures = self._busy = 0
        self._open_s = self._probe_s
        self._outcomes.append((self._clock(), False))

    def failed(self, failure: EngineFailure, probe: bool) -> None:
        """A call ended with this."""
        if not isinstance(failure, EngineBusy):
            self._busy = 0
            self.count_failure(failure.code, probe, failure.retry_after_s)
            return
        if self._state != "closed" and not probe:
            return
        self._busy += 1
        if self._busy >= self._busy_max or self._state == "half_open":
            self._open(failure.code, failure.retry_after_s)

    def count_failure(self, why: str, probe: bool, retry_after_s: float | None) -> None:
        """A call that counts against the backend."""
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
