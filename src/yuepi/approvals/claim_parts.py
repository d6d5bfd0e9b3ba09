"""What `Claims` is made with and gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from yuepi.approvals.claim_rows import AttachmentRow, ClaimRow
from yuepi.approvals.store.attachments import ReadingRow
from yuepi.approvals.store.decisions import DecisionRow
from yuepi.kit.database import Transaction


class LettingGo(Protocol):
    """What the history of invoices does for a claim that no longer counts."""

    async def let_go(self, transaction: Transaction, claim_id: str) -> None:
        """Its invoices may be handed in again."""


SubmitterOf = Callable[[str], Awaitable[tuple[str, str] | None]]
"""By id or login: the id and department of a user who may hand in claims; None: there is none."""


@dataclass(frozen=True, slots=True)
class Papers:
    """All that belongs to a claim: its originals, what was read on them, the machine's decision of
    the latest round (None before there is one)."""

    claim: ClaimRow
    attachments: tuple[AttachmentRow, ...]
    readings: tuple[ReadingRow, ...]
    decision: DecisionRow | None
