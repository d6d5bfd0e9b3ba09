"""`yuepi backup` and `yuepi restore`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from yuepi.app.data_folder import database_url, make_folder
from yuepi.app.speaking import Speaker
from yuepi.app.words import Words
from yuepi.kit.clock import CHINA, utc_now
from yuepi.kit.settings import Settings, load_settings, settings_path

if TYPE_CHECKING:
    from yuepi.app.backup import Manifest


@dataclass(frozen=True)
class Asked:
    """What the command line says. `into` None: a name with the moment, in the working folder."""

    data: Path
    into: Path | None = None
    check: bool = False


def run_backup(asked: Asked, speaker: Speaker) -> int:
    """Back up the data folder while it is in use."""
    from yuepi.app.backup import Source, back_up
    from yuepi.app.tables import load_tables
    from yuepi.kit.blobs import open_blobs
    from yuepi.kit.database import open_database

    load_tables()
    settings = load_settings(asked.data)
    now = utc_now()
    into = asked.into or Path(f"yuepi-backup-{_stamp(now)}.tar")

    async def go() -> Manifest:
        database = open_database(database_url(settings))
        try:
            source = Source(
                database, open_blobs(settings.blobs_place), settings.folder, _named(settings)
            )
            with speaker.progress(0, Words("备份原件", "Backing up")) as progress:
                return await back_up(source, into, at=now, progress=progress)
        finally:
            await database.close()

    return _tell(asyncio.run(go()), into, speaker, Words("备份完成", "Backed up"))


def run_restore(archive: Path, asked: Asked, speaker: Speaker) -> int:
    """Check a backup, and unless that is all, write it into an empty place."""
    from yuepi.app.restore import check, restore
    from yuepi.app.tables import load_tables
    from yuepi.kit.blobs import open_blobs

    if asked.check:
        manifest = asyncio.run(check(archive))
        return _tell(manifest, archive, speaker, Words("备份完好", "The backup is whole"))
    load_tables()
    settings = load_settings(asked.data)
    # First: whoever makes the folders in it would make it for everybody to read.
    make_folder(settings.folder)

    async def go() -> Manifest:
        with speaker.progress(0, Words("恢复原件", "Restoring")) as progress:
            return await restore(
                archive,
                database_url(settings),
                open_blobs(settings.blobs_place),
                settings.folder,
                progress=progress,
            )

    return _tell(asyncio.run(go()), archive, speaker, Words("恢复完成", "Restored"))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y%m%d-%H%M%S")


def _named(settings: Settings) -> dict[str, Path]:
    """Policy and company, where they are files inside the data folder."""
    named = (settings.approvals.policy, settings.approvals.company)
    places = [(settings.folder / name).resolve() for name in named if name]
    folder = settings_path(settings.folder).parent.resolve()
    return {
        place.relative_to(folder).as_posix(): place
        for place in places
        if place.is_relative_to(folder)
    }


def _tell(manifest: Manifest, file: Path, speaker: Speaker, what: Words) -> int:
    rows = sum(manifest.rows.values())
    if speaker.as_json:
        told = {"file": str(file), "at": manifest.at, "tables": manifest.revision}
        speaker.give(told | {"rows": rows, "originals": len(manifest.blobs)})
        return 0
    counts = Words(
        f"{rows} 行，{len(manifest.blobs)} 个原件", f"{rows} rows, {len(manifest.blobs)} originals"
    )
    speaker.say(f"{speaker.said(what)}: {file} ({speaker.said(counts)})")
    return 0
