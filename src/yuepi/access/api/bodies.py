"""What comes and goes as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from yuepi.access.departments import Department
from yuepi.access.key import LIMIT_MAX, KeyRow
from yuepi.access.passwords import CHARACTERS_MAX, CHARACTERS_MIN
from yuepi.access.principal import PERMISSIONS, ROLES, ROOT_DEPARTMENT, Permission, Role
from yuepi.access.sessions import Session
from yuepi.access.user import EMAIL_MAX, LOGIN_MAX, NAME_MAX, Language, User

ID_PATTERN: Final = r"^[A-Za-z0-9_-]+$"
# PostgreSQL keeps no text with a zero in it.
TEXT_PATTERN: Final = r"^[^\x00]*$"

Login = Annotated[str, Field(min_length=1, max_length=LOGIN_MAX)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_MAX)]
Email = Annotated[str, Field(max_length=EMAIL_MAX)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=ID_PATTERN)]
# What somebody types as a password is compared, however short it is; a new one must be good.
Password = Annotated[str, Field(min_length=1, max_length=CHARACTERS_MAX)]
NewPassword = Annotated[str, Field(min_length=CHARACTERS_MIN, max_length=CHARACTERS_MAX)]
Roles = Annotated[list[Role], Field(max_length=len(ROLES))]


class Body(BaseModel):
    """What a client sends: a field it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Body):
    """Login and password."""

    login: Annotated[str, Field(min_length=1, max_length=256)]
    password: Password


class SetupBody(Body):
    """The first administrator, by a link's secret."""

    token: Annotated[str, Field(min_length=1, max_length=128)]
    login: Login
    password: NewPassword
    name: Annotated[str, Field(max_length=NAME_MAX)] = ""
    language: Language = "zh"


class MeChange(Body):
    """What one changes of oneself; left out: it stays."""

    name: Name | None = None
    language: Language | None = None


class PasswordChange(Body):
    """One's own password."""

    current: Password
    new: NewPassword


class UserBody(Body):
    """A user to make. Without a password they sign on elsewhere, or use keys."""

    login: Login
    name: Annotated[str, Field(max_length=NAME_MAX)] = ""
    email: Email = ""
    department: Id = ROOT_DEPARTMENT
    roles: Roles = ["submitter"]
    language: Language = "zh"
    password: NewPassword | None = None


class UserChangeBody(Body):
    """What changes of a user; left out: it stays."""

    name: Name | None = None
    email: Email | None = None
    department: Id | None = None
    roles: Roles | None = None
    language: Language | None = None
    disabled: bool | None = None
    password: NewPassword | None = None


class SubjectBody(Body):
    """Who a user is at the sign-on provider."""

    subject: Annotated[str, Field(min_length=1, max_length=255, pattern=TEXT_PATTERN)]


class DepartmentBody(Body):
    """A department to make."""

    name: Name
    parent: Id = ROOT_DEPARTMENT


class DepartmentChangeBody(Body):
    """A department's new name or place."""

    name: Name | None = None
    parent: Id | None = None


class KeyBody(Body):
    """A key to make. user: for whom; left out: for oneself."""

    name: Name
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=len(PERMISSIONS))]
    user: Id | None = None
    expires_at: datetime | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=LIMIT_MAX)] | None = None
    tokens_per_minute: Annotated[int, Field(ge=1, le=LIMIT_MAX)] | None = None


class UserOut(BaseModel):
    """A user. version: the ETag, for If-Match."""

    id: str
    login: str
    name: str
    email: str
    department: str
    roles: list[Role]
    language: Language
    has_password: bool
    disabled: bool
    version: int
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> UserOut:
        """The user, told."""
        return cls(
            id=user.id,
            login=user.login,
            name=user.name,
            email=user.email,
            department=user.department,
            roles=sorted(user.roles),
            language=user.language,
            has_password=user.has_password,
            disabled=user.disabled,
            version=user.version,
            created_at=user.created_at,
        )


class UsersOut(BaseModel):
    """Some users in order of login. next: the cursor that goes on, null at the end."""

    users: list[UserOut]
    next: str | None


class MeOut(BaseModel):
    """Who is asking, and what they may do. user: null for a key that belongs to nobody."""

    id: str
    name: str
    roles: list[Role]
    permissions: list[Permission]
    user: UserOut | None


class SessionOut(BaseModel):
    """One of one's own sessions; current: the one that asks."""

    id: str
    via: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    current: bool

    @classmethod
    def of(cls, session: Session, current: str) -> SessionOut:
        """The session, told."""
        values = {name: getattr(session, name) for name in Session.__slots__ if name != "user_id"}
        return cls(**values, current=session.id == current)


class SignedInOut(BaseModel):
    """Who is signed in. csrf: what unsafe requests carry as X-CSRF-Token."""

    me: MeOut
    csrf: str
    sessions: list[SessionOut]


class EndedOut(BaseModel):
    """How many sessions ended."""

    ended: int


class DepartmentOut(BaseModel):
    """A department. parent: null for the first one; version: the ETag."""

    id: str
    name: str
    parent: str | None
    version: int

    @classmethod
    def of(cls, department: Department) -> DepartmentOut:
        """The department, told."""
        return cls(
            id=department.id,
            name=department.name,
            parent=department.parent,
            version=department.version,
        )


class DepartmentsOut(BaseModel):
    """All departments, by name."""

    departments: list[DepartmentOut]


class KeyOut(BaseModel):
    """A key without its secret. user: null for a program's own."""

    id: str
    name: str
    tenant: str
    user: str | None
    scopes: list[str]
    requests_per_minute: int | None
    tokens_per_minute: int | None
    expires_at: datetime | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: KeyRow) -> KeyOut:
        """The key, told without its secret."""
        key = row.key
        return cls(
            id=key.id,
            name=key.name,
            tenant=key.tenant,
            user=key.user_id,
            scopes=list(key.scopes),
            requests_per_minute=key.requests_per_minute,
            tokens_per_minute=key.tokens_per_minute,
            expires_at=key.expires_at,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )


class KeysOut(BaseModel):
    """Keys, the newest first; `next`: the cursor of the page after them, null at the end."""

    keys: list[KeyOut]
    next: str | None


class NewKeyOut(BaseModel):
    """A key that was made. secret: shown this once."""

    id: str
    name: str
    scopes: list[str]
    user: str | None
    secret: str


class SetupOut(BaseModel):
    """needed: nobody administers this desk yet. sign_on: accounts of another provider work."""

    needed: bool
    sign_on: bool
