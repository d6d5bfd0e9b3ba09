"""What people corrected or confirmed, as labels: what the machine read, and the truth beside it.

They tell more of doubtful fields than of others, for those are the ones that people look at: a
share of right values among them is lower than among all fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from yuepi.approvals.corrections import KIND_FIELD, CorrectionRow
from yuepi.approvals.store import corrections as rows
from yuepi.documents.kept_reading import files_of
from yuepi.documents.reading import Field, FileReading
from yuepi.kit.database import Database
from yuepi.sight.sighting import Tier

LABELS_MAX: Final = 50_000
"""The newest ones are taken."""


@dataclass(frozen=True, slots=True)
class Label:
    """One field as the machine read it, and as a person says it is (None: the paper shows none).

    document: which paper of which attachment.
    """

    document: str
    name: str
    read: Field
    tier: Tier
    truth: str | None


async def labels(database: Database) -> list[Label]:
    """Every field that a person corrected or confirmed; of several answers the last one."""
    found: list[Label] = []
    async with database.reading() as transaction:
        newest = await rows.newest(transaction, LABELS_MAX)
        by_attachment = sorted(newest, key=lambda row: row.attachment_id)
        for attachment_id, group in groupby(by_attachment, lambda row: row.attachment_id):
            text = await rows.read_last(transaction, attachment_id)
            if text is not None:
                found += _labels(files_of(text), list(group))
    return found


def _labels(files: Sequence[FileReading], corrections: Sequence[CorrectionRow]) -> list[Label]:
    """corrections: of one attachment, the newest first."""
    last: dict[tuple[int, int, str], CorrectionRow] = {}
    for each in corrections:
        last.setdefault((each.file_at, each.reading_at, each.field), each)
    found = []
    for (file_at, reading_at, name), each in last.items():
        if name == KIND_FIELD or file_at >= len(files):
            continue
        readings = files[file_at].readings
        field = readings[reading_at].fields.get(name) if reading_at < len(readings) else None
        if field is not None and field.value is not None:
            place = f"{each.attachment_id}/{file_at}/{reading_at}"
            found.append(Label(place, name, field, readings[reading_at].quality, each.value))
    return found
