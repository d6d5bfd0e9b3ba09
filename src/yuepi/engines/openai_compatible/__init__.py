"""The engine for every server that speaks OpenAI's chat completions.

vLLM, SGLang, llama.cpp, Ollama, Volcengine Ark, DashScope: `presets` knows where they differ.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from yuepi.engines.contract import Engine, ModelEntry, parse_options
from yuepi.engines.openai_compatible.options import Options

if TYPE_CHECKING:
    from yuepi.engines.openai_compatible.client import Heard

__all__ = ["Options", "build", "connect"]


def build(entry: ModelEntry) -> Engine:
    """The engine of a model entry; opens no connection and reads no key yet.

    Raises `BadUsage` naming the option that is wrong.
    """
    return _made(entry, None)


def connect(url: str, entry: ModelEntry, heard: Heard | None = None) -> Engine:
    """The engine for a server that somebody else has started at `url`; `entry` has the rest.

    `heard` is told the headers of each answer before its first word.
    """
    return _made(replace(entry, options={**entry.options, "url": url}), heard)


def _made(entry: ModelEntry, heard: Heard | None) -> Engine:
    # aiohttp is 20 MB and 0.2 s: not for commands that only list models.
    from yuepi.engines.openai_compatible.client import OpenAICompatible

    return OpenAICompatible(entry, parse_options(entry, Options), heard)
