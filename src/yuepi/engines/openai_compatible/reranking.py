"""A ranking model behind an address: how well texts answer a question, in one request.

There is no standard, but two shapes that servers share. Written from their documentation and
source, read in November 2026:
- `jina`: `{model, query, documents, top_n}` gives `{results: [{index, relevance_score}]}`, best
  first. Jina and Cohere began it; vLLM (docs.vllm.ai, "Re-rank API": /rerank, /v1/rerank,
  /v2/rerank), llama.cpp (`llama-server --reranking`: tools/server/README.md, /v1/rerank),
  Xinference (inference.readthedocs.io, rerank: /v1/rerank) and DashScope
  (dashscope.aliyuncs.com/compatible-api/v1/reranks) have it too. SGLang takes the same and
  gives the bare list, `[{index, score}]` (python/sglang/srt/entrypoints/openai/serving_rerank.py).
- `tei`: `{query, texts}` gives `[{index, score}]`, best first: Text Embeddings Inference
  (huggingface.github.io/text-embeddings-inference, POST /rerank).

Scores are a model's own: logits or shares of one. Only their order means something.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Final, Literal, Self

import msgspec
from pydantic import Field, JsonValue, model_validator
from yarl import URL

from yuepi.engines.contract import (
    ChatRefused,
    EngineBroke,
    EngineBusy,
    ModelEntry,
    Reranker,
    parse_options,
)
from yuepi.engines.openai_compatible.connection import Connection
from yuepi.engines.openai_compatible.options import UpstreamOptions
from yuepi.engines.openai_compatible.request_body import sendable

TEXTS_MAX: Final = 100


class RerankOptions(UpstreamOptions):
    """`[rerankers.NAME]`: the whole address, and how it is spoken to.

    Somebody waits for the search meanwhile: a call may take `answer_timeout_s`, and of no more
    than `calls_max` at once. Questions and texts are cut to `text_characters_max`: a model cuts
    what is too long for it, or refuses all. `extra_body`: fields that every request carries.
    """

    own_fields: ClassVar[frozenset[str]] = frozenset(
        {"model", "query", "documents", "texts", "top_n"}
    )

    model: str = Field(default="", max_length=256)
    shape: Literal["jina", "tei"] = "jina"
    answer_timeout_s: float = Field(default=5.0, gt=0, le=120)
    calls_max: int = Field(default=8, ge=1, le=256)
    text_characters_max: int = Field(default=2_000, ge=100, le=100_000)
    answer_bytes_max: int = Field(default=4 * 1024 * 1024, ge=1024)
    extra_body: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.url:
            raise ValueError("give url, the whole address, such as http://127.0.0.1:8000/v1/rerank")
        if self.shape == "jina" and not self.model:
            raise ValueError("give model, as the server names it")
        return self


class RerankServer:
    """A `Reranker`. Connections are opened with the first question."""

    def __init__(self, entry: ModelEntry, options: RerankOptions) -> None:
        self.name = entry.name
        self._options = options
        self._url = URL(options.url)
        self._under_way = 0
        self._connection = Connection(
            entry.name,
            options.url,
            entry.folder,
            options,
            model=options.model,
            url_end="/v1/rerank" if options.shape == "jina" else "/rerank",
        )

    async def rank(self, question: str, texts: Sequence[str]) -> list[float]:
        """A score for each text; see `Reranker.rank`."""
        characters_max = self._options.text_characters_max
        question, *texts = [sendable(text, characters_max) for text in (question, *texts)]
        if not texts or not all(text.strip() for text in (question, *texts)):
            raise ChatRefused(
                "an empty question or text cannot be ranked",
                remedy="leave out empty texts",
                code="empty_text",
            )
        if len(texts) > TEXTS_MAX:
            raise ChatRefused(
                f"{len(texts)} texts, the limit is {TEXTS_MAX}",
                remedy=f"rank at most {TEXTS_MAX} texts at once",
                code="too_many_texts",
            )
        options = self._options
        if self._under_way >= options.calls_max:
            raise EngineBusy(
                f"{self.name}: {options.calls_max} calls are under way",
                remedy="raise calls_max of this entry if its server can bear it",
                retry_after_s=1.0,
            )
        self._under_way += 1
        try:
            request = self._written(question, texts)
            body = await self._connection.ask(self._url, request, answer_s=options.answer_timeout_s)
        finally:
            self._under_way -= 1
        return _scores(body, len(texts), self.name)

    async def close(self) -> None:
        """Close the pooled connections. Calling it twice does no harm."""
        await self._connection.close()

    def _written(self, question: str, texts: Sequence[str]) -> bytes:
        options = self._options
        fields: dict[str, Any] = {"query": question, "texts": texts}
        if options.shape == "jina":
            # All of them: some servers tell only the first few otherwise.
            fields = {"model": options.model, "query": question, "documents": texts}
            fields["top_n"] = len(texts)
        return msgspec.json.encode({**fields, **options.extra_body})


class _Ranked(msgspec.Struct):
    index: int
    relevance_score: float | None = None
    score: float | None = None


class _Results(msgspec.Struct):
    results: list[_Ranked]


def _scores(body: bytes, texts: int, name: str) -> list[float]:
    """The score of each text from an answer of either shape; raises `EngineBroke` for one that is
    wrong anywhere: half a ranking is none."""
    try:
        answer = msgspec.json.decode(body, type=_Results | list[_Ranked])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _broke(name, f"not the answer of a ranking model: {error}") from error
    scores: list[float | None] = [None] * texts
    for each in answer.results if isinstance(answer, _Results) else answer:
        score = each.score if each.relevance_score is None else each.relevance_score
        if not 0 <= each.index < texts or scores[each.index] is not None:
            raise _broke(name, f"of {texts} texts it named number {each.index}, or named it twice")
        if score is None or not math.isfinite(score):
            raise _broke(name, f"text {each.index} has no score")
        scores[each.index] = score
    told = [score for score in scores if score is not None]
    if len(told) < texts:
        raise _broke(name, f"it scored {len(told)} of {texts} texts")
    return told


def _broke(name: str, what: str) -> EngineBroke:
    return EngineBroke(
        f"{name}: {what}", remedy="check url and shape of this entry, and the model's server"
    )


def build(entry: ModelEntry) -> Reranker:
    """The reranker of an entry; opens no connection yet. Raises `BadUsage` for a wrong option."""
    return RerankServer(entry, parse_options(entry, RerankOptions))
