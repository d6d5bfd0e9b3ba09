"""Draw the packaged demo claims anew: `python -m yuepi.app.demo.draw [YYYY-MM-DD]`.

The pictures come from the sample generator; nobody issued these invoices.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from yuepi.app.demo.claims import LIST_NAME
from yuepi.lab.samples import DEMO_COMPANY, demo_claims

JUDGED_ON: Final = date(2026, 6, 17)
SET_BYTES_MAX: Final = 3 * 10**6
"""Of all files together: they are in every installation."""

_TOLD: Final[dict[str, dict[str, Any]]] = {
    "over-limit": {
        "name": "travel",
        "title_zh": "差旅报销：三张发票照片，合计 6,280.00",
        "title_en": "A journey: three photos of invoices, 6,280.00 in all",
        "category": None,
        "outcome": "refer",
    },
    "clean": {
        "name": "small",
        "title_zh": "小额报销：电子原件，金额不大",
        "title_en": "A small claim: electronic originals",
        "category": None,
        "outcome": "approve",
    },
    "doubtful": {
        "name": "doubtful",
        "title_zh": "可疑报销：重复的发票和一份菜单",
        "title_en": "A doubtful claim: an invoice twice, and a menu",
        "category": None,
        "outcome": "suggest_reject",
    },
}


def draw(folder: Path, on: date) -> int:
    """Write the claims for a day to a folder; answers the bytes written.

    Raises ValueError where they are more than `SET_BYTES_MAX`.
    """
    told: list[dict[str, Any]] = []
    size = 0
    for claim in demo_claims(on):
        entry = {**_TOLD[claim.name], "files": sorted(claim.files)}
        told.append(entry)
        place = folder / entry["name"]
        place.mkdir(parents=True, exist_ok=True)
        for name, data in claim.files.items():
            (place / name).write_bytes(data)
            size += len(data)
    if size > SET_BYTES_MAX:
        raise ValueError(f"the demo's files have {size} bytes, over {SET_BYTES_MAX}")
    listed = {"judged_on": on.isoformat(), "company": DEMO_COMPANY, "claims": told}
    text = json.dumps(listed, ensure_ascii=False, indent=2) + "\n"
    (folder / LIST_NAME).write_text(text, encoding="utf-8")
    return size


def main(arguments: Sequence[str]) -> int:
    """Draw for the day named, or the usual one, beside this module."""
    on = date.fromisoformat(arguments[0]) if arguments else JUDGED_ON
    size = draw(Path(__file__).parent / "claims", on)
    sys.stdout.write(f"drew the demo claims for {on}: {size / 10**6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
