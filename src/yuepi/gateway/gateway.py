"""One safe model call, by the name of a route: the story of a call, from admission to its record.

`Gateway.stream` is the way in for the doors and for other rooms. What stands between a route and
its engines is put together in `stack`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from yuepi.engines.contract import (
    Abilities,
    Call,
    Chat,
    ChatRefused,
    Delta,
    EngineBroke,
    EngineTimeout,
    Finish,
    Message,
    Usage,
)
from yuepi.gateway.answers_cache import AnswersCache
from yuepi.gateway.call_story import NO_USAGE, CallStory
from yuepi.gateway.deadline import within_deadline
from yuepi.gateway.deployment import Deployment, Route
from yuepi.gateway.router import takes_pictures
from yuepi.gateway.stack import Served, Stack, plain_routes, serve
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError

if TYPE_CHECKING:
    from yuepi.access.keys import Key
    from yuepi.gateway.budget import Budgets
    from yuepi.gateway.call_log import CallLog
    from yuepi.gateway.prompts import PromptShelf

log = logging.getLogger(__name__)

_NAMES_SHOWN_MAX = 20
_OUTCOMES_MAX = 1_000
_NO_COST = Decimal(0)


class UnknownModel(YuepiError):
    """No route and no model goes by that name."""

    code = "model_not_found"
    http_status = 404
    exit_code = 2
    param = "model"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `raw` is the upstream's own JSON body, where there was one."""

    text: str
    finish: Finish
    usage: Usage
    call: Call
    raw: bytes | None = field(default=None, repr=False)


def _keep_nothing(_: Call) -> bool:
    return False


class Gateway:
    """All routes over all deployments.

    `keep_content` decides for each call whether what was said is kept in the call log.
    `models_by_name`: each model can be asked by its own name too, around every route. `chance`
    and `breaker_clock` (seconds) are what tests put in place of luck and time.
    """

    def __init__(
        self,
        *,
        deployments: Sequence[Deployment],
        routes: Sequence[Route] = (),
        budgets: Budgets | None = None,
        log: CallLog | None = None,
        cache: AnswersCache | None = None,
        prompts: PromptShelf | None = None,
        keep_content: Callable[[Call], bool] = _keep_nothing,
        models_by_name: bool = True,
        chance: random.Random | None = None,
        breaker_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budgets = budgets
        self._log = log
        self._cache = cache
        self._prompts = prompts
        self._keep_content = keep_content
        self._stacks = {each.name: Stack(each, breaker_clock) for each in deployments}
        if len(self._stacks) < len(deployments):
            raise BadUsage("two models have one name", remedy="give each model its own name")
        chance = chance or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._served: dict[str, Served] = {}
        plain = plain_routes(deployments, routes) if models_by_name else []
        for route in (*routes, *plain):
            if route.alias in self._served:
                raise BadUsage(
                    f"two routes are named {route.alias!r}", remedy="give each route its own name"
                )
            self._check_prompt(route)
            self._served[route.alias] = serve(route, self._stacks, cache, chance)
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._tokens: Counter[tuple[str, str]] = Counter()

    # --- asking --------------------------------------------------------------------------------

    async def stream(
        self, alias: str, chat: Chat, key: Key | None = None
    ) -> AsyncGenerator[Delta, None]:
        """Answer a chat under a name; `chat.call` is filled in on the way.

        The last delta tells the usage if none before did (then it is estimated). Raises, before
        the first delta: `UnknownModel`, what `Budgets.admit` raises, `ChatRefused`, `Unavailable`
        when there is no room to record the call; any time: `EngineFailure`.
        """
        served = self._find(alias)
        call = chat.call
        call.route = alias
        call.id = call.id or f"call_{secrets.token_hex(12)}"
        if key is not None:
            call.tenant, call.key_id = key.tenant, key.id
        if self._log is not None:
            self._log.ready()
        story = CallStory(chat, keep_text=self._keep_content(call))
        try:
            if self._budgets is not None and key is not None and not call.admitted:
                await self._budgets.admit(key)
            asked = story.asked = self._prepared(served, chat)
            answer = within_deadline(served.engine.stream(asked), call, alias)
            async with aclosing(answer) as deltas:
                async for delta in deltas:
                    story.note(delta)
                    yield delta
            if story.finish is None:
                raise EngineBroke(
                    f"{call.deployment} stopped in the middle of its answer",
                    remedy="ask again; if it stays so, look into the backend's own log",
                    code="answer_cut_short",
                )
            if story.usage is None:
                story.usage = story.estimate()
                yield Delta(usage=story.usage)
            story.outcome = "done"
        except YuepiError as error:
            story.outcome = error.code
            # Sent and lost, it was worked on all the same; a refusal or a shut door cost nothing.
            story.lost = isinstance(error, EngineTimeout | EngineBroke)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            story.outcome = "cancelled" if story.finish is None else "done"
            story.left = True
            raise
        finally:
            self._settle(story, key)

    async def ask(self, alias: str, chat: Chat, key: Key | None = None) -> Answer:
        """The whole answer at once; raises what `stream` raises."""
        if chat.incremental:
            chat = replace(chat, incremental=False)
        texts: list[str] = []
        raws: list[bytes] = []
        finish: Finish | None = None
        usage = NO_USAGE
        async with aclosing(self.stream(alias, chat, key)) as deltas:
            async for delta in deltas:
                texts.append(delta.text)
                finish = delta.finish or finish
                usage = delta.usage or usage
                if delta.raw is not None:
                    raws.append(delta.raw)
        # `stream` does not end well without one.
        assert finish is not None  # noqa: S101
        raw = raws[0] if len(raws) == 1 else None
        return Answer("".join(texts), finish, usage, chat.call, raw)

    # --- what there is -------------------------------------------------------------------------

    def aliases(self) -> list[str]:
        """Every name that can be asked for: routes first, then models."""
        return list(self._served)

    def abilities(self, alias: str) -> Abilities:
        """What at least one target of the alias can take; raises `UnknownModel`."""
        return self._find(alias).abilities

    async def warm(self, alias: str) -> None:
        """Load or reach what stands behind a name; raises `UnknownModel`, `EngineFailure`."""
        await self._find(alias).engine.warm()

    async def close(self) -> None:
        """End what is under way and let go of every engine, even where one fails to close."""
        if self._cache is not None:
            await self._cache.close()
        stacks = list(self._stacks.values())
        closing = (stack.engine.close() for stack in stacks)
        for stack, result in zip(
            stacks, await asyncio.gather(*closing, return_exceptions=True), strict=True
        ):
            if isinstance(result, Exception):
                log.error("%s did not close", stack.deployment.name, exc_info=result)

    def snapshot(self) -> dict[str, Any]:
        """Numbers for metrics: `deployments` by name, `outcomes` and `tokens` counted, `cache`."""
        cache = self._cache
        return {
            "deployments": {name: stack.snapshot() for name, stack in self._stacks.items()},
            "outcomes": dict(self._outcomes),  # (route, outcome) -> calls
            "tokens": dict(self._tokens),  # (deployment, "prompt" | "completion") -> tokens
            "cache": {
                "hits": cache.hits,
                "misses": cache.misses,
                "joined": cache.joined,
                "bytes": cache.bytes_kept,
            }
            if cache is not None
            else {},
        }

    # --- steps of the story --------------------------------------------------------------------

    def _find(self, alias: str) -> Served:
        served = self._served.get(alias)
        if served is not None:
            return served
        names = list(self._served)
        there = ", ".join(names[:_NAMES_SHOWN_MAX]) or "none"
        more = f" and {len(names) - _NAMES_SHOWN_MAX} more" if len(names) > _NAMES_SHOWN_MAX else ""
        raise UnknownModel(
            f"there is no model {alias[:128]!r}", remedy=f"choose one of: {there}{more}"
        )

    def _check_prompt(self, route: Route) -> None:
        if route.prompt is None:
            return
        if self._prompts is None:
            raise BadUsage(
                f"route {route.alias!r} wants prompt {route.prompt!r}, but there are no prompts",
                remedy=f"remove prompt from [routes.{route.alias}]",
            )
        self._prompts.pick(route.prompt, "")

    def _prepared(self, served: Served, chat: Chat) -> Chat:
        """The chat with the route's prompt and deadline; raises `ChatRefused` for its pictures."""
        route, call = served.route, chat.call
        pictures = len(chat.pictures)
        if not takes_pictures(served.abilities, pictures):
            most = served.abilities.images_max if takes_pictures(served.abilities, 1) else 0
            raise ChatRefused(
                f"{pictures} pictures are more than {route.alias!r} takes ({most})",
                remedy="send fewer pictures with one question, or choose another model",
                code="too_many_images",
                param="messages",
            )
        call.route_deadline = None
        if route.deadline_s is not None:
            deadline = call.route_deadline = time.monotonic() + route.deadline_s
            call.deadline = deadline if call.deadline is None else min(call.deadline, deadline)
        if route.prompt is None or self._prompts is None:
            return chat
        prompt = self._prompts.pick(route.prompt, call.conversation)
        call.prompt_version = f"{prompt.name}@{prompt.version}"
        return _with_system(chat, prompt.text)

    def _settle(self, story: CallStory, key: Key | None) -> None:
        """Charge and record a call, whatever became of it."""
        call = story.chat.call
        usage, cost = story.spent(), _NO_COST
        stack = self._stacks.get(call.deployment)
        if call.cache not in ("hit", "joined"):
            if stack is not None and stack.deployment.price is not None:
                cost = stack.deployment.price.cost(usage)
            if usage != NO_USAGE:
                self._tokens[call.deployment, "prompt"] += usage.prompt_tokens
                self._tokens[call.deployment, "completion"] += usage.completion_tokens
            if self._budgets is not None and key is not None and usage != NO_USAGE:
                self._budgets.charge(key, usage, cost)
        counted = (call.route, story.outcome)
        if len(self._outcomes) >= _OUTCOMES_MAX and counted not in self._outcomes:
            counted = (call.route, "other")  # codes may be an upstream's own words
        self._outcomes[counted] += 1
        if self._log is None:
            return
        try:
            self._log.record(story.record(usage, cost))
        except Unavailable as error:
            # After a whole answer the caller is told. Otherwise what went wrong before counts
            # more, or nobody is left to tell.
            if story.outcome == "done" and not story.left:
                raise
            log.error("call %s could not be recorded: %s", call.id, error)


def _with_system(chat: Chat, text: str) -> Chat:
    """The chat with a system message in front; raw messages are kept raw, with it put before."""
    messages = (Message("system", (text,)), *chat.messages)
    raw = None if chat.received is None else chat.received.get("messages")
    if raw is None or chat.received is None:
        return chat.with_messages(messages)
    opened, _, rest = raw.partition(b"[")
    if opened.strip():
        return chat.with_messages(messages)
    said = msgspec.json.encode({"role": "system", "content": text})
    between = b"" if rest.lstrip().startswith(b"]") else b","
    received = {**chat.received, "messages": b"[" + said + between + rest}
    return replace(chat, messages=messages, received=received)
