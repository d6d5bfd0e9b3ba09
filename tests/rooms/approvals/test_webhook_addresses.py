"""Where webhooks may lead; whose addresses are whose: `kit/test_outbound_addresses.py`."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.resources.mail_server import localhost_certificate
from yuepi.approvals.webhook_call import (
    Answer,
    BadAddress,
    CallFailed,
    CallRules,
    call,
    check_host,
    check_url,
)
from yuepi.kit.clock import utc_now


@pytest.mark.parametrize(
    "url",
    [
        "",
        "oa.example",
        "ftp://oa.example/",
        "file:///etc/passwd",
        "http://",
        "http://u:p@oa.example/",
        "http://oa.example/#x",
        "http://oa.example/\r\nX: y",
        "http://" + "a" * 3000,
        "http://oa.example:99999/",
        "http://xn--a/",
        "http://xn--/",
    ],
)
def test_addresses_that_make_no_sense_are_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        check_url(url)


@pytest.mark.parametrize(
    ("address", "usual", "strict", "open_"),
    [
        ("8.8.8.8", True, True, True),
        ("10.1.2.3", True, False, True),
        ("fd12::1", True, False, True),
        ("127.0.0.1", False, False, True),
        ("::1", False, False, True),
        ("169.254.169.254", False, False, False),
        ("fd00:ec2::254", False, False, False),
        ("::ffff:127.0.0.1", False, False, False),
        ("name", False, False, False),
    ],
)
def test_which_addresses_may_be_called(
    address: str, usual: bool, strict: bool, open_: bool
) -> None:
    assert CallRules().allows(address) == usual
    assert CallRules(allow_private=False).allows(address) == strict
    assert CallRules(allow_loopback=True).allows(address) == open_


@pytest.mark.parametrize(
    ("host", "usual", "strict", "open_"),
    [
        ("127.0.0.1", False, False, True),
        ("[::1]:8080", False, False, True),
        ("localhost", False, False, True),
        ("app.LOCALHOST.", False, False, True),
        ("10.1.2.3", True, False, True),
        ("169.254.169.254", False, False, False),
        ("[fe80::1%25eth0]", False, False, False),
        ("[fe80::1%25a%25b]", False, False, False),
        ("8.8.8.8", True, True, True),
        ("oa.example", True, True, True),
    ],
)
def test_a_host_that_may_never_be_called_is_refused_without_a_look_up(
    host: str, usual: bool, strict: bool, open_: bool
) -> None:
    place = check_url(f"http://{host}/hook")
    for rules, allowed in (
        (CallRules(), usual),
        (CallRules(allow_private=False), strict),
        (CallRules(allow_loopback=True), open_),
    ):
        if allowed:
            check_host(place, rules)
            continue
        with pytest.raises(BadAddress):
            check_host(place, rules)


def called(url: str, *, allow_loopback: bool = True, tls: ssl.SSLContext | None = None) -> Answer:
    """The answer of a server on loopback that takes every connection and hangs up at once."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def run() -> Answer:
        async with await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=tls) as server:
            port = server.sockets[0].getsockname()[1]
            rules = CallRules(wait_s_max=30, allow_loopback=allow_loopback)
            there = url.format(port=port)
            return await call(there, [b"k"], "msg_1", b"{}", rules=rules, clock=utc_now)

    return asyncio.run(run())


def test_a_call_that_fails_says_why_and_nothing_of_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*localhost_certificate(tmp_path))
    with pytest.raises(CallFailed, match=r"^its certificate is not valid$"):
        called("https://localhost:{port}/", tls=context)
    with pytest.raises(CallFailed, match=r"^the connection broke$"):
        called("http://localhost:{port}/")
    with pytest.raises(CallFailed, match=r"^it cannot be connected to$"):
        called("http://127.0.0.1:1/")
    with pytest.raises(BadAddress, match=r"its host may not be called from here$"):
        called("http://localhost:{port}/", allow_loopback=False)

    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CallFailed, match=r"^its host's name is not known$"):
        called("http://oa.example:{port}/")
