"""Speed and memory of the main job, beside rapidocr as it comes, in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.documents.accept import accept
from yuepi.documents.pages import render
from yuepi.documents.read import Desk
from yuepi.lab.samples import make, photo

_ON = date(2026, 11, 20)
_RUNS = 5
Picture = NDArray[np.uint8]


def compare() -> None:
    """Print the table: reading three photos, raw recognition, the baseline, cold start, memory."""
    with tempfile.TemporaryDirectory() as folder:
        paths = _photos(Path(folder), seed=7)
        fresh = _photos(Path(folder), seed=8, long_side_px=1490)
        pdf = Path(folder) / "invoice.pdf"
        pdf.write_bytes(make("digital_invoice", 7, _ON).pdf)
        desk = Desk()
        desk.warm()
        new_shapes = _in_turn([lambda: desk.read(fresh)], runs=1, warm=False)[0]
        pictures = [_decoded(path) for path in paths]
        desk.read(paths)
        memory_mb = _peak_memory_mb(paths)
        read, recognition, baseline, native = _in_turn(
            [
                lambda: desk.read(paths),
                lambda: desk.eye.reader.read_many(pictures),
                _rapidocr(pictures),
                lambda: desk.read([pdf]),
            ]
        )
        cold = _in_turn([lambda: _command("review", "--json", *map(str, paths))], 3, warm=False)[0]
        help_page = _in_turn([lambda: _command("--help")], 3)[0]
    rows = [
        ("three photos to readings, warm", read),
        ("the same, shapes never seen", new_shapes),
        ("recognition alone", recognition),
        ("rapidocr as it comes, recognition alone", baseline),
        ("PDF with a text layer, warm", native),
        ("`yuepi review` of the photos, cold", cold),
        ("`yuepi --help`", help_page),
    ]
    print("| what | median s | min s | max s |\n|---|---|---|---|")
    for name, seconds in rows:
        median = statistics.median(seconds)
        print(f"| {name} | {median:.2f} | {min(seconds):.2f} | {max(seconds):.2f} |")
    ratios = [theirs / ours for theirs, ours in zip(baseline, recognition, strict=True)]
    others = [1 - ours / whole for ours, whole in zip(recognition, read, strict=True)]
    print(f"\nrapidocr / ours, pair by pair: {statistics.median(ratios):.2f}x")
    print(f"everything but recognition: {statistics.median(others):.0%} of the reading")
    print(f"peak memory of the reading process: {memory_mb:.0f} MB")


def _photos(folder: Path, seed: int, long_side_px: int = 1600) -> list[Path]:
    paths = []
    for number in range(3):
        sample = make("vat_e_invoice", seed * 100 + number, _ON)
        path = folder / f"{seed}-{number}.jpg"
        picture = photo(sample, seed + number, "light", long_side_px)
        cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        paths.append(path)
    return paths


def _decoded(path: Path) -> Picture:
    page = render(accept(path.name, path.read_bytes())).pages[0]
    assert page.picture is not None
    return page.picture


def _rapidocr(pictures: list[Picture]) -> Callable[[], object]:
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})
    return lambda: [engine(picture[..., ::-1].copy()) for picture in pictures]


_READ_ONLY = """
import pathlib, resource, sys
from yuepi.documents.read import Desk
desk = Desk()
desk.warm()
for _ in range(3):
    desk.read([pathlib.Path(path) for path in sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _peak_memory_mb(paths: list[Path]) -> float:
    """The peak of a process that does nothing but read: this one draws the samples as well."""
    command = [sys.executable, "-c", _READ_ONLY, *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def _command(*arguments: str) -> None:
    command = [sys.executable, "-m", "yuepi.app.cli", *arguments]
    subprocess.run(command, check=False, capture_output=True)


def _in_turn(
    jobs: Sequence[Callable[[], object]], runs: int = _RUNS, *, warm: bool = True
) -> list[list[float]]:
    """Wall-clock seconds of each job, run A B C, A B C …: a drift of the machine hits all alike.

    `warm` runs each once more before, uncounted.
    """
    taken: list[list[float]] = [[] for _ in jobs]
    for turn in range(runs + warm):
        for job, seconds in zip(jobs, taken, strict=True):
            start = time.perf_counter()
            job()
            if turn or not warm:
                seconds.append(time.perf_counter() - start)
    return taken
