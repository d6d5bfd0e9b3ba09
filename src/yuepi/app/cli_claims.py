"""The commands of claims and reviews, as click takes them. They speak to a running server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from yuepi.app.options import KEY_VARIABLE, PATH, URL_VARIABLE, shared, speaker_of

if TYPE_CHECKING:
    from yuepi.app.server import Server

Function = TypeVar("Function", bound=Callable[..., Any])
_VERDICT: Final = click.Choice(["approve", "reject"])
_STATUS: Final = click.Choice(
    [
        "received",
        "waiting",
        "asked",
        "approved",
        "rejected",
        "appealed",
        "cancelled",
        "quarantined",
    ]
)
_LIMIT: Final = click.IntRange(1, 200)
_DESPITE_HELD: Final = click.option(
    "--despite-held", is_flag=True, help="Though another claim holds the same invoices by now."
)


def server(command: Function) -> Function:
    """The options that name a server, and what all commands share."""
    command = shared(command)
    command = click.option(
        "--key", envvar=KEY_VARIABLE, help=f"Your key there; better in {KEY_VARIABLE}."
    )(command)
    return click.option(
        "--url",
        envvar=URL_VARIABLE,
        metavar="URL",
        help=f"The server; {URL_VARIABLE} says so too. Default: http://127.0.0.1:8000.",
    )(command)


def server_of(given: dict[str, Any]) -> Server:
    """What `server` added to a command's arguments."""
    # Its client library is loaded by who speaks to a server.
    from yuepi.app.server import Server

    return Server(given["url"], given["key"], speaker_of(given["as_json"], given["lang"]))


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH, metavar="FILE...")
@click.option("--category", metavar="NAME", help="Category, as the policy names it.")
@click.option("--note", metavar="TEXT", help="What it was for.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to judge for. Default: today, in China.",
)
@click.option(
    "--submitter",
    metavar="LOGIN",
    help="Whose claim it is, by login or id; for programs' accounts.",
)
@click.option(
    "--once", metavar="TEXT", help="Idempotency key: the same again makes no second claim."
)
@click.option("--wait", is_flag=True, help="Show progress until a decision or a person's turn.")
@server
def submit(
    files: tuple[Path, ...],
    category: str | None,
    note: str | None,
    on: datetime | None,
    submitter: str | None,
    once: str | None,
    wait: bool,
    **given: Any,
) -> int:
    """Hand in a claim with these files.

    Exits with 0 once it was taken in; with --wait, with 0 for an approval, else with 1.
    """
    from yuepi.app.commands.submit import Asked, run

    day = None if on is None else on.date().isoformat()
    return run(Asked(files, category, note, day, submitter, once, wait), server_of(given))


# --- claims --------------------------------------------------------------------------------------


@click.group()
def claims() -> None:
    """Look at claims, follow them, answer, withdraw, appeal; release, override."""


@claims.command("list")
@click.option("--status", type=_STATUS, help="Only those in this state.")
@click.option("--category", metavar="NAME", help="Only those of this category.")
@click.option("--mine", is_flag=True, help="Only what you handed in, for yourself or for others.")
@click.option("--limit", type=_LIMIT, default=20, show_default=True, help="How many at most.")
@server
def claims_list(
    status: str | None, category: str | None, mine: bool, limit: int, **given: Any
) -> int:
    """List the newest claims that you may see."""
    from yuepi.app.commands.claims import list_claims

    return list_claims(server_of(given), status=status, category=category, mine=mine, limit=limit)


@claims.command("show")
@click.argument("claim")
@click.option(
    "--files", "folder", type=PATH, metavar="DIR", help="Save the originals in this folder."
)
@server
def claims_show(claim: str, folder: Path | None, **given: Any) -> int:
    """Show one claim: what was read, the decision and its reasons, what people said."""
    from yuepi.app.commands.claims import show_claim

    return show_claim(server_of(given), claim, folder)


@claims.command("events")
@click.argument("claim")
@click.option("--follow", is_flag=True, help="Go on as things happen, until it is settled.")
@server
def claims_events(claim: str, follow: bool, **given: Any) -> int:
    """Show what happened to a claim, in order."""
    from yuepi.app.commands.claims import show_events

    return show_events(server_of(given), claim, follow=follow)


@claims.command("cancel")
@click.argument("claim")
@server
def claims_cancel(claim: str, **given: Any) -> int:
    """Withdraw a claim of yours that is not decided yet."""
    from yuepi.app.commands.claims import change_claim

    return change_claim(server_of(given), claim, "cancel", None)


@claims.command("appeal")
@click.argument("claim")
@click.option("--reason", default="", metavar="TEXT", help="Why; it helps, and is not needed.")
@server
def claims_appeal(claim: str, reason: str, **given: Any) -> int:
    """Let another person decide on a rejection, or on what only the machine decided."""
    from yuepi.app.commands.claims import change_claim

    return change_claim(server_of(given), claim, "appeal", {"reason": reason})


@claims.command("answer")
@click.argument("claim")
@click.argument("text")
@click.argument("files", nargs=-1, type=PATH, metavar="[FILE]...")
@server
def claims_answer(claim: str, text: str, files: tuple[Path, ...], **given: Any) -> int:
    """Answer a reviewer's question with TEXT, and files if need be."""
    from yuepi.app.commands.claims import answer_claim

    return answer_claim(server_of(given), claim, text, files)


@claims.command("release")
@click.argument("claim")
@click.option(
    "--to", type=click.Choice(["machine", "person"]), required=True, help="Who goes on with it."
)
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@server
def claims_release(claim: str, to: str, reason: str, **given: Any) -> int:
    """Let a claim out of quarantine; for supervisors."""
    from yuepi.app.commands.claims import change_claim

    return change_claim(server_of(given), claim, "release", {"to": to, "reason": reason})


@claims.command("override")
@click.argument("claim")
@click.argument("verdict", type=_VERDICT)
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@_DESPITE_HELD
@server
def claims_override(claim: str, verdict: str, reason: str, despite_held: bool, **given: Any) -> int:
    """Turn an approval or a rejection round; for supervisors."""
    from yuepi.app.commands.claims import change_claim

    body = {"verdict": verdict, "reason": reason, "despite_held": despite_held}
    return change_claim(server_of(given), claim, "override", body)


# --- reviews -------------------------------------------------------------------------------------


@click.group()
def reviews() -> None:
    """Work on what waits for a person."""


@reviews.command("list")
@click.option("--purpose", type=click.Choice(["decide", "appeal"]), help="Only these.")
@click.option("--mine", is_flag=True, help="Only what you hold.")
@click.option("--limit", type=_LIMIT, default=20, show_default=True, help="How many at most.")
@server
def reviews_list(purpose: str | None, mine: bool, limit: int, **given: Any) -> int:
    """Show the queue: the riskiest first, then the oldest."""
    from yuepi.app.commands.reviews import list_reviews

    return list_reviews(server_of(given), purpose=purpose, mine=mine, limit=limit)


@reviews.command("take")
@click.argument("review", required=False)
@server
def reviews_take(review: str | None, **given: Any) -> int:
    """Hold a review, by default the first free one of the queue, and show it."""
    from yuepi.app.commands.reviews import take_review

    return take_review(server_of(given), review)


@reviews.command("renew")
@click.argument("review")
@server
def reviews_renew(review: str, **given: Any) -> int:
    """Hold a review for longer."""
    from yuepi.app.commands.reviews import renew_review

    return renew_review(server_of(given), review)


@reviews.command("hand-back")
@click.argument("review")
@server
def reviews_hand_back(review: str, **given: Any) -> int:
    """Let go of a review; it is free for others."""
    from yuepi.app.commands.reviews import hand_back_review

    return hand_back_review(server_of(given), review)


@reviews.command("advice")
@click.argument("review")
@server
def reviews_advice(review: str, **given: Any) -> int:
    """Show what the machine made of what you hold. That you asked is noted."""
    from yuepi.app.commands.reviews import show_advice

    return show_advice(server_of(given), review)


@reviews.command("decide")
@click.argument("review")
@click.argument("verdict", type=_VERDICT)
@click.option("--reason", default="", metavar="TEXT", help="Why; a rejection needs it.")
@_DESPITE_HELD
@server
def reviews_decide(review: str, verdict: str, reason: str, despite_held: bool, **given: Any) -> int:
    """Approve or reject what you hold."""
    from yuepi.app.commands.reviews import act

    body = {"verdict": verdict, "reason": reason, "despite_held": despite_held}
    return act(server_of(given), review, "decision", body)


@reviews.command("ask")
@click.argument("review")
@click.argument("question")
@server
def reviews_ask(review: str, question: str, **given: Any) -> int:
    """Ask the submitter; the review ends, and their answer starts anew."""
    from yuepi.app.commands.reviews import act

    return act(server_of(given), review, "ask", {"question": question})


@reviews.command("correct")
@click.argument("review")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--attachment", metavar="ID", help="Which file. Default: the claim's only one.")
@click.option("--file", "file_at", type=click.IntRange(0), default=0, help="Of an archive: which.")
@click.option("--paper", "reading_at", type=click.IntRange(0), default=0, help="Which paper in it.")
@server
def reviews_correct(
    review: str,
    fields: tuple[str, ...],
    attachment: str | None,
    file_at: int,
    reading_at: int,
    **given: Any,
) -> int:
    """Say what a paper shows. FIELD alone confirms what was read; FIELD= says there is nothing."""
    from yuepi.app.commands.reviews import Place, correct

    return correct(server_of(given), review, fields, Place(attachment, file_at, reading_at))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    for command in (submit, claims, reviews):
        commands.add_command(command)
