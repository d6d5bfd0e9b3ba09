"""The commands of the audit record, as click takes them."""

from __future__ import annotations

from pathlib import Path

import click

from yuepi.app.options import PATH, data_folder, shared, speaker_of


@click.group()
def audit() -> None:
    """Prove that the audit record is what was written, keep its roots, read it."""


@audit.command("verify")
@click.option(
    "--against",
    type=PATH,
    metavar="ROOTS",
    help="Roots that `audit roots --out` wrote, best from another machine.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="PUBLIC",
    help="Public key that may have signed roots; may be repeated. Default: those in ROOTS, else "
    "the data folder's own.",
)
@data_folder
@shared
def verify(
    against: Path | None,
    keys: tuple[str, ...],
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Compute the whole record anew and tell what was changed.

    Finds entries that were edited, removed, added or moved, and a record that was cut off. Only
    with --against does it find a record that somebody rewrote as a whole. Exit code 0: it is what
    was written; 1: something was found.
    """
    from yuepi.app.commands.audit import Checked, verify_record

    return verify_record(Checked(data, against, keys), speaker_of(as_json, lang))


@audit.command("roots")
@click.option("--out", type=PATH, metavar="FILE", help="Add the new ones to this file instead.")
@data_folder
@shared
def roots(out: Path | None, data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Show the signed roots and the public key, or add the new roots to a file, one a line.

    Keep that file on another machine: `audit verify --against` then finds any rewriting.
    """
    from yuepi.app.commands.audit import export_roots, show_roots

    speaker = speaker_of(as_json, lang)
    return show_roots(data, speaker) if out is None else export_roots(out, data, speaker)


@audit.command("show")
@click.option("--subject", metavar="ID", help="About this claim, person, stage or key.")
@click.option("--action", metavar="ACTION", help="Such as claim.submitted.")
@click.option("--actor", metavar="ID", help="By this person; system is the machine.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), default=50, show_default=True, help="How many."
)
@data_folder
@shared
def show(
    subject: str | None,
    action: str | None,
    actor: str | None,
    limit: int,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Show the newest entries, in the order in which they were written."""
    from yuepi.app.commands.audit import Sought, show_entries

    return show_entries(Sought(subject, action, actor, limit), data, speaker_of(as_json, lang))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    commands.add_command(audit)
