"""Tables of stages: how far the machine may decide alone, and the evidence for it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from yuepi.kit.database import METADATA, Money, UtcDateTime

STAGES: Final = Table(
    # `*` stands for any kind, tier or category; the most exact row counts.
    "stages",
    METADATA,
    Column("kind", String(64), primary_key=True),
    Column("tier", String(16), primary_key=True),
    Column("category", String(64), primary_key=True),
    Column("stage", String(16), nullable=False),
    # The precision that must be shown, of which the lower 95% bound counts; in (0, 1).
    Column("bar", Double, nullable=False),
    # The share of automatic approvals that people check again, blind; in [0, 1].
    Column("sample_share", Double, nullable=False),
    # Below this a claim is of low risk (stage partial).
    Column("amount_max", Money, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("stage IN ('assist', 'partial', 'full')", name="stage"),
)

STAGE_EVIDENCE: Final = Table(
    # One person's answer to one approval of the machine's (shown or blind).
    "stage_evidence",
    METADATA,
    Column("review_id", String(40), primary_key=True),
    Column("claim_id", String(40), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("tier", String(16), nullable=False),
    Column("category", String(64), nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_stage_evidence_kind_tier_category_at", "kind", "tier", "category", "at"),
    Index("ix_stage_evidence_at", "at"),
)

EXECUTORS: Final = Table(
    # Processes that work on claims. A pulse that stands still is a dead or frozen process.
    "executors",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", String(64), nullable=False),
    Column("pulse", Integer, nullable=False),
    # alive | left (ended in order) | dead (its work was taken over; it must stop)
    Column("state", String(8), nullable=False),
    Column("version", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_executors_state", "state"),
)
