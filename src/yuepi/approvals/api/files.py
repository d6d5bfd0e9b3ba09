"""The originals of a claim, and the pictures of their pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from yuepi.access.api.requests import ID
from yuepi.access.principal import Principal
from yuepi.approvals.api.parts import Parts
from yuepi.documents.api.files import PICTURE, FileAt, PageNumber, Version, original, page_picture

ClaimId = Annotated[str, Path(pattern=ID)]
AttachmentId = Annotated[str, Path(pattern=ID)]


def add_files(router: APIRouter, parts: Parts) -> None:
    """The routes on a claim's files."""
    who_asks = Depends(parts.gate)

    @router.get(
        "/{claim_id}/files/{attachment_id}",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def get_claim_file(
        claim_id: ClaimId, attachment_id: AttachmentId, who: Principal = who_asks
    ) -> Response:
        """An original, byte for byte."""
        row, data = await parts.claims.file(who, claim_id, attachment_id)
        return original(row.name, row.media, data)

    @router.get(
        "/{claim_id}/files/{attachment_id}/pages/{file_at}/{page}",
        response_class=Response,
        responses={**PICTURE},
    )
    async def get_claim_page(
        claim_id: ClaimId,
        attachment_id: AttachmentId,
        file_at: FileAt,
        page: PageNumber,
        v: Version = None,
        who: Principal = who_asks,
    ) -> Response:
        """The upright picture of a page, which what was read has its places on."""
        data = await parts.page_pictures.find(who, claim_id, attachment_id, file_at, page, v)
        return page_picture(data, v)
