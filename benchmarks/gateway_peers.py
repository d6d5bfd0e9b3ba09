"""The gateways that are compared: how each is installed, started and spoken to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

MASTER_KEY = "sk-benchmark-only"


@dataclass(frozen=True)
class Peer:
    """One gateway: the command that starts it on `port`, and the headers a request carries."""

    name: str
    command: Sequence[str]
    port: int
    ready_path: str
    headers: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    model: str = "stub"


def yuepi(folder: Path, port: int, stub: str) -> Peer:
    """Yuepi itself with key check, answers cache, breaker and call log on, as it comes."""
    data = folder / "yuepi"
    data.mkdir(parents=True)
    (data / "yuepi.toml").write_text(
        f'[models.stub]\nengine = "openai_compatible"\nurl = "{stub}/v1"\nmodel = "stub"\n'
        "concurrency_max = 64\nqueue_max = 256\n",
        encoding="utf-8",
    )
    cli = [sys.executable, "-m", "yuepi.app.cli"]
    made = subprocess.run(
        [*cli, "admin", "key", "create", "benchmark", "--json", "--data", str(data)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    key = json.loads(made.stdout)["key"]
    command = [*cli, "serve", "--host", "127.0.0.1", "--port", str(port), "--data", str(data)]
    return Peer("yuepi", command, port, "/readyz", {"authorization": f"Bearer {key}"})


def litellm(folder: Path, peers: Path, port: int, stub: str) -> Peer:
    """LiteLLM's proxy, one worker, with a master key; no database, so no spend log."""
    python = peers / "litellm" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "-q", "install", "litellm[proxy]"], check=True)
    config = folder / "litellm.yaml"
    config.write_text(
        "model_list:\n- model_name: stub\n  litellm_params:\n    model: openai/stub\n"
        f"    api_base: {stub}/v1\n    api_key: none\n"
        f"general_settings:\n  master_key: {MASTER_KEY}\n",
        encoding="utf-8",
    )
    program = str(python.with_name("litellm"))
    command = [program, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    quiet = {"LITELLM_TELEMETRY": "False", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    headers = {"authorization": f"Bearer {MASTER_KEY}"}
    return Peer("litellm", command, port, "/health/liveliness", headers, quiet)


def portkey(peers: Path, port: int, stub: str) -> Peer:
    """Portkey's open gateway on Node; it checks no key and keeps no log."""
    folder = peers / "portkey"
    server = folder / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    if not server.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--prefix", str(folder), "@portkey-ai/gateway"], check=True
        )
    headers = {
        "authorization": "Bearer none",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"{stub}/v1",
    }
    return Peer(
        "portkey", ["node", str(server), f"--port={port}", "--headless"], port, "/", headers
    )


def environment(peer: Peer) -> dict[str, str]:
    """What the peer's process sees."""
    return {**os.environ, **peer.environment}
