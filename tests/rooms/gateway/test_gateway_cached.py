"""The answers cache as a gateway's callers see it."""

from __future__ import annotations

import asyncio

from tests.rooms.gateway.scripted_books import (
    KEY,
    Books,
    gateway_of,
    text_of,
    two_in_order,
)
from tests.rooms.gateway.scripted_engine import Says, ScriptedEngine, down, question
from yuepi.engines.contract import (
    Usage,
)
from yuepi.gateway.answers_cache import AnswersCache
from yuepi.gateway.deployment import Route, Target


def test_a_hit_costs_nothing_and_asks_nobody() -> None:
    async def run() -> None:
        books = Books()
        engine = ScriptedEngine(name="a")
        gateway = gateway_of(books, engine, cache=AnswersCache())
        for _ in range(2):
            assert await text_of(gateway, "a", question(temperature=0.0)) == "yes"
        assert len(engine.asked) == 1
        assert [record.cache for record in books.records] == ["miss", "hit"]
        assert books.records[1].cost == 0
        assert books.records[1].prompt_tokens == 10
        assert len(books.charges) == 1
        assert gateway.snapshot()["cache"]["hits"] == 1
        await gateway.close()

    asyncio.run(run())


def test_equal_questions_at_once_are_paid_once_also_when_the_payer_leaves() -> None:
    async def run() -> None:
        books = Books()
        engine = ScriptedEngine(otherwise=Says(["a", "b", "c"], pause_s=0.01), name="a")
        gateway = gateway_of(books, engine, cache=AnswersCache())
        leader = gateway.stream("a", question(temperature=0.0), KEY)
        await anext(leader)
        others = [
            asyncio.create_task(text_of(gateway, "a", question(temperature=0.0))) for _ in range(3)
        ]
        await asyncio.sleep(0.001)
        await leader.aclose()
        assert await asyncio.gather(*others) == ["abc"] * 3
        assert len(engine.asked) == 1
        assert [usage for _, usage, _ in books.charges] == [Usage(10, 2)]
        told = sorted((record.outcome, record.cache, record.attempts) for record in books.records)
        joined = ("done", "joined", 0)
        assert told == [("cancelled", "joined", 0), joined, joined, ("done", "miss", 1)]
        await gateway.close()

    asyncio.run(run())


def test_a_canary_never_answers_with_its_neighbours_words() -> None:
    async def run() -> None:
        old = ScriptedEngine(otherwise=Says(["old"]), name="old")
        new = ScriptedEngine(otherwise=Says(["new"]), name="new")
        route = Route("desk", (Target("old", 50), Target("new", 50)))
        gateway = gateway_of(Books(), old, new, route=route, cache=AnswersCache())
        for _ in range(2):
            told = {
                conversation: await text_of(
                    gateway, "desk", question(temperature=0.0, conversation=conversation)
                )
                for conversation in map(str, range(20))
            }
            assert set(told.values()) == {"old", "new"}
        assert (len(old.asked), len(new.asked)) == (1, 1)

    asyncio.run(run())


def test_an_answer_of_the_fallback_is_not_the_chosen_models_answer_later() -> None:
    async def run() -> None:
        main = ScriptedEngine(down(), otherwise=Says(["main"]), name="a")
        spare = ScriptedEngine(otherwise=Says(["spare"]), name="b")
        gateway = gateway_of(Books(), main, spare, route=two_in_order(), cache=AnswersCache())
        assert await text_of(gateway, "desk", question(temperature=0.0)) == "spare"
        assert await text_of(gateway, "desk", question(temperature=0.0)) == "main"

    asyncio.run(run())
