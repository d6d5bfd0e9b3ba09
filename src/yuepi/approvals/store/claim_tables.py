"""Tables of claims: the claim itself, its files, what was read on them, what was decided.

The row of `claims` is the truth about a claim's life; a workflow only moves it on. `round` counts
the times that the machine works on it (again after an answer, or out of quarantine); `version`
grows with every change and is the claim's ETag.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from yuepi.kit.blob_sweep import NAMES_BLOBS
from yuepi.kit.database import METADATA, Money, UtcDateTime

CLAIMS: Final = Table(
    "claims",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("submitter_id", String(64), nullable=False),
    # The program's account that handed it in for its submitter; null: they did so themselves.
    Column("handed_in_by", String(64)),
    Column("department_id", String(64), nullable=False),
    Column("category", String(64), nullable=False),
    Column("note", Text, nullable=False),
    # The business day it is judged for, YYYY-MM-DD.
    Column("on_day", String(10), nullable=False),
    Column("status", String(16), nullable=False),
    # Who the present outcome is from: automatic | person. Null before there is one.
    Column("origin", String(16)),
    Column("decided_by", String(64)),
    # What the machine said: approve | refer | suggest_reject; to whom; under which stage.
    Column("suggestion", String(16)),
    Column("refer_to", String(64)),
    Column("stage", String(16)),
    # The stage's key: the least automated of its papers' kinds and quality tiers.
    Column("kind", String(64)),
    Column("tier", String(16)),
    Column("risk", Integer, nullable=False),
    Column("total", Money),
    Column("version", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    # When this round was handed to the queue; null: it waits to be.
    Column("queued_at", UtcDateTime),
    # A question to the submitter that waits for an answer, or why it stands in quarantine.
    Column("question", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    # What the submitter says of doubtful fields (`approvals.said`), JSON; null: nothing.
    Column("said", Text),
    CheckConstraint(
        "status IN ('received', 'waiting', 'asked', 'approved', 'rejected', 'appealed', "
        "'cancelled', 'quarantined')",
        name="status",
    ),
    CheckConstraint("origin IN ('automatic', 'person')", name="origin"),
    # No one decides on their own claim, whatever the program thinks.
    CheckConstraint("decided_by <> submitter_id", name="not_own"),
    CheckConstraint("decided_by <> handed_in_by", name="not_handed_in"),
    # A machine never rejects.
    CheckConstraint("NOT (status = 'rejected' AND origin = 'automatic')", name="no_machine_no"),
    Index("ix_claims_submitter_id_created_at", "submitter_id", "created_at", "id"),
    Index(
        "ix_claims_handed_in_by_created_at",
        "handed_in_by",
        "created_at",
        "id",
        sqlite_where=text("handed_in_by IS NOT NULL"),
        postgresql_where=text("handed_in_by IS NOT NULL"),
    ),
    Index("ix_claims_department_id_created_at", "department_id", "created_at", "id"),
    Index("ix_claims_created_at", "created_at", "id"),
    Index("ix_claims_status_created_at", "status", "created_at", "id"),
    # SQLite takes an index by the columns that are compared with something: without the first two,
    # which are the same in all its rows, it walks through whatever has the status.
    Index(
        "ix_claims_to_queue",
        "status",
        "queued_at",
        "created_at",
        sqlite_where=text("status = 'received' AND queued_at IS NULL"),
        postgresql_where=text("status = 'received' AND queued_at IS NULL"),
    ),
)

ATTACHMENTS: Final = Table(
    "attachments",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("claim_id", String(40), ForeignKey("claims.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False, info=NAMES_BLOBS),
    Column("bytes", BigInteger, nullable=False),
    Column("media", String(16), nullable=False),
    UniqueConstraint("claim_id", "position"),
    # The same bytes in another claim.
    Index("ix_attachments_sha256", "sha256"),
)

READINGS: Final = Table(
    # What one reader saw in one attachment (the files of an archive are several): JSON list of
    # FileReading. The first one written stays.
    "readings",
    METADATA,
    Column("attachment_id", String(40), ForeignKey("attachments.id"), primary_key=True),
    Column("reader", String(128), primary_key=True),
    Column("files", Text, nullable=False),
    # Perceptual hashes of its pages, JSON list of 16 hexadecimal digits: a hint, never proof.
    Column("pictures", Text, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # The upright pictures of its pages: JSON list of {file_at, page, sha256, width, height}.
    Column("pages", Text, nullable=False, server_default="[]", info=NAMES_BLOBS),
)

DECISIONS: Final = Table(
    # One for each round, exactly: the primary key is the guard. All that a replay needs is here.
    "decisions",
    METADATA,
    Column("claim_id", String(40), ForeignKey("claims.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("outcome", String(16), nullable=False),
    # What became of it: approved | waiting.
    Column("applied", String(16), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("policy", String(80), nullable=False, info=NAMES_BLOBS),
    Column("reader", String(128), nullable=False),
    Column("inputs_sha256", String(64), nullable=False),
    # JSON: {"company", "on", "category", "history", "policy"} as the decision used them.
    Column("inputs", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("executor", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
