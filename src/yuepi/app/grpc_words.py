"""The messages of `yuepi.v1.Vision` in the words of the engines' contract, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from yuepi.app.proto.yuepi.v1 import vision_pb2
from yuepi.engines.contract import Call, Detail, Message, Part, Picture, Role, Sampling, Usage
from yuepi.gateway.openai_json import refused
from yuepi.gateway.openai_request import STOPS_MAX, TOKENS_MAX
from yuepi.gateway.picture_intake import PictureLimits, check_picture

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


def messages_of(given: Sequence[Any], limits: PictureLimits) -> tuple[Message, ...]:
    """The messages, their pictures checked; raises `ChatRefused` naming the part."""
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


def sampling_of(request: Any) -> Sampling:
    """How to choose words; raises `ChatRefused` naming the field."""
    given = {
        name: getattr(request, name)
        for name in ("temperature", "top_p", "max_tokens", "seed")
        if request.HasField(name)
    }
    for name, high in (("temperature", 2), ("top_p", 1)):
        value = given.get(name, 0.0)
        if not (math.isfinite(value) and 0 <= value <= high):
            raise refused(f"{name} is {value}, it may be 0 to {high}", name)
    if not 1 <= given.get("max_tokens", 1) <= TOKENS_MAX:
        raise refused(f"max_tokens may be 1 to {TOKENS_MAX}", "max_tokens")
    if len(request.stop) > STOPS_MAX or not all(0 < len(stop) <= 256 for stop in request.stop):
        raise refused(f"give at most {STOPS_MAX} stop texts of 1 to 256 characters", "stop")
    return Sampling(stop=tuple(request.stop), **given)


def usage_of(usage: Usage) -> Any:
    """What a call used, to be sent."""
    return vision_pb2.Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        estimated=usage.estimated,
    )


def told(call: Call) -> Any:
    """What a call may tell of its way, to be sent."""
    return vision_pb2.CallInfo(
        id=call.id,
        deployment=call.deployment,
        model_version=call.model_version,
        prompt_version=call.prompt_version,
        cache=call.cache,
        attempts=call.attempts,
    )
