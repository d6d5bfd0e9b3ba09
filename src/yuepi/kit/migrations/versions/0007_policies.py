"""Policies: versions, proposals, publications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yuepi.kit.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_policy_versions()
    _make_policy_proposals()
    _make_policy_publications()


def _make_policy_versions() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("jdm", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("based_on", sa.String(80)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_policy_versions"),
        sa.UniqueConstraint("number", name="uq_policy_versions_number"),
    )


def _make_policy_proposals() -> None:
    op.create_table(
        "policy_proposals",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.Column("closed_by", sa.String(64)),
        sa.Column("closed_at", UtcDateTime),
        sa.CheckConstraint(
            "state IN ('open', 'published', 'withdrawn')", name="ck_policy_proposals_state"
        ),
        sa.ForeignKeyConstraint(
            ["version"],
            ["policy_versions.version"],
            name="fk_policy_proposals_version_policy_versions",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_policy_proposals"),
    )
    op.create_index(
        "ix_policy_proposals_open",
        "policy_proposals",
        ["version"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_policy_proposals_version", "policy_proposals", ["version"])


def _make_policy_publications() -> None:
    op.create_table(
        "policy_publications",
        sa.Column("turn", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.String(64)),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["version"],
            ["policy_versions.version"],
            name="fk_policy_publications_version_policy_versions",
        ),
        sa.PrimaryKeyConstraint("turn", name="pk_policy_publications"),
    )
    op.create_index("ix_policy_publications_version", "policy_publications", ["version", "turn"])


def downgrade() -> None:
    """Drop the tables, with all that is in them."""
    op.drop_table("policy_publications")
    op.drop_table("policy_proposals")
    op.drop_table("policy_versions")
