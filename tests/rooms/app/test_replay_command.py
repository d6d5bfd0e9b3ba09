"""`yuepi replay CLAIM`: what it prints, and the exit code that scripts go by."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.resources.claims import ClaimDesk, file, paper
from yuepi.app.commands.replay import Asked, run
from yuepi.app.data_folder import database_url
from yuepi.app.speaking import Speaker
from yuepi.approvals.claim_rows import NotFound
from yuepi.kit.database import migrate, open_database
from yuepi.kit.settings import load_settings


@pytest.fixture
def decided(tmp_path: Path) -> tuple[Path, str]:
    """A data folder with one decided claim, and the claim's id."""
    settings = load_settings(tmp_path)

    async def decide() -> str:
        url = database_url(settings)
        await migrate(url)
        database = open_database(url)
        try:
            desk = ClaimDesk(database, Path(settings.blobs_place))
            return (await desk.settled(file(paper(total="300.00"), "一.png"))).id
        finally:
            await database.close()

    return tmp_path, asyncio.run(decide())


def change(folder: Path, statement: str) -> None:
    async def execute() -> None:
        database = open_database(database_url(load_settings(folder)))
        try:
            async with database.writing() as transaction:
                await transaction.execute(text(statement))
        finally:
            await database.close()

    asyncio.run(execute())


def test_the_same_is_said_and_is_no_failure(
    decided: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, claim_id = decided
    assert run(Asked(folder, claim_id, None, False), Speaker("en")) == 0
    said = capsys.readouterr().out
    assert f"{claim_id}, round 1" in said
    assert "bit for bit" in said
    assert run(Asked(folder, claim_id, 1, False), Speaker("zh", as_json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["same"] is True
    assert told["before"]["outcome"] == told["after"]["outcome"] == "approve"
    assert (told["present_policy"], told["reread"], told["damage"]) == (None, None, [])


def test_what_differs_is_said_and_is_a_failure(
    decided: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, claim_id = decided
    change(folder, "UPDATE readings SET files = replace(files, '300.00', '999.00')")
    assert run(Asked(folder, claim_id, None, False), Speaker("zh")) == 1
    said = capsys.readouterr().out
    assert "存档有变" in said
    assert "facts.claim.total_amount" in said


def test_an_unknown_claim_is_told(decided: tuple[Path, str]) -> None:
    folder, claim_id = decided
    for asked in (Asked(folder, "clm_none", None, False), Asked(folder, claim_id, 2, False)):
        with pytest.raises(NotFound):
            run(asked, Speaker("en"))
