"""`POST /v1/embeddings` in OpenAI's language: what is asked, and the vectors as JSON.

Source of the fields: OpenAI's API reference of embeddings; `input_type` ("query" or "passage") is
the extra that other makers' doors have for models that tell the two apart.
"""

from __future__ import annotations

import array
import hashlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

import msgspec
import pybase64

from yuepi.engines.contract import Call, Usage
from yuepi.gateway.answers_key import framed
from yuepi.gateway.call_record import CallRecord
from yuepi.gateway.openai_json import read_fields, read_top, refused
from yuepi.gateway.token_estimate import text_tokens
from yuepi.kit.clock import utc_now

TEXTS_MAX = 2048
CHARACTERS_MAX = 1_000_000

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
_FIELDS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind)
    for name, kind in {
        "model": _Name,
        "input": str | list[str],
        "encoding_format": Literal["float", "base64"] | None,
        "dimensions": Annotated[int, msgspec.Meta(ge=1, le=2**31)] | None,
        "input_type": Literal["query", "passage"] | None,
    }.items()
}
_NUMBERS = re.compile(rb"\s*\[[\s\[]*-?[0-9]")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class EmbeddingsAsked:
    """Texts to be embedded by the model of that name; `tokens` is an estimate."""

    model: str
    texts: tuple[str, ...]
    base64: bool
    dimensions: int | None
    query: bool
    tokens: int


def read_embeddings(body: bytes) -> EmbeddingsAsked:
    """What is asked. Raises `ChatRefused` naming the field."""
    top = read_top(body)
    if "input" not in top:
        raise refused("'input' is missing", "input")
    if _NUMBERS.match(top["input"]):
        raise refused(
            "'input' holds token numbers; send the texts themselves, a string or a list of them",
            "input",
            "unsupported_value",
        )
    values = read_fields(top, _FIELDS)
    given = values["input"]
    texts = [given] if isinstance(given, str) else given
    if not 0 < len(texts) <= TEXTS_MAX:
        raise refused(f"'input' has {len(texts)} texts, it may be 1 to {TEXTS_MAX}", "input")
    if not all(texts):
        raise refused("'input' holds an empty text", "input")
    if sum(map(len, texts)) > CHARACTERS_MAX:
        raise refused(f"'input' has more than {CHARACTERS_MAX} characters", "input")
    return EmbeddingsAsked(
        model=cast(str, values["model"]),
        texts=tuple(texts),
        base64=values.get("encoding_format") == "base64",
        dimensions=values.get("dimensions"),
        query=values.get("input_type") == "query",
        tokens=sum(map(text_tokens, texts)),
    )


def check_dimensions(asked: EmbeddingsAsked, dimensions: int) -> None:
    """Raises `ChatRefused` where vectors of another length are asked for."""
    if asked.dimensions not in (None, dimensions):
        raise refused(
            f"'dimensions' must be {dimensions} for this model", "dimensions", "invalid_value"
        )


def embeddings_record(asked: EmbeddingsAsked, call: Call, usage: Usage) -> CallRecord:
    """The call as the call log keeps it, but for how it ends. Texts count by their SHA-256."""
    pieces = [text.encode("utf-8", "surrogatepass") for text in asked.texts]
    return CallRecord(
        id=call.id,
        at=utc_now(),
        tenant=call.tenant,
        key_id=call.key_id,
        route=call.route,
        deployment=call.deployment,
        request_sha256=hashlib.sha256(framed(pieces)).hexdigest(),
        conversation=call.conversation,
        prompt_tokens=usage.prompt_tokens,
        usage_estimated=usage.estimated,
        attempts=1,
        outcome="internal_error",
    )


def embeddings_body(asked: EmbeddingsAsked, vectors: Sequence[Sequence[float]]) -> bytes:
    """The answer. CPU-bound: about 15 µs a vector of 384 numbers."""
    return _encode(
        {
            "object": "list",
            "data": [
                {
                    "object": "embedding",
                    "index": index,
                    "embedding": _packed(vector) if asked.base64 else vector,
                }
                for index, vector in enumerate(vectors)
            ],
            "model": asked.model,
            "usage": {"prompt_tokens": asked.tokens, "total_tokens": asked.tokens},
        }
    )


def _packed(vector: Sequence[float]) -> str:
    """Little-endian 32-bit floats in base64, as OpenAI's client unpacks them."""
    numbers = array.array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return pybase64.b64encode_as_string(numbers.tobytes())
