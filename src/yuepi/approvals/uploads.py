"""Files that are uploaded one by one before their claim is handed in, and read meanwhile.

An upload is its owner's alone: for everybody else it is not there. It ends with the claim that
takes it, when it is deleted, or after `DAYS`; its bytes stay where all originals are.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from yuepi.access.principal import Principal, require
from yuepi.approvals.claim_rows import AttachmentRow, Conflict, NotFound
from yuepi.approvals.said import said_problems
from yuepi.approvals.settlement import reading_entry
from yuepi.approvals.store import uploads as rows
from yuepi.approvals.store.attachments import ReadingTable
from yuepi.approvals.store.uploads import UploadRow
from yuepi.approvals.submission import (
    ClaimLimits,
    File,
    Submission,
    Uploaded,
    accepted_files,
    refuse_if,
    size_problems,
)
from yuepi.documents.kept_pages import pages_of, picked
from yuepi.documents.kept_reading import renamed
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database, Transaction
from yuepi.kit.idempotency import Idempotency, checked_key, fingerprint
from yuepi.kit.record import Entry

DAYS: Final = 7
OPEN_MAX: Final = 30
"""So many uploads one person may have open."""
FORGET_ROWS_MAX: Final = 1_000

_ID: Final = re.compile(r"upl_[0-9a-f]{20}")


class TooManyUploads(Conflict):
    """More files wait to be handed in than one person may have."""

    code = "too_many_open_uploads"

    def __init__(self) -> None:
        super().__init__(
            f"{OPEN_MAX} files wait to be handed in already",
            remedy="hand them in, or remove those that you do not need",
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """That the same bytes are in a living claim. claim: which one, where it is their own."""

    claim: str | None

    @property
    def own(self) -> bool:
        """Whether that claim is their own."""
        return self.claim is not None


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload as its owner is shown it; seen: None where its bytes are new."""

    row: UploadRow
    seen: Seen | None


class UploadShelf:
    """Everybody's uploads. All verbs raise `MissingRight`, and `Unavailable` where a part fails."""

    def __init__(
        self, database: Database, blobs: Blobs, clock: Callable[[], datetime], limits: ClaimLimits
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._limits = limits
        self._keys = Idempotency(database)
        self._readings = ReadingTable(database)

    # --- the owner's -----------------------------------------------------------------------------

    async def take(self, who: Principal, file: File, key: str | None) -> tuple[Upload, bool]:
        """Keep a file, and whether it is new: with a key, the same request again gives the same.

        Raises `BadClaim` (422) for a file that cannot be read, `TooManyUploads`, `NotFound` for a
        key whose upload is over, `IdempotencyMismatch`, `DiskFull`.
        """
        require(who, "claims:submit")
        key = checked_key(key)
        (originals, problems) = await asyncio.to_thread(accepted_files, [file], self._limits)
        refuse_if(problems)
        original = originals[0]
        await self._blobs.put(original.data)
        now = self._clock()
        upload_id = f"upl_{secrets.token_hex(10)}"
        values = {
            "id": upload_id,
            "owner_id": who.id,
            "name": original.name,
            "sha256": original.sha256,
            "bytes": len(original.data),
            "media": original.media,
            "created_at": now,
            "expires_at": now + timedelta(days=DAYS),
            "state": "waiting",
            "attempts": 0,
        }
        async with self._database.writing() as transaction:
            if key is not None:
                asked = fingerprint({"upload": [original.name, original.sha256]})
                result = json.dumps({"upload": upload_id})
                known = await self._keys.first(transaction, who.id, key, asked, result, now)
                if known is not None:
                    return await self._found(transaction, who, json.loads(known)["upload"]), False
            await rows.lock_owner(transaction, who.id)
            if len(await rows.open_uploads(transaction, who.id, now)) >= OPEN_MAX:
                raise TooManyUploads
            await rows.add_upload(transaction, values)
            return await self._found(transaction, who, upload_id), True

    async def all_of(self, who: Principal) -> list[Upload]:
        """Their uploads, in the order they came."""
        require(who, "claims:submit")
        async with self._database.reading() as transaction:
            found = await rows.open_uploads(transaction, who.id, self._clock())
            return await _shown(transaction, who, found)

    async def find(self, who: Principal, upload_id: str) -> Upload:
        """One of their uploads; raises `NotFound`."""
        require(who, "claims:submit")
        async with self._database.reading() as transaction:
            return await self._found(transaction, who, upload_id)

    async def page(
        self, who: Principal, upload_id: str, file_at: int, page: int, version: str | None = None
    ) -> bytes:
        """The upright picture of a page, a JPEG; raises `NotFound` where there is none."""
        upload = await self.find(who, upload_id)
        kept = picked(pages_of(upload.row.pages or "[]"), file_at, page, version)
        if kept is None:
            raise NotFound(f"picture of the page {page} of {upload_id[:80]!r}")
        return await self._blobs.get(kept.sha256)

    async def delete(self, who: Principal, upload_id: str) -> None:
        """Let go of an upload; raises `NotFound`."""
        require(who, "claims:submit")
        async with self._database.writing() as transaction:
            if not await rows.remove_uploads(transaction, who.id, [upload_id]):
                raise NotFound(f"upload {upload_id[:80]!r}")

    async def forget(self, now: datetime) -> int:
        """Delete what is over, `FORGET_ROWS_MAX` at most; how many there were."""
        async with self._database.writing() as transaction:
            return await rows.remove_expired(transaction, now, FORGET_ROWS_MAX)

    async def _found(self, transaction: Transaction, who: Principal, upload_id: str) -> Upload:
        found = await rows.open_uploads(transaction, who.id, self._clock(), [upload_id])
        if not found:
            raise NotFound(f"upload {upload_id[:80]!r}")
        return (await _shown(transaction, who, found))[0]

    # --- becoming a claim ------------------------------------------------------------------------

    async def brought(self, who: Principal, submission: Submission) -> Submission:
        """The submission with the bytes of its uploads, which are checked once more.

        Raises `BadClaim` (422) naming each upload that is not one of theirs, or comes twice, and
        what is said that cannot be.
        """
        ids = submission.uploads
        refuse_if(said_problems(submission.said, ids))
        if not ids:
            return submission
        async with self._database.reading() as transaction:
            known = {each for each in ids if _ID.fullmatch(each)}
            found = await rows.open_uploads(transaction, who.id, self._clock(), known)
        there = {row.id: row for row in found}
        problems = [_not_theirs(each) for each in dict.fromkeys(ids) if each not in there]
        problems += [_twice(each) for each in sorted(set(ids)) if ids.count(each) > 1]
        sizes = [
            len(each.data) if isinstance(each, File) else there[each.id].bytes
            for each in submission.files
            if isinstance(each, File) or each.id in there
        ]
        # Before they are in memory.
        refuse_if(problems or size_problems(len(sizes), sum(sizes), self._limits))
        files: list[File | Uploaded] = []
        for each in submission.files:
            if isinstance(each, Uploaded):
                row = there[each.id]
                files.append(File(row.name, await self._blobs.get(row.sha256)))
            else:
                files.append(each)
        return replace(submission, files=tuple(files))

    async def consume(
        self,
        transaction: Transaction,
        who: Principal,
        uploads: Mapping[str, Mapping[str, Any]],
        now: datetime,
    ) -> list[Entry]:
        """Let uploads become attachments of a new claim; what the record is to hold of it.

        uploads: the new attachment's row, by the upload's id. What was read on them counts as
        read on the attachments. Raises `BadClaim` where one is gone: another claim took it.
        """
        if not uploads:
            return []
        gone = await rows.remove_uploads(transaction, who.id, uploads.keys())
        left = uploads.keys() - rows.ids_of(gone)
        refuse_if([_not_theirs(each) for each in sorted(left)])
        read = [
            (attachment, _reading(attachment, row, now))
            for row in gone
            if row.state == "done"
            for attachment in [AttachmentRow(**uploads[row.id])]
        ]
        await self._readings.add(transaction, [reading for _, reading in read])
        return [
            reading_entry(attachment, reading, now, again=False) for attachment, reading in read
        ]


def taken_uploads(
    submission: Submission, attachments: Sequence[Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """The attachment that each of its uploads becomes, by the upload's id; attachments: the rows of
    all its files, in their order."""
    return {
        each.id: row
        for each, row in zip(submission.files, attachments, strict=True)
        if isinstance(each, Uploaded)
    }


def _reading(attachment: AttachmentRow, row: UploadRow, now: datetime) -> dict[str, Any]:
    files = row.files or "[]"
    return {
        "attachment_id": attachment.id,
        "reader": row.reader,
        "files": files if attachment.name == row.name else renamed(files, attachment.name),
        "pictures": row.pictures,
        "pages": row.pages,
        "took_ms": row.took_ms,
        "created_at": now,
    }


async def _shown(
    transaction: Transaction, who: Principal, found: Sequence[UploadRow]
) -> list[Upload]:
    if not found:
        return []
    seen: dict[str, Seen] = {}
    for sha256, claim, *people in await rows.claims_with(transaction, {r.sha256 for r in found}):
        if who.id in people:
            seen[sha256] = Seen(claim)
        else:
            # Whose it is, and which one, is not told.
            seen.setdefault(sha256, Seen(None))
    return [Upload(row, seen.get(row.sha256)) for row in found]


def _not_theirs(upload_id: str) -> dict[str, str]:
    return {
        "name": upload_id,
        "code": "unknown_upload",
        "message": f"there is no upload {upload_id[:80]!r}",
        "remedy": "upload the file again, or send it with the claim",
    }


def _twice(upload_id: str) -> dict[str, str]:
    return {
        "name": upload_id,
        "code": "repeated_upload",
        "message": f"the upload {upload_id[:80]!r} comes twice",
        "remedy": "name it once",
    }
