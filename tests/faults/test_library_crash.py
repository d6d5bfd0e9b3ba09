"""Indexing under kill -9, frozen workers and four writers on S3, at a small size."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.library_crash import Asked, crash
from tests.resources.databases import migrated_postgres, migrated_sqlite
from tests.resources.postgres import postgres as postgres
from tests.resources.seaweed import BUCKET, seaweed
from tests.resources.size import tries

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DOCUMENTS = tries(240, usual=40)
WORKERS = tries(3, usual=2)
KILLS = tries(16, usual=2)
STOPS = tries(4, usual=1)


def test_kills_and_frozen_workers_on_sqlite(tmp_path: Path) -> None:
    url = migrated_sqlite(tmp_path / "yuepi.db")
    asked = Asked(documents=DOCUMENTS, workers=WORKERS, kills=KILLS, stops=STOPS, seed=1)
    outcome = asyncio.run(crash(asked, url, str(tmp_path / "index"), {}))
    assert outcome.ok, outcome


@pytest.mark.real
def test_kills_and_frozen_workers_on_postgres(tmp_path: Path, postgres: str) -> None:
    asked = Asked(documents=DOCUMENTS, workers=WORKERS, kills=KILLS, stops=STOPS, seed=2)
    url = migrated_postgres(postgres)
    outcome = asyncio.run(crash(asked, url, str(tmp_path / "index"), {}))
    assert outcome.ok, outcome


@pytest.mark.real
def test_four_writers_in_one_bucket(tmp_path: Path) -> None:
    url = migrated_sqlite(tmp_path / "yuepi.db")
    asked = Asked(documents=40, workers=4, kills=KILLS // 2, stops=0, lease_s=4.0, seed=3)
    (server := tmp_path / "s3").mkdir()
    with seaweed(server) as options:
        outcome = asyncio.run(crash(asked, url, f"s3://{BUCKET}/index", options))
    assert outcome.ok, outcome
