"""Tables of policies: each version once and never changed, what was proposed, what was published.

The policy in force is that of the latest publication; going back to an earlier one is another
publication.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from yuepi.kit.database import METADATA, UtcDateTime

POLICY_VERSIONS: Final = Table(
    "policy_versions",
    METADATA,
    # `sha256:` and the hash of the canonical text.
    Column("version", String(80), primary_key=True),
    # 1, 2, 3…: what people call it.
    Column("number", Integer, nullable=False, unique=True),
    # The decision tables: canonical JDM.
    Column("jdm", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("based_on", String(80)),
    Column("created_at", UtcDateTime, nullable=False),
)

POLICY_PROPOSALS: Final = Table(
    "policy_proposals",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("version", String(80), ForeignKey("policy_versions.version"), nullable=False),
    # open | published | withdrawn
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("closed_by", String(64)),
    Column("closed_at", UtcDateTime),
    CheckConstraint("state IN ('open', 'published', 'withdrawn')", name="state"),
    Index("ix_policy_proposals_version", "version"),
    # One at a time for each version.
    Index(
        "ix_policy_proposals_open",
        "version",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)

POLICY_PUBLICATIONS: Final = Table(
    # turn: 1, 2, 3… without gaps: of two at once, one finds its turn taken.
    "policy_publications",
    METADATA,
    Column("turn", Integer, primary_key=True, autoincrement=False),
    Column("version", String(80), ForeignKey("policy_versions.version"), nullable=False),
    Column("note", Text, nullable=False),
    # Null where the settings named it.
    Column("proposed_by", String(64)),
    Column("published_by", String(64), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Index("ix_policy_publications_version", "version", "turn"),
)
