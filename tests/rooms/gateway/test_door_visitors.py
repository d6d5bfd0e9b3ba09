"""People at the door: by their session, as a key of their own; keys go past all that."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import pytest

from tests.rooms.gateway.scripted_answers import CHAT, SCRIPTS, body, told
from tests.rooms.gateway.scripted_gateway import (
    AUTHORIZATION,
    KEY,
    LIMITS,
    ScriptedGateway,
    ScriptedKeyring,
)
from yuepi.access.key import Key
from yuepi.access.principal import NotSignedIn
from yuepi.access.web import forged
from yuepi.engines.contract import Chat, Delta
from yuepi.gateway.api import Door

COOKIE = (b"cookie", b"yuepi_session=x")


class Visitors:
    """Lets in whoever has a cookie, and the right header where something is sent."""

    def __init__(self, scopes: tuple[str, ...] = ("models:ask",)) -> None:
        self.scopes = scopes
        self.asked = 0

    async def find(self, method: str, header: Callable[[str], str | None]) -> Key | None:
        self.asked += 1
        cookie = header("cookie")
        if cookie is None:
            return None
        if "ended" in cookie:
            raise NotSignedIn
        if method == "POST" and header("x-csrf-token") != "proof":
            raise forged()
        return Key("user:usr_1", "Anna", user_id="usr_1", scopes=self.scopes)


class OpenGateway(ScriptedGateway):
    """Answers whoever the door let in."""

    def stream(self, alias: str, chat: Chat, key: Key | None = None) -> AsyncGenerator[Delta, None]:
        assert key is not None
        return super().stream(alias, chat, KEY)


def door_with(visitors: Visitors, admitted: list[str] | None = None) -> Door:
    async def admit(key: Key) -> None:
        if admitted is not None:
            admitted.append(key.id)

    return Door(OpenGateway(SCRIPTS), ScriptedKeyring(), {}, LIMITS, admit=admit, visitors=visitors)


def test_a_session_asks_under_its_own_name() -> None:
    admitted: list[str] = []
    headers = [COOKIE, (b"x-csrf-token", b"proof")]
    reply = told(body(), door=door_with(Visitors(), admitted), headers=headers)
    assert reply.status == 200
    assert admitted == ["user:usr_1"]
    listed = told(b"", "/v1/models", door=door_with(Visitors()), headers=[COOKIE], method="GET")
    assert listed.status == 200


@pytest.mark.parametrize(
    ("headers", "scopes", "status", "code"),
    [
        ([COOKIE], ("models:ask",), 403, "forged_request"),
        ([(b"cookie", b"ended")], ("models:ask",), 401, "not_signed_in"),
        ([], ("models:ask",), 401, "invalid_api_key"),
        ([COOKIE, (b"x-csrf-token", b"proof")], (), 403, "missing_right"),
    ],
)
def test_who_is_not_let_in(
    headers: list[tuple[bytes, bytes]], scopes: tuple[str, ...], status: int, code: str
) -> None:
    reply = told(body(), CHAT, door=door_with(Visitors(scopes)), headers=headers)
    assert (reply.status, reply.error["code"]) == (status, code)


def test_a_key_is_looked_at_alone() -> None:
    visitors = Visitors()
    reply = told(body(), door=door_with(visitors), headers=[AUTHORIZATION, COOKIE])
    assert reply.status == 200
    wrong = [(b"authorization", b"Bearer wrong"), COOKIE, (b"x-csrf-token", b"proof")]
    assert told(body(), door=door_with(visitors), headers=wrong).status == 401
    assert visitors.asked == 0
