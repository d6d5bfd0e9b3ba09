"""The body of a request: what was received passed on raw, or written from the chat.

An image's base64 is the bulk of a request. Received, it is neither decoded nor copied; written
here, it is encoded once. Nothing else of a received request is decoded either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pybase64

from yuepi.engines.contract import Chat, JsonShape, Message, Picture
from yuepi.engines.openai_compatible.options import Options

_encode = msgspec.json.Encoder().encode

# The JSON of each field in pieces, never joined: copying a picture costs more than all else.
Fields = dict[str, tuple[bytes, ...]]


class RequestWriter:
    """Writes the bodies for one upstream model."""

    def __init__(self, options: Options) -> None:
        kind = options.kind
        self._model = (_encode(options.model),)
        self._detail = kind.detail
        self._stream_options = kind.stream_options
        self.json_schema = kind.json_schema if options.json_schema is None else options.json_schema
        high = options.extra_body_high_detail
        self._extra = _raw(options.extra_body)
        self._extra_high = _raw(kind.high_detail if high is None else high)

    def write(self, chat: Chat) -> list[bytes]:
        """The JSON body of this chat, UTF-8, in pieces; a picture is in a large one."""
        shape = chat.shape
        # A server without schemas gets the schema in words, so its messages cannot stay raw.
        in_words = shape is not None and not self.json_schema
        fields: Fields = dict(_sampling(chat)) if chat.received is None else {}
        for name, raw in (chat.received or {}).items():
            fields[name] = (raw,)
        if shape is not None and (in_words or "response_format" not in fields):
            fields["response_format"] = _response_format(shape, as_schema=not in_words)
        if in_words or "messages" not in fields:
            messages = _with_schema_in_words(chat.messages, shape) if in_words else chat.messages
            fields["messages"] = self._messages(messages)
        fields["model"] = self._model
        self._say_whether_to_stream(fields, chat.incremental)
        fields.update(self._extra)
        if self._extra_high and any(picture.detail == "high" for picture in chat.pictures):
            fields.update(self._extra_high)
        return _pieces(fields)

    def _say_whether_to_stream(self, fields: Fields, incremental: bool) -> None:
        fields["stream"] = (b"true" if incremental else b"false",)
        fields.pop("stream_options", None)
        if incremental and self._stream_options:
            fields["stream_options"] = (b'{"include_usage":true}',)

    def _messages(self, messages: tuple[Message, ...]) -> tuple[bytes, ...]:
        pieces: list[bytes] = []
        for number, message in enumerate(messages):
            pieces.append(b"[" if number == 0 else b",")
            self._message(message, pieces)
        return (*pieces, b"]") if pieces else (b"[]",)

    def _message(self, message: Message, pieces: list[bytes]) -> None:
        if not message.pictures:
            pieces.append(_encode({"role": message.role, "content": message.text}))
            return
        pieces.append(b'{"role":"%s","content":[' % message.role.encode())
        for number, part in enumerate(message.parts):
            if number:
                pieces.append(b",")
            if isinstance(part, str):
                pieces.append(_encode({"type": "text", "text": part}))
            else:
                self._picture(part, pieces)
        pieces.append(b"]}")

    def _picture(self, picture: Picture, pieces: list[bytes]) -> None:
        pieces.append(b'{"type":"image_url","image_url":{"url":')
        pieces.append(_encode(f"data:{picture.media_type};base64,")[:-1])
        pieces.append(pybase64.b64encode(picture.data))
        detail = b'","detail":"%s"}}' % picture.detail.encode()
        pieces.append(detail if self._detail else b'"}}')


def _pieces(fields: Fields) -> list[bytes]:
    pieces: list[bytes] = []
    for name, value in fields.items():
        pieces.append(b"," if pieces else b"{")
        pieces.append(_encode(name))
        pieces.append(b":")
        pieces.extend(value)
    pieces.append(b"}")
    return pieces


def _raw(fields: Mapping[str, Any]) -> Fields:
    return {name: (_encode(value),) for name, value in fields.items()}


def _sampling(chat: Chat) -> Fields:
    sampling = chat.sampling
    chosen: dict[str, Any] = {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stop": list(sampling.stop) or None,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
    }
    return _raw({name: value for name, value in chosen.items() if value is not None})


def _response_format(shape: JsonShape, *, as_schema: bool) -> tuple[bytes, ...]:
    if not as_schema or shape.schema is None:
        return (b'{"type":"json_object"}',)
    named = {"name": shape.name, "schema": shape.schema, "strict": True}
    return (_encode({"type": "json_schema", "json_schema": named}),)


def _with_schema_in_words(
    messages: tuple[Message, ...], shape: JsonShape | None
) -> tuple[Message, ...]:
    # The word JSON must stand somewhere for `json_object` (DashScope and OpenAI refuse without).
    words = "Answer with one JSON object and nothing else."
    if shape is not None and shape.schema is not None:
        words += " It must satisfy this JSON schema: " + _encode(shape.schema).decode()
    if messages and messages[0].role == "system":
        first = Message("system", (*messages[0].parts, words))
        return (first, *messages[1:])
    return (Message("system", (words,)), *messages)
