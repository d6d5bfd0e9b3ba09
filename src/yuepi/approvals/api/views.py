"""What of a claim whoever asks is shown.

Who only hands in is not told which person decided, nor how risky the claim looked. What is kept
from who may review, `approvals.blind` keeps from them before anything comes here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from yuepi.access.api.shapes import json_of, jsons_of
from yuepi.access.principal import Principal
from yuepi.approvals.api.models import (
    CorrectionShown,
    PastReview,
    attachment_shown,
    claim_shown,
    correction_shown,
    event_shown,
    sees_more,
)
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.claim_parts import Papers
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.life import ENDED
from yuepi.approvals.pages import shown_pages
from yuepi.approvals.personal import files_of, shown_corrections, shown_files, shown_said
from yuepi.approvals.review_rows import ReviewRow
from yuepi.approvals.said import said_of, said_shown
from yuepi.approvals.sameness import HISTORY
from yuepi.approvals.store import corrections as correction_rows
from yuepi.approvals.store import reviews as review_rows


def claims_shown(who: Principal, claims: Sequence[ClaimRow]) -> list[dict[str, Any]]:
    """Claims of a list for this reader."""
    return jsons_of([claim_shown(claim, who) for claim in claims])


async def whole_claim(parts: Parts, who: Principal, papers: Papers) -> dict[str, Any]:
    """A claim with all that belongs to it, in the shape of `models.WholeClaim`."""
    async with parts.database.reading() as transaction:
        claim = papers.claim
        reviews = await review_rows.of_claim(transaction, claim.id)
        corrections = await correction_rows.of_claim(transaction, claim.id)
    named = sees_more(who, claim)
    reader = None if papers.decision is None else papers.decision.reader
    pages = shown_pages(papers.readings, reader)
    told = corrections or claim.said
    files = {row.attachment_id: files_of(row.files) for row in papers.readings} if told else {}
    return {
        "claim": json_of(claim_shown(claim, who)),
        "attachments": jsons_of(
            [attachment_shown(row, pages.get(row.id, ())) for row in papers.attachments]
        ),
        "readings": [
            {
                "attachment": row.attachment_id,
                "reader": row.reader,
                "took_ms": row.took_ms,
                "files": shown_files(row.files, row.attachment_id, corrections),
            }
            for row in papers.readings
        ],
        "decision": _decision(papers, named),
        "corrections": jsons_of(_corrections(shown_corrections(files, corrections), named)),
        "reviews": jsons_of(past_reviews(reviews, who, claim)),
        "said": said_shown(shown_said(files, said_of(claim.said))),
    }


def past_reviews(reviews: Sequence[ReviewRow], who: Principal, claim: ClaimRow) -> list[PastReview]:
    """The claim's reviews as this reader may know of them, the oldest first."""
    named = sees_more(who, claim)
    return [
        PastReview(
            id=review.id,
            purpose=review.shown_purpose,
            status=review.status,
            verdict=review.verdict,
            # Of the first of two approvals the submitter is not told.
            reason=review.reason if named or review.status == "done" else "",
            decided_by=review.decided_by if named else None,
            created_at=review.created_at,
            due_at=review.due_at,
            decided_at=review.decided_at,
        )
        for review in reviews
        # To reviewers a re-check is a review like any other; for the submitter there is none.
        if review.purpose != "recheck" or named
    ]


async def events_shown(
    parts: Parts, who: Principal, claim_id: str, after: int, rows_max: int
) -> tuple[list[dict[str, Any]], bool]:
    """Events after that place as this reader may know of them, and whether no more are expected.

    The claim is looked at first: an event that ended it meanwhile is then among those read.
    """
    claim = await parts.claims.find(who, claim_id)
    events = await parts.claims.events(who, claim_id, after=after, rows_max=rows_max)
    return jsons_of([event_shown(each) for each in events]), claim.status in ENDED


def _corrections(rows: Sequence[Any], named: bool) -> list[CorrectionShown]:
    return [correction_shown(row, named=named) for row in rows]


def _decision(papers: Papers, named: bool) -> dict[str, Any] | None:
    row = papers.decision
    if row is None:
        return None
    decision = json.loads(row.decision)
    if not named:
        _forget_others(decision)
    return {
        "round": row.round,
        "applied": row.applied,
        "stage": row.stage,
        "reader": row.reader,
        "decision": decision,
        "at": row.created_at.isoformat().replace("+00:00", "Z"),
    }


def _forget_others(decision: dict[str, Any]) -> None:
    """Which claim an invoice was in before is its submitter's affair: that it was, is told."""
    for reason in decision.get("reasons", ()):
        for proof in reason.get("evidence", ()):
            if str(proof.get("file", "")).startswith(f"{HISTORY}:"):
                proof["file"] = HISTORY
