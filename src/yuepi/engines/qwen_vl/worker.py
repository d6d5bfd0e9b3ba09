"""The one thread that runs the model: takes questions in, steps the batch, ends everything."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

import torch

from yuepi.engines.contract import EngineBroke, EngineBusy, EngineFailure, EngineUnavailable
from yuepi.engines.qwen_vl.batch import Batch, Question

log = logging.getLogger(__name__)

RETRY_AFTER_S = 5.0


def closed() -> EngineUnavailable:
    """The error for questions to a model that was closed."""
    return EngineUnavailable(
        "this model was closed", remedy="start the server again", retryable=False
    )


def failed(error: Exception) -> EngineBroke:
    """The error for answers that ended with something nobody expected."""
    return EngineBroke(
        f"the model's thread failed: {type(error).__name__}",
        remedy="ask again; the server's log tells more",
    )


class Worker:
    """Runs a batch in a thread of its own. `submit` and `close` may be called by any thread."""

    def __init__(
        self,
        batch: Batch,
        *,
        batch_max: int,
        window_s: float,
        waiting_max: int,
        threads: int | None,
    ) -> None:
        self._batch = batch
        self._batch_max = batch_max
        self._window_s = window_s
        self._waiting_max = waiting_max
        self._threads = threads
        self._waiting: deque[Question] = deque()
        self._change = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="qwen-vl", daemon=True)
        self._thread.start()

    def submit(self, question: Question) -> None:
        """Queue a question; raises `EngineBusy` if too many wait, `EngineUnavailable` if closed."""
        with self._change:
            if self._closing:
                raise closed()
            if len(self._waiting) >= self._waiting_max:
                self._waiting = deque(one for one in self._waiting if not one.mailbox.closed)
            if len(self._waiting) >= self._waiting_max:
                raise EngineBusy(
                    f"{self._waiting_max} questions already wait for this model",
                    remedy="ask again later, or add another deployment",
                    retry_after_s=RETRY_AFTER_S,
                )
            self._waiting.append(question)
            self._change.notify()

    def close(self) -> None:
        """End all answers and the thread; returns when it is gone."""
        with self._change:
            self._closing = True
            self._change.notify()
        self._batch.halt(closed())  # a long prompt would hold the one who closes for a minute
        self._thread.join()

    # --- the thread

    def _run(self) -> None:
        # PyTorch keeps this number for each thread.
        if self._threads is not None:
            torch.set_num_threads(self._threads)
        with torch.inference_mode():
            while not self._closing:
                try:
                    self._take_in()
                    self._batch.step()
                except Exception as error:  # the thread's edge: or all would hang
                    log.exception("the model's thread failed")
                    self._batch.fail(failed(error))
        self._end_all(closed())

    def _take_in(self) -> None:
        """Wait for a question if there is nothing to do; take in as many as the batch holds."""
        with self._change:
            while not (self._waiting or len(self._batch) or self._closing):
                self._change.wait()
        if self._window_s and not len(self._batch) and not self._closing:
            time.sleep(self._window_s)
        while len(self._batch) < self._batch_max and not self._closing:
            with self._change:
                if not self._waiting:
                    return
                question = self._waiting.popleft()
            try:
                self._batch.join(question)
            except Exception as error:  # an edge too: it is in no batch yet, the others go on
                log.exception("a question could not be taken in")
                question.mailbox.fail(failed(error))

    def _end_all(self, error: EngineFailure) -> None:
        self._batch.fail(error)
        with self._change:
            waiting, self._waiting = self._waiting, deque()
        for question in waiting:
            question.mailbox.fail(error)
