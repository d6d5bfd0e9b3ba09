"""A key: how far it opens the door. Plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from yuepi.access.principal import PERMISSIONS, MissingRight, Role, permissions_of
from yuepi.kit.database import MONEY_MAX, MONEY_PLACES
from yuepi.kit.errors import BadUsage, YuepiError

LIMIT_MAX: Final = 1_000_000_000

_NAME: Final = re.compile(r"[^\W_][\w .@+-]{0,63}")
_TENANT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class NotAllowed(YuepiError):
    """Who asks is not known, or may not."""

    code = "invalid_api_key"
    http_status = 401


@dataclass(frozen=True, slots=True)
class Key:
    """A key that opens the door, and how far. None: no limit of that kind.

    budget: money for one calendar month in China, in the currency of the prices. user_id: whose
    key it is; None: a program's own. scopes: the rights it is limited to; `Keyring.find` tells
    only those that its owner has too, now.
    """

    id: str
    name: str
    tenant: str = "default"
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    budget: Decimal | None = None
    expires_at: datetime | None = None
    user_id: str | None = None
    scopes: tuple[str, ...] = ("models:ask",)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as administrators see it. `last_used_at` may lag a minute behind."""

    key: Key
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def for_models(key: Key) -> Key:
    """The key, where it may ask models. Raises `MissingRight` (403)."""
    if "models:ask" in key.scopes:
        return key
    raise MissingRight("this key may not ask models", remedy="use a key with the scope models:ask")


def refused(message: str = "this API key is not known") -> NotAllowed:
    """The answer to a secret that opens nothing."""
    return NotAllowed(
        message,
        remedy="send a valid key as 'Authorization: Bearer yp-…'; "
        "an administrator makes one with yuepi admin key create NAME",
    )


def key_of_row(row: Mapping[str, Any]) -> Key:
    """The key in a row of the table."""
    values = {column: row[column] for column in Key.__slots__}
    return Key(**values | {"scopes": tuple(sorted(row["scopes"]))})


def limited(key: Key, owner_roles: frozenset[Role] | None) -> Key:
    """The key with those of its scopes that its owner may use."""
    if owner_roles is None:
        return key
    allowed = permissions_of(owner_roles)
    return replace(key, scopes=tuple(scope for scope in key.scopes if scope in allowed))


def aware(moment: datetime) -> datetime:
    """A moment in UTC. Raises `BadUsage` for one without a zone."""
    if moment.tzinfo is None:
        raise BadUsage(
            "the key's end has no time zone", remedy="write it like 2026-12-31T23:59:59+08:00"
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise BadUsage("the key's end is out of the calendar", remedy="give another") from error


def check_key(key: Key, now: datetime) -> None:
    """Raises `BadUsage` for what makes no sense in a new key."""
    remedy = "letters, digits, spaces and . _ @ + - are allowed, 64 at most"
    if _NAME.fullmatch(key.name) is None:
        raise BadUsage(f"{key.name[:80]!r} cannot be a key's name", remedy=remedy)
    if _TENANT.fullmatch(key.tenant) is None:
        raise BadUsage(f"{key.tenant[:80]!r} cannot be a tenant", remedy=f"lower case; {remedy}")
    unknown = sorted(set(key.scopes) - set(PERMISSIONS))
    if unknown or not key.scopes:
        raise BadUsage(
            f"{unknown[0][:80]!r} is no scope" if unknown else "a key without any scope",
            remedy=f"choose of {', '.join(PERMISSIONS)}",
            code="bad_scopes",
        )
    if key.user_id is None and set(key.scopes) != {"models:ask"}:
        raise BadUsage(
            "a key that belongs to nobody can ask models, and nothing else",
            remedy="make it for a user, such as one with the role service",
            code="bad_scopes",
        )
    for limit in (key.requests_per_minute, key.tokens_per_minute):
        if limit is not None and not 1 <= limit <= LIMIT_MAX:
            raise BadUsage(
                f"a limit of {limit} a minute", remedy=f"give 1 to {LIMIT_MAX}, or no limit"
            )
    if key.budget is not None:
        exponent = key.budget.as_tuple().exponent
        small = isinstance(exponent, int) and exponent >= -MONEY_PLACES
        if not (small and 0 < key.budget <= MONEY_MAX):
            raise BadUsage(
                f"a budget of {key.budget}",
                remedy=f"give an amount above 0 with at most {MONEY_PLACES} decimals, or no budget",
            )
    if key.expires_at is not None and key.expires_at <= now:
        raise BadUsage("the key would have expired already", remedy="give a later moment")
