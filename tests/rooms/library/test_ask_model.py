"""Answers written by a model behind the gateway: a scripted server, everything else is real."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from tests.faults.asking import engine_for
from tests.faults.upstream import Hang, Reply, Reset, Status, Step, Stream, Upstream
from tests.resources.asked_shelf import Scripted, answer_of, usual_shelf
from yuepi.gateway.deployment import Deployment
from yuepi.gateway.gateway import Gateway
from yuepi.gateway.prompts import load_prompts
from yuepi.library.asking.asked import Asked, Done, Sentence
from yuepi.library.asking.asker import Asker
from yuepi.library.asking.writing import AnswerTerms, ModelWriter
from yuepi.library.scope import EVERYTHING

QUESTION = "质保期多久"


def with_writer(
    use: Callable[[Upstream, Asker], Awaitable[None]], *script: Step, seconds: float = 5.0
) -> None:
    """Runs `use` with a server and an asker whose model it is."""

    async def story() -> None:
        async with Upstream() as up:
            up.script = list(script)
            gateway = Gateway(
                deployments=[Deployment("talker", engine_for(up), "stub@1", tries_max=1)]
            )
            terms = AnswerTerms("talker", seconds_max=seconds)
            shelf = usual_shelf()
            try:
                writer = ModelWriter(gateway, load_prompts(), terms)
                await use(up, Asker(shelf, shelf, shelf, writer))
            finally:
                await gateway.close()

    asyncio.run(story())


def answered(*script: Step, seconds: float = 5.0) -> Done:
    """The answer with a model that says this."""
    done: list[Done] = []

    async def use(up: Upstream, asker: Asker) -> None:
        done.append(await answer_of(asker, QUESTION))

    with_writer(use, *script, seconds=seconds)
    return done[0]


def number() -> int:
    """The number under which the quote that answers is shown."""
    writer = Scripted()
    shelf = usual_shelf()
    asyncio.run(answer_of(Asker(shelf, shelf, shelf, writer), QUESTION))
    return next(quote.n for quote in writer.shown if "二十四个月" in quote.text)


def said(*sentences: tuple[str, list[int]]) -> str:
    """An answer as a model gives it."""
    told = [{"text": text, "quotes": quotes} for text, quotes in sentences]
    return json.dumps({"found": True, "sentences": told}, ensure_ascii=False)


def test_a_model_is_shown_quotes_and_nothing_else() -> None:
    async def use(up: Upstream, asker: Asker) -> None:
        done = await answer_of(asker, QUESTION)
        assert (done.answer, done.by) == ("质保期为24个月。", "model")
        (request,) = up.requests
        system, user = request.body["messages"]
        assert "found" in system["content"]
        text = user["content"] if isinstance(user["content"], str) else json.dumps(user["content"])
        assert QUESTION in text
        assert "质保期为二十四个月" in text
        assert request.body["stream"] is True

    with_writer(use, Reply(said(("质保期为24个月。", [number()]))))


def test_sentences_come_while_the_model_still_writes() -> None:
    n = number()
    text = said(("质保期为24个月。", [n]), ("质保期自验收合格之日起计算。", [n]))
    cut = text.index("}") + 1

    async def use(up: Upstream, asker: Asker) -> None:
        events = asker.ask(EVERYTHING, Asked(question=QUESTION))
        async for event in events:
            if isinstance(event, Sentence):
                assert event.supported
                break
        # Who leaves ends the call: the server hangs and nobody waits for it.
        await events.aclose()

    with_writer(use, Hang((text[:cut],)), seconds=60.0)


@pytest.mark.parametrize(
    "step",
    [
        Status(500),
        Status(429),
        Reset(),
        Reply("no idea what you mean"),
        Reply('{"fields": {}}'),
        Reply('{"found": true, "sentences": [{"text": "a"', finish="length"),
        Hang(),
    ],
)
def test_a_model_that_fails_leaves_the_quotes(step: Step) -> None:
    done = answered(step, seconds=1.0)
    assert (done.status, done.by) == ("answered", "quotes")
    assert "二十四个月" in done.answer
    assert "model_unavailable" in {note.code for note in done.notes}


def test_a_model_that_babbles_is_left() -> None:
    done = answered(Stream(["blah " * 40] * 200), seconds=5.0)
    assert (done.status, done.by) == ("answered", "quotes")


def test_what_a_model_makes_up_does_not_stand() -> None:
    n = number()
    done = answered(Reply(said(("质保期为36个月。", [n]), ("乙方免费培训。", [n]))))
    assert done.status == "not_found"
    assert "36" not in done.answer
    assert not [each for each in done.sentences if each.supported]
