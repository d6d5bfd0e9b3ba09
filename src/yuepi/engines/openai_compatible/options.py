"""The options of a model entry whose engine is `openai_compatible`."""

from __future__ import annotations

from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from yuepi.engines.contract import BoxScale
from yuepi.engines.openai_compatible.presets import PLAIN, PRESETS, Preset

# A key in the settings file would end up in backups and screenshots.
_SECRET_HEADERS = {"authorization", "proxy-authorization", "api-key", "x-api-key", "cookie"}
_ANSWER_S = 120.0


class UpstreamOptions(BaseModel):
    """How a server is reached. `key_env` or `key_file` say where the key is; the key itself never
    stands in the settings. `trust_env` follows HTTPS_PROXY. own_fields: those of a request that
    an `extra_body` may not set."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    own_fields: ClassVar[frozenset[str]] = frozenset()

    url: str = ""
    key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    key_file: str | None = None

    connect_timeout_s: float = Field(default=10.0, gt=0, le=300)
    read_timeout_s: float = Field(default=30.0, gt=0, le=3600)
    keep_alive_s: float = Field(default=4.0, ge=0, le=300)
    pool_size: int = Field(default=64, ge=1, le=1024)
    ca_file: str | None = None
    trust_env: bool = False

    headers: dict[str, str] = Field(default_factory=dict)

    answer_bytes_max: int = Field(default=16 * 1024 * 1024, ge=1024)

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http(s) address, such as http://127.0.0.1:8000/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must have no user name, password, query or fragment")
        return url.rstrip("/")

    @field_validator("extra_body", "extra_body_high_detail", check_fields=False)
    @classmethod
    def _not_our_fields(cls, fields: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
        taken = sorted(cls.own_fields & set(fields or ()))
        if taken:
            raise ValueError(f"{', '.join(taken)} cannot be set here")
        return fields

    @field_validator("headers")
    @classmethod
    def _no_secret_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if name.lower() in _SECRET_HEADERS:
                raise ValueError(f"{name} holds a secret; use key_env or key_file")
            if not name.isascii() or any(sign in name + value for sign in "\r\n\0"):
                raise ValueError(f"{name!r} cannot be sent as a header")
        return headers

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key_env and self.key_file:
            raise ValueError("give key_env or key_file, not both")
        return self


class Options(UpstreamOptions):
    """One upstream model. With a `preset`, only `model` must be given.

    `read_timeout_s` is the longest silence between two pieces; an answer that is not streamed may
    take `answer_timeout_s` until its first byte (None: `read_timeout_s`, but at least 120).
    `extra_body` and `extra_body_high_detail` (only when a picture asks for high detail) are fields
    that every request carries; they win over the caller's.
    """

    own_fields: ClassVar[frozenset[str]] = frozenset(
        {"model", "messages", "stream", "stream_options"}
    )

    preset: (
        Literal["vllm", "sglang", "llama_cpp", "ollama", "volcengine_ark", "dashscope"] | None
    ) = None
    model: str = Field(min_length=1, max_length=256)

    answer_timeout_s: float | None = Field(default=None, gt=0, le=3600)

    images_max: int = Field(default=4, ge=0, le=256)
    context_tokens_max: int = Field(default=32_768, ge=1)
    json_schema: bool | None = None
    boxes: BoxScale | None = None

    extra_body: dict[str, JsonValue] = Field(default_factory=dict)
    extra_body_high_detail: dict[str, JsonValue] | None = None

    event_bytes_max: int = Field(default=1024 * 1024, ge=1024)

    @property
    def first_byte_s(self) -> float:
        """How long an answer that is not streamed may take until its first byte."""
        return self.answer_timeout_s or max(self.read_timeout_s, _ANSWER_S)

    @property
    def kind(self) -> Preset:
        """The preset, or what holds for a server without one."""
        return PRESETS[self.preset] if self.preset else PLAIN

    @field_validator("url")
    @classmethod
    def _before_the_path(cls, url: str) -> str:
        if url.endswith("/chat/completions"):
            raise ValueError("must end before /chat/completions")
        return url

    @model_validator(mode="after")
    def _complete(self) -> Options:
        if not self.url and self.preset is None:
            raise ValueError("give url, or a preset that has one")
        return self
