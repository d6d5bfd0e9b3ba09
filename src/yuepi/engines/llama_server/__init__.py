"""The engine that starts and looks after a `llama-server` of llama.cpp on local files.

The binary is the user's own (`binary`, or the environment variable YUEPI_LLAMA_SERVER); nothing is
downloaded. The client that speaks to it is handed in: engines do not know each other.
"""

from __future__ import annotations

from collections.abc import Callable

from yuepi.engines.contract import Engine, ModelEntry, parse_options
from yuepi.engines.llama_server.options import Options
from yuepi.engines.llama_server.supervisor import LlamaServer

__all__ = ["Options", "build"]


def build(entry: ModelEntry, connect: Callable[[str, ModelEntry], Engine]) -> Engine:
    """The engine of a model entry; starts nothing yet.

    `connect(url, entry)` gives an engine that speaks OpenAI's language to `url`; the entry it gets
    has the options of `openai_compatible`: model, key_file, timeouts. Raises `BadUsage`.
    """
    return LlamaServer(entry, parse_options(entry, Options), connect)
