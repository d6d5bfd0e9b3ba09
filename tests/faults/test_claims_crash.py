"""Claims under kill -9 and frozen workers, at a small size; `make faults` runs the full one.

The negative control shows that the count would see a missing guard.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.claims_crash import Asked, Outcome, crash
from tests.resources.postgres import fresh_database
from tests.resources.postgres import postgres as postgres
from yuepi.kit.database import sqlite_url

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


def unhurt(outcome: Outcome) -> None:
    """Nothing lost, nothing doubled; how soon is measured on a quiet machine."""
    assert not outcome.notes
    assert outcome.record_whole
    assert (outcome.lost, outcome.decided_twice, outcome.notified_twice) == (0, 0, 0), (
        outcome.line()
    )


def test_kills_and_frozen_workers_on_sqlite(tmp_path: Path) -> None:
    asked = Asked("sqlite", claims=40, kills=6, stops=1, seed=1)
    unhurt(crash(asked, sqlite_url(tmp_path / "yuepi.db"), tmp_path))


@pytest.mark.real
def test_kills_and_frozen_workers_on_postgres(tmp_path: Path, postgres: str) -> None:
    asked = Asked("postgres", claims=40, kills=6, stops=1, seed=2)
    unhurt(crash(asked, fresh_database(postgres), tmp_path))


def test_a_broken_guard_is_seen(tmp_path: Path) -> None:
    """Whether a kill meets the one moment that shows it is chance: a few runs may be needed."""
    for seed in range(2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        asked = Asked("sqlite", 24, kills=6, stops=0, broken_guard=True, pause_s=2.0, seed=seed)
        outcome = crash(asked, sqlite_url(folder / "yuepi.db"), folder)
        if outcome.decided_twice and outcome.notified_twice:
            break
    assert outcome.decided_twice
    assert outcome.notified_twice
    assert not outcome.ok
