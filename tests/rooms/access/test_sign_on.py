"""Signing on with a real provider's process, and the attacks on it."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.resources.oidc_provider import consent, oidc_provider, token_for
from tests.rooms.access.browser import Answer, Browser
from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import NOW, PASSWORD, PeopleDesk
from yuepi.access.accounts import Accounts
from yuepi.access.oidc import FLOW_S_MAX, LEEWAY_S, Oidc, OidcProvider, SignOnRefused, unpacked
from yuepi.access.user import UserChange

FLOW = "yuepi_sign_on"
RETURN = "https://desk.test/api/oidc/return"
ANNA = {
    "sub": "anna-77",
    "preferred_username": "anna",
    "name": "Anna 安娜",
    "email": "anna@example.com",
    "groups": ["finance", "other"],
    "unit": "north",
}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with oidc_provider(tmp_path_factory.mktemp("oidc"), ANNA) as address:
        yield address


def opened(desk: PeopleDesk, issuer: str, **more: Any) -> Accounts:
    # The provider's clock is the machine's.
    desk.seconds = (datetime.now(UTC) - NOW).total_seconds()
    provider = OidcProvider(issuer, "desk", RETURN, client_secret="s & ö", provision=True)
    return desk.open(replace(provider, **more))


async def begun(browser: Browser, target: str = "/claims") -> str:
    """Where the browser is sent to."""
    answer = await browser.ask("GET", f"/api/oidc/start?{urlencode({'next': target})}")
    assert answer.status == 303, answer.body
    return answer.header("location")


async def returned(browser: Browser, fields: dict[str, str]) -> Answer:
    return await browser.ask("GET", f"/api/oidc/return?{urlencode(fields)}")


def test_who_signs_on_first_gets_an_account_as_the_settings_say(
    people: PeopleStory, issuer: str
) -> None:
    async def tell(desk: PeopleDesk) -> None:
        north = await desk.accounts.departments.create("华北", by="system")
        accounts = opened(
            desk,
            issuer,
            roles_claim="groups",
            roles={"finance": "reviewer", "kings": "admin"},
            department_claim="unit",
            departments={"north": north.id},
        )
        browser = desk.browser(desk.app(accounts))
        place = await begun(browser)
        asked = {name: value[0] for name, value in parse_qs(urlsplit(place).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["redirect_uri"] == RETURN
        (cookie,) = browser.set_cookies
        assert {"HttpOnly", "SameSite=lax", "Path=/api/oidc"} <= set(cookie.split("; "))
        answer = await returned(browser, await consent(place, "anna-77"))
        assert (answer.status, answer.header("location")) == (303, "/claims")
        assert FLOW not in browser.jar
        me = (await browser.ask("GET", "/api/session")).json["me"]
        assert me["roles"] == ["reviewer", "submitter"]
        user = me["user"]
        assert (user["login"], user["name"]) == ("anna", "Anna 安娜")
        assert (user["department"], user["has_password"]) == (north.id, False)
        assert desk.actions()[-3:] == ["user.created", "user.tied", "session.opened"]
        # The second time it is the same account, and the old session ends.
        before = browser.jar["yuepi_session"]
        await returned(browser, await consent(await begun(browser), "anna-77"))
        again = (await browser.ask("GET", "/api/session")).json["me"]
        assert again["id"] == me["id"]
        browser.jar["yuepi_session"] = before
        assert (await browser.ask("GET", "/api/session")).status == 401
        await accounts.close()

    people(tell)


def test_nothing_but_the_subject_ties(people: PeopleStory, issuer: str) -> None:
    async def tell(desk: PeopleDesk) -> None:
        accounts = opened(desk, issuer)
        anna = await desk.person("anna", "admin")
        boss = await desk.person("boss", "admin")
        browser = desk.browser(desk.app(accounts))
        answer = await returned(browser, await consent(await begun(browser), "anna-77"))
        assert (answer.status, answer.code) == (401, "sign_on_refused")
        assert "yuepi_session" not in browser.jar
        admin = desk.browser(browser.app)  # type: ignore[arg-type]
        await admin.sign_in("boss", PASSWORD)
        path = f"/api/users/{anna.id}/sign-on"
        assert (await admin.ask("PUT", path, {"subject": "anna-77"})).status == 204
        other = f"/api/users/{boss.id}/sign-on"
        assert (await admin.ask("PUT", other, {"subject": "anna-77"})).code == "subject_taken"
        await returned(browser, await consent(await begun(browser), "anna-77"))
        assert (await browser.ask("GET", "/api/me")).json["id"] == anna.id
        await accounts.people.change(anna.id, UserChange(disabled=True), by=boss.id)
        answer = await returned(browser, await consent(await begun(browser), "anna-77"))
        assert answer.code == "sign_on_refused"
        await accounts.close()

    people(tell)


def test_without_provisioning_strangers_stay_out(people_sqlite: PeopleStory, issuer: str) -> None:
    async def tell(desk: PeopleDesk) -> None:
        accounts = opened(desk, issuer, provision=False)
        browser = desk.browser(desk.app(accounts))
        fields = await consent(await begun(browser), "stranger")
        assert (await returned(browser, fields)).code == "sign_on_refused"
        assert (await accounts.people.users()).rows == []
        none = await desk.browser().ask("GET", "/api/oidc/start")
        assert none.status == 404
        await accounts.close()

    people_sqlite(tell)


def test_an_answer_is_good_once_and_for_its_own_browser(people: PeopleStory, issuer: str) -> None:
    async def tell(desk: PeopleDesk) -> None:
        accounts = opened(desk, issuer)
        app = desk.app(accounts)
        browser, other = desk.browser(app), desk.browser(app)
        fields = await consent(await begun(browser), "anna-77")
        flow = browser.jar[FLOW]
        # Somebody else's browser: with no flow, and with one of its own.
        assert (await returned(other, fields)).code == "sign_on_refused"
        await begun(other)
        assert (await returned(other, fields)).code == "sign_on_refused"
        for wrong in ({"state": "x"}, {"state": "é"}, {"code": "x"}, {"code": ""}, {"iss": "x"}):
            browser.jar[FLOW] = flow
            refused = await returned(browser, fields | wrong)
            assert (refused.status, refused.code) == (401, "sign_on_refused"), wrong
        browser.jar[FLOW] = flow
        assert (await returned(browser, fields)).status == 303
        browser.jar = {FLOW: flow}
        assert (await returned(browser, fields)).code == "sign_on_refused"
        assert "yuepi_session" not in browser.jar
        denied = await returned(browser, {"error": "access_denied", "state": fields["state"]})
        assert denied.code == "sign_on_refused"
        page = await browser.ask("GET", "/api/oidc/return?state=x&code=y", accept="text/html")
        assert page.header("location") == "/sign-in?error=sign_on_refused"
        await accounts.close()

    people(tell)


def test_a_flow_with_another_nonce_or_too_old_is_refused(
    people_sqlite: PeopleStory, issuer: str
) -> None:
    async def tell(desk: PeopleDesk) -> None:
        accounts = opened(desk, issuer)
        browser = desk.browser(desk.app(accounts))
        for change in ({"nonce": "another"}, {"began": 0}, {"verifier": 3}, {"more": 1}):
            fields = await consent(await begun(browser), "anna-77")
            flow = json.loads(urlsafe_b64decode(browser.jar[FLOW])) | change
            browser.jar[FLOW] = urlsafe_b64encode(json.dumps(flow).encode()).decode()
            assert (await returned(browser, fields)).code == "sign_on_refused", change
        fields = await consent(await begun(browser), "anna-77")
        desk.seconds += FLOW_S_MAX + 1
        assert (await returned(browser, fields)).code == "sign_on_refused"
        for junk in ("", "x", "%%%", "W10=", "bnVsbA==", "x" * 5000):
            with pytest.raises(SignOnRefused):
                unpacked(junk)
        await accounts.close()

    people_sqlite(tell)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        "/ok\nLocation: x",
        "javascript:alert(1)",
        "claims",
        "",
        "/" + "x" * 512,
    ],
)
def test_nobody_is_sent_to_another_site(
    people_sqlite: PeopleStory, issuer: str, target: str
) -> None:
    async def tell(desk: PeopleDesk) -> None:
        accounts = opened(desk, issuer)
        browser = desk.browser(desk.app(accounts))
        answer = await browser.ask("GET", f"/api/oidc/start?{urlencode({'next': target})}")
        assert answer.status in (400, 422)
        # The cookie comes from outside too.
        fields = await consent(await begun(browser), "anna-77")
        flow = json.loads(urlsafe_b64decode(browser.jar[FLOW])) | {"next": target}
        browser.jar[FLOW] = urlsafe_b64encode(json.dumps(flow).encode()).decode()
        answer = await returned(browser, fields)
        assert answer.header("location") == ""
        assert "yuepi_session" not in browser.jar
        await accounts.close()

    people_sqlite(tell)


# --- tokens --------------------------------------------------------------------------------------


async def real_token(oidc: Oidc, issuer: str, client_id: str) -> tuple[str, str]:
    """A token that the provider really signed, for that client, and its nonce."""
    flow, place = await oidc.begin("/")
    place = place.replace("client_id=desk", f"client_id={client_id}")
    fields = await consent(place, "anna-77")
    form = {
        "grant_type": "authorization_code",
        "code": fields["code"],
        "redirect_uri": RETURN,
        "code_verifier": flow.verifier,
    }
    return (await token_for(issuer, form, client_id))["id_token"], flow.nonce


def unsigned(header: dict[str, str], claims: dict[str, Any]) -> str:
    parts = [urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
    return b".".join([*parts, b""]).decode()


def signed_with(secret: bytes, claims: dict[str, Any]) -> str:
    """What a careless library takes: the public key used as a shared secret."""
    said = unsigned({"alg": "HS256"}, claims).removesuffix(".")
    digest = hmac.digest(secret, said.encode(), "sha256")
    return f"{said}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def test_forged_tokens_are_refused(people_sqlite: PeopleStory, issuer: str) -> None:
    async def tell(desk: PeopleDesk) -> None:
        opened(desk, issuer)
        oidc = Oidc(OidcProvider(issuer, "desk", RETURN), clock=desk.now)
        token, nonce = await real_token(oidc, issuer, "desk")
        claims = await oidc.claims(token, nonce)
        assert (claims["sub"], claims["iss"]) == ("anna-77", issuer)
        another, its_nonce = await real_token(oidc, issuer, "another")
        own = RSAKey.generate_key(2048)
        keys = await oidc._provider_keys(newest=False)
        (public,) = keys.keys
        pem = public.as_pem(private=False)  # type: ignore[attr-defined]
        head, body, signature = token.split(".")
        forged = [
            (another, its_nonce),
            (token, "another nonce"),
            (token, ""),
            (unsigned({"alg": "none"}, claims), nonce),
            (unsigned({"alg": "None"}, claims), nonce),
            (f"{unsigned({'alg': 'none'}, claims)}{signature}", nonce),
            (jwt.encode({"alg": "RS256"}, dict(claims), own), nonce),
            (signed_with(pem, claims), nonce),
            (f"{head}.{body}.", nonce),
            (f"{head}.{body[:-2]}AA.{signature}", nonce),
            ("", nonce),
            ("a.b.c", nonce),
            ("x" * 300_000, nonce),
            ("é.é.é", nonce),
        ]
        for number, (wrong, of) in enumerate(forged):
            with pytest.raises(SignOnRefused):
                print(number, await oidc.claims(wrong, of))
        desk.seconds += claims["exp"] - claims["iat"] + LEEWAY_S - 5
        assert await oidc.claims(token, nonce) == claims
        desk.seconds += 10
        with pytest.raises(SignOnRefused):
            await oidc.claims(token, nonce)
        await oidc.close()

    people_sqlite(tell)
