"""The engine: one worker thread that owns the model, and a queue of limited length before it.

The library takes one request at a time (a second one raises), so the single thread is the queue.
Loading, answering and closing happen there; nothing of it touches the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from yuepi.engines.contract import (
    Abilities,
    Chat,
    ChatRefused,
    Delta,
    EngineBroke,
    EngineBusy,
    EngineTimeout,
    EngineUnavailable,
    ModelEntry,
    Usage,
    parse_options,
)
from yuepi.engines.openvino_genai.grammar import grammar_of
from yuepi.engines.openvino_genai.options import OpenvinoOptions
from yuepi.engines.openvino_genai.pictures import prepared
from yuepi.engines.openvino_genai.pipeline import Ended, Pipeline, Question
from yuepi.engines.openvino_genai.stop_words import STOP_CHARS_MAX, STOPS_MAX
from yuepi.engines.openvino_genai.transcript import prompt_of

log = logging.getLogger(__name__)

# A last guard: who may come in, and how long others wait, is for whoever asks to limit.
QUEUE_MAX = 8
QUEUE_WAIT_S_MAX = 120.0


def build(entry: ModelEntry) -> OpenvinoEngine:
    """The engine of a `[models.NAME]` entry; loads nothing yet. Raises `BadUsage`."""
    return OpenvinoEngine(entry.name, parse_options(entry, OpenvinoOptions), entry.folder)


class OpenvinoEngine:
    """Answers with an exported Qwen3-VL; loaded by `warm` or by the first question."""

    def __init__(self, name: str, options: OpenvinoOptions, folder: Path = Path()) -> None:
        self._name = name
        self._options = options
        self._folder = folder / Path(options.path).expanduser()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"openvino-{name}")
        self._pipeline: Pipeline | None = None
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = False
        self.abilities = Abilities(
            images_max=options.images_max,
            context_tokens_max=options.context_tokens_max,
            boxes="none" if options.crop else "0-1000",
        )

    @property
    def name(self) -> str:
        return self._name

    async def warm(self) -> None:
        """Load the model; raises `EngineUnavailable` saying what is missing."""
        self._check_open()
        await asyncio.wrap_future(self._worker.submit(self._loaded))

    async def close(self) -> None:
        """Let the answer at work end at its next word, refuse what waits, free the model."""
        self._closed = True
        await asyncio.to_thread(self._worker.shutdown, wait=True, cancel_futures=True)
        self._pipeline = None

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        """Answer one chat; waits in line while another one is answered."""
        self._check_open()
        self._check(chat)
        question = await asyncio.to_thread(self._question, chat)
        talk = _Talk(asyncio.get_running_loop(), lambda: self._closed)
        self._check_open()  # it may have been closed meanwhile, and its worker takes no more jobs
        with self._seat():
            queued = time.monotonic()
            job = self._worker.submit(self._answer, question, talk)
            job.add_done_callback(lambda _: talk.wake())
            try:
                await self._wait_turn(chat, job, talk, queued)
                async for delta in self._deltas(chat, job, talk):
                    yield delta
            finally:
                talk.leave()
                job.cancel()

    # --- on the event loop

    def _check_open(self) -> None:
        if self._closed:
            raise EngineUnavailable(
                f"model {self._name!r} is closed", remedy="start the server again", retryable=False
            )

    def _check(self, chat: Chat) -> None:
        count = len(chat.pictures)
        if count > self._options.images_max:
            raise ChatRefused(
                f"{count} pictures are more than the {self._options.images_max} of {self._name!r}",
                remedy="send fewer pictures, or raise images_max of the model",
                code="too_many_images",
                param="messages",
            )
        stops = chat.sampling.stop
        if len(stops) > STOPS_MAX or any(len(stop) > STOP_CHARS_MAX for stop in stops):
            raise ChatRefused(
                f"more than {STOPS_MAX} stop strings, or one above {STOP_CHARS_MAX} characters",
                remedy="send fewer or shorter stop strings",
                param="stop",
            )

    @contextlib.contextmanager
    def _seat(self) -> Generator[None]:
        """A place in the queue of limited length; the answer at work has one too."""
        with self._lock:
            if self._waiting > QUEUE_MAX:
                raise EngineBusy(
                    f"{self._waiting} questions wait for {self._name!r} already",
                    remedy="ask again later, or leave concurrency_max of the model at 1",
                    retry_after_s=5.0,
                )
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    async def _wait_turn(self, chat: Chat, job: Future[Ended], talk: _Talk, queued: float) -> None:
        """Until the worker has begun with the chat."""
        until = queued + QUEUE_WAIT_S_MAX
        while not talk.begun and not job.done():
            if not await talk.woken(_earlier(until, chat.call.deadline)):
                _check_deadline(chat, self._name)
                raise EngineBusy(
                    f"waited {QUEUE_WAIT_S_MAX:g} s for {self._name!r}",
                    remedy="ask again later, or leave concurrency_max of the model at 1",
                    retry_after_s=5.0,
                )
        chat.call.queued_s += time.monotonic() - queued

    async def _deltas(
        self, chat: Chat, job: Future[Ended], talk: _Talk
    ) -> AsyncGenerator[Delta, None]:
        while True:
            done = job.done()
            text = talk.taken()
            if done:
                break
            if text and chat.incremental:
                yield Delta(text)
            elif text:
                talk.keep(text)
            if not await talk.woken(chat.call.deadline):
                _check_deadline(chat, self._name)
        if job.cancelled():
            raise EngineUnavailable(f"model {self._name!r} is closing", remedy="ask again later")
        ended = job.result()
        yield Delta(text, finish=ended.finish, usage=ended.usage)

    # --- in threads

    def _question(self, chat: Chat) -> Question:
        """What the worker needs, made ready while it may still be at work on another chat."""
        prompt, pictures = prompt_of(chat.messages)
        grammar = None if chat.shape is None else grammar_of(chat.shape)
        pixels = tuple(prepared(picture, self._options) for picture in pictures)
        return Question(prompt, pixels, chat.sampling, grammar)

    def _loaded(self) -> Pipeline:
        if self._pipeline is None:
            self._pipeline = Pipeline(self._name, self._options, self._folder)
        return self._pipeline

    def _answer(self, question: Question, talk: _Talk) -> Ended:
        """One answer, in the worker."""
        talk.begin()
        pipeline = self._loaded()
        if talk.left():
            return Ended("stop", Usage(0, 0))
        try:
            ended = pipeline.ask(question, talk.show, talk.left)
        except (RuntimeError, ValueError, TypeError, MemoryError) as error:
            # The library may still hold the request, and would refuse every later one.
            log.exception("model %s failed; it is loaded anew", self._name)
            self._pipeline = None
            said = (str(error) or type(error).__name__).splitlines()[0]
            raise EngineBroke(
                f"model {self._name!r} failed: {said[:300]}",
                remedy="ask again; if it stays, see the server's log",
            ) from error
        if self._closed:
            raise EngineUnavailable(f"model {self._name!r} is closing", remedy="ask again later")
        return ended


class _Talk:
    """The text on its way from the worker to one listener. Bounded by the answer's own length:
    what the listener has not taken yet is kept joined, never as a row of events."""

    def __init__(self, loop: asyncio.AbstractEventLoop, closed: Callable[[], bool]) -> None:
        self._loop = loop
        self._event = asyncio.Event()
        self._closed = closed
        self._pieces: list[str] = []
        self._lock = threading.Lock()
        self._left = threading.Event()
        self.begun = False

    # the worker's side

    def begin(self) -> None:
        self.begun = True
        self.wake()

    def show(self, text: str) -> None:
        with self._lock:
            first = not self._pieces
            self._pieces.append(text)
        if first:
            self.wake()

    def left(self) -> bool:
        return self._left.is_set() or self._closed()

    def wake(self) -> None:
        # The listener's loop may be gone, and nobody waits then.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._event.set)

    # the listener's side

    def leave(self) -> None:
        self._left.set()

    def taken(self) -> str:
        with self._lock:
            text, self._pieces = "".join(self._pieces), []
        return text

    def keep(self, text: str) -> None:
        with self._lock:
            self._pieces.insert(0, text)

    async def woken(self, until: float | None) -> bool:
        """Wait for news; False when the time (monotonic seconds) came first."""
        if not self._event.is_set():
            rest = None if until is None else until - time.monotonic()
            try:
                await asyncio.wait_for(self._event.wait(), rest)
            except TimeoutError:
                return False
        self._event.clear()
        return until is None or time.monotonic() < until


def _earlier(one: float, other: float | None) -> float:
    return one if other is None else min(one, other)


def _check_deadline(chat: Chat, name: str) -> None:
    deadline = chat.call.deadline
    if deadline is not None and time.monotonic() >= deadline:
        raise EngineTimeout(
            f"model {name!r} did not end in time",
            remedy="ask for a shorter answer, low detail, or raise the route's deadline",
        )
