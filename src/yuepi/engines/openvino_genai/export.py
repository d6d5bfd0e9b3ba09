"""`yuepi models export`: a Qwen3-VL checkpoint to the folder that this engine loads.

Exporting needs other versions of the same packages than answering, so it happens in a Python
environment of its own: an existing one, or one made once from `export_requirements.txt` and kept.
Nothing is downloaded but those packages; the checkpoint is a local folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from yuepi.engines.openvino_genai.pipeline import FILES
from yuepi.engines.openvino_genai.seen_pictures import PICTURES_KEPT
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError

Weights = Literal["int8", "int4", "fp16"]
Progress = Callable[[str], None]

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "export_requirements.txt"
MODEL_TYPES = ("qwen3_vl",)
# Of the checkpoint's size, in bfloat16: the weights as exported, twice while they are written.
DISK_SHARE = {"int8": 1.2, "int4": 0.9, "fp16": 2.2}
DISK_BYTES_LEAST = 200 << 20
ENVIRONMENT_BYTES = 3 << 30
EXPORT_S_MAX = 6 * 3600
INSTALL_S_MAX = 3600
LINES_KEPT = 40

log = logging.getLogger(__name__)


class ExportFailed(YuepiError):
    """The exporter ended without a complete folder; the message holds its last words."""

    code = "export_failed"
    http_status = 500
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export."""

    folder: Path
    bytes_total: int
    seconds: float


def export_model(
    source: Path,
    out: Path,
    *,
    weights: Weights = "int8",
    environment: Path | None = None,
    pictures_kept: int = PICTURES_KEPT,
    progress: Progress = log.info,
) -> Exported:
    """Export a checkpoint's folder to `out`, which must not exist; blocks for minutes.

    `environment`: a Python environment's folder with the packages of `export_requirements.txt`;
    None: one of our own in the user's cache, made if need be. `pictures_kept`: how many pictures'
    features the exported model remembers (0: none; needed for GPU devices that cannot).
    Raises `BadUsage` for wrong paths, `Unavailable` for want of disk or packages, `ExportFailed`.
    """
    started = time.monotonic()
    source, out = source.expanduser().absolute(), out.expanduser().absolute()
    check_source(source)
    if out.exists():
        raise BadUsage(f"{out} exists already", remedy="name a folder that does not exist yet")
    out.parent.mkdir(parents=True, exist_ok=True)
    check_disk(out.parent, export_bytes(source, weights))
    python = ready_environment(environment, progress)
    partial = out.parent / f".{out.name}.{secrets.token_hex(4)}.partial"
    try:
        _run_child(python, source, partial, weights, pictures_kept, progress)
        lacking = [name for name in FILES if not (partial / name).is_file()]
        if lacking:
            raise ExportFailed(
                f"the exporter wrote no {lacking[0]}",
                remedy="check that the checkpoint is a Qwen3-VL and complete",
            )
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    total = sum(file.stat().st_size for file in out.iterdir() if file.is_file())
    progress(f"{out}: {total / 2**20:.0f} MB")
    return Exported(out, total, time.monotonic() - started)


def check_source(source: Path) -> None:
    """Raises `BadUsage` for a folder that is no Qwen3-VL checkpoint, naming what is wrong."""
    config = source / "config.json"
    try:
        kind = json.loads(config.read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise BadUsage(
            f"{source} is no model's folder: {config.name} cannot be read ({error})",
            remedy="name a local folder with a Qwen3-VL checkpoint (config.json, *.safetensors)",
        ) from error
    if kind not in MODEL_TYPES:
        raise BadUsage(
            f"{source} holds a {kind!r} model",
            remedy=f"only {', '.join(MODEL_TYPES)} can be exported",
        )
    for pattern in ("*.safetensors", "tokenizer.json", "preprocessor_config.json"):
        if not any(source.glob(pattern)):
            raise BadUsage(f"{source} has no {pattern}", remedy="download the whole checkpoint")


def export_bytes(source: Path, weights: Weights) -> int:
    """What the export needs on disk while it runs."""
    total = sum(file.stat().st_size for file in source.glob("*.safetensors"))
    return int(total * DISK_SHARE[weights]) + DISK_BYTES_LEAST


def check_disk(folder: Path, needed: int) -> None:
    """Raises `Unavailable` where a folder's disk has less room than `needed` bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Unavailable(
            f"{folder} has {free / 2**30:.1f} GB free, {needed / 2**30:.1f} GB are needed",
            remedy="free some space, or name a folder on another disk",
            code="disk_full",
        )


# --- the environment -----------------------------------------------------------------------------


def default_environment() -> Path:
    """Where our own environment is kept: by the content of the requirements."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    return cache / "yuepi" / f"export-{sys.version_info.major}.{sys.version_info.minor}-{digest}"


def ready_environment(environment: Path | None, progress: Progress) -> Path:
    """The Python of a checked environment, made first where it is ours and not there yet."""
    folder = (environment or default_environment()).expanduser().absolute()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        if environment is not None:
            raise BadUsage(
                f"{folder} is no Python environment ({python.name} is missing)",
                remedy="leave --environment out to have one made",
            )
        _make_environment(folder, python, progress)
    _check_environment(folder, python)
    return python


def make_environment(folder: Path, progress: Progress) -> Path:
    """An environment for exports in `folder`, made if it is not there, checked; gives its Python.

    Raises `Unavailable` for want of disk or packages, `ExportFailed` with the installer's words.
    """
    folder = folder.expanduser().absolute()
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        _make_environment(folder, python, progress)
    _check_environment(folder, python)
    return python


def _make_environment(folder: Path, python: Path, progress: Progress) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    check_disk(folder.parent, ENVIRONMENT_BYTES)
    progress(f"making the export environment {folder} (once, about 2 GB)")
    try:
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], INSTALL_S_MAX, progress)
        pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        # Only torch brings what it needs: which build pip finds depends on how it is set up here.
        _run([*pip, _torch_wanted()], INSTALL_S_MAX, progress)
        _run([*pip, "--no-deps", "-r", str(REQUIREMENTS)], INSTALL_S_MAX, progress)
    except BaseException:
        # Half an environment would look like a whole one the next time.
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _torch_wanted() -> str:
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


CHECK = """
import importlib.metadata as m, importlib.util as u, json
names = ("torch", "transformers", "optimum-intel", "openvino", "openvino-tokenizers", "nncf")
found = {}
for name in names:
    try: found[name] = m.version(name)
    except m.PackageNotFoundError: found[name] = None
if found["torch"]: import torch
found["torchvision"] = "there" if u.find_spec("torchvision") else None
print(json.dumps(found))
"""


def _check_environment(folder: Path, python: Path) -> None:
    try:
        told = subprocess.run(  # noqa: S603 (the environment is the operator's own)
            [str(python), "-c", CHECK], capture_output=True, text=True, timeout=120, check=True
        )
        found = json.loads(told.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Unavailable(
            f"the Python of {folder} does not run: {error}",
            remedy="remove the folder and try again, or name another --environment",
        ) from error
    install = f"{python} -m pip install --no-deps -r {REQUIREMENTS}"
    lacking = [name for name, version in found.items() if not version and name != "torchvision"]
    if lacking:
        raise Unavailable(
            f"the environment {folder} lacks {', '.join(lacking)}",
            remedy=install,
            code="package_missing",
        )
    if found["torchvision"]:
        raise Unavailable(
            f"the environment {folder} has torchvision, with which the exporter fails on a CPU",
            remedy=f"{python} -m pip uninstall torchvision",
            code="package_unwanted",
        )


# --- running -----------------------------------------------------------------------------------


def _run_child(
    python: Path,
    source: Path,
    out: Path,
    weights: Weights,
    pictures_kept: int,
    progress: Progress,
) -> None:
    with tempfile.TemporaryDirectory(prefix=".export-", dir=out.parent) as scratch:
        # The exporter writes whole models to the temporary folder: on the disk that was checked.
        quiet = {
            "TMPDIR": scratch,
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "DO_NOT_TRACK": "1",
            "CI": "true",  # openvino-telemetry, where somebody installed it, keeps silent then
            "PYTHONNOUSERSITE": "1",
        }
        words = ["--weights", weights, "--pictures-kept", str(pictures_kept)]
        child = [str(python), str(HERE / "export_child.py"), str(source), str(out), *words]
        _run(child, EXPORT_S_MAX, progress, extra=quiet)


def _run(
    command: Sequence[str],
    seconds_max: float,
    progress: Progress,
    extra: dict[str, str] | None = None,
) -> None:
    """Run a command, passing on its steps; raises `ExportFailed` with its last lines."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    last: deque[str] = deque(maxlen=LINES_KEPT)
    with subprocess.Popen(  # noqa: S603 (our own script, the operator's own Python)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=kept | (extra or {}),
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as child:
        too_long = threading.Timer(seconds_max, child.kill)
        too_long.start()
        try:
            for line in _lines(child):
                if line.startswith("STEP "):
                    progress(line.removeprefix("STEP "))
                elif line.startswith(("Collecting ", "Installing ")):
                    progress(line)
                last.append(line)
            status = child.wait()
        finally:
            too_long.cancel()
            with contextlib.suppress(ProcessLookupError):
                child.kill()
    if status:
        told = [line for line in last if not line.startswith("STEP ")]
        raise ExportFailed(
            f"{Path(command[0]).name} ended with status {status}: {_reason(told)}",
            remedy="the lines before it:\n" + "\n".join(told[-10:]),
        )


def _lines(child: subprocess.Popen[str]) -> Iterator[str]:
    """The lines of a child's output, progress bars (which end in a carriage return) apart."""
    assert child.stdout is not None  # noqa: S101 (it was asked for as a pipe)
    for line in child.stdout:
        text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line).rsplit("\r", 1)[-1].strip()
        if text:
            yield text[:500]


def _reason(lines: Sequence[str]) -> str:
    """The line that tells most: the last one that names an error."""
    named = [line for line in lines if re.match(r"[\w.]*(Error|Exception|ERROR)\b", line)]
    return (named or list(lines) or ["it said nothing"])[-1]
