"""The story of a call: limits, money and record, whatever becomes of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

import pytest

from tests.rooms.gateway.scripted_books import (
    KEY,
    Books,
    deployed,
    gateway_of,
    text_of,
    two_in_order,
)
from tests.rooms.gateway.scripted_engine import Says, ScriptedEngine, down, question
from yuepi.engines.contract import (
    Abilities,
    Call,
    ChatRefused,
    EngineBroke,
    EngineTimeout,
    JsonShape,
    Usage,
)
from yuepi.gateway.answers_cache import AnswersCache
from yuepi.gateway.call_log import CallLog
from yuepi.gateway.deployment import Route, Target
from yuepi.gateway.gateway import Gateway, UnknownModel
from yuepi.gateway.prompts import Prompt, PromptShelf
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError


def test_a_call_is_answered_charged_and_recorded() -> None:
    async def run() -> None:
        books = Books()
        engine = ScriptedEngine(Says(["a", "b"], usage=Usage(1_000, 500, 100)))
        gateway = gateway_of(books, engine)
        chat = question("how much?", conversation="c1", pictures=[b"png"])
        assert await text_of(gateway, "fake", chat) == "ab"
        cost = Decimal("0.006")
        assert books.charges == [("key_1", Usage(1_000, 500, 100), cost)]
        (record,) = books.records
        assert record.id.startswith("call_")
        assert (record.tenant, record.key_id, record.route) == ("acme", "key_1", "fake")
        assert (record.deployment, record.model_version) == ("fake", "fake-v1")
        assert (record.outcome, record.cache, record.attempts) == ("done", "off", 1)
        tokens = (record.prompt_tokens, record.completion_tokens, record.cached_tokens)
        assert tokens == (1_000, 500, 100)
        assert (record.cost, record.usage_estimated, record.content) == (cost, False, None)
        assert record.picture_sha256s == (hashlib.sha256(b"png").hexdigest(),)
        assert len(record.request_sha256) == 64
        assert record.first_token_s is not None
        assert 0 <= record.first_token_s <= record.total_s
        assert record.conversation == "c1"
        await gateway.close()
        assert engine.closed == 1

    asyncio.run(run())


def test_ask_gives_the_whole_answer() -> None:
    async def run() -> None:
        gateway = gateway_of(Books(), ScriptedEngine(Says(["a", "b"])))
        answer = await gateway.ask("fake", question(), KEY)
        assert (answer.text, answer.finish, answer.usage) == ("ab", "stop", Usage(10, 2))
        assert answer.call.deployment == "fake"

    asyncio.run(run())


def test_an_unknown_model_is_told_what_there_is() -> None:
    async def run() -> None:
        gateway = gateway_of(
            Books(), ScriptedEngine(name="a"), ScriptedEngine(name="b"), route=two_in_order()
        )
        assert gateway.aliases() == ["desk", "a", "b"]
        with pytest.raises(UnknownModel, match="gpt") as unknown:
            await text_of(gateway, "gpt", question())
        assert (unknown.value.http_status, unknown.value.code) == (404, "model_not_found")
        assert "desk, a, b" in unknown.value.remedy
        with pytest.raises(UnknownModel):
            gateway.abilities("gpt")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("engine", "outcome"),
    [
        (ScriptedEngine(down()), "engine_unavailable"),
        (ScriptedEngine(ChatRefused("no", remedy="less", code="too_odd")), "too_odd"),
        (ScriptedEngine(Says(["half"], finish=None)), "answer_cut_short"),
        (ScriptedEngine(RuntimeError("a bug")), "internal_error"),
    ],
)
def test_every_outcome_is_recorded(engine: ScriptedEngine, outcome: str) -> None:
    async def run() -> None:
        books = Books()
        with pytest.raises(Exception, match=r".+"):
            await text_of(gateway_of(books, engine), "fake", question())
        assert [record.outcome for record in books.records] == [outcome]
        # Only what was worked for is charged: the half answer.
        assert len(books.charges) == (outcome == "answer_cut_short")

    asyncio.run(run())


def test_who_may_not_ask_reaches_no_engine_and_a_full_log_takes_no_calls() -> None:
    async def run() -> None:
        engine = ScriptedEngine()
        books = Books(refusal=Unavailable("no", remedy="wait", code="rate_limit_exceeded"))
        gateway = gateway_of(books, engine)
        with pytest.raises(Unavailable):
            await text_of(gateway, "fake", question())
        assert [record.outcome for record in books.records] == ["rate_limit_exceeded"]
        books.refusal, books.full = None, True
        with pytest.raises(Unavailable):
            await text_of(gateway, "fake", question())
        assert not engine.asked

    asyncio.run(run())


def test_usage_is_estimated_told_and_charged_where_the_backend_is_silent() -> None:
    async def run() -> None:
        books = Books()
        gateway = gateway_of(books, ScriptedEngine(Says(["合计二十七元"], usage=None)))
        deltas = [delta async for delta in gateway.stream("fake", question("how much?"), KEY)]
        usage = deltas[-1].usage
        assert usage is not None
        assert usage.estimated
        assert (usage.prompt_tokens, usage.completion_tokens) == (4 + 3, 5)
        assert books.records[0].usage_estimated
        assert books.charges[0][1] == usage

    asyncio.run(run())


def test_answers_of_the_wrong_shape_are_paid_for() -> None:
    async def run() -> None:
        books = Books()
        wrong, right = Says(["no"], usage=Usage(100, 40)), Says(["{}"], usage=Usage(100, 2))
        gateway = gateway_of(books, ScriptedEngine(wrong, wrong, wrong, right), tries=2)
        shape = JsonShape({"type": "object"})
        whole = replace(question(incremental=False), shape=shape)
        with pytest.raises(EngineBroke):
            await gateway.ask("fake", replace(whole, call=Call()), KEY)
        answer = await gateway.ask("fake", replace(whole, call=Call()), KEY)
        # The caller is told of the answer it got, and charged for what was worked.
        assert answer.usage == Usage(100, 2)
        assert [usage for _, usage, _ in books.charges] == [Usage(200, 80), Usage(200, 42)]
        assert [record.prompt_tokens for record in books.records] == [200, 200]

    asyncio.run(run())


@pytest.mark.parametrize("cached", [False, True])
def test_a_question_without_an_answer_in_time_is_paid_for(cached: bool) -> None:
    async def run() -> None:
        books = Books()
        engine = ScriptedEngine(otherwise=Says(wait=asyncio.Event()))
        cache = AnswersCache() if cached else None
        gateway = gateway_of(books, engine, cache=cache)
        chat = question("how much?", temperature=0.0, deadline=time.monotonic() + 0.05)
        with pytest.raises(EngineTimeout):
            await text_of(gateway, "fake", chat)
        [(_, usage, _)] = books.charges
        assert (usage.prompt_tokens, usage.completion_tokens, usage.estimated) == (7, 0, True)
        await gateway.close()

    asyncio.run(run())


def test_refusals_and_shut_doors_cost_nothing() -> None:
    async def run() -> None:
        books = Books()
        for failure in (down(), ChatRefused("no", remedy="another")):
            with pytest.raises(YuepiError):
                await text_of(gateway_of(books, ScriptedEngine(failure)), "fake", question())
        assert books.charges == []

    asyncio.run(run())


def test_a_client_that_leaves_ends_the_work_and_pays_for_what_was_done() -> None:
    async def run() -> None:
        books = Books()
        engine = ScriptedEngine(Says(["abcd"] * 50, pause_s=0.005), Says(wait=asyncio.Event()))
        gateway = gateway_of(books, engine)
        deltas = gateway.stream("fake", question(), KEY)
        await anext(deltas)
        await deltas.aclose()
        assert (engine.running, engine.ended_early) == (0, 1)
        task = asyncio.create_task(text_of(gateway, "fake", question()))
        await asyncio.sleep(0.01)
        began = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert time.monotonic() - began < 1.0
        assert engine.running == 0
        assert [record.outcome for record in books.records] == ["cancelled"] * 2
        assert [usage.completion_tokens for _, usage, _ in books.charges] == [1, 0]
        assert all(usage.estimated and usage.prompt_tokens for _, usage, _ in books.charges)

    asyncio.run(run())


def test_content_is_kept_only_where_wanted() -> None:
    async def run() -> None:
        books = Books()
        gateway = gateway_of(
            books, ScriptedEngine(), keep_content=lambda call: call.tenant == "acme"
        )
        await text_of(gateway, "fake", question("who?\ud800", pictures=[b"x"]))
        await text_of(gateway, "fake", question(), None)
        kept = json.loads(books.records[0].content or b"")
        assert kept["answer"] == "yes"
        assert kept["messages"][0]["parts"] == [
            {"picture": hashlib.sha256(b"x").hexdigest()},
            "who?\ufffd",
        ]
        assert books.records[1].content is None

    asyncio.run(run())


# --- routes --------------------------------------------------------------------------------------


def test_the_prompt_is_put_first_and_named() -> None:
    async def run() -> None:
        books = Books()
        engine = ScriptedEngine(name="a")
        shelf = PromptShelf([Prompt("desk", "2", "live", 1, 'say "yes"', "0" * 64)])
        route = Route("desk", (Target("a"),), prompt="desk")
        gateway = gateway_of(books, engine, route=route, prompts=shelf)
        raw = b' [{"role":"user","content":"hello"}]'
        chat = replace(question(), received={"messages": raw, "top_k": b"3"})
        await text_of(gateway, "desk", chat)
        asked = engine.asked[0]
        assert [message.role for message in asked.messages] == ["system", "user"]
        assert asked.messages[0].text == 'say "yes"'
        assert asked.received is not None
        assert json.loads(asked.received["messages"]) == [
            {"role": "system", "content": 'say "yes"'},
            {"role": "user", "content": "hello"},
        ]
        assert asked.received["top_k"] == b"3"
        assert books.records[0].prompt_version == "desk@2"

    asyncio.run(run())


def test_too_many_pictures_are_refused_before_anybody_is_asked() -> None:
    async def run() -> None:
        one = ScriptedEngine(name="a", abilities=Abilities(images_max=1))
        three = ScriptedEngine(name="b", abilities=Abilities(images_max=3))
        route = Route("desk", (Target("a"), Target("b")))
        gateway = gateway_of(Books(), one, three, route=route)
        assert gateway.abilities("desk").images_max == 3
        with pytest.raises(ChatRefused) as refused:
            await text_of(gateway, "desk", question(pictures=[b"1", b"2", b"3", b"4"]))
        assert (refused.value.code, refused.value.param) == ("too_many_images", "messages")
        for conversation in map(str, range(10)):
            await text_of(gateway, "desk", question(pictures=[b"1"] * 3, conversation=conversation))
        assert (len(one.asked), len(three.asked)) == (0, 10)

    asyncio.run(run())


def test_a_deadline_covers_the_whole_call() -> None:
    async def run() -> None:
        books = Books()
        hang = ScriptedEngine(otherwise=Says(wait=asyncio.Event()), name="a")
        slow = ScriptedEngine(otherwise=Says(["x"] * 100, pause_s=0.01), name="b")
        routes = [Route(f"r-{n}", (Target(n),), deadline_s=0.05) for n in ("a", "b")]
        gateway = Gateway(
            deployments=[deployed(hang), deployed(slow)],
            routes=routes,
            log=cast(CallLog, books),
        )
        for alias in ("r-a", "r-b"):
            began = time.monotonic()
            with pytest.raises(EngineTimeout) as late:
                await text_of(gateway, alias, question())
            assert (late.value.code, late.value.http_status) == ("deadline_exceeded", 504)
            assert time.monotonic() - began < 1.0
        assert (hang.running, slow.running) == (0, 0)
        assert [record.outcome for record in books.records] == ["deadline_exceeded"] * 2

    asyncio.run(run())


def test_a_slow_reader_is_not_cancelled_in_its_own_code_by_the_deadline() -> None:
    async def run() -> None:
        route = Route("desk", (Target("a"),), deadline_s=0.02)
        gateway = gateway_of(Books(), ScriptedEngine(Says(["a", "b"]), name="a"), route=route)
        deltas = gateway.stream("desk", question(), KEY)
        await anext(deltas)
        await asyncio.sleep(0.05)
        with pytest.raises(EngineTimeout):
            await anext(deltas)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("deployments", "routes"),
    [
        (["a", "a"], []),
        (["a"], [Route("r", (Target("b"),))]),
        (["a"], [Route("r", (Target("a"),), fallback=("b",))]),
        (["a"], [Route("r", (Target("a"),)), Route("r", (Target("a"),))]),
        (["a"], [Route("r", (Target("a"),), prompt="p")]),
    ],
)
def test_a_gateway_that_makes_no_sense_is_not_opened(
    deployments: list[str], routes: Sequence[Route]
) -> None:
    with pytest.raises(BadUsage):
        Gateway(
            deployments=[deployed(ScriptedEngine(name=name)) for name in deployments],
            routes=routes,
        )
