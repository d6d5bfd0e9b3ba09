"""`yuepi outbox`: what was given up is shown, and goes out again when someone says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yuepi.app.data_folder import DATABASE_FILE
from yuepi.kit.database import migrate, open_database, sqlite_url
from yuepi.kit.outbox import Delivery, GiveUp, Message, Outbox, send


async def refuse(_: Delivery) -> None:
    raise GiveUp("it answered\x1b[2J 410")


def deliver(data: Path, handler: Callable[[Delivery], Any], *keys: str) -> int:
    """Send these, and deliver what is due; how many were tried."""

    async def story() -> int:
        url = sqlite_url(data / DATABASE_FILE)
        await migrate(url)
        database = open_database(url)
        try:
            async with database.writing() as transaction:
                await send(transaction, [Message("mail", key, {}) for key in keys])
            return await Outbox(database, {"mail": handler}).deliver_due()
        finally:
            await database.close()

    return asyncio.run(story())


@pytest.fixture
def outbox(yuepi: Any, tmp_path: Path) -> Any:
    return lambda *arguments: yuepi("outbox", *arguments, "--data", tmp_path)


def test_what_was_given_up_is_listed_and_tried_again(outbox: Any, tmp_path: Path) -> None:
    assert deliver(tmp_path, refuse, "mail:1", "mail:2", "mail:3") == 3
    told = outbox("list", "--json").json
    assert told["dead"] == 3
    assert sorted(each["key"] for each in told["messages"]) == ["mail:1", "mail:2", "mail:3"]
    assert {each["error"] for each in told["messages"]} == {"it answered [2J 410"}
    short = outbox("list", "--limit", "1")
    assert len(short.out.splitlines()) == 1
    assert "\x1b" not in short.out
    assert "There are 3" in short.err

    one = told["messages"][0]
    assert outbox("retry", one["id"], "--json").json == {"retried": 1}
    assert outbox("retry", one["id"]).code == 1  # it is not dead any more
    assert outbox("retry", "--all", "--json").json == {"retried": 2}
    assert outbox("retry", "--all").out.strip().endswith(": 0")
    got: list[Delivery] = []

    async def receive(delivery: Delivery) -> None:
        got.append(delivery)

    assert deliver(tmp_path, receive) == 3
    assert one["id"] in {each.id for each in got}
    assert {each.attempt for each in got} == {1}
    assert "No message" in outbox("list").err


@pytest.mark.parametrize("arguments", [(), ("msg_1", "--all")])
def test_one_or_all_must_be_named(outbox: Any, arguments: tuple[str, ...]) -> None:
    assert outbox("retry", *arguments).code == 2
