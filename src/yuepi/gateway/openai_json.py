"""The JSON of requests in OpenAI's language: read field by field, refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from yuepi.engines.contract import ChatRefused

QUOTES_MAX = 200_000
"""Quotes around the names and texts of one body: twelve for a usual message, and room beside it.

It bounds the work of decoding, whose own limits count only what is decoded already.
"""

Raw = msgspec.Raw
# What reading JSON may raise: wrong shape, wrong bytes, brackets without end.
UNREADABLE_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_TOP: msgspec.json.Decoder[dict[str, Raw]] = msgspec.json.Decoder(dict[str, Raw])
_UNKNOWN_FIELD = re.compile(r"^Object contains unknown field `(.*)`$", re.DOTALL)
_PATH = re.compile(r"^(.*?)(?: - at `(?:key in )?\$(.*)`)?$", re.DOTALL)


def read_top(body: bytes) -> dict[str, Raw]:
    """The top level of a JSON body. Raises `ChatRefused`, code `invalid_json`."""
    if body.count(b'"') - body.count(b'\\"') > QUOTES_MAX:
        raise ChatRefused(
            "the body holds too many names and texts",
            remedy="send fewer messages, parts and fields",
            code="request_too_large",
        )
    try:
        return _TOP.decode(body)
    except UNREADABLE_JSON as error:
        raise ChatRefused(
            f"the body is not a JSON object: {plain(str(error))}",
            remedy="send the request as one JSON object in UTF-8, without half surrogates",
            code="invalid_json",
        ) from error


def read_fields(
    top: Mapping[str, Raw], decoders: Mapping[str, msgspec.json.Decoder[Any]]
) -> dict[str, Any]:
    """The known fields among those given, decoded; "model" must be one of them.

    Raises `ChatRefused` naming the field.
    """
    values = {
        name: read_field(decoders[name], raw, name) for name, raw in top.items() if name in decoders
    }
    if "model" not in values:
        raise refused("'model' is missing", "model")
    return values


def refused(message: str, param: str, code: str = "invalid_request") -> ChatRefused:
    """The error for one field."""
    return ChatRefused(message, remedy=f"correct or leave out '{param}'", code=code, param=param)


def plain(text: str) -> str:
    """A decoder's message without its capital and back quotes."""
    start = text[:1] if text[1:2].isupper() else text[:1].lower()
    return (start + text[1:]).replace("`", "")


def read_field(decoder: msgspec.json.Decoder[Any], raw: Raw, name: str) -> Any:
    """One field, decoded. Raises `ChatRefused` naming it, or what is wrong inside it."""
    try:
        return decoder.decode(raw)
    except UNREADABLE_JSON as error:
        match = _PATH.match(str(error))
        what, path = match.groups(default="") if match else (str(error), "")
        param = f"{name}{path}"
        unknown = _UNKNOWN_FIELD.match(what)
        if unknown:
            key = shown(unknown[1])
            raise refused(
                f"'{param}' has a key that is not known here: {key}", f"{param}.{key[1:-1]}"
            ) from error
        raise refused(f"'{param}': {plain(what)}", param) from error


def shown(text: str) -> str:
    """What a caller sent, short enough to be shown back."""
    return repr(text if len(text) <= 64 else text[:61] + "...")
