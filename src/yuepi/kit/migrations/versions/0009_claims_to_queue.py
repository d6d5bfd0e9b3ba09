"""The index of claims that wait to be handed over: such that SQLite takes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NAME = "ix_claims_to_queue"
_WAITS = sa.text("status = 'received' AND queued_at IS NULL")


def upgrade() -> None:
    """Make it anew, with the columns that its condition names in front."""
    op.drop_index(_NAME, "claims")
    _make("status", "queued_at", "created_at")


def downgrade() -> None:
    """Make it as it was."""
    op.drop_index(_NAME, "claims")
    _make("created_at")


def _make(*columns: str) -> None:
    op.create_index(_NAME, "claims", columns, sqlite_where=_WAITS, postgresql_where=_WAITS)
