"""Messages: what is refused before it is written down, and how long is waited between attempts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.databases import migrated_sqlite, story_at
from yuepi.kit.database import Database
from yuepi.kit.outbox import Message, Outbox, Retries, send


@pytest.mark.parametrize(
    "message",
    [
        Message("t", "", {}),
        Message("t", "k" * 256, {}),
        Message("", "k", {}),
        Message("t" * 33, "k", {}),
        Message("t", "k", {"a": "x" * 70_000}),
        Message("t", "k", {"a": float("nan")}),
    ],
)
def test_messages_that_make_no_sense_are_refused(tmp_path: Path, message: Message) -> None:
    async def tell(database: Database) -> None:
        async def sent() -> None:
            async with database.writing() as connection:
                await send(connection, [Message("t", "fine", {}), message])

        with pytest.raises(ValueError, match=r"message|JSON"):
            await sent()
        assert await Outbox(database, {}).counts() == (0, 0)

    story_at(migrated_sqlite(tmp_path / "a.db"), lambda database: database)(tell)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_a_cap_and_are_never_more_than_halved(attempt: int, chance: float) -> None:
    retries = Retries(first_s=2, s_max=100)
    whole_s = min(100.0, 2.0 ** min(attempt, 60))
    assert whole_s / 2 <= retries.wait_s(attempt, lambda: chance) <= whole_s
