"""The data folder and the database that belongs to it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yuepi.kit.errors import Unavailable
from yuepi.kit.settings import Settings

if TYPE_CHECKING:
    from yuepi.kit.database import Database

DATABASE_FILE: Final = "yuepi.db"


def database_url(settings: Settings) -> str:
    """The database's address: the settings' own, or SQLite in the data folder."""
    from yuepi.kit.database import sqlite_url

    return settings.database.url or sqlite_url(settings.folder / DATABASE_FILE)


def make_folder(folder: Path) -> None:
    """The data folder, for its owner only; raises `Unavailable` where it cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"the data folder {folder} cannot be made: {error.strerror}",
            remedy="name another with --data, or give yourself the right to write there",
            code="data_folder_unavailable",
        ) from error


async def database_of(settings: Settings, stack: AsyncExitStack) -> Database:
    """The database of a data folder, its tables at this version; `stack` closes it."""
    from yuepi.kit.database import migrate, open_database

    make_folder(settings.folder)
    url = database_url(settings)
    await migrate(url)
    database = open_database(url)
    stack.push_async_callback(database.close)
    return database
