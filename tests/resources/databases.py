"""Tests that are told with a database of their own: migrated before, closed after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from yuepi.kit.database import Database, migrate, open_database

DeskT = TypeVar("DeskT")


def story_at(
    url: str, desk_of: Callable[[Database], DeskT]
) -> Callable[[Callable[[DeskT], Awaitable[None]]], None]:
    """What runs a test's coroutine, given the desk that was made of the database at `url`."""

    def run(tell: Callable[[DeskT], Awaitable[None]]) -> None:
        async def told() -> None:
            await migrate(url)
            database = open_database(url)
            try:
                await tell(desk_of(database))
            finally:
                await database.close()

        asyncio.run(told())

    return run
