"""Tables of people, departments, sessions, and of what protects signing in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from yuepi.kit.database import METADATA, UtcDateTime


class Names(TypeDecorator[frozenset[str]]):
    """A few short names without spaces, such as roles: ` admin reviewer `, so LIKE finds one."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str | None:
        # What LIKE compares with is text already.
        if value is None or isinstance(value, str):
            return value
        return f" {' '.join(sorted(value))} "

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:
        return None if value is None else frozenset(value.split())


DEPARTMENTS: Final = Table(
    "departments",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("parent_id", String(40), ForeignKey("departments.id")),
    Column("name", String(64), nullable=False),
    # The name as it is compared: one kind of letter, one width.
    Column("name_key", String(192), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("parent_id", "name_key"),
    # One tree, one root, which the migration plants. Its row is also the lock that changes of the
    # tree, of administrators and of the first set-up wait for.
    CheckConstraint("(parent_id IS NULL) = (id = 'dep_root')", name="one_root"),
    CheckConstraint("parent_id <> id", name="not_own_parent"),
)

USERS: Final = Table(
    "users",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("login", String(64), nullable=False),
    # As it is compared: one kind of letter, one width.
    Column("login_key", String(192), nullable=False),
    Column("name", String(64), nullable=False),
    Column("email", String(254), nullable=False),
    Column("department_id", String(40), ForeignKey("departments.id"), nullable=False),
    Column("roles", Names(128), nullable=False),
    Column("language", String(2), nullable=False),
    # Null: signs on elsewhere, or is a program.
    Column("password_hash", String(255)),
    Column("disabled_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("login_key"),
    CheckConstraint("language IN ('zh', 'en')", name="language"),
    Index("ix_users_department_id", "department_id"),
)

SESSIONS: Final = Table(
    # A row that is gone is a session that is over; the audit record tells of it.
    "sessions",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("secret_sha256", LargeBinary(32), nullable=False),
    # How it was opened: password | sign_on | setup.
    Column("via", String(16), nullable=False),
    Column("address", String(64), nullable=False),
    Column("agent", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    UniqueConstraint("secret_sha256"),
    Index("ix_sessions_user_id_created_at", "user_id", "created_at"),
    Index("ix_sessions_ends_at", "ends_at"),
)

ATTEMPTS: Final = Table(
    # How often signing in failed: one row for a login from an address, for a login, for an
    # address. The key is a hash: what people type in the login's place may be a password.
    "sign_in_attempts",
    METADATA,
    Column("key", String(72), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("blocked_until", UtcDateTime),
    # Only of a login from an address: it once succeeded.
    Column("succeeded_at", UtcDateTime),
    Index("ix_sign_in_attempts_last_at", "last_at"),
)

SETUP_LINKS: Final = Table(
    # Links to make the first administrator with.
    "setup_links",
    METADATA,
    Column("secret_sha256", LargeBinary(32), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

SIGN_ON_SUBJECTS: Final = Table(
    # Who somebody is at another provider. Nothing but issuer and subject ties an account to it.
    "sign_on_subjects",
    METADATA,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_sign_on_subjects_user_id", "user_id"),
)

SIGN_ON_NONCES: Final = Table(
    # Nonces of tokens that were taken: each opens one session at most.
    "sign_on_nonces",
    METADATA,
    Column("nonce_sha256", LargeBinary(32), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_sign_on_nonces_at", "at"),
)
