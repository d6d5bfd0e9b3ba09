"""What one request may bring: bytes, pictures, others beside it; and whatever JSON it is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rooms.gateway.scripted_answers import (
    CHAT,
    GIF,
    SCRIPTS,
    body,
    pictured,
    told,
)
from tests.rooms.gateway.scripted_gateway import (
    AUTHORIZATION,
    KEY,
    LIMITS,
    SECRET,
    Reply,
    ScriptedGateway,
    ScriptedKeyring,
    ask,
    opened,
)
from yuepi.access.keys import Key
from yuepi.engines.contract import Abilities, Chat, ChatRefused, EngineBusy
from yuepi.gateway.api import Door
from yuepi.gateway.picture_intake import PictureLimits

EMBED = "/v1/embeddings"


def asked_of(data: bytes) -> Chat:
    gateway = ScriptedGateway(SCRIPTS)
    assert told(data, door=opened(gateway)).status == 200
    return gateway.asked[0]


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (b"x" * 1001, ()),
        ([b"x" * 400] * 3, ()),
        (b"{}", ((b"content-length", b"1001"),)),
        (b"{}", ((b"content-length", b"9" * 5000),)),
    ],
)
def test_too_large_a_body(data: Any, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    door = opened(ScriptedGateway(SCRIPTS), body_bytes_max=1000)
    reply = told(data, door=door, headers=(AUTHORIZATION, *headers))
    assert reply.status == 413
    assert reply.error["code"] == "request_too_large"
    assert reply.error["type"] == "invalid_request_error"


def test_a_compressed_body_is_refused() -> None:
    reply = told(body(), headers=(AUTHORIZATION, (b"content-encoding", b"gzip")))
    assert (reply.status, reply.error["code"]) == (400, "unsupported_encoding")


@pytest.mark.parametrize(
    ("count", "able", "status"),
    [(4, {}, 200), (5, {}, 400), (8, {"images_max": 8}, 200), (1, {"modalities": ("text",)}, 400)],
)
def test_as_many_pictures_as_the_model_takes(count: int, able: dict[str, Any], status: int) -> None:
    gateway = ScriptedGateway(SCRIPTS, able=Abilities(**able))
    reply = told(pictured(count), door=opened(gateway))
    assert reply.status == status
    if status == 400:
        assert reply.error["code"] == "too_many_images"


def test_large_pictures_are_judged_too() -> None:
    """Beyond a megabyte a thread looks at them; what it finds is the same."""
    large = GIF + b"\0" * 2_000_000
    assert asked_of(pictured(1, large[:-1] + b";")).pictures[0].width_px == 2
    reply = told(pictured(1, b"nothing" * 300_000))
    assert (reply.status, reply.error["code"]) == (400, "invalid_image")
    limits = replace(LIMITS, pictures=PictureLimits(image_bytes_max=1000))
    door = Door(ScriptedGateway(SCRIPTS), ScriptedKeyring(), {}, limits)
    assert told(pictured(1, large), door=door).error["code"] == "image_too_large"


def test_addresses_of_pictures_are_fetched_only_where_allowed() -> None:
    part = {"type": "image_url", "image_url": {"url": "HTTPS://example.com/a.gif"}}
    data = body(messages=[{"role": "user", "content": [part]}])
    reply = told(data)
    assert (reply.status, reply.error["code"]) == (400, "invalid_image_url")
    assert "picture_urls" in reply.error["message"]
    asked: list[str] = []

    async def fetch(url: str, param: str) -> bytes:
        asked.append(url)
        return GIF

    gateway = ScriptedGateway(SCRIPTS)
    door = Door(gateway, ScriptedKeyring(), {}, LIMITS, fetch=fetch)
    assert told(data, door=door).status == 200
    assert asked == ["HTTPS://example.com/a.gif"]
    assert gateway.asked[0].pictures[0].data == GIF
    # What was received names the address: an upstream must not fetch it a second time.
    assert gateway.asked[0].received is not None
    assert "messages" not in gateway.asked[0].received


def test_addresses_are_fetched_side_by_side_and_all_end_with_the_first_that_fails() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": f"https://pictures.example/{width_px}"}}
        for width_px in range(2, 8)
    ]
    data = body(messages=[{"role": "user", "content": parts}])
    running: set[str] = set()
    most: list[int] = []
    bad = ""

    async def fetch(url: str, param: str) -> bytes:
        running.add(url)
        most.append(len(running))
        try:
            await asyncio.sleep(0.01)
            if url == bad:
                raise ChatRefused("it is not there", remedy="send another", param=param)
            return GIF[:6] + bytes([int(url[-1])]) + GIF[7:]
        finally:
            running.remove(url)

    gateway = ScriptedGateway(SCRIPTS, Abilities(images_max=9))
    door = Door(gateway, ScriptedKeyring(), {}, LIMITS, fetch=fetch)
    assert told(data, door=door).status == 200
    assert [each.width_px for each in gateway.asked[0].pictures] == list(range(2, 8))
    assert max(most) == 4
    bad = "https://pictures.example/3"
    reply = told(data, door=door)
    assert (reply.status, reply.error["param"]) == (400, "messages[0].content[1].image_url.url")
    assert not running


def test_more_requests_than_allowed_are_asked_to_come_back() -> None:
    async def story() -> Reply:
        door = opened(ScriptedGateway(SCRIPTS), requests_max=2)
        waiting = [asyncio.create_task(ask(door, CHAT, body("silent"))) for _ in range(2)]
        await asyncio.sleep(0)
        reply = await ask(door, CHAT, body())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert (await ask(door, CHAT, body())).status == 200
        return reply

    reply = asyncio.run(story())
    assert reply.status == 429
    assert b"retry-after" in reply.headers


def test_bodies_are_limited_together() -> None:
    """By the bytes that arrived, not by those that were promised."""

    async def story() -> tuple[Reply, Reply]:
        data = body("silent", vendor="x" * 700)
        door = opened(
            ScriptedGateway(SCRIPTS),
            body_bytes_max=1000,
            bodies_bytes_max=1500,
            requests_max=9,
        )
        first = asyncio.create_task(ask(door, CHAT, data, headers=(AUTHORIZATION, CLAIMS)))
        await asyncio.sleep(0)
        refused = await ask(door, CHAT, body(vendor="x" * 700))
        taken = await ask(door, CHAT, body())
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert (await ask(door, CHAT, body(vendor="x" * 700))).status == 200
        return refused, taken

    refused, taken = asyncio.run(story())
    assert (refused.status, taken.status) == (429, 200)
    assert refused.error["code"] == "too_many_requests"


def test_the_least_for_all_bodies_grows_with_one_body() -> None:
    door = opened(ScriptedGateway(SCRIPTS), body_bytes_max=2**30)
    assert told(body(), door=door).status == 200


CLAIMS = (b"content-length", b"1000")


class KeyringOfMany(ScriptedKeyring):
    """Every secret is a key of its own."""

    async def find(self, bearer: str) -> Key:
        return KEY if bearer == SECRET else Key(id=bearer, name=bearer)


class AnyGateway(ScriptedGateway):
    """Does not mind whose request it is."""

    def stream(self, alias: str, chat: Chat, key: Key | None = None) -> Any:
        return super().stream(alias, chat, KEY)


def _of(name: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"authorization", b"Bearer " + name), CLAIMS)


def test_silent_clients_of_one_key_do_not_close_the_door() -> None:
    """Neither to other keys nor for long: a body that never comes has its time, too."""

    async def story() -> None:
        limits = replace(LIMITS, body_bytes_max=1000, requests_max=8, body_wait_s_max=0.05)
        door = Door(AnyGateway(SCRIPTS), KeyringOfMany(), {}, limits)
        silence = asyncio.Event()
        statuses: list[int] = []

        async def never() -> Any:
            await silence.wait()

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {"type": "http", "method": "POST", "path": CHAT, "headers": list(_of(b"many"))}
        waiting = [asyncio.create_task(door(dict(scope), never, send)) for _ in range(7)]
        await asyncio.sleep(0)
        assert statuses == [429] * 5
        assert (await ask(door, CHAT, body(), headers=_of(b"other"))).status == 200
        assert (await ask(door, CHAT, body(), headers=_of(b"many"))).status == 429
        await asyncio.gather(*waiting)
        assert statuses == [429] * 5 + [408] * 2
        assert (await ask(door, CHAT, body(), headers=_of(b"many"))).status == 200

    asyncio.run(story())


def test_the_bodies_of_one_key_leave_room_for_others() -> None:
    async def story() -> None:
        limits = replace(LIMITS, body_bytes_max=1000, bodies_bytes_max=4000)
        door = Door(AnyGateway(SCRIPTS), KeyringOfMany(), {}, limits)
        data = body("silent", vendor="x" * 700)
        first = asyncio.create_task(ask(door, CHAT, data, headers=_of(b"many")))
        await asyncio.sleep(0)
        large = body(vendor="x" * 700)
        assert (await ask(door, CHAT, large, headers=_of(b"many"))).status == 429
        assert (await ask(door, CHAT, large, headers=_of(b"other"))).status == 200
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert (await ask(door, CHAT, large, headers=_of(b"many"))).status == 200

    asyncio.run(story())


@pytest.mark.parametrize("path", [CHAT, EMBED])
def test_a_key_over_its_limits_is_told_before_anything_is_read(path: str) -> None:
    async def admit(key: Key) -> None:
        raise EngineBusy("too many", remedy="wait", code="rate_limit_exceeded")

    async def story() -> None:
        door = Door(ScriptedGateway(SCRIPTS), ScriptedKeyring(), {}, LIMITS, admit=admit)
        sent: list[Any] = []

        async def receive() -> Any:
            raise AssertionError("nothing is read")

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": path, "headers": [AUTHORIZATION]}
        await door(scope, receive, send)
        assert sent[0]["status"] == 429

    asyncio.run(story())


def test_a_question_is_admitted_once() -> None:
    admitted: list[str] = []

    async def admit(key: Key) -> None:
        admitted.append(key.id)

    gateway = ScriptedGateway(SCRIPTS)
    door = Door(gateway, ScriptedKeyring(), {}, LIMITS, admit=admit)
    assert told(body(), door=door).status == 200
    assert told(b"{", door=door).status == 400
    assert admitted == [KEY.id] * 2
    assert gateway.asked[0].call.admitted
    assert told(body(), door=opened(gateway)).status == 200
    assert not gateway.asked[1].call.admitted


# --- whatever is sent --------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "type", "text", "image_url", "url", "schema", "name"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)
FIELDS = st.sampled_from(
    ["messages", "input", "response_format", "stop", "stream", "dimensions", "encoding_format"]
)


@settings(max_examples=150)
@given(st.dictionaries(FIELDS, JSON), JSON, st.sampled_from([CHAT, EMBED]))
def test_no_json_makes_the_door_fail(fields: dict[str, Any], other: Any, path: str) -> None:
    door = opened(ScriptedGateway(SCRIPTS))
    shape = {"type": "json_schema", "json_schema": {"name": "x", "schema": other}}
    bodies = [other, {"model": "hello"} | fields, {"model": "lengths"} | fields]
    bodies.append(json.loads(body(response_format=shape)))

    async def story() -> list[Reply]:
        return [await ask(door, path, json.dumps(one).encode()) for one in bodies]

    for reply in asyncio.run(story()):
        assert reply.status in (200, 400, 404)
        assert reply.complete
        if reply.status != 200:
            assert set(reply.error) == {"message", "type", "param", "code"}
            assert reply.error["message"]
