"""A verification that a server runs beside its work: one at a time, and its last verdict."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from yuepi.audit.verify import Verdict, verify
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.errors import YuepiError

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: `done` of `total` entries. verdict: of one that ended; failed: the code of
    what stopped it. All None: none was run since the start."""

    running: bool = False
    done: int = 0
    total: int = 0
    began_at: datetime | None = None
    ended_at: datetime | None = None
    verdict: Verdict | None = None
    failed: str | None = None


class Verifying:
    """Runs verifications of one record. keys_of: the public keys that may have signed roots; None:
    any. Whoever starts one while one runs is told of that one."""

    def __init__(
        self,
        database: Database,
        keys_of: Callable[[], Collection[str] | None] = lambda: None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._keys_of = keys_of
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self.progress = Progress()

    def start(self) -> Progress:
        """Begin, where none runs."""
        if not self.progress.running:
            self.progress = Progress(running=True, began_at=self._clock())
            self._task = asyncio.create_task(self._run())
        return self.progress

    async def ended(self) -> Progress:
        """The progress once none runs."""
        if self._task is not None:
            await asyncio.shield(self._task)
        return self.progress

    async def _run(self) -> None:
        try:
            keys = await asyncio.to_thread(self._keys_of)
            verdict = await verify(self._database, keys=keys or None, advance=self._advance)
            self._end(verdict, None)
        except YuepiError as error:
            LOG.error("the verification stopped: %s", error)
            self._end(None, error.code)
        finally:
            if self.progress.running:
                self._end(None, "stopped")

    def _advance(self, done: int, total: int) -> None:
        self.progress = replace(self.progress, done=done, total=total)

    def _end(self, verdict: Verdict | None, failed: str | None) -> None:
        self.progress = replace(
            self.progress, running=False, ended_at=self._clock(), verdict=verdict, failed=failed
        )
