"""Keys that people make for themselves, or administrators for them: never with more rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from yuepi.access.key import Key, KeyRow
from yuepi.access.keys import Keyring
from yuepi.access.people import People
from yuepi.access.principal import Permission, Principal, may, permissions_of, require
from yuepi.access.user import NoSuchPerson
from yuepi.kit.errors import BadUsage

_ADMINISTERING: Final = permissions_of({"admin"}) - permissions_of({"submitter", "reviewer"})


@dataclass(frozen=True, slots=True)
class NewUserKey:
    """A key to make. owner None: for oneself."""

    name: str
    scopes: frozenset[Permission]
    owner: str | None = None
    expires_at: datetime | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


class UserKeys:
    """Keys of users, as far as who asks may touch them; anything else is not there."""

    def __init__(self, people: People, keyring: Keyring) -> None:
        self._people = people
        self._keyring = keyring

    async def create(self, by: Principal, new: NewUserKey) -> tuple[Key, str]:
        """A key and its secret, which cannot be shown again.

        Raises `MissingRight` (403), `NoSuchPerson` (404), `BadUsage`.
        """
        self._check_asker(by)
        owner_id = new.owner or by.id
        if owner_id != by.id:
            require(by, "keys:manage")
        owner = await self._people.user(owner_id)
        if owner.disabled:
            raise BadUsage("the user is disabled", remedy="enable the user first")
        allowed = permissions_of(owner.roles)
        # A key makes no key that does more than itself: for others, none that administers.
        if by.scopes is not None:
            beyond_it = allowed - by.permissions
            allowed -= beyond_it if owner_id == by.id else beyond_it & _ADMINISTERING
        beyond = sorted(new.scopes - allowed)
        if beyond:
            raise BadUsage(
                f"the owner has no right {beyond[0]}",
                remedy=f"choose of {', '.join(sorted(allowed)) or 'none'}",
                code="scopes_too_wide",
            )
        return await self._keyring.create(
            new.name,
            requests_per_minute=new.requests_per_minute,
            tokens_per_minute=new.tokens_per_minute,
            expires_at=new.expires_at,
            user_id=owner_id,
            scopes=new.scopes,
            by=by.id,
        )

    async def list(
        self,
        by: Principal,
        *,
        owner: str | None,
        rows_max: int,
        after: tuple[datetime, str] | None = None,
    ) -> list[KeyRow]:
        """Keys, the newest first: of a user, or (None) all that there are. after: (created_at, id)
        of the last one seen.

        Raises `MissingRight` (403) where they are others' and who asks may not.
        """
        self._check_asker(by)
        if owner != by.id:
            require(by, "keys:manage")
        return await self._keyring.list(user_id=owner, rows_max=rows_max, after=after)

    async def revoke(self, by: Principal, key_id: str) -> Key:
        """End a key. Raises `NoSuchPerson` (404) for one that is out of reach."""
        self._check_asker(by)
        key = await self._keyring.by_id(key_id)
        if key is None or (key.user_id != by.id and not may(by, "keys:manage")):
            raise NoSuchPerson(
                f"there is no key {key_id[:80]!r}", remedy="GET /api/keys lists them"
            )
        return await self._keyring.revoke(key.id, by=by.id)

    @staticmethod
    def _check_asker(by: Principal) -> None:
        # Who is signed in may see to their own keys; a key only where it was made for that.
        if by.scopes is not None:
            require(by, "keys:manage")
