"""Notices: told once whatever is repeated, to whom they belong, by mail only if wished."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from tests.resources.postgres import postgres
from yuepi.approvals.notices import AUDIENCE_MAX, Notice, Notices, Spread, tell
from yuepi.kit.database import Database
from yuepi.kit.errors import BadUsage, Unavailable

__all__ = ["postgres"]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PASSED = Notice("claim.approved", "clm_1", 3, "usr_li")


class Desk:
    """A database, a clock, and a house with two supervisors."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.people: dict[tuple[str, str | None], Sequence[str]] = {
            ("supervisor", "dep_a"): ["usr_su", "usr_sun"],
            ("admin", None): ["usr_admin"],
        }
        self.notices = Notices(database, clock=self.clock)

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    async def people_with(self, role: str, department: str | None) -> Sequence[str]:
        return self.people[(role, department)]

    def spread(self, mail: bool = True) -> Spread:
        return Spread(self.database, people_with=self.people_with, mail=mail, clock=self.clock)

    async def tell(self, *notices: Notice) -> None:
        async with self.database.writing() as connection:
            await tell(connection, notices, clock=self.clock)

    async def sent(self) -> list[tuple[str, str, Any]]:
        query = text("SELECT topic, key, payload FROM outbox ORDER BY created_at, key")
        async with self.database.reading() as connection:
            found = (await connection.execute(query)).all()
        return [(row.topic, row.key, json.loads(row.payload)) for row in found]

    async def listen(self, webhook_id: str, *events: str, active: bool = True) -> None:
        async with self.database.writing() as connection:
            await connection.execute(
                text(
                    "INSERT INTO webhooks (id, url, sealed_secret, events, active, failures, "
                    "created_by, created_at, changed_at, version) VALUES "
                    "(:id, 'http://a', :secret, :events, :active, 0, 'u', :now, :now, 1)"
                ),
                {
                    "id": webhook_id,
                    "secret": b"",
                    "events": json.dumps(events),
                    "active": active,
                    "now": "2026-03-01" if self.database.dialect == "sqlite" else NOW,
                },
            )


Story = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    if request.param == "sqlite":
        return story_at(migrated_sqlite(tmp_path / "yuepi.db"), Desk)
    return story_at(migrated_postgres(request.getfixturevalue("postgres")), Desk)


def test_told_once_with_the_change_or_not_at_all(story: Story) -> None:
    async def told(desk: Desk) -> None:
        async def fail() -> None:
            async with desk.database.writing() as connection:
                await tell(connection, [PASSED])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        assert await desk.notices.unread("usr_li") == 0
        await desk.tell(PASSED, PASSED)
        await desk.tell(PASSED, Notice("claim.approved", "clm_1", 4, "usr_li"))
        await asyncio.gather(*(desk.tell(PASSED) for _ in range(3)))
        assert await desk.notices.unread("usr_li") == 2
        for _ in range(2):
            await desk.spread()()
            await desk.tell(PASSED)
        assert len(await desk.sent()) == 2

    story(told)


def test_a_role_is_told_through_its_people_and_webhooks_hear_once(story: Story) -> None:
    async def told(desk: Desk) -> None:
        await desk.listen("whk_all", "*")
        await desk.listen("whk_some", "claim.quarantined", "webhook.off")
        await desk.listen("whk_off", "*", active=False)
        stuck = Notice(
            "claim.quarantined", "clm_2", 1, role="supervisor", department_id="dep_a",
            detail={"why": "三次失败"},
        )  # fmt: skip
        referred = Notice("claim.referred", "clm_3", 1, role="supervisor", department_id="dep_a")
        appealed = Notice("appeal.opened", "clm_4", 2, role="supervisor", department_id="dep_a")
        await desk.tell(stuck, referred, appealed, PASSED)
        spread = desk.spread()
        assert [await spread() for _ in range(4)] == [4, 2, 0, 0]
        (page,) = (await desk.notices.page("usr_sun")).rows
        assert (page.kind, page.subject, page.turn) == ("claim.quarantined", "clm_2", 1)
        assert page.detail == {"why": "三次失败"}
        sent = await desk.sent()
        assert sorted(key for topic, key, _ in sent if topic == "webhook") == [
            "hook:whk_all:clm_1:claim.approved:3",
            "hook:whk_all:clm_2:claim.quarantined:1",
            "hook:whk_all:clm_3:claim.referred:1",
            "hook:whk_all:clm_4:appeal.opened:2",
            "hook:whk_some:clm_2:claim.quarantined:1",
        ]
        mailed = [payload for topic, _, payload in sent if topic == "mail"]
        assert sorted(payload["user_id"] for payload in mailed) == ["usr_li", "usr_su", "usr_sun"]
        assert "三次失败" not in json.dumps(sent, ensure_ascii=False)
        event = next(payload for _, key, payload in sent if key.endswith("claim.approved:3"))
        assert event.pop("timestamp").endswith("Z")
        assert event == {
            "endpoint": "whk_all",
            "type": "claim.approved",
            "data": {"id": "clm_1", "turn": 3},
        }

    story(told)


def test_no_mail_for_who_wants_none_or_where_none_is_sent(story: Story) -> None:
    async def told(desk: Desk) -> None:
        assert await desk.notices.wants_mail("usr_li")
        await desk.notices.set_mail("usr_li", False)
        await desk.notices.set_mail("usr_li", False)
        assert not await desk.notices.wants_mail("usr_li")
        await desk.tell(PASSED)
        assert await desk.spread()() == 1
        await desk.notices.set_mail("usr_li", True)
        await desk.tell(Notice("claim.asked", "clm_1", 4, "usr_li"))
        assert await desk.spread(mail=False)() == 1
        assert await desk.sent() == []
        assert await desk.notices.unread("usr_li") == 2

    story(told)


def test_two_spreads_at_once_hand_each_on_once(story: Story) -> None:
    async def told(desk: Desk) -> None:
        await desk.listen("whk_all", "*")
        await desk.tell(*(Notice("claim.asked", f"clm_{at}", 1, "usr_li") for at in range(120)))
        done = 0
        while done < 120:
            done += sum(await asyncio.gather(*(desk.spread()() for _ in range(3))))
        assert done == 120
        assert len(await desk.sent()) == 240

    story(told)


def test_who_is_of_a_role_is_asked_again_when_that_failed(story: Story) -> None:
    async def told(desk: Desk) -> None:
        async def away(role: str, department: str | None) -> Sequence[str]:
            raise Unavailable("away", remedy="wait")

        await desk.tell(Notice("stage.demoted", "invoice", 2, role="admin"))
        failing = Spread(desk.database, people_with=away, mail=True)
        with pytest.raises(Unavailable):
            await failing()
        desk.people[("admin", None)] = [f"usr_{at:04}" for at in range(AUDIENCE_MAX + 50)]
        assert await desk.spread()() == 1
        assert await desk.notices.unread("usr_0000") == 1
        assert await desk.notices.unread(f"usr_{AUDIENCE_MAX:04}") == 0

    story(told)


def test_a_person_sees_and_reads_only_their_own(story: Story) -> None:
    async def told(desk: Desk) -> None:
        for at in range(7):
            await desk.tell(
                Notice("claim.asked", f"clm_{at}", 1, "usr_li"),
                Notice("claim.asked", f"clm_{at}", 1, "usr_wu"),
            )
        first = await desk.notices.page("usr_li", rows_max=3)
        assert [row.subject for row in first.rows] == ["clm_6", "clm_5", "clm_4"]
        second = await desk.notices.page("usr_li", after=first.next, rows_max=3)
        last = await desk.notices.page("usr_li", after=second.next, rows_max=3)
        assert [row.subject for row in second.rows + last.rows] == [
            "clm_3", "clm_2", "clm_1", "clm_0"
        ]  # fmt: skip
        assert last.next is None
        assert (await desk.notices.page("usr_wu", after=first.next)).rows == ()
        ids = [row.id for row in first.rows]
        assert await desk.notices.mark_read("usr_wu", ids) == 0
        assert await desk.notices.mark_read("usr_li", ids) == 3
        assert await desk.notices.mark_read("usr_li", ids) == 0
        assert await desk.notices.unread("usr_li") == 4
        unread = await desk.notices.page("usr_li", unread=True)
        assert [row.subject for row in unread.rows] == ["clm_3", "clm_2", "clm_1", "clm_0"]
        assert await desk.notices.mark_read("usr_li") == 4
        assert await desk.notices.unread("usr_wu") == 7
        for asked in (
            desk.notices.page("usr_li", rows_max=0),
            desk.notices.mark_read("usr_li", ["x"] * 201),
        ):
            with pytest.raises(BadUsage):
                await asked

    story(told)


@pytest.mark.parametrize(
    "notice",
    [
        Notice("claim.lost", "clm_1", 1, "usr_li"),  # type: ignore[arg-type]
        Notice("claim.asked", "", 1, "usr_li"),
        Notice("claim.asked", "c" * 129, 1, "usr_li"),
        Notice("claim.asked", "clm_1", 1, "usr_li", role="admin"),
        Notice("claim.asked", "clm_1", 1, "usr_li", detail={"a": "x" * 9000}),
        Notice("claim.asked", "clm_1", 1, "usr_li", detail={"a": "\ud800"}),
    ],
)
def test_notices_that_make_no_sense_are_refused(tmp_path: Path, notice: Notice) -> None:
    async def told(desk: Desk) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
            await desk.tell(notice)

    story_at(migrated_sqlite(tmp_path / "a.db"), Desk)(told)
