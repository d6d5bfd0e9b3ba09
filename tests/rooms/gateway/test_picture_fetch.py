"""Fetching pictures never leads into the house: addresses, look-ups, redirects, sizes, times."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from yuepi.engines.contract import ChatRefused
from yuepi.gateway.picture_fetch import FetchLimits, PictureFetcher, is_public

PARAM = "messages[0].content[0].image_url.url"
PIXELS = b"\x89PNG picture bytes"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16",
        "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
        "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::808:808",
        "64:ff9b:1::1", "2002:7f00:1::1", "2001::1", "2001:db8::1", "100::1", "3fff::1", "5f00::1",
        "", "localhost", "2130706433", "0x7f.1", "127.1",
    ],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "223.5.5.5", "2606:4700::1111"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> Any:
    """A web server on a free loopback port."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class Names:
    """A name server from a script: each look-up gets the next answer, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def loopback(address: str) -> bool:
    return address == "127.0.0.1"


def fetching(
    handler: Handler,
    *,
    names: Names | None = None,
    allowed: Callable[[str], bool] = loopback,
    url: str = "http://pictures.example:{port}/a.png",
    ports: frozenset[int] | None = None,
    **limits: Any,
) -> bytes:
    async def run() -> bytes:
        async with serving(handler) as port:
            fetch = PictureFetcher(
                FetchLimits(ports=ports or frozenset((port,)), **limits),
                allowed=allowed,
                resolve=names or Names(["127.0.0.1"]),
            )
            return await fetch(url.format(port=port), PARAM)

    return asyncio.run(run())


async def picture(request: web.Request) -> web.Response:
    return web.Response(body=PIXELS, content_type="image/png")


async def never(request: web.Request) -> web.Response:
    raise AssertionError("this server must not be asked")


def refusal(handler: Handler, **named: Any) -> ChatRefused:
    with pytest.raises(ChatRefused) as caught:
        fetching(handler, **named)
    assert caught.value.param == PARAM
    assert caught.value.http_status == 400
    return caught.value


def test_a_picture_is_fetched_by_its_own_name() -> None:
    seen: list[web.Request] = []

    async def look(request: web.Request) -> web.Response:
        seen.append(request)
        return await picture(request)

    assert fetching(look) == PIXELS
    assert seen[0].host.startswith("pictures.example:")
    assert "Cookie" not in seen[0].headers
    assert "Authorization" not in seen[0].headers
    assert seen[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://127.1:{port}/",
        "http://169.254.169.254:{port}/latest/meta-data/",
    ],
)
def test_the_house_is_not_asked(url: str) -> None:
    """With the true predicate; numbers in odd spellings are what a name server makes of them."""
    assert refusal(never, url=url, allowed=is_public).code == "invalid_image_url"


def test_one_private_address_among_public_ones_is_enough() -> None:
    names = Names(["8.8.8.8", "10.0.0.7"])
    error = refusal(never, names=names, allowed=is_public)
    assert "may not be asked" in error.message
    assert "10.0.0.7" not in error.message


def test_a_name_that_moves_after_the_check_is_not_followed() -> None:
    """DNS rebinding: public when checked, loopback a moment later. It is looked up only once."""
    connected: list[str] = []

    def allowed(address: str) -> bool:
        connected.append(address)
        return len(connected) == 1 and address == "203.0.113.9"

    names = Names(["203.0.113.9"], ["127.0.0.1"])
    refusal(never, names=names, allowed=allowed)
    assert names.asked == ["pictures.example"]
    # Checked at the look-up and again at the socket, and it was the same address.
    assert connected == ["203.0.113.9", "203.0.113.9"]


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


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://pictures.example/", "", "http://u:p@pictures.example/"]
)
def test_a_redirect_elsewhere_is_refused(place: str) -> None:
    async def away(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": place})

    refusal(away)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://pictures.example/",
        "http://",
        "http:///x",
        "http://user:word@pictures.example:{port}/",
        "http://pictures.example:22/",
        "http://pictures.example:99999/",
        "http://pictures.example:{port}/\r\nHost: x",
        "http://" + "a" * 3000,
        "http://[::1",
    ],
)
def test_odd_addresses_are_refused(url: str) -> None:
    refusal(never, url=url)


def test_too_large_is_refused_stated_or_not() -> None:
    async def stated(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 5000)

    async def unstated(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 1000)
        return response

    assert refusal(stated, bytes_max=4999).code == "image_too_large"
    assert refusal(unstated, bytes_max=4999).code == "image_too_large"


def test_compressed_answers_are_refused() -> None:
    async def bomb(request: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Content-Encoding": "gzip"})

    assert "compressed" in refusal(bomb).message


def test_a_certificate_is_asked_for_by_name_and_judged(tmp_path: Path) -> None:
    """Pinned to an address, yet the host's own name is what TLS is about."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "pair.pem", "pictures.example"))
    asked: list[str | None] = []
    context.set_servername_callback(lambda _, name, __: asked.append(name))

    async def run() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        fetch = PictureFetcher(
            FetchLimits(ports=frozenset((port,))), allowed=loopback, resolve=Names(["127.0.0.1"])
        )
        with pytest.raises(ChatRefused, match="could not be fetched"):
            await fetch(f"https://pictures.example:{port}/", PARAM)
        server.close()

    asyncio.run(run())
    assert asked == ["pictures.example"]


def self_signed(path: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    return path


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


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetching(picture) == PIXELS
