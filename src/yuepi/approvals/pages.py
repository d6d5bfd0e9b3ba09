"""The pictures of a claim's pages, for whoever may see its originals."""

from __future__ import annotations

from collections.abc import Sequence

from yuepi.access.principal import Principal, require
from yuepi.approvals.claim_rows import NotFound
from yuepi.approvals.store import attachments as attachment_rows
from yuepi.approvals.store.attachments import ReadingRow
from yuepi.documents.kept_pages import KeptPage, pages_of, picked
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database


def shown_pages(
    readings: Sequence[ReadingRow], reader: str | None = None
) -> dict[str, tuple[KeptPage, ...]]:
    """The pictures of each attachment: those of this reader, else of the one that read it last."""
    chosen: dict[str, ReadingRow] = {}
    for row in readings:
        before = chosen.get(row.attachment_id)
        if before is None or before.reader != reader:
            chosen[row.attachment_id] = row
    return {name: pages_of(row.pages) for name, row in chosen.items()}


class PagePictures:
    """Gives the pictures to whoever may see the originals."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def find(
        self,
        principal: Principal,
        claim_id: str,
        attachment_id: str,
        file_at: int,
        page: int,
        version: str | None = None,
    ) -> bytes:
        """The JPEG of a page; version: how its hash begins, None: as it was read last.

        Raises `NotFound` where there is none or the claim is out of reach, `Unavailable`.
        """
        require(principal, "claims:read")
        async with self._database.reading() as transaction:
            texts = await attachment_rows.pages_of_attachment(
                transaction, claim_id, attachment_id, principal.reach
            )
        for text in texts:
            found = picked(pages_of(text), file_at, page, version)
            if found is not None:
                return await self._blobs.get(found.sha256)
        raise NotFound(f"picture of the page {page} of {attachment_id[:80]!r}")
