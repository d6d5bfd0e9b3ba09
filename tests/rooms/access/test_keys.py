"""Keys: made once, found fast, limited, revoked, and never guessed at the database's cost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from tests.resources.databases import migrated_sqlite, story_at
from yuepi.access.keys import (
    KNOWN_S_MAX,
    LOOKED_UP_MAX,
    READ_AGAIN_S,
    UNKNOWN_MAX,
    USED_EVERY_S,
    WAITING_MAX,
    Keyring,
    NotAllowed,
)
from yuepi.kit.database import Database
from yuepi.kit.errors import BadUsage, Unavailable

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Desk:
    """A migrated database, a clock to turn, and a count of the queries that looked for a secret."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.seconds = 1000.0
        self.lookups = 0
        self.broken = False
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._before)

    def _before(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "secret_sha256 IN " in statement:
            self.lookups += 1
            if self.broken:
                raise OSError("the disk is gone")

    def keyring(self) -> Keyring:
        return Keyring(
            self.database,
            clock=lambda: NOW + timedelta(seconds=self.seconds - 1000),
            monotonic=lambda: self.seconds,
        )


Story = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return story_at(migrated_sqlite(tmp_path / "yuepi.db"), Desk)


def test_a_key_is_found_by_its_secret_and_only_its_hash_is_kept(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        key, secret = await keyring.create(
            "财务 desk-1",
            tenant="acme",
            requests_per_minute=60,
            tokens_per_minute=1000,
            budget=Decimal("12.5"),
            expires_at=NOW + timedelta(days=1),
        )
        assert re.fullmatch(r"yp-[A-Za-z0-9_-]{43}", secret)
        assert await keyring.find(secret) == key
        assert await desk.keyring().find(secret) == key
        assert (key.name, key.tenant, key.budget) == ("财务 desk-1", "acme", Decimal("12.5"))
        async with desk.database.reading() as connection:
            row = (await connection.execute(text("SELECT * FROM keys"))).one()
        assert row.secret_sha256 == sha256(secret.encode()).digest()
        assert secret not in repr(row) + repr(key)

    story(tell)


@pytest.mark.parametrize(
    "bearer",
    ["", "yp-", "x" * 46, "yp-" + "é" * 43, "yp-" + "\udcff" * 43, "yp-" + "+" * 43, "y" * 10**6],
)
def test_what_cannot_be_a_secret_never_reaches_the_database(story: Story, bearer: str) -> None:
    async def tell(desk: Desk) -> None:
        with pytest.raises(NotAllowed) as caught:
            await desk.keyring().find(bearer)
        assert (caught.value.http_status, caught.value.code) == (401, "invalid_api_key")
        assert desk.lookups == 0

    story(tell)


def test_known_secrets_are_read_every_few_seconds_only(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        _, secret = await keyring.create("a")
        for _ in range(20):
            await keyring.find(secret)
        assert desk.lookups == 1
        desk.seconds += READ_AGAIN_S
        await asyncio.gather(*(keyring.find(secret) for _ in range(20)))
        assert desk.lookups == 2

    story(tell)


def test_revoked_here_ends_at_once_elsewhere_within_seconds(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        here, there = desk.keyring(), desk.keyring()
        key, secret = await here.create("a")
        assert await there.find(secret) == await here.find(secret) == key
        assert await here.revoke("a") == key
        with pytest.raises(NotAllowed):
            await here.find(secret)
        desk.seconds += KNOWN_S_MAX
        with pytest.raises(NotAllowed):
            await there.find(secret)
        assert await here.revoke(key.id) == key
        [row] = await here.list()
        assert row.revoked_at == NOW

    story(tell)


def test_a_lookup_under_way_does_not_bring_a_revoked_key_back(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        key, secret = await keyring.create("a")
        table, read, go = keyring._table, asyncio.Event(), asyncio.Event()
        by_secrets = table.by_secrets

        async def slowly(digests: Sequence[bytes]) -> dict[bytes, dict[str, Any]]:
            rows = await by_secrets(digests)
            read.set()
            await go.wait()
            return rows

        table.by_secrets = slowly  # type: ignore[method-assign]
        finding = asyncio.create_task(keyring.find(secret))
        await read.wait()
        await keyring.revoke(key.id)
        go.set()
        with pytest.raises(NotAllowed):
            await finding

    story(tell)


def test_an_expired_key_ends_on_time_without_a_query(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        _, secret = await keyring.create("a", expires_at=NOW + timedelta(seconds=1))
        await keyring.find(secret)
        desk.seconds += 1
        with pytest.raises(NotAllowed, match="expired"):
            await keyring.find(secret)
        assert desk.lookups == 1

    story(tell)


def test_wrong_secrets_are_remembered_within_bounds(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        wrong = "yp-" + "A" * 43
        for _ in range(50):
            with pytest.raises(NotAllowed):
                await keyring.find(wrong)
        assert desk.lookups == 1
        desk.seconds += KNOWN_S_MAX
        with pytest.raises(NotAllowed):
            await keyring.find(wrong)
        assert desk.lookups == 2
        keyring._unknown.update((at.to_bytes(32), 0.0) for at in range(UNKNOWN_MAX))
        with pytest.raises(NotAllowed):
            await keyring.find("yp-" + "B" * 43)
        assert len(keyring._unknown) <= UNKNOWN_MAX + 1

    story(tell)


def test_a_flood_of_guesses_after_a_restart_does_not_keep_clients_out(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        made = [await desk.keyring().create(f"k{at}") for at in range(5)]
        keyring = desk.keyring()  # knows nobody yet
        guesses = [f"yp-{at:043d}" for at in range(1_000)]
        flood = [asyncio.create_task(keyring.find(guess)) for guess in guesses]
        await asyncio.sleep(0)
        found = await asyncio.gather(*(keyring.find(secret) for _, secret in made * 3))
        assert found == [key for key, _ in made * 3]
        told = await asyncio.gather(*flood, return_exceptions=True)
        assert {type(each) for each in told} == {NotAllowed}
        assert desk.lookups <= 5

    story(tell)


def test_guessing_asks_one_query_at_a_time_and_does_not_stop_known_keys(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        key, secret = await keyring.create("a")
        await keyring.find(secret)
        guesses = [f"yp-{at:043d}" for at in range(WAITING_MAX + 200)]
        found = await asyncio.gather(
            *(keyring.find(guess) for guess in guesses), return_exceptions=True
        )
        assert desk.lookups <= 1 + WAITING_MAX / LOOKED_UP_MAX
        assert {type(each) for each in found} == {NotAllowed, Unavailable}
        assert await keyring.find(secret) == key

    story(tell)


def test_without_a_database_known_keys_work_for_seconds_then_nobody(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        key, secret = await keyring.create("a")
        await keyring.find(secret)
        desk.broken = True
        desk.seconds += KNOWN_S_MAX - 0.1
        assert await keyring.find(secret) == key
        desk.seconds += 0.1
        with pytest.raises(Unavailable):
            await keyring.find(secret)
        with pytest.raises(Unavailable):
            await keyring.find("yp-" + "A" * 43)
        desk.broken = False
        assert await keyring.find(secret) == key

    story(tell)


def test_uses_are_noted_in_batches(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        _, secret = await keyring.create("a")
        await keyring.create("b")
        await keyring.find(secret)
        desk.seconds += USED_EVERY_S
        await keyring.find(secret)
        used = NOW + timedelta(seconds=USED_EVERY_S)
        await keyring.close()
        rows = {row.key.name: row.last_used_at for row in await desk.keyring().list()}
        assert rows == {"a": used, "b": None}

    story(tell)


def test_names_are_unique_among_the_live_of_a_tenant(story: Story) -> None:
    async def tell(desk: Desk) -> None:
        keyring = desk.keyring()
        first, _ = await keyring.create("a")
        with pytest.raises(BadUsage) as caught:
            await keyring.create(" a ")
        assert caught.value.code == "key_exists"
        other, _ = await keyring.create("a", tenant="acme")
        with pytest.raises(BadUsage, match="2 tenants or users"):
            await keyring.revoke("a")
        assert await keyring.revoke("a", tenant="acme") == other
        assert await keyring.revoke("a") == first
        await keyring.create("a")
        with pytest.raises(BadUsage) as caught:
            await keyring.revoke("nobody")
        assert caught.value.code == "unknown_key"
        assert len(await keyring.list()) == 3
        assert len(await keyring.list(tenant="acme")) == 1

    story(tell)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("", {}),
        ("a\nb", {}),
        ("-x", {}),
        ("x" * 65, {}),
        ("a", {"tenant": "A B"}),
        ("a", {"requests_per_minute": 0}),
        ("a", {"tokens_per_minute": -1}),
        ("a", {"budget": Decimal(0)}),
        ("a", {"budget": Decimal("NaN")}),
        ("a", {"budget": Decimal("Infinity")}),
        ("a", {"budget": Decimal("1E-10")}),
        ("a", {"expires_at": NOW}),
        ("a", {"expires_at": datetime(2030, 1, 1)}),  # noqa: DTZ001
    ],
)
def test_what_makes_no_sense_is_refused(story: Story, name: str, more: dict[str, Any]) -> None:
    async def tell(desk: Desk) -> None:
        with pytest.raises(BadUsage) as caught:
            await desk.keyring().create(name, **more)
        assert caught.value.remedy

    story(tell)
