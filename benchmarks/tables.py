"""Tables measured by TEDS: the real ones of `YUEPI_REAL_DOCS`, and drawn ones clean and as photos.

A table is compared with the one found whose texts have most in common with it.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import cv2

from benchmarks.real_documents import real_documents, real_folder
from benchmarks.teds import cell_texts, teds
from yuepi.documents.contents import Table
from yuepi.documents.read import Desk
from yuepi.lab.samples.catalogue import make
from yuepi.lab.samples.damage import photo
from yuepi.lab.samples.sample import Sample, picture

_ON = date(2026, 11, 1)
_GOALS = {"ruled": 0.85, "half_ruled": 0.70, "unruled": 0.70}
Scores = dict[tuple[str, str], list[float]]


def measure(count: int, seed: int, verbose: bool) -> None:
    """Print one row of mean TEDS for each set and style."""
    desk = Desk()
    scores: Scores = defaultdict(list)
    _real(desk, scores, verbose)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            _drawn(desk, Path(folder), seed + number, scores, verbose)
    print("| tables | style | number | TEDS | least |\n|---|---|---|---|---|")
    for (name, style), found in sorted(scores.items()):
        mean = sum(found) / len(found)
        goal = f" (wanted {_GOALS[style]})" if style in _GOALS else ""
        print(f"| {name} | {style} | {len(found)} | {mean:.3f}{goal} | {min(found):.3f} |")


def _real(desk: Desk, scores: Scores, verbose: bool) -> None:
    folder = real_folder()
    if folder is None:
        return
    for path, truth in real_documents(folder, "table"):
        readings = desk.read([path])[0].reading.readings
        found = [table for reading in readings for table in reading.tables]
        for wanted in truth.get("tables", [truth]):
            table = likest(found, wanted["html"])
            style = "ruled" if table is not None and table.ruled else "half_ruled"
            _note(scores, ("real", style), path.name, table, wanted["html"], verbose)


def _drawn(desk: Desk, folder: Path, seed: int, scores: Scores, verbose: bool) -> None:
    sample = make("table", seed, _ON)
    for form, path in _files(sample, folder, seed):
        readings = desk.read([path])[0].reading.readings
        found = [table for reading in readings for table in reading.tables]
        html = sample.further["html"]
        key = (form, sample.further["style"])
        _note(scores, key, f"{sample.name} {form}", likest(found, html), html, verbose)


def _files(sample: Sample, folder: Path, seed: int) -> Iterable[tuple[str, Path]]:
    pdf, clean, shot = (folder / name for name in ("a.pdf", "a.png", "a.jpg"))
    pdf.write_bytes(sample.pdf)
    cv2.imwrite(str(clean), picture(sample, 150)[..., ::-1])
    cv2.imwrite(str(shot), photo(sample, seed, "light", 2200)[..., ::-1])
    return (("drawn, text", pdf), ("drawn, clean", clean), ("drawn, photo", shot))


def likest(found: Sequence[Table], html: str) -> Table | None:
    """The table that has most texts in common with the wanted one."""
    wanted = Counter(cell_texts(html))
    return max(found, key=lambda t: (Counter(cell_texts(t.html)) & wanted).total(), default=None)


def _note(
    scores: Scores,
    key: tuple[str, str],
    name: str,
    table: Table | None,
    html: str,
    verbose: bool,
) -> None:
    score = teds(table.html, html) if table is not None else 0.0
    scores[key].append(score)
    if verbose:
        print(f"{name}: {score:.3f}")
