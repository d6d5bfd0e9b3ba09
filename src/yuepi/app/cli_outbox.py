"""The commands of the outbox, as click takes them."""

from __future__ import annotations

from pathlib import Path

import click

from yuepi.app.options import data_folder, shared, speaker_of


@click.group()
def outbox() -> None:
    """Mails and webhook calls that were given up: list them, try them again."""


@outbox.command("list")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), default=50, show_default=True, help="How many."
)
@data_folder
@shared
def list_(limit: int, data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Show the messages that were given up, the newest first, and why."""
    from yuepi.app.commands.outbox import list_dead

    return list_dead(limit, data, speaker_of(as_json, lang))


@outbox.command("retry")
@click.argument("message_id", required=False, metavar="ID")
@click.option("--all", "every", is_flag=True, help="All that were given up.")
@data_folder
@shared
def retry(
    message_id: str | None, every: bool, data: Path, as_json: bool, lang: str | None, debug: bool
) -> int:
    """Have a message tried again, from its first attempt, under the same id.

    A running worker delivers it; without one it waits.
    """
    from yuepi.app.commands.outbox import retry_dead

    if (message_id is None) != every:
        raise click.UsageError("Name one message, or --all.")
    return retry_dead(message_id, data, speaker_of(as_json, lang))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    commands.add_command(outbox)
