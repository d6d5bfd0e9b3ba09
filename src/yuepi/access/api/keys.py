"""API keys of users."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response

from yuepi.access.accounts import Accounts
from yuepi.access.api.bodies import ID_PATTERN, KeyBody, KeyOut, KeysOut, NewKeyOut
from yuepi.access.api.gate import Gate
from yuepi.access.principal import Principal
from yuepi.access.user_keys import NewUserKey
from yuepi.kit.cursors import moment_in, read_cursor, write_cursor

LISTED_MAX: Final = 500
Cursor = Annotated[str | None, Query(max_length=512, pattern=r"^[A-Za-z0-9_-]*$")]


def keys_router(accounts: Accounts, gate: Gate) -> APIRouter:
    """`/keys`."""
    router = APIRouter(tags=["keys"])
    asking = Depends(gate)

    @router.get("/keys", operation_id="list_keys")
    async def list_keys(
        user: Annotated[str | None, Query(max_length=64, pattern=ID_PATTERN)] = None,
        every: bool = False,
        limit: Annotated[int, Query(ge=1, le=LISTED_MAX)] = 100,
        cursor: Cursor = None,
        principal: Principal = asking,
    ) -> KeysOut:
        """The newest keys: one's own; with keys:manage also another user's, or everybody's."""
        owner = None if every else user or principal.id
        after = None
        if cursor:
            at, last_id = read_cursor(cursor, str, str)
            after = (moment_in(at), str(last_id))
        rows = await accounts.user_keys.list(
            principal, owner=owner, rows_max=limit + 1, after=after
        )
        shown, following = rows[:limit], None
        if len(rows) > limit:
            following = write_cursor(shown[-1].created_at.isoformat(), shown[-1].key.id)
        return KeysOut(keys=[KeyOut.of(row) for row in shown], next=following)

    @router.post("/keys", operation_id="create_key", status_code=201)
    async def create_key(
        body: KeyBody, response: Response, principal: Principal = asking
    ) -> NewKeyOut:
        """Make a key, for oneself or, with keys:manage, for another; its secret is shown once."""
        new = NewUserKey(
            name=body.name,
            scopes=frozenset(body.scopes),
            owner=body.user,
            expires_at=body.expires_at,
            requests_per_minute=body.requests_per_minute,
            tokens_per_minute=body.tokens_per_minute,
        )
        key, secret = await accounts.user_keys.create(principal, new)
        response.headers["cache-control"] = "no-store"
        return NewKeyOut(
            id=key.id, name=key.name, scopes=list(key.scopes), user=key.user_id, secret=secret
        )

    @router.delete("/keys/{key_id}", operation_id="revoke_key", status_code=204)
    async def revoke_key(
        key_id: Annotated[str, Path(max_length=64, pattern=ID_PATTERN)],
        principal: Principal = asking,
    ) -> None:
        """End a key, at once."""
        await accounts.user_keys.revoke(principal, key_id)

    return router
