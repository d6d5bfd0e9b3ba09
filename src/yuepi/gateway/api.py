"""The OpenAI-compatible door: `/v1/chat/completions`, `/v1/models`, `/v1/embeddings`.

A raw ASGI application, because model traffic with pictures in it must not be decoded more than it
needs (DESIGN section 3). The story of a request: key, body, question, answer; each piece of it is
in a module of its own. No CORS headers: keys do not belong into web pages of other sites.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import msgspec

from yuepi.engines.contract import (
    Abilities,
    Call,
    Chat,
    Delta,
    Embedder,
    EngineBroke,
    EngineBusy,
    Finish,
    Usage,
)
from yuepi.gateway.chat_question import Fetch, Questions
from yuepi.gateway.http_exchange import (
    ClientLeft,
    Exchange,
    Header,
    Receive,
    Scope,
    Send,
    header_value,
)
from yuepi.gateway.openai_answer import EventWriter, completion, problem_of, unexpected_problem
from yuepi.gateway.openai_embeddings import check_dimensions, embeddings_body, read_embeddings
from yuepi.gateway.openai_request import ChatAsked, read_chat, shown
from yuepi.gateway.picture_intake import PictureLimits
from yuepi.kit.errors import YuepiError

if TYPE_CHECKING:
    from yuepi.access.keys import Key

INLINE_VECTORS_MAX = 256
ANSWER_CHARACTERS_MAX = 8_000_000
MODELS_PATH = "/v1/models"

log = logging.getLogger(__name__)

Admit = Callable[["Key"], Awaitable[None]]
"""Raises where the key is over its limits."""
Charge = Callable[["Key", Usage, Decimal], None]
"""Adds what was used, and what it cost, to the key's minute and month."""


class Keyring(Protocol):
    """Knows keys. `access.keys.Keyring` is one."""

    async def find(self, bearer: str) -> Key:
        """The key of that secret; raises `NotAllowed`."""
        ...


class ChatGateway(Protocol):
    """What the door asks. `gateway.gateway.Gateway` is one."""

    def stream(
        self, alias: str, chat: Chat, key: Key | None = None
    ) -> AsyncGenerator[Delta, None]: ...

    def aliases(self) -> Iterable[str]: ...

    def abilities(self, alias: str) -> Abilities:
        """What the alias can take; raises `UnknownModel`."""
        ...


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """What one request may bring, and how many may be there at once.

    `bodies_bytes_max` is for the bodies of all requests under way together. `images_max` is a
    ceiling over what each model takes by itself (`Abilities.images_max`, usually four).
    `send_wait_s_max`: how long a client may stop reading before it counts as gone.
    """

    body_bytes_max: int = 32 * 2**20
    body_wait_s_max: float = 60.0
    send_wait_s_max: float = 60.0
    requests_max: int = 512
    bodies_bytes_max: int = 512 * 2**20
    images_max: int = 16
    pictures: PictureLimits = field(default_factory=PictureLimits)


class KeyMissing(YuepiError):
    """No key came with the request, or not in the way it should."""

    code = "invalid_api_key"
    http_status = 401


class NoSuchPath(YuepiError):
    """There is nothing at this address, or no such model."""

    code = "unknown_url"
    http_status = 404


class WrongMethod(YuepiError):
    """The address exists, but not for this method."""

    code = "method_not_allowed"
    http_status = 405

    def __init__(self, message: str, *, allowed_method: str) -> None:
        super().__init__(message, remedy=f"use {allowed_method}")
        self.allowed_method = allowed_method


class Door:
    """The ASGI application. Raises nothing: every failure becomes an answer in OpenAI's shape.

    `fetch` is None where http(s) picture addresses are refused, as they are by default. `admit` is
    asked before embeddings and `charge` told of them: they have no gateway that would.
    """

    def __init__(
        self,
        gateway: ChatGateway,
        keyring: Keyring,
        embedders: Mapping[str, Embedder],
        limits: DoorLimits | None = None,
        *,
        fetch: Fetch | None = None,
        admit: Admit | None = None,
        charge: Charge | None = None,
    ) -> None:
        self._gateway = gateway
        self._keyring = keyring
        self._embedders = embedders
        self._limits = limits or DoorLimits()
        self._admit = admit
        self._charge = charge
        self._questions = Questions(self._limits.images_max, self._limits.pictures, fetch)
        self._opened_at = int(time.time())
        self._requests = 0
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        exchange = Exchange(scope, receive, send, send_wait_s_max=self._limits.send_wait_s_max)
        self._requests += 1
        try:
            await self._answer(exchange)
        except ClientLeft:
            log.info("%s: the client left", exchange.id)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not exchange.left or task is None:
                raise
            task.uncancel()
            log.info("%s: the client left", exchange.id)
        finally:
            self._requests -= 1
            self._held_bytes -= exchange.held_bytes
            exchange.done()

    async def _answer(self, exchange: Exchange) -> None:
        """The answer, or the failure as an answer."""
        try:
            if self._requests > self._limits.requests_max:
                raise EngineBusy(
                    f"{self._limits.requests_max} requests are being answered already",
                    remedy="ask again in a moment",
                    code="too_many_requests",
                )
            await self._route(exchange)
        except ClientLeft:
            raise
        except YuepiError as error:
            problem = problem_of(error)
            if exchange.streaming:
                # No [DONE]: whoever reads must see that the answer did not end well.
                await exchange.end_events(problem.event)
            elif not exchange.started:
                await exchange.reply(problem.status, problem.body, problem.headers)
        except Exception:
            log.exception("%s: %s %s failed", exchange.id, exchange.method, exchange.path)
            problem = unexpected_problem(exchange.id)
            if exchange.streaming:
                await exchange.end_events(problem.event)
            elif not exchange.started:
                await exchange.reply(problem.status, problem.body)

    async def _route(self, exchange: Exchange) -> None:
        path = exchange.path
        if path == "/v1/chat/completions":
            self._expect(exchange, "POST")
            await self._chat(exchange, await self._key(exchange))
        elif path == "/v1/embeddings":
            self._expect(exchange, "POST")
            await self._embed(exchange, await self._key(exchange))
        elif path == MODELS_PATH or path.startswith(MODELS_PATH + "/"):
            self._expect(exchange, "GET")
            await self._key(exchange)
            await self._models(exchange, path[len(MODELS_PATH) + 1 :])
        else:
            raise NoSuchPath(
                f"there is nothing at {shown(path)}",
                remedy="use /v1/chat/completions, /v1/embeddings or /v1/models",
            )

    @staticmethod
    def _expect(exchange: Exchange, method: str) -> None:
        if exchange.method != method:
            raise WrongMethod(
                f"{shown(exchange.method)} is not possible here", allowed_method=method
            )

    async def _key(self, exchange: Exchange) -> Key:
        scheme, _, secret = exchange.authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not secret.strip():
            raise KeyMissing(
                "the request came without a key",
                remedy="send the header 'Authorization: Bearer KEY'; "
                "'yuepi admin key create NAME' makes a key",
            )
        return await self._keyring.find(secret.strip().decode("latin-1"))

    async def _body(self, exchange: Exchange) -> bytes:
        limits = self._limits
        exchange.held_bytes = exchange.expected_bytes(limits.body_bytes_max)
        self._held_bytes += exchange.held_bytes
        if self._held_bytes > limits.bodies_bytes_max:
            raise EngineBusy(
                "requests with too much in them are being answered already",
                remedy="ask again in a moment",
                code="too_many_requests",
            )
        return await exchange.body(
            bytes_max=limits.body_bytes_max, wait_s_max=limits.body_wait_s_max
        )

    # --- chat ----------------------------------------------------------------------------------

    async def _chat(self, exchange: Exchange, key: Key) -> None:
        asked = read_chat(await self._body(exchange))
        exchange.watch()
        call = Call(
            id=exchange.id,
            tenant=key.tenant,
            key_id=key.id,
            conversation=exchange.conversation or asked.conversation,
        )
        chat = await self._questions.make(asked, self._gateway.abilities(asked.model), call)
        answer = self._gateway.stream(asked.model, chat, key)
        try:
            if asked.stream:
                await self._send_events(exchange, asked, chat.call, answer)
            else:
                await self._send_whole(exchange, asked, chat.call, answer)
        finally:
            await answer.aclose()

    async def _send_events(
        self,
        exchange: Exchange,
        asked: ChatAsked,
        call: Call,
        answer: AsyncGenerator[Delta, None],
    ) -> None:
        writer = EventWriter(
            f"chatcmpl-{exchange.id[4:]}",
            asked.model,
            int(time.time()),
            include_usage=asked.include_usage,
        )
        finished = False
        async for delta in answer:
            finished = finished or delta.finish is not None
            piece = writer.piece(delta)
            if piece:
                if not exchange.started:
                    await exchange.start_events(_told(call))
                await exchange.write(piece)
        if not finished:
            raise _no_end()
        if not exchange.started:
            await exchange.start_events(_told(call))
        await exchange.end_events(writer.end())

    async def _send_whole(
        self,
        exchange: Exchange,
        asked: ChatAsked,
        call: Call,
        answer: AsyncGenerator[Delta, None],
    ) -> None:
        texts: list[str] = []
        raws: list[bytes | None] = []
        finish: Finish | None = None
        usage: Usage | None = None
        characters = 0
        async for delta in answer:
            finish = delta.finish or finish
            usage = delta.usage or usage
            if delta.text or delta.raw is not None:
                characters += len(delta.text)
                if characters > ANSWER_CHARACTERS_MAX:
                    raise EngineBroke(
                        "the answer does not end", remedy="ask for fewer words with max_tokens"
                    )
                texts.append(delta.text)
                raws.append(delta.raw)
        if finish is None:
            raise _no_end()
        # One raw piece is the upstream's whole body; anything else was put together on the way.
        body = raws[0] if len(raws) == 1 else None
        if body is None:
            id_ = f"chatcmpl-{exchange.id[4:]}"
            body = completion(id_, asked.model, int(time.time()), "".join(texts), finish, usage)
        await exchange.reply(200, body, _told(call))

    # --- models and embeddings -----------------------------------------------------------------

    async def _models(self, exchange: Exchange, name: str) -> None:
        names = [*self._gateway.aliases(), *self._embedders]
        listed = [
            {"id": one, "object": "model", "created": self._opened_at, "owned_by": "yuepi"}
            for one in dict.fromkeys(names)
        ]
        if not name:
            body = msgspec.json.encode({"object": "list", "data": listed})
        else:
            found = [one for one in listed if one["id"] == name]
            if not found:
                raise _no_such_model(name)
            body = msgspec.json.encode(found[0])
        await exchange.reply(200, body)

    async def _embed(self, exchange: Exchange, key: Key) -> None:
        asked = read_embeddings(await self._body(exchange))
        embedder = self._embedders.get(asked.model)
        if embedder is None:
            raise _no_such_model(asked.model)
        check_dimensions(asked, embedder.dimensions)
        exchange.watch()
        if self._admit is not None:
            await self._admit(key)
        if self._charge is not None:
            # Before the work: it is done whether or not the client stays for it.
            self._charge(key, Usage(asked.tokens, 0, estimated=True), Decimal(0))
        vectors = await embedder.embed(asked.texts, query=asked.query)
        if len(vectors) <= INLINE_VECTORS_MAX:
            body = embeddings_body(asked, vectors)
        else:
            body = await asyncio.to_thread(embeddings_body, asked, vectors)
        await exchange.reply(200, body)


def _told(call: Call) -> list[Header]:
    """What the answer's headers tell about its way."""
    return [
        (b"x-yuepi-route", header_value(call.deployment or call.route)),
        (b"x-yuepi-cache", call.cache.encode()),
    ]


def _no_end() -> EngineBroke:
    return EngineBroke("the model's answer stopped before its end", remedy="ask again")


def _no_such_model(name: str) -> NoSuchPath:
    return NoSuchPath(
        f"there is no model {shown(name)}",
        remedy="GET /v1/models lists those there are",
        code="model_not_found",
    )
