"""A desk with its API on a fresh database; each test is told on both kinds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from tests.resources.api_desk import ApiDesk
from tests.resources.databases import story_at
from tests.resources.postgres import fresh_database, postgres  # noqa: F401
from yuepi.kit.database import sqlite_url

Story = Callable[[Callable[[ApiDesk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    """Runs a test's coroutine with the API on a fresh database."""
    desk = partial(ApiDesk, folder=tmp_path)
    if request.param == "sqlite":
        return story_at(sqlite_url(tmp_path / "yuepi.db"), desk)
    return story_at(fresh_database(request.getfixturevalue("postgres")), desk)
