"""Tables of the review pool: what waits for a person, and what people corrected."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from yuepi.kit.database import METADATA, Money, UtcDateTime


def _queue(name: str, *first: str, where: str = "status = 'open'") -> Index:
    """An index in the order of the queue, on open reviews."""
    return Index(
        name,
        *first,
        text("risk DESC"),
        "created_at",
        "id",
        sqlite_where=text(where),
        postgresql_where=text(where),
    )


REVIEWS: Final = Table(
    "reviews",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("claim_id", String(40), ForeignKey("claims.id"), nullable=False),
    # decide: the machine referred it. appeal: the submitter asks again. recheck: a blind sample of
    # automatic approvals.
    Column("purpose", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    # Of the claim, so that the queue's page needs no join.
    Column("submitter_id", String(64), nullable=False),
    Column("handed_in_by", String(64)),
    Column("department_id", String(64), nullable=False),
    Column("category", String(64), nullable=False),
    Column("risk", Integer, nullable=False),
    Column("total", Money),
    # Who decided before and must not again (an appeal's earlier decider).
    Column("not_by", String(64)),
    # Who approved first, where two pairs of eyes are needed.
    Column("first_by", String(64)),
    # A lease: by whom, until when on the steady clock (seconds).
    Column("holder_id", String(64)),
    Column("held_until_s", Double),
    Column("verdict", String(16)),
    Column("reason", Text, nullable=False),
    Column("decided_by", String(64)),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("decided_at", UtcDateTime),
    # When whoever works on it asked for the machine's advice: their verdict is then not blind.
    Column("advised_at", UtcDateTime),
    CheckConstraint("purpose IN ('decide', 'appeal', 'recheck')", name="purpose"),
    CheckConstraint("status IN ('open', 'done', 'void')", name="status"),
    CheckConstraint("verdict IN ('approve', 'reject')", name="verdict"),
    CheckConstraint("decided_by <> submitter_id", name="not_own"),
    CheckConstraint("decided_by <> handed_in_by", name="not_handed_in"),
    CheckConstraint("holder_id <> submitter_id", name="not_held_own"),
    CheckConstraint("first_by <> submitter_id", name="not_first_own"),
    CheckConstraint("decided_by <> not_by", name="another"),
    CheckConstraint("decided_by <> first_by", name="second_eyes"),
    Index(
        "uq_reviews_open",
        "claim_id",
        "purpose",
        unique=True,
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    Index("ix_reviews_claim_id", "claim_id"),
    # What one person holds.
    Index(
        "ix_reviews_holder_id",
        "holder_id",
        sqlite_where=text("status = 'open' AND holder_id IS NOT NULL"),
        postgresql_where=text("status = 'open' AND holder_id IS NOT NULL"),
    ),
    # The queue, the riskiest first and then the oldest: of all departments, of one, of a category,
    # and of the few that are appeals. What is closed is in none of them.
    _queue("ix_reviews_queue"),
    _queue("ix_reviews_department_queue", "department_id"),
    _queue("ix_reviews_category_queue", "category"),
    _queue("ix_reviews_appeals", where="status = 'open' AND purpose = 'appeal'"),
    Index(
        "ix_reviews_due_at",
        "due_at",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
)

CORRECTIONS: Final = Table(
    # Truth as people gave it, field by field: labels for what reads.
    "corrections",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("claim_id", String(40), ForeignKey("claims.id"), nullable=False),
    Column("review_id", String(40), ForeignKey("reviews.id"), nullable=False),
    Column("attachment_id", String(40), ForeignKey("attachments.id"), nullable=False),
    # Place of the file in the attachment and of the reading in the file, from 0.
    Column("file_at", Integer, nullable=False),
    Column("reading_at", Integer, nullable=False),
    Column("field", String(64), nullable=False),
    Column("was", Text),
    Column("value", Text),
    Column("confirmed", Boolean, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_corrections_claim_id", "claim_id"),
    Index("ix_corrections_review_id", "review_id"),
)
