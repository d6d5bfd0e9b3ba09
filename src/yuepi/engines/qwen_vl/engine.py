"""Qwen3-VL as an engine: loads on the first question, answers from one thread."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from yuepi.engines.contract import (
    Abilities,
    Chat,
    ChatRefused,
    Delta,
    EngineUnavailable,
    ModelEntry,
    parse_options,
)
from yuepi.engines.qwen_vl.checkpoint import find_checkpoint, package_missing
from yuepi.engines.qwen_vl.mailbox import Mailbox, until
from yuepi.engines.qwen_vl.options import QwenOptions

if TYPE_CHECKING:
    from yuepi.engines.qwen_vl.batch import Batch
    from yuepi.engines.qwen_vl.intake import Intake
    from yuepi.engines.qwen_vl.worker import Worker

log = logging.getLogger(__name__)

INTAKE_THREADS_MAX = 4

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Running:
    """A loaded model at work."""

    intake: Intake
    batch: Batch
    worker: Worker


def build(entry: ModelEntry) -> QwenVlEngine:
    """The engine of an entry; nothing is loaded yet. Raises `BadUsage` for a wrong option."""
    return QwenVlEngine(entry, parse_options(entry, QwenOptions))


class QwenVlEngine:
    """One Qwen3-VL checkpoint in this process."""

    def __init__(self, entry: ModelEntry, options: QwenOptions) -> None:
        self._entry = entry
        self._options = options
        self._running: Running | None = None
        self._closed = False
        self._loading = threading.Lock()
        # Its own threads: a model that loads for half a minute must not hold everybody's.
        self._pool = ThreadPoolExecutor(INTAKE_THREADS_MAX, thread_name_prefix="qwen-vl-intake")

    @property
    def name(self) -> str:
        """The deployment's name."""
        return self._entry.name

    @property
    def abilities(self) -> Abilities:
        """What the options say. Boxes are of the cropped picture where it is cropped, so that
        nobody else could place them: then none are promised."""
        return Abilities(
            images_max=self._options.images_max,
            context_tokens_max=self._options.context_tokens_max,
            json_schema=True,
            boxes="none" if self._options.crop else "0-1000",
        )

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        """Answer piece by piece; leaving the generator stops the work before the next layer."""
        self._refuse_many(chat)
        async with until(chat.call.deadline):
            running = await self._aside(self._load)
        mailbox = Mailbox(chat.call.deadline)
        try:
            async with until(chat.call.deadline):
                question = await self._aside(running.intake.question, chat, mailbox)
            running.worker.submit(question)
            while True:
                delta = await mailbox.take()
                yield delta
                if delta.finish is not None:
                    return
        finally:
            mailbox.close()

    async def warm(self) -> None:
        """Load the weights and make ready for schemas."""
        running = await self._aside(self._load)
        await self._aside(running.intake.warm)

    async def close(self) -> None:
        """End all answers and let go of the weights."""
        await asyncio.to_thread(self._unload)

    async def _aside(self, work: Callable[..., ResultT], *given: Any) -> ResultT:
        if self._closed:
            raise self._gone()
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)

    def _gone(self) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self.name} was closed", remedy="start the server again", retryable=False
        )

    def _refuse_many(self, chat: Chat) -> None:
        count, most = len(chat.pictures), self._options.images_max
        if count > most:
            raise ChatRefused(
                f"{count} pictures were sent, and {self.name} takes {most}",
                remedy=f"send at most {most} pictures in all turns together",
                code="too_many_images",
                param="messages",
            )

    def _load(self) -> Running:
        with self._loading:
            if self._closed:
                raise self._gone()
            if self._running is None:
                self._running = self._begin()
            return self._running

    def _begin(self) -> Running:
        checkpoint = find_checkpoint(self._options.path, self._entry.folder)
        try:
            import xgrammar  # noqa: F401  (missing packages are told now, not with the first schema)

            from yuepi.engines.qwen_vl.batch import Batch
            from yuepi.engines.qwen_vl.intake import Intake
            from yuepi.engines.qwen_vl.model import load
            from yuepi.engines.qwen_vl.worker import Worker
        except ImportError as error:
            raise package_missing(error) from error
        model = load(checkpoint, self._options)
        budget = self._options.for_device(model.device)
        log.info("%s: loaded %s on %s", self.name, checkpoint.folder.name, model.device)
        batch = Batch(
            model,
            feature_cache_bytes=budget.feature_cache_bytes,
            prefix_cache_bytes=budget.prefix_cache_bytes,
        )
        worker = Worker(
            batch,
            batch_max=budget.batch_max,
            window_s=self._options.batch_window_ms / 1000,
            waiting_max=self._options.waiting_max,
            threads=self._options.threads,
        )
        return Running(Intake(model, self._options, budget), batch, worker)

    def _unload(self) -> None:
        with self._loading:
            running, self._running = self._running, None
            self._closed = True
        self._pool.shutdown(wait=False)
        if running is not None:
            running.worker.close()
