"""Readings against truth: right, wrong, missing, and what was wrong although confirmed."""

from __future__ import annotations

import re
import unicodedata
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
            right = as_compared(key, value) == as_compared(key, wanted)
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


HEADINGS = (
    "| documents | fields | right | missing | confirmed | silent errors |\n"
    "|---|---|---|---|---|---|"
)


def as_compared(name: str, value: str) -> str:
    """Without white space and case; addresses without punctuation too."""
    text = squeeze(value).casefold()
    return re.sub(r"[,.，。]", "", text) if name == "address" else text


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


@dataclass
class Characters:
    """Characters read against characters printed, whatever their order and white space."""

    wanted: int = 0
    read: int = 0
    same: int = 0

    def add(self, read: str, wanted: str) -> None:
        """Count one text against its truth."""
        ours, theirs = _characters(read), _characters(wanted)
        self.read += ours.total()
        self.wanted += theirs.total()
        self.same += (ours & theirs).total()

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall, 2·same / (read + wanted); None of nothing."""
        return 2 * self.same / (self.read + self.wanted) if self.read + self.wanted else None


def _characters(text: str) -> Counter[str]:
    plain = unicodedata.normalize("NFKC", text)
    return Counter(each for each in plain if not each.isspace())


def answers(said: str, wanted: str) -> bool:
    """Whether an answer is the wanted one: its only number, or its very words."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", said.replace(",", ""))
    if re.fullmatch(r"-?\d+(?:\.\d+)?", wanted.replace(",", "")):
        return {float(each) for each in numbers} == {float(wanted.replace(",", ""))}
    return as_compared("", said).strip("。.!\"'") == as_compared("", wanted).strip("。.!\"'")
