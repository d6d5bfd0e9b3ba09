"""Accuracy on the real documents of the folder `YUEPI_REAL_DOCS` (default ../shared/data)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from benchmarks.scoring import HEADINGS, Score, best_reading
from yuepi.documents.read import Desk
from yuepi.documents.reading import Reading

KINDS = {
    "cn_invoice_pdf": "vat_e_invoice",
    "cn_invoice_ofd": "vat_e_invoice",
    "cn_invoice_image": "vat_e_invoice",
    "cn_taxi_invoice": "taxi_invoice",
    "foreign_invoice_pdf": "invoice",
    "receipt": "receipt",
}
NOT_INVOICES = ("negative", "chart", "form", "table", "product_photo")


def run(verbose: bool) -> None:
    """Print one row per kind of document, then what was wrongly called an invoice."""
    folder = Path(os.environ.get("YUEPI_REAL_DOCS", "../shared/data"))
    if not (folder / "manifest.jsonl").is_file():
        print(f"no real documents in {folder}: set YUEPI_REAL_DOCS to a folder that has them")
        return
    manifest = [json.loads(line) for line in (folder / "manifest.jsonl").open(encoding="utf-8")]
    desk = Desk()
    scores: dict[str, Score] = {}
    wrongly: list[str] = []
    for entry in manifest:
        path = folder / entry["file"]
        if entry["kind"] in KINDS:
            readings = desk.read([path])[0].reading.readings
            score = scores.setdefault(entry["kind"], Score())
            for name, truth in _truths(entry):
                score.add(name, best_reading(readings, truth, KINDS[entry["kind"]]), truth)
        elif entry["kind"] in NOT_INVOICES and path.suffix != ".txt":
            for reading in desk.read([path])[0].reading.readings:
                if _is_invoice(reading):
                    wrongly.append(f"{entry['file']}: {reading.kind}")
    print(HEADINGS)
    for kind, score in scores.items():
        print(score.row(kind))
    for score in scores.values():
        for line in score.misses if verbose else score.silent:
            print("  ", line)
    print(f"\nnegatives called an invoice: {len(wrongly)} {wrongly}")


def _truths(entry: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    truth = entry["truth"]
    documents = truth.get("documents", [truth])
    renamed = {"issuer": "seller_name", "invoice_number": "number", "vat": "seller_tax_id"}
    return [
        (entry["file"], {renamed.get(key, key): value for key, value in each.items()})
        for each in documents
    ]


def _is_invoice(reading: Reading) -> bool:
    return reading.kind not in ("other", "payment_screenshot")
