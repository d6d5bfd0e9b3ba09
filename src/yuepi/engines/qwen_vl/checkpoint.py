"""Finding a checkpoint's folder, and saying what is wrong with it before it is loaded."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yuepi.engines.contract import EngineUnavailable

MODEL_TYPES = ("qwen3_vl",)
HEADER_BYTES_MAX = 100 << 20
ITEM_BYTES = {"float32": 4, "bfloat16": 2, "int8": 1}
# What a model needs beside its weights, as a share of them.
BESIDE = 0.1


def not_loadable(message: str, remedy: str) -> EngineUnavailable:
    """The error for everything that keeps a model from loading; asking again changes nothing."""
    return EngineUnavailable(message, remedy=remedy, code="model_not_loaded", retryable=False)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that has what a Qwen3-VL model needs; `parameters` counts its weights."""

    folder: Path
    parameters: int


def find_checkpoint(path: str, data_folder: Path) -> Checkpoint:
    """The checkpoint that `path` names: a folder, or a hub id in the local cache.

    Raises `EngineUnavailable` that names the file or the download concerned.
    """
    folder = _folder(path, data_folder)
    config = _json(folder / "config.json")
    kind = config.get("model_type")
    if kind not in MODEL_TYPES:
        raise not_loadable(
            f"{folder / 'config.json'}: model_type is {kind!r}",
            f"this engine runs {', '.join(MODEL_TYPES)}; name a Qwen3-VL checkpoint",
        )
    if "vision_config" not in config or "text_config" not in config:
        raise not_loadable(
            f"{folder / 'config.json'} has no vision_config or no text_config",
            "download the checkpoint again",
        )
    for name in ("tokenizer.json", "preprocessor_config.json"):
        if not (folder / name).is_file():
            raise not_loadable(f"{folder / name} is missing", "download the checkpoint again")
    parameters = sum(_parameters(file) for file in _weight_files(folder))
    return Checkpoint(folder, parameters)


def _folder(path: str, data_folder: Path) -> Path:
    folder = data_folder / Path(path).expanduser()
    if folder.is_dir():
        return folder
    if path.count("/") != 1 or path.startswith((".", "/", "~")):
        raise not_loadable(
            f"the folder {folder} does not exist", "set `path` to a checkpoint's folder"
        )
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ImportError as error:
        raise package_missing(error) from error
    try:
        return Path(snapshot_download(path, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise not_loadable(
            f"{path!r} is neither a folder in {data_folder} nor in the local hub cache",
            f"download it first (`hf download {path}`), or set `path` to its folder",
        ) from error


def package_missing(error: ImportError) -> EngineUnavailable:
    """The error for a package of the extra that is not installed."""
    return not_loadable(
        f"the package {error.name or error} is needed to run this model and cannot be imported",
        "in Yuepi's folder: pip install torch==2.13.0 && "
        "pip install --no-deps -r requirements-engines.lock",
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise not_loadable(
            f"{path} is missing", "set `path` to the folder of a complete checkpoint"
        ) from error
    except (OSError, ValueError) as error:
        raise not_loadable(f"{path} cannot be read: {error}", "download it again") from error
    if not isinstance(value, dict):
        raise not_loadable(f"{path} holds no JSON object", "download it again")
    return value


def _weight_files(folder: Path) -> list[Path]:
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if single.is_file():
        return [single]
    if not index.is_file():
        raise not_loadable(
            f"{single} is missing, and {index.name} too",
            "download the checkpoint's safetensors files (other formats are not read)",
        )
    places = _json(index).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise not_loadable(f"{index} has no weight_map", "download it again")
    files = [folder / name for name in sorted({str(name) for name in places.values()})]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise not_loadable(
            f"{folder}: {len(missing)} of {len(files)} files of weights are missing: "
            + ", ".join(missing[:5]),
            "download the missing files",
        )
    return files


def _parameters(file: Path) -> int:
    """How many numbers a safetensors file holds; raises if it was cut off.

    Layout (the safetensors format): 8 bytes little-endian length, a JSON header, the data.
    """
    broken = not_loadable(f"{file} is damaged or was cut off", "download this file again")
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > HEADER_BYTES_MAX:
                raise broken
            header = json.loads(stream.read(length))
        tensors = [value for name, value in header.items() if name != "__metadata__"]
        ends = [value["data_offsets"][1] for value in tensors]
        count = sum(_product(value["shape"]) for value in tensors)
    except (OSError, ValueError, struct.error, KeyError, TypeError, AttributeError) as error:
        raise broken from error
    if 8 + length + max(ends, default=0) > file.stat().st_size:
        raise broken
    return count


def _product(shape: list[int]) -> int:
    count = 1
    for side in shape:
        count *= int(side)
    return count


def check_memory(checkpoint: Checkpoint, dtype: str, free_bytes: int | None, where: str) -> None:
    """Raise `EngineUnavailable` if the weights surely do not fit; nothing if that is not known."""
    needed = int(checkpoint.parameters * ITEM_BYTES[dtype] * (1 + BESIDE))
    if free_bytes is not None and needed > free_bytes:
        raise not_loadable(
            f"{checkpoint.folder.name} needs about {needed / 1e9:.1f} GB as {dtype}, and "
            f"{free_bytes / 1e9:.1f} GB {where} are free",
            "free some memory, set a smaller dtype (bfloat16, int8), or take a smaller model",
        )


def free_memory_bytes() -> int | None:
    """Memory that this process may still take: the machine's or its control group's, if known."""
    known: list[int] = []
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                known.append(int(line.split()[1]) * 1024)
    except OSError:
        return None if not hasattr(os, "sysconf") else _physical_bytes()
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        stat = (group / "memory.stat").read_text(encoding="ascii")
        # Files the kernel keeps at hand count as used, but make room when it is needed.
        kept = sum(int(line.split()[1]) for line in stat.splitlines() if "active_file " in line)
        if limit != "max":
            known.append(max(0, int(limit) - used + kept))
    except (OSError, ValueError):
        return min(known, default=None)  # no control group: the machine's memory counts
    return min(known, default=None)


def _physical_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
