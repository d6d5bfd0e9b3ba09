"""`/api/reviews`: the queue, leases, corrections and verdicts of those who review."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import ID, Cursor, IfMatch, Key, Limit, Told, new_router
from yuepi.access.api.shapes import json_of, jsons_of
from yuepi.access.principal import Principal
from yuepi.approvals.api.models import (
    AskBody,
    Category,
    ClaimShown,
    CorrectionsBody,
    DecisionBody,
    attachment_shown,
    claim_shown,
    correction_shown,
    money,
)
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.api.review_models import (
    AdviceShown,
    AnsweredShown,
    CorrectedShown,
    LeaseShown,
    QueueShown,
    ReviewShown,
    earlier_shown,
    queued_shown,
)
from yuepi.approvals.corrections import Correction
from yuepi.approvals.personal import shown_corrected, shown_corrections, shown_said
from yuepi.approvals.review_rows import ShownPurpose
from yuepi.approvals.review_views import Lease, ReviewView
from yuepi.approvals.said import said_of, said_shown
from yuepi.kit.etags import version_in

ReviewId = Annotated[str, Path(pattern=ID)]


def reviews_router(parts: Parts) -> APIRouter:
    """The routes on reviews."""
    router = new_router("/api/reviews", "reviews")
    _add_queue(router, parts)
    _add_leases(router, parts)
    _add_answers(router, parts)
    _add_corrections(router, parts)
    return router


def _add_queue(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get("", response_model=QueueShown)
    async def list_reviews(
        purpose: ShownPurpose | None = None,
        category: Category = None,
        department: Annotated[str | None, Query(max_length=64)] = None,
        risk_min: Annotated[int | None, Query(ge=0, le=2_000_000)] = None,
        mine: bool = False,
        cursor: Cursor = None,
        limit: Limit = 50,
        who: Principal = who_asks,
    ) -> Response:
        """Open reviews that one may work on: the riskiest first, then the oldest."""
        found = await parts.reviews.queue(
            who,
            purpose=purpose,
            category=category,
            department=department,
            risk_min=risk_min,
            mine=mine,
            after=cursor,
            rows_max=limit,
        )
        counts = await parts.reviews.counts(who, department=department)
        shown = jsons_of([queued_shown(row) for row in found.rows])
        return JSONResponse({"reviews": shown, "next": found.next, "counts": counts})

    @router.get("/{review_id}", response_model=ReviewShown)
    async def get_review(review_id: ReviewId, who: Principal = who_asks) -> Response:
        """A review with its claim, papers and facts; what the machine made of it is left out."""
        view = await parts.reviews.find(who, review_id)
        return Told(review_shown(view, who), view.claim.version).response

    @router.post("/{review_id}/advice", response_model=AdviceShown)
    async def get_review_advice(review_id: ReviewId, who: Principal = who_asks) -> Response:
        """What the machine made of the claim, for who holds the review; it is noted that they
        asked."""
        told = await parts.reviews.advice(who, review_id)
        return JSONResponse(asdict(told) | {"decision": dict(told.decision)})


def _add_leases(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.post("/{review_id}/take", response_model=LeaseShown)
    async def take_review(
        request: Request, review_id: ReviewId, key: Key = None, who: Principal = who_asks
    ) -> Response:
        """Hold a review that is free."""

        async def act() -> Told:
            return _lease(await parts.reviews.take(who, review_id))

        return await parts.once(request, who, {}, act)

    @router.post("/{review_id}/renew", response_model=LeaseShown)
    async def renew_review(
        request: Request, review_id: ReviewId, key: Key = None, who: Principal = who_asks
    ) -> Response:
        """Hold it for longer."""

        async def act() -> Told:
            return _lease(await parts.reviews.renew(who, review_id))

        return await parts.once(request, who, {}, act)

    @router.post("/{review_id}/hand-back", status_code=204, response_class=Response)
    async def hand_back_review(review_id: ReviewId, who: Principal = who_asks) -> Response:
        """Let go of it. Doing so again changes nothing."""
        await parts.reviews.hand_back(who, review_id)
        return Response(status_code=204)


def _add_answers(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.post("/{review_id}/decision", response_model=AnsweredShown)
    async def decide_review(
        request: Request,
        review_id: ReviewId,
        body: DecisionBody,
        if_match: IfMatch = None,
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Approve or reject, as the claim stands."""
        version = version_in(if_match)

        async def act() -> Told:
            answered = await parts.reviews.decide(
                who,
                review_id,
                body.verdict,
                body.reason,
                version,
                despite_held=body.despite_held,
            )
            return Told(asdict(answered), answered.version)

        return await parts.once(request, who, json_of(body), act)

    @router.post("/{review_id}/ask", response_model=ClaimShown)
    async def ask_submitter(
        request: Request,
        review_id: ReviewId,
        body: AskBody,
        if_match: IfMatch = None,
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Ask the submitter; the review ends, and the answer starts anew."""
        version = version_in(if_match)

        async def act() -> Told:
            claim = await parts.reviews.ask(who, review_id, body.question, version)
            return Told(json_of(claim_shown(claim, who)), claim.version)

        return await parts.once(request, who, json_of(body), act)


def _add_corrections(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.post("/{review_id}/corrections", response_model=CorrectedShown)
    async def correct_papers(
        request: Request,
        review_id: ReviewId,
        body: CorrectionsBody,
        if_match: IfMatch = None,
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Say what the papers show, field by field."""
        version = version_in(if_match)
        corrections = [
            Correction(
                each.attachment,
                each.file_at,
                each.reading_at,
                each.field,
                each.value,
                each.confirmed,
            )
            for each in body.corrections
        ]

        async def act() -> Told:
            made = await parts.reviews.correct(who, review_id, corrections, version)
            told = CorrectedShown(
                corrections=[correction_shown(row, named=True) for row in made.corrections],
                version=made.claim.version,
                total=money(made.claim.total),
                held=list(made.held),
            )
            return Told(json_of(told), made.claim.version)

        return await parts.once(request, who, json_of(body), act)


def _lease(lease: Lease) -> Told:
    return Told(json_of(LeaseShown.of(lease)), lease.version)


def review_shown(view: ReviewView, who: Principal) -> dict[str, Any]:
    """All of a review as JSON, in the shape of `review_models.ReviewShown`."""
    return {
        "review": json_of(queued_shown(view.queued)),
        "claim": json_of(claim_shown(view.claim, who)),
        "may_decide": view.may_decide,
        "attachments": jsons_of(
            [attachment_shown(row, view.pages.get(row.id, ())) for row in view.attachments]
        ),
        "readings": [
            {"attachment": attachment, "files": [file.model_dump(mode="json") for file in files]}
            for attachment, files in shown_corrected(view.files, view.corrections).items()
        ],
        "corrections": jsons_of(
            [
                correction_shown(row, named=True)
                for row in shown_corrections(view.files, view.corrections)
            ]
        ),
        "facts": None if view.facts is None else dict(view.facts),
        "earlier": jsons_of([earlier_shown(each) for each in view.earlier]),
        "answer": None if view.answer is None else json_of(earlier_shown(view.answer)),
        "said": said_shown(shown_said(view.files, said_of(view.claim.said))),
    }
