"""Personal data of a claim's papers, shown whole: for a reason, and it is recorded."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from yuepi.access.api.shapes import Body, Shown, json_of
from yuepi.access.principal import Principal
from yuepi.approvals.api.files import AttachmentId, ClaimId
from yuepi.approvals.api.models import CorrectionShown, Reason, correction_shown
from yuepi.approvals.api.parts import Parts
from yuepi.documents.reading import FileReading


class RevealBody(Body):
    """Why personal data must be seen whole."""

    reason: Reason


class RevealedShown(Shown):
    """What was read in one attachment, whole, people's corrections in it."""

    attachment: str
    files: list[FileReading]
    corrections: list[CorrectionShown]


def add_reveal(router: APIRouter, parts: Parts) -> None:
    """The route that shows personal data whole."""
    who_asks = Depends(parts.gate)

    @router.post("/{claim_id}/files/{attachment_id}/reveal", response_model=RevealedShown)
    async def reveal_claim_file(
        claim_id: ClaimId, attachment_id: AttachmentId, body: RevealBody, who: Principal = who_asks
    ) -> Response:
        """What was read in an attachment with its personal data whole, for who may review the
        claim. Who asked, when, of which attachment and why is in the audit record."""
        found = await parts.reviews.reveal(who, claim_id, attachment_id, body.reason)
        told = RevealedShown(
            attachment=found.attachment,
            files=list(found.files),
            corrections=[correction_shown(row, named=True) for row in found.corrections],
        )
        # Not answered again from a key, and kept by no browser: each look is a look of its own.
        return JSONResponse(json_of(told), headers={"Cache-Control": "no-store"})
