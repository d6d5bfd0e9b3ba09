"""Whose turn it is to be read: claims, then uploads, then what can wait."""

from __future__ import annotations

import asyncio

from yuepi.documents.kept_reading import ReadFile
from yuepi.documents.turns import ClaimsFirst


class Slow:
    """A reader that answers when it is told to."""

    version = "slow-1"

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def read(self, name: str, data: bytes) -> ReadFile:
        await self.go.wait()
        return ReadFile(())


def test_who_can_wait_waits_for_claims_and_uploads() -> None:
    async def tell() -> None:
        for as_upload in (False, True):
            slow = Slow()
            turns = ClaimsFirst(slow)
            await asyncio.wait_for(turns.idle(), 1)
            reader = turns.lent if as_upload else turns
            reading = asyncio.create_task(reader.read("a.png", b"a"))
            await asyncio.sleep(0)
            waiting = asyncio.create_task(turns.idle())
            await asyncio.sleep(0.2)
            assert not waiting.done()
            assert turns.is_free == as_upload
            slow.go.set()
            await reading
            await asyncio.wait_for(waiting, 1)

    asyncio.run(tell())


def test_a_claim_that_fails_no_longer_waits() -> None:
    async def tell() -> None:
        slow = Slow()
        turns = ClaimsFirst(slow)
        reading = asyncio.create_task(turns.read("a.png", b"a"))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait_for(turns.idle(), 1)

    asyncio.run(tell())
