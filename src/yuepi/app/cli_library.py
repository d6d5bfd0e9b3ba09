"""The commands of the library, as click takes them: add, search, index, export, mcp."""

from __future__ import annotations

from pathlib import Path

import click

from yuepi.app.options import KEY_VARIABLE, PATH, data_folder, shared, speaker_of
from yuepi.app.wiring import Wiring

WAIT_S_DEFAULT = 600
_wait = click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 86_400),
    default=WAIT_S_DEFAULT,
    show_default=True,
    metavar="SECONDS",
    help="How long to read and index what waits.",
)
_FORMS = ("tables.csv", "tables.xlsx", "reading.json", "reading.csv", "searchable.pdf")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="FILE|FOLDER...")
@click.option(
    "--folder",
    metavar="TOP/BELOW",
    help="Where they go in the library; made if need be. Default: a folder that everyone sees.",
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="May be repeated.")
@click.option(
    "--department",
    metavar="ID|NAME",
    help="Who sees the top folder, where it is made. Default: everyone.",
)
@click.option("--no-wait", is_flag=True, help="Leave reading and indexing to workers.")
@_wait
@data_folder
@shared
@click.pass_obj
def add(
    wiring: Wiring,
    paths: tuple[Path, ...],
    folder: str | None,
    tags: tuple[str, ...],
    department: str | None,
    no_wait: bool,
    wait_s: float,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Add documents to the library: files, folders with all below them, zips.

    They are read and indexed here and now; no server is needed, and one that runs helps. The same
    bytes under the same name are kept once; other bytes become a new version. Exits with 1 where
    a file was refused or could not be read.
    """
    from yuepi.app.commands.add import Asked, run

    asked = Asked(paths, data, folder, tags, department, 0.0 if no_wait else wait_s)
    return run(asked, speaker_of(as_json, lang), wiring)


@click.command()
@click.argument("question")
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    metavar="N",
    help="How many hits to show.",
)
@_wait
@data_folder
@shared
@click.pass_obj
def search(
    wiring: Wiring,
    question: str,
    limit: int,
    wait_s: float,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Search all documents in natural language: "contracts over 500,000 signed with A last year".

    What was just added is read and indexed first. Exits with 1 where nothing was found.
    """
    from yuepi.app.commands.search import Asked, run

    return run(Asked(question, data, limit, wait_s), speaker_of(as_json, lang), wiring)


@click.group()
def index() -> None:
    """The library's search index: how it is, and making it anew."""


@index.command("status")
@data_folder
@shared
def index_status(data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Tell how the index is. Exits with 1 where it is broken, or lags behind the library."""
    from yuepi.app.commands.index import status

    return status(data, speaker_of(as_json, lang))


@index.command("rebuild")
@data_folder
@shared
def index_rebuild(data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Make the index anew from the library; the old one answers meanwhile."""
    from yuepi.app.commands.index import rebuild

    return rebuild(data, speaker_of(as_json, lang))


@click.command()
@click.argument("document", metavar="DOCUMENT")
@click.argument("form", type=click.Choice(_FORMS), metavar="FORMAT")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Default: named as the document.")
@click.option("--number", type=click.IntRange(1), metavar="N", help="Of that version.")
@click.option("--reveal", is_flag=True, help="Give personal data whole: numbers, addresses.")
@data_folder
@shared
def export(
    document: str,
    form: str,
    output: Path | None,
    number: int | None,
    reveal: bool,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Write a document (its id) as a file: tables.csv, tables.xlsx, reading.json, reading.csv,
    searchable.pdf.

    Personal data in tables and readings is given in part. A searchable PDF shows the pages as they
    are, with the words that were read under them.
    """
    from yuepi.app.commands.export import Asked, run

    asked = Asked(document, form, output, number, reveal, data)
    return run(asked, speaker_of(as_json, lang))


@click.command()
@click.option("--write", is_flag=True, help="Let the assistant add and tag documents, too.")
@click.option(
    "--key",
    envvar=KEY_VARIABLE,
    metavar="KEY",
    help=f"Act as the owner of this API key. {KEY_VARIABLE} says so too.",
)
@data_folder
@shared
def mcp(
    write: bool, key: str | None, data: Path, as_json: bool, lang: str | None, debug: bool
) -> int:
    """Offer the library to an assistant on this machine, over standard input and output (MCP).

    It searches, reads and asks; with --write it adds and tags, too. Without a key it sees all
    documents. A running server offers the same at /mcp, for the holder of a key.
    """
    from yuepi.app.commands.mcp import Asked, run

    return run(Asked(data, write, key), speaker_of(as_json, lang))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    for command in (add, search, index, export, mcp):
        commands.add_command(command)
