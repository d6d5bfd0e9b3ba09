"""Strangers' addresses never lead into the house: look-ups, sockets, redirects, times."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from tests.resources.mail_server import localhost_certificate
from tests.resources.strange_host import Handler, Names, never, strange_host
from yuepi.kit.outbound import (
    ADDRESSES_MAX,
    LINE_BYTES_MAX,
    LookUp,
    Refused,
    UnknownHost,
    asking,
    may_be_called,
)


def here(address: str) -> bool:
    return address == "127.0.0.1"


async def fine(request: web.Request) -> web.Response:
    return web.Response(body=b"fine")


def asked(
    handler: Handler,
    *,
    names: LookUp | None = None,
    allowed: Callable[[str], bool] = here,
    url: str = "http://strange.example:{port}/a",
    wait_s_max: float = 30,
) -> tuple[int, bytes]:
    """Status and body of one answer."""

    async def run() -> tuple[int, bytes]:
        async with (
            strange_host(handler) as port,
            asking(
                "GET",
                URL(url.format(port=port)),
                allowed,
                headers={},
                wait_s_max=wait_s_max,
                look_up=names or Names(["127.0.0.1"]),
            ) as response,
        ):
            return response.status, await response.read()

    return asyncio.run(run())


def test_a_host_is_asked_by_its_own_name_and_told_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login me password mine")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    seen: list[web.Request] = []

    async def look(request: web.Request) -> web.Response:
        seen.append(request)
        return await fine(request)

    assert asked(look) == (200, b"fine")
    assert seen[0].host.startswith("strange.example:")
    assert seen[0].headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "Authorization"} & set(seen[0].headers)


LITERAL = ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fe80::1%25eth0]")


@pytest.mark.parametrize("host", [*LITERAL, "localhost", "2130706433", "0x7f000001", "127.1"])
def test_the_house_is_not_asked(host: str) -> None:
    """Numbers in odd spellings are looked up, and are what a look-up makes of them."""
    names = Names(["127.0.0.1"])
    with pytest.raises(Refused, match="may not be asked"):
        asked(never, names=names, allowed=may_be_called, url=f"http://{host}:{{port}}/")
    assert names.asked == ([] if host in LITERAL else [host])


def test_the_domain_that_is_judged_is_the_one_that_is_asked() -> None:
    """An older IDNA makes `strasse.de` of it, which may be somebody else's."""
    hosts: list[str] = []

    async def look(request: web.Request) -> web.Response:
        hosts.append(request.host)
        return await fine(request)

    names = Names(["127.0.0.1"])
    assert asked(look, names=names, url="http://straße.de:{port}/") == (200, b"fine")
    assert names.asked == ["xn--strae-oqa.de"]
    assert hosts[0].startswith("xn--strae-oqa.de:")


ORDINARY = ["8.8.8.8"] * ADDRESSES_MAX


@pytest.mark.parametrize("found", [[], ["8.8.8.8", "10.0.0.7"], [*ORDINARY, "10.0.0.7"]])
def test_one_address_in_the_house_is_enough(found: Sequence[str]) -> None:
    with pytest.raises(Refused, match="may not be asked") as caught:
        asked(never, names=Names(found), allowed=may_be_called)
    assert "10.0.0.7" not in str(caught.value)


def test_not_every_address_of_a_name_is_tried() -> None:
    judged: list[str] = []

    def allowed(address: str) -> bool:
        judged.append(address)
        return len(judged) <= 100  # none when the socket is made

    found = [f"127.0.0.{at}" for at in range(100)]
    with pytest.raises(aiohttp.ClientError):
        asked(never, names=Names(found), allowed=allowed)
    assert judged[:100] == found
    assert set(judged[100:]) == set(found[:ADDRESSES_MAX])


def test_a_name_that_moves_after_the_look_up_is_not_followed() -> None:
    """DNS rebinding: allowed when judged, in the house a moment later. It is looked up once."""
    judged: list[str] = []

    def allowed(address: str) -> bool:
        judged.append(address)
        return len(judged) == 1

    names = Names(["203.0.113.9"], ["127.0.0.1"])
    with pytest.raises(aiohttp.ClientConnectorError):
        asked(never, names=names, allowed=allowed)
    assert names.asked == ["strange.example"]
    # Judged at the look-up and again at the socket, and it was the same address.
    assert judged == ["203.0.113.9", "203.0.113.9"]


def test_the_look_up_is_the_machines_own_and_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        hosts: list[str] = []

        def found(host: str, at: int, **_: Any) -> list[Any]:
            hosts.append(host)
            ip = "127.0.0.1" if len(hosts) == 1 else "169.254.169.254"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, at))] * 2

        async with strange_host(fine) as port:
            monkeypatch.setattr(socket, "getaddrinfo", found)
            url = URL(f"http://strange.example:{port}/")
            async with asking("GET", url, here, headers={}, wait_s_max=30) as response:
                assert await response.read() == b"fine"
        assert hosts == ["strange.example"]

    asyncio.run(run())


def test_look_ups_that_hang_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, over = threading.Event(), threading.Event()

    def hanging(*_: Any, **__: Any) -> list[Any]:
        begun.set()
        over.wait(60)
        return []

    async def look_up() -> None:
        async with asking("GET", URL("http://a.example/"), here, headers={}, wait_s_max=60):
            raise AssertionError("nothing was found")

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        monkeypatch.setattr(socket, "getaddrinfo", hanging)
        hangs = asyncio.create_task(look_up())
        try:
            while not begun.is_set():
                await asyncio.sleep(0.01)
            assert await asyncio.wait_for(asyncio.to_thread(lambda: "done"), 30) == "done"
        finally:
            over.set()
            with pytest.raises(Refused):
                await hangs

    asyncio.run(run())


@pytest.mark.parametrize("error", [socket.gaierror(-2, "no such name"), UnicodeError("label")])
def test_a_name_that_is_not_known(error: Exception) -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise error

    with pytest.raises(UnknownHost):
        asked(never, names=unknown)


@pytest.mark.parametrize("place", ["/b", "http://127.0.0.1:1/", "http://inside.example/"])
def test_a_redirect_is_an_answer_like_others(place: str) -> None:
    seen: list[str] = []

    async def away(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=302, headers={"Location": place})

    names = Names(["127.0.0.1"])
    assert asked(away, names=names)[0] == 302
    assert (seen, names.asked) == (["/a"], ["strange.example"])


def test_nothing_is_unpacked() -> None:
    packed = gzip.compress(b"x" * 10_000)

    async def bomb(request: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    assert asked(bomb) == (200, packed)


def test_a_header_has_an_end() -> None:
    async def long(request: web.Request) -> web.Response:
        return web.Response(headers={"X-Long": "x" * (LINE_BYTES_MAX + 100)})

    with pytest.raises(aiohttp.ClientError):
        asked(long)


async def slow(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await asyncio.sleep(30)
    return response


async def silent(request: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return await fine(request)


@pytest.mark.parametrize("handler", [slow, silent])
def test_a_slow_host_is_left(handler: Handler) -> None:
    with pytest.raises(TimeoutError):
        asked(handler, wait_s_max=0.2)


def test_a_slow_look_up_is_left() -> None:
    async def endless(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(30)
        return ["127.0.0.1"]

    with pytest.raises(TimeoutError):
        asked(never, names=endless, wait_s_max=0.2)


def test_a_certificate_is_asked_for_by_name_and_judged(tmp_path: Path) -> None:
    """Pinned to an address, yet the host's own name is what TLS is about."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*localhost_certificate(tmp_path))
    told: list[str | None] = []
    context.set_servername_callback(lambda _, name, __: told.append(name))

    async def run() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
        url = URL(f"https://localhost:{server.sockets[0].getsockname()[1]}/")
        names = Names(["127.0.0.1"])
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            async with asking("GET", url, here, headers={}, wait_s_max=30, look_up=names):
                raise AssertionError("it was believed")
        server.close()

    asyncio.run(run())
    assert told == ["localhost"]
