"""Answers of a tiny model: pieces, endings, turns, pictures, schemas, refusals, leaving."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from yuepi.engines.contract import (
    Call,
    Chat,
    ChatRefused,
    Delta,
    EngineBroke,
    EngineBusy,
    EngineTimeout,
    EngineUnavailable,
    JsonShape,
    Message,
    Picture,
    Sampling,
)
from yuepi.engines.qwen_vl import QwenVlEngine
from yuepi.engines.qwen_vl.grammar import Grammars

Ask = Callable[[QwenVlEngine, Chat], list[Delta]]
Draw = Callable[..., Picture]
GREEDY = Sampling(max_tokens=24, temperature=0)


def said(pieces: list[Delta]) -> str:
    return "".join(piece.text for piece in pieces)


def user(*parts: str | Picture) -> Message:
    return Message("user", parts)


def test_pieces_make_the_whole(engine: QwenVlEngine, deltas: Ask, picture: Draw) -> None:
    chat = Chat((user(picture(1), "票面金额是多少？"),), GREEDY)
    pieces = deltas(engine, chat)
    whole = deltas(engine, Chat(chat.messages, GREEDY, incremental=False))
    assert len(pieces) > 5
    assert len(whole) == 1
    assert said(pieces) == whole[0].text
    assert [piece.finish for piece in pieces[:-1]] == [None] * (len(pieces) - 1)
    assert pieces[-1].finish == "length"
    usage = pieces[-1].usage
    assert usage is not None
    assert usage.completion_tokens == 24
    # 192 × 128 pixels make 6 × 4 tokens; the rest is text.
    assert 24 < usage.prompt_tokens < 24 + 64


def test_other_picture_other_answer(engine: QwenVlEngine, deltas: Ask, picture: Draw) -> None:
    first, second = (
        said(deltas(engine, Chat((user(picture(seed), "读"),), GREEDY))) for seed in (1, 2)
    )
    assert first != second


def test_pictures_and_turns(engine: QwenVlEngine, deltas: Ask, picture: Draw) -> None:
    turns = (
        Message("system", ("你是审单员。",)),
        user(picture(1), picture(2, 128, 192), "比较"),
        Message("assistant", ("不同",)),
        user("再看这张", picture(3), "和", picture(4), "谢谢"),
    )
    pieces = deltas(engine, Chat(turns, GREEDY))
    assert pieces[-1].finish == "length"
    assert pieces[-1].usage is not None
    assert pieces[-1].usage.prompt_tokens > 4 * 24
    swapped = (*turns[:1], user(picture(2, 128, 192), picture(1), "比较"), *turns[2:])
    assert said(deltas(engine, Chat(swapped, GREEDY))) != said(pieces)


def test_a_seed_repeats_itself(engine: QwenVlEngine, deltas: Ask) -> None:
    def told(seed: int) -> str:
        sampling = Sampling(max_tokens=16, temperature=1.5, top_p=0.99, seed=seed)
        return said(deltas(engine, Chat((user("写点什么"),), sampling)))

    assert told(7) == told(7)
    assert len({told(seed) for seed in range(4)}) > 1


def test_stop_strings_end_and_are_not_shown(engine: QwenVlEngine, deltas: Ask) -> None:
    messages = (user("说几句"),)
    whole = said(deltas(engine, Chat(messages, Sampling(max_tokens=24, temperature=0))))
    stop = whole[6:9]
    sampling = Sampling(max_tokens=24, temperature=0, stop=("never there", stop))
    pieces = deltas(engine, Chat(messages, sampling))
    assert pieces[-1].finish == "stop"
    assert said(pieces) == whole[: whole.index(stop)]


def test_penalties_change_the_words(engine: QwenVlEngine, deltas: Ask) -> None:
    messages = (user("说几句"),)
    plain = deltas(engine, Chat(messages, GREEDY))
    sampling = Sampling(max_tokens=24, temperature=0, presence_penalty=2, frequency_penalty=2)
    assert said(deltas(engine, Chat(messages, sampling))) != said(plain)


# --- JSON --------------------------------------------------------------------------------------

INVOICE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["增值税发票", "火车票", "taxi"]},
        "number": {"type": "string", "pattern": "^[0-9]{8}$"},
        "ok": {"type": "boolean"},
        "boxes": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 1000},
            "minItems": 4,
            "maxItems": 4,
        },
    },
    "required": ["kind", "number", "ok", "boxes"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("temperature", [0, 1.2])
def test_random_weights_give_valid_json(
    engine: QwenVlEngine, deltas: Ask, picture: Draw, temperature: float
) -> None:
    sampling = Sampling(max_tokens=200, temperature=temperature, seed=5)
    chat = Chat((user(picture(1), "提取"),), sampling, shape=JsonShape(INVOICE))
    for _ in range(2):
        pieces = deltas(engine, chat)
        assert pieces[-1].finish == "stop"
        jsonschema.validate(json.loads(said(pieces)), INVOICE)


def test_any_object(engine: QwenVlEngine, deltas: Ask) -> None:
    sampling = Sampling(max_tokens=40, temperature=1, seed=1)
    pieces = deltas(engine, Chat((user("JSON"),), sampling, shape=JsonShape()))
    assert said(pieces).startswith("{")
    if pieces[-1].finish == "stop":
        assert isinstance(json.loads(said(pieces)), dict)


def test_too_few_tokens_for_the_json_is_length(engine: QwenVlEngine, deltas: Ask) -> None:
    sampling = Sampling(max_tokens=5, temperature=0)
    pieces = deltas(engine, Chat((user("?"),), sampling, shape=JsonShape(INVOICE)))
    assert pieces[-1].finish == "length"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "maximum": 1},
        {"enum": []},
        {"$ref": "#/$defs/nowhere"},
        {"type": "no such type"},
        {"type": "object", "required": ["z"], "additionalProperties": False},
        {"type": "object", "required": ["z"], "properties": {"a": {"type": "string"}}},
        {"type": "object", "properties": {"a": {"type": "string", "const": 3}}},
        {"not": {}},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
    ],
)
def test_schemas_that_nothing_satisfies(
    engine: QwenVlEngine, deltas: Ask, schema: dict[str, Any]
) -> None:
    with pytest.raises(ChatRefused) as refused:
        deltas(engine, Chat((user("?"),), GREEDY, shape=JsonShape(schema)))
    assert refused.value.code == "schema_not_satisfiable"
    assert refused.value.param == "response_format"


def test_schemas_that_take_too_long_to_compile() -> None:
    texts = {f"p{i}": {"type": "string"} for i in range(1001)}
    few = dict(list(texts.items())[:65])
    patterns = {f"p{i}": {"type": "string", "pattern": f"^{'a?' * 100}{i}$"} for i in range(60)}
    for schema in (
        {"type": "object", "properties": texts},
        {"type": "object", "properties": few, "minProperties": 1},
        {"items": {"type": "object", "properties": few, "maxProperties": 9}},
        {"type": "string", "pattern": "^" + "(a|b)?" * 2000 + "$"},
        {"type": "object", "properties": patterns},
    ):
        # Refused before xgrammar, or any tokenizer, is asked.
        grammars = Grammars(None, vocab_size=8, stop_ids=[0])
        with pytest.raises(ChatRefused) as refused:
            grammars.matcher(JsonShape(schema))
        assert refused.value.code == "schema_not_satisfiable"


# --- refusals, deadlines, leaving --------------------------------------------------------------


def test_context_too_long_says_the_numbers(make: Any, deltas: Ask, picture: Draw) -> None:
    small = make(context_tokens_max=40)
    with pytest.raises(ChatRefused, match=r"24 of them for 1 pictures.*takes 40") as refused:
        deltas(small, Chat((user(picture(1), "长" * 40),), GREEDY))
    assert refused.value.code == "context_length_exceeded"
    pieces = deltas(small, Chat((user("短"),), Sampling(max_tokens=500, temperature=0)))
    usage = pieces[-1].usage
    assert usage is not None
    assert usage.prompt_tokens + usage.completion_tokens == 40
    assert pieces[-1].finish == "length"


def test_too_many_pictures(engine: QwenVlEngine, deltas: Ask, picture: Draw) -> None:
    with pytest.raises(ChatRefused, match="5 pictures") as refused:
        deltas(engine, Chat((user(*[picture(seed) for seed in range(5)]),), GREEDY))
    assert refused.value.code == "too_many_images"


def test_not_a_picture(engine: QwenVlEngine, deltas: Ask) -> None:
    broken = Picture(b"GIF89a nothing", "image/gif", "0" * 64, 1, 1)
    with pytest.raises(ChatRefused, match="cannot be read"):
        deltas(engine, Chat((user(broken),), GREEDY))


def test_detail_high_costs_more(make: Any, deltas: Ask, picture: Draw) -> None:
    small = make(visual_tokens=16, visual_tokens_high=64, visual_tokens_min=4)
    sampling = Sampling(max_tokens=1)

    def cost(detail: str) -> int:
        chat = Chat((user(picture(1, 512, 512, detail=detail)),), sampling)
        usage = deltas(small, chat)[-1].usage
        assert usage is not None
        return usage.prompt_tokens

    assert cost("high") - cost("auto") == 64 - 16
    assert cost("low") == cost("auto")


def test_deadline(engine: QwenVlEngine, deltas: Ask) -> None:
    asyncio.run(engine.warm())
    for slack in (-1.0, 0.05):
        late = Call(deadline=time.monotonic() + slack)
        chat = Chat((user("很长"),), Sampling(max_tokens=30_000, temperature=0), call=late)
        with pytest.raises(EngineTimeout):
            deltas(engine, chat)


def test_leaving_ends_the_work(engine: QwenVlEngine) -> None:
    async def leave() -> float:
        long = Chat((user("很长"),), Sampling(max_tokens=30_000, temperature=0))
        stream = engine.stream(long)
        assert (await anext(stream)).finish is None
        await stream.aclose()
        began = time.monotonic()
        # One at a time: this one can only be answered once the other has left.
        short = Chat((user("短"),), Sampling(max_tokens=1, temperature=0))
        assert [d.finish async for d in engine.stream(short)][-1] == "length"
        return time.monotonic() - began

    assert asyncio.run(leave()) < 5


def test_full_and_closed(make: Any, deltas: Ask) -> None:
    engine = make(waiting_max=1)

    async def crowd() -> list[BaseException | None]:
        await engine.warm()
        long = Chat((user("很长"),), Sampling(max_tokens=30_000, temperature=0))
        first = engine.stream(long)
        await anext(first)

        async def ask() -> None:
            async for _ in engine.stream(Chat((user("短"),), GREEDY)):
                pass

        asked = [asyncio.create_task(ask()) for _ in range(3)]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 2:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        failures = [task.exception() for task in done]
        await first.aclose()
        await asyncio.gather(*waiting)
        return failures

    failures = asyncio.run(crowd())
    assert all(isinstance(failure, EngineBusy) for failure in failures)
    asyncio.run(engine.close())
    asyncio.run(engine.close())
    with pytest.raises(EngineUnavailable, match="closed"):
        deltas(engine, Chat((user("短"),), GREEDY))


def test_boxes_of_a_cropped_picture_are_not_promised(make: Any) -> None:
    assert make(crop=True).abilities.boxes == "none"
    assert make(crop=False).abilities.boxes == "0-1000"


def test_closing_ends_the_prompt_that_is_being_run(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make()

    async def story() -> None:
        await engine.warm()
        loop, inside = asyncio.get_running_loop(), asyncio.Event()
        model, first = engine._running.batch._model, True

        def endless(*_: Any) -> Any:
            nonlocal first
            if first:
                first = False
                loop.call_soon_threadsafe(inside.set)
            while True:  # layer after layer
                model.watch()
                time.sleep(0.001)

        monkeypatch.setattr(model, "prefill", endless)
        asked = asyncio.ensure_future(anext(engine.stream(Chat((user("长"),), GREEDY))))
        await inside.wait()
        async with asyncio.timeout(5):
            await engine.close()
            with pytest.raises(EngineUnavailable, match="closed"):
                await asked

    asyncio.run(story())


def test_what_nobody_expected_ends_no_thread(
    engine: QwenVlEngine, deltas: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(engine.warm())
    running = engine._running
    assert running is not None
    for name in ("_prefill", "step"):

        def odd(*_: Any) -> Any:
            raise TypeError("odd")

        monkeypatch.setattr(running.batch, name, odd)
        with pytest.raises(EngineBroke, match="TypeError"):
            deltas(engine, Chat((user("短"),), GREEDY))
        monkeypatch.undo()
        assert deltas(engine, Chat((user("短"),), GREEDY))[-1].finish == "length"


def test_int8_and_bfloat16_run(make: Any, deltas: Ask, picture: Draw) -> None:
    for dtype in ("int8", "bfloat16"):
        engine = make(dtype=dtype, threads=1)
        chat = Chat((user(picture(1), "读"),), Sampling(max_tokens=6, temperature=0))
        assert deltas(engine, chat)[-1].finish == "length"
