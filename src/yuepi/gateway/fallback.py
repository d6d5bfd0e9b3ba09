"""When one deployment fails, the next is asked, as long as nobody has heard a word.

Only `EngineFailure` moves a call on. A refused question (`ChatRefused`) would be refused anywhere
else too, with one exception: what was too much for one (pictures, context) is offered to the
others that can take more than that one.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from yuepi.engines.contract import (
    Abilities,
    Chat,
    ChatRefused,
    Delta,
    Engine,
    EngineBroke,
    EngineBusy,
    EngineFailure,
    EngineTimeout,
    EngineUnavailable,
)
from yuepi.gateway.router import takes_pictures, widest

log = logging.getLogger(__name__)

#: Codes of refusals that a model of larger context may not share.
_TOO_LONG = frozenset({"context_length_exceeded", "context_too_long"})
_TOO_MANY_PICTURES = frozenset({"too_many_images"})

#: Which kind of failure tells most, when deployments failed in different ways: one that answered
#: wrongly before one that was slow, one that is full before one that was not asked at all.
_TELLING: tuple[type[EngineFailure], ...] = (
    EngineBroke,
    EngineTimeout,
    EngineBusy,
    EngineUnavailable,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deployment to try: its whole stack of limit, breaker and retry as one engine."""

    name: str
    model_version: str
    engine: Engine


class Fallback:
    """An engine that asks others in order until one begins to answer.

    Writes the one asked into `call.deployment` and `call.model_version`.
    """

    def __init__(self, alias: str, candidates: Sequence[Candidate]) -> None:
        self._alias = alias
        self._candidates = tuple(candidates)
        self._abilities = widest([one.engine.abilities for one in candidates])

    @property
    def name(self) -> str:
        return self._alias

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        if len(self._candidates) > 1:
            return self._in_order(chat)
        only = self._candidates[0]
        return _ask(only, chat)

    async def warm(self) -> None:
        await self._candidates[0].engine.warm()

    async def close(self) -> None:
        for candidate in self._candidates:
            await candidate.engine.close()

    async def _in_order(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        failures: list[tuple[Candidate, EngineFailure]] = []
        left = [one for one in self._candidates if _takes_pictures(one, chat)]
        left = left or list(self._candidates[:1])  # none can: let the first say so
        while left:
            candidate = left.pop(0)
            begun = False
            try:
                async with aclosing(_ask(candidate, chat)) as deltas:
                    async for delta in deltas:
                        begun = True
                        yield delta
                return
            except EngineFailure as failure:
                if begun:
                    raise
                failures.append((candidate, failure))
                why = failure.code
            except ChatRefused as refused:
                larger = _those_that_take_more(candidate, left, refused)
                if begun or not larger:
                    raise
                left = larger
                why = refused.code
            if left:
                log.warning(
                    "%s: %s failed (%s), asking %s", self._alias, candidate.name, why, left[0].name
                )
        raise self._all_failed(failures)

    def _all_failed(self, failures: list[tuple[Candidate, EngineFailure]]) -> EngineFailure:
        """One error that names each deployment and why; its kind is the most telling one's."""
        if len(failures) == 1:
            return failures[0][1]
        most = min((failure for _, failure in failures), key=_rank)
        waits_s = [one.retry_after_s for _, one in failures if one.retry_after_s is not None]
        reasons = "; ".join(f"[{one.name}] {failure.message}" for one, failure in failures)
        error = type(most)(
            f"none of the {len(failures)} deployments behind {self._alias!r} answered: {reasons}",
            remedy=most.remedy,
            code=most.code,
            retry_after_s=min(waits_s, default=None),
            retryable=any(one.retryable for _, one in failures),
        )
        error.http_status = most.http_status
        return error


def _ask(candidate: Candidate, chat: Chat) -> AsyncGenerator[Delta, None]:
    chat.call.deployment = candidate.name
    chat.call.model_version = candidate.model_version
    return candidate.engine.stream(chat)


def _rank(failure: EngineFailure) -> int:
    for place, kind in enumerate(_TELLING):
        if isinstance(failure, kind):
            return place
    return len(_TELLING)


def _takes_pictures(candidate: Candidate, chat: Chat) -> bool:
    return takes_pictures(candidate.engine.abilities, len(chat.pictures))


def _those_that_take_more(
    refuser: Candidate, left: list[Candidate], refused: ChatRefused
) -> list[Candidate]:
    """Of those left, who can take what was too much for the refuser; for other reasons nobody."""
    had = refuser.engine.abilities
    if refused.code in _TOO_LONG:
        return [
            one for one in left if one.engine.abilities.context_tokens_max > had.context_tokens_max
        ]
    if refused.code in _TOO_MANY_PICTURES:
        return [one for one in left if one.engine.abilities.images_max > had.images_max]
    return []
