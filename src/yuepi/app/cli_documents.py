"""The commands on documents and their kinds, as click takes them: extract, kinds."""

from __future__ import annotations

from pathlib import Path

import click

from yuepi.app.options import PATH, data_folder, shared, speaker_of
from yuepi.app.wiring import AskedModel, Wiring


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="FILE|FOLDER...")
@click.option(
    "--schema", type=PATH, required=True, metavar="FILE", help="JSON Schema of what to look for."
)
@click.option("--model", metavar="NAME", help="A model to ask for what nothing else finds.")
@click.option("--reveal", is_flag=True, help="Give personal data whole: numbers, addresses.")
@data_folder
@shared
@click.pass_obj
def extract(
    wiring: Wiring,
    paths: tuple[Path, ...],
    schema: Path,
    model: str | None,
    reveal: bool,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Look in documents for what a JSON Schema of your own asks for.

    Property names, titles and descriptions may be Chinese or English. A value that is not there,
    or not of its type, is null; each comes with its status and the place where it stands. Personal
    data (numbers of ID and bank cards, birth dates) is given in part. Exits
    with 1 where a file could not be read or lacks what the schema requires.
    """
    from yuepi.app.commands.extract import Asked, run

    asked_model = AskedModel(model, data) if model else None
    asked = Asked(paths, schema, asked_model, reveal)
    return run(asked, speaker_of(as_json, lang), wiring)


@click.command()
@shared
def kinds(as_json: bool, lang: str | None, debug: bool) -> int:
    """List the kinds of documents that are known, with their fields.

    Those of installed packages are marked; docs/how-to-add-a-kind.md tells how to write one.
    """
    from yuepi.app.commands.kinds import run

    return run(speaker_of(as_json, lang))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    for command in (extract, kinds):
        commands.add_command(command)
