"""Users, departments, roles, sessions, signing in; owners and scopes of keys."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from yuepi.kit.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_departments()
    _plant_root()
    _make_setup_links()
    _make_sign_in_attempts()
    _make_sign_on_nonces()
    _make_users()
    _make_sessions()
    _make_sign_on_subjects()
    _widen_keys()


def _make_departments() -> None:
    op.create_table(
        "departments",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("parent_id", sa.String(40)),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", sa.String(192), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint(
            "(parent_id IS NULL) = (id = 'dep_root')", name="ck_departments_one_root"
        ),
        sa.CheckConstraint("parent_id <> id", name="ck_departments_not_own_parent"),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["departments.id"], name="fk_departments_parent_id_departments"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_departments"),
        sa.UniqueConstraint("parent_id", "name_key", name="uq_departments_parent_id_name_key"),
    )


def _plant_root() -> None:
    """The department that all others are below; an administrator may rename it."""
    table = sa.table(
        "departments",
        sa.column("id", sa.String),
        sa.column("name", sa.String),
        sa.column("name_key", sa.String),
        sa.column("version", sa.Integer),
        sa.column("created_at", UtcDateTime),
    )
    root = {"id": "dep_root", "name": "公司", "name_key": "公司", "version": 1}
    op.bulk_insert(table, [root | {"created_at": datetime.now(UTC)}])


def _make_setup_links() -> None:
    op.create_table(
        "setup_links",
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
        sa.PrimaryKeyConstraint("secret_sha256", name="pk_setup_links"),
    )


def _make_sign_in_attempts() -> None:
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.String(72), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("blocked_until", UtcDateTime),
        sa.Column("succeeded_at", UtcDateTime),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_last_at", "sign_in_attempts", ["last_at"])


def _make_sign_on_nonces() -> None:
    op.create_table(
        "sign_on_nonces",
        sa.Column("nonce_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("nonce_sha256", name="pk_sign_on_nonces"),
    )
    op.create_index("ix_sign_on_nonces_at", "sign_on_nonces", ["at"])


def _make_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("login_key", sa.String(192), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("department_id", sa.String(40), nullable=False),
        sa.Column("roles", sa.String(128), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("disabled_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("language IN ('zh', 'en')", name="ck_users_language"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name="fk_users_department_id_departments"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login_key", name="uq_users_login_key"),
    )
    op.create_index("ix_users_department_id", "users", ["department_id"])


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("secret_sha256", name="uq_sessions_secret_sha256"),
    )
    op.create_index("ix_sessions_ends_at", "sessions", ["ends_at"])
    op.create_index("ix_sessions_user_id_created_at", "sessions", ["user_id", "created_at"])


def _make_sign_on_subjects() -> None:
    op.create_table(
        "sign_on_subjects",
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_sign_on_subjects_user_id_users"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_sign_on_subjects"),
    )
    op.create_index("ix_sign_on_subjects_user_id", "sign_on_subjects", ["user_id"])


def _widen_keys() -> None:
    op.add_column("keys", sa.Column("user_id", sa.String(40)))
    scopes = sa.Column("scopes", sa.String(255), nullable=False, server_default=" models:ask ")
    op.add_column("keys", scopes)
    op.drop_index("uq_keys_live_name", "keys")
    # Two users may give the same name to a key each.
    _index_names(["tenant", sa.text("coalesce(user_id, '')"), "name"])


def _index_names(columns: list[str | sa.TextClause]) -> None:
    live = sa.text("revoked_at IS NULL")
    op.create_index(
        "uq_keys_live_name",
        "keys",
        columns,
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def downgrade() -> None:
    """Drop the tables, with all that is in them, and the keys of users with them."""
    op.execute("DELETE FROM keys WHERE user_id IS NOT NULL OR scopes <> ' models:ask '")
    op.drop_index("uq_keys_live_name", "keys")
    op.drop_column("keys", "scopes")
    op.drop_column("keys", "user_id")
    _index_names(["tenant", "name"])
    op.drop_table("sign_on_subjects")
    op.drop_table("sessions")
    op.drop_table("users")
    op.drop_table("sign_on_nonces")
    op.drop_table("sign_in_attempts")
    op.drop_table("setup_links")
    op.drop_table("departments")
