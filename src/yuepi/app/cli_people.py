"""`yuepi admin user|department|link`, as click takes them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from yuepi.access.principal import ROLES
from yuepi.app.cli_gateway import admin
from yuepi.app.options import data_folder, shared, speaker_of


def _password(from_stdin: bool) -> str:
    """A password that appears neither on the screen nor among the running programs."""
    if from_stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@admin.group("user")
def user() -> None:
    """People and programs with an account."""


@user.command("add")
@click.argument("login")
@click.option("--name", default="", help="What the person is called. Default: the login.")
@click.option("--email", default="", help="Where notices go.")
@click.option("--department", metavar="ID|NAME", help="Default: the first department.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLES),
    help="May be repeated. Default: submitter.",
)
@click.option(
    "--no-password", is_flag=True, help="Signs on with another provider, or is a program."
)
@_from_stdin
@data_folder
@shared
def user_add(
    login: str,
    name: str,
    email: str,
    department: str | None,
    roles: tuple[str, ...],
    no_password: bool,
    password_stdin: bool,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Make an account; asks for its password."""
    from yuepi.app.commands.people import NewAccount, add_user

    password = None if no_password else _password(password_stdin)
    new = NewAccount(login, name, email, department, roles or ("submitter",), password, lang)
    return add_user(new, data, speaker_of(as_json, lang))


@user.command("list")
@data_folder
@shared
def user_list(data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Show all accounts."""
    from yuepi.app.commands.people import list_users

    return list_users(data, speaker_of(as_json, lang))


@user.command("disable")
@click.argument("login")
@click.option("--undo", is_flag=True, help="Let the account in again.")
@data_folder
@shared
def user_disable(
    login: str, undo: bool, data: Path, as_json: bool, lang: str | None, debug: bool
) -> int:
    """Keep an account out; its sessions and keys end, in a running server within seconds."""
    from yuepi.app.commands.people import disable_user

    return disable_user(login, data, speaker_of(as_json, lang), undo=undo)


@user.command("password")
@click.argument("login")
@_from_stdin
@data_folder
@shared
def user_password(
    login: str, password_stdin: bool, data: Path, as_json: bool, lang: str | None, debug: bool
) -> int:
    """Set a new password; asks for it. The account's sessions end."""
    from yuepi.app.commands.people import set_password

    return set_password(login, _password(password_stdin), data, speaker_of(as_json, lang))


@admin.group("department")
def department() -> None:
    """Departments: who reviews whose claims."""


@department.command("add")
@click.argument("name")
@click.option("--parent", metavar="ID|NAME", help="The department above. Default: the first.")
@data_folder
@shared
def department_add(
    name: str, parent: str | None, data: Path, as_json: bool, lang: str | None, debug: bool
) -> int:
    """Make a department."""
    from yuepi.app.commands.people import add_department

    return add_department(name, parent, data, speaker_of(as_json, lang))


@department.command("list")
@data_folder
@shared
def department_list(data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Show the tree of departments."""
    from yuepi.app.commands.people import list_departments

    return list_departments(data, speaker_of(as_json, lang))


@admin.command("link")
@data_folder
@shared
def link(data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Print a new link for the first administrator: good once and for 24 hours."""
    from yuepi.app.commands.people import make_link

    return make_link(data, speaker_of(as_json, lang))


def add_to(_commands: click.Group) -> None:
    """Give `yuepi` these commands: they hang below `admin` from the import on."""
