"""`yuepi serve`: everything embedded in one folder, behind OpenAI's door."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from yuepi.app.options import data_named
from yuepi.app.speaking import Speaker
from yuepi.app.words import Words
from yuepi.kit.settings import Settings, load_settings

if TYPE_CHECKING:
    from yuepi.app.serving import Opened


@dataclass(frozen=True)
class Asked:
    """What the command line says; None leaves it to the settings."""

    data: Path
    host: str | None
    port: int | None
    grpc_port: int | None
    workers: int | None = None


def run(asked: Asked, speaker: Speaker) -> int:
    """Serve until told to stop; 0 then."""
    settings = _settings(asked)
    _log_to_stderr()
    from yuepi.app.serving import serve

    serve(settings, lambda opened: _tell(opened, asked.data, speaker))
    return 0


def _settings(asked: Asked) -> Settings:
    settings = load_settings(asked.data)
    given = {"host": asked.host, "port": asked.port, "grpc_port": asked.grpc_port}
    changes = {name: value for name, value in given.items() if value is not None}
    workers = settings.workers
    if asked.workers is not None:
        workers = workers.model_copy(update={"hosted": asked.workers})
    server = settings.server.model_copy(update=changes)
    return replace(settings, server=server, workers=workers)


def _tell(opened: Opened, data: Path, speaker: Speaker) -> None:
    """One line, or one JSON value, when the doors are open."""
    if speaker.as_json:
        told = {"url": opened.url, "base_url": f"{opened.url}/v1", "keys": opened.keys}
        speaker.give(told | {"grpc_port": opened.grpc_port or None, "setup": opened.setup})
        sys.stdout.flush()
        return
    grpc = f", gRPC {opened.grpc_port}" if opened.grpc_port else ""
    key = f"yuepi admin key create NAME{data_named(data)}"
    ready = Words(f"阅批已就绪：{opened.url}/v1{grpc}", f"Yuepi is ready: {opened.url}/v1{grpc}")
    line = speaker.said(ready)
    if not opened.keys:
        line += speaker.said(Words(f"（还没有密钥，先运行 {key}）", f" (no key yet: run {key})"))
    speaker.say(line)
    if opened.setup:
        first = Words(
            "创建第一个管理员（24 小时内有效，一次性）：",
            "Make the first administrator (once, within 24 h): ",
        )
        speaker.say(speaker.said(first) + opened.setup)
    sys.stdout.flush()


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
