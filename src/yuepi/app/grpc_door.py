"""The gRPC door: `yuepi.v1.Vision` with health and reflection, onto the same gateway and keys.

Errors have the status that fits; the trailing metadata `yuepi-code` holds the stable code. A
client that cancels, or whose deadline passes, ends the model's work too.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from yuepi.app.proto.yuepi.v1 import vision_pb2, vision_pb2_grpc
from yuepi.engines.contract import (
    Abilities,
    Call,
    Chat,
    ChatRefused,
    Detail,
    EngineBroke,
    JsonShape,
    Message,
    Part,
    Picture,
    Role,
    Sampling,
    Usage,
)
from yuepi.gateway.answer_schema import Schemas
from yuepi.gateway.api import ChatGateway, KeyMissing, Keyring
from yuepi.gateway.chat_question import first_words
from yuepi.gateway.openai_request import MESSAGES_MAX, STOPS_MAX, refused
from yuepi.gateway.picture_intake import PictureLimits, check_picture
from yuepi.kit.errors import Unavailable, YuepiError

if TYPE_CHECKING:
    from yuepi.access.keys import Key

LOG = logging.getLogger(__name__)

SERVICE: Final = vision_pb2.DESCRIPTOR.services_by_name["Vision"].full_name
CALLS_MAX: Final = 512
ANSWER_CHARACTERS_MAX: Final = 8_000_000
DEFAULT_MODEL: Final = "yuepi"

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
_ROLES: Final[Mapping[int, Role]] = {
    vision_pb2.Message.ROLE_UNSPECIFIED: "user",
    vision_pb2.Message.ROLE_SYSTEM: "system",
    vision_pb2.Message.ROLE_USER: "user",
    vision_pb2.Message.ROLE_ASSISTANT: "assistant",
}
_DETAILS: Final[Mapping[int, Detail]] = {
    vision_pb2.Picture.DETAIL_UNSPECIFIED: "auto",
    vision_pb2.Picture.DETAIL_LOW: "low",
    vision_pb2.Picture.DETAIL_HIGH: "high",
}


@dataclass(frozen=True, slots=True)
class GrpcLimits:
    """What one call may bring: bytes of a whole message, pictures, and their sizes."""

    body_bytes_max: int = 48 * 2**20
    images_max: int = 16
    pictures: PictureLimits = field(default_factory=PictureLimits)


class Vision(vision_pb2_grpc.VisionServicer):
    """The service: each call is a key, a question, an answer."""

    def __init__(self, gateway: ChatGateway, keyring: Keyring, limits: GrpcLimits) -> None:
        self._gateway = gateway
        self._keyring = keyring
        self._limits = limits
        self._schemas = Schemas()

    async def Ask(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        """The whole answer at once."""
        try:
            key = await self._key(context)
            chat = await self._chat(request, key, context, incremental=False)
            texts: list[str] = []
            reply = vision_pb2.AskReply()
            characters = 0
            async with aclosing(self._pieces(request, chat, key)) as pieces:
                async for piece in pieces:
                    texts.append(piece.text)
                    characters += len(piece.text)
                    if characters > ANSWER_CHARACTERS_MAX:
                        raise EngineBroke("the answer does not end", remedy="set max_tokens")
                    _take_end(reply, piece)
            reply.text = "".join(texts)
            reply.call.CopyFrom(_told(chat.call))
            return reply
        except Exception as error:  # noqa: BLE001 - an edge: every failure becomes a status
            await _abort(context, error)

    async def Stream(self, request: Any, context: Any) -> AsyncGenerator[Any, None]:  # noqa: N802
        """The answer piece by piece; `call` comes with the last."""
        try:
            key = await self._key(context)
            chat = await self._chat(request, key, context, incremental=True)
            end = vision_pb2.AskPiece()
            async with aclosing(self._pieces(request, chat, key)) as pieces:
                async for piece in pieces:
                    _take_end(end, piece)
                    if piece.text:
                        yield vision_pb2.AskPiece(text=piece.text)
            end.call.CopyFrom(_told(chat.call))
            yield end
        except Exception as error:  # noqa: BLE001 - an edge: every failure becomes a status
            await _abort(context, error)

    async def _pieces(self, request: Any, chat: Chat, key: Key) -> AsyncGenerator[Any, None]:
        """The answer's deltas as pieces; raises where it stops before its end."""
        finished = False
        model = request.model or DEFAULT_MODEL
        async with aclosing(self._gateway.stream(model, chat, key)) as deltas:
            async for delta in deltas:
                finished = finished or delta.finish is not None
                piece = vision_pb2.AskPiece(text=delta.text, finish=delta.finish or "")
                if delta.usage is not None:
                    piece.usage.CopyFrom(_usage(delta.usage))
                yield piece
        if not finished:
            raise EngineBroke("the model's answer stopped before its end", remedy="ask again")

    async def _key(self, context: Any) -> Key:
        given = dict(context.invocation_metadata() or ())
        scheme, _, secret = str(given.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise KeyMissing(
                "the call came without a key",
                remedy="send the metadata 'authorization: Bearer KEY'; "
                "'yuepi admin key create NAME' makes a key",
            )
        return await self._keyring.find(secret.strip())

    async def _chat(self, request: Any, key: Key, context: Any, *, incremental: bool) -> Chat:
        """The question; raises `ChatRefused` naming the field."""
        abilities = self._gateway.abilities(request.model or DEFAULT_MODEL)
        messages = await self._messages(request, abilities)
        left_s = context.time_remaining()
        return Chat(
            messages=messages,
            sampling=_sampling(request),
            shape=await self._shape(request.json_schema),
            incremental=incremental,
            call=Call(
                id=f"req-{secrets.token_hex(12)}",
                tenant=key.tenant,
                key_id=key.id,
                conversation=request.conversation[:256] or first_words(messages),
                deadline=None if left_s is None else time.monotonic() + left_s,
            ),
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
            return await asyncio.to_thread(_messages, request.messages, self._limits.pictures)
        return _messages(request.messages, self._limits.pictures)

    async def _shape(self, given: str) -> JsonShape | None:
        if not given:
            return None
        schema = await self._schemas.read(given.encode("utf-8"))
        return JsonShape(schema=schema or None)


def _messages(given: Sequence[Any], limits: PictureLimits) -> tuple[Message, ...]:
    messages = []
    for at, message in enumerate(given):
        role = _ROLES.get(message.role)
        if role is None:
            raise refused(f"messages[{at}].role {message.role} is not known", "role")
        parts = [
            _part(part, limits, f"messages[{at}].parts[{place}]")
            for place, part in enumerate(message.parts)
        ]
        if not parts:
            raise refused(f"messages[{at}] is empty", f"messages[{at}].parts")
        if role != "user" and any(isinstance(part, Picture) for part in parts):
            raise refused("pictures belong into messages of role user", f"messages[{at}]")
        messages.append(Message(role, tuple(parts)))
    return tuple(messages)


def _part(part: Any, limits: PictureLimits, where: str) -> Part:
    kind = part.WhichOneof("content")
    if kind == "text":
        return str(part.text)
    if kind == "picture":
        detail = _DETAILS.get(part.picture.detail, "auto")
        return check_picture(part.picture.data, detail, limits, f"{where}.picture.data")
    raise refused(f"{where} holds neither text nor picture", where)


def _sampling(request: Any) -> Sampling:
    given = {
        name: getattr(request, name)
        for name in ("temperature", "top_p", "max_tokens", "seed")
        if request.HasField(name)
    }
    for name, high in (("temperature", 2), ("top_p", 1)):
        value = given.get(name, 0.0)
        if not (math.isfinite(value) and 0 <= value <= high):
            raise refused(f"{name} is {value}, it may be 0 to {high}", name)
    if given.get("max_tokens", 1) < 1:
        raise refused("max_tokens must be at least 1", "max_tokens")
    if len(request.stop) > STOPS_MAX or not all(0 < len(stop) <= 256 for stop in request.stop):
        raise refused(f"give at most {STOPS_MAX} stop texts of 1 to 256 characters", "stop")
    return Sampling(stop=tuple(request.stop), **given)


def _take_end(end: Any, piece: Any) -> None:
    if piece.finish:
        end.finish = piece.finish
    if piece.HasField("usage"):
        end.usage.CopyFrom(piece.usage)


def _usage(usage: Usage) -> Any:
    return vision_pb2.Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        estimated=usage.estimated,
    )


def _told(call: Call) -> Any:
    return vision_pb2.CallInfo(
        id=call.id,
        deployment=call.deployment,
        model_version=call.model_version,
        prompt_version=call.prompt_version,
        cache=call.cache,
        attempts=call.attempts,
    )


async def _abort(context: Any, error: Exception) -> None:
    """End the call with the status that fits the error; always raises."""
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if not isinstance(error, YuepiError):
        LOG.exception("a gRPC call failed", exc_info=error)
        error = YuepiError(
            "unexpected failure", remedy="report it with the server's log", code="unexpected"
        )
    status = _STATUSES.get(error.http_status, grpc.StatusCode.INTERNAL)
    trailing = [("yuepi-code", error.code.encode("ascii", "replace").decode("ascii"))]
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        trailing.append(("retry-after", str(math.ceil(retry_after_s))))
    text = f"{error.message}; {error.remedy}" if error.remedy else error.message
    await context.abort(status, text, tuple(trailing))


class GrpcDoor:
    """The server: `start` opens the port, `close` drains it. May be used once."""

    def __init__(self, gateway: ChatGateway, keyring: Keyring, limits: GrpcLimits) -> None:
        # Errors and their texts fit into a small part of a message; answers are below the limit.
        self._server = grpc.aio.server(
            maximum_concurrent_rpcs=CALLS_MAX,
            options=[
                ("grpc.max_receive_message_length", limits.body_bytes_max),
                ("grpc.max_send_message_length", limits.body_bytes_max),
                ("grpc.so_reuseport", 0),
            ],
        )
        vision_pb2_grpc.add_VisionServicer_to_server(  # type: ignore[no-untyped-call]
            Vision(gateway, keyring, limits), self._server
        )
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]
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
        await self._health.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
        return self.port

    async def close(self, drain_s_max: float) -> None:
        """Take no new calls, let those under way end for so long, then cancel them."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(drain_s_max)
