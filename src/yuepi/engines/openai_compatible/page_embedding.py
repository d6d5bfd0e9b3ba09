"""A model behind an address that turns pictures of pages, and questions, into vectors.

Two shapes, written from documentation and source, read in November 2026:
- `vllm`: POST /pooling with `{model, messages}` of one picture, as in a chat, or of a text, gives
  `{data: [{index, data: [[…], …]}]}`: a vector for each token (docs.vllm.ai, "Pooling models",
  ColQwen3: `vllm serve TomoroAI/tomoro-colqwen3-embed-4b`). Older ones want `task` in the body
  (`extra_body = { task = "token_embed" }`), newer ones in `--pooler-config`.
- `jina`: POST /v1/embeddings with `{model, task, input: [{image}], return_multivector: true}` gives
  `{data: [{index, embeddings: [[…], …]}]}` (jina-embeddings-v4); one vector (`embedding`), as
  models of one vector give, is taken too.
"""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal, Self

import msgspec
from pydantic import Field, JsonValue, model_validator
from yarl import URL

from yuepi.engines.contract import (
    ChatRefused,
    EngineBroke,
    ModelEntry,
    PageEmbedder,
    Picture,
    parse_options,
)
from yuepi.engines.openai_compatible.connection import Connection
from yuepi.engines.openai_compatible.options import UpstreamOptions
from yuepi.engines.openai_compatible.request_body import sendable

VECTORS_MAX: Final = 4_096
"""Of one page or question."""
QUESTION_CHARACTERS_MAX: Final = 2_000


class PageOptions(UpstreamOptions):
    """`[page_embedders.NAME]`: the whole address, how it is spoken to, and how many numbers a
    vector has. `version`: change it with the weights: vectors of two are not compared. `page_text`:
    what stands beside the picture in the shape `vllm`. A page may take `answer_timeout_s`, a
    question `question_timeout_s`: somebody waits for it."""

    own_fields: ClassVar[frozenset[str]] = frozenset(
        {"model", "messages", "input", "encoding_format", "return_multivector"}
    )

    model: str = Field(min_length=1, max_length=256)
    shape: Literal["vllm", "jina"] = "vllm"
    dimensions: int = Field(ge=1, le=8_192)
    version: str = Field(default="", max_length=128)
    page_text: str = Field(default="Describe the image.", max_length=1_000)
    answer_timeout_s: float = Field(default=120.0, gt=0, le=3_600)
    question_timeout_s: float = Field(default=5.0, gt=0, le=120)
    answer_bytes_max: int = Field(default=64 * 1024 * 1024, ge=1024)
    extra_body: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.url:
            raise ValueError("give url, the whole address, such as http://127.0.0.1:8000/pooling")
        return self


class PageServer:
    """A `PageEmbedder`. Connections are opened with the first page or question."""

    def __init__(self, entry: ModelEntry, options: PageOptions) -> None:
        self.name = entry.name
        self.dimensions = options.dimensions
        # The text beside a picture changes its vectors; where the server stands does not.
        self.model = f"{options.model} {options.shape} {options.page_text} {options.version}"
        self._options = options
        self._url = URL(options.url)
        self._connection = Connection(
            entry.name,
            options.url,
            entry.folder,
            options,
            model=options.model,
            url_end="/pooling" if options.shape == "vllm" else "/v1/embeddings",
        )

    async def page(self, picture: Picture) -> list[list[float]]:
        """The vectors of a page; see `PageEmbedder.page`."""
        data = base64.b64encode(picture.data).decode("ascii")
        if self._options.shape == "jina":
            return await self._vectors(_of_jina("retrieval.passage", {"image": data}), page=True)
        url = {"url": f"data:{picture.media_type};base64,{data}"}
        parts: list[Mapping[str, Any]] = [{"type": "image_url", "image_url": url}]
        if self._options.page_text:
            parts.append({"type": "text", "text": self._options.page_text})
        return await self._vectors(_of_vllm(parts), page=True)

    async def question(self, text: str) -> list[list[float]]:
        """The vectors of a question; see `PageEmbedder.question`."""
        clean = sendable(text, QUESTION_CHARACTERS_MAX).strip()
        if not clean:
            raise ChatRefused(
                "an empty question has no vectors", remedy="ask something", code="empty_text"
            )
        if self._options.shape == "jina":
            return await self._vectors(_of_jina("retrieval.query", {"text": clean}), page=False)
        return await self._vectors(_of_vllm([{"type": "text", "text": clean}]), page=False)

    async def close(self) -> None:
        """Close the pooled connections. Calling it twice does no harm."""
        await self._connection.close()

    async def _vectors(self, fields: Mapping[str, Any], *, page: bool) -> list[list[float]]:
        options = self._options
        request = msgspec.json.encode({"model": options.model, **fields, **options.extra_body})
        answer_s = options.answer_timeout_s if page else options.question_timeout_s
        body = await self._connection.ask(self._url, request, answer_s=answer_s)
        # A million numbers take tenths of a second.
        return await asyncio.to_thread(_read, body, self.dimensions, self.name)


def _of_vllm(parts: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"messages": [{"role": "user", "content": parts}], "encoding_format": "float"}


def _of_jina(task: str, given: Mapping[str, str]) -> Mapping[str, Any]:
    return {"task": task, "input": [given], "return_multivector": True}


_Vectors = list[list[float]]


class _Item(msgspec.Struct):
    data: _Vectors | None = None
    embeddings: _Vectors | None = None
    embedding: list[float | list[float]] | None = None


class _Answer(msgspec.Struct):
    data: list[_Item]


def _read(body: bytes, dimensions: int, name: str) -> _Vectors:
    """The vectors of the one page or question asked about, each of length one; raises
    `EngineBroke`."""
    try:
        items = msgspec.json.decode(body, type=_Answer).data
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _broke(name, f"not the answer of an embedding model: {error}") from error
    if len(items) != 1:
        raise _broke(name, f"it answered for {len(items)} pictures or texts of one")
    given = items[0].data or items[0].embeddings or _many(items[0].embedding or [])
    if not 0 < len(given) <= VECTORS_MAX:
        raise _broke(name, f"it gave {len(given)} vectors, 1 to {VECTORS_MAX} are taken")
    wrong = next((len(vector) for vector in given if len(vector) != dimensions), None)
    if wrong is not None:
        raise _broke(name, f"a vector of {wrong} numbers, dimensions says {dimensions}")
    vectors = [_unit(vector) for vector in given]
    if not all(vectors):
        raise _broke(name, "a vector without length or with numbers that are none")
    return vectors


def _many(embedding: list[float | list[float]]) -> _Vectors:
    many = [each for each in embedding if isinstance(each, list)]
    one = [each for each in embedding if not isinstance(each, list)]
    return [*many, one] if one else many


def _unit(vector: list[float]) -> list[float]:
    length = math.sqrt(sum(each * each for each in vector))
    return [each / length for each in vector] if 0 < length < math.inf else []


def _broke(name: str, what: str) -> EngineBroke:
    return EngineBroke(
        f"{name}: {what}", remedy="check url, shape and dimensions of this entry, and its server"
    )


def build(entry: ModelEntry) -> PageEmbedder:
    """The page embedder of an entry; opens no connection yet. Raises `BadUsage`."""
    return PageServer(entry, parse_options(entry, PageOptions))
