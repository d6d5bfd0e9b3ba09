"""A ranking model's server, as a test's script says. Shapes are written from the documentation and
source of vLLM, llama.cpp, SGLang and Text Embeddings Inference, not recorded.

    async with RankingServer() as server:
        server.script = [vllm, status(500), slow(9)]     # one step a request, in order
        ... ask server.url ...
        server.requests[0].body, server.requests[0].headers

A text is worth its first number, so a test says in the texts how they must come out. When the
script is used up, `otherwise` answers.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiohttp import web

Step = Callable[[Mapping[str, Any]], Awaitable[web.Response]]
_NUMBER = re.compile(r"-?\d+")


def worth(text: str) -> float:
    """What the model thinks of a text."""
    found = _NUMBER.search(text)
    return float(found[0]) / 100 if found else 0.0


def _best_first(body: Mapping[str, Any], key: str) -> list[tuple[int, float]]:
    scores = [(at, worth(text)) for at, text in enumerate(body[key])]
    best = sorted(scores, key=lambda each: -each[1])
    return best[: body.get("top_n") or len(best)]


async def vllm(body: Mapping[str, Any]) -> web.Response:
    """vLLM's /v1/rerank: Jina's and Cohere's shape, the documents repeated."""
    results = [
        {"index": at, "document": {"text": body["documents"][at]}, "relevance_score": score}
        for at, score in _best_first(body, "documents")
    ]
    told = {"id": "rerank-1", "model": body["model"], "usage": {"total_tokens": 56}}
    return web.json_response({**told, "results": results})


async def llama_cpp(body: Mapping[str, Any]) -> web.Response:
    """llama-server --reranking: Jina's shape without documents, logits as scores."""
    results = [
        {"index": at, "relevance_score": 10 * score - 5}
        for at, score in _best_first(body, "documents")
    ]
    usage = {"prompt_tokens": 80, "total_tokens": 80}
    told = {"model": body["model"], "object": "list", "usage": usage}
    return web.json_response({**told, "results": results})


async def sglang(body: Mapping[str, Any]) -> web.Response:
    """SGLang's /v1/rerank: asked as Jina, answers a bare list."""
    return web.json_response(
        [
            {"score": score, "document": body["documents"][at], "index": at, "meta_info": {}}
            for at, score in _best_first(body, "documents")
        ]
    )


async def tei(body: Mapping[str, Any]) -> web.Response:
    """Text Embeddings Inference's /rerank."""
    return web.json_response(
        [{"index": at, "score": score} for at, score in _best_first(body, "texts")]
    )


def says(answer: str | object) -> Step:
    """This body, whatever was asked; a `str` as it is."""

    async def step(body: Mapping[str, Any]) -> web.Response:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return web.Response(text=text, content_type="application/json")

    return step


def status(number: int, text: str = "{}", headers: Mapping[str, str] | None = None) -> Step:
    """This status and body."""

    async def step(body: Mapping[str, Any]) -> web.Response:
        return web.Response(
            status=number, text=text, content_type="application/json", headers=headers
        )

    return step


def held(until: asyncio.Event) -> Step:
    """No answer before the event."""

    async def step(body: Mapping[str, Any]) -> web.Response:
        await until.wait()
        return await vllm(body)

    return step


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass
class RankingServer:
    script: list[Step] = field(default_factory=list)
    otherwise: Step = vllm
    requests: list[Asked] = field(default_factory=list)
    address: str = ""

    @property
    def url(self) -> str:
        return f"{self.address}/v1/rerank"

    async def __aenter__(self) -> RankingServer:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(Asked(request.path, dict(request.headers), body))
        step = self.script.pop(0) if self.script else self.otherwise
        return await step(body)


@contextmanager
def in_thread(server: RankingServer) -> Iterator[RankingServer]:
    """The server in a thread of its own, for what has a loop of its own."""
    ready, over = threading.Event(), asyncio.Event()
    loops = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        async with server:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join()
