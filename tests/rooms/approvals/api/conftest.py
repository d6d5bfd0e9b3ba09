"""A desk with its API on a fresh database; each test is told on both kinds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from tests.resources.api_desk import ApiDesk
from tests.resources.databases import migrated_postgres, migrated_sqlite, story_at
from tests.resources.postgres import postgres  # noqa: F401

Story = Callable[[Callable[[ApiDesk], Awaitable[None]]], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Story:
    """Runs a test's coroutine with the API on a fresh database."""
    desk = partial(ApiDesk, folder=tmp_path)
    if request.param == "sqlite":
        return story_at(migrated_sqlite(tmp_path / "yuepi.db"), desk)
    return story_at(migrated_postgres(request.getfixturevalue("postgres")), desk)
