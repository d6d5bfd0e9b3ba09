"""A model server that costs nothing: the same short answer to every OpenAI chat request.

    python -m benchmarks.gateway_stub PORT

Streams are 34 events, as a 32-word answer gives them.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import uvicorn

WORDS = 32
_HEAD = {"id": "chatcmpl-stub", "created": 1, "model": "stub"}
_USAGE = {"prompt_tokens": 20, "completion_tokens": WORDS, "total_tokens": 20 + WORDS}


def _event(**fields: Any) -> bytes:
    body = _HEAD | {"object": "chat.completion.chunk"} | fields
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def _choice(delta: dict[str, str], finish: str | None = None) -> list[dict[str, Any]]:
    return [{"index": 0, "delta": delta, "finish_reason": finish}]


_WORDS = [_event(choices=_choice({"role": "assistant", "content": f"word{n} "})) for n in range(32)]
EVENTS = [*_WORDS, _event(choices=_choice({}, "stop")), _event(choices=[], usage=_USAGE)]
ANSWER = json.dumps(
    _HEAD
    | {"object": "chat.completion", "usage": _USAGE}
    | {
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "one two three"},
                "finish_reason": "stop",
            }
        ]
    }
).encode()


async def _read(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] != "http":
        return
    body = await _read(receive)
    # Streaming is asked for behind the picture or before it: a search is enough for a stub.
    stream = b'"stream":true' in body.replace(b" ", b"") if body else False
    kind = b"text/event-stream; charset=utf-8" if stream else b"application/json"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    if not stream:
        await send({"type": "http.response.body", "body": ANSWER})
        return
    for event in EVENTS:
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
