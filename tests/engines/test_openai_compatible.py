"""The OpenAI-compatible engine against a scripted upstream, and its reading of event streams."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.asking import answer, engine_for, joined, with_engine
from tests.faults.upstream import Reply, Status, Stream, Trickle, Upstream, reply_events
from yuepi.engines.contract import (
    Chat,
    ChatRefused,
    Engine,
    EngineBroke,
    EngineFailure,
    JsonShape,
    Message,
    ModelEntry,
    Picture,
    Sampling,
    Usage,
    picture_sha256,
)
from yuepi.engines.openai_compatible import build
from yuepi.kit.errors import BadUsage

JPEG = b"\xff\xd8\xff\xe0 not really a picture \xff\xd9"


def picture(detail: Any = "auto") -> Picture:
    return Picture(JPEG, "image/jpeg", picture_sha256(JPEG), 8, 8, detail)


def chat(text: str = "是否超过5000元?", *pictures: Picture, **more: Any) -> Chat:
    return Chat((Message("user", (*pictures, text)),), **more)


def test_a_stream_gives_text_finish_and_usage() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Stream(["不", "超过 ", "5000 元"], 0.002)]
        deltas = await answer(engine, chat(sampling=Sampling(max_tokens=9, temperature=0.0)))
        assert joined(deltas) == ("不超过 5000 元", ["stop"], [Usage(10, 2)])
        body = up.requests[0].body
        assert body["stream"] is True
        assert body["stream_options"] == {"include_usage": True}
        assert body["model"] == "stub"
        assert (body["max_tokens"], body["temperature"]) == (9, 0.0)
        assert "seed" not in body

    with_engine(use)


def test_raw_holds_the_events_as_they_came_without_the_last() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        reply = Stream(["a", "b"], 0.001)
        up.script = [reply]
        deltas = await answer(engine, chat())
        sent = b"".join(reply_events(reply))
        assert b"".join(delta.raw or b"" for delta in deltas) + b"data: [DONE]\n\n" == sent

    with_engine(use)


def test_a_whole_body_is_one_delta_and_raw_is_that_body() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Reply("全部", finish="length")]
        (delta,) = await answer(engine, chat(incremental=False))
        assert (delta.text, delta.finish, delta.usage) == ("全部", "length", Usage(10, 2))
        assert json.loads(delta.raw or b"")["choices"][0]["message"]["content"] == "全部"
        assert up.requests[0].body["stream"] is False
        assert "stream_options" not in up.requests[0].body

    with_engine(use)


def test_what_was_received_is_passed_on_untouched() -> None:
    received = {
        "model": b'"our-alias"',
        "messages": b'[{"role":"user","content":[{"type":"text","text":"\\u9605","x":1.50}]}]',
        "temperature": b"0.70",
        "top_k": b"20",
        "stream": b"false",
        "stream_options": b'{"include_usage":false}',
        "response_format": b'{"type":"json_object"}',
    }

    async def use(up: Upstream, engine: Engine) -> None:
        question = chat("other", shape=JsonShape(), received=received)
        await answer(engine, question)
        raw = up.requests[0].raw
        for kept in ("messages", "temperature", "top_k", "response_format"):
            assert received[kept] in raw
        body = up.requests[0].body
        assert body["model"] == "stub"
        assert body["stream"] is True
        assert body["stream_options"] == {"include_usage": True}

    with_engine(use)


def test_new_messages_replace_those_received_and_the_rest_stays() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        first = chat(received={"messages": b"[]", "top_k": b"20"})
        await answer(engine, first.with_messages((Message("system", ("Be brief.",)),)))
        body = up.requests[0].body
        assert body["messages"] == [{"role": "system", "content": "Be brief."}]
        assert body["top_k"] == 20

    with_engine(use)


def test_pictures_go_as_data_addresses_in_their_order() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        parts = (picture("high"), "一", picture(), '二"\n')
        await answer(engine, Chat((Message("user", parts),)))
        content = up.requests[0].body["messages"][0]["content"]
        assert [part["type"] for part in content] == ["image_url", "text", "image_url", "text"]
        head, _, data = content[0]["image_url"]["url"].partition(",")
        assert (head, base64.b64decode(data)) == ("data:image/jpeg;base64", JPEG)
        assert content[0]["image_url"]["detail"] == "high"
        assert content[3]["text"] == '二"\n'

    with_engine(use)


def test_a_schema_goes_as_response_format() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        schema = {"type": "object", "properties": {"total": {"type": "string"}}}
        await answer(engine, chat(shape=JsonShape(schema, "invoice")))
        await answer(engine, chat(shape=JsonShape()))
        named = {"name": "invoice", "schema": schema, "strict": True}
        assert up.requests[0].body["response_format"] == {
            "type": "json_schema",
            "json_schema": named,
        }
        assert up.requests[1].body["response_format"] == {"type": "json_object"}

    with_engine(use)


def test_dashscope_gets_the_schema_in_words_and_its_own_high_detail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-dash")

    async def use(up: Upstream, engine: Engine) -> None:
        assert engine.abilities.json_schema is False
        schema = {"type": "object", "required": ["total"]}
        question = chat(
            "多少?",
            picture("high"),
            shape=JsonShape(schema),
            received={"messages": b"[]", "response_format": b'{"type":"json_schema"}'},
        )
        await answer(engine, question)
        body = up.requests[0].body
        assert body["response_format"] == {"type": "json_object"}
        assert '"required":["total"]' in body["messages"][0]["content"]
        assert body["vl_high_resolution_images"] is True
        assert "detail" not in body["messages"][1]["content"][0]["image_url"]
        assert up.requests[0].headers["authorization"] == "Bearer sk-dash"
        await answer(engine, chat("多少?", picture("low")))
        assert "vl_high_resolution_images" not in up.requests[1].body

    with_engine(use, preset="dashscope")


def test_extra_fields_and_headers_are_the_operators_and_win() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        await answer(engine, chat(received={"messages": b"[]", "top_k": b"20"}))
        assert up.requests[0].body["top_k"] == 5
        assert up.requests[0].body["mm_processor_kwargs"] == {"max_pixels": 1003520}
        assert up.requests[0].headers["x-team"] == "finance"
        assert up.requests[0].headers["accept-encoding"] == "identity"

    extra = {"top_k": 5, "mm_processor_kwargs": {"max_pixels": 1003520}}
    with_engine(use, extra_body=extra, headers={"X-Team": "finance"})


def test_connections_are_kept_streamed_or_not() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        for incremental in (True, False, True, True):
            await answer(engine, chat(incremental=incremental))
        assert len(up.peers) == 1
        assert up.cut == 0

    with_engine(use)


def test_too_many_pictures_are_refused_before_anything_is_sent() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        with pytest.raises(ChatRefused) as caught:
            await answer(engine, chat("?", picture(), picture()))
        assert caught.value.code == "too_many_images"
        assert not up.requests

    with_engine(use, images_max=1)


def test_thoughts_are_in_raw_and_not_in_the_text() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        thought = b'data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}\n\n'
        said = b'data: {"choices":[{"delta":{"content":"4"},"finish_reason":"stop"}]}\n\n'
        up.script = [Reply(raw_events=(thought, said, b"data: [DONE]\n\n"))]
        deltas = await answer(engine, chat())
        assert joined(deltas)[0] == "4"
        assert thought in b"".join(delta.raw or b"" for delta in deltas)

    with_engine(use)


def test_a_body_where_a_stream_was_asked_for_is_still_an_answer() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        body = b'{"choices":[{"message":{"content":"5"},"finish_reason":"stop"}]}'
        up.script = [Status(200, body=body)]
        (delta,) = await answer(engine, chat())
        assert (delta.text, delta.finish, delta.raw) == ("5", "stop", None)

    with_engine(use)


def test_warm_reaches_the_server_and_finds_the_model() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        await engine.warm()
        assert up.requests[0].path == "/v1/models"
        up.models = ("other",)
        with pytest.raises(EngineFailure) as caught:
            await engine.warm()
        assert "other" in caught.value.remedy
        assert caught.value.retryable is False

    with_engine(use, preset="vllm")


def test_the_key_comes_from_the_environment_or_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("sk-file\n")
    monkeypatch.setenv("MY_KEY", "sk-env")

    async def story() -> None:
        async with Upstream() as up:
            engine = engine_for(up, tmp_path, key_file="key")
            await answer(engine, chat())
            await engine.close()
            engine = engine_for(up, key_env="MY_KEY")
            await answer(engine, chat())
            await engine.close()
            sent = [seen.headers["authorization"] for seen in up.requests]
            assert sent == ["Bearer sk-file", "Bearer sk-env"]
            for missing in ({"key_env": "NOT_SET"}, {"key_file": "gone"}):
                with pytest.raises(EngineFailure) as caught:
                    await answer(engine_for(up, tmp_path, **missing), chat())
                assert next(iter(missing.values())) in caught.value.message
                assert caught.value.retryable is False

    asyncio.run(story())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"model": "m", "url": "http://h/v1", "api_key": "sk-1"}, "api_key"),
        ({"model": "m", "url": "http://h/v1", "headers": {"Authorization": "x"}}, "headers"),
        ({"model": "m", "url": "ftp://h/v1"}, "url"),
        ({"model": "m", "url": "http://u:p@h/v1"}, "url"),
        ({"model": "m", "url": "http://h/v1/chat/completions"}, "url"),
        ({"model": "m"}, "url"),
        ({"model": "m", "preset": "vllm", "extra_body": {"stream": True}}, "extra_body"),
        ({"preset": "vllm"}, "model"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(BadUsage) as caught:
        build(ModelEntry("m", "openai_compatible", options, Path()))
    assert named in caught.value.message


def test_every_preset_builds_with_a_model_only() -> None:
    for preset in ("vllm", "sglang", "llama_cpp", "ollama", "volcengine_ark", "dashscope"):
        entry = ModelEntry("m", "openai_compatible", {"preset": preset, "model": "x"}, Path())
        assert build(entry).abilities.boxes == "0-1000"


def test_a_missing_done_is_forgiven_only_after_the_finish() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Reply("ja", done=False), Reply("ja", done=False, usage=None)]
        assert joined(await answer(engine, chat())) == ("ja", ["stop"], [Usage(10, 2)])
        assert joined(await answer(engine, chat())) == ("ja", ["stop"], [])

    with_engine(use)


def test_an_endless_answer_is_cut_off() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Reply("x" * 40), Reply("x" * 4000)]
        for incremental in (True, False):
            with pytest.raises(EngineBroke, match="2000 bytes"):
                await answer(engine, chat(incremental=incremental))

    with_engine(use, answer_bytes_max=2000)


def test_a_slow_trickle_is_read_whole() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Trickle("慢慢来", 0.0005), Trickle("慢慢来", 0.0005, 5)]
        for incremental in (True, False):
            text, finishes, _ = joined(await answer(engine, chat(incremental=incremental)))
            assert (text, finishes) == ("慢慢来", ["stop"])

    with_engine(use)
