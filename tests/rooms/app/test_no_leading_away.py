"""No answer of the API sends a browser to where its Host header says."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from tests.resources.databases import migrated_sqlite
from tests.resources.door import knocking
from yuepi.access.keys import Keyring
from yuepi.app.api import api_application
from yuepi.app.desk import open_desk
from yuepi.app.events import Feeds
from yuepi.kit.database import open_database
from yuepi.kit.sealing import open_sealer
from yuepi.kit.settings import load_settings


def test_a_slash_too_many_is_not_found(tmp_path: Path) -> None:
    async def tell() -> None:
        url = migrated_sqlite(tmp_path / "yuepi.db")
        async with AsyncExitStack() as stack:
            database = open_database(url)
            stack.push_async_callback(database.close)
            keyring = Keyring(database)
            stack.push_async_callback(keyring.close)
            settings, sealer = load_settings(tmp_path, {}), open_sealer(tmp_path, {})
            desk = await open_desk(settings, database, keyring, sealer, stack)
            async with knocking(api_application(desk, Feeds())) as client:
                for path in ("/api/claims/", "/api/users/", "/api/session/"):
                    answer = await client.get(path, headers={"host": "evil.test"})
                    assert answer.status_code in (404, 405), path
                    assert "location" not in answer.headers

    asyncio.run(tell())
