"""Who asks, what they may do, and how far they see. Plain values: no database is needed.

A right to a kind of thing (`require`) is one question, which things it reaches (`Principal.reach`)
another: the second belongs into the query that finds them, so that what is out of reach is not
there at all (404), for every way of asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from yuepi.kit.errors import YuepiError

Role = Literal["submitter", "reviewer", "supervisor", "admin", "auditor", "service"]
"""What a person, or a program's account (`service`), is here. One may be several."""

Permission = Literal[
    "claims:submit",
    "claims:read",
    "reviews:decide",
    "reviews:override",
    "claims:release",
    "stages:read",
    "stages:change",
    "policies:read",
    "policies:write",
    "policies:publish",
    "audit:read",
    "people:manage",
    "keys:manage",
    "webhooks:manage",
    "models:ask",
    "library:read",
    "library:write",
    "library:manage",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

SYSTEM: Final = "system"
"""The actor's id where the machine itself did it."""
NOBODY: Final = "nobody"
"""The actor's id where somebody did it who is not signed in."""
ROOT_DEPARTMENT: Final = "dep_root"
"""The department that all others are below; it is always there."""

_GRANTED: Final[Mapping[Role, frozenset[Permission]]] = {
    "submitter": frozenset(
        {"claims:submit", "claims:read", "models:ask", "library:read", "library:write"}
    ),
    "reviewer": frozenset(
        {"claims:read", "reviews:decide", "models:ask", "library:read", "library:write"}
    ),
    "supervisor": frozenset(
        {
            "claims:read",
            "reviews:decide",
            "reviews:override",
            "claims:release",
            "stages:read",
            "policies:read",
            "policies:write",
            "policies:publish",
            "models:ask",
            "library:read",
            "library:write",
            "library:manage",
        }
    ),
    "admin": frozenset(
        {
            "claims:read",
            "stages:read",
            "stages:change",
            "policies:read",
            "policies:write",
            "policies:publish",
            "audit:read",
            "people:manage",
            "keys:manage",
            "webhooks:manage",
            "models:ask",
            "library:read",
            "library:write",
            "library:manage",
        }
    ),
    "auditor": frozenset(
        {"claims:read", "stages:read", "policies:read", "audit:read", "library:read"}
    ),
    "service": frozenset(
        {"claims:submit", "claims:read", "models:ask", "library:read", "library:write"}
    ),
}
_SEE_ALL: Final[frozenset[Role]] = frozenset({"admin", "auditor"})
_SEE_DEPARTMENTS: Final[frozenset[Role]] = frozenset({"reviewer", "supervisor"})


class MissingRight(YuepiError):
    """Who asks is known, and may not."""

    code = "missing_right"
    http_status = 403


class NotSignedIn(YuepiError):
    """Nobody is signed in, or no longer."""

    code = "not_signed_in"
    http_status = 401

    def __init__(self, message: str = "nobody is signed in") -> None:
        super().__init__(
            message, remedy="sign in, or send an API key as 'Authorization: Bearer yp-…'"
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """Which claims somebody may see: their own, and those of `departments` (None: all)."""

    user_id: str
    departments: frozenset[str] | None = frozenset()

    @property
    def everything(self) -> bool:
        """Whether nothing is out of reach."""
        return self.departments is None

    @property
    def own_only(self) -> bool:
        """Whether only their own are within reach."""
        return self.departments is not None and not self.departments

    def covers(self, owner_id: str, department: str) -> bool:
        """Whether a claim of that submitter and department is within reach."""
        return (
            self.departments is None or owner_id == self.user_id or department in self.departments
        )


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    id: the user's, or that of a key that belongs to nobody. below: the departments under
    `department`, all the way down; above: those it is under, up to the root. scopes: what a key is
    limited to; None: no key, no limit.
    """

    id: str
    name: str
    roles: frozenset[Role]
    department: str = ROOT_DEPARTMENT
    scopes: frozenset[str] | None = None
    below: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset({ROOT_DEPARTMENT})

    @property
    def permissions(self) -> frozenset[Permission]:
        """All they may do, the limits of their key counted."""
        granted = permissions_of(self.roles)
        return granted if self.scopes is None else granted & self.scopes

    @property
    def reach(self) -> Reach:
        """Which claims they may see, now."""
        if self.roles & _SEE_ALL:
            return Reach(self.id, None)
        if self.roles & _SEE_DEPARTMENTS and self.department:
            return Reach(self.id, self.below | {self.department})
        return Reach(self.id)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """What these roles may do together."""
    return frozenset[Permission]().union(*(_GRANTED[role] for role in roles))


def sees_departments(roles: frozenset[Role]) -> bool:
    """Whether these roles' reach depends on the departments below."""
    return bool(roles & _SEE_DEPARTMENTS) and not roles & _SEE_ALL


def may(principal: Principal, permission: Permission) -> bool:
    """Whether they may do that kind of thing at all."""
    return permission in principal.permissions


def require(principal: Principal, permission: Permission) -> None:
    """Raises `MissingRight` (403) for who may not."""
    if may(principal, permission):
        return
    limited = permission in permissions_of(principal.roles)
    raise MissingRight(
        f"the right {permission} is missing" + (" in this key's scopes" if limited else ""),
        remedy="use a key with that scope"
        if limited
        else "ask an administrator for a role that has it",
    )
