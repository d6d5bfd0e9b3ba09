"""How fast the library's index is, and how large, beside SQLite FTS5: 100,000 made pieces.

Wanted: both lists with filters in 150 ms for 95 of 100 questions on one core, the question's
embedding included; 1 GB of memory; 1,000 pieces a second without embedding; found 5 s after
reading. Each part runs in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from yuepi.kit.database import migrate, sqlite_url

PIECES = 10
PARTS = ("index", "search", "visible", "embed", "fts5")


def measure(chunks: int, parts: str = "") -> None:
    """Print the tables. parts: names with commas between; empty: all."""
    wanted = [part for part in PARTS if not parts or part in parts.split(",")]
    with tempfile.TemporaryDirectory(prefix="yuepi-speed-") as name:
        folder = Path(name)
        asyncio.run(migrate(sqlite_url(folder / "yuepi.db")))
        found = {}
        for part in wanted:
            began = time.perf_counter()
            found[part] = _part(part, folder, chunks // PIECES)
            print(f"{part}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    if "index" in found:
        _tell_index(found["index"], found.get("fts5"))
    if "search" in found:
        _tell_search(found["search"], found.get("fts5"))
    if "visible" in found:
        told = found["visible"]
        print(f"\nfound after reading: median {told['p50_s']:.2f} s, at most {told['max_s']:.2f} s")
    for threads, told in found.get("embed", {}).items():
        print(f"embedding, threads {threads}: {told['per_s']:.1f}/s on {told['cores']:.1f} cores")


def _part(part: str, folder: Path, documents: int) -> Any:
    command = [sys.executable, "-m", "benchmarks.library_speed_child", part, str(folder)]
    done = subprocess.run([*command, str(documents)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _tell_index(told: Any, fts5: Any) -> None:
    print("| indexing | yuepi | FTS5 |\n|---|---|---|")
    base = "" if fts5 is None else f"{fts5['words_per_s']:,.0f}"
    print(f"| pieces with words, a second | {told['words_per_s']:,.0f} | {base} |")
    print(f"| the same, a second of one core | {told['words_per_cpu_s']:,.0f} | |")
    print(f"| vectors that are there, a second | {told['vectors_per_s']:,.0f} | |")
    print(f"| tidying {told['chunks']:,} pieces, s | {told['tidy_s']:.1f} | |")
    base = "" if fts5 is None else f"{fts5['bytes'] / 1e6:,.0f}"
    print(f"| on disk, MB | {told['bytes'] / 1e6:,.0f} | {base} |")
    print(f"| memory of the indexing process, MB | {told['rss_mb']:,.0f} | |\n")


def _tell_search(told: Any, fts5: Any) -> None:
    print("| one core, ms | p50 | p95 | p95 of processor time |\n|---|---|---|---|")
    for name in ("all", "filtered", "within 5,000 ids"):
        for way, took in told[name].items():
            print(_row(f"{way}, {name}", took))
    print(_row("embedding the question", told["embed"]))
    for name in ("all", "filtered") if fts5 is not None else ():
        print(_row(f"FTS5: words, {name}", fts5[name]["words"]))
    print(f"\nmemory: {told['rss_index_mb']:,.0f} MB, with the embedder {told['rss_mb']:,.0f} MB")


def _row(name: str, took: Any) -> str:
    return f"| {name} | {took['p50']:.1f} | {took['p95']:.1f} | {took['cpu_p95']:.1f} |"
