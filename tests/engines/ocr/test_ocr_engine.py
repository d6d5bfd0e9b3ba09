"""The engine around the answers: its cache, its queue, follow-ups, streaming, refusals."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from yuepi.engines.contract import (
    Abilities,
    Call,
    Chat,
    ChatRefused,
    Delta,
    EngineBusy,
    EngineTimeout,
    EngineUnavailable,
    JsonShape,
    Message,
    ModelEntry,
    Picture,
    Sampling,
)
from yuepi.engines.ocr import OcrEngine, build
from yuepi.kit.boxes import Box
from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.sight.look import Seen
from yuepi.sight.sighting import Line, Quality, Sighting

SHARP = Quality("clean", 150.0, 0.8, 0.0, 0.0, 800)


def picture(number: int = 0) -> Picture:
    from tests.engines.ocr.conftest import as_picture

    return as_picture(np.full((64, 96, 3), 255 - number, np.uint8))


class PaperEye:
    """Sees the same lines on every picture; `gate` holds it until it is set."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts or ("Invoice No. A-1", "Total 36.41")
        self.looks = 0
        self.gate = threading.Event()
        self.gate.set()

    def look(self, pictures: Sequence[NDArray[np.uint8]], *, text: bool = True) -> list[Seen]:
        assert self.gate.wait(10)
        self.looks += len(pictures)
        lines = tuple(
            Line(words, Box(0.1, 0.1 + 0.1 * at, 0.5, 0.15 + 0.1 * at))
            for at, words in enumerate(self.texts)
        )
        return [Seen(p, Sighting(96, 64, lines, quality=SHARP)) for p in pictures]

    def warm(self) -> None:
        raise Unavailable("the models are missing", remedy="install them")


def engine_with(eye: PaperEye, **limits: int) -> OcrEngine:
    return OcrEngine("ocr", eye=lambda: eye, **limits)


def user(*parts: str | Picture) -> Message:
    return Message("user", parts)


async def deltas(engine: OcrEngine, *messages: Message, **more: object) -> list[Delta]:
    chat = replace(Chat(messages), **more)  # type: ignore[arg-type]
    return [delta async for delta in engine.stream(chat)]


async def text(engine: OcrEngine, *messages: Message, **more: object) -> str:
    return "".join(delta.text for delta in await deltas(engine, *messages, **more))


def run(story: Callable[[], object]) -> None:
    asyncio.run(story())  # type: ignore[arg-type]


def test_a_second_question_costs_no_second_look() -> None:
    async def story() -> None:
        eye = PaperEye()
        engine = engine_with(eye)
        first = await deltas(engine, user(picture(), "total?"))
        second = await deltas(engine, user(picture(), "Is the total over 30?"))
        assert eye.looks == 1
        assert first[-1].usage is not None
        assert second[-1].usage is not None
        assert first[-1].usage.cached_tokens == 0 < second[-1].usage.cached_tokens
        assert second[-1].usage.estimated
        assert second[-1].finish == "stop"

    run(story)


def test_tenants_do_not_learn_what_others_sent() -> None:
    async def story() -> None:
        eye = PaperEye()
        engine = engine_with(eye)
        for tenant in ("one", "other"):
            asked = Chat((user(picture(), "total?"),), call=Call(tenant=tenant))
            last = [delta async for delta in engine.stream(asked)][-1]
            assert last.usage is not None
            assert last.usage.cached_tokens == 0
        assert eye.looks == 2

    run(story)


def test_closing_tells_those_who_wait() -> None:
    async def story() -> None:
        engine = engine_with(PaperEye())
        go, begun = threading.Event(), threading.Event()

        def hold() -> None:
            begun.set()
            go.wait(10)

        engine._worker.submit(hold)
        await asyncio.to_thread(begun.wait, 5)
        asked = asyncio.ensure_future(text(engine, user(picture(), "total?")))
        while not engine._worker._work_queue.qsize():
            await asyncio.sleep(0)
        closing = asyncio.ensure_future(engine.close())
        with pytest.raises(EngineUnavailable, match="closed"):
            await asked
        go.set()
        await closing

    run(story)


def test_the_shelf_of_seen_pages_is_bounded() -> None:
    async def story() -> None:
        eye = PaperEye()
        engine = engine_with(eye, pages_kept=2)
        for number in (0, 1, 2, 2, 0):
            await text(engine, user(picture(number), "total?"))
        assert eye.looks == 4
        assert len(engine._pages) == 2

    run(story)


def test_a_follow_up_means_the_picture_of_the_turn_before() -> None:
    async def story() -> None:
        engine = engine_with(PaperEye())
        before = (user(picture(), "What is the invoice number?"), Message("assistant", ("A-1",)))
        assert await text(engine, *before, user("And the total?")) != ""
        assert (await text(engine, *before, user("what is the total?"))).startswith("total: 36.41")

    run(story)


def test_no_picture_no_answer() -> None:
    async def story() -> None:
        engine = engine_with(PaperEye())
        assert "只回答关于图片的问题" in await text(engine, user("今天天气怎么样？"))
        assert "pictures only" in await text(engine, user("Who are you?"))
        with pytest.raises(ChatRefused) as refused:
            await text(engine, user("total?"), shape=JsonShape({"type": "object"}))
        assert refused.value.code == "schema_not_satisfiable"

    run(story)


def test_an_answer_streams_by_lines_or_comes_whole() -> None:
    async def story() -> None:
        engine = engine_with(PaperEye())
        parts = await deltas(engine, user(picture(), "transcribe"))
        assert [delta.text for delta in parts] == ["Invoice No. A-1\n", "Total 36.41", ""]
        parts = await deltas(engine, user(picture(), "transcribe"), incremental=False)
        assert [delta.text for delta in parts] == ["Invoice No. A-1\nTotal 36.41", ""]

    run(story)


def test_a_limit_of_tokens_cuts_no_number_in_two() -> None:
    async def story() -> None:
        engine = engine_with(PaperEye("Total 1234567.89"))
        for limit in range(1, 12):
            parts = await deltas(
                engine, user(picture(), "transcribe"), sampling=Sampling(max_tokens=limit)
            )
            words = "".join(delta.text for delta in parts)
            assert words in ("", "Total ", "Total 1234567.89")
            assert parts[-1].finish == ("stop" if words.endswith("89") else "length")
        stopped = await text(
            engine, user(picture(), "transcribe"), sampling=Sampling(stop=("1234",))
        )
        assert stopped == "Total "

    run(story)


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    async def story() -> None:
        broken = replace(picture(), data=data, sha256="0" * 64)
        with pytest.raises(ChatRefused) as refused:
            await text(engine_with(PaperEye()), user(broken, "total?"))
        assert (refused.value.code, refused.value.param) == ("invalid_image", "messages")

    run(story)


def test_a_picture_cut_off_is_refused() -> None:
    async def story() -> None:
        whole = picture()
        cut = replace(whole, data=whole.data[: len(whole.data) // 2], sha256="1" * 64)
        with pytest.raises(ChatRefused, match="decoded"):
            await text(engine_with(PaperEye()), user(cut, "total?"))

    run(story)


def test_five_pictures_are_too_many_and_a_missing_one_is_named() -> None:
    async def story() -> None:
        engine = engine_with(PaperEye())
        with pytest.raises(ChatRefused) as refused:
            await text(engine, user(*(picture(n) for n in range(5)), "total?"))
        assert refused.value.code == "too_many_images"
        with pytest.raises(ChatRefused) as refused:
            await text(engine, user(picture(), "图3的金额是多少"))
        assert refused.value.code == "no_such_image"

    run(story)


def test_a_full_queue_says_so_and_leaving_makes_room() -> None:
    async def story() -> None:
        eye = PaperEye()
        eye.gate.clear()
        engine = engine_with(eye, waiting_max=2)
        tasks = [asyncio.create_task(text(engine, user(picture(n), "total?"))) for n in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(EngineBusy):
            await text(engine, user(picture(3), "total?"))
        # The second one waits behind the first and is never looked at.
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
        assert engine._waiting == 1
        eye.gate.set()
        assert "36.41" in await tasks[0]
        assert eye.looks == 1
        await engine.close()

    run(story)


def test_the_event_loop_stays_free_while_looking() -> None:
    async def story() -> None:
        eye = PaperEye()
        eye.gate.clear()
        task = asyncio.create_task(text(engine_with(eye), user(picture(), "total?")))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not task.done()
        eye.gate.set()
        assert "36.41" in await task

    run(story)


def test_a_deadline_ends_the_wait() -> None:
    async def story() -> None:
        eye = PaperEye()
        eye.gate.clear()
        engine = engine_with(eye)
        call = Call(deadline=time.monotonic() + 0.05)
        with pytest.raises(EngineTimeout):
            await text(engine, user(picture(), "total?"), call=call)
        eye.gate.set()
        await engine.close()

    run(story)


def test_closed_and_unloadable_engines_say_so() -> None:
    async def story() -> None:
        engine = engine_with(PaperEye())
        with pytest.raises(EngineUnavailable, match="models are missing"):
            await engine.warm()
        await engine.close()
        await engine.close()
        with pytest.raises(EngineUnavailable):
            await text(engine, user(picture(), "total?"))

    run(story)


def test_build_loads_nothing_and_names_a_wrong_option() -> None:
    entry = ModelEntry("ocr", "ocr", {}, Path())
    assert build(entry).abilities == Abilities(
        images_max=4, json_schema=True, boxes="0-1000", converses=False
    )
    with pytest.raises(BadUsage, match="thread"):
        build(replace(entry, options={"thread": 2}))
