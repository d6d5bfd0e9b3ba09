"""The commands of the gateway, as click takes them: serve, ask, models, admin, calls."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

import click

from yuepi.access.principal import PERMISSIONS
from yuepi.app.options import PATH, data_folder, shared, speaker_of


def _amount(_: click.Context, parameter: click.Parameter, value: str | None) -> Decimal | None:
    """Money as it was written, without a float's rounding."""
    try:
        amount = None if value is None else Decimal(value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount is not None and not amount.is_finite():
        raise click.BadParameter(f"{value!r} is no amount", param=parameter)
    return amount


_PORT = click.IntRange(0, 65_535)
_DAYS = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])


@click.command()
@click.option("--host", metavar="HOST", help="Address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=_PORT, help="Port; 0 takes a free one. Default: 8000.")
@click.option("--grpc-port", type=_PORT, help="Port of the gRPC door. Default: none.")
@click.option(
    "--workers", type=click.IntRange(0, 64), help="Processes that work on claims. Default: 1."
)
@data_folder
@shared
def serve(
    host: str | None,
    port: int | None,
    grpc_port: int | None,
    workers: int | None,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Serve models to any OpenAI client: chat, pictures, streaming, JSON schemas, embeddings.

    Everything lies in the data folder, which is made if need be; nothing else must be set up.
    Prints one line when it is ready. SIGTERM lets requests under way end, 30 s at most.
    """
    from yuepi.app.commands.serve import Asked, run

    return run(Asked(data, host, port, grpc_port, workers), speaker_of(as_json, lang))


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="IMAGE... QUESTION")
@click.option("--stream", is_flag=True, help="Print the answer word by word.")
@click.option("--json-schema", type=PATH, metavar="FILE", help="Answer as JSON of this schema.")
@click.option("--model", default="yuepi", show_default=True, help="A route or a model.")
@click.option("--max-tokens", type=click.IntRange(1), help="How long the answer may be.")
@click.option(
    "--url", metavar="URL", help="Ask a running server instead, such as http://host:8000."
)
@click.option("--key", envvar="YUEPI_KEY", help="That server's key; better in YUEPI_KEY.")
@click.option("--docs", is_flag=True, help="Ask the documents of the library instead.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    metavar="ID",
    help="With --docs: only this document; may be repeated.",
)
@data_folder
@shared
@click.pass_context
def ask(
    context: click.Context,
    words: tuple[str, ...],
    stream: bool,
    json_schema: Path | None,
    model: str,
    max_tokens: int | None,
    url: str | None,
    key: str | None,
    docs: bool,
    documents: tuple[str, ...],
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Ask a question about pictures. The last argument is the question.

    Needs no server: the models of the data folder answer, by default the embedded one. With --docs
    the documents of the library are asked: the answer is quoted from them with page and place, and
    exits with 1 where they do not tell. A model writes it where [library] model or --model names
    one.
    """
    if docs or documents:
        from yuepi.app.commands import ask_docs

        if url or stream or json_schema or max_tokens:
            raise click.UsageError("--docs goes with --document, --model, --data and --json alone.")
        given = context.get_parameter_source("model") == click.core.ParameterSource.COMMANDLINE
        question = ask_docs.Asked(" ".join(words), data, documents, model if given else None)
        return ask_docs.run(question, speaker_of(as_json, lang), context.obj)
    from yuepi.app.commands.ask import Asked, run

    asked = Asked(words, data, model, stream, json_schema, max_tokens, url, key)
    return run(asked, speaker_of(as_json, lang))


# --- models --------------------------------------------------------------------------------------


@click.group()
def models() -> None:
    """List, add, try and remove models."""


@models.command("list")
@data_folder
@shared
def models_list(data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Show every model and route of the settings."""
    from yuepi.app.commands.models import list_models

    return list_models(data, speaker_of(as_json, lang))


@models.command("add")
@click.argument("name")
@click.option("--preset", metavar="PRESET", help="A ready-made entry; without it they are listed.")
@click.option("--url", help="Address of the server, up to and with /v1.")
@click.option("--model", help="What the server calls the model.")
@click.option("--path", help="Local folder or file of the model.")
@click.option("--mmproj", help="llama_server: the file of the vision part.")
@click.option("--binary", help="llama_server: the program.")
@click.option("--key-env", help="Environment variable that holds the server's key.")
@click.option(
    "--set", "others", multiple=True, metavar="KEY=VALUE", help="Any other option; may be repeated."
)
@data_folder
@shared
def models_add(
    name: str,
    preset: str | None,
    data: Path,
    others: tuple[str, ...],
    as_json: bool,
    lang: str | None,
    debug: bool,
    **named: str | None,
) -> int:
    """Write a model into the settings; comments in the file stay."""
    from yuepi.app.commands.models import add

    given = {key: value for key, value in named.items() if value is not None}
    return add(name, preset, given, others, data, speaker_of(as_json, lang))


@models.command("test")
@click.argument("name")
@data_folder
@shared
def models_test(name: str, data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Ask a model or route one tiny question about a drawn picture; tells how long it took."""
    from yuepi.app.commands.models import test

    return test(name, data, speaker_of(as_json, lang))


@models.command("remove")
@click.argument("name")
@data_folder
@shared
def models_remove(name: str, data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Take a model out of the settings; its files stay."""
    from yuepi.app.commands.models import remove

    return remove(name, data, speaker_of(as_json, lang))


@models.command("export")
@click.argument("checkpoint", type=PATH)
@click.argument("out", type=PATH)
@click.option(
    "--weights",
    type=click.Choice(["int8", "int4", "fp16"]),
    default="int8",
    show_default=True,
    help="How the weights are kept.",
)
@click.option(
    "--environment",
    type=PATH,
    metavar="DIR",
    help="A Python environment with the exporter. Default: one of our own, made once.",
)
@shared
def models_export(
    checkpoint: Path,
    out: Path,
    weights: Literal["int8", "int4", "fp16"],
    environment: Path | None,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Export a Qwen3-VL checkpoint's folder to OUT, for the openvino engine; takes minutes."""
    from yuepi.app.commands.models import export

    return export(checkpoint, out, weights, environment, speaker_of(as_json, lang))


@models.command("environment")
@click.argument("folder", type=PATH, metavar="DIR")
@shared
def models_environment(folder: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Make the Python environment that `models export` works in (about 2 GB), or check it."""
    from yuepi.app.commands.models import environment

    return environment(folder, speaker_of(as_json, lang))


# --- admin ---------------------------------------------------------------------------------------


@click.group()
def admin() -> None:
    """Administer this desk."""


@admin.group("key")
def admin_key() -> None:
    """Keys that open the door."""


@admin_key.command("create")
@click.argument("name")
@click.option("--tenant", default="default", show_default=True, help="Whose key it is.")
@click.option("--rpm", type=click.IntRange(1), help="Requests a minute.")
@click.option("--tpm", type=click.IntRange(1), help="Tokens a minute.")
@click.option(
    "--budget", metavar="AMOUNT", callback=_amount, help="Money for a calendar month in China."
)
@click.option("--expires", type=_DAYS, help="When it ends; without a zone, China's time.")
@click.option("--user", metavar="LOGIN", help="Whose it is: it opens /api as that account does.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(PERMISSIONS),
    metavar="RIGHT",
    help="With --user: what it may do; may be repeated. Default: all that the account may.",
)
@data_folder
@shared
def key_create(
    name: str,
    tenant: str,
    rpm: int | None,
    tpm: int | None,
    budget: Decimal | None,
    expires: datetime | None,
    user: str | None,
    scopes: tuple[str, ...],
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Make a key and print it, once: only its hash is kept."""
    from yuepi.app.commands.admin import NewKey, create_key

    if user is None and scopes:
        raise click.UsageError("--scope goes with --user: a key of nobody asks models, no more.")
    if user is not None and (budget is not None or tenant != "default"):
        raise click.UsageError("--budget and --tenant are for keys of nobody, without --user.")
    new = NewKey(name, tenant, rpm, tpm, budget, expires, user, scopes)
    return create_key(new, data, speaker_of(as_json, lang))


@admin_key.command("list")
@data_folder
@shared
def key_list(data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Show all keys, without their secrets."""
    from yuepi.app.commands.admin import list_keys

    return list_keys(data, speaker_of(as_json, lang))


@admin_key.command("revoke")
@click.argument("id_or_name", metavar="ID|NAME")
@data_folder
@shared
def key_revoke(id_or_name: str, data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """End a key; a running server refuses it within seconds."""
    from yuepi.app.commands.admin import revoke_key

    return revoke_key(id_or_name, data, speaker_of(as_json, lang))


# --- calls ---------------------------------------------------------------------------------------


@click.group()
def calls() -> None:
    """Look into the log of all calls to models."""


@calls.command("list")
@click.option("--since", type=_DAYS, help="From when on; without a zone, China's time.")
@click.option("--tenant", help="Of this tenant alone.")
@click.option("--outcome", help="done, cancelled, or the code of an error.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), default=50, show_default=True, help="How many."
)
@data_folder
@shared
def calls_list(
    since: datetime | None,
    tenant: str | None,
    outcome: str | None,
    limit: int,
    data: Path,
    as_json: bool,
    lang: str | None,
    debug: bool,
) -> int:
    """Show calls, the newest first, without what was said in them."""
    from yuepi.app.commands.calls import Sought, list_calls

    sought = Sought(since, tenant, outcome, limit)
    return list_calls(sought, data, speaker_of(as_json, lang))


@calls.command("show")
@click.argument("call_id", metavar="ID")
@click.option("--content", is_flag=True, help="What was said too, where the settings keep it.")
@data_folder
@shared
def calls_show(
    call_id: str, content: bool, data: Path, as_json: bool, lang: str | None, debug: bool
) -> int:
    """Show all that is kept of a call; --content needs the data folder's content key."""
    from yuepi.app.commands.calls import show_call

    return show_call(call_id, data, speaker_of(as_json, lang), content=content)


@calls.command("purge")
@click.option("--before", type=_DAYS, required=True, help="Without a zone, China's time.")
@data_folder
@shared
def calls_purge(before: datetime, data: Path, as_json: bool, lang: str | None, debug: bool) -> int:
    """Delete the calls that came before a moment, and what was said in them, for good."""
    from yuepi.app.commands.calls import purge_calls

    return purge_calls(before, data, speaker_of(as_json, lang))


def add_to(commands: click.Group) -> None:
    """Give `yuepi` these commands."""
    for command in (serve, ask, models, admin, calls):
        commands.add_command(command)
