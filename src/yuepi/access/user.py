"""A user, what may be said about one, and what goes wrong with them. Plain values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from yuepi.access.principal import ROLES, ROOT_DEPARTMENT, Role
from yuepi.kit.errors import BadUsage, YuepiError

Language = Literal["zh", "en"]

LOGIN_MAX: Final = 64
NAME_MAX: Final = 64
EMAIL_MAX: Final = 254

_LOGIN: Final = re.compile(r"[\w.@+-]{1,64}")
# No control characters, and none that turn the direction: a name must not rewrite its line.
_LINE: Final = re.compile(
    r"[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{1,64}"
)
_EMAIL: Final = re.compile(
    r"[^@\s\x00-\x1f\x7f\ud800-\udfff]{1,64}@[^@\s\x00-\x1f\x7f\ud800-\udfff]{1,189}"
)


class NoSuchPerson(YuepiError):
    """There is no such user or department, or it is out of reach."""

    code = "not_found"
    http_status = 404


class Taken(YuepiError):
    """Something of that name is there already."""

    code = "taken"
    http_status = 409


class LastAdmin(YuepiError):
    """Nobody could administer any more."""

    code = "last_admin"
    http_status = 409


class StaleEdit(YuepiError):
    """Somebody else changed it meanwhile; `current` is how it stands now, as plain JSON values."""

    code = "stale"
    http_status = 409

    def __init__(self, message: str, current: Mapping[str, Any]) -> None:
        super().__init__(message, remedy="look at it as it stands now, and change it again")
        self.current = dict(current)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account. `version` grows with every change and is its ETag."""

    id: str
    login: str
    name: str
    email: str
    department: str
    roles: frozenset[Role]
    language: Language
    has_password: bool
    disabled: bool
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to make. password None: they sign on elsewhere, or are a program with keys."""

    login: str
    name: str = ""
    email: str = ""
    department: str = ROOT_DEPARTMENT
    roles: frozenset[Role] = frozenset({"submitter"})
    language: Language = "zh"
    password: str | None = None


@dataclass(frozen=True, slots=True)
class UserChange:
    """What changes of a user; None: that stays."""

    name: str | None = None
    email: str | None = None
    department: str | None = None
    roles: frozenset[Role] | None = None
    language: Language | None = None
    disabled: bool | None = None
    password: str | None = None

    @property
    def of_rights(self) -> bool:
        """Whether it changes what they may do or see, or how they prove who they are."""
        given = (self.department, self.roles, self.disabled, self.password)
        return any(value is not None for value in given)


def user_of_row(row: Mapping[str, Any]) -> User:
    """The user in a row of the table."""
    return User(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        email=row["email"],
        department=row["department_id"],
        roles=row["roles"],
        language=row["language"],
        has_password=row["password_hash"] is not None,
        disabled=row["disabled_at"] is not None,
        version=row["version"],
        created_at=row["created_at"],
    )


def user_told(user: User) -> dict[str, Any]:
    """A user as plain JSON values, for answers and records."""
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "email": user.email,
        "department": user.department,
        "roles": sorted(user.roles),
        "language": user.language,
        "disabled": user.disabled,
        "version": user.version,
    }


def checked_login(login: str) -> str:
    """A login as it is kept. Raises `BadUsage` for what cannot be one."""
    login = unicodedata.normalize("NFKC", login).strip()
    if _LOGIN.fullmatch(login) is None:
        raise BadUsage(
            f"{login[:80]!r} cannot be a login",
            remedy=f"letters, digits and . _ @ + - are allowed, {LOGIN_MAX} at most",
            code="bad_login",
        )
    return login


def checked_name(name: str, what: str = "a name") -> str:
    """A name as it is kept. Raises `BadUsage` for what cannot be one."""
    name = name.strip()
    if _LINE.fullmatch(name) is None:
        raise BadUsage(
            f"{name[:80]!r} cannot be {what}",
            remedy=f"one line of {NAME_MAX} characters at most",
            code="bad_name",
        )
    return name


def checked_email(email: str) -> str:
    """An e-mail address as it is kept, empty for none. Raises `BadUsage`."""
    email = email.strip()
    if email and (len(email) > EMAIL_MAX or _EMAIL.fullmatch(email) is None):
        raise BadUsage(
            f"{email[:80]!r} is no e-mail address",
            remedy="write it like name@example.com, or leave it out",
            code="bad_email",
        )
    return email


def checked_roles(roles: frozenset[Role]) -> frozenset[Role]:
    """Known roles. Raises `BadUsage`."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise BadUsage(
            f"there is no role {unknown[0][:80]!r}", remedy=f"choose of {', '.join(ROLES)}"
        )
    return roles


def no_user(user_id: str) -> NoSuchPerson:
    """There is no such user."""
    return NoSuchPerson(f"there is no user {user_id[:80]!r}", remedy="check the id")
