"""What whole readings look like today; a change here is seen, read and then approved.

`make golden` writes the files anew. Confidence is left out (it is measured, not meant) and boxes
are rounded, or left out where a recogniser found them (processors differ by a pixel), so that only
what a caller would notice makes a difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.resources.desk import ON, the_desk
from yuepi.documents.reading import Evidence, FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.lab.samples import Sample, jpeg_file, make, ofd, picture, xml

pytestmark = pytest.mark.real

FORMS: dict[str, Callable[[Sample], bytes]] = {
    "pdf": lambda sample: sample.pdf,
    "xml": xml,
    "ofd": ofd,
    "jpg": lambda sample: jpeg_file(picture(sample, 240)),
}
DOCUMENTS = (
    ("vat_e_invoice", 4500, "pdf"),
    ("vat_e_invoice", 4501, "ofd"),
    ("vat_special_invoice", 4502, "pdf"),
    ("digital_invoice", 4503, "pdf"),
    ("digital_invoice", 4504, "xml"),
    ("rail_e_ticket", 4505, "pdf"),
    ("taxi_invoice", 4506, "jpg"),
    ("fixed_amount_invoice", 4507, "jpg"),
)


def shown(file: FileReading) -> str:
    told: dict[str, Any] = {"pages": file.pages, "original": file.original}
    told["readings"] = [_reading(each) for each in file.readings]
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "kind": reading.kind,
        "page": reading.page,
        "box": _box(reading.box),
        "quality": reading.quality,
        "fields": {
            name: {
                "value": field.value,
                "status": field.status,
                "sources": ", ".join(field.sources),
                "seen": [_seen(each) for each in field.evidence],
            }
            for name, field in reading.fields.items()
        },
        "items": [item.model_dump(exclude_none=True) for item in reading.items],
        "findings": [f"{each.severity} {each.code}" for each in reading.findings],
    }


def _seen(evidence: Evidence) -> str:
    place = _box(evidence.box) if evidence.source == "native" else ""
    return " ".join(filter(None, (evidence.source, place, evidence.text)))


def _box(box: Box | None) -> str:
    return " ".join(f"{side:.2f}" for side in box) if box else "-"


@pytest.mark.parametrize(("kind", "seed", "form"), DOCUMENTS)
def test_reading(
    kind: str, seed: int, form: str, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    path = tmp_path / f"document.{form}"
    path.write_bytes(FORMS[form](make(kind, seed, ON)))
    (done,) = the_desk().read([path])
    golden(f"{kind}-{seed}-{form}.json", shown(done.reading))
