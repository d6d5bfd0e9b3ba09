"""Streams of chat completions in the shapes of four servers, for the tests of what reads them.

Each writes the same answer the way its server does: what stands in the first piece, where thoughts
go, what the last pieces carry. Written after their own sources and documentation (vLLM 0.15's
OpenAI-compatible server, llama.cpp's tools/server, Volcengine Ark's chat API, Ollama's
docs/openai.md), as they were in November 2026; nothing was recorded from weights.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.faults.upstream import Reply

PIECE_CHARACTERS = 7


def vllm(text: str, finish: str = "stop", thoughts: str = "") -> Reply:
    """Thoughts apart as `reasoning_content`; usage in a last chunk without choices."""
    head = {"id": "chatcmpl-5e1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in _pieces(thoughts)]
    deltas += [{"content": piece} for piece in _pieces(text)]
    chunks = [_chunk(head, delta, logprobs=None) for delta in deltas]
    chunks.append(_chunk(head, {"content": ""}, finish, stop_reason=None))
    usage = {"prompt_tokens": 812, "total_tokens": 902, "completion_tokens": 90}
    return _reply([*chunks, {**head, "choices": [], "usage": usage}])


def llama_cpp(text: str, finish: str = "stop", thoughts: str = "") -> Reply:
    """The role with null content first; `timings` and the fingerprint behind."""
    head = {
        "created": 1,
        "id": "chatcmpl-zT3",
        "model": "gpt-3.5-turbo",
        "system_fingerprint": "b6869-1",
        "object": "chat.completion.chunk",
    }
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None}]
    deltas += [{"reasoning_content": piece} for piece in _pieces(thoughts)]
    deltas += [{"content": piece} for piece in _pieces(text)]
    chunks = [_chunk(head, delta) for delta in deltas]
    chunks.append(_chunk(head, {}, finish))
    usage = {"completion_tokens": 90, "prompt_tokens": 812, "total_tokens": 902}
    timings = {"prompt_n": 812, "prompt_ms": 8112.3, "predicted_n": 90, "predicted_ms": 6201.5}
    return _reply([*chunks, {"choices": [], **head, "usage": usage, "timings": timings}])


def ark(text: str, finish: str = "stop", thoughts: str = "") -> Reply:
    """The role in every piece, service tier, details of usage."""
    head = {
        "id": "02176", "object": "chat.completion.chunk", "created": 1,
        "model": "doubao-seed-1-6-vision", "service_tier": "default",
    }  # fmt: skip
    deltas = [
        {"role": "assistant", "content": "", "reasoning_content": p} for p in _pieces(thoughts)
    ]
    deltas += [{"role": "assistant", "content": piece} for piece in _pieces(text)]
    chunks = [_chunk(head, delta, usage=None) for delta in deltas]
    chunks.append(_chunk(head, {"role": "assistant", "content": ""}, finish, usage=None))
    usage = {
        "prompt_tokens": 812, "completion_tokens": 90, "total_tokens": 902,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip
    return _reply([*chunks, {**head, "choices": [], "usage": usage}])


def ollama(text: str, finish: str = "stop", thoughts: str = "") -> Reply:
    """Thoughts as `reasoning`, the role in every piece; no usage where none was asked for."""
    head = {
        "id": "chatcmpl-411", "object": "chat.completion.chunk", "created": 1,
        "model": "stub", "system_fingerprint": "fp_ollama",
    }  # fmt: skip
    deltas = [{"role": "assistant", "content": "", "reasoning": p} for p in _pieces(thoughts)]
    deltas += [{"role": "assistant", "content": piece} for piece in _pieces(text)]
    chunks = [_chunk(head, delta) for delta in deltas]
    return _reply([*chunks, _chunk(head, {"role": "assistant", "content": ""}, finish)])


SERVERS: Mapping[str, Callable[..., Reply]] = {
    "vllm": vllm,
    "llama_cpp": llama_cpp,
    "volcengine_ark": ark,
    "ollama": ollama,
}


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), PIECE_CHARACTERS):
        yield text[at : at + PIECE_CHARACTERS]


def _chunk(
    head: Mapping[str, Any], delta: Mapping[str, Any], finish: str | None = None, **more: Any
) -> dict[str, Any]:
    return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish, **more}]}


def _reply(chunks: list[dict[str, Any]]) -> Reply:
    events = [f"data: {json.dumps(each, ensure_ascii=False)}\n\n".encode() for each in chunks]
    return Reply(raw_events=(*events, b"data: [DONE]\n\n"))
