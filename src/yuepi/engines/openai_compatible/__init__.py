"""The engine for every server that speaks OpenAI's chat completions.

vLLM, SGLang, llama.cpp, Ollama, Volcengine Ark, DashScope: `presets` knows where they differ.
"""

from __future__ import annotations

from dataclasses import replace

from yuepi.engines.contract import Engine, ModelEntry, parse_options
from yuepi.engines.openai_compatible.options import Options

__all__ = ["Options", "build", "connect"]


def build(entry: ModelEntry) -> Engine:
    """The engine of a model entry; opens no connection and reads no key yet.

    Raises `BadUsage` naming the option that is wrong.
    """
    # aiohttp is 20 MB and 0.2 s: not for commands that only list models.
    from yuepi.engines.openai_compatible.client import OpenAICompatible

    return OpenAICompatible(entry, parse_options(entry, Options))


def connect(url: str, entry: ModelEntry) -> Engine:
    """The engine for a server that somebody else has started at `url`; `entry` has the rest."""
    return build(replace(entry, options={**entry.options, "url": url}))
