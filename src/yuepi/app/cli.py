"""The command line. Its one place where errors become messages and exit codes.

Exit codes: 0 done, 1 refused or found something, 2 usage, 3 unavailable, 130 interrupted.
Commands are imported when they run: `yuepi --help` loads no model.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from yuepi import __version__
from yuepi.app import (
    cli_audit,
    cli_backup,
    cli_claims,
    cli_documents,
    cli_eval,
    cli_gateway,
    cli_library,
    cli_outbox,
    cli_people,
    cli_replay,
    cli_stages,
    cli_worker,
)
from yuepi.app.options import PATH, data_folder, shared, speaker_of
from yuepi.app.speaking import Speaker
from yuepi.app.wiring import AskedModel, Wiring
from yuepi.app.words import Words
from yuepi.kit.allocator import share_heaps
from yuepi.kit.clock import business_day, utc_now
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError

USAGE: Final = 2
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="Exit codes: 0 done, 1 refused or found something, 2 usage, 3 unavailable.",
)
@click.version_option(__version__, prog_name="yuepi", message="%(prog)s %(version)s")
def commands() -> None:
    """Yuepi (阅批) reads invoices and claims, and decides by rules and people.

    Everything runs on this machine; nothing is sent anywhere but to models that you add.
    """


@commands.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="FILE|FOLDER...")
@click.option(
    "--save",
    type=PATH,
    metavar="DIR",
    help="Save pictures with the evidence boxes and report.html here.",
)
@click.option("--tables", type=PATH, metavar="DIR", help="Save tables as CSV, XLSX, HTML, JSON.")
@click.option("--reveal", is_flag=True, help="Show personal data whole: numbers, addresses.")
@click.option("--model", metavar="NAME", help="A vision model to ask where fields stay doubtful.")
@data_folder
@shared
@click.pass_obj
def read(
    wiring: Wiring,
    paths: tuple[Path, ...],
    save: Path | None,
    tables: Path | None,
    reveal: bool,
    model: str | None,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Read documents: every field with its value, its sources and where it stands.

    Reads JPEG, PNG, WebP, HEIC, TIFF, BMP, GIF, PDF, OFD, e-invoice XML and zips of those.
    Personal data (numbers of ID and bank cards, birth dates) is shown in part. Exits with 1 where a
    file could not be read; the others are still read.
    """
    from yuepi.app.commands.read import run

    asked = AskedModel(model, data) if model else None
    speaker = speaker_of(as_json, lang)
    return run(paths, save, speaker, wiring, asked, reveal=reveal, tables=tables)


@commands.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="FOLDER|FILE...")
@click.option("--policy", type=PATH, metavar="FILE", help="Decision tables (JDM JSON).")
@click.option("--company", type=PATH, metavar="FILE", help="Whom invoices must name (TOML).")
@click.option("--category", metavar="NAME", help="Category of the claim, as the policy names it.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to judge for. Default: today, in China.",
)
@click.option("--history", type=PATH, metavar="FILE", help="Earlier invoices, as JSON.")
@click.option(
    "--save",
    type=PATH,
    metavar="DIR",
    help="Save pictures with the evidence boxes and report.html here.",
)
@click.option("--model", metavar="NAME", help="A vision model to ask where fields stay doubtful.")
@data_folder
@shared
@click.pass_obj
def review(
    wiring: Wiring,
    paths: tuple[Path, ...],
    policy: Path | None,
    company: Path | None,
    category: str | None,
    on: datetime | None,
    history: Path | None,
    save: Path | None,
    model: str | None,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Review one claim: read its files, check them, and decide by the policy.

    Exits with 0 for an approval, else with 1.
    """
    from yuepi.app.commands.review import Asked, run

    # The local day: a claim is judged where its people are.
    day = on.date() if on else business_day(utc_now())
    asked_model = AskedModel(model, data) if model else None
    asked = Asked(paths, day, policy, company, category, history, save, asked_model)
    return run(asked, speaker_of(as_json, lang), wiring)


@commands.command()
@click.option(
    "--save",
    type=PATH,
    metavar="DIR",
    default=Path("yuepi-demo"),
    show_default=True,
    help="Where the report and its pictures go.",
)
@shared
@click.pass_obj
def demo(wiring: Wiring, save: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Show three claims from photos to decisions, with pictures that come with Yuepi."""
    from yuepi.app.commands.demo import run

    return run(save, speaker_of(as_json, lang), wiring)


for part in (
    cli_documents,
    cli_eval,
    cli_gateway,
    cli_claims,
    cli_library,
    cli_stages,
    cli_worker,
    cli_outbox,
    cli_people,
    cli_audit,
    cli_replay,
    cli_backup,
):
    part.add_to(commands)


def main(arguments: Sequence[str] | None = None, wiring: Wiring | None = None) -> int:
    """Run a command and answer its exit code. Never raises; arguments default to the process's."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    share_heaps()
    _speak_any_text()
    try:
        code = commands.main(
            given, prog_name="yuepi", standalone_mode=False, obj=wiring or Wiring()
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as help_asked:
        sys.stderr.write(help_asked.format_message() + "\n")
        return USAGE
    except click.UsageError as error:
        return _usage(error, given)
    except YuepiError as error:
        _voice(given).complain(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _voice(given).note(_voice(given).said(Words("已中断", "Interrupted")))
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; the interpreter's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the edge: anything unexpected becomes one line
        return _unexpected(error, given)


def _usage(error: click.UsageError, given: Sequence[str]) -> int:
    command = error.ctx.command_path if error.ctx else "yuepi"
    told = BadUsage(error.format_message(), remedy=f"see `{command} --help`")
    _voice(given).complain(told)
    return USAGE


def _unexpected(error: Exception, given: Sequence[str]) -> int:
    if "--debug" in given:
        import traceback

        traceback.print_exc()
    if isinstance(error, ImportError):
        missing = error.name or str(error)
        told: YuepiError = Unavailable(
            f"a part of Yuepi cannot be loaded: {missing}", remedy="install Yuepi again"
        )
    else:
        told = YuepiError(
            f"unexpected {type(error).__name__}: {error}",
            remedy="run it again with --debug and report what it prints",
            code="unexpected",
        )
    _voice(given).complain(told)
    return told.exit_code


def _voice(given: Sequence[str]) -> Speaker:
    """How to speak of an error that came before, or outside, the command's own speaker."""
    asked = [word.split("=", 1)[-1] for word in given if word.startswith("--lang=")]
    if "--lang" in given[:-1]:
        asked.append(given[list(given).index("--lang") + 1])
    language = asked[-1] if asked and asked[-1] in ("zh", "en") else None
    return speaker_of("--json" in given, language)


def _speak_any_text() -> None:
    """Let a terminal that cannot show a character show its escape, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
