"""Webhooks: signed as the standard says, tried until they arrive, never led into the house."""

from __future__ import annotations

import base64
import json
import random
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from tests.resources.hook_receiver import hook_receiver, signed
from tests.resources.postgres import postgres
from yuepi.approvals.claim_rows import Conflict, NotFound, Stale
from yuepi.approvals.notices import Notice, Notices, Spread, tell
from yuepi.approvals.webhook_call import (
    CallRules,
    shown_secret,
    signature,
)
from yuepi.approvals.webhooks import ENDPOINTS_MAX, FAILING_MAX, FAILURES_MIN, Webhooks
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import BadUsage
from yuepi.kit.outbox import Delivery, GiveUp, Outbox, TryLater
from yuepi.kit.record import Entry
from yuepi.kit.sealing import Sealer

__all__ = ["postgres"]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HERE = CallRules(wait_s_max=30, allow_loopback=True)


class Desk:
    """A database, its webhooks, and what was recorded."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.entries: list[Entry] = []
        self.sealer = Sealer(b"k" * 32)

    async def record(self, transaction: Transaction, entries: Sequence[Entry]) -> None:
        self.entries += entries

    def webhooks(self, rules: CallRules = HERE) -> Webhooks:
        return Webhooks(
            self.database, self.sealer, self.record, rules=rules, clock=lambda: self.now
        )

    async def move_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        async with self.database.writing() as connection:
            change = text("UPDATE steady_clock SET seconds = seconds + :s")
            await connection.execute(change, {"s": seconds})


Story = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    if request.param == "sqlite":
        return story_at(migrated_sqlite(tmp_path / "yuepi.db"), Desk)
    return story_at(migrated_postgres(request.getfixturevalue("postgres")), Desk)


@pytest.fixture
def small(tmp_path: Path) -> Story:
    return story_at(migrated_sqlite(tmp_path / "small.db"), Desk)


def delivery(webhook_id: str, attempt: int = 1) -> Delivery:
    payload = {
        "endpoint": webhook_id,
        "type": "claim.approved",
        "timestamp": "2026-03-01T00:00:00.000Z",
        "data": {"id": "clm_1", "turn": 1},
    }
    return Delivery("msg_0123456789abcdef0123", "webhook", "hook:x", payload, attempt, NOW)


def test_the_signature_is_that_of_the_standard() -> None:
    """The reference vector of the standard's own libraries' tests."""
    shown = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    secret = base64.b64decode(shown.removeprefix("whsec_"))
    message_id, timestamp, body = (
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    made = signature(secret, message_id, timestamp, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1a,other {made}",
    }
    assert shown_secret(secret) == shown
    assert signed(headers, body, shown)
    assert not signed(headers, body + b" ", shown)


def test_made_changed_shown_and_deleted(story: Story) -> None:
    async def tell_it(desk: Desk) -> None:
        webhooks = desk.webhooks()
        made, secret = await webhooks.create("https://oa.example/in", ["claim.approved"], by="u1")
        assert secret.startswith("whsec_")
        assert await webhooks.list() == [made] == [await webhooks.find(made.id)]
        assert secret not in repr(made)
        async with desk.database.reading() as connection:
            row = (await connection.execute(text("SELECT * FROM webhooks"))).one()
        assert secret not in repr(row)
        desk.now += timedelta(hours=1)
        changed = await webhooks.change(made.id, 1, by="u2", events=["*"], active=False)
        assert (changed.version, changed.events, changed.active) == (2, ("*",), False)
        with pytest.raises(Stale) as caught:
            await webhooks.change(made.id, 1, by="u2", url="http://other.example/")
        assert caught.value.current["version"] == 2
        for call in (
            webhooks.find("whk_x"),
            webhooks.test("whk_x"),
            webhooks.delete("whk_x", by="u"),
            webhooks.change("whk_x", 1, by="u", active=True),
        ):
            with pytest.raises(NotFound):
                await call
        await webhooks.delete(made.id, by="u3")
        assert await webhooks.list() == []
        assert [(entry.action, entry.actor) for entry in desk.entries] == [
            ("webhook.created", "u1"),
            ("webhook.changed", "u2"),
            ("webhook.deleted", "u3"),
        ]
        for events in ([], ["claim.lost"]):
            with pytest.raises(BadUsage):
                await webhooks.create("https://oa.example/in", events, by="u1")

    story(tell_it)


def test_there_is_an_end_to_how_many(small: Story) -> None:
    async def tell_it(desk: Desk) -> None:
        webhooks = desk.webhooks()
        for _ in range(ENDPOINTS_MAX):
            await webhooks.create("https://oa.example/in", ["*"], by="u1")
        with pytest.raises(Conflict):
            await webhooks.create("https://oa.example/in", ["*"], by="u1")

    small(tell_it)


def test_a_message_arrives_signed_and_a_repeat_has_the_same_id(story: Story) -> None:
    async def tell_it(desk: Desk) -> None:
        async with hook_receiver() as hooks:
            webhooks = desk.webhooks()
            made, secret = await webhooks.create(hooks.url, ["*"], by="u1")
            await webhooks.deliver(delivery(made.id))
            desk.now += timedelta(minutes=5)
            await webhooks.deliver(delivery(made.id, 2))
        (first, body), (again, same) = hooks.requests
        assert body == same
        assert json.loads(body) == {
            "type": "claim.approved",
            "timestamp": "2026-03-01T00:00:00.000Z",
            "data": {"id": "clm_1", "turn": 1},
        }
        assert first["webhook-id"] == again["webhook-id"] == "msg_0123456789abcdef0123"
        assert int(again["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 300
        assert signed(first, body, secret)
        assert signed(again, same, secret)
        assert first["content-type"] == "application/json"

    story(tell_it)


def test_an_old_secret_signs_beside_the_new_one_for_some_time(story: Story) -> None:
    async def tell_it(desk: Desk) -> None:
        async with hook_receiver() as hooks:
            webhooks = desk.webhooks()
            made, old = await webhooks.create(hooks.url, ["*"], by="u1")
            changed, new = await webhooks.new_secret(made.id, by="u2", overlap_hours=2)
            assert (changed.version, changed.old_secret_until) == (2, desk.now + timedelta(hours=2))
            assert new not in (old, repr(changed))
            await webhooks.deliver(delivery(made.id))
            desk.now += timedelta(hours=2)
            await webhooks.deliver(delivery(made.id, 2))
            # A third one, at once: the second is void, and the first not alive again.
            _, third = await webhooks.new_secret(made.id, by="u2", overlap_hours=0)
            await webhooks.deliver(delivery(made.id, 3))
        (first, body), (later, _), (last, _) = hooks.requests
        assert [signed(first, body, each) for each in (old, new, third)] == [True, True, False]
        assert [signed(later, body, each) for each in (old, new, third)] == [False, True, False]
        assert [signed(last, body, each) for each in (old, new, third)] == [False, False, True]
        assert desk.entries[-1].action == "webhook.secret_changed"
        assert "whsec" not in repr(desk.entries)
        with pytest.raises(NotFound):
            await webhooks.new_secret("whk_x", by="u2")
        with pytest.raises(BadUsage):
            await webhooks.new_secret(made.id, by="u2", overlap_hours=-1)

    story(tell_it)


REFUSALS: tuple[tuple[int, dict[str, str], float | None], ...] = (
    (500, {}, None),
    (404, {}, None),
    (302, {"Location": "/hook"}, None),
    (429, {"Retry-After": "120"}, 120.0),
    (503, {"Retry-After": "Sun, 01 Mar 2026 00:10:00 GMT"}, 600.0),
    (503, {"Retry-After": "9" * 12}, 86400.0),
    (503, {"Retry-After": "soon"}, None),
    (503, {"Retry-After": f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"}, None),
    (503, {"Retry-After": "Sun, 01 Mar 2020 00:10:00 GMT"}, 0.0),
)


def test_what_is_no_success_is_tried_later(small: Story) -> None:
    async def tell_it(desk: Desk) -> None:
        async with hook_receiver() as hooks:
            webhooks = desk.webhooks()
            made, _ = await webhooks.create(hooks.url, ["*"], by="u1")
            for at, (status, headers, after_s) in enumerate(REFUSALS):
                hooks.reply = lambda _, status=status, headers=headers: (status, headers)  # type: ignore[misc]
                with pytest.raises(TryLater) as caught:
                    await webhooks.deliver(delivery(made.id))
                assert caught.value.after_s == after_s
                assert len(hooks.requests) == at + 1
                assert (await webhooks.find(made.id)).failures == at + 1
            hooks.reply = lambda _: (204, {})
            await webhooks.deliver(delivery(made.id, 2))
            found = await webhooks.find(made.id)
            assert (found.failures, found.failing_since) == (0, None)

    small(tell_it)


def test_gone_is_off_at_once_and_long_failure_is_off_with_a_notice(story: Story) -> None:
    async def tell_it(desk: Desk) -> None:
        async with hook_receiver() as hooks:
            webhooks = desk.webhooks()
            gone, _ = await webhooks.create(hooks.url, ["*"], by="u1")
            failing, _ = await webhooks.create(hooks.url, ["*"], by="u1")
            hooks.reply = lambda _: (410, {})
            with pytest.raises(GiveUp):
                await webhooks.deliver(delivery(gone.id))
            with pytest.raises(GiveUp):
                await webhooks.deliver(delivery(gone.id))
            assert len(hooks.requests) == 1
            hooks.reply = lambda _: (500, {})
            for at in range(FAILURES_MIN):
                assert (await webhooks.find(failing.id)).active, at
                with pytest.raises(TryLater):
                    await webhooks.deliver(delivery(failing.id))
                desk.now += FAILING_MAX / (FAILURES_MIN - 1)
        assert not (await webhooks.find(failing.id)).active
        assert "10 calls failed" in str((await webhooks.find(failing.id)).off_because)
        back = await webhooks.change(failing.id, 2, by="u1", active=True)
        assert (back.failures, back.off_because) == (0, None)

        async def admins(role: str, department: str | None) -> list[str]:
            assert (role, department) == ("admin", None)
            return ["usr_admin"]

        spread = Spread(desk.database, people_with=admins, mail=False)
        while await spread():
            pass
        assert await Notices(desk.database).unread("usr_admin") == 2
        off = [entry.subject for entry in desk.entries if entry.action == "webhook.switched_off"]
        assert off == [gone.id, failing.id]

    story(tell_it)


def test_hangs_refusals_and_the_deleted(small: Story) -> None:
    async def tell_it(desk: Desk) -> None:
        webhooks = desk.webhooks(CallRules(wait_s_max=0.2, allow_loopback=True))
        async with hook_receiver() as hooks:
            hooks.hang = True
            made, _ = await webhooks.create(hooks.url, ["*"], by="u1")
            with pytest.raises(TryLater, match=r"no answer within 0\.2 s"):
                await webhooks.deliver(delivery(made.id))
        with pytest.raises(TryLater):
            await webhooks.deliver(delivery(made.id))
        tried = await webhooks.test(made.id)
        assert (tried.ok, tried.status) == (False, None)
        await webhooks.delete(made.id, by="u1")
        with pytest.raises(GiveUp):
            await webhooks.deliver(delivery(made.id))

    small(tell_it)


def test_a_test_call_tells_the_status_and_nothing_else(small: Story) -> None:
    async def tell_it(desk: Desk) -> None:
        async with hook_receiver() as hooks:
            webhooks = desk.webhooks()
            made, secret = await webhooks.create(hooks.url, ["claim.asked"], by="u1")
            tried = await webhooks.test(made.id)
            assert (tried.ok, tried.status, tried.problem) == (True, 200, None)
            headers, body = hooks.requests[0]
            assert json.loads(body)["type"] == "webhook.test"
            assert signed(headers, body, secret)
            hooks.reply = lambda _: (401, {})
            tried = await webhooks.test(made.id)
            assert (tried.ok, tried.status, tried.problem) == (False, 401, "it answered 401")

    small(tell_it)


def test_from_the_notice_to_the_receiver_each_once_whatever_breaks(story: Story) -> None:
    """Half of the answers are failures, half of those after the receiver did its work."""

    async def tell_it(desk: Desk) -> None:
        chance = random.Random(5)
        async with hook_receiver() as hooks:
            hooks.reply = lambda _: (chance.choice([200, 200, 500, 503]), {})
            webhooks = desk.webhooks()
            await webhooks.create(hooks.url, ["claim.approved"], by="u1")

            async def nobody(role: str, department: str | None) -> list[str]:
                return []

            async def deliver(message: Delivery) -> None:
                await webhooks.deliver(message)
                if chance.random() < 0.5 and message.attempt < 5:
                    raise TryLater("the answer was lost on its way back")

            spread = Spread(desk.database, people_with=nobody, mail=False)
            outbox = Outbox(desk.database, {"webhook": deliver}, feeds=[spread])
            notices = [Notice("claim.approved", f"clm_{at}", 1, "usr_1") for at in range(12)]
            for _ in range(3):
                async with desk.database.writing() as connection:
                    await tell(connection, chance.sample(notices, 12))
            while await outbox.deliver_due() or (await outbox.counts())[0]:
                await desk.move_on(4000)
            assert await outbox.counts() == (0, 0)
        assert len(hooks.requests) > 12
        done = [event["data"]["id"] for event in hooks.done.values()]
        assert sorted(done) == sorted(f"clm_{at}" for at in range(12))

    story(tell_it)


def test_a_name_that_leads_into_the_machine_is_not_called(
    small: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell_it(desk: Desk) -> None:
        async with hook_receiver() as hooks:
            port = int(hooks.url.split(":")[2].split("/")[0])
            answers: list[list[str]] = []

            def resolve(host: str, at: int, **_: Any) -> list[Any]:
                found = answers.pop(0)
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, at)) for ip in found]

            monkeypatch.setattr(socket, "getaddrinfo", resolve)
            strict, open_one = desk.webhooks(CallRules(wait_s_max=30)), desk.webhooks()
            made, _ = await strict.create(f"http://oa.example:{port}/hook", ["*"], by="u1")
            # Also where only one of its addresses does.
            for found in (["127.0.0.1"], ["10.0.0.1", "169.254.169.254"]):
                answers.append(found)
                with pytest.raises(TryLater, match="may not be called"):
                    await strict.deliver(delivery(made.id))
            assert hooks.requests == []
            answers.append(["127.0.0.1"])
            await open_one.deliver(delivery(made.id))
            assert len(hooks.requests) == 1
            assert hooks.requests[0][0]["host"] == f"oa.example:{port}"

    small(tell_it)
