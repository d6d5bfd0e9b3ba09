"""Photos of papers of identity, read by the embedded eye: right values, shown in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.resources.desk import ON, the_desk
from yuepi.documents.masking import masked
from yuepi.documents.reading import Reading
from yuepi.lab.samples import Sample, jpeg_file, make, photo


def read(sample: Sample, folder: Path) -> Reading:
    path = folder / "photo.jpg"
    path.write_bytes(jpeg_file(photo(sample, 1, "light")))
    (reading,) = the_desk().read([path])[0].reading.readings
    assert reading.kind == sample.kind
    return reading


@pytest.mark.parametrize(
    ("kind", "seed", "confirmed"),
    [
        ("id_card", 2, {"id_number", "birth", "sex"}),
        ("passport", 1, {"number", "birth", "expiry"}),
        ("bank_card", 0, {"card_number"}),
    ],
)
def test_a_photo_is_read_and_shown_in_part(
    tmp_path: Path, kind: str, seed: int, confirmed: set[str]
) -> None:
    sample = make(kind, seed, ON)
    reading = read(sample, tmp_path)
    assert {name: reading.value(name) for name in sample.truth} == sample.truth
    assert {n for n, field in reading.fields.items() if field.status == "confirmed"} == confirmed
    if kind == "passport":
        assert reading.mrz is not None
        assert all(reading.mrz.checks.values())
    told = masked(reading).model_dump_json()
    for name in ("id_number", "number", "card_number"):
        if name in sample.truth:
            assert sample.truth[name] not in told
