"""One person's slow uploads leave room for others'."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from starlette.requests import Request
from starlette.types import Message

from yuepi.app.problems import WireRefused
from yuepi.app.uploads import UploadLimits, Uploads
from yuepi.kit.errors import Unavailable


def form() -> Request:
    body: Message = {"type": "http.request", "body": b"--b--\r\n", "more_body": False}

    async def receive() -> Message:
        return body

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    scope = {"type": "http", "method": "POST", "path": "/api/claims", "headers": headers}
    return Request(scope, receive)


def test_one_person_does_not_take_all_places() -> None:
    uploads = Uploads(UploadLimits(at_once_max=3, person_at_once_max=2))

    async def tell() -> None:
        async with AsyncExitStack() as under_way:
            for _ in range(2):
                await under_way.enter_async_context(uploads(form(), "usr_mallory"))
            with pytest.raises(WireRefused) as refused:
                await under_way.enter_async_context(uploads(form(), "usr_mallory"))
            assert (refused.value.http_status, refused.value.code) == (429, "too_many_uploads")
            await under_way.enter_async_context(uploads(form(), "usr_ann"))
            with pytest.raises(Unavailable):
                await under_way.enter_async_context(uploads(form(), "usr_bob"))
        async with uploads(form(), "usr_mallory"):
            assert uploads._people.total() == 1
        assert not uploads._people

    asyncio.run(tell())
