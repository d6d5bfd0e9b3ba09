"""Whether kept corrections are still the ones that the record holds the hashes of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuepi.approvals.claim_events import Recorded, Trail
from yuepi.approvals.correction_effects import hashes
from yuepi.approvals.corrections import CorrectionRow

ROWS_AT_ONCE: Final = 500


async def recorded(trail: Trail, claim_id: str) -> list[Recorded]:
    """The claim's entries about corrections, in order."""
    found: list[Recorded] = []
    after = 0
    while True:
        page = await trail.entries(subject=claim_id, after=after, rows_max=ROWS_AT_ONCE)
        found += [entry for entry in page if entry.action == "review.corrected"]
        if len(page) < ROWS_AT_ONCE:
            return found
        after = page[-1].seq


def damaged(rows: Sequence[CorrectionRow], entries: Sequence[Recorded]) -> list[str]:
    """What does not agree, in words; nothing where all does.

    Entries without hashes, of before there were any, prove that a correction was made and no more.
    """
    there = {row.id: row for row in rows}
    known: set[str] = set()
    found = []
    for entry in entries:
        for correction_id in entry.detail.get("corrections", ()):
            known.add(correction_id)
            if correction_id not in there:
                found.append(f"the correction {correction_id} is gone")
        for told in entry.detail.get("values", ()):
            row = there.get(told["id"])
            if row is not None and hashes(row) != dict(told):
                found.append(f"the correction {row.id} has been changed")
    found += [
        f"the correction {row_id} is not in the record" for row_id in there if row_id not in known
    ]
    return found
