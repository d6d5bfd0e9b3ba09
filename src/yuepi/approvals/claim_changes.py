"""How a stored claim is made and changed: its first row, its next one, and who may not.

`changed` is the only way that a claim's status moves outside a reader's step: it asks the table of
`life` and writes under the version that was looked at.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from yuepi.access.principal import MissingRight
from yuepi.approvals.claim_rows import ClaimRow, Stale
from yuepi.approvals.life import Event, Who, moved, moves_from, origin_after
from yuepi.approvals.store import claims as claim_rows
from yuepi.approvals.submission import Submission, plain_text
from yuepi.documents.accept import Original
from yuepi.kit.clock import business_day
from yuepi.kit.database import Transaction

NOTE_CHARACTERS_MAX: Final = 40_000
"""A note with all questions and answers that were added to it."""


class NotYours(MissingRight):
    """A claim that they may see, and that is another's to withdraw or answer for."""

    code = "not_yours"

    def __init__(self) -> None:
        super().__init__(
            "only the submitter does this with a claim",
            remedy="ask the submitter, or decide on the claim in the review pool",
        )


EMPTY_ANSWER: Final = {
    "name": "text",
    "code": "empty_answer",
    "message": "the answer is empty",
    "remedy": "write a text, or attach the files that were asked for",
}


def shown_state(claim: ClaimRow) -> dict[str, Any]:
    """What of a claim may have changed, as plain JSON values: for `Stale.current`."""
    return {
        "id": claim.id,
        "version": claim.version,
        "status": claim.status,
        "origin": claim.origin,
        "round": claim.round,
        "question": claim.question if claim.status == "asked" else None,
        "total": None if claim.total is None else f"{claim.total:f}",
        "updated_at": claim.updated_at.isoformat(),
    }


def possible_events(claim: ClaimRow, by: Who) -> list[Event]:
    """What one of them may do with the claim now, for showing it."""
    return [move.event for move in moves_from(claim.status, claim.origin, by)]


def fresh(claim: ClaimRow, version: int) -> None:
    """Raises `Stale` with the present state for a version that is not the claim's."""
    if claim.version != version:
        raise Stale("the claim", shown_state(claim))


async def changed(
    transaction: Transaction, claim: ClaimRow, event: Event, now: datetime, **values: Any
) -> ClaimRow:
    """The claim after the event; the row was locked, so that only a race on SQLite's reads ends in
    `Stale`."""
    move = moved(event, claim.status, claim.origin)
    values |= {
        "status": move.to,
        "origin": origin_after(move, claim.origin),
        "updated_at": now,
    }
    if move.new_round:
        values |= {"round": claim.round + 1, "attempts": 0, "queued_at": None}
    after = await claim_rows.change_claim(
        transaction, claim.id, values, version=claim.version, status=claim.status
    )
    if after is None:
        raise Stale("the claim", shown_state(claim))
    return after


def new_claim(
    submission: Submission, submitter: str, department: str, by: str, now: datetime
) -> dict[str, Any]:
    """All columns of a new claim's row; by: who hands it in."""
    empty: dict[str, Any] = dict.fromkeys(ClaimRow.__slots__)
    return empty | {
        "id": f"clm_{secrets.token_hex(10)}",
        "submitter_id": submitter,
        "handed_in_by": None if by == submitter else by,
        "department_id": department,
        "category": submission.category,
        "note": plain_text(submission.note),
        "on_day": (submission.on or business_day(now)).isoformat(),
        "status": "received",
        "risk": 0,
        "version": 1,
        "round": 1,
        "attempts": 0,
        "created_at": now,
        "updated_at": now,
    }


def attachment_values(
    claim_id: str, originals: Sequence[Original], in_round: int, first: int
) -> list[dict[str, Any]]:
    """The rows of a claim's originals, in the given order; first: the place of the first one."""
    return [
        {
            "id": f"att_{secrets.token_hex(10)}",
            "claim_id": claim_id,
            "round": in_round,
            "position": position,
            "name": original.name,
            "sha256": original.sha256,
            "bytes": len(original.data),
            "media": original.media,
        }
        for position, original in enumerate(originals, first)
    ]


def with_answer(claim: ClaimRow, text: str) -> str:
    """The note with the question, quoted, and its answer; the oldest lines go where it is full."""
    question = "\n".join(f"> {line}" for line in (claim.question or "").splitlines())
    parts = [part for part in (claim.note, question, text) if part]
    return "\n\n".join(parts)[-NOTE_CHARACTERS_MAX:]
