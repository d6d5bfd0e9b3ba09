"""The commands that measure, as click takes them: eval."""

from __future__ import annotations

from pathlib import Path

import click

from yuepi.app.options import PATH, data_folder, shared, speaker_of
from yuepi.app.wiring import Wiring


@click.group("eval")
def evaluate() -> None:
    """Measure on documents whose truth is known."""


@evaluate.command("read")
@click.option(
    "--set",
    "folder",
    type=PATH,
    required=True,
    metavar="DIR",
    help="Folder with a manifest.jsonl: file, kind and truth of each document.",
)
@click.option(
    "--engine", metavar="NAME", help="A route or model that reads too. Default: the embedded one."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N documents.")
@data_folder
@shared
def eval_read(
    folder: Path,
    engine: str | None,
    limit: int | None,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Read a set of documents and print how well, beside the figures of the published system.

    Its measures are the characters read (F1), the answers that are right, the seconds for a
    document and the peak memory; ours are the fields right, confirmed, and silently wrong.
    Exits with 1 where a wrong value was called confirmed.
    """
    from yuepi.app.commands.evaluate import Asked, run

    return run(Asked(folder, engine, limit, data), speaker_of(as_json, lang))


@evaluate.command("calibrate")
@click.option(
    "--set",
    "sets",
    type=PATH,
    multiple=True,
    metavar="DIR",
    help="Folder with a manifest.jsonl to fit to; may be given again.",
)
@click.option(
    "--generate", type=click.IntRange(0, 20_000), default=0, metavar="N", help="Draw N documents."
)
@click.option(
    "--seed", type=int, default=610_001, show_default=True, help="What they are drawn from."
)
@click.option(
    "--labelled-from",
    type=PATH,
    metavar="DATA",
    help="A data folder: what its reviewers corrected and confirmed counts too.",
)
@click.option(
    "--check", type=PATH, metavar="DIR", help="Hold the table against this set, unseen by the fit."
)
@click.option(
    "--out", type=PATH, metavar="FILE", help="Save the table; DATA/calibration.json is used."
)
@click.option("--curve", type=PATH, metavar="FILE.svg", help="Save the reliability curves.")
@shared
@click.pass_obj
def eval_calibrate(
    wiring: Wiring,
    sets: tuple[Path, ...],
    generate: int,
    seed: int,
    labelled_from: Path | None,
    check: Path | None,
    out: Path | None,
    curve: Path | None,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Measure how often fields are right, by source, sort and page quality.

    Prints how well that holds, for documents that the table was not fitted to: the expected
    calibration error with its 95% interval. Without --check the documents are held out by fifths.
    """
    from yuepi.app.commands.calibrate import Asked, run

    asked = Asked(sets, generate, seed, labelled_from, check, out, curve)
    return run(asked, speaker_of(as_json, lang), wiring)


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    commands.add_command(evaluate)
