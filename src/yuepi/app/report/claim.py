"""What a report is made from: claims with their files and, where judged, the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yuepi.app.words import Words
from yuepi.approvals.decision import Decision
from yuepi.documents.read import FileRead


@dataclass(frozen=True)
class ShownClaim:
    """One part of a report. Without a decision it shows readings only."""

    title: Words
    files: Sequence[FileRead]
    decision: Decision | None = None
    judged_on: date | None = None
