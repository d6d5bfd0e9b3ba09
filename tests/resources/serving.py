"""The real `yuepi serve` as a process of its own on a folder of the test, and keys for it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

READY_S_MAX = 180.0
"""For a machine where others start beside it; what it takes alone is measured elsewhere."""
STOP_S_MAX = 120.0
"""Beyond the server's own limit, for the same reason."""

NO_MODELS = (
    '[models.away]\nengine = "openai_compatible"\nurl = "http://127.0.0.1:9"\nmodel = "away"\n'
    '[routes.yuepi]\nmodels = ["away"]\n'
)
"""Settings of a server that nobody asks a model: it loads none."""

CLI = (sys.executable, "-m", "yuepi.app.cli")


@dataclass
class Served:
    process: subprocess.Popen[bytes]
    told: dict[str, Any]
    stderr: Path

    @property
    def url(self) -> str:
        return str(self.told["url"])

    def stop(self, number: int = signal.SIGTERM, wait_s: float = 35.0) -> int:
        """End it and give its exit code."""
        self.process.send_signal(number)
        return self.process.wait(wait_s)


def environment(**more: str) -> dict[str, str]:
    """Of a process that runs this source. It keeps what it compiled, whatever is set here: else
    each one compiles all of it again."""
    src = str(Path(__file__).resolve().parents[2] / "src")
    own = {"PYTHONPATH": src, "PYTHONDONTWRITEBYTECODE": "", "YUEPI_LANG": "en"}
    return {**os.environ, **own, **more}


def make_key(data: Path, name: str = "tester", *options: str) -> str:
    command = [*CLI, "admin", "key", "create", name, "--json", "--data", str(data), *options]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, env=environment()
    )
    return str(json.loads(done.stdout)["key"])


@contextmanager
def serving(
    data: Path, *options: str, workers: int = 0, variables: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Starts a server on free ports; ends it with the block, hard if it does not end itself.

    variables: more of its environment.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    stderr = data.parent / f"{data.name}.stderr"
    command = [*CLI, "serve", "--json", "--port", "0", "--data", str(data), *options]
    command += ["--workers", str(workers)]
    with stderr.open("w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=environment(**variables or {})
        )
    try:
        yield Served(process, _first_value(process, stderr), stderr)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_S_MAX)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def _first_value(process: subprocess.Popen[bytes], stderr: Path) -> Any:
    """What the server prints when it is ready: one JSON value over some lines."""
    assert process.stdout is not None
    said = b""
    deadline = time.monotonic() + READY_S_MAX
    while not said.endswith(b"}\n"):
        # Past Python's buffers, which would hide from `select` what they have taken already.
        left_s = max(deadline - time.monotonic(), 0)
        readable, _, _ = select.select([process.stdout], [], [], left_s)
        more = os.read(process.stdout.fileno(), 4096) if readable else b""
        if not more:
            raise AssertionError(f"not ready: {said.decode()} {stderr.read_text()}")
        said += more
    told = json.loads(said)
    assert "url" in told, f"not ready: {said.decode()} {stderr.read_text()}"
    return told
