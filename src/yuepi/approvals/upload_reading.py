"""Uploads are read in the background by the workers, whenever their reader has no claim to read.

An upload is held for a lease of the steady clock, renewed while it is read: one that a dead worker
held is taken again, and after `ATTEMPTS_MAX` attempts it has failed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from yuepi.approvals.store import uploads as rows
from yuepi.approvals.store.uploads import UploadRow
from yuepi.documents.kept_reading import KeptReading, read_kept, renamed
from yuepi.documents.turns import ClaimsFirst
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database
from yuepi.kit.errors import Unavailable
from yuepi.kit.steady import steady_now

LOG = logging.getLogger(__name__)

ATTEMPTS_MAX: Final = 3
LEASE_S: Final = 30.0
RENEW_S: Final = 8.0
AGAIN_S: Final = 4.0
"""How long an upload waits after a reading that failed."""
LOOK_S: Final = 0.4
AWAY_S: Final = 5.0


class UploadReader:
    """`run` it in each worker, with the reader that its claims are read by."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        reader: ClaimsFirst,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._reader = reader
        self._clock = clock
        self._name = f"upr_{secrets.token_hex(10)}"

    async def run(self) -> None:
        """Read uploads until cancelled. A database that is away is waited for."""
        while True:
            try:
                if self._reader.is_free and await self.read_next():
                    continue
            except Unavailable as error:
                LOG.warning("uploads cannot be read now: %s", error)
                await asyncio.sleep(AWAY_S)
            await self._database.waiting.until(rows.UPLOADS_WAIT, LOOK_S)

    async def read_next(self) -> bool:
        """Read the upload that waits longest; False where none does."""
        async with self._database.reading() as transaction:
            now_s = await steady_now(transaction)
            upload = await rows.next_to_read(transaction, self._clock(), now_s)
        if upload is None:
            return False
        async with self._database.writing() as transaction:
            if upload.attempts >= ATTEMPTS_MAX:
                await rows.give_up(transaction, upload)
                return True
            now_s = await steady_now(transaction)
            if not await rows.hold(transaction, upload, self._name, now_s, now_s + LEASE_S):
                return True
            same = await rows.read_before(transaction, upload.sha256, self._reader.version)
        began = time.monotonic()
        try:
            kept = await self._kept(upload, same)
        except Exception:
            # By no fault of the file, which would be its reading: whatever it is, it is tried
            # again, and it must not end the reading of the others.
            LOG.exception("the upload %s could not be read", upload.id)
            await self._failed(upload)
            return True
        values = {
            "state": "done",
            "held_by": None,
            "held_until_s": None,
            "reader": self._reader.version,
            "files": kept.files,
            "pictures": kept.pictures,
            "pages": kept.pages,
            "took_ms": round((time.monotonic() - began) * 1000),
        }
        async with self._database.writing() as transaction:
            await rows.change_held(transaction, upload.id, self._name, values)
        return True

    async def _kept(self, upload: UploadRow, same: tuple[str, str, str] | None) -> KeptReading:
        # The names of an archive's files hold the archive's own.
        if same is not None and upload.media != "zip":
            return KeptReading(renamed(same[0], upload.name), same[1], same[2])
        reading = asyncio.ensure_future(
            read_kept(self._reader.lent, self._blobs, upload.name, upload.sha256)
        )
        try:
            while not (await asyncio.wait([reading], timeout=RENEW_S))[0]:
                await self._renew(upload)
            return reading.result()
        finally:
            reading.cancel()

    async def _renew(self, upload: UploadRow) -> None:
        try:
            async with self._database.writing() as transaction:
                until_s = await steady_now(transaction) + LEASE_S
                await rows.change_held(
                    transaction, upload.id, self._name, {"held_until_s": until_s}
                )
        except Unavailable as error:
            LOG.warning("the upload %s is held no longer: %s", upload.id, error)

    async def _failed(self, upload: UploadRow) -> None:
        last = upload.attempts + 1 >= ATTEMPTS_MAX
        async with self._database.writing() as transaction:
            until_s = await steady_now(transaction) + AGAIN_S
            values = (
                {"state": "failed", "held_by": None, "held_until_s": None}
                if last
                else {"held_until_s": until_s}
            )
            await rows.change_held(transaction, upload.id, self._name, values)
