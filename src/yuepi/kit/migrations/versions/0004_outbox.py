"""Messages on their way out, the steady clock, notices, webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yuepi.kit.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_notice_wishes()
    _make_notices()
    _make_outbox()
    _make_steady_clock()
    _make_webhooks()


def _make_notice_wishes() -> None:
    op.create_table(
        "notice_wishes",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("mail", sa.Boolean, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_notice_wishes"),
    )


def _make_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(64)),
        sa.Column("role", sa.String(16)),
        sa.Column("department_id", sa.String(64)),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("spread_at", UtcDateTime),
        sa.Column("read_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
    )
    op.create_index(
        "ix_notices_to_spread",
        "notices",
        ["created_at", "id"],
        sqlite_where=sa.text("spread_at IS NULL"),
        postgresql_where=sa.text("spread_at IS NULL"),
    )
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["user_id", "created_at", "id"],
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_notices_user_id", "notices", ["user_id", "created_at", "id"])


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_s", sa.Double, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("holder", sa.String(40)),
        sa.Column("held_until_s", sa.Double),
        sa.Column("done_at", UtcDateTime),
        sa.Column("error", sa.Text),
        sa.Column("dead", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index(
        "ix_outbox_dead",
        "outbox",
        ["created_at", "id"],
        sqlite_where=sa.text("dead"),
        postgresql_where=sa.text("dead"),
    )
    op.create_index(
        "ix_outbox_done_at",
        "outbox",
        ["done_at"],
        sqlite_where=sa.text("done_at IS NOT NULL"),
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_s", "id"],
        sqlite_where=sa.text("done_at IS NULL AND NOT dead"),
        postgresql_where=sa.text("done_at IS NULL AND NOT dead"),
    )


def _make_steady_clock() -> None:
    op.create_table(
        "steady_clock",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("ticker", sa.String(40), nullable=False),
        sa.Column("beat", sa.Integer, nullable=False),
        sa.CheckConstraint("id = 1", name="ck_steady_clock_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_steady_clock"),
    )
    op.execute("INSERT INTO steady_clock (id, seconds, ticker, beat) VALUES (1, 0, '', 0)")


def _make_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("old_sealed_secret", sa.LargeBinary),
        sa.Column("old_secret_until", UtcDateTime),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", UtcDateTime),
        sa.Column("off_because", sa.Text),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )


def downgrade() -> None:
    """Drop the tables, with all that is in them."""
    op.drop_table("webhooks")
    op.drop_table("steady_clock")
    op.drop_table("outbox")
    op.drop_table("notices")
    op.drop_table("notice_wishes")
