"""Whoever writes to the database alone signs with a key that is not this machine's."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.resources.databases import migrated_sqlite
from tests.rooms.audit.record_desk import RecordDesk
from yuepi.app.cli import main
from yuepi.audit.root_key import RootKey, open_root_key, public_key_of
from yuepi.kit.database import open_database


def written(folder: Path, key: RootKey) -> None:
    async def write() -> None:
        url = migrated_sqlite(folder / "yuepi.db")
        database = open_database(url)
        desk = RecordDesk(database)
        await desk.write(4)
        assert await desk.keeper(key=key).sign_due(force=True) is not None
        await database.close()

    asyncio.run(write())


def verified(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, Any]:
    code = main(["audit", "verify", "--json", *more, "--data", str(folder)])
    return code, json.loads(capsys.readouterr().out)["counts"]


def test_a_record_signed_anew_elsewhere_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YUEPI_AUDIT_KEY", raising=False)
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    written(mine, open_root_key(mine, {}))
    assert verified(mine, capsys) == (0, {})
    foreign = RootKey(bytes(32))
    written(theirs, foreign)
    # Without a key of its own the folder cannot tell; with one it does.
    assert public_key_of(theirs, {}) is None
    assert verified(theirs, capsys) == (0, {})
    assert not (theirs / "keys").exists()
    open_root_key(theirs, {})
    assert verified(theirs, capsys) == (1, {"key_unknown": 1})
    # A key that a person changed deliberately is named.
    assert verified(theirs, capsys, "--key", foreign.public) == (0, {})
