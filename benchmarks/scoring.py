"""Readings against truth: right, wrong, missing, and what was wrong although confirmed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yuepi.documents.layout.text import squeeze
from yuepi.documents.reading import Reading
from yuepi.kit.boxes import Box


@dataclass
class Score:
    """Counts over fields. `silent` lists the wrong values that were called confirmed."""

    counts: Counter[str] = field(default_factory=Counter)
    silent: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    def add(self, name: str, reading: Reading | None, truth: Mapping[str, Any]) -> None:
        """Score one document; `name` is shown with what went wrong. Unknown fields don't count."""
        for key, wanted in truth.items():
            if not isinstance(wanted, str) or (reading is not None and key not in reading.fields):
                continue
            got = reading.fields[key] if reading else None
            value = (got.value if got else None) or ""
            status = got.status if got else "missing"
            right = _plain(key, value) == _plain(key, wanted)
            self.counts["fields"] += 1
            self.counts["right"] += right
            self.counts["confirmed"] += status == "confirmed"
            self.counts["missing"] += not value and bool(wanted)
            if not right:
                self.misses.append(f"{name} {key}: wanted {wanted!r}, got {value!r} ({status})")
                if status == "confirmed":
                    self.silent.append(self.misses[-1])

    def share(self, key: str) -> float:
        """A count as a share of all fields scored; 1.0 when there are none."""
        return self.counts[key] / self.counts["fields"] if self.counts["fields"] else 1.0

    def row(self, label: str) -> str:
        """One row of a Markdown table."""
        return (
            f"| {label} | {self.counts['fields']} | {self.share('right'):.2%} "
            f"| {self.share('missing'):.2%} | {self.share('confirmed'):.2%} | {len(self.silent)} |"
        )


def _plain(name: str, value: str) -> str:
    """Without white space and case; addresses without punctuation too."""
    text = squeeze(value).casefold()
    return re.sub(r"[,.，。]", "", text) if name == "address" else text


HEADINGS = (
    "| documents | fields | right | missing | confirmed | silent errors |\n"
    "|---|---|---|---|---|---|"
)


def best_reading(
    readings: Iterable[Reading], truth: Mapping[str, Any], kind: str, place: Box | None = None
) -> Reading | None:
    """The reading of the right kind that is meant: by its place where that is known, else by its
    number; None where the kind was not found."""
    same = [reading for reading in readings if reading.kind == kind]
    if place is not None:
        same = [each for each in same if each.box.shared(place) > 0.5 * place.area]
    number = str(truth.get("number", ""))
    return max(same, key=lambda reading: reading.value("number") == number, default=None)
