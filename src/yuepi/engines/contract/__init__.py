"""What every engine takes, gives and may raise.

There is one way to ask: `Engine.stream(chat)` gives `Delta`s until one carries `finish`. A stream
that ends without `finish` did not end well: engines raise `EngineBroke` instead of stopping
quietly. Leaving the stream (closing the generator) ends the work behind it at once.

Cache, breaker, fallback, limits and routes of the gateway are engines too, around other engines.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from yuepi.engines.contract.embedding import Encode as Encode
from yuepi.engines.contract.embedding import PackagedEmbedder as PackagedEmbedder
from yuepi.engines.contract.embedding import checked_texts as checked_texts
from yuepi.engines.contract.failures import ChatRefused as ChatRefused
from yuepi.engines.contract.failures import EngineBroke as EngineBroke
from yuepi.engines.contract.failures import EngineBusy as EngineBusy
from yuepi.engines.contract.failures import EngineFailure as EngineFailure
from yuepi.engines.contract.failures import EngineTimeout as EngineTimeout
from yuepi.engines.contract.failures import EngineUnavailable as EngineUnavailable
from yuepi.engines.contract.search import Embedder as Embedder
from yuepi.engines.contract.search import PageEmbedder as PageEmbedder
from yuepi.engines.contract.search import Reranker as Reranker
from yuepi.kit.errors import BadUsage

Role = Literal["system", "user", "assistant"]
Detail = Literal["auto", "low", "high"]
Finish = Literal["stop", "length", "content_filter"]
BoxScale = Literal["0-1000", "pixels", "none"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as it was sent: its bytes (an intact PNG, JPEG, WebP, ...) and their SHA-256.

    `detail` is OpenAI's: `high` spends more visual tokens, `low` and `auto` what the model's entry
    says is usual.
    """

    data: bytes = field(repr=False)
    media_type: str
    sha256: str
    width_px: int
    height_px: int
    detail: Detail = "auto"


Part = str | Picture


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: texts and pictures in the order they were given."""

    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The texts of this turn, one a line."""
        return "\n".join(part for part in self.parts if isinstance(part, str))

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures of this turn."""
        return tuple(part for part in self.parts if isinstance(part, Picture))


@dataclass(frozen=True, slots=True)
class JsonShape:
    """The answer must be JSON: of this schema, or any one object where `schema` is None."""

    schema: Mapping[str, Any] | None = None
    name: str = "answer"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose the words; None leaves it to the model. Temperature 0 is greedy."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    presence_penalty: float | None = None
    frequency_penalty: float | None = None


@dataclass(slots=True)
class Progress:
    """How far a call is before its first word, for whoever wants to watch it.

    `place` tells where it stands in a queue, from 1, and 0 once it has left it.
    """

    place: Callable[[], int] | None = None
    reading: bool = False


@dataclass(slots=True)
class Call:
    """What is known of one call: who asks, and what became of it. The only mutable part.

    Written by whoever learns it on the way (limit, router, breaker, cache), read by the call log.
    Times are `time.monotonic()` seconds; `deadline` too, and `route_deadline` is what the route's
    own would be. `question_sha256` is the cache's name for what was asked, where it had to know;
    `wasted`: tokens of answers that nobody got; `admitted`: the key's limits were asked already;
    `progress`: only where somebody watches.
    """

    id: str = ""
    tenant: str = "default"
    key_id: str = ""
    conversation: str = ""
    deadline: float | None = None
    route_deadline: float | None = None
    route: str = ""
    deployment: str = ""
    model_version: str = ""
    prompt_version: str = ""
    cache: Literal["off", "miss", "hit", "joined"] = "off"
    attempts: int = 0
    queued_s: float = 0.0
    question_sha256: bytes = b""
    wasted: Usage | None = None
    admitted: bool = False
    progress: Progress | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Chat:
    """One question with all that came before it.

    `incremental` tells whether somebody waits for every word; if not, an engine may give the whole
    answer as one delta. `received` holds the top-level JSON fields of an OpenAI request exactly
    as they came (values are raw JSON bytes): an engine that speaks the same language passes them
    on untouched, vendor's extras included, and writes only those that it must change. When
    "messages" is not in it, `messages` counts.
    """

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    shape: JsonShape | None = None
    incremental: bool = True
    received: Mapping[str, bytes] | None = field(default=None, repr=False)
    call: Call = field(default_factory=Call, compare=False)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures, in order of appearance."""
        return tuple(picture for message in self.messages for picture in message.pictures)

    def with_messages(self, messages: tuple[Message, ...]) -> Chat:
        """The same question with other messages; what was received of them no longer counts."""
        kept = None
        if self.received is not None:
            kept = {name: raw for name, raw in self.received.items() if name != "messages"}
        return replace(self, messages=messages, received=kept)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `cached` of the prompt's were not computed again."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    estimated: bool = False

    def plus(self, other: Usage) -> Usage:
        """Both together; estimated where one is."""
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.estimated or other.estimated,
        )


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer.

    `finish` is set once, on the piece that ends the answer; `usage` on that piece or one after.
    `raw` is the same piece as an upstream of OpenAI's language sent it: whole server-sent events
    (`data: {...}\\n\\n`, never `[DONE]`) where the chat was incremental, else the whole JSON body.
    """

    text: str = ""
    finish: Finish | None = None
    usage: Usage | None = None
    raw: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a model can take. `boxes`: the scale of coordinates in its answers.

    `converses`: a language model; one that is none only looks up what stands on a page.
    """

    images_max: int = 4
    context_tokens_max: int = 32_768
    json_schema: bool = True
    boxes: BoxScale = "0-1000"
    modalities: tuple[Literal["text", "image"], ...] = ("text", "image")
    converses: bool = True


class Engine(Protocol):
    """A backend, or something around one. `name` is the deployment's, for logs and errors."""

    @property
    def name(self) -> str: ...
    @property
    def abilities(self) -> Abilities: ...

    def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        """Answer; raises `EngineFailure` or `ChatRefused`. Close the generator to stop the work."""
        ...

    async def warm(self) -> None:
        """Load or reach what the first question would wait for; raises `EngineFailure`."""
        ...

    async def close(self) -> None:
        """Let go of models, processes and connections. Calling it twice does no harm."""
        ...


# --- a model's entry in the settings -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model of the settings file: its name, engine and that engine's own options.

    `folder` is the data folder: relative paths in options are meant from there. `table`: where the
    entry stands in the file.
    """

    name: str
    engine: str
    options: Mapping[str, Any]
    folder: Path
    table: str = "models"


OptionsT = TypeVar("OptionsT", bound=BaseModel)


def parse_options(entry: ModelEntry, kind: type[OptionsT]) -> OptionsT:
    """The options of an entry as its engine declares them; raises `BadUsage` naming the wrong one.

    `kind` should forbid extras (`extra="forbid"`), so that a misspelt option is not ignored.
    """
    try:
        return kind.model_validate(dict(entry.options))
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{step}: " for step in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
            what = f"there is no such option; there are: {', '.join(kind.model_fields)}"
        raise BadUsage(
            f"model {entry.name!r}: {where}{what}",
            remedy=f"correct [{entry.table}.{entry.name}] in the settings file",
        ) from error


def picture_sha256(data: bytes) -> str:
    """The name a picture goes by in caches and logs."""
    return hashlib.sha256(data).hexdigest()
