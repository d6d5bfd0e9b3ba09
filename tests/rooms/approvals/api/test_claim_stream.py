"""A claim's progress as it happens: from where one left, with one's own rights, to the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.resources.api_desk import ApiDesk
from tests.resources.claims import ANN, BOB, REVIEWER, paper
from tests.resources.databases import migrated_sqlite, story_at
from tests.resources.door import listening
from yuepi.access.principal import Principal
from yuepi.app.events import FeedLimits, Feeds


def told(tmp_path: Path, tell: Any) -> None:
    async def limited(desk: ApiDesk) -> None:
        async with listening(desk.app) as url, httpx2.AsyncClient(base_url=url) as client:
            await asyncio.wait_for(tell(desk, client), 25)

    story_at(migrated_sqlite(tmp_path / "yuepi.db"), lambda database: ApiDesk(database, tmp_path))(
        limited
    )


@asynccontextmanager
async def stream(
    client: httpx2.AsyncClient, who: Principal, claim_id: str, after: int = 0
) -> AsyncGenerator[AsyncGenerator[dict[str, Any], None], None]:
    """The events of a claim as they come: name, id, data; comments as `{"comment": …}`."""
    headers = {"x-who": who.id, "accept": "text/event-stream"}
    if after:
        headers["last-event-id"] = str(after)
    path = f"/api/claims/{claim_id}/events"
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield events(answer)


async def events(answer: httpx2.Response) -> AsyncGenerator[dict[str, Any], None]:
    event: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line.startswith(":"):
            event["comment"] = value
        elif name in ("id", "event", "retry"):
            event[name] = value
        elif name == "data":
            event["data"] = json.loads(value)
        elif not line and event:
            yield event
            event = {}


async def until_end(found: AsyncGenerator[dict[str, Any], None]) -> list[dict[str, Any]]:
    return [event async for event in found if "data" in event]


def test_progress_is_told_until_the_claim_is_settled(tmp_path: Path) -> None:
    async def tell(desk: ApiDesk, client: httpx2.AsyncClient) -> None:
        claim = await desk.submitted(paper())
        async with stream(client, ANN, claim.id) as found:
            first = await anext(found)
            assert int(first["retry"]) > 0
            submitted = await anext(found)
            assert submitted["event"] == "claim.submitted"
            assert submitted["data"]["by"] == "submitter"
            await desk.run(claim)
            rest = await until_end(found)
        names = [event["event"] for event in rest]
        assert names[-1] == "end"
        assert "claim.decided" in names
        numbers = [int(event["id"]) for event in [submitted, *rest[:-1]]]
        assert numbers == sorted(set(numbers))
        # Who comes back is told what came since, and no more.
        async with stream(client, ANN, claim.id, after=numbers[0]) as found:
            again = await until_end(found)
        assert [event.get("id") for event in again] == [event.get("id") for event in rest]
        headers = {"x-who": ANN.id}
        page = (await client.get(f"/api/claims/{claim.id}/events", headers=headers)).json()
        assert [each["id"] for each in page["events"]] == numbers
        assert page["ended"] is True
        since = f"/api/claims/{claim.id}/events?after={numbers[-1]}"
        assert (await client.get(since, headers=headers)).json()["events"] == []
        assert desk.feeds.open_streams == 0

    told(tmp_path, tell)


def test_many_listeners_one_look(tmp_path: Path) -> None:
    async def tell(desk: ApiDesk, client: httpx2.AsyncClient) -> None:
        claim = await desk.submitted(paper())
        looks = 0
        latest = desk.parts.latest

        async def counted(subject: str) -> int:
            nonlocal looks
            looks += 1
            return await latest(subject)

        object.__setattr__(desk.parts, "latest", counted)
        everyone = [ANN, REVIEWER, ANN, REVIEWER]

        async def listen(who: Principal) -> list[dict[str, Any]]:
            async with stream(client, who, claim.id) as found:
                return await until_end(found)

        listening_all = [asyncio.create_task(listen(who)) for who in everyone]
        while desk.feeds.open_streams < 4 or not looks:
            await asyncio.sleep(0.01)
        before, looks_before = asyncio.get_running_loop().time(), looks
        await asyncio.sleep(0.3)
        passed = asyncio.get_running_loop().time() - before
        assert looks - looks_before <= passed / 0.02 + 2
        # The third stream of one person is one too many; nobody else's business is touched.
        headers = {"x-who": ANN.id, "accept": "text/event-stream"}
        answer = await client.get(f"/api/claims/{claim.id}/events", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")
        await desk.run(claim)
        assert all(len(each) > 1 for each in await asyncio.gather(*listening_all))
        assert desk.feeds.open_streams == 0

    told(tmp_path, tell)


def test_a_stream_shows_what_a_question_would(tmp_path: Path) -> None:
    async def tell(desk: ApiDesk, client: httpx2.AsyncClient) -> None:
        claim = await desk.submitted(paper())
        headers = {"x-who": BOB.id, "accept": "text/event-stream"}
        answer = await client.get(f"/api/claims/{claim.id}/events", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        async with stream(client, REVIEWER, claim.id) as found:
            await anext(found)
            assert (await anext(found))["event"] == "claim.submitted"
            assert (await anext(found)) == {"comment": "still here"}
            # They lose their right while they listen: the next look at it ends the stream.
            del desk.people[REVIEWER.id]
            rest = await until_end(found)
        assert [event["event"] for event in rest] == ["problem"]
        assert rest[0]["data"]["code"] == "not_signed_in"

    told(tmp_path, tell)


def test_a_client_that_leaves_is_let_go_of(tmp_path: Path) -> None:
    async def tell(desk: ApiDesk, client: httpx2.AsyncClient) -> None:
        claim = await desk.submitted(paper())
        async with stream(client, ANN, claim.id) as found:
            await anext(found)
            assert desk.feeds.open_streams == 1
        while desk.feeds.open_streams:
            await asyncio.sleep(0.01)
        assert not desk.feeds._watches

    told(tmp_path, tell)


@pytest.mark.parametrize("how", ["close", "life"])
def test_streams_end_when_the_server_does(tmp_path: Path, how: str) -> None:
    async def tell(desk: ApiDesk, client: httpx2.AsyncClient) -> None:
        claim = await desk.submitted(paper())
        if how == "life":
            desk.feeds._limits = FeedLimits(look_s=0.02, heartbeat_s=0.05, life_s_max=0.2)
        async with stream(client, ANN, claim.id) as found:
            await anext(found)
            if how == "close":
                desk.feeds.close()
            rest = await until_end(found)
        # No `end`: the client comes back to whoever serves next.
        assert "end" not in [event["event"] for event in rest]
        headers = {"x-who": ANN.id, "accept": "text/event-stream"}
        if how == "close":
            answer = await client.get(f"/api/claims/{claim.id}/events", headers=headers)
            assert answer.status_code == 503

    told(tmp_path, tell)


def test_a_database_that_is_away_ends_the_stream_with_a_reason(tmp_path: Path) -> None:
    async def tell(desk: ApiDesk, client: httpx2.AsyncClient) -> None:
        claim = await desk.submitted(paper())

        async def broken(*_: Any, **__: Any) -> Any:
            from yuepi.kit.errors import Unavailable

            raise Unavailable("away", remedy="wait", code="database_unavailable")

        async with stream(client, ANN, claim.id) as found:
            await anext(found)
            await anext(found)
            desk.claims.find = broken  # type: ignore[method-assign]
            desk.claims.events = broken  # type: ignore[method-assign]
            rest = await until_end(found)
        assert rest[-1]["data"]["code"] == "database_unavailable"

    told(tmp_path, tell)


def test_feeds_do_not_keep_who_never_listened() -> None:
    async def run() -> None:
        feeds = Feeds(FeedLimits(person_streams_max=1))
        assert feeds.open_streams == 0
        feeds.close()

    asyncio.run(run())
