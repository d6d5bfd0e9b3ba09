"""Claims, their files, readings and decisions; reviews; invoices; stages; executors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yuepi.kit.database import Money, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_claims()
    _make_executors()
    _make_idempotency()
    _make_stage_evidence()
    _make_stages()
    _make_attachments()
    _make_decisions()
    _make_reviews()
    _make_corrections()
    _make_invoices()
    _make_identities()
    _make_pictures()
    _make_readings()


def _make_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("submitter_id", sa.String(64), nullable=False),
        sa.Column("handed_in_by", sa.String(64)),
        sa.Column("department_id", sa.String(64), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("on_day", sa.String(10), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(16)),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("suggestion", sa.String(16)),
        sa.Column("refer_to", sa.String(64)),
        sa.Column("stage", sa.String(16)),
        sa.Column("kind", sa.String(64)),
        sa.Column("tier", sa.String(16)),
        sa.Column("risk", sa.Integer, nullable=False),
        sa.Column("total", Money),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("queued_at", UtcDateTime),
        sa.Column("question", sa.Text),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("decided_at", UtcDateTime),
        sa.CheckConstraint(
            "NOT (status = 'rejected' AND origin = 'automatic')", name="ck_claims_no_machine_no"
        ),
        sa.CheckConstraint("origin IN ('automatic', 'person')", name="ck_claims_origin"),
        sa.CheckConstraint(
            "status IN ('received', 'waiting', 'asked', 'approved', 'rejected', 'appealed', "
            "'cancelled', 'quarantined')",
            name="ck_claims_status",
        ),
        sa.CheckConstraint("decided_by <> submitter_id", name="ck_claims_not_own"),
        sa.CheckConstraint("decided_by <> handed_in_by", name="ck_claims_not_handed_in"),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
    )
    op.create_index("ix_claims_created_at", "claims", ["created_at", "id"])
    op.create_index(
        "ix_claims_handed_in_by_created_at",
        "claims",
        ["handed_in_by", "created_at", "id"],
        sqlite_where=sa.text("handed_in_by IS NOT NULL"),
        postgresql_where=sa.text("handed_in_by IS NOT NULL"),
    )
    op.create_index(
        "ix_claims_department_id_created_at", "claims", ["department_id", "created_at", "id"]
    )
    op.create_index("ix_claims_status_created_at", "claims", ["status", "created_at", "id"])
    op.create_index(
        "ix_claims_submitter_id_created_at", "claims", ["submitter_id", "created_at", "id"]
    )
    op.create_index(
        "ix_claims_to_queue",
        "claims",
        ["created_at"],
        sqlite_where=sa.text("status = 'received' AND queued_at IS NULL"),
        postgresql_where=sa.text("status = 'received' AND queued_at IS NULL"),
    )


def _make_executors() -> None:
    op.create_table(
        "executors",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started", sa.String(64), nullable=False),
        sa.Column("pulse", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_executors"),
    )
    op.create_index("ix_executors_state", "executors", ["state"])


def _make_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])


def _make_stage_evidence() -> None:
    op.create_table(
        "stage_evidence",
        sa.Column("review_id", sa.String(40), nullable=False),
        sa.Column("claim_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("tier", sa.String(16), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("agreed", sa.Boolean, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("review_id", name="pk_stage_evidence"),
    )
    op.create_index("ix_stage_evidence_at", "stage_evidence", ["at"])
    op.create_index(
        "ix_stage_evidence_kind_tier_category_at",
        "stage_evidence",
        ["kind", "tier", "category", "at"],
    )


def _make_stages() -> None:
    op.create_table(
        "stages",
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("tier", sa.String(16), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("bar", sa.Double, nullable=False),
        sa.Column("sample_share", sa.Double, nullable=False),
        sa.Column("amount_max", Money, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("stage IN ('assist', 'partial', 'full')", name="ck_stages_stage"),
        sa.PrimaryKeyConstraint("kind", "tier", "category", name="pk_stages"),
    )


def _make_attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("claim_id", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_attachments_claim_id_claims"),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
        sa.UniqueConstraint("claim_id", "position", name="uq_attachments_claim_id_position"),
    )


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("claim_id", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("applied", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("policy", sa.String(80), nullable=False),
        sa.Column("reader", sa.String(128), nullable=False),
        sa.Column("inputs_sha256", sa.String(64), nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("executor", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_decisions_claim_id_claims"),
        sa.PrimaryKeyConstraint("claim_id", "round", name="pk_decisions"),
    )


def _make_identities() -> None:
    op.create_table(
        "identities",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("place", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("claim_id", sa.String(40), nullable=False),
        sa.Column("invoice_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_identities_claim_id_claims"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_identities_invoice_id_invoices"
        ),
        sa.PrimaryKeyConstraint("key", "place", name="pk_identities"),
        sa.UniqueConstraint("claim_id", "key", name="uq_identities_claim_id_key"),
    )
    op.create_index("ix_identities_invoice_id", "identities", ["invoice_id"])


def _make_pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("attachment_id", sa.String(40), nullable=False),
        sa.Column("page_at", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("band", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("claim_id", sa.String(40), nullable=False),
        sa.Column("hash", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name="fk_pictures_attachment_id_attachments"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_pictures_claim_id_claims"),
        sa.PrimaryKeyConstraint("attachment_id", "page_at", "band", name="pk_pictures"),
    )
    op.create_index("ix_pictures_band_created_at", "pictures", ["band", "created_at"])
    op.create_index("ix_pictures_claim_id", "pictures", ["claim_id"])


def _make_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("claim_id", sa.String(40), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("submitter_id", sa.String(64), nullable=False),
        sa.Column("handed_in_by", sa.String(64)),
        sa.Column("department_id", sa.String(64), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("risk", sa.Integer, nullable=False),
        sa.Column("total", Money),
        sa.Column("not_by", sa.String(64)),
        sa.Column("first_by", sa.String(64)),
        sa.Column("holder_id", sa.String(64)),
        sa.Column("held_until_s", sa.Double),
        sa.Column("verdict", sa.String(16)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("advised_at", UtcDateTime),
        sa.CheckConstraint("purpose IN ('decide', 'appeal', 'recheck')", name="ck_reviews_purpose"),
        sa.CheckConstraint("status IN ('open', 'done', 'void')", name="ck_reviews_status"),
        sa.CheckConstraint("verdict IN ('approve', 'reject')", name="ck_reviews_verdict"),
        sa.CheckConstraint("decided_by <> first_by", name="ck_reviews_second_eyes"),
        sa.CheckConstraint("decided_by <> not_by", name="ck_reviews_another"),
        sa.CheckConstraint("decided_by <> submitter_id", name="ck_reviews_not_own"),
        sa.CheckConstraint("decided_by <> handed_in_by", name="ck_reviews_not_handed_in"),
        sa.CheckConstraint("first_by <> submitter_id", name="ck_reviews_not_first_own"),
        sa.CheckConstraint("holder_id <> submitter_id", name="ck_reviews_not_held_own"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_reviews_claim_id_claims"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_claim_id", "reviews", ["claim_id"])
    opened = "status = 'open'"
    queue: list[str | sa.TextClause] = [sa.text("risk DESC"), "created_at", "id"]
    indexes: dict[str, tuple[list[str | sa.TextClause], str]] = {
        "ix_reviews_queue": (queue, opened),
        "ix_reviews_department_queue": (["department_id", *queue], opened),
        "ix_reviews_category_queue": (["category", *queue], opened),
        "ix_reviews_appeals": (queue, f"{opened} AND purpose = 'appeal'"),
        "ix_reviews_due_at": (["due_at"], opened),
        "ix_reviews_holder_id": (["holder_id"], f"{opened} AND holder_id IS NOT NULL"),
    }
    for name, (columns, where) in indexes.items():
        op.create_index(
            name, "reviews", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    op.create_index(
        "uq_reviews_open",
        "reviews",
        ["claim_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def _make_corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("claim_id", sa.String(40), nullable=False),
        sa.Column("review_id", sa.String(40), nullable=False),
        sa.Column("attachment_id", sa.String(40), nullable=False),
        sa.Column("file_at", sa.Integer, nullable=False),
        sa.Column("reading_at", sa.Integer, nullable=False),
        sa.Column("field", sa.String(64), nullable=False),
        sa.Column("was", sa.Text),
        sa.Column("value", sa.Text),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name="fk_corrections_attachment_id_attachments"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_corrections_claim_id_claims"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name="fk_corrections_review_id_reviews"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_claim_id", "corrections", ["claim_id"])
    op.create_index("ix_corrections_review_id", "corrections", ["review_id"])


def _make_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("claim_id", sa.String(40), nullable=False),
        sa.Column("attachment_id", sa.String(40), nullable=False),
        sa.Column("file_at", sa.Integer, nullable=False),
        sa.Column("reading_at", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("number", sa.String(64)),
        sa.Column("code", sa.String(64)),
        sa.Column("day", sa.String(10)),
        sa.Column("moment", sa.String(16)),
        sa.Column("total", Money),
        sa.Column("seller_tax_id", sa.String(64)),
        sa.Column("seller_name", sa.String(255)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name="fk_invoices_attachment_id_attachments"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_invoices_claim_id_claims"),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint(
            "attachment_id",
            "file_at",
            "reading_at",
            name="uq_invoices_attachment_id_file_at_reading_at",
        ),
    )
    op.create_index("ix_invoices_claim_id", "invoices", ["claim_id"])
    op.create_index("ix_invoices_number_created_at", "invoices", ["number", "created_at"])
    op.create_index("ix_invoices_sha256", "invoices", ["sha256"])


def _make_readings() -> None:
    op.create_table(
        "readings",
        sa.Column("attachment_id", sa.String(40), nullable=False),
        sa.Column("reader", sa.String(128), nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("pictures", sa.Text, nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name="fk_readings_attachment_id_attachments"
        ),
        sa.PrimaryKeyConstraint("attachment_id", "reader", name="pk_readings"),
    )


def downgrade() -> None:
    """Drop the tables, with all that is in them."""
    op.drop_table("readings")
    op.drop_table("pictures")
    op.drop_table("identities")
    op.drop_table("invoices")
    op.drop_table("corrections")
    op.drop_table("reviews")
    op.drop_table("decisions")
    op.drop_table("attachments")
    op.drop_table("stages")
    op.drop_table("stage_evidence")
    op.drop_table("idempotency")
    op.drop_table("executors")
    op.drop_table("claims")
