"""Forms: F1 of the pairs read, on generated and real ones.

Keys and values are compared without case, blanks and punctuation. A pair with an empty value
counts only where the truth has it: forms have more empty entries than anyone writes down.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import cv2

from benchmarks.real_documents import real_documents, real_folder
from yuepi.documents.read import Desk
from yuepi.documents.reading import Reading
from yuepi.lab.samples import make, picture

Entry = tuple[str, str]
"""A key and its value."""
_ON = date(2026, 3, 1)
_DPI = 150
_ALIKE = 0.85
"""Of the characters, for the values of real forms: their truth is typed off a scan."""


def measure(count: int, seed: int, verbose: bool) -> None:
    """Print F1 on `count` generated forms, then on the real ones where they are."""
    desk = Desk()
    totals: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            sample = make("form", seed + number, _ON)
            path = Path(folder) / f"{sample.name}.png"
            cv2.imwrite(str(path), picture(sample, _DPI)[..., ::-1])
            readings = desk.read([path])[0].reading.readings
            truth = [(item["key"], item.get("value", "")) for item in sample.parts]
            wrong = score(readings, truth, totals, alike=1.0)
            if verbose and wrong:
                print("  ", sample.name, wrong)
    print(f"generated, {count} forms, {totals['truth']} pairs: {_shown(totals)}")
    _real(desk, verbose)


def _real(desk: Desk, verbose: bool) -> None:
    folder = real_folder()
    if folder is None:
        return
    totals: Counter[str] = Counter()
    for path, truth in real_documents(folder, "form"):
        readings = desk.read([path])[0].reading.readings
        wrong = score(readings, truth_of(truth["pairs"]), totals, alike=_ALIKE)
        if verbose and wrong:
            print("  ", path.name, wrong)
    print(f"real: {totals['truth']} pairs: {_shown(totals)}")


def truth_of(pairs: Any) -> list[Entry]:
    """The pairs of a manifest: a mapping, or a list of key and values."""
    if isinstance(pairs, Mapping):
        return list(pairs.items())
    return [(pair["key"], " ".join(pair["value"])) for pair in pairs]


def score(
    readings: Sequence[Reading], truth: Sequence[Entry], totals: Counter[str], *, alike: float
) -> list[str]:
    """Add one form to `totals`; gives what was missed (-) and what was read wrongly (+)."""
    read = [(pair.key, pair.value) for reading in readings for pair in reading.pairs]
    left = list(read)
    missed = []
    for key, value in truth:
        same = [entry for entry in left if _same_pair(entry, (key, value), alike)]
        totals["truth"] += 1
        if same:
            totals["right"] += 1
            left.remove(same[0])
        else:
            missed.append(f"-{key}={value[:40]}")
    extra = [entry for entry in left if entry[1]]
    totals["wrong"] += len(extra)
    totals["forms"] += any(reading.kind == "form" for reading in readings)
    return [*missed, *(f"+{key}={value[:40]}" for key, value in extra)]


def _same_pair(one: Entry, other: Entry, alike: float) -> bool:
    return _alike(one[0], other[0]) >= alike and _alike(one[1], other[1]) >= alike


def _alike(one: str, other: str) -> float:
    a, b = _bare(one), _bare(other)
    return 1.0 if a == b else SequenceMatcher(None, a, b, autojunk=False).ratio()


def _bare(text: str) -> str:
    return re.sub(r"[^\w#%]|_", "", unicodedata.normalize("NFKC", text)).casefold().replace("#", "")


def _shown(totals: Counter[str]) -> str:
    right, wrong, truth = totals["right"], totals["wrong"], max(1, totals["truth"])
    precision = right / max(1, right + wrong)
    recall = right / truth
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return f"precision {precision:.1%}, recall {recall:.1%}, F1 {f1:.1%}"
