"""Speed and memory of the main job, beside rapidocr as it comes, in the same run."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
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
        new_shapes = _seconds(lambda: desk.read(fresh), runs=1, first=False)
        read = _seconds(lambda: desk.read(paths))
        pictures = [_decoded(path) for path in paths]
        recognition = _seconds(lambda: desk.eye.reader.read_many(pictures))
        native = _seconds(lambda: desk.read([pdf]))
        memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        baseline = _rapidocr(pictures)
        cold = _seconds(lambda: _review_cold(paths), runs=3, first=False)
    rows = [
        ("three photos to readings, warm", read),
        ("the same, shapes never seen", new_shapes),
        ("of it, recognition alone", recognition),
        ("rapidocr as it comes, recognition alone", baseline),
        ("PDF with a text layer, warm", native),
        ("`yuepi review` of the photos, cold", cold),
        ("`yuepi --help`", _seconds(lambda: _command("--help"), runs=3)),
    ]
    print("| what | median s | min s | max s |\n|---|---|---|---|")
    for name, seconds in rows:
        print(
            f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} |"
        )
    ratio = statistics.median(baseline) / statistics.median(recognition)
    print(f"\nrapidocr / ours, recognition alone: {ratio:.1f}x")
    share = 1 - statistics.median(recognition) / statistics.median(read)
    print(f"everything but recognition: {share:.0%} of the reading")
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


def _rapidocr(pictures: list[Picture]) -> list[float]:
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})
    return _seconds(lambda: [engine(picture[..., ::-1].copy()) for picture in pictures], runs=3)


def _review_cold(paths: list[Path]) -> None:
    _command("review", "--json", *map(str, paths))


def _command(*arguments: str) -> None:
    command = [sys.executable, "-m", "yuepi.app.cli", *arguments]
    subprocess.run(command, check=False, capture_output=True)


def _seconds(job: Callable[[], object], runs: int = _RUNS, *, first: bool = True) -> list[float]:
    """Wall-clock seconds of the runs; `first` runs once more before, uncounted."""
    if first:
        job()
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        taken.append(time.perf_counter() - start)
    return taken
