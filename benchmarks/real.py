"""Accuracy on the real documents of the folder `YUEPI_REAL_DOCS` (default ../shared/data)."""

from __future__ import annotations

from datetime import date

from benchmarks.real_documents import real_folder
from yuepi.documents.accept import accept
from yuepi.documents.read import Desk
from yuepi.lab.evaluate import Case, read_set, wrongly_vouchers
from yuepi.lab.samples import DRAWERS, jpeg_file, make, photo
from yuepi.lab.scoring import HEADINGS, Score, best_reading

ON = date(2026, 11, 20)
RECEIPT_FIELDS = ("date", "total", "seller_name")
MRZ_SAMPLES = 12
"""Passports, half of them photographed well and half less so."""


def run(verbose: bool) -> None:
    """Print one row per kind of document, then one line for each figure that is wanted."""
    folder = real_folder()
    if folder is None:
        return
    desk = Desk()
    scores: dict[str, Score] = {}
    receipts, negatives, wrongly = Score(), 0, []
    for case in read_set(folder):
        if not _is_scored(case):
            continue
        readings = desk.read([case.path])[0].reading.readings
        negatives += case.negative
        wrongly += wrongly_vouchers(case, readings)
        for truth in case.documents:
            if truth.kind is None:
                continue
            reading = best_reading(readings, truth.fields, truth.kind)
            scores.setdefault(truth.kind, Score()).add(case.name, reading, truth.fields)
            if truth.kind == "receipt":
                wanted = {name: truth.fields[name] for name in RECEIPT_FIELDS}
                receipts.add(case.name, reading, wanted)
    print(HEADINGS)
    for kind, score in scores.items():
        print(score.row(kind))
    for score in scores.values():
        for line in score.misses if verbose else score.silent:
            print("  ", line)
    print()
    _tell("receipts: date, total, seller", receipts.share("right"), 0.92)
    _tell("taxi tickets", scores.get("taxi_invoice", Score()).share("right"), 0.95)
    _tell("no invoice called one", 1 - len(wrongly) / max(negatives, 1), 1.0, str(wrongly or ""))
    if "passport" in DRAWERS:
        _tell("values of MRZ (generated passports)", _mrz(desk), 1.0)
    silent = sum(len(score.silent) for score in scores.values())
    print(f"silent errors: {silent} (wanted 0)")
    print("tables, charts and forms: python -m benchmarks tables, charts, forms")


def _is_scored(case: Case) -> bool:
    return not case.name.startswith("nasty/") and case.path.suffix != ".txt"


def _tell(what: str, share: float, wanted: float, more: str = "") -> None:
    verdict = "met" if share >= wanted else "NOT met"
    print(f"{what}: {share:.1%} (wanted {wanted:.0%}, {verdict}) {more}".rstrip())


def _mrz(desk: Desk) -> float:
    """The share of right values among those that generated passports' zones hold."""
    right = wanted = 0
    for seed in range(MRZ_SAMPLES):
        sample = make("passport", 61_000 + seed, ON)
        data = jpeg_file(photo(sample, seed, "light" if seed % 2 else "medium"))
        readings = desk.read_originals([accept("passport.jpg", data)])[0].reading.readings
        reading = best_reading(readings, sample.truth, "passport")
        wanted += len(sample.truth)
        right += sum(
            reading is not None and reading.value(name) == value
            for name, value in sample.truth.items()
        )
    return right / wanted
