"""The gRPC door: `yuepi.v1.Vision` with health and reflection, onto the same gateway and keys.

Errors have the status that fits; the trailing metadata `yuepi-code` holds the stable code. A
client that cancels, or whose deadline passes, ends the model's work too.

To the server both calls are streams of requests, to clients they are not: gRPC reads the one
message of a unary call before it asks us anything, and strangers could fill the memory. So the key
is looked at first, then the message is read.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Mapping,
)
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from yuepi.access.key import NotAllowed, for_models
from yuepi.app.grpc_intake import Intake
from yuepi.app.grpc_words import messages_of, sampling_of, told, usage_of
from yuepi.app.proto.yuepi.v1 import vision_pb2
from yuepi.engines.contract import (
    Abilities,
    Call,
    Chat,
    ChatRefused,
    JsonShape,
    Message,
)
from yuepi.gateway.answer_end import check_length, no_end
from yuepi.gateway.answer_schema import Schemas
from yuepi.gateway.api import ChatGateway
from yuepi.gateway.askers import Keyring
from yuepi.gateway.chat_question import first_words
from yuepi.gateway.failure_told import for_callers
from yuepi.gateway.openai_json import refused
from yuepi.gateway.openai_request import MESSAGES_MAX
from yuepi.gateway.picture_intake import PictureLimits
from yuepi.kit.errors import Unavailable, YuepiError

if TYPE_CHECKING:
    from yuepi.access.keys import Key

LOG = logging.getLogger(__name__)

SERVICE: Final = vision_pb2.DESCRIPTOR.services_by_name["Vision"].full_name
CALLS_MAX: Final = 128
DEFAULT_MODEL: Final = "yuepi"
WATCHERS_WAIT_S: Final = 0.1
READY_EVERY_S: Final = 2.0

Ready = Callable[[], Awaitable[bool]]

_STATUSES: Final[Mapping[int, grpc.StatusCode]] = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    502: grpc.StatusCode.UNAVAILABLE,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


@dataclass(frozen=True, slots=True)
class GrpcLimits:
    """What one call may bring: bytes of a whole message, pictures, and their sizes."""

    body_bytes_max: int
    images_max: int
    pictures: PictureLimits = field(default_factory=PictureLimits)


class Vision:
    """The service: each call is a key, a question, an answer."""

    def __init__(self, gateway: ChatGateway, keyring: Keyring, limits: GrpcLimits) -> None:
        self._gateway = gateway
        self._keyring = keyring
        self._limits = limits
        self._schemas = Schemas()
        self._intake = Intake(limits.body_bytes_max)
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def idle(self) -> None:
        """Until no question is under way."""
        await self._idle.wait()

    @contextmanager
    def _under_way(self) -> Generator[None]:
        self._running += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()

    def handler(self) -> grpc.GenericRpcHandler:
        """The calls of the service as a server takes them."""
        request = vision_pb2.AskRequest.FromString
        whole, piece = (
            each.SerializeToString for each in (vision_pb2.AskReply, vision_pb2.AskPiece)
        )
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Ask": grpc.stream_unary_rpc_method_handler(self.ask, request, whole),
                "Stream": grpc.stream_stream_rpc_method_handler(self.stream, request, piece),
            },
        )

    async def ask(self, requests: AsyncIterator[Any], context: Any) -> Any:
        """The whole answer at once."""
        call = Call(id=f"req-{secrets.token_hex(12)}")
        texts: list[str] = []
        reply = vision_pb2.AskReply()
        characters = 0
        with self._under_way():
            try:
                async with aclosing(self._answered(requests, context, call, False)) as pieces:
                    async for piece in pieces:
                        texts.append(piece.text)
                        characters += len(piece.text)
                        check_length(characters)
                        _take_end(reply, piece)
                reply.text = "".join(texts)
                reply.call.CopyFrom(told(call))
                return reply
            except Exception as error:  # noqa: BLE001 - an edge: every failure becomes a status
                await _abort(context, error, call)

    async def stream(self, requests: AsyncIterator[Any], context: Any) -> AsyncGenerator[Any, None]:
        """The answer piece by piece; `call` comes with the last."""
        call = Call(id=f"req-{secrets.token_hex(12)}")
        end = vision_pb2.AskPiece()
        with self._under_way():
            try:
                async with aclosing(self._answered(requests, context, call, True)) as pieces:
                    async for piece in pieces:
                        _take_end(end, piece)
                        if piece.text:
                            yield vision_pb2.AskPiece(text=piece.text)
                end.call.CopyFrom(told(call))
                yield end
            except Exception as error:  # noqa: BLE001 - an edge: every failure becomes a status
                await _abort(context, error, call)

    async def _answered(
        self, requests: AsyncIterator[Any], context: Any, call: Call, incremental: bool
    ) -> AsyncGenerator[Any, None]:
        """The key, only then the question, then the pieces of its answer."""
        key = await self._key(context, call)
        async with self._intake.message(requests, key.id) as request:
            chat = await self._chat(request, call, context, incremental=incremental)
            async with aclosing(self._pieces(request, chat, key)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _pieces(self, request: Any, chat: Chat, key: Key) -> AsyncGenerator[Any, None]:
        """The answer's deltas as pieces; raises where it stops before its end."""
        finished = False
        model = request.model or DEFAULT_MODEL
        async with aclosing(self._gateway.stream(model, chat, key)) as deltas:
            async for delta in deltas:
                finished = finished or delta.finish is not None
                piece = vision_pb2.AskPiece(text=delta.text, finish=delta.finish or "")
                if delta.usage is not None:
                    piece.usage.CopyFrom(usage_of(delta.usage))
                yield piece
        if not finished:
            raise no_end()

    async def _key(self, context: Any, call: Call) -> Key:
        given = dict(context.invocation_metadata() or ())
        scheme, _, secret = str(given.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise NotAllowed(
                "the call came without a key",
                remedy="send the metadata 'authorization: Bearer KEY'; "
                "'yuepi admin key create NAME' makes a key",
            )
        key = for_models(await self._keyring.find(secret.strip()))
        call.tenant, call.key_id = key.tenant, key.id
        return key

    async def _chat(self, request: Any, call: Call, context: Any, *, incremental: bool) -> Chat:
        """The question; raises `ChatRefused` naming the field."""
        call.route = request.model or DEFAULT_MODEL
        messages = await self._messages(request, self._gateway.abilities(call.route))
        left_s = context.time_remaining()
        call.conversation = request.conversation[:256] or first_words(messages)
        call.deadline = None if left_s is None else time.monotonic() + left_s
        return Chat(
            messages=messages,
            sampling=sampling_of(request),
            shape=await self._shape(request.json_schema),
            incremental=incremental,
            call=call,
        )

    async def _messages(self, request: Any, abilities: Abilities) -> tuple[Message, ...]:
        if not 0 < len(request.messages) <= MESSAGES_MAX:
            raise refused(
                f"there are {len(request.messages)} messages, it may be 1 to {MESSAGES_MAX}",
                "messages",
            )
        pictures = sum(
            part.HasField("picture") for message in request.messages for part in message.parts
        )
        images_max = min(self._limits.images_max, abilities.images_max)
        images_max = images_max if "image" in abilities.modalities else 0
        if pictures > images_max:
            raise ChatRefused(
                f"the request has {pictures} pictures, this model takes {images_max}",
                remedy="send fewer pictures, or ask about them one after the other",
                code="too_many_images",
                param="messages",
            )
        if pictures:  # hashing megabytes is not for the event loop
            return await asyncio.to_thread(messages_of, request.messages, self._limits.pictures)
        return messages_of(request.messages, self._limits.pictures)

    async def _shape(self, given: str) -> JsonShape | None:
        if not given:
            return None
        schema = await self._schemas.read(given.encode("utf-8"))
        return JsonShape(schema=schema or None)


def _take_end(end: Any, piece: Any) -> None:
    if piece.finish:
        end.finish = piece.finish
    if piece.HasField("usage"):
        end.usage.CopyFrom(piece.usage)


async def _abort(context: Any, error: Exception, call: Call) -> None:
    """End the call with the status that fits the error; always raises."""
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if not isinstance(error, YuepiError):
        LOG.error("%s: failed unexpectedly", call.id, exc_info=error)
        message = f"Something went wrong inside the gateway. Its log tells what, under {call.id}."
        error = YuepiError(message, remedy="", code="internal_error")
    else:
        error = for_callers(error, call)
    status = _STATUSES.get(error.http_status, grpc.StatusCode.INTERNAL)
    trailing = [("yuepi-code", error.code.encode("ascii", "replace").decode("ascii"))]
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        trailing.append(("retry-after", str(math.ceil(retry_after_s))))
    text = f"{error.message}; {error.remedy}" if error.remedy else error.message
    await context.abort(status, text, tuple(trailing))


class GrpcDoor:
    """The server: `start` opens the port, `close` drains it. May be used once.

    `ready` tells whether questions can be answered; the health of the service `yuepi.v1.Vision`
    follows it. That of the whole server (the empty name) says only that it runs.
    """

    def __init__(
        self,
        gateway: ChatGateway,
        keyring: Keyring,
        limits: GrpcLimits,
        ready: Ready | None = None,
    ) -> None:
        # Errors and their texts fit into a small part of a message; answers are below the limit.
        self._server = grpc.aio.server(
            maximum_concurrent_rpcs=CALLS_MAX,
            options=[
                ("grpc.max_receive_message_length", limits.body_bytes_max),
                ("grpc.max_send_message_length", limits.body_bytes_max),
                ("grpc.so_reuseport", 0),
            ],
        )
        self._vision = Vision(gateway, keyring, limits)
        self._server.add_generic_rpc_handlers((self._vision.handler(),))
        self._ready = ready
        self._watching: asyncio.Task[None] | None = None
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        self.port = 0

    async def start(self, host: str, port: int) -> int:
        """Open the port and give its number; raises `Unavailable` where it is taken."""
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            self.port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise Unavailable(
                f"the gRPC port {port} on {host} cannot be opened",
                remedy="choose another with --grpc-port, or stop what listens there",
                code="port_in_use",
            ) from error
        await self._server.start()
        if self._ready is None:
            await self._health.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
        else:
            self._watching = asyncio.create_task(self._follow(self._ready))
        return self.port

    async def _follow(self, ready: Ready) -> None:
        """Tell as health what `ready` says; not knowing it is not being ready."""
        while True:
            try:
                serving = await ready()
            except Exception:
                LOG.exception("readiness is not known")
                serving = False
            states = health_pb2.HealthCheckResponse
            await self._health.set(SERVICE, states.SERVING if serving else states.NOT_SERVING)
            await asyncio.sleep(READY_EVERY_S)

    async def close(self, drain_s_max: float) -> None:
        """Take no new calls, let those under way end for so long, then cancel them.

        Only questions are waited for: whoever watches the health would do so for ever.
        """
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self._health.enter_graceful_shutdown()
        stopping = asyncio.create_task(self._server.stop(drain_s_max))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._vision.idle(), drain_s_max)
        await self._server.stop(min(drain_s_max, WATCHERS_WAIT_S))
        await stopping
