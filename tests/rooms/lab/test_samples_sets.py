"""The demo's claims and the benchmark's folders."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from yuepi.lab.samples import DEMO_COMPANY, write_dataset
from yuepi.lab.samples import demo_claims as drawn_claims
from yuepi.lab.samples.demo import working_day
from yuepi.lab.samples.figures import check_character

ON = date(2026, 11, 21)


def test_the_demo_company_has_a_valid_code() -> None:
    code = DEMO_COMPANY["tax_id"]
    assert len(code) == 18
    assert check_character(code[:17]) == code[17]


demo_claims = cache(drawn_claims)
"""To draw them takes seconds."""


@pytest.mark.parametrize("on", [ON, date(2027, 1, 1)])
def test_demo_claims_are_what_the_demo_promises(on: date) -> None:
    over, clean, doubtful = demo_claims(on)
    assert sum(Decimal(s.truth["total"]) for s in over.samples.values()) == Decimal("6280.00")
    assert len(over.files) == 3
    numbers = sorted(int(s.truth["number"]) for s in over.samples.values())
    assert all(b - a > 1 for a, b in pairwise(numbers))
    assert sum(Decimal(s.truth["total"]) for s in clean.samples.values()) < 1000
    for claim in (over, clean):
        for sample in claim.samples.values():
            assert sample.truth["buyer_name"] == DEMO_COMPANY["name"]
            assert sample.truth["buyer_tax_id"] == DEMO_COMPANY["tax_id"]
            day = date.fromisoformat(sample.truth["date"])
            assert day <= on
            assert day.year == on.year
    shown = list(doubtful.samples.values())
    assert shown[0].truth["number"] == shown[1].truth["number"]
    assert doubtful.files["dinner.jpg"] != doubtful.files["dinner-again.jpg"]
    assert [each.kind for each in shown].count("other") == 1


def test_demo_photos_can_be_scanned() -> None:
    for claim in demo_claims(ON):
        for name, data in claim.files.items():
            if not name.endswith(".jpg"):
                continue
            seen = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            assert seen is not None
            assert 1500 <= max(seen.shape) <= 1700
            texts = tuple(code.text for code in zxingcpp.read_barcodes(seen))
            assert texts == claim.samples[name].codes


def test_working_days_skip_weekends_and_stay_in_the_year() -> None:
    assert working_day(date(2026, 11, 23), 1) == date(2026, 11, 20)
    assert working_day(date(2027, 1, 4), 2) == date(2027, 1, 4)


def test_a_dataset_is_written_twice_alike(tmp_path: Path) -> None:
    first = write_dataset(tmp_path / "a", 20, 3, ON, ["scan", "light"])
    second = write_dataset(tmp_path / "b", 20, 3, ON, ["scan", "light"])
    assert first.read_bytes() == second.read_bytes()
    entries = [json.loads(line) for line in first.read_text(encoding="utf-8").splitlines()]
    assert len({entry["file"] for entry in entries}) == 20
    for entry in entries:
        ours, theirs = (folder / entry["file"] for folder in (first.parent, second.parent))
        assert ours.read_bytes() == theirs.read_bytes()
        assert "truth" in entry or "documents" in entry
    assert len({entry["kind"] for entry in entries}) >= 8
    assert {"pdf", "photo", "scan"} <= {entry["form"] for entry in entries}
