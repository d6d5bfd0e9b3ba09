"""Accuracy on generated documents whose seeds played no part in development."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from yuepi.documents.read import Desk
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.lab.samples import write_dataset
from yuepi.lab.samples.dataset import CLAIM_KINDS
from yuepi.lab.scoring import HEADINGS, Score, best_reading

ON = date(2026, 11, 20)
_BATCH = 12


def measure(count: int, seed: int, verbose: bool, kinds: Sequence[str] = ()) -> None:
    """Generate, read, compare; print a row per form of file and per kind.

    kinds: of which samples are drawn (`DRAWERS` names them); none: what comes in with claims.
    """
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_dataset(Path(folder), count, seed, ON, kinds=kinds or CLAIM_KINDS)
        entries = [json.loads(line) for line in manifest.open(encoding="utf-8")]
        by_form: dict[str, Score] = defaultdict(Score)
        by_kind: dict[str, Score] = defaultdict(Score)
        coded, wrongly = Score(), []
        for entry, read in _read_all(Path(folder), entries):
            wrongly += _wrongly_invoices(entry, read)
            for kind, truth, place in _documents(entry):
                reading = best_reading(read.readings, truth, kind, place)
                scores = [by_form[entry["strength"] or entry["form"]], by_kind[kind]]
                if _is_photo_with_code(entry, reading):
                    scores.append(coded)
                for score in scores:
                    score.add(entry["file"], reading, truth)
    print(f"{count} files from seed {seed}\n\n{HEADINGS}")
    for form in sorted(by_form):
        print(by_form[form].row(form))
    for kind in sorted(by_kind):
        print(by_kind[kind].row(kind))
    print(coded.row("VAT invoice pictures with a readable QR"))
    print(f"\nnot an invoice but called one: {len(wrongly)} {wrongly}")
    for score in by_form.values():
        for line in score.misses if verbose else score.silent:
            print("  ", line)


def _read_all(
    folder: Path, entries: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], FileReading]]:
    desk = Desk()
    for start in range(0, len(entries), _BATCH):
        batch = entries[start : start + _BATCH]
        reads = desk.read([folder / entry["file"] for entry in batch])
        yield from zip(batch, (each.reading for each in reads), strict=True)


def _documents(entry: dict[str, Any]) -> list[tuple[str, dict[str, Any], Box | None]]:
    """Kind, truth and, on a collage, place of each document that has fields to score."""
    if entry["form"] == "collage":
        return [(each["kind"], each["truth"], Box(*each["box"])) for each in entry["documents"]]
    if entry["kind"] == "other":
        return []
    return [(entry["kind"], entry["truth"], None)]


def _wrongly_invoices(entry: dict[str, Any], read: FileReading) -> list[str]:
    if entry["kind"] != "other":
        return []
    return [f"{entry['file']}: {r.kind}" for r in read.readings if r.kind != "other"]


def _is_photo_with_code(entry: dict[str, Any], reading: Reading | None) -> bool:
    if reading is None or entry["form"] not in ("photo", "scan", "clean"):
        return False
    if not entry["kind"].startswith(("vat_", "digital_")):
        return False
    return any("codes" in field.sources for field in reading.fields.values())
