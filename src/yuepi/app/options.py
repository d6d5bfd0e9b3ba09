"""What the definitions of all commands share: their options and their voice."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from yuepi.app.speaking import Speaker
from yuepi.app.words import language_of

PATH: Final = click.Path(path_type=Path)
DATA_VARIABLE: Final = "YUEPI_DATA"
URL_VARIABLE: Final = "YUEPI_URL"
KEY_VARIABLE: Final = "YUEPI_KEY"
"""Where a running server is, and the key for it."""
DATA_DEFAULT: Final = Path("yuepi-data")

Function = TypeVar("Function", bound=Callable[..., Any])


def shared(command: Function) -> Function:
    """The options that every command has."""
    options = (
        click.option("--json", "as_json", is_flag=True, help="Print JSON alone on stdout."),
        click.option(
            "--lang",
            type=click.Choice(["zh", "en"]),
            help="Language of the output. Default: YUEPI_LANG, else the locale's.",
        ),
        click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def data_folder(command: Function) -> Function:
    """The option that names the data folder."""
    return click.option(
        "--data",
        type=PATH,
        metavar="DIR",
        envvar=DATA_VARIABLE,
        default=DATA_DEFAULT,
        show_default=True,
        help="Folder of settings, database and keys; YUEPI_DATA says so too.",
    )(command)


def data_named(data: Path) -> str:
    """What a command that is told to a user must add to mean the same data folder."""
    usual = os.environ.get(DATA_VARIABLE) or DATA_DEFAULT
    return "" if data == Path(usual) else f" --data {shlex.quote(str(data))}"


def speaker_of(as_json: bool, lang: str | None) -> Speaker:
    """The voice of one run."""
    language = language_of({"LANG": lang}) if lang else language_of()
    return Speaker(language, as_json=as_json)
