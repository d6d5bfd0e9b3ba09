"""A model of page pictures behind an address, as a test's script says; in the shapes of vLLM's
/pooling and Jina's /v1/embeddings, written from their documentation, not recorded.

It sees what a picture's bytes say: a test's "picture" is a text, and each of its words is a vector
(so is each word of a question): a page is near a question whose words it has.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tests.faults.ranking_server import RankingServer

DIMENSIONS = 32


def vectors_of(text: str) -> list[list[float]]:
    """A vector for each word, in the direction of its hash."""
    found = []
    for word in text.split():
        digest = hashlib.sha256(word.encode()).digest()[:DIMENSIONS]
        raw = [each - 127.5 for each in digest]
        length = math.sqrt(sum(each * each for each in raw))
        found.append([each / length for each in raw])
    return found


async def vllm_pooling(body: Mapping[str, Any]) -> web.Response:
    """POST /pooling: the picture or else the text of one message."""
    ((message),) = body["messages"]
    parts = {part["type"]: part for part in message["content"]}
    if "image_url" in parts:
        head, data = parts["image_url"]["image_url"]["url"].split(",")
        assert head == "data:image/jpeg;base64"
        text = base64.b64decode(data).decode("utf-8", "replace")
    else:
        text = parts["text"]["text"]
    data = [{"index": 0, "object": "pooling", "data": vectors_of(text)}]
    return web.json_response({"id": "pool-1", "model": body["model"], "data": data})


async def jina_embeddings(body: Mapping[str, Any]) -> web.Response:
    """POST /v1/embeddings with return_multivector."""
    assert body["return_multivector"] is True
    ((given),) = body["input"]
    text = base64.b64decode(given["image"]).decode() if "image" in given else given["text"]
    data = [{"object": "embedding", "index": 0, "embeddings": vectors_of(text)}]
    return web.json_response({"model": body["model"], "object": "list", "data": data})


class PageServer(RankingServer):
    """`url` is that of /pooling."""

    @property
    def url(self) -> str:
        return f"{self.address}/pooling"


def page_server() -> PageServer:
    return PageServer(otherwise=vllm_pooling)
