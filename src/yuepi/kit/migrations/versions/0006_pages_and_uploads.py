"""Pictures of pages; files uploaded before their claim; what submitters say of doubtful fields."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yuepi.kit.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns and the table."""
    op.add_column("readings", sa.Column("pages", sa.Text, nullable=False, server_default="[]"))
    op.add_column("claims", sa.Column("said", sa.Text))
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"])
    _make_uploads()


def _make_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("held_by", sa.String(64)),
        sa.Column("held_until_s", sa.Double),
        sa.Column("reader", sa.String(128)),
        sa.Column("files", sa.Text),
        sa.Column("pictures", sa.Text),
        sa.Column("pages", sa.Text),
        sa.Column("took_ms", sa.Integer),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name="ck_uploads_state"),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_owner_id_created_at", "uploads", ["owner_id", "created_at"])
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"])
    op.create_index(
        "ix_uploads_to_read",
        "uploads",
        ["created_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    """Drop them, with all that is in them."""
    op.drop_table("uploads")
    op.drop_index("ix_attachments_sha256", "attachments")
    op.drop_column("claims", "said")
    op.drop_column("readings", "pages")
