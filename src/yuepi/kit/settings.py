"""The settings: one TOML file in the data folder, read once at the top and passed down.

    DATA/yuepi.toml

A missing file means the defaults: the embedded `ocr` model behind the name `yuepi`. A misspelt key
is an error, never ignored. The environment overrides only what may hold a password
(`YUEPI_DATABASE_URL`, `YUEPI_REDIS_URL`, `YUEPI_MAIL_PASSWORD`, `YUEPI_OIDC_SECRET`); keys of
models stand in the variables or files that their entries name. So the file can be shown.
`add_model` and `remove_model` keep its comments. Its tables are in `kit.settings_tables`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError

from yuepi.kit.errors import BadUsage
from yuepi.kit.settings_file import FILE_NAME as FILE_NAME
from yuepi.kit.settings_file import replace_text, text_of, wrong
from yuepi.kit.settings_tables import (
    DEFAULT_EMBEDDER as DEFAULT_EMBEDDER,
)
from yuepi.kit.settings_tables import (
    SECOND_EMBEDDER,
    ApprovalsSettings,
    AuditSettings,
    BlobsSettings,
    Closed,
    DatabaseSettings,
    EmbedderSettings,
    GatewaySettings,
    LibrarySettings,
    MailSettings,
    Name,
    OidcSettings,
    PageEmbedderSettings,
    ReadingSettings,
    RerankerSettings,
    RouteSettings,
    ServerSettings,
    TargetSettings,
    WebhooksSettings,
    WorkersSettings,
)
from yuepi.kit.settings_tables import ModelSettings as ModelSettings

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

MODELS_MAX: Final = 64
DEFAULT_MODEL: Final = "ocr"
DEFAULT_ALIAS: Final = "yuepi"
INDEX_FOLDER: Final = "index"
_NAMED: Final = ("models", "routes", "embedders", "rerankers", "page_embedders")
BLOBS_FOLDER: Final = "blobs"


class _File(Closed):
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    gateway: GatewaySettings = GatewaySettings()
    approvals: ApprovalsSettings = ApprovalsSettings()
    reading: ReadingSettings = ReadingSettings()
    workers: WorkersSettings = WorkersSettings()
    blobs: BlobsSettings = BlobsSettings()
    mail: MailSettings = MailSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    oidc: OidcSettings = OidcSettings()
    audit: AuditSettings = AuditSettings()
    library: LibrarySettings = LibrarySettings()
    models: dict[Name, ModelSettings] = Field(default_factory=dict, max_length=MODELS_MAX)
    routes: dict[Name, RouteSettings] = Field(default_factory=dict, max_length=MODELS_MAX)
    embedders: dict[Name, EmbedderSettings] = Field(default_factory=dict, max_length=MODELS_MAX)
    rerankers: dict[Name, RerankerSettings] = Field(default_factory=dict, max_length=MODELS_MAX)
    page_embedders: dict[Name, PageEmbedderSettings] = Field(
        default_factory=dict, max_length=MODELS_MAX
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, checked against each other, with the defaults filled in.

    `models` always holds `ocr`, the file's own or the built-in one; without any route in the file,
    `yuepi` leads to it. `warmed` are the models that a server loads at its start: those that the
    file's routes lead to, or `ocr` where the file names neither routes nor models.
    """

    folder: Path
    server: ServerSettings
    database: DatabaseSettings
    gateway: GatewaySettings
    models: Mapping[str, ModelSettings]
    routes: Mapping[str, RouteSettings]
    embedders: Mapping[str, EmbedderSettings]
    rerankers: Mapping[str, RerankerSettings]
    page_embedders: Mapping[str, PageEmbedderSettings]
    approvals: ApprovalsSettings
    reading: ReadingSettings
    workers: WorkersSettings
    blobs: BlobsSettings
    mail: MailSettings
    webhooks: WebhooksSettings
    oidc: OidcSettings
    audit: AuditSettings
    library: LibrarySettings
    warmed: frozenset[str] = frozenset()

    @property
    def index_place(self) -> str | Path:
        """Where the library's index lies."""
        return self.library.index or self.folder / INDEX_FOLDER

    @property
    def blobs_place(self) -> str | Path:
        """Where originals lie."""
        return self.blobs.url or self.folder / BLOBS_FOLDER


def settings_path(folder: Path) -> Path:
    """Where the settings of a data folder lie."""
    return folder / FILE_NAME


def load_settings(
    folder: Path, environment: Mapping[str, str] | None = None, *, only_own: bool = False
) -> Settings:
    """The settings of a data folder; raises `BadUsage` naming the table and the key that is wrong.

    Neither the folder nor the file need exist. `only_own`: a file that others than this user and
    root may have written is refused, since settings name programs that are run.
    """
    text = text_of(settings_path(folder), only_own)
    return parse_settings(text, folder, os.environ if environment is None else environment)


def parse_settings(
    text: str, folder: Path, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings in a TOML text; raises `BadUsage`."""
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise wrong(f"is not TOML: {error}") from error
    except RecursionError as error:
        raise wrong("is nested too deeply") from error
    except ValidationError as error:
        raise wrong(_first(error)) from error
    models = dict(file.models)
    models.setdefault(DEFAULT_MODEL, ModelSettings(engine="ocr"))
    to_ocr = RouteSettings(models=(TargetSettings(name=DEFAULT_MODEL),))
    routes = dict(file.routes) or {DEFAULT_ALIAS: to_ocr}
    warming = routes.values() if file.routes or not file.models else ()
    embedders = dict(file.embedders)
    embedders.setdefault(DEFAULT_EMBEDDER, EmbedderSettings())
    embedders.setdefault(SECOND_EMBEDDER, EmbedderSettings(engine=SECOND_EMBEDDER))
    _check_routes(models, routes)
    _check_currency(models)
    known = environment or {}
    gateway = _with_secret(file.gateway, "redis", known.get("YUEPI_REDIS_URL"))
    _check_redis(gateway.redis, "[gateway] redis" if gateway is file.gateway else "YUEPI_REDIS_URL")
    if gateway.models_by_name is None:
        gateway = gateway.model_copy(update={"models_by_name": not file.routes})
    _check_library(file.library, embedders, file, {**routes, **models})
    _check_reading(file.reading.model, models if gateway.models_by_name else {}, routes)
    return Settings(
        folder=folder,
        server=file.server,
        database=_with_secret(file.database, "url", known.get("YUEPI_DATABASE_URL")),
        gateway=gateway,
        models=models,
        routes=routes,
        embedders=embedders,
        rerankers=file.rerankers,
        page_embedders=file.page_embedders,
        approvals=file.approvals,
        reading=file.reading,
        workers=file.workers,
        blobs=file.blobs,
        mail=_with_secret(file.mail, "password", known.get("YUEPI_MAIL_PASSWORD")),
        webhooks=file.webhooks,
        oidc=_with_secret(file.oidc, "client_secret", known.get("YUEPI_OIDC_SECRET")),
        audit=file.audit,
        library=file.library,
        warmed=frozenset(target.name for route in warming for target in route.models),
    )


def validated_model(name: str, table: Mapping[str, object]) -> ModelSettings:
    """One model's table by itself; raises `BadUsage` naming the key that is wrong."""
    try:
        return _File.model_validate({"models": {name: dict(table)}}).models[name]
    except ValidationError as error:
        raise wrong(_first(error)) from error


_Table = TypeVar("_Table", bound=Closed)


def _with_secret(table: _Table, key: str, secret: str | None) -> _Table:
    return table.model_copy(update={key: secret}) if secret else table


def _check_routes(models: Mapping[str, ModelSettings], routes: Mapping[str, RouteSettings]) -> None:
    seen: dict[str, str] = {}
    for alias, route in routes.items():
        twin = seen.setdefault(alias.casefold(), alias)
        if twin != alias:
            raise wrong(f"[routes.{alias}]: differs from [routes.{twin}] in case only")
        names = [target.name for target in route.models]
        if len(set(names)) < len(names):
            raise wrong(f"[routes.{alias}] models: names a model twice; use its weight instead")
        if not any(target.weight for target in route.models):
            raise wrong(f"[routes.{alias}] models: every weight is 0")
        for key, named in (("models", names), ("fallback", list(route.fallback))):
            for name in named:
                if name not in models:
                    raise wrong(
                        f"[routes.{alias}] {key}: there is no [models.{name}]; "
                        f"there are: {', '.join(sorted(models))}"
                    )


def _check_reading(
    name: str, models: Mapping[str, ModelSettings], routes: Mapping[str, RouteSettings]
) -> None:
    """The reader asks with prompts of its own: a route with one would tell it two things. models:
    those that can be asked by their own names."""
    if not name:
        return
    if name not in routes and name not in models:
        known = ", ".join(dict.fromkeys((*routes, *models)))
        raise wrong(f"[reading] model: there is no route or model {name!r}; there are: {known}")
    if name in routes and routes[name].prompt is not None:
        raise wrong(
            f"[reading] model: [routes.{name}] has a prompt of its own; "
            "name a route without one, or the model itself"
        )


def _check_library(
    library: LibrarySettings,
    embedders: Collection[str],
    file: _File,
    models: Collection[str],
) -> None:
    """models: routes and models."""
    known = {
        "embedder": (library.embedder, "[embedders]", embedders),
        "second_embedder": (library.second_embedder, "[embedders]", embedders),
        "reranker": (library.reranker, "[rerankers]", file.rerankers),
        "page_embedder": (library.page_embedder, "[page_embedders]", file.page_embedders),
        "model": (library.model, "route or model", models),
    }
    for key, (name, what, names) in known.items():
        if name and name not in names:
            raise wrong(
                f"[library] {key}: {name!r} is none of {what}; "
                f"there are: {', '.join(names) or 'none'}"
            )


def _check_currency(models: Mapping[str, ModelSettings]) -> None:
    """A key's budget is one sum of money: all prices must be of one currency."""
    first = ""
    for name, model in models.items():
        if model.price_input_per_million is None:
            continue
        first = first or name
        if model.currency != models[first].currency:
            raise wrong(
                f"[models.{name}] currency: is {model.currency}, that of [models.{first}] is "
                f"{models[first].currency}; a budget adds up one currency: convert the prices"
            )


def _check_redis(url: str, named: str) -> None:
    """Raises `BadUsage` without the address, which may hold a password."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise BadUsage(
            f"{named}: is no address of a Redis",
            remedy=f"write {named} as redis://HOST:PORT/0, or rediss:// for TLS",
            code="bad_settings",
        )


def _first(error: ValidationError) -> str:
    """The first wrong thing, as `[table] key: what`."""
    first = error.errors()[0]
    steps = [str(step) for step in first["loc"] if step != "[key]"]
    named = 2 if steps and steps[0] in _NAMED else 1
    table = f"[{'.'.join(steps[:named])}]" if steps else "the file"
    key = ".".join(steps[named:])
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        what = "there is no such key" if key else "there is no such table"
    return f"{table} {key}: {what}" if key else f"{table}: {what}"


# --- changing the file ---------------------------------------------------------------------------


def add_model(folder: Path, name: str, table: Mapping[str, object]) -> Settings:
    """Write `[models.NAME]` at the end of the file, which is made where there is none.

    Raises `BadUsage`, leaving the file as it was, if the name is taken or the whole would not be
    valid. Comments and order of everything else stay.
    """
    import tomlkit

    def change(document: TOMLDocument) -> None:
        models = document.setdefault("models", tomlkit.table(is_super_table=True))
        if name in models:
            raise BadUsage(
                f"there is a model {name!r} already",
                remedy=f"choose another name, or `yuepi models remove {name}` first",
                code="model_exists",
            )
        entry = tomlkit.table()
        for key, value in table.items():
            entry.add(key, value)
        models.append(name, entry)

    return _edited(folder, change)


def remove_model(folder: Path, name: str) -> Settings:
    """Take `[models.NAME]` out; raises `BadUsage` if it is not there or a route needs it."""

    def change(document: TOMLDocument) -> None:
        models = document.get("models", {})
        if name not in models:
            raise BadUsage(
                f"there is no [models.{name}] in {FILE_NAME}",
                remedy="see `yuepi models list`; the built-in ocr cannot be removed",
                code="unknown_model",
            )
        del models[name]
        if not models:
            del document["models"]

    return _edited(folder, change)


def _edited(folder: Path, change: Callable[[TOMLDocument], None]) -> Settings:
    """Change the document, check the whole as settings, then replace the file at once."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = settings_path(folder)
    try:
        document = tomlkit.parse(text_of(path))
    except TOMLKitError as error:
        raise wrong(f"is not TOML: {error}") from error
    change(document)
    text = tomlkit.dumps(document)
    settings = parse_settings(text, folder, os.environ)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_text(path, text)
    except OSError as error:
        raise BadUsage(
            f"{path}: cannot be written", remedy="give yourself the right to write there"
        ) from error
    return settings
