"""The official `openai` client against the door behind a real server on a loopback port."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from tests.rooms.gateway.scripted_gateway import (
    SECRET,
    ScriptedGateway,
    opened,
    serving,
)
from yuepi.engines.contract import (
    Chat,
    ChatRefused,
    Delta,
    EngineBroke,
    EngineBusy,
    EngineUnavailable,
    Usage,
)

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Slip(BaseModel):
    total: str
    lines: list[str]


async def tells(chat: Chat) -> AsyncGenerator[Delta, None]:
    """Says back what it was asked, a word at a time."""
    pictures = "".join(f" [{p.width_px}x{p.height_px} {p.detail}]" for p in chat.pictures)
    for word in f"{chat.messages[-1].text}{pictures}".split(" "):
        yield Delta(word + " ")
    yield Delta(finish="stop", usage=Usage(9, 4, cached_tokens=3))


async def shapes(chat: Chat) -> AsyncGenerator[Delta, None]:
    assert chat.shape is not None
    assert chat.shape.schema is not None
    assert set(chat.shape.schema["properties"]) == {"total", "lines"}
    yield Delta('{"total": "27.00", "lines": ["茶"]}', finish="stop")


def failing(error: Exception, words: int = 0) -> Any:
    async def fails(chat: Chat) -> AsyncGenerator[Delta, None]:
        for _ in range(words):
            yield Delta("word ")
        raise error

    return fails


SCRIPTS = {
    "tells": tells,
    "shapes": shapes,
    "busy": failing(EngineBusy("full", remedy="wait", retry_after_s=3)),
    "down": failing(EngineUnavailable("down", remedy="wait")),
    "refuses": failing(ChatRefused("too long", remedy="cut", code="context_length_exceeded")),
    "wrong": failing(RuntimeError("inner secret")),
    "breaks": failing(EngineBroke("cut off", remedy="again"), words=2),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server in a thread of its own, as the synchronous client needs it."""
    ready, over = threading.Event(), asyncio.Event()
    found: list[Any] = []

    async def serve() -> None:
        async with serving(opened(ScriptedGateway(SCRIPTS), body_bytes_max=100_000)) as port:
            found.extend((port, asyncio.get_running_loop()))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield f"http://127.0.0.1:{found[0]}/v1"
    found[1].call_soon_threadsafe(over.set)
    thread.join(10)


@pytest.fixture
def client(url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=url, api_key=SECRET, max_retries=0, timeout=10) as client:
        yield client


def turns(text: str = "hello there") -> Any:
    return [{"role": "user", "content": text}]


def pictured() -> Any:
    uri = "data:image/png;base64," + base64.b64encode(PNG).decode()
    picture = {"type": "image_url", "image_url": {"url": uri, "detail": "low"}}
    return [{"role": "user", "content": [{"type": "text", "text": "what"}, picture]}]


def test_a_chat(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="tells", messages=turns(), temperature=0)
    assert answer.choices[0].message.content == "hello there "
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "tells"
    assert answer.id.startswith("chatcmpl-")
    assert answer.usage is not None
    assert answer.usage.total_tokens == 13
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 3


def test_headers_tell_the_way(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="tells", messages=turns())
    assert raw.headers["x-yuepi-route"] == "stub"
    assert raw.headers["x-yuepi-cache"] == "miss"
    assert raw.request_id is not None
    assert raw.request_id.startswith("req-")


def test_a_stream(client: OpenAI) -> None:
    stream = client.chat.completions.create(model="tells", messages=turns("一 二 三"), stream=True)
    chunks = list(stream)
    words = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert words == ["", "一 ", "二 ", "三 ", ""]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


def test_a_stream_with_usage(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="tells", messages=turns(), stream=True, stream_options={"include_usage": True}
        )
    )
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 4


def test_a_picture(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="tells", messages=pictured())
    assert answer.choices[0].message.content == "what [1x1 low] "


def test_a_shape_of_ones_own(client: OpenAI) -> None:
    answer = client.chat.completions.parse(model="shapes", messages=turns(), response_format=Slip)
    assert answer.choices[0].message.parsed == Slip(total="27.00", lines=["茶"])


def test_a_streamed_shape(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="shapes", messages=turns(), response_format=Slip
    ) as stream:
        stream.until_done()
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == Slip(total="27.00", lines=["茶"])


def test_asynchronously(url: str) -> None:
    async def story() -> None:
        async with AsyncOpenAI(base_url=url, api_key=SECRET, max_retries=0, timeout=10) as client:
            whole, stream = await asyncio.gather(
                client.chat.completions.create(model="tells", messages=pictured()),
                client.chat.completions.create(model="tells", messages=turns(), stream=True),
            )
            assert whole.choices[0].message.content == "what [1x1 low] "
            words = [chunk.choices[0].delta.content or "" async for chunk in stream]
            assert "".join(words) == "hello there "
            models = [one.id async for one in client.models.list()]
            assert models == [*SCRIPTS, "lengths"]

    asyncio.run(story())


def test_models(client: OpenAI) -> None:
    assert client.models.retrieve("tells").id == "tells"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("absent")


def test_embeddings(client: OpenAI) -> None:
    """The client asks for base64 by itself and unpacks it."""
    answer = client.embeddings.create(model="lengths", input=["a", "bc"])
    assert [one.embedding for one in answer.data] == [[1, 0.5, -1, 0], [2, 0.5, -1, 0]]
    plain = client.embeddings.create(model="lengths", input="abc", encoding_format="float")
    assert plain.data[0].embedding == [3, 0.5, -1, 0]
    with pytest.raises(openai.BadRequestError, match="token numbers"):
        client.embeddings.create(model="lengths", input=[1, 2, 3])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("model", "kind", "code"),
    [
        ("busy", openai.RateLimitError, "engine_busy"),
        ("down", openai.InternalServerError, "engine_unavailable"),
        ("refuses", openai.BadRequestError, "context_length_exceeded"),
        ("wrong", openai.InternalServerError, "internal_error"),
        ("absent", openai.NotFoundError, "model_not_found"),
    ],
)
def test_errors_have_the_clients_classes(
    client: OpenAI, model: str, kind: type[openai.APIStatusError], code: str, stream: bool
) -> None:
    with pytest.raises(kind) as caught:
        client.chat.completions.create(model=model, messages=turns(), stream=stream)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)
    if model == "busy":
        assert caught.value.response.headers["retry-after"] == "3"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"temperature": 9}, "temperature"),
        ({"logprobs": True}, "logprobs"),
    ],
)
def test_refusals_name_the_field(client: OpenAI, fields: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="tells", messages=turns(), **fields)
    assert caught.value.param == param


def test_a_wrong_key(url: str) -> None:
    with (
        OpenAI(base_url=url, api_key="yp-wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        stranger.models.list()
    assert caught.value.code == "invalid_api_key"


def test_too_large_a_request(client: OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model="tells", messages=turns("x" * 200_000))
    assert caught.value.status_code == 413
    assert caught.value.code == "request_too_large"


def test_a_stream_that_breaks_is_an_error_for_the_client(client: OpenAI) -> None:
    stream = client.chat.completions.create(model="breaks", messages=turns(), stream=True)
    words = [next(stream).choices[0].delta.content for _ in range(3)]
    assert words == ["", "word ", "word "]
    with pytest.raises(openai.APIError, match="The model 'stub' failed: engine_broke"):
        next(stream)
