"""`/api/library/ask`: a question to documents, answered in quotes, as it is answered or at once."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import Gate, new_router
from yuepi.access.principal import Principal, may, require
from yuepi.kit.errors import YuepiError
from yuepi.library.asking.asked import NAMES, Asked, Done, Event, Quote, Sentence
from yuepi.library.asking.asker import Asker
from yuepi.library.scope import scope_of

LOG = logging.getLogger(__name__)

ASKED_AT_ONCE_MAX: Final = 64
PERSON_AT_ONCE_MAX: Final = 4

Stream = Callable[[Callable[[], AsyncGenerator[bytes, None]], Callable[[], None]], Response]
"""A response that sends pieces as they come, and calls back when it is over, however that is;
`app.events.EventStream` is one."""


class TooManyQuestions(YuepiError):
    """More questions are being answered than may be."""

    code = "too_many_questions"
    http_status = 429
    retry_after_s = 5


class AskSent(Asked):
    """A question as it is sent. stream: told as it is answered, by server-sent events."""

    stream: bool = True


class QuoteShown(Quote):
    """A quote; href: the picture of its page, where there is one."""

    href: str


class AnswerShown(Done):
    """A whole answer. Where nothing was found, the quotes are the nearest passages: they support
    nothing."""

    quotes: tuple[QuoteShown, ...]


class _Places:
    """How many questions are being answered, in all and of one person."""

    def __init__(self) -> None:
        self._people: Counter[str] = Counter()

    def take(self, person: str) -> None:
        """Raises `TooManyQuestions`."""
        if self._people[person] >= PERSON_AT_ONCE_MAX:
            raise TooManyQuestions(
                f"{PERSON_AT_ONCE_MAX} questions of yours are being answered",
                remedy="wait for one of them to end",
            )
        if self._people.total() >= ASKED_AT_ONCE_MAX:
            raise TooManyQuestions(
                "too many questions are being answered", remedy="ask again in a moment"
            )
        self._people[person] += 1

    def leave(self, person: str) -> None:
        """Give a place back."""
        self._people[person] -= 1
        if not self._people[person]:
            del self._people[person]


def ask_router(gate: Gate, asker: Asker, stream: Stream) -> APIRouter:
    """The route that asks documents."""
    router = new_router("/api/library", "library")
    who_asks = Depends(gate)
    places = _Places()

    @router.post(
        "/ask",
        response_model=AnswerShown,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    async def ask_library(sent: AskSent, who: Principal = who_asks) -> Response:
        """Answer a question out of documents within reach: some, a folder, or all. Streamed as the
        events `found`, `sentence` and `done`; a `problem` ends what broke on the way. A model
        writes only for who may ask models; others get quotes."""
        require(who, "library:read")
        asked = Asked.model_validate(sent.model_dump(exclude={"stream"}))
        places.take(who.id)
        events = asker.ask(scope_of(who), asked, with_model=may(who, "models:ask"))
        try:
            # What is wrong with the question is told before a stream begins.
            first = await anext(events)
            if sent.stream:
                return stream(lambda: _told(first, events), lambda: places.leave(who.id))
            whole = await _last(events)
        except BaseException:
            places.leave(who.id)
            await events.aclose()
            raise
        places.leave(who.id)
        return JSONResponse(_shown(whole))

    return router


async def _last(events: AsyncGenerator[Event, None]) -> Done:
    async for event in events:
        if isinstance(event, Done):
            return event
    raise AssertionError("an answer has an end")


async def _told(first: Event, events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(events):
            yield _event(first)
            async for event in events:
                yield _event(event)
    except YuepiError as error:
        LOG.info("an answer ended early: %s", error.code)
        told = {"code": error.code, "message": error.message, "remedy": error.remedy}
        yield _lines("problem", told)


def _event(event: Event) -> bytes:
    return _lines(NAMES[type(event)], _shown(event))


def _lines(name: str, data: Mapping[str, Any]) -> bytes:
    # JSON has no bare line ends, so one line of data is enough.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode("utf-8", "replace")


def _shown(event: Event) -> dict[str, Any]:
    shown = event.model_dump(mode="json")
    for quote in () if isinstance(event, Sentence) else shown["quotes"]:
        place = f"/api/library/documents/{quote['document']}/pages"
        quote["href"] = f"{place}/{quote['file_at']}/{quote['page']}"
    return shown
