"""The command of replays, as click takes it."""

from __future__ import annotations

from pathlib import Path

import click

from yuepi.app.options import data_folder, shared, speaker_of


@click.command()
@click.argument("claim", metavar="CLAIM")
@click.option("--round", "in_round", type=click.IntRange(1), help="Which round. Default: the last.")
@click.option("--reread", is_flag=True, help="Also read the originals again, and compare.")
@data_folder
@shared
def replay(
    claim: str,
    in_round: int | None,
    reread: bool,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Make the decision on a claim again from what was kept, and show any difference.

    Also tells what the present policy would say, if it is another one. Changes nothing. Exit code
    0: the same came out, bit for bit; 1: something differs, or what was kept has been changed.
    """
    from yuepi.app.commands.replay import Asked, run

    return run(Asked(data, claim, in_round, reread), speaker_of(as_json, lang))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` this command."""
    commands.add_command(replay)
