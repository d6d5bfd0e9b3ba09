"""The commands of backups, as click takes them."""

from __future__ import annotations

from pathlib import Path

import click

from yuepi.app.options import PATH, data_folder, shared, speaker_of


@click.command()
@click.argument("into", type=PATH, required=False, metavar="FILE")
@data_folder
@shared
def backup(into: Path | None, data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Back up everything into one file, while the server works on.

    Claims, people, the audit record, originals, keys and settings. The file opens all that was
    sealed: keep it as safe as the data folder. Without FILE: yuepi-backup-DATE-TIME.tar here.
    """
    from yuepi.app.commands.backup import Asked, run_backup

    return run_backup(Asked(data, into), speaker_of(as_json, lang))


@click.command()
@click.argument("archive", type=PATH, metavar="FILE")
@click.option("--check", is_flag=True, help="Only compare the backup with its hashes.")
@data_folder
@shared
def restore(
    archive: Path, check: bool, data: Path, as_json: bool, lang: str | None, debug: bool
) -> int:
    """Write a backup into a new data folder and an empty database, of either kind.

    The whole file is checked before anything is written. To restore into PostgreSQL, set
    YUEPI_DATABASE_URL to an empty database.
    """
    from yuepi.app.commands.backup import Asked, run_restore

    return run_restore(archive, Asked(data, check=check), speaker_of(as_json, lang))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    for command in (backup, restore):
        commands.add_command(command)
