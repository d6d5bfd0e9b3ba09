"""What an attacker tried on claims: forged places in lists, names that lead away, old rights."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.resources.api_desk import ApiDesk, problem
from tests.resources.claims import ANN, AUDITOR, BOB, REVIEWER, paper, principal
from tests.resources.databases import migrated_sqlite, story_at
from tests.resources.door import listening
from tests.rooms.approvals.api.conftest import Story

MOMENT = "2026-01-01T00:00:00+00:00"


def forged(*parts: Any) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


CURSORS = [
    forged(MOMENT, "a\0b"),
    forged(MOMENT, "a\ud800b"),
    forged("0001-01-01T00:00:00+23:59", "x"),
    forged("9999-12-31T23:59:59-23:59", "x"),
    forged(2**63, MOMENT, "a"),
    forged(-(2**70), MOMENT, "a"),
]


def test_what_no_database_can_be_asked_is_the_askers_fault(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            for place in ("/api/claims", "/api/reviews"):
                for cursor in CURSORS:
                    answer = await door.get(REVIEWER, f"{place}?cursor={cursor}")
                    problem(answer, 400, "bad_cursor")
                for asked in ("cursor=a%00b", "category=a%00b"):
                    problem(await door.get(REVIEWER, f"{place}?{asked}"), 422, "invalid")
            problem(await door.get(ANN, "/api/notices?cursor=a%00b"), 422, "invalid")

    api(tell)


@pytest.mark.parametrize(
    ("sent", "saved"),
    [
        ("../../../etc/passwd", "passwd"),
        ("a\\..\\b.jpg", "b.jpg"),
        ("..", "original"),
        ("x/", "original"),
        ("a;b'.jpg", "a%3Bb%27.jpg"),
    ],
)
def test_a_file_is_saved_where_one_wants(tmp_path: Path, sent: str, saved: str) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            files = [("files", (sent, paper()))]
            claim = (await door.post(ANN, "/api/claims", files=files, status=201)).json()
            whole = (await door.get(ANN, f"/api/claims/{claim['id']}", status=200)).json()
            (attachment,) = whole["attachments"]
            answer = await door.get(ANN, attachment["href"], status=200)
            wanted = f"attachment; filename*=UTF-8''{saved}"
            assert answer.headers["content-disposition"] == wanted

    story_at(migrated_sqlite(tmp_path / "yuepi.db"), lambda database: ApiDesk(database, tmp_path))(
        tell
    )


def test_a_duplicate_does_not_name_another_persons_claim(tmp_path: Path) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            first = await desk.submitted(paper(number="24312000000000000017"), by=ANN)
            await desk.run(first)
            again = await desk.submitted(paper(number="24312000000000000017"), by=BOB)
            await desk.run(again)
            place = f"/api/claims/{again.id}"
            mine = (await door.get(BOB, place, status=200)).text
            assert "duplicate" in mine
            assert first.id not in mine
            assert first.id in (await door.get(AUDITOR, place, status=200)).text

    story_at(migrated_sqlite(tmp_path / "yuepi.db"), lambda database: ApiDesk(database, tmp_path))(
        tell
    )


def listened(tmp_path: Path, tell: Any) -> None:
    async def limited(desk: ApiDesk) -> None:
        async with listening(desk.app) as url, httpx2.AsyncClient(base_url=url) as client:
            await asyncio.wait_for(tell(desk, client), 20)

    story_at(migrated_sqlite(tmp_path / "yuepi.db"), lambda database: ApiDesk(database, tmp_path))(
        limited
    )


def test_a_place_beyond_all_events_breaks_no_stream(tmp_path: Path) -> None:
    async def tell(desk: ApiDesk, client: httpx2.AsyncClient) -> None:
        claim = await desk.submitted(paper())
        await desk.claims.cancel(ANN, claim.id, claim.version)
        headers = {"x-who": ANN.id, "accept": "text/event-stream", "last-event-id": "9" * 20}
        answer = await client.get(f"/api/claims/{claim.id}/events", headers=headers)
        assert answer.text.endswith("event: end\ndata: {}\n\n")
        assert "claim." not in answer.text

    listened(tmp_path, tell)


def test_a_stream_ends_with_the_right_to_see(tmp_path: Path) -> None:
    """The rights are those of now, not those that the stream was opened with."""

    async def tell(desk: ApiDesk, client: httpx2.AsyncClient) -> None:
        claim = await desk.submitted(paper())
        headers = {"x-who": REVIEWER.id, "accept": "text/event-stream"}
        path = f"/api/claims/{claim.id}/events"
        heard: list[str] = []
        async with client.stream("GET", path, headers=headers) as answer:
            lines = answer.aiter_lines()
            async for line in lines:
                heard.append(line)
                if "claim.submitted" in line and line.startswith("data"):
                    break
            desk.people[REVIEWER.id] = principal(REVIEWER.id, "reviewer", department="dep_lab")
            # Nothing happens to the claim: the next sign of life is the end.
            heard += [line async for line in lines]
        assert "event: problem" in heard
        assert sum(line.startswith("event: claim.") for line in heard) == 1

    listened(tmp_path, tell)
