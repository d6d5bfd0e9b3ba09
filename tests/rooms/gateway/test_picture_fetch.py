"""Fetching pictures: ports, redirects, sizes, times, and what is told of failures.

That no address leads into the house is proved of the guard itself (`kit/test_outbound.py`).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiohttp import web

from tests.resources.strange_host import Handler, Names, never, strange_host
from yuepi.engines.contract import ChatRefused
from yuepi.gateway.picture_fetch import FetchLimits, PictureFetcher
from yuepi.kit.outbound import LookUp, may_be_called

PARAM = "messages[0].content[0].image_url.url"
PIXELS = b"\x89PNG picture bytes"


def loopback(address: str) -> bool:
    return address == "127.0.0.1"


def fetching(
    handler: Handler,
    *,
    names: LookUp | None = None,
    allowed: Callable[[str], bool] = loopback,
    url: str = "http://pictures.example:{port}/a.png",
    ports: frozenset[int] | None = None,
    **limits: Any,
) -> bytes:
    async def run() -> bytes:
        async with strange_host(handler) as port:
            fetch = PictureFetcher(
                FetchLimits(ports=ports or frozenset((port,)), **limits),
                allowed=allowed,
                look_up=names or Names(["127.0.0.1"]),
            )
            return await fetch(url.format(port=port), PARAM)

    return asyncio.run(run())


async def picture(request: web.Request) -> web.Response:
    return web.Response(body=PIXELS, content_type="image/png")


def refusal(handler: Handler, **named: Any) -> ChatRefused:
    with pytest.raises(ChatRefused) as caught:
        fetching(handler, **named)
    assert caught.value.param == PARAM
    assert caught.value.http_status == 400
    return caught.value


def test_a_picture_is_fetched() -> None:
    seen: list[web.Request] = []

    async def look(request: web.Request) -> web.Response:
        seen.append(request)
        return await picture(request)

    assert fetching(look) == PIXELS
    assert seen[0].host.startswith("pictures.example:")
    assert seen[0].headers["Accept"] == "image/*"


@pytest.mark.parametrize("host", ["pictures.example", "127.0.0.1", "[::1]", "169.254.169.254"])
@pytest.mark.parametrize("found", ["127.0.0.1", "10.0.0.7", "fd12::1"])
def test_the_house_is_not_asked(host: str, found: str) -> None:
    """Neither this machine nor its private networks: that is what a fetcher does untold."""
    limits = FetchLimits(ports=frozenset((80,)))
    fetch = PictureFetcher(limits, look_up=Names(["8.8.8.8", found]))
    with pytest.raises(ChatRefused, match="may not be asked") as caught:
        asyncio.run(fetch(f"http://{host}/", PARAM))
    assert (caught.value.code, caught.value.param) == ("invalid_image_url", PARAM)
    assert found not in caught.value.message


def test_a_name_in_the_house_is_told_from_none_by_no_word() -> None:
    """Else the words list what stands there."""

    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    told = [
        refusal(never, names=names, allowed=may_be_called)
        for names in (unknown, Names(["10.0.0.7"]))
    ]
    assert str(told[0]) == str(told[1])
    assert told[0].message == told[1].message
    assert told[0].code == told[1].code == "invalid_image_url"


def test_a_redirect_into_the_house_is_not_followed() -> None:
    asked: list[str] = []

    async def away(request: web.Request) -> web.Response:
        asked.append(request.host)
        raise web.HTTPFound(f"http://inside.example:{request.url.port}/secret")

    names = Names(["127.0.0.1"], ["192.168.0.1"])
    refusal(away, names=names)
    assert names.asked == ["pictures.example", "inside.example"]
    assert len(asked) == 1


def test_a_redirect_is_followed_a_few_times() -> None:
    async def hop(request: web.Request) -> web.Response:
        step = int(request.query.get("step", 0))
        if step == int(request.query.get("steps", 3)):
            return await picture(request)
        raise web.HTTPTemporaryRedirect(f"/x?step={step + 1}&steps={request.query['steps']}")

    url = "http://pictures.example:{port}/x?steps="
    assert fetching(hop, url=url + "3") == PIXELS
    assert "redirects" in refusal(hop, url=url + "4").message


ODD = {
    "gopher://pictures.example/": "only http and https",
    "ftp://pictures.example/": "only http and https",
    "http://u:p@pictures.example/": "a name or a password",
    "http://u@pictures.example/": "a name or a password",
    "http://pictures.example:22/": "port 22 is not asked",
    "http://pictures.example:99999/": "not readable",
    "http://" + "a" * 3000: "too long",
    "http://[::1": "not readable",
    "": "empty",
}


@pytest.mark.parametrize(
    ("url", "why"),
    [*ODD.items(), ("/a.png", "not readable"), ("file:///etc/passwd", "not readable")],
)
def test_odd_addresses_are_refused(url: str, why: str) -> None:
    assert why in refusal(never, url=url).message


@pytest.mark.parametrize(
    ("place", "why"), [*ODD.items(), ("file:///etc/passwd", "only http and https")]
)
def test_a_redirect_to_them_is_refused(place: str, why: str) -> None:
    async def away(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": place})

    assert why in refusal(away).message


def test_too_large_is_refused_stated_or_not() -> None:
    async def stated(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 5000)

    whole: list[bool] = []

    async def unstated(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(64):
            await response.write(b"x" * 2**20)
        whole.append(True)
        return response

    assert refusal(stated, bytes_max=4999).code == "image_too_large"
    assert refusal(unstated, bytes_max=4999).code == "image_too_large"
    assert not whole  # it is left where it becomes too large


def test_compressed_answers_are_refused() -> None:
    async def bomb(request: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Content-Encoding": "gzip"})

    assert "compressed" in refusal(bomb).message


def test_a_slow_server_is_left() -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return await picture(request)

    assert "did not arrive" in refusal(slow, wait_s_max=0.2).message


def test_errors_do_not_describe_the_network() -> None:
    async def gone(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return await picture(request)

    assert refusal(gone).message.endswith("it could not be fetched")
    assert "404" in refusal(_missing).message


async def _missing(request: web.Request) -> web.Response:
    raise web.HTTPNotFound
