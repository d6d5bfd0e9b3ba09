"""What the routes of all rooms ask of a request: who sent it, on which version, whether again.

A POST with an Idempotency-Key is answered once: whoever repeats it gets the first answer, and
another content under the same key is refused. That two at once change nothing twice is seen to by
the versions and states below; the key makes the repeated answer the same. Two at once wait for
each other here; of two processes, the one that was refused waits a moment for the other's answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Protocol, TypeVar
from weakref import WeakValueDictionary

from fastapi import APIRouter, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from yuepi.access.principal import Principal
from yuepi.kit.database import Database
from yuepi.kit.errors import YuepiError
from yuepi.kit.etags import etag_of
from yuepi.kit.idempotency import Idempotency, checked_key, fingerprint

ROWS_MAX: Final = 200
ID: Final = r"^[A-Za-z0-9_-]{1,64}$"
TWIN_WAITS_S: Final = (0.05, 0.15)

Model = TypeVar("Model", bound=BaseModel)

Gate = Callable[[Request], Awaitable[Principal]]
"""Who sent a request. Raises `NotSignedIn` (401), and 403 for a forged or limited one."""


class SentFile(Protocol):
    """A file of a form. Its name is the sender's word; `read` gives its bytes, each time."""

    @property
    def name(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    async def read(self) -> bytes: ...


class Form(Protocol):
    """What a form brought; `loaded` gives name and bytes of each sent file for a block."""

    @property
    def fields(self) -> Mapping[str, str]: ...

    @property
    def lists(self) -> Mapping[str, Sequence[str]]:
        """The values of fields that may come again and again."""

    @property
    def files(self) -> Sequence[SentFile]: ...

    @property
    def order(self) -> Sequence[str | None]:
        """For each file None; or the id where one was only named."""

    def loaded(self) -> AbstractAsyncContextManager[list[tuple[str, bytes]]]: ...


Uploads = Callable[[Request, str], AbstractAsyncContextManager[Form]]
"""Takes in the form of a request by that person, within limits. `app.uploads.Uploads` is one."""

Streams = Callable[
    [
        str,
        str,
        int,
        Callable[[], Awaitable[object]],
        Callable[[int], Awaitable[tuple[Sequence[tuple[int, str, Mapping[str, Any]]], bool]]],
        Callable[[], Awaitable[object]],
    ],
    Response,
]
"""Opens a stream: (person, topic, after, look, read, check). look: something that changes when
there is news; read: (events after a number, whether that was all); check: raises once they may
listen no more."""

Limit = Annotated[int, Query(ge=1, le=ROWS_MAX, description="How many rows at most.")]
# PostgreSQL cannot even be asked for a text with a zero in it.
TEXT: Final = r"^[^\x00]*$"
Cursor = Annotated[
    str | None,
    Query(max_length=512, pattern=TEXT, description="`next` of the page before this one."),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=64, description="The ETag of what is changed."),
]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Any text of your own: repeated, the request is answered as before.",
    ),
]


def new_router(prefix: str, tag: str) -> APIRouter:
    """A router whose operations are called as its functions are: clients are made of the names."""
    return APIRouter(
        prefix=prefix, tags=[tag], generate_unique_id_function=lambda route: route.name
    )


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its JSON value, the version of what it shows (its ETag), and where it is."""

    body: Mapping[str, Any]
    version: int | None = None
    status: int = 200
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def response(self) -> Response:
        """As it is sent."""
        headers = dict(self.headers)
        if self.version is not None:
            headers["ETag"] = etag_of(self.version)
        if self.location is not None:
            headers["Location"] = self.location
        return JSONResponse(self.body, self.status, headers=headers)


def checked_fields(model: type[Model], fields: Mapping[str, str]) -> Model:
    """The fields of a form; raises `RequestValidationError` naming those that are wrong."""
    try:
        return model.model_validate(dict(fields))
    except ValidationError as error:
        raise _invalid(error) from None


def read_body(model: type[Model], body: bytes) -> Model:
    """A JSON body, where the framework does not read it; raises `RequestValidationError`."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> RequestValidationError:
    told = error.errors(include_url=False, include_context=False, include_input=False)
    return RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in told])


class Once:
    """Answers requests with an Idempotency-Key once; without one, each time."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._keys = Idempotency(database)
        # One for each key under way: with the last of its requests it is gone.
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def __call__(
        self,
        request: Request,
        who: Principal,
        content: Mapping[str, Any],
        act: Callable[[], Awaitable[Told]],
    ) -> Response:
        """The answer of `act`, or the one given to the same request before.

        content: all that the request asks for, as JSON values, but for its path and If-Match.
        """
        key = checked_key(request.headers.get("idempotency-key"))
        if key is None:
            return (await act()).response
        asked = fingerprint(
            {
                "method": request.method,
                "path": request.url.path,
                "if_match": request.headers.get("if-match"),
                "content": content,
            }
        )
        turn = self._turns.setdefault((who.id, key), asyncio.Lock())
        async with turn:
            before = await self._before(who, key, asked)
            if before is not None:
                return before.response
            try:
                told = await act()
            except YuepiError as error:
                if error.http_status != HTTPStatus.CONFLICT:
                    raise
                # Its twin in another process may have come first: that one's answer counts.
                twin = await self._twin(who, key, asked)
                if twin is None:
                    raise
                return twin.response
            return (await self._keep(who, key, asked, told)).response

    async def _twin(self, who: Principal, key: str, asked: str) -> Told | None:
        """The answer that another process gave just now, if it did."""
        for wait_s in TWIN_WAITS_S:
            before = await self._before(who, key, asked)
            if before is not None:
                return before
            await asyncio.sleep(wait_s)
        return await self._before(who, key, asked)

    async def _before(self, who: Principal, key: str, asked: str) -> Told | None:
        async with self._database.reading() as transaction:
            known = await self._keys.known(transaction, who.id, key, asked)
        return None if known is None else _read(known)

    async def _keep(self, who: Principal, key: str, asked: str, told: Told) -> Told:
        async with self._database.writing() as transaction:
            first = await self._keys.first(
                transaction, who.id, key, asked, _written(told), self._clock()
            )
        return told if first is None else _read(first)


def _written(told: Told) -> str:
    parts = {"status": told.status, "version": told.version, "location": told.location}
    return json.dumps({**parts, "body": told.body}, ensure_ascii=False)


def _read(text: str) -> Told:
    parts = json.loads(text)
    return Told(parts["body"], parts["version"], parts["status"], parts["location"])
