"""Runs in the export environment, as a script: a checkpoint's folder to an OpenVINO folder.

Says each step on its own line of standard output, after `STEP `; everything else the libraries
say goes to standard error. Ends with status 0 only when the folder is complete.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

# Small files that some versions of the exporter leave out when no image processor can be made
# (torchvision is left out on purpose); openvino-genai reads them.
COPIED = ("preprocessor_config.json", "generation_config.json", "chat_template.jinja")


def step(text: str) -> None:
    """Tell the parent what happens now."""
    sys.__stdout__.write(f"STEP {text}\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


def main() -> int:
    """Export as the arguments say."""
    wanted = argparse.ArgumentParser()
    wanted.add_argument("source", type=Path)
    wanted.add_argument("out", type=Path)
    wanted.add_argument("--weights", choices=("int8", "int4", "fp16"), required=True)
    wanted.add_argument("--pictures-kept", type=int, required=True)
    given = wanted.parse_args()
    sys.stdout = sys.stderr
    step("loading the exporter")
    from optimum.commands.optimum_cli import main as optimum

    step(f"exporting with {given.weights} weights")
    sys.argv = [
        "optimum-cli",
        *("export", "openvino"),
        *("--model", str(given.source)),
        *("--task", "image-text-to-text"),
        *("--weight-format", given.weights),
        str(given.out),
    ]
    optimum()
    for name in COPIED:
        if (given.source / name).is_file() and not (given.out / name).exists():
            shutil.copyfile(given.source / name, given.out / name)
    if given.pictures_kept:
        step(f"teaching it to remember {given.pictures_kept} pictures")
        # The folder of this script stands first on sys.path.
        from seen_pictures import remember_pictures  # type: ignore[import-not-found]

        remember_pictures(given.out, given.pictures_kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
