"""The body of `POST /v1/chat/completions`, read: what is asked, or which field is wrong and why.

Only the fields that matter here are decoded; all others stay raw bytes for an engine that speaks
the same language (`Chat.received`). What no engine behind an alias could promise (tools, several
answers, log probabilities, audio) is refused by name instead of being ignored.

Messages pass on as they were understood here: another key, a key in other letters or given twice
could make an upstream fetch or see what was never checked.

Source of the fields: OpenAI's API reference of chat completions; the limits are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, cast

import msgspec

from yuepi.engines.contract import ChatRefused, Message, Part, Role, Sampling
from yuepi.gateway.openai_fields import REFUSED_FIELDS, REFUSED_PARTS, asks_nothing
from yuepi.gateway.openai_json import read_field, read_fields, read_top, refused, shown
from yuepi.gateway.picture_intake import PictureAsked, PictureTaken
from yuepi.gateway.picture_lift import Lifted, lift_pictures

MESSAGES_MAX = 2000
PARTS_MAX = 2000
METADATA_BYTES_MAX = 16 * 1024
STOPS_MAX = 4
NAME_CHARACTERS_MAX = 256
TOKENS_MAX = 10_000_000

Raw = msgspec.Raw
_ABSENT = Raw(b"null")
_Shown = Annotated[str, msgspec.Meta(max_length=NAME_CHARACTERS_MAX)]
_Pixels = Annotated[int, msgspec.Meta(ge=1, le=2**31)]
# What answers of OpenAI's language carry and clients send back: it may be there if it is empty.
_EMPTIES = ("tool_calls", "function_call", "refusal", "audio", "annotations", "reasoning_content")
_Empty = Raw | msgspec.UnsetType


class _ImageUrl(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    url: Raw
    detail: Literal["auto", "low", "high"] | None = None


class _CacheControl(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    type: _Shown
    ttl: _Shown | None = None


class _Part(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    type: str
    text: str | None = None
    image_url: _ImageUrl | None = None
    min_pixels: _Pixels | None = None
    max_pixels: _Pixels | None = None
    cache_control: _CacheControl | None = None


class _Message(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    role: str
    content: str | list[_Part] | None = None
    name: _Shown | None = None
    tool_calls: _Empty = msgspec.UNSET
    function_call: _Empty = msgspec.UNSET
    refusal: _Empty = msgspec.UNSET
    audio: _Empty = msgspec.UNSET
    annotations: _Empty = msgspec.UNSET
    reasoning_content: _Empty = msgspec.UNSET


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class _JsonSchema(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(pattern="^[a-zA-Z0-9_.-]{1,64}$")]
    schema: Raw = _ABSENT


class _ResponseFormat(msgspec.Struct):
    type: str
    json_schema: _JsonSchema | None = None


_Unit = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Penalty = Annotated[float, msgspec.Meta(ge=-2, le=2)]
_Tokens = Annotated[int, msgspec.Meta(ge=1, le=TOKENS_MAX)]
_Seed = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Stop = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
_Stops = Annotated[list[_Stop], msgspec.Meta(max_length=STOPS_MAX)]

_MESSAGES: msgspec.json.Decoder[list[_Message]] = msgspec.json.Decoder(
    Annotated[list[_Message], msgspec.Meta(min_length=1, max_length=MESSAGES_MAX)]
)
_FIELDS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind)
    for name, kind in {
        "model": Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)],
        "stream": bool | None,
        "stream_options": _StreamOptions | None,
        "temperature": Annotated[float, msgspec.Meta(ge=0, le=2)] | None,
        "top_p": _Unit | None,
        "seed": _Seed | None,
        "max_tokens": _Tokens | None,
        "max_completion_tokens": _Tokens | None,
        "stop": _Stop | _Stops | None,
        "presence_penalty": _Penalty | None,
        "frequency_penalty": _Penalty | None,
        "response_format": _ResponseFormat | None,
        "n": int | None,
        "modalities": list[str] | None,
        "metadata": dict[str, Any] | None,
    }.items()
}
_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_KNOWN = frozenset((*_FIELDS, *REFUSED_FIELDS, "messages"))
_encode_messages = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class ShapeAsked:
    """`response_format`, not judged yet: `schema` is the JSON Schema's own bytes, or None."""

    name: str
    schema: bytes | None


@dataclass(frozen=True, slots=True)
class ChatAsked:
    """A chat request with its pictures still in the JSON they came in.

    `received` holds every top-level field as raw JSON; `as_sent` tells whether its messages may be
    passed on unchanged. `conversation` is the caller's own name for it, or empty.
    """

    model: str
    messages: list[_Message]
    pictures: tuple[PictureAsked, ...]
    sampling: Sampling
    shape: ShapeAsked | None
    stream: bool
    include_usage: bool
    conversation: str
    as_sent: bool
    received: Mapping[str, bytes] = field(repr=False)

    def with_pictures(self, taken: Mapping[tuple[int, int], PictureTaken]) -> tuple[Message, ...]:
        """The messages, each picture put where it was asked for; keys are (message, part)."""
        messages = []
        for at, message in enumerate(self.messages):
            content = message.content
            if isinstance(content, str):
                parts: tuple[Part, ...] = (content,)
            else:
                parts = tuple(
                    part.text if part.text is not None else taken[at, place].picture
                    for place, part in enumerate(content or ())
                )
            messages.append(Message(_ROLES[message.role], parts))
        return tuple(messages)


def read_chat(body: bytes) -> ChatAsked:
    """What is asked. Raises `ChatRefused` naming the field (`param`)."""
    lifted = lift_pictures(body)
    if lifted is not None:
        try:
            return _read_chat(lifted.lean, lifted)
        except (ChatRefused, _ElsewhereError):
            # What is wrong is told from the body itself; or it is right, only unusual.
            pass
    return _read_chat(body, None)


class _ElsewhereError(Exception):
    """A data URI stands where no picture does: it is part of a text."""


def _read_chat(body: bytes, lifted: Lifted | None) -> ChatAsked:
    top = read_top(body)
    received = {name: bytes(raw) for name, raw in top.items()}
    for name in received:
        if name not in _KNOWN and name.casefold() in _KNOWN:
            # Some upstreams do not mind the case, and would take it for that field.
            raise refused(
                f"{shown(name)} is not a field; {name.casefold()!r} is", shown(name)[1:-1]
            )
    for name, why in REFUSED_FIELDS.items():
        raw = received.get(name)
        if raw is None:
            continue
        if not asks_nothing(raw):
            raise refused(f"'{name}' is not supported: {why}", name, "unsupported_parameter")
        del received[name]
    if len(received.get("metadata", b"")) > METADATA_BYTES_MAX:
        raise refused(f"'metadata' has more than {METADATA_BYTES_MAX // 1024} KB", "metadata")
    values = read_fields(top, _FIELDS)
    if "messages" not in top:
        raise refused("'messages' is missing", "messages")
    messages = read_field(_MESSAGES, top["messages"], "messages")
    _check_values(values)
    pictures = tuple(_check_messages(messages, lifted.places if lifted is not None else {}))
    received["messages"] = _encode_messages(messages)
    if lifted is not None:
        if sum(isinstance(one.url, memoryview) for one in pictures) < len(lifted.places):
            raise _ElsewhereError
        received["messages"] = lifted.put_back(received["messages"])
    options = values.get("stream_options")
    return ChatAsked(
        model=cast(str, values["model"]),
        messages=messages,
        pictures=pictures,
        sampling=_sampling(values),
        shape=_shape(values.get("response_format")),
        stream=bool(values.get("stream")),
        include_usage=options is not None and bool(options.include_usage),
        conversation=_conversation(values),
        as_sent=all(message.role != "developer" for message in messages),
        received=received,
    )


def _check_values(values: Mapping[str, Any]) -> None:
    if values.get("n") not in (None, 1):
        raise refused("'n' must be 1: one request gives one answer", "n", "unsupported_parameter")
    if values.get("modalities") not in (None, [], ["text"]):
        raise refused(
            "'modalities' may only be [\"text\"]: answers are text",
            "modalities",
            "unsupported_parameter",
        )


def _check_messages(
    messages: list[_Message], places: Mapping[bytes, memoryview]
) -> list[PictureAsked]:
    """Every message judged; gives the pictures in the order they were given.

    `places`: what stands elsewhere, by the mark in its place.
    """
    pictures: list[PictureAsked] = []
    parts = 0
    for at, message in enumerate(messages):
        _check_role(message, f"messages[{at}]")
        if message.content is None or message.content == []:
            param = f"messages[{at}].content"
            raise refused(f"'{param}' is missing or empty", param)
        if isinstance(message.content, str):
            continue
        parts += len(message.content)
        if parts > PARTS_MAX:
            raise refused(f"'messages' hold more than {PARTS_MAX} parts", "messages")
        for place, part in enumerate(message.content):
            if part.type == "text" and part.text is not None and part.image_url is None:
                continue
            param = f"messages[{at}].content[{place}]"
            _check_part(part, message.role, param)
            part.text = None
            image = cast(_ImageUrl, part.image_url)
            url = bytes(image.url)
            pictures.append(PictureAsked(at, place, places.get(url, url), image.detail or "auto"))
    return pictures


def _check_role(message: _Message, param: str) -> None:
    if message.role in ("tool", "function"):
        raise refused(
            f"'{param}.role' is '{message.role}': tools are not offered here",
            f"{param}.role",
            "unsupported_value",
        )
    if message.role not in _ROLES:
        raise refused(
            f"'{param}.role' is {shown(message.role)}; it may be system, developer, user or "
            "assistant",
            f"{param}.role",
            "invalid_value",
        )
    for name in _EMPTIES:
        raw = getattr(message, name)
        if raw is msgspec.UNSET:
            continue
        if not asks_nothing(bytes(raw)):
            raise refused(
                f"'{param}.{name}' is not supported: say all in 'content'",
                f"{param}.{name}",
                "unsupported_parameter",
            )
        setattr(message, name, msgspec.UNSET)


def _check_part(part: _Part, role: str, param: str) -> None:
    """A content part that is no complete text must be a user's picture."""
    if part.type == "text" and part.image_url is not None:
        # Passed on as it came, it might be fetched by an upstream that looks at the field only.
        raise refused(f"'{param}' is of type text but has an image_url", f"{param}.image_url")
    if part.type == "text":
        raise refused(f"'{param}.text' is missing", f"{param}.text")
    if part.type != "image_url":
        why = REFUSED_PARTS.get(part.type, "parts are of type text or image_url")
        raise refused(
            f"content of type {shown(part.type)} is not supported: {why}",
            f"{param}.type",
            "unsupported_value",
        )
    if part.image_url is None:
        raise refused(f"'{param}.image_url' is missing", f"{param}.image_url")
    if part.text:
        raise refused(f"'{param}' is of type image_url but has a text", f"{param}.text")
    if role != "user":
        raise refused(
            f"'{param}': pictures belong into messages of role user", param, "unsupported_value"
        )


def _sampling(values: Mapping[str, Any]) -> Sampling:
    stop = values.get("stop") or ()
    tokens = values.get("max_completion_tokens")
    return Sampling(
        max_tokens=tokens if tokens is not None else values.get("max_tokens"),
        temperature=values.get("temperature"),
        top_p=values.get("top_p"),
        seed=values.get("seed"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        presence_penalty=values.get("presence_penalty"),
        frequency_penalty=values.get("frequency_penalty"),
    )


def _shape(asked: _ResponseFormat | None) -> ShapeAsked | None:
    if asked is None or asked.type == "text":
        return None
    if asked.type == "json_object":
        return ShapeAsked("answer", None)
    if asked.type != "json_schema":
        raise refused(
            f"'response_format.type' is {shown(asked.type)}; it may be text, json_object or "
            "json_schema",
            "response_format",
            "invalid_value",
        )
    schema = bytes(asked.json_schema.schema) if asked.json_schema is not None else b"null"
    if asked.json_schema is None or schema == b"null":
        raise refused(
            "'response_format.json_schema.schema' is missing", "response_format", "invalid_schema"
        )
    return ShapeAsked(asked.json_schema.name, schema)


def _conversation(values: Mapping[str, Any]) -> str:
    """The caller's name for this conversation, or empty.

    `user` and `prompt_cache_key` do not count: many clients send the same in every request, and
    one target would get them all.
    """
    name = (values.get("metadata") or {}).get("conversation")
    return name[:NAME_CHARACTERS_MAX] if isinstance(name, str) else ""
