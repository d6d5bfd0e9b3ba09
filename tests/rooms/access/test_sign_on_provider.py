"""A provider that is strict, and ones that misbehave: scripted ones in this process."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

from yuepi.access.oidc import (
    ANSWER_BYTES_MAX,
    DOWN_S,
    KEYS_AGAIN_S,
    Flow,
    Oidc,
    OidcProvider,
    SignOnRefused,
)
from yuepi.access.sign_on import new_user
from yuepi.kit.errors import BadUsage, Unavailable

RETURN = "https://desk.test/api/oidc/return"
Tell = Callable[["Scripted", Oidc], Awaitable[None]]


@dataclass
class Scripted:
    """A provider that gives a token only for the right proof (PKCE) and the right secret."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    asked: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        } | self.metadata

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path == "/.well-known/openid-configuration":
            return web.json_response(self.told())
        if request.path == "/keys":
            return web.json_response({"keys": [self.key.as_dict(private=False)]})
        if request.path == "/moved":
            raise web.HTTPFound(f"{self.issuer}/keys")
        if request.path == "/huge":
            return web.json_response({"keys": ["x" * ANSWER_BYTES_MAX]})
        if request.path == "/broken":
            return web.Response(status=502, text="{}")
        if request.path == "/list":
            return web.json_response([])
        assert request.path == "/token"
        return await self.token(request)

    async def token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        login = b64decode(request.headers["authorization"].split()[1]).decode()
        assert [unquote(part) for part in login.split(":")] == ["desk:1", "s & ö"]
        verifier = str(form["code_verifier"])
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if form["code"] != challenge:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": self.signed()})

    def signed(self) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, dict(self.claims), self.key)

    async def sign_on(self, oidc: Oidc, **more: Any) -> dict[str, Any]:
        flow, place = await oidc.begin("/")
        asked = {name: value[0] for name, value in parse_qs(urlsplit(place).query).items()}
        assert asked["tenant"] == "1"
        now = int(datetime.now(UTC).timestamp())
        self.claims = {
            "iss": self.issuer,
            "sub": "anna",
            "aud": "desk:1",
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
        } | more
        # The challenge is the code here: it can be checked without keeping anything.
        code = asked["code_challenge"]
        return await oidc.finish(flow, state=asked["state"], code=code)


@asynccontextmanager
async def scripted() -> AsyncGenerator[tuple[Scripted, Oidc], None]:
    provider = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = OidcProvider(provider.issuer, "desk:1", RETURN, client_secret="s & ö")
    oidc = Oidc(settings, monotonic=lambda: provider.seconds)
    try:
        yield provider, oidc
    finally:
        await oidc.close()
        await runner.cleanup()


def tell(story: Tell) -> None:
    async def told() -> None:
        async with scripted() as (provider, oidc):
            await story(provider, oidc)

    asyncio.run(told())


def test_the_proof_and_the_secret_are_sent_and_addresses_asked_once() -> None:
    async def story(provider: Scripted, oidc: Oidc) -> None:
        assert (await provider.sign_on(oidc))["sub"] == "anna"
        await provider.sign_on(oidc)
        assert len(provider.asked) == 4
        flow, _ = await oidc.begin("/")
        other = Flow(flow.state, flow.nonce, "another verifier", "/", flow.began)
        code = urlsafe_b64encode(sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
        with pytest.raises(SignOnRefused):
            await oidc.finish(other, state=flow.state, code=code)

    tell(story)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.test"},
        {"aud": "another"},
        {"aud": ["desk:1", "another"]},
        {"aud": ["desk:1", "another"], "azp": "another"},
        {"azp": "another"},
        {"aud": []},
        {"exp": 1},
        {"exp": "never"},
        {"exp": None},
        {"nbf": 32503680000},
        {"iat": 32503680000},
        {"nonce": None},
        {"nonce": ["x"]},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\x00b"},
    ],
)
def test_claims_that_do_not_fit_are_refused(claims: dict[str, Any]) -> None:
    async def story(provider: Scripted, oidc: Oidc) -> None:
        with pytest.raises(SignOnRefused):
            await provider.sign_on(oidc, **claims)

    tell(story)


def test_several_audiences_are_right_where_we_are_the_one_meant() -> None:
    async def story(provider: Scripted, oidc: Oidc) -> None:
        await provider.sign_on(oidc, aud=["desk:1", "another"], azp="desk:1")

    tell(story)


def test_new_keys_are_found_and_not_asked_for_too_often() -> None:
    async def story(provider: Scripted, oidc: Oidc) -> None:
        await provider.sign_on(oidc)
        old, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "k2"})
        provider.seconds += KEYS_AGAIN_S
        await provider.sign_on(oidc)
        provider.key = old
        before = provider.asked.count("/keys")
        for _ in range(5):
            with pytest.raises(SignOnRefused):
                await provider.sign_on(oidc)
        assert provider.asked.count("/keys") == before

    tell(story)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.test"},
        {"jwks_uri": "http://192.0.2.1/keys"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:x"},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(metadata: dict[str, Any]) -> None:
    async def story(provider: Scripted, oidc: Oidc) -> None:
        provider.metadata = metadata
        with pytest.raises(Unavailable) as caught:
            await provider.sign_on(oidc)
        assert caught.value.code == "sign_on_unavailable"

    tell(story)


@pytest.mark.parametrize("path", ["moved", "huge", "broken", "list"])
def test_answers_that_are_none_are_told_as_such(path: str) -> None:
    async def story(provider: Scripted, oidc: Oidc) -> None:
        provider.metadata = {"jwks_uri": f"{provider.issuer}/{path}"}
        with pytest.raises(Unavailable):
            await provider.sign_on(oidc)

    tell(story)


def test_a_provider_that_is_away_costs_one_question() -> None:
    async def story(provider: Scripted, oidc: Oidc) -> None:
        settings = OidcProvider("http://127.0.0.1:9", "desk", RETURN)
        away = Oidc(settings, monotonic=lambda: provider.seconds)
        done = await asyncio.gather(*(away.begin("/") for _ in range(20)), return_exceptions=True)
        assert {type(each) for each in done} == {Unavailable}
        assert sum("just now" in str(each) for each in done) == 19
        provider.seconds += DOWN_S
        with pytest.raises(Unavailable, match="does not answer"):
            await away.begin("/")
        await away.close()

    tell(story)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://idp.example"},
        {"issuer": "idp.example"},
        {"redirect_url": "http://desk.example/api/oidc/return"},
        {"algorithms": ("none",)},
        {"algorithms": ("RS256", "HS256")},
        {"algorithms": ()},
        {"scopes": ("profile",)},
    ],
)
def test_settings_that_cannot_be_trusted_are_refused(wrong: dict[str, Any]) -> None:
    given = {"issuer": "https://idp.example", "client_id": "desk", "redirect_url": RETURN} | wrong
    with pytest.raises(BadUsage):
        Oidc(OidcProvider(**given))


@pytest.mark.parametrize(
    ("claims", "login"),
    [
        ({"preferred_username": "anna", "email": "x@example.com"}, "anna"),
        ({"preferred_username": "安娜 77", "email": "x@example.com"}, "x@example.com"),
        ({"preferred_username": 7, "email": "no address"}, "sub-1"),
        ({"name": "A\x00B\nC", "email": "x" * 300}, "sub-1"),
    ],
)
def test_the_login_is_the_first_claim_that_can_be_one(claims: dict[str, Any], login: str) -> None:
    provider = OidcProvider("https://idp.example", "desk", RETURN)
    new = new_user(provider, {"sub": "sub-1"} | claims)
    assert new.login == login
    assert new.roles == {"submitter"}
    assert "\x00" not in new.name
    assert json.dumps(new.email)
