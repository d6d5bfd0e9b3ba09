"""Conversations stay where they are, shares follow the weights, and failures move calls on."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rooms.gateway.scripted_engine import Says, ScriptedEngine, down, question, read
from yuepi.engines.contract import (
    Abilities,
    Call,
    ChatRefused,
    EngineBroke,
    EngineBusy,
    EngineFailure,
    EngineTimeout,
)
from yuepi.gateway.fallback import Candidate, Fallback
from yuepi.gateway.router import Branch, Router

NAMES = st.lists(st.text("abcdef", min_size=1, max_size=4), min_size=2, max_size=6, unique=True)


def _router(weights: dict[str, int], seed: int = 1) -> Router:
    branches = [Branch(name, weight, ScriptedEngine(name=name)) for name, weight in weights.items()]
    return Router("desk", branches, random.Random(seed))


def _pick(router: Router, conversation: str, tenant: str = "t") -> str:
    return router.pick(Call(tenant=tenant, conversation=conversation)).name


@given(names=NAMES, data=st.data(), conversation=st.text(min_size=1, max_size=20))
def test_a_conversation_stays_where_it_is(
    names: list[str], data: st.DataObject, conversation: str
) -> None:
    weights = {name: data.draw(st.integers(1, 100)) for name in names}
    shuffled = dict(data.draw(st.permutations(list(weights.items()))))
    picked = _pick(_router(weights), conversation)
    assert picked == _pick(_router(shuffled, seed=9), conversation)


@given(names=NAMES, conversation=st.text("xyz", min_size=1, max_size=9), data=st.data())
def test_only_the_share_of_a_target_that_goes_moves(
    names: list[str], conversation: str, data: st.DataObject
) -> None:
    weights = {name: data.draw(st.integers(1, 100)) for name in names}
    picked = _pick(_router(weights), conversation)
    gone = data.draw(st.sampled_from([name for name in names if name != picked]))
    left = {name: weight for name, weight in weights.items() if name != gone}
    assert _pick(_router(left), conversation) == picked


@given(
    weights=st.lists(st.integers(0, 9), min_size=2, max_size=4).filter(any),
    sticky=st.booleans(),
)
@settings(max_examples=15, derandomize=True)
def test_shares_follow_the_weights(weights: list[int], sticky: bool) -> None:
    router = _router({f"m{place}": weight for place, weight in enumerate(weights)})
    calls = 2_000
    counted = Counter(_pick(router, f"c{n}" if sticky else "") for n in range(calls))
    for place, weight in enumerate(weights):
        share = weight / sum(weights)
        assert abs(counted[f"m{place}"] / calls - share) < 0.05
        assert weight or not counted[f"m{place}"]


def test_tenants_with_equal_conversations_do_not_go_together() -> None:
    router = _router({"a": 1, "b": 1})
    assert len({_pick(router, "1", tenant=str(n)) for n in range(30)}) == 2


def _fallback(*engines: ScriptedEngine) -> Fallback:
    return Fallback("desk", [Candidate(one.name, f"{one.name}-v1", one) for one in engines])


def test_a_failing_deployment_hands_over_before_the_first_word() -> None:
    async def run() -> None:
        chat = question()
        first, second = ScriptedEngine(down(), name="a"), ScriptedEngine(name="b")
        assert await read(_fallback(first, second), chat) == "yes"
        assert (chat.call.deployment, chat.call.model_version) == ("b", "b-v1")

    asyncio.run(run())


def test_nobody_takes_over_in_the_middle_of_an_answer() -> None:
    async def run() -> None:
        cut = Says(["half"], error=EngineBroke("cut", remedy="again"))
        second = ScriptedEngine(name="b")
        with pytest.raises(EngineBroke):
            await read(_fallback(ScriptedEngine(cut, name="a"), second), question())
        assert not second.asked

    asyncio.run(run())


def test_when_all_fail_the_error_names_each_and_why() -> None:
    async def run() -> None:
        engines = (
            ScriptedEngine(down(retry_after_s=9.0), name="a"),
            ScriptedEngine(EngineBusy("it is full", remedy="wait", retry_after_s=4.0), name="b"),
            ScriptedEngine(EngineTimeout("no word in 30 s", remedy="wait longer"), name="c"),
        )
        with pytest.raises(EngineTimeout) as failure:
            await read(_fallback(*engines), question())
        for words in ("[a] it is down", "[b] it is full", "[c] no word in 30 s"):
            assert words in failure.value.message
        assert failure.value.retry_after_s == 4.0
        assert failure.value.http_status == 504

    asyncio.run(run())


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, False)])
def test_when_all_fail_for_good_asking_again_is_not_advised(first: bool, second: bool) -> None:
    async def run() -> None:
        failures = [EngineBroke("no", remedy="x", retryable=each) for each in (first, second)]
        engines = [ScriptedEngine(each, name=f"m{n}") for n, each in enumerate(failures)]
        with pytest.raises(EngineFailure) as caught:
            await read(_fallback(*engines), question())
        assert caught.value.retryable is (first or second)

    asyncio.run(run())


def test_the_only_deployment_s_own_failure_stays_as_it_is() -> None:
    async def run() -> None:
        failure = down()
        with pytest.raises(EngineFailure) as raised:
            await read(_fallback(ScriptedEngine(failure)), question())
        assert raised.value is failure

    asyncio.run(run())


def test_refused_questions_go_only_to_those_who_can_take_more() -> None:
    async def run() -> None:
        too_long = ChatRefused("too long", remedy="less", code="context_length_exceeded")
        small = ScriptedEngine(too_long, otherwise=too_long, name="small")
        same = ScriptedEngine(name="same")
        large = ScriptedEngine(name="large", abilities=Abilities(context_tokens_max=131_072))
        assert await read(_fallback(small, same, large), question()) == "yes"
        assert not same.asked
        with pytest.raises(ChatRefused):
            await read(_fallback(small, same), question())
        other = ScriptedEngine(ChatRefused("bad", remedy="change it"), name="other")
        with pytest.raises(ChatRefused):
            await read(_fallback(other, large), question())

    asyncio.run(run())


def test_pictures_go_to_who_can_take_them() -> None:
    async def run() -> None:
        blind = ScriptedEngine(name="blind", abilities=Abilities(modalities=("text",)))
        one = ScriptedEngine(name="one", abilities=Abilities(images_max=1))
        four = ScriptedEngine(name="four")
        chat = question(pictures=[b"a", b"b"])
        await read(_fallback(blind, one, four), chat)
        assert chat.call.deployment == "four"

    asyncio.run(run())
