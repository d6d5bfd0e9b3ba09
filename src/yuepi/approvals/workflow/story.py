"""The story of one round of one claim: begin, read each file, settle.

What each step did is in our tables before it returns, so the story may be told again from the
start by anyone at any time: steps that were done are found done. It always ends, and always with
a word about the end, never with an error that would leave the claim lying:

- The database or another part is away (`Unavailable`): wait and go on, for as long as it takes;
  the claim is not to blame and no attempt is counted.
- Anything else is tried a few times, then `fail` counts the attempt: the claim goes back to be
  handed over again, or into quarantine where people see it.
- An attempt that ends with the death of the process was counted when it began.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

from yuepi.approvals.claim_rows import AttachmentRow
from yuepi.approvals.workflow.queue import work_id
from yuepi.kit.errors import Unavailable

LOG = logging.getLogger(__name__)

TRIES_MAX: Final = 3
TRY_WAIT_S: Final = 0.2
AWAY_WAIT_S: Final = 0.5
AWAY_WAIT_S_MAX: Final = 10.0

T = TypeVar("T")


class Begun(Protocol):
    """A round that was begun: the files to read."""

    @property
    def attachments(self) -> Sequence[AttachmentRow]: ...


class Steps(Protocol):
    """`approvals.steps.Steps`: each one transaction or two, each safe to run again."""

    async def begin(self, claim_id: str, round_: int, /) -> Begun | None: ...
    async def read(self, attachment: AttachmentRow, /) -> object: ...
    async def settle(self, claim_id: str, round_: int, /, *, executor: str) -> object: ...
    async def fail(self, claim_id: str, round_: int, error: Exception, /) -> object: ...


class Story:
    """Tells it for each claim. executor: the id of this process, which decisions note.

    sleep: how to wait so many seconds; tests wait in their own time.
    """

    def __init__(
        self,
        steps: Steps,
        executor: str,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._steps = steps
        self._executor = executor
        self._sleep = sleep
        self._running: dict[str, int] = {}

    def running(self) -> frozenset[str]:
        """The ids of the work that is being told in this process now."""
        return frozenset(self._running)

    async def run_claim(self, claim_id: str, round_: int) -> str:
        """Tell it, and say how it ended; raises nothing but cancellation."""
        id_ = work_id(claim_id, round_)
        self._running[id_] = self._running.get(id_, 0) + 1
        try:
            return await self._tell(claim_id, round_)
        finally:
            self._running[id_] -= 1
            if not self._running[id_]:
                del self._running[id_]

    async def _tell(self, claim_id: str, round_: int) -> str:
        steps = self._steps
        try:
            begun = await self._tried(lambda: steps.begin(claim_id, round_))
            if begun is None:
                return "over"
            for attachment in begun.attachments:
                await self._read(attachment)
            executor = self._executor
            await self._tried(lambda: steps.settle(claim_id, round_, executor=executor))
        except Exception as error:
            LOG.warning("claim %s, round %d: an attempt failed", claim_id, round_, exc_info=error)
            return await self._failed(claim_id, round_, error)
        return "settled"

    async def _read(self, attachment: AttachmentRow) -> None:
        await self._tried(lambda: self._steps.read(attachment))

    async def _failed(self, claim_id: str, round_: int, error: Exception) -> str:
        try:
            await self._tried(lambda: self._steps.fail(claim_id, round_, error))
        except Exception:
            # Still received and handed over, with no work left: the sweeper brings it back.
            LOG.exception("claim %s, round %d: its failure could not be noted", claim_id, round_)
        return "failed"

    async def _tried(self, step: Callable[[], Awaitable[T]]) -> T:
        """The step's result, after a few tries; `Unavailable` is waited out and no try."""
        tries = 0
        wait_s = AWAY_WAIT_S
        while True:
            try:
                return await step()
            except Unavailable as error:
                LOG.warning("waiting %.1f s: %s", wait_s, error)
                await self._sleep(wait_s * random.uniform(0.5, 1))  # noqa: S311  spreads the load
                wait_s = min(wait_s * 2, AWAY_WAIT_S_MAX)
            except Exception as error:
                tries += 1
                if tries >= TRIES_MAX:
                    raise
                LOG.info("try %d of %d failed: %r", tries, TRIES_MAX, error)
                await self._sleep(TRY_WAIT_S * 2 ** (tries - 1))
