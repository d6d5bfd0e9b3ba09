"""`/api/claims`: hand in, look, follow, answer, withdraw, appeal; and what supervisors do.

Each route says who may (`access.principal`), the rest is the classes' behind: what is out of reach
is not found, an edit stands on a version, a repeated request is answered as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import (
    ID,
    Cursor,
    IfMatch,
    Key,
    Limit,
    Told,
    new_router,
    read_body,
)
from yuepi.access.api.shapes import form_schema, json_of
from yuepi.access.principal import Principal
from yuepi.approvals.api.files import add_files
from yuepi.approvals.api.forms import AnswerForm, ClaimForm, answer_in, new_claim_in
from yuepi.approvals.api.models import (
    AnswerBody,
    AppealBody,
    Category,
    ClaimShown,
    ClaimsShown,
    EventsShown,
    OverrideBody,
    ReleaseBody,
    WholeClaim,
    claim_shown,
)
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.api.reveals import add_reveal
from yuepi.approvals.api.views import claims_shown, events_shown, whole_claim
from yuepi.approvals.claim_rows import ClaimRow, ClaimStatus
from yuepi.approvals.claims import EVENTS_MAX
from yuepi.approvals.submission import File, Submission
from yuepi.kit.etags import version_in

ClaimId = Annotated[str, Path(pattern=ID)]

AFTER_MAX: Final = 2**62
"""No event has such a number; a larger one no database takes."""


def claims_router(parts: Parts) -> APIRouter:
    """The routes on claims."""
    router = new_router("/api/claims", "claims")
    _add_submitting(router, parts)
    _add_looking(router, parts)
    add_files(router, parts)
    add_reveal(router, parts)
    _add_events(router, parts)
    _add_submitters(router, parts)
    _add_supervisors(router, parts)
    return router


def _told(claim: ClaimRow, who: Principal, **more: Any) -> Told:
    return Told(json_of(claim_shown(claim, who)), claim.version, **more)


def _add_submitting(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.post(
        "",
        status_code=201,
        response_model=ClaimShown,
        openapi_extra=form_schema(ClaimForm),
    )
    async def submit_claim(
        request: Request, key: Key = None, who: Principal = who_asks
    ) -> Response:
        """Hand in a claim; 201 for a new one, 200 for the same request again."""
        async with parts.uploads(request, who.id) as form, form.loaded() as files:
            claim, new = await parts.claims.submit(who, new_claim_in(form, files), key)
        place = f"/api/claims/{claim.id}"
        return _told(claim, who, status=201 if new else 200, location=place).response


def _add_looking(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get("", response_model=ClaimsShown)
    async def list_claims(
        status: ClaimStatus | None = None,
        category: Category = None,
        mine: bool = False,
        cursor: Cursor = None,
        limit: Limit = 50,
        who: Principal = who_asks,
    ) -> Response:
        """Claims within reach, the newest first."""
        found = await parts.claims.page(
            who, status=status, category=category, mine=mine, cursor=cursor, rows_max=limit
        )
        return JSONResponse({"claims": claims_shown(who, found.rows), "next": found.next})

    @router.get("/{claim_id}", response_model=WholeClaim)
    async def get_claim(claim_id: ClaimId, who: Principal = who_asks) -> Response:
        """A claim with its files, what was read, the decision, corrections and reviews."""
        papers = await parts.claims.papers(who, claim_id)
        return Told(await whole_claim(parts, who, papers), papers.claim.version).response


def _add_events(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get(
        "/{claim_id}/events",
        response_model=EventsShown,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    async def list_claim_events(
        request: Request,
        claim_id: ClaimId,
        after: Annotated[int, Query(ge=0, le=AFTER_MAX)] = 0,
        limit: Annotated[int, Query(ge=1, le=EVENTS_MAX)] = EVENTS_MAX,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=20)] = "",
        who: Principal = who_asks,
    ) -> Response:
        """What happened so far; with `Accept: text/event-stream` as it happens, until the claim
        is settled."""
        if "text/event-stream" not in accept:
            shown, ended = await events_shown(parts, who, claim_id, after, limit)
            return JSONResponse({"events": shown, "ended": ended})
        if last_event_id.isascii() and last_event_id.isdigit():
            after = max(after, min(int(last_event_id), AFTER_MAX))
        # Whoever may not see it is told so before a stream begins.
        await parts.claims.find(who, claim_id)

        async def look() -> object:
            return await parts.latest(claim_id)

        async def read(since: int) -> tuple[Sequence[tuple[int, str, Mapping[str, Any]]], bool]:
            # Asked anew each time: their rights may have changed since the stream began.
            now = await parts.gate(request)
            found, ended = await events_shown(parts, now, claim_id, since, EVENTS_MAX)
            return [(each["id"], each["action"], each) for each in found], ended

        async def check() -> object:
            return await parts.gate(request)

        return parts.streams(who.id, claim_id, after, look, read, check)


def _add_submitters(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.post("/{claim_id}/cancel", response_model=ClaimShown)
    async def cancel_claim(
        request: Request,
        claim_id: ClaimId,
        if_match: IfMatch = None,
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Withdraw a claim that is not decided yet."""
        version = version_in(if_match)

        async def act() -> Told:
            return _told(await parts.claims.cancel(who, claim_id, version), who)

        return await parts.once(request, who, {}, act)

    @router.post(
        "/{claim_id}/answer",
        response_model=ClaimShown,
        openapi_extra=form_schema(AnswerForm, json_too=AnswerBody),
    )
    async def answer_claim(
        request: Request,
        claim_id: ClaimId,
        if_match: IfMatch = None,
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Answer a reviewer's question, with files if need be; the machine then reads again."""
        version = version_in(if_match)
        files: tuple[File, ...] = ()
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with parts.uploads(request, who.id) as form:
                text = answer_in(form)
                async with form.loaded() as loaded:
                    files = tuple(File(name, data) for name, data in loaded)
                    return await _answered(parts, request, who, claim_id, version, text, files)
        text = read_body(AnswerBody, await request.body()).text
        return await _answered(parts, request, who, claim_id, version, text, files)

    @router.post("/{claim_id}/appeal", response_model=ClaimShown)
    async def appeal_claim(
        claim_id: ClaimId,
        body: AppealBody | None = None,
        if_match: IfMatch = None,
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Let another person decide: on a rejection, or on what only the machine decided."""
        version = version_in(if_match)
        reason = body.reason if body is not None else ""
        claim = await parts.reviews.appeal(who, claim_id, reason, version=version, key=key)
        return _told(claim, who).response


async def _answered(
    parts: Parts,
    request: Request,
    who: Principal,
    claim_id: str,
    version: int,
    text: str,
    files: tuple[File, ...],
) -> Response:
    # The fingerprint that tells a repeated submission tells a repeated answer as well.
    content = {"text": text, "files": Submission(files=files).fingerprint}

    async def act() -> Told:
        return _told(await parts.claims.answer(who, claim_id, version, text, files), who)

    return await parts.once(request, who, content, act)


def _add_supervisors(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.post("/{claim_id}/release", response_model=ClaimShown)
    async def release_claim(
        request: Request,
        claim_id: ClaimId,
        body: ReleaseBody,
        if_match: IfMatch = None,
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Let a claim out of quarantine, to the machine or to a person."""
        version = version_in(if_match)

        async def act() -> Told:
            to_person = body.to == "person"
            claim = await parts.claims.release(
                who, claim_id, version, to_person=to_person, reason=body.reason
            )
            return _told(claim, who)

        return await parts.once(request, who, json_of(body), act)

    @router.post("/{claim_id}/override", response_model=ClaimShown)
    async def override_claim(
        request: Request,
        claim_id: ClaimId,
        body: OverrideBody,
        if_match: IfMatch = None,
        key: Key = None,
        who: Principal = who_asks,
    ) -> Response:
        """Turn a decision round, with a reason."""
        version = version_in(if_match)

        async def act() -> Told:
            claim = await parts.reviews.override(
                who,
                claim_id,
                body.verdict,
                body.reason,
                version,
                despite_held=body.despite_held,
            )
            return _told(claim, who)

        return await parts.once(request, who, json_of(body), act)
