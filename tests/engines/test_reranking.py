"""A ranking model behind an address: what is sent, what is believed, what is said of failures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.ranking_server import (
    RankingServer,
    Step,
    held,
    llama_cpp,
    says,
    sglang,
    status,
    tei,
    vllm,
)
from tests.rooms.gateway.scripted_engine import Clock
from yuepi.engines.contract import (
    ChatRefused,
    EngineBroke,
    EngineBusy,
    EngineFailure,
    EngineTimeout,
    EngineUnavailable,
    ModelEntry,
    Reranker,
)
from yuepi.engines.openai_compatible.failures import KeyRefused
from yuepi.gateway.registry import build_reranker
from yuepi.gateway.reranking import RerankerBreaker
from yuepi.kit.errors import BadUsage, YuepiError

Use = Callable[[RankingServer, Reranker], Awaitable[None]]
TEXTS = ["worth 20", "worth 90", "worth 50"]


def entry(url: str, folder: Path = Path(), **options: Any) -> ModelEntry:
    return ModelEntry("bge", "http", {"url": url, "model": "m"} | options, folder, "rerankers")


def with_reranker(use: Use, **options: Any) -> None:
    async def story() -> None:
        async with RankingServer() as server:
            reranker = build_reranker(entry(server.url, **options))
            try:
                await use(server, reranker)
            finally:
                await reranker.close()
                await reranker.close()

    asyncio.run(story())


async def failing(asked: Awaitable[object]) -> YuepiError:
    with pytest.raises(YuepiError) as error:
        await asked
    return error.value


@pytest.mark.parametrize("shape", [vllm, llama_cpp, sglang])
def test_texts_are_scored_in_their_own_order_whatever_server_answers(shape: Step) -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.otherwise = shape
        low, high, middle = await reranker.rank("多少钱", TEXTS)
        assert low < middle < high
        (asked,) = server.requests
        assert asked.path == "/v1/rerank"
        told = {"model": "m", "query": "多少钱", "documents": TEXTS, "top_n": 3}
        assert asked.body == told

    with_reranker(use)


def test_text_embeddings_inference_is_asked_in_its_own_words() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.otherwise = tei
        assert await reranker.rank("多少钱", TEXTS) == [0.2, 0.9, 0.5]
        assert server.requests[0].body == {"query": "多少钱", "texts": TEXTS, "truncate": True}

    with_reranker(use, shape="tei", model="", extra_body={"truncate": True})


RIGHT = [{"index": 0, "relevance_score": 1}, {"index": 1, "relevance_score": 2}]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "{}",
        "null",
        "<html>",
        "\x00\x01",
        {"error": {"message": "no model"}},
        {"results": []},
        {"results": None},
        {"results": RIGHT},
        {"results": [*RIGHT, {"index": 3, "relevance_score": 1}]},
        {"results": [*RIGHT, {"index": -1, "relevance_score": 1}]},
        {"results": [*RIGHT, {"index": 1, "relevance_score": 1}]},
        {"results": [*RIGHT, {"index": 2, "relevance_score": 1}, RIGHT[0]]},
        {"results": [*RIGHT, {"index": 2, "relevance_score": None}]},
        {"results": [*RIGHT, {"index": 2}]},
        {"results": [*RIGHT, {"index": "2", "relevance_score": 1}]},
        {"results": [*RIGHT, {"index": 2.5, "relevance_score": 1}]},
        {"results": [*RIGHT, {"index": 2, "relevance_score": "high"}]},
        {"results": [*RIGHT, {"index": 2, "relevance_score": [1.0]}]},
        '[{"index":0,"score":1},{"index":1,"score":2},{"index":2,"score":NaN}]',
        '[{"index":0,"score":1},{"index":1,"score":2},{"index":2,"score":Infinity}]',
        '[{"index":0,"score":1},{"index":1,"score":2},{"index":2,"score":1e999}]',
        '[{"index":0,"score":1},{"index":1,"score":2},{"index":2,"score":1}',
        '{"results":[{"index":0,"relevance_score":1}],"x":"\xff"}',
    ],
)
def test_half_a_ranking_is_none(answer: str | object) -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.script = [says(answer)]
        error = await failing(reranker.rank("q", TEXTS))
        assert type(error) is EngineBroke
        assert "shape" in error.remedy
        # The pool is not spoilt by it.
        assert len(await reranker.rank("q", TEXTS)) == 3

    with_reranker(use)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (status(500), EngineBroke),
        (status(502, "<html>"), EngineBroke),
        (status(503), EngineUnavailable),
        (status(429, headers={"Retry-After": "7"}), EngineBusy),
        (status(401), KeyRefused),
        (status(403), KeyRefused),
        (status(404), EngineFailure),
        (status(302, headers={"Location": "http://127.0.0.1:1/"}), EngineFailure),
        (status(400), ChatRefused),
        (status(413), ChatRefused),
        (status(422, '{"detail": "documents"}'), ChatRefused),
    ],
)
def test_every_status_is_its_own_error(step: Step, kind: type[YuepiError]) -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.script = [step]
        error = await failing(reranker.rank("q", TEXTS))
        assert type(error) is kind
        assert error.remedy
        assert len(server.requests) == 1

    with_reranker(use)


def test_a_wrong_address_is_told_with_how_such_an_address_ends() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.script = [status(404)]
        assert "/v1/rerank" in (await failing(reranker.rank("q", TEXTS))).remedy

    with_reranker(use)


def test_a_slow_model_is_not_waited_for() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.script = [held(asyncio.Event())]
        error = await failing(reranker.rank("q", TEXTS))
        assert type(error) is EngineTimeout
        assert "answer_timeout_s" in error.remedy

    with_reranker(use, answer_timeout_s=0.05)


def test_nobody_there_is_told_with_the_address() -> None:
    async def story() -> None:
        reranker = build_reranker(entry("http://127.0.0.1:1/v1/rerank"))
        error = await failing(reranker.rank("q", TEXTS))
        assert type(error) is EngineUnavailable
        assert "http://127.0.0.1:1/v1/rerank" in error.message
        await reranker.close()

    asyncio.run(story())


def test_an_answer_without_end_is_cut_off() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.script = [says("[" + " " * 3_000)]
        assert type(await failing(reranker.rank("q", TEXTS))) is EngineBroke

    with_reranker(use, answer_bytes_max=2_048)


def test_more_calls_than_may_be_are_refused_at_once() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        go = asyncio.Event()
        server.script = [held(go)]
        first = asyncio.create_task(reranker.rank("q", TEXTS))
        while not server.requests:
            await asyncio.sleep(0)
        assert type(await failing(reranker.rank("q", TEXTS))) is EngineBusy
        go.set()
        assert len(await first) == 3
        assert len(await reranker.rank("q", TEXTS)) == 3

    with_reranker(use, calls_max=1)


def test_what_cannot_be_ranked_is_not_sent() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        for question, texts in (("", ["a"]), ("q", []), ("q", ["a", " \0"]), ("q", ["a"] * 101)):
            assert type(await failing(reranker.rank(question, texts))) is ChatRefused
        assert server.requests == []

    with_reranker(use)


def test_long_and_broken_texts_are_sent_as_far_as_they_can_be() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        assert await reranker.rank("q" * 500, ["长" * 500, "a\0b\ud800c"]) == [0.0, 0.0]
        body = server.requests[0].body
        assert body["query"] == "q" * 100
        assert body["documents"] == ["长" * 100, "a b?c"]

    with_reranker(use, text_characters_max=100)


def test_the_key_comes_from_its_variable_and_is_told_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RANKING_KEY", "sk-very-secret")
    caplog.set_level(logging.DEBUG)

    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.script = [vllm, status(401, '{"error": {"message": "no key sk-very-secret"}}')]
        await reranker.rank("q", TEXTS)
        assert server.requests[0].headers["Authorization"] == "Bearer sk-very-secret"
        error = await failing(reranker.rank("q", TEXTS))
        assert "sk-very-secret" not in f"{error.message} {error.remedy}"
        assert "RANKING_KEY" in error.remedy

    with_reranker(use, key_env="RANKING_KEY")
    assert "sk-very-secret" not in caplog.text


def test_a_missing_key_is_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANKING_KEY", raising=False)

    async def use(server: RankingServer, reranker: Reranker) -> None:
        assert "RANKING_KEY" in (await failing(reranker.rank("q", TEXTS))).message
        assert server.requests == []

    with_reranker(use, key_env="RANKING_KEY")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"url": ""}, "url"),
        ({"url": "ftp://h/rerank"}, "url"),
        ({"url": "http://me:pw@h/rerank"}, "url"),
        ({"model": ""}, "model"),
        ({"shape": "openai"}, "shape"),
        ({"key": "sk-1"}, "key"),
        ({"key_env": "A", "key_file": "b"}, "key_env"),
        ({"headers": {"Authorization": "x"}}, "Authorization"),
        ({"extra_body": {"documents": []}}, "documents"),
        ({"answer_timeout_s": 0}, "answer_timeout_s"),
    ],
)
def test_a_wrong_option_is_named_with_its_table(options: dict[str, Any], named: str) -> None:
    with pytest.raises(BadUsage) as error:
        build_reranker(entry(**{"url": "http://h/v1/rerank"} | options))
    assert named in error.value.message
    assert "[rerankers.bge]" in error.value.remedy


def test_an_unknown_engine_is_told_with_those_there_are() -> None:
    with pytest.raises(BadUsage, match=r"\[rerankers\.x\]") as error:
        build_reranker(ModelEntry("x", "psychic", {}, Path(), "rerankers"))
    assert "http" in error.value.remedy


@given(st.permutations(range(6)), st.lists(st.floats(-50, 50), min_size=6, max_size=6))
def test_each_text_gets_its_own_score_in_whatever_order_they_come(
    order: list[int], scores: list[float]
) -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        server.script = [says([{"index": at, "score": scores[at]} for at in order])]
        assert await reranker.rank("q", ["t"] * 6) == scores

    with_reranker(use)


def test_a_failing_model_is_left_alone_and_tried_again_later() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        clock = Clock()
        breaker = RerankerBreaker(reranker, clock=clock)
        server.script = [status(500)] * 5
        for _ in range(5):
            assert type(await failing(breaker.rank("q", TEXTS))) is EngineBroke
        assert breaker.state == "open"
        error = await failing(breaker.rank("q", TEXTS))
        assert error.code == "breaker_open"
        assert len(server.requests) == 5
        clock.now += 6
        assert len(await breaker.rank("q", TEXTS)) == 3
        assert breaker.state == "closed"

    with_reranker(use)


def test_a_refused_question_says_nothing_against_the_model() -> None:
    async def use(server: RankingServer, reranker: Reranker) -> None:
        breaker = RerankerBreaker(reranker, clock=Clock())
        for _ in range(9):
            assert type(await failing(breaker.rank("", TEXTS))) is ChatRefused
        assert breaker.state == "closed"

    with_reranker(use)
