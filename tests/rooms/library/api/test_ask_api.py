"""`POST /api/library/ask`: streamed or at once, for who may ask, of what they may see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request

from tests.resources.asked_shelf import Scripted, Shelf, usual_shelf
from tests.resources.door import knocking
from yuepi.access.principal import NotSignedIn, Principal
from yuepi.app.events import EventStream
from yuepi.app.problems import tell_problems
from yuepi.kit.errors import Unavailable
from yuepi.library.api import asking
from yuepi.library.api.asking import ask_router
from yuepi.library.asking.asker import Asker
from yuepi.library.asking.writing import Written

ASK = "/api/library/ask"
PEOPLE = {
    "u1": Principal("u1", "Ann", frozenset({"submitter"})),
    "u2": Principal("u2", "Bob", frozenset({"submitter"})),
    "aud": Principal("aud", "Auditor", frozenset({"auditor"})),
    "key": Principal("u1", "a key", frozenset({"submitter"}), scopes=frozenset({"claims:read"})),
}


async def gate(request: Request) -> Principal:
    """Who the test says it is."""
    who = PEOPLE.get(request.headers.get("x-who", ""))
    if who is None:
        raise NotSignedIn
    return who


def told(
    tell: Callable[[httpx2.AsyncClient], Awaitable[None]],
    shelf: Shelf | None = None,
    writer: Scripted | None = None,
    who: str = "u1",
) -> None:
    """Run a test's coroutine with a client of somebody."""

    async def story() -> None:
        given = shelf or usual_shelf()
        app = FastAPI()
        tell_problems(app)
        app.include_router(ask_router(gate, Asker(given, given, given, writer), EventStream))
        async with knocking(app, **{"x-who": who}) as client:
            await tell(client)

    asyncio.run(story())


def events_in(text: str) -> list[tuple[str, Any]]:
    """The events of a stream, by name."""
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_is_streamed() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        answer = await client.post(ASK, json={"question": "质保期多久"})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = events_in(answer.text)
        assert [name for name, _ in events] == ["found", "sentence", "done"]
        done = events[-1][1]
        assert (done["status"], done["by"]) == ("answered", "quotes")
        (quote,) = done["quotes"]
        assert quote["href"] == "/api/library/documents/sale/pages/0/1"
        assert quote["page"] == 1
        assert len(quote["box"]) == 4

    told(tell)


def test_an_answer_at_once() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        answer = await client.post(ASK, json={"question": "质保期多久", "stream": False})
        assert answer.json()["status"] == "answered"
        earlier = [{"question": "合同总价是多少", "answer": "358,000", "documents": ["sale"]}]
        sent = {"question": "那违约金呢？", "earlier": earlier, "stream": False}
        answer = await client.post(ASK, json=sent)
        assert "千分之五" in answer.json()["answer"]

    told(tell)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"question": "x" * 1_001}, 422, "invalid_request"),
        ({"question": "质保期", "documents": ["d"] * 201}, 422, "invalid_request"),
        ({"question": "质保期", "documents": ["../x"]}, 422, "invalid_request"),
        ({"question": "质保期", "earlier": [{"question": "a"}] * 13}, 422, "invalid_request"),
        ({"question": "质保期", "more": 1}, 422, "invalid_request"),
        ({"question": " ？ "}, 422, "empty_question"),
        ({"question": "质保期", "documents": ["nowhere"]}, 404, "not_found"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_what_is_wrong_is_told_before_a_stream_begins(
    sent: dict[str, Any], status: int, code: str, stream: bool
) -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        answer = await client.post(ASK, json={**sent, "stream": stream})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code or status == 422

    told(tell)


def test_who_may_not_read_may_not_ask() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        assert (await client.post(ASK, json={"question": "质保期"})).status_code == 403

    told(tell, who="key")

    async def nobody(client: httpx2.AsyncClient) -> None:
        assert (await client.post(ASK, json={"question": "质保期"})).status_code == 401

    told(nobody, who="?")


def test_documents_of_others_are_not_there() -> None:
    async def tell(client: httpx2.AsyncClient) -> None:
        sent = {"question": "质保期多久", "stream": False}
        answer = await client.post(ASK, json=sent)
        assert (answer.json()["status"], answer.json()["quotes"]) == ("not_found", [])
        answer = await client.post(ASK, json={**sent, "documents": ["sale"]})
        assert answer.status_code == 404

    told(tell, who="u2")


def test_a_model_writes_only_for_who_may_ask_models() -> None:
    writer = Scripted(Written("质保期为24个月。", (1,)))

    async def tell(client: httpx2.AsyncClient) -> None:
        answer = await client.post(ASK, json={"question": "质保期多久", "stream": False})
        assert answer.json()["by"] == "quotes"

    told(tell, writer=writer, who="aud")
    assert not writer.shown


class AwayLater(Shelf):
    """It cannot be reached once the sentences are told."""

    finds = 0

    async def find(self, scope: Any, document_id: str) -> Any:
        self.finds += 1
        raise Unavailable("the database is away", remedy="wait")


def test_what_breaks_on_the_way_ends_the_stream_with_a_problem() -> None:
    shelf = AwayLater(*usual_shelf().papers.values())

    async def tell(client: httpx2.AsyncClient) -> None:
        answer = await client.post(ASK, json={"question": "质保期多久"})
        events = events_in(answer.text)
        assert [name for name, _ in events] == ["found", "sentence", "problem"]
        assert events[-1][1]["code"] == "unavailable"

    told(tell, shelf)


def test_somebody_asks_a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PERSON_AT_ONCE_MAX", 1)

    class Slow(Shelf):
        async def search(self, *given: Any, **more: Any) -> Any:
            await asyncio.sleep(0.3)
            return await super().search(*given, **more)

    async def tell(client: httpx2.AsyncClient) -> None:
        sent = {"question": "质保期多久"}
        both = await asyncio.gather(*(client.post(ASK, json=sent) for _ in range(2)))
        assert sorted(each.status_code for each in both) == [200, 429]
        # Both places are free again, also that of who was refused.
        assert (await client.post(ASK, json=sent)).status_code == 200
        assert (await client.post(ASK, json={"question": "?"})).status_code == 422
        assert (await client.post(ASK, json=sent)).status_code == 200

    told(tell, Slow(*usual_shelf().papers.values()))
