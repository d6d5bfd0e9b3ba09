"""The engine: looks at the pictures of a chat once and answers from what was seen.

Looking runs in one worker thread behind a bounded queue; what was seen is kept per picture
(SHA-256), so that a second question about it costs no second look. Answering is quick and pure,
and runs in the same thread.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from yuepi.engines.contract import (
    Abilities,
    Chat,
    ChatRefused,
    Delta,
    Engine,
    EngineBroke,
    EngineBusy,
    EngineTimeout,
    EngineUnavailable,
    Finish,
    Message,
    ModelEntry,
    Picture,
    Usage,
    parse_options,
)
from yuepi.engines.ocr import wording
from yuepi.engines.ocr.answer import answer_data, answer_text
from yuepi.engines.ocr.looking import Looking, decoded, shared_eye
from yuepi.engines.ocr.page import HAS_CJK, Page, page_of
from yuepi.engines.ocr.question import Question, parse_question
from yuepi.kit.clock import business_day, utc_now
from yuepi.kit.errors import Unavailable, YuepiError

PICTURES_MAX: Final = 4
PAGES_KEPT_MAX: Final = 64
WAITING_MAX: Final = 16
T = TypeVar("T")


class Options(BaseModel):
    """What `[models.NAME]` may say. threads: None takes all cores."""

    model_config = ConfigDict(extra="forbid", strict=True)

    threads: int | None = Field(default=None, ge=1, le=64)
    pages_kept: int = Field(default=PAGES_KEPT_MAX, ge=1, le=4096)
    waiting_max: int = Field(default=WAITING_MAX, ge=1, le=1024)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A finished answer with what it cost: tokens of the pages, those of them seen before."""

    text: str
    page_tokens: int
    cached_tokens: int


class OcrEngine:
    """An `Engine` without a language model; it says "cannot tell" rather than guess.

    eye: what looks; built on first need where None. today: the day that "the past 90 days" are
    counted from.
    """

    abilities = Abilities(
        images_max=PICTURES_MAX, json_schema=True, boxes="0-1000", converses=False
    )

    def __init__(
        self,
        name: str,
        *,
        eye: Callable[[], Looking] | None = None,
        today: Callable[[], date] | None = None,
        pages_kept: int = PAGES_KEPT_MAX,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self.name = name
        self._eye = eye or (lambda: shared_eye(None))
        self._today = today or (lambda: business_day(utc_now()))
        # By tenant too: that it was seen before must not tell one what another one sent.
        self._pages: OrderedDict[tuple[str, str], Page] = OrderedDict()
        self._pages_kept = pages_kept
        self._waiting_max = waiting_max
        self._waiting = 0
        self._closed = False
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="ocr-engine")

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        """Answer line by line; the last delta carries `finish` and an estimated usage.

        Raises `ChatRefused` (too_many_images, invalid_image, schema_not_satisfiable), `EngineBusy`,
        `EngineTimeout`, `EngineUnavailable`, `EngineBroke`.
        """
        if self._closed:
            raise self._gone()
        answer = await self._answer(chat)
        text, finish = _limited(answer.text, chat)
        usage = Usage(
            prompt_tokens=sum(tokens_of(m.text) for m in chat.messages) + answer.page_tokens,
            completion_tokens=tokens_of(text),
            cached_tokens=answer.cached_tokens,
            estimated=True,
        )
        lines = text.splitlines(keepends=True) if chat.incremental else [text]
        for line in lines:
            yield Delta(text=line)
        yield Delta(finish=finish, usage=usage)

    async def warm(self) -> None:
        """Load the text models and meet the usual shapes; raises `EngineUnavailable`."""
        await self._in_worker(lambda: self._looking().warm())

    async def close(self) -> None:
        """Stop taking questions; a look that has begun ends first."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._worker.shutdown, cancel_futures=True)
        self._pages.clear()

    # --- one question --------------------------------------------------------------------------

    async def _answer(self, chat: Chat) -> _Answer:
        today = self._today()
        message = _last_user(chat)
        question = parse_question(message.text if message else "", today)
        chosen = _chosen(chat, message, question)
        if not chosen:
            return _Answer(_shaped_refusal(chat, question), 0, 0)
        if len(chosen) > PICTURES_MAX:
            raise ChatRefused(
                f"{len(chosen)} pictures, {self.name} takes {PICTURES_MAX} at a time",
                remedy=f"send at most {PICTURES_MAX} pictures in one question",
                code="too_many_images",
                param="messages",
            )
        if self._waiting >= self._waiting_max:
            raise EngineBusy(
                f"{self.name}: {self._waiting} questions are already waiting",
                remedy="try again in a few seconds",
                retry_after_s=2.0,
            )
        self._waiting += 1
        try:
            return await self._looked(chat, question, chosen, today)
        finally:
            self._waiting -= 1

    async def _looked(
        self, chat: Chat, question: Question, chosen: dict[int, Picture], today: date
    ) -> _Answer:
        """Each look is a job of its own: who leaves meanwhile causes no further one."""
        pages: dict[int, Page] = {}
        tokens = cached = 0
        deadline = chat.call.deadline
        try:
            async with asyncio.timeout(None if deadline is None else deadline - time.monotonic()):
                for number, picture in chosen.items():
                    key = (chat.call.tenant, picture.sha256)
                    known = key in self._pages
                    page = await self._in_worker(partial(self._page, key, picture))
                    pages[number] = page
                    cost = tokens_of(page.text)
                    tokens += cost
                    cached += cost if known else 0
                text = await self._in_worker(lambda: _written(chat, question, pages, today))
        except TimeoutError:
            raise EngineTimeout(
                f"{self.name}: the pictures were not read in time",
                remedy="allow more time, or send fewer or smaller pictures",
            ) from None
        return _Answer(text, tokens, cached)

    async def _in_worker(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise self._gone()
        job = self._worker.submit(work)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if job.cancelled() and task is not None and not task.cancelling():
                raise self._gone() from None  # `close` cancelled what waited, nobody else did
            raise
        except YuepiError as error:
            if isinstance(error, Unavailable):
                raise EngineUnavailable(
                    f"{self.name}: {error.message}", remedy=error.remedy, retryable=False
                ) from error
            raise

    def _gone(self) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self.name}: is closed", remedy="start the server again", retryable=False
        )

    # --- in the worker thread ------------------------------------------------------------------

    def _page(self, key: tuple[str, str], picture: Picture) -> Page:
        page = self._pages.get(key)
        if page is None:
            pixels = decoded(picture)
            try:
                (seen,) = self._looking().look([pixels])
            except (ValueError, RuntimeError, MemoryError) as error:
                raise EngineBroke(
                    f"{self.name}: the picture could not be read ({type(error).__name__})",
                    remedy="send another scan or photo of it",
                    retryable=False,
                ) from error
            page = page_of(seen.sighting)
        self._pages[key] = page
        self._pages.move_to_end(key)
        while len(self._pages) > self._pages_kept:
            self._pages.popitem(last=False)
        return page

    def _looking(self) -> Looking:
        return self._eye()


# --- pure --------------------------------------------------------------------------------------


def _last_user(chat: Chat) -> Message | None:
    return next((m for m in reversed(chat.messages) if m.role == "user"), None)


def _chosen(chat: Chat, message: Message | None, question: Question) -> dict[int, Picture]:
    """The pictures a question is about, by number: its own, else those of the latest turn that
    has any; numbers it names may also count over the whole chat."""
    own = message.pictures if message else ()
    if not own:
        own = next((m.pictures for m in reversed(chat.messages) if m.pictures), ())
    if not question.pictures:
        return dict(enumerate(own, 1))
    count = len(own) if max(question.pictures) <= len(own) else len(chat.pictures)
    shelf = own if count == len(own) else chat.pictures
    missing = [number for number in question.pictures if number > len(shelf)]
    if missing and shelf:
        raise ChatRefused(
            f"the question names picture {missing[0]}, there are {len(shelf)}",
            remedy="attach the picture, or name one that is there",
            code="no_such_image",
            param="messages",
        )
    return {number: shelf[number - 1] for number in question.pictures if shelf}


def _written(chat: Chat, question: Question, pages: dict[int, Page], today: date) -> str:
    if chat.shape is not None and chat.shape.schema is not None:
        # Here, so that no server pays for jsonschema before a schema comes.
        from yuepi.engines.ocr.schema_fill import fill_schema

        return _json(fill_schema(chat.shape.schema, question, pages, today))
    if chat.shape is not None or question.json:
        if question.keys:
            from yuepi.engines.ocr.schema_fill import fill_schema, schema_of_keys

            return _json(fill_schema(schema_of_keys(question.keys), question, pages, today))
        return _json(answer_data(question, pages, today))
    return answer_text(question, pages, today)


def _shaped_refusal(chat: Chat, question: Question) -> str:
    text = wording.NO_PICTURE[question.language]
    if chat.shape is None:
        return text
    if chat.shape.schema is not None:
        raise ChatRefused(
            "there is no picture to fill the schema from",
            remedy="attach the picture that the question is about",
            code="schema_not_satisfiable",
            param="messages",
        )
    return _json({"answer": wording.CANNOT_TELL[question.language], "explanation": text})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _limited(text: str, chat: Chat) -> tuple[str, Finish]:
    """The text up to the first stop word and the token limit; a number is never cut in two."""
    for stop in chat.sampling.stop:
        if stop:
            text = text.split(stop, 1)[0]
    limit = chat.sampling.max_tokens
    if limit is None or tokens_of(text) <= limit:
        return text, "stop"
    kept = ""
    for word in _words(text):
        if tokens_of(kept + word) > limit:
            break
        kept += word
    return kept, "length"


def _words(text: str) -> list[str]:
    """Single Chinese characters, and runs of anything else up to and with a blank."""
    words: list[str] = []
    for sign in text:
        joins = words and not HAS_CJK.match(sign) and not HAS_CJK.match(words[-1][-1])
        if joins and not words[-1][-1].isspace():
            words[-1] += sign
        else:
            words.append(sign)
    return words


def tokens_of(text: str) -> int:
    """About how many tokens a text is: one a Chinese character, one for four others."""
    chinese = len(HAS_CJK.findall(text))
    return chinese + -(-(len(text) - chinese) // 4)


def build(entry: ModelEntry, eye: Looking | None = None) -> Engine:
    """The engine of an entry; nothing is loaded yet. Raises `BadUsage` for a wrong option.

    eye: the process's own, to share its models; None shares one among these engines.
    """
    options = parse_options(entry, Options)
    return OcrEngine(
        entry.name,
        eye=(lambda: eye) if eye is not None else (lambda: shared_eye(options.threads)),
        pages_kept=options.pages_kept,
        waiting_max=options.waiting_max,
    )
