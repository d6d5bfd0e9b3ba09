"""What an in-process model costs: load, memory, first token, second question, tokens a second.

    python -m benchmarks engines [--models DIR] [--size tiny|2b|8b] [--engines NAME,...]

Weights are random (speed does not depend on them), made once in `--models` and exported there. Each
engine runs in a process of its own, so that peaks of memory are its own. The baseline
`transformers` is the plain way that articles show: float32 weights, the picture as it is, one
`generate` call. On a GPU: `--size 8b --device cuda` asks 1, 8 and 32 questions at a time as well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CPU = ("transformers", "qwen_vl_float32", "qwen_vl_bfloat16", "qwen_vl_int8", "openvino")
GPU = ("transformers", "qwen_vl_bfloat16")


def prepare(models: Path, size: str, wanted: tuple[str, ...]) -> None:
    """Make the checkpoint and its export where they are missing."""
    from tests.resources.tiny_qwen import build_tiny_qwen

    source, exported = models / size, models / f"{size}-openvino"
    if not source.exists():
        print(f"making a random checkpoint in {source} ...", file=sys.stderr)
        build_tiny_qwen(source, size=size, dtype="bfloat16")
    if "openvino" in wanted and not exported.exists():
        print(f"exporting it to {exported} ...", file=sys.stderr)
        command = [sys.executable, "-m", "yuepi.app.cli", "models", "export"]
        subprocess.run([*command, str(source), str(exported)], check=True)


def one(models: Path, size: str, engine: str, device: str) -> dict[str, Any]:
    """The figures of one engine, measured in a child process."""
    command = [sys.executable, "-m", "benchmarks.engine_child", str(models), size, engine, device]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=3600, check=False)
    if done.returncode:
        return {"engine": engine, "error": f"exit {done.returncode}"}
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(rows: list[dict[str, Any]]) -> None:
    """Print the figures as Markdown, decode speed also against the baseline."""
    print("| engine | load s | peak GB | first token s | second question s | tokens/s | ratio |")
    print("|---|---|---|---|---|---|---|")
    speeds = {row["engine"]: row.get("tokens_per_s") for row in rows}
    plain = speeds.get("transformers")
    for row in rows:
        if "error" in row:
            print(f"| {row['engine']} | {row['error']} | | | | | |")
            continue
        ratio = f"{row['tokens_per_s'] / plain:.1f}x" if plain else ""
        again = row["second_s"] / row["first_s"]
        print(
            f"| {row['engine']} | {row['load_s']:.1f} | {row['peak_gb']:.1f} "
            f"| {row['first_s']:.2f} | {row['second_s']:.2f} ({again:.0%}) "
            f"| {row['tokens_per_s']:.1f} | {ratio} |"
        )
    for row in rows:
        if "gpu_peak_gb" in row:
            print(f"\n{row['engine']}: at most {row['gpu_peak_gb']:.1f} GB of GPU memory")
        if "json_s" in row:
            print(
                f"\n{row['engine']}: a picture to 60 tokens of JSON, alone: {row['json_s']:.2f} s"
            )
        for count, each in row.get("together", {}).items():
            print(
                f"\n{row['engine']}, {count} at a time: first token {each['first_s']:.2f} s, "
                f"{each['tokens_per_s']:.0f} tokens/s"
            )


def measure(options: argparse.Namespace) -> None:
    """Prepare the weights, run every engine, print the table."""
    wanted = tuple(options.engines.split(",")) if options.engines else CPU
    if not options.engines and options.device == "cuda":
        wanted = GPU
    prepare(options.models, options.size, wanted)
    table([one(options.models, options.size, engine, options.device) for engine in wanted])
