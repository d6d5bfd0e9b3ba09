"""Strangers' addresses never lead into the house: numbers, look-ups, sockets, redirects, times."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from tests.resources.mail_server import localhost_certificate
from tests.resources.strange_host import Handler, Names, never, strange_host
from yuepi.kit.outbound import (
    ADDRESSES_MAX,
    LINE_BYTES_MAX,
    URL_CHARACTERS_MAX,
    LookUp,
    Refused,
    UnknownHost,
    asking,
    may_be_called,
    readable_url,
)

# --- which addresses -----------------------------------------------------------------------------

METADATA = (
    "169.254.169.254 168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254 fd00:ec2::23"
    " fd20:ce::254 fd00:42::42 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe fe80::a9fe:a9fe%eth0"
    " fd00:ec2::254%eth0"
)
SPECIAL = (
    "0.0.0.0 0.1.2.3 169.254.1.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1"
    " 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255"
    " :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 fe80::1 fe80::1%eth0 fec0::1"
    " ff02::1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1::1 2002:a9fe:a9fe::1"
    " 2001::1 2001:db8::1 100::1 3fff::1 5f00::1"
)
NO_ADDRESSES = "name 2130706433 0x7f.1 127.1 010.1.1.1 8.8.8.8%eth0 2606::1% 2606::1%a%b"
LOOPBACK = "127.0.0.1 127.8.8.8 ::1 ::1%lo"
PRIVATE = "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 fc00::1 fd12::1 fd12::1%eth0"
PUBLIC = "8.8.8.8 1.1.1.1 223.5.5.5 172.32.0.1 100.128.0.1 2606:4700::1111 2606:4700::1111%eth0"


@pytest.mark.parametrize(
    ("address", "strict", "private", "loopback"),
    [
        *((each, False, False, False) for each in (*METADATA.split(), *SPECIAL.split())),
        *((each, False, False, False) for each in ("", *NO_ADDRESSES.split())),
        *((each, False, False, True) for each in LOOPBACK.split()),
        *((each, False, True, False) for each in PRIVATE.split()),
        *((each, True, True, True) for each in PUBLIC.split()),
    ],
)
def test_which_addresses_may_be_called(
    address: str, strict: bool, private: bool, loopback: bool
) -> None:
    assert may_be_called(address) == strict
    assert may_be_called(address, private=True) == private
    assert may_be_called(address, loopback=True) == loopback
    assert may_be_called(address, private=True, loopback=True) == (private or loopback)


def hidden_in(form: Callable[[int], int]) -> Callable[[ipaddress.IPv4Address], str]:
    return lambda inner: str(ipaddress.IPv6Address(form(int(inner))))


def number(address: str) -> int:
    return int(ipaddress.IPv6Address(address))


FORMS = {
    "v4-compatible": hidden_in(lambda inner: inner | 2 << 32),
    "v4-mapped": hidden_in(lambda inner: number("::ffff:0:0") | inner),
    "v4-translated": hidden_in(lambda inner: number("::ffff:0:0:0") | inner),
    "NAT64": hidden_in(lambda inner: number("64:ff9b::") | inner),
    "local NAT64": hidden_in(lambda inner: number("64:ff9b:1::") | inner),
    "6to4": hidden_in(lambda inner: number("2002::") | inner << 80 | 1),
    "Teredo": hidden_in(lambda inner: number("2001::") | (inner ^ 0xFFFFFFFF)),
}


@pytest.mark.parametrize("form", FORMS)
@given(inner=st.ip_addresses(v=4))
def test_no_address_hides_in_another(form: str, inner: ipaddress.IPv4Address) -> None:
    """Not even a public one: who would need that?"""
    assert not may_be_called(FORMS[form](inner), private=True, loopback=True)


NEVER = (
    "0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15"
    " 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    " ::/128 100::/64 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 fe80::/10 fec0::/10 ff00::/8"
)


@pytest.mark.parametrize("network", NEVER.split())
@given(data=st.data())
def test_no_address_of_a_special_network(network: str, data: st.DataObject) -> None:
    address = data.draw(st.ip_addresses(network=network))
    assert not may_be_called(str(address), private=True, loopback=True)


BELT = (
    "0.1.2.3 192.0.0.1 192.88.99.1 198.18.0.1 240.0.0.1 224.0.0.1 2001::1 2001:db8::1 2002::1"
    " 3fff::1 ::ffff:8.8.8.8 64:ff9b::808:808 fe80::1 ff02::1 5f00::1"
)


@pytest.mark.parametrize("address", BELT.split())
def test_it_does_not_hang_on_what_this_python_knows(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`is_global` changed with most versions of Python."""
    monkeypatch.setattr(ipaddress.IPv4Address, "is_global", True)
    monkeypatch.setattr(ipaddress.IPv6Address, "is_global", True)
    assert not may_be_called(address, private=True, loopback=True)


@given(st.ip_addresses(), st.sampled_from(["", "%eth0"]))
def test_the_house_is_more_than_the_internet(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, zone: str
) -> None:
    text = f"{address}{zone if address.version == 6 else ''}"
    if may_be_called(text):
        assert address.is_global
        assert may_be_called(text, private=True)
        assert may_be_called(text, loopback=True)


@given(st.text(max_size=40))
def test_a_text_that_is_no_address_is_not_called(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert not may_be_called(text, private=True, loopback=True)


LONG = "http://" + "a" * URL_CHARACTERS_MAX


@pytest.mark.parametrize(
    "text", ["", "http://x/\r\nHost: y", "http://x\x00/", "http://[::1", "http://x:99999/", LONG]
)
def test_what_is_no_readable_address(text: str) -> None:
    with pytest.raises(Refused, match="readable"):
        readable_url(text)
    assert readable_url("http://x:80/a").host == "x"


# --- the call ------------------------------------------------------------------------------------


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
    wait_s_max: float = 5,
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
        loop, hosts = asyncio.get_running_loop(), list[str]()

        async def found(host: str, at: int, **_: Any) -> list[Any]:
            hosts.append(host)
            ip = "127.0.0.1" if len(hosts) == 1 else "169.254.169.254"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, at))] * 2

        async with strange_host(fine) as port:
            monkeypatch.setattr(loop, "getaddrinfo", found)
            url = URL(f"http://strange.example:{port}/")
            async with asking("GET", url, here, headers={}, wait_s_max=5) as response:
                assert await response.read() == b"fine"
        assert hosts == ["strange.example"]

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
            async with asking("GET", url, here, headers={}, wait_s_max=5, look_up=names):
                raise AssertionError("it was believed")
        server.close()

    asyncio.run(run())
    assert told == ["localhost"]
