"""A breaker around one deployment: a backend that keeps failing is left alone (`gateway.circuit`).

A call whose route's own deadline ran out after `silence_s_min` seconds without a word counts as a
failure too, or a hanging backend would never be noticed under routes whose deadline is shorter
than the engine's own timeouts. A deadline that a client chose says nothing: else any client could
shut the door for all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from yuepi.engines.contract import Call, Chat, Delta, Engine, EngineBroke, EngineFailure
from yuepi.gateway.circuit import Circuit, Clock, State
from yuepi.gateway.wrapper import Wrapper


class Breaker(Wrapper):
    """An engine that stops asking a failing one, after `failures_max` failures in a row or too
    large a share of them."""

    def __init__(
        self,
        engine: Engine,
        *,
        failures_max: int = 5,
        silence_s_min: float = 10.0,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(engine)
        self._circuit = Circuit(engine.name, failures_max=failures_max, clock=clock)
        self._silence_s_min = silence_s_min
        self._clock = clock

    @property
    def state(self) -> State:
        """For metrics; an open breaker whose probe is due already says `half_open`."""
        return self._circuit.state

    @property
    def opened(self) -> int:
        """How often it has opened."""
        return self._circuit.opened

    def refuse_if_open(self) -> None:
        """Raise `EngineUnavailable` when a call would not be let through now."""
        self._circuit.refuse_if_open()

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        probe = self._circuit.enter(chat.call)
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
                            self._circuit.alive_again()
                    if delta.finish is not None and not finished:
                        finished = True
                        self._circuit.succeeded(probe)
                    yield delta
            if not finished:
                raise EngineBroke(
                    f"{self.name} stopped in the middle of its answer",
                    remedy="ask again; if it stays so, look into the backend's own log",
                    code="answer_cut_short",
                )
        except EngineFailure as failure:
            self._circuit.failed(failure, probe)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            if not spoke and self._kept_silent(chat.call, began):
                self._circuit.count_failure("no word before the deadline", probe, None)
            raise
        finally:
            self._circuit.leave(chat.call)

    def _kept_silent(self, call: Call, began: float) -> bool:
        if call.route_deadline is None or self._clock() - began < self._silence_s_min:
            return False
        return self._clock() >= call.route_deadline - 0.05
