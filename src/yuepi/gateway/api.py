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
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from yuepi.access.key import NotAllowed, for_models
from yuepi.engines.contract import (
    Abilities,
    Call,
    Chat,
    Delta,
    Embedder,
    Finish,
    Usage,
)
from yuepi.gateway.answer_end import check_length, no_end
from yuepi.gateway.askers import Keyring, Visitors
from yuepi.gateway.call_record import CallRecord
from yuepi.gateway.chat_question import Fetch, Questions
from yuepi.gateway.door_limits import DoorLimits, Room
from yuepi.gateway.failure_told import for_callers
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
from yuepi.gateway.openai_embeddings import (
    EmbeddingsAsked,
    check_dimensions,
    embeddings_body,
    embeddings_record,
    read_embeddings,
)
from yuepi.gateway.openai_json import shown
from yuepi.gateway.openai_models import Models
from yuepi.gateway.openai_request import ChatAsked, read_chat
from yuepi.gateway.progress_told import watched
from yuepi.kit.errors import Unavailable, YuepiError

if TYPE_CHECKING:
    from yuepi.access.keys import Key

INLINE_VECTORS_MAX = 256
MODELS_PATH = "/v1/models"

log = logging.getLogger(__name__)

Admit = Callable[["Key"], Awaitable[None]]
"""Raises where the key is over its limits."""
Charge = Callable[["Key", Usage, Decimal], None]
"""Adds what was used, and what it cost, to the key's minute and month."""
Record = Callable[[CallRecord], None]
"""Takes the record of a call; raises `Unavailable` where there is no room."""


class ChatGateway(Protocol):
    """What the door asks. `gateway.gateway.Gateway` is one."""

    def stream(
        self, alias: str, chat: Chat, key: Key | None = None
    ) -> AsyncGenerator[Delta, None]: ...

    def aliases(self) -> Iterable[str]: ...

    def abilities(self, alias: str) -> Abilities:
        """What the alias can take; raises `UnknownModel`."""
        ...


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
    asked before a body is read. `charge` and `record` are told of embeddings: they have no gateway
    that would. `visitors` is None where keys alone open the door.
    """

    def __init__(
        self,
        gateway: ChatGateway,
        keyring: Keyring,
        embedders: Mapping[str, Embedder],
        limits: DoorLimits,
        *,
        fetch: Fetch | None = None,
        admit: Admit | None = None,
        charge: Charge | None = None,
        record: Record | None = None,
        visitors: Visitors | None = None,
    ) -> None:
        self._gateway = gateway
        self._keyring = keyring
        self._embedders = embedders
        self._limits = limits
        self._admit = admit
        self._charge = charge
        self._record = record
        self._visitors = visitors
        self._questions = Questions(self._limits.images_max, self._limits.pictures, fetch)
        self._opened_at = int(time.time())
        self._room = Room(self._limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        exchange = Exchange(scope, receive, send, send_wait_s_max=self._limits.send_wait_s_max)
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
            self._room.leave(exchange)
            exchange.done()

    async def _answer(self, exchange: Exchange) -> None:
        """The answer, or the failure as an answer."""
        try:
            self._room.enter(exchange)
            await self._route(exchange)
        except ClientLeft:
            raise
        except YuepiError as error:
            problem = problem_of(for_callers(error, exchange.call))
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
            await self._chat(exchange, await self._admitted(exchange))
        elif path == "/v1/embeddings":
            self._expect(exchange, "POST")
            await self._embed(exchange, await self._admitted(exchange))
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
        if not exchange.authorization and self._visitors is not None:
            visitor = await self._visitors.find(exchange.method, exchange.header)
            if visitor is not None:
                return for_models(visitor)
        scheme, _, secret = exchange.authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not secret.strip():
            raise NotAllowed(
                "the request came without a key",
                remedy="send the header 'Authorization: Bearer KEY'; "
                "'yuepi admin key create NAME' makes a key",
            )
        return for_models(await self._keyring.find(secret.strip().decode("latin-1")))

    async def _admitted(self, exchange: Exchange) -> Key:
        """The key, within its limits: asked before anything is read for it."""
        key = await self._key(exchange)
        call = exchange.call
        call.tenant, call.key_id = key.tenant, key.id
        self._room.enter_for(exchange, key.id)
        if self._admit is not None:
            await self._admit(key)
            call.admitted = True
        return key

    async def _body(self, exchange: Exchange) -> bytes:
        limits = self._limits
        return await exchange.body(
            bytes_max=limits.body_bytes_max, wait_s_max=limits.body_wait_s_max, hold=self._room.hold
        )

    # --- chat ----------------------------------------------------------------------------------

    async def _chat(self, exchange: Exchange, key: Key) -> None:
        asked = read_chat(await self._body(exchange))
        exchange.watch()
        call = exchange.call
        call.route = asked.model
        call.conversation = call.conversation or asked.conversation
        chat = await self._questions.make(asked, self._gateway.abilities(asked.model), call)
        answer = self._gateway.stream(asked.model, chat, key)
        if asked.stream and exchange.progress_wanted:
            answer = watched(exchange, answer, chat.call, _told)
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
            raise no_end()
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
                check_length(characters)
                texts.append(delta.text)
                raws.append(delta.raw)
        if finish is None:
            raise no_end()
        # One raw piece is the upstream's whole body; anything else was put together on the way.
        body = raws[0] if len(raws) == 1 else None
        if body is None:
            id_ = f"chatcmpl-{exchange.id[4:]}"
            body = completion(id_, asked.model, int(time.time()), "".join(texts), finish, usage)
        await exchange.reply(200, body, _told(call))

    # --- models and embeddings -----------------------------------------------------------------

    async def _models(self, exchange: Exchange, name: str) -> None:
        models = Models(self._gateway, self._embedders, self._limits.images_max, self._opened_at)
        body = models.one(name) if name else models.all()
        if body is None:
            raise _no_such_model(name)
        await exchange.reply(200, body)

    async def _embed(self, exchange: Exchange, key: Key) -> None:
        asked = read_embeddings(await self._body(exchange))
        embedder = self._embedders.get(asked.model)
        if embedder is None:
            raise _no_such_model(asked.model)
        check_dimensions(asked, embedder.dimensions)
        exchange.watch()
        call = exchange.call
        call.route = call.deployment = asked.model
        usage = Usage(asked.tokens, 0, estimated=True)
        if self._charge is not None:
            # Before the work: it is done whether or not the client stays for it.
            self._charge(key, usage, Decimal(0))
        vectors = await self._vectors(embedder, asked, call, usage)
        if len(vectors) <= INLINE_VECTORS_MAX:
            body = embeddings_body(asked, vectors)
        else:
            body = await asyncio.to_thread(embeddings_body, asked, vectors)
        await exchange.reply(200, body)

    async def _vectors(
        self, embedder: Embedder, asked: EmbeddingsAsked, call: Call, usage: Usage
    ) -> list[list[float]]:
        """The vectors; whatever becomes of them is recorded."""
        record = embeddings_record(asked, call, usage)
        began = time.monotonic()
        try:
            vectors = await embedder.embed(asked.texts, query=asked.query)
            record.outcome = "done"
        except YuepiError as error:
            record.outcome = error.code
            raise
        except asyncio.CancelledError:
            record.outcome = "cancelled"
            raise
        finally:
            record.total_s = time.monotonic() - began
            if self._record is not None:
                _write(self._record, record)
        return vectors


def _write(record: Record, row: CallRecord) -> None:
    """Record a call; that it cannot be is told only to who would get an answer."""
    try:
        record(row)
    except Unavailable as error:
        if row.outcome == "done":
            raise
        log.error("call %s could not be recorded: %s", row.id, error)


def _told(call: Call) -> list[Header]:
    """What the answer's headers tell about its way."""
    return [
        (b"x-yuepi-route", header_value(call.deployment or call.route)),
        (b"x-yuepi-cache", call.cache.encode()),
    ]


def _no_such_model(name: str) -> NoSuchPath:
    return NoSuchPath(
        f"there is no model {shown(name)}",
        remedy="GET /v1/models lists those there are",
        code="model_not_found",
    )
