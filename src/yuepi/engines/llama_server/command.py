"""How llama-server is called, and what it is not told.

Source of the arguments and variables: github.com/ggml-org/llama.cpp tools/server/README.md, read in
November 2026. Traps there: it has no key and answers to any web page's origin unless told; a key
among the arguments is seen by every user of the machine; each LLAMA_ARG_* variable of ours would
be an argument (LLAMA_ARG_TOOLS lets a model run commands); a picture it cannot read is handed to
ffprobe; the prompt cache takes up to 8 GiB of memory.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from yuepi.engines.contract import EngineUnavailable
from yuepi.engines.llama_server.options import Options

BINARY_VARIABLE = "YUEPI_LLAMA_SERVER"

# What a program needs to find its libraries, devices and language. Keys of ours stay here.
_PASSED_ON = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TMPDIR|TZ|LD_LIBRARY_PATH|DYLD_\w+|(?:CUDA|NVIDIA|ROCR|HIP|HSA)_\w+"
    r"|(?:GGML|OMP|VK|MKL)_\w+"
)


def find_binary(name: str, options: Options, folder: Path) -> Path:
    """The llama-server to run; raises `EngineUnavailable` saying who named what is not there."""
    named = options.binary or os.environ.get(BINARY_VARIABLE, "")
    source = "option binary" if options.binary else f"environment variable {BINARY_VARIABLE}"
    if not named:
        raise EngineUnavailable(
            f"{name}: no llama-server is named",
            remedy="build or install llama.cpp, then name its llama-server in the option binary "
            f"or in the environment variable {BINARY_VARIABLE}",
            retryable=False,
        )
    found = shutil.which(named) if "/" not in named else None
    path = Path(found) if found else folder / Path(named).expanduser()
    if not path.is_file() or not os.access(path, os.X_OK):
        raise EngineUnavailable(
            f"{name}: {path} is not a program that can be run ({source})",
            remedy=f"correct the {source}, or make the file executable",
            retryable=False,
        )
    return path


def find_file(name: str, option: str, value: str, folder: Path) -> Path:
    """A model file; raises `EngineUnavailable` naming the file and the option."""
    path = folder / Path(value).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise EngineUnavailable(
            f"{name}: cannot read {path} ({error.strerror}), the {option} file of this model",
            remedy=f"put the file there, or correct {option} of [models.{name}]",
            retryable=False,
        ) from error
    # docs of GGUF: github.com/ggml-org/ggml/blob/master/docs/gguf.md
    if magic != b"GGUF":
        raise EngineUnavailable(
            f"{name}: {path} is not a GGUF file (option {option})",
            remedy="convert the model with llama.cpp's convert_hf_to_gguf.py, "
            "the picture part with --mmproj",
            retryable=False,
        )
    return path


def arguments(
    options: Options, *, binary: Path, gguf: Path, mmproj: Path | None, port: int, key_file: Path,
    alias: str,
) -> list[str]:  # fmt: skip
    """The command line. No secret is in it."""
    line = [str(binary), "--model", str(gguf), "--alias", alias]
    if mmproj is not None:
        line += ["--mmproj", str(mmproj)]
    line += ["--host", "127.0.0.1", "--port", str(port), "--api-key-file", str(key_file)]
    line += ["--parallel", str(options.slots)]
    # Slots share what --ctx-size says.
    line += ["--ctx-size", str(options.slots * options.context_tokens_max)]
    # No web page, no list of what others ask.
    line += ["--no-webui", "--no-slots", "--jinja"]
    for flag, number in (
        ("--threads", options.threads),
        ("--n-gpu-layers", options.gpu_layers),
        ("--image-min-tokens", options.image_tokens_min or None),
        ("--image-max-tokens", options.image_tokens_max or None),
    ):
        if number is not None:
            line += [flag, str(number)]
    return [*line, *options.extra_arguments]


def environment(options: Options, *, empty_folder: Path, port: int) -> dict[str, str]:
    """The variables it gets. Those an older llama-server does not know do no harm."""
    passed: Mapping[str, str] = os.environ
    kept = {name: value for name, value in passed.items() if _PASSED_ON.fullmatch(name)}
    return kept | {
        "LLAMA_ARG_OFFLINE": "1",
        # Only itself: no page of another origin may talk to it.
        "LLAMA_ARG_CORS_ORIGINS": f"http://127.0.0.1:{port}",
        "LLAMA_ARG_CORS_CREDENTIALS": "false",
        "LLAMA_ARG_CACHE_RAM": str(options.cache_mib_max),
        "LLAMA_ARG_VIDEO_FFMPEG_DIR": str(empty_folder),
        "LLAMA_ARG_LOG_COLORS": "off",
    }


def launched(line: list[str]) -> list[str]:
    """The same command, started so that it dies with this process (see `launch.py`)."""
    launcher = Path(__file__).with_name("launch.py")
    return [sys.executable, "-I", "-S", str(launcher), str(os.getpid()), *line]
