"""OpenID Connect, as a client: authorization code with PKCE, state and nonce.

What a provider says is believed only after OpenID Connect Core 1.0, 3.1.3.7: its own keys signed
the token with a public-key method of our list, it was made by that issuer, for us, for this very
sign-on, and is still good. The browser carries its flow (state, nonce, verifier) in a cookie of
its own; nothing is written down before a token has been taken.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import secrets
import time
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from yuepi.access.principal import Role
from yuepi.access.web import checked_next
from yuepi.kit.clock import utc_now
from yuepi.kit.errors import BadUsage, Unavailable, YuepiError

ANSWER_BYTES_MAX: Final = 256 * 1024
WAIT_S_MAX: Final = 10.0
CONNECTIONS_MAX: Final = 8
KNOWN_S_MAX: Final = 3_600.0
"""How long the provider's addresses and keys are believed."""
KEYS_AGAIN_S: Final = 60.0
"""An unknown key is looked for at most so often."""
DOWN_S: Final = 2.0
"""A provider that failed is not asked again for so long: who waits is answered at once."""
LEEWAY_S: Final = 60
"""How far the provider's clock may be off ours."""
SUBJECT_MAX: Final = 255
FLOW_MAX: Final = 2_048
FLOW_S_MAX: Final = 600.0


class SignOnRefused(YuepiError):
    """Signing on did not work out; nobody is signed in by it."""

    code = "sign_on_refused"
    http_status = 401


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """The provider, who we are there, and what becomes of its people here.

    redirect_url: our `/api/oidc/return` as browsers reach it. provision: whoever is not known yet
    gets an account (role submitter, and `roles` by the values of the claim `roles_claim`; the
    department by that of `department_claim`). Names of claims None: not looked at.
    """

    issuer: str
    client_id: str
    redirect_url: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
    provision: bool = False
    login_claim: str = "preferred_username"
    roles_claim: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    department_claim: str | None = None
    departments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """One sign-on under way, as the browser's cookie holds it."""

    state: str
    nonce: str
    verifier: str
    next: str
    began: int

    def packed(self) -> str:
        """As a cookie's value."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode("ascii")


def unpacked(cookie: str | None) -> Flow:
    """The flow in a cookie. Raises `SignOnRefused` for none, or one that is none."""
    try:
        if cookie is None or len(cookie) > FLOW_MAX:
            raise ValueError
        values = json.loads(urlsafe_b64decode(cookie.encode("ascii")))
        flow = Flow(**values)
        texts = [values[name] for name in ("state", "nonce", "verifier", "next")]
        if any(type(text) is not str or not text for text in texts):
            raise ValueError
        if type(values["began"]) is not int:
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise refused("this browser has begun no sign-on, or too long ago") from None
    return flow


class Oidc:
    """Speaks with one provider. Call `close` at the end."""

    def __init__(
        self,
        provider: OidcProvider,
        *,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        _check_provider(provider)
        self.provider: Final = provider
        self._clock = clock
        self._monotonic = monotonic
        self._session: aiohttp.ClientSession | None = None
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._asking = asyncio.Lock()
        self._failed_s = -DOWN_S

    async def begin(self, target: str) -> tuple[Flow, str]:
        """A new flow, and where to send the browser. Raises `BadUsage`, `Unavailable`."""
        metadata = await self._provider_metadata()
        flow = Flow(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            next=checked_next(target),
            began=int(self._clock().timestamp()),
        )
        challenge = urlsafe_b64encode(sha256(flow.verifier.encode()).digest()).rstrip(b"=")
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.provider.redirect_url,
            "scope": " ".join(self.provider.scopes),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": challenge.decode("ascii"),
            "code_challenge_method": "S256",
        }
        place = metadata["authorization_endpoint"]
        return flow, f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"

    async def finish(
        self, flow: Flow, *, state: str, code: str, issuer: str | None = None
    ) -> dict[str, Any]:
        """The claims of who signed on.

        issuer: what the provider says of itself in the address (RFC 9207), if it does.
        Raises `SignOnRefused` (401) for anything that does not fit, `Unavailable` (503).
        """
        age_s = self._clock().timestamp() - flow.began
        if not -LEEWAY_S <= age_s <= FLOW_S_MAX:
            raise refused("this sign-on was begun too long ago")
        if not _same(flow.state, state):
            raise refused("the answer belongs to another sign-on")
        if issuer is not None and issuer != self.provider.issuer:
            raise refused("the answer comes from another provider")
        token = await self._token(code, flow)
        return await self.claims(token, flow.nonce)

    async def claims(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token, all checked. Raises `SignOnRefused`."""
        if len(token) > ANSWER_BYTES_MAX:
            raise refused("the token is too large")
        claims = await self._signed(token)
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.provider.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self.provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise refused("the provider's token is not for this sign-on") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.provider.client_id:
            raise refused("the provider's token is for somebody else")
        subject = claims["sub"]
        named = 0 < len(subject) <= SUBJECT_MAX and subject.isprintable()
        if not named or not isinstance(claims["nonce"], str):
            raise refused("the provider's token names nobody")
        return claims

    async def close(self) -> None:
        """Close the connections. Calling it twice does no harm."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _signed(self, token: str) -> dict[str, Any]:
        """The claims of a token that the provider signed, whatever they say."""
        for newest in (False, True):
            keys = await self._provider_keys(newest=newest)
            try:
                return jwt.decode(token, keys, algorithms=self.provider.algorithms).claims
            except (JoseError, ValueError, TypeError, KeyError) as error:
                # It may be signed with a key that is newer than those we know.
                failed = error
        raise refused("the provider's token is not signed by it") from failed

    async def _token(self, code: str, flow: Flow) -> str:
        metadata = await self._provider_metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.provider.redirect_url,
            "code_verifier": flow.verifier,
        }
        headers = {"accept": "application/json"}
        secret, client_id = self.provider.client_secret, self.provider.client_id
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret is None:
            form["client_id"] = client_id
        elif "client_secret_basic" in methods:
            login = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(login.encode()).decode()}"
        else:
            form |= {"client_id": client_id, "client_secret": secret}
        status, answer = await self._ask("POST", metadata["token_endpoint"], form, headers)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise refused("the provider does not take the code, or gives no token for it")
        return token

    async def _provider_metadata(self) -> dict[str, Any]:
        async with self._asking:
            now = self._monotonic()
            if self._metadata is not None and now - self._metadata[0] < KNOWN_S_MAX:
                return self._metadata[1]
            self._check_up()
            place = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            status, answer = await self._ask("GET", place)
            if status != 200 or answer.get("issuer") != self.provider.issuer:
                raise _unavailable("it does not describe itself as this issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not _is_safe(answer.get(name)):
                    raise _unavailable(f"its {name} is no https address")
            self._metadata = (now, answer)
            return answer

    async def _provider_keys(self, *, newest: bool) -> KeySet:
        metadata = await self._provider_metadata()
        async with self._asking:
            now = self._monotonic()
            most_s = KEYS_AGAIN_S if newest else KNOWN_S_MAX
            if self._keys is not None and now - self._keys[0] < most_s:
                return self._keys[1]
            self._check_up()
            status, answer = await self._ask("GET", metadata["jwks_uri"])
            if status != 200:
                raise _unavailable("it does not show its keys")
            try:
                keys = KeySet.import_key_set(answer)  # type: ignore[arg-type]
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise _unavailable("its keys cannot be read") from error
            self._keys = (now, keys)
            return keys

    async def _ask(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer. Redirects are not followed."""
        try:
            async with self._client().request(
                method, url, data=form, headers=headers, allow_redirects=False
            ) as answer:
                body = await _whole(answer.content)
                parsed = json.loads(body) if answer.status < 500 else {}
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._failed_s = self._monotonic()
            raise _unavailable("it does not answer") from error
        except (ValueError, RecursionError) as error:
            raise _unavailable("its answer is no JSON, or too long") from error
        if answer.status >= 500 or not isinstance(parsed, dict):
            raise _unavailable(f"it answers {answer.status}")
        return answer.status, parsed

    def _check_up(self) -> None:
        if self._monotonic() - self._failed_s < DOWN_S:
            raise _unavailable("it did not answer just now")

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
                timeout=aiohttp.ClientTimeout(total=WAIT_S_MAX),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _same(one: str, other: str) -> bool:
    # Both come from outside: half a character is no reason to fail.
    return hmac.compare_digest(*(text.encode("utf-8", "surrogatepass") for text in (one, other)))


def refused(message: str) -> SignOnRefused:
    """Signing on did not work out."""
    return SignOnRefused(message, remedy="sign on again from this desk's own page")


async def _whole(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for piece in content.iter_any():
        body += piece
        if len(body) > ANSWER_BYTES_MAX:
            raise ValueError("too long")
    return bytes(body)


def _unavailable(why: str) -> Unavailable:
    return Unavailable(
        f"the sign-on provider cannot be used: {why}",
        remedy="try again in a moment, or sign in with a password; whoever runs this desk finds "
        "the provider's address in its settings",
        code="sign_on_unavailable",
    )


def _is_safe(url: object) -> bool:
    """Whether an address is https, or on this machine, where nobody listens in."""
    if not isinstance(url, str) or len(url) > 2_048:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    try:
        return parts.scheme == "http" and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return parts.scheme == "http" and host == "localhost"


def _check_provider(provider: OidcProvider) -> None:
    for name, url in (("issuer", provider.issuer), ("redirect_url", provider.redirect_url)):
        if not _is_safe(url):
            raise BadUsage(
                f"the sign-on provider's {name} is no https address",
                remedy="give it as https://…; http is for this machine alone",
            )
    weak = [name for name in provider.algorithms if name == "none" or name.startswith("HS")]
    if weak or not provider.algorithms:
        raise BadUsage(
            "tokens must be signed with a public-key method", remedy="name RS256, ES256 or EdDSA"
        )
    if "openid" not in provider.scopes:
        raise BadUsage("the scope openid is missing", remedy="add it to the provider's scopes")
