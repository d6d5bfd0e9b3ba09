"""The command of workers, as click takes it."""

from __future__ import annotations

from pathlib import Path

import click

from yuepi.app.options import data_folder, shared, speaker_of


@click.command()
@click.option("--hosted", is_flag=True, hidden=True, help="Stop when standard input closes.")
@data_folder
@shared
def worker(
    hosted: bool,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Work on claims: read them, decide, tell people. `yuepi serve` hosts one already.

    Start more on this machine, or, with PostgreSQL, on others. Prints one line when it is ready.
    What a worker had begun when it died is taken over by the others. SIGTERM lets claims that it
    has begun end, 30 s at most.
    """
    from yuepi.app.commands.worker import Asked, run

    return run(Asked(data, hosted), speaker_of(as_json, lang))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` this command."""
    commands.add_command(worker)
