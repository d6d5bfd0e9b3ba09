"""The library: folders, documents, their versions, parts and values, indexing, searches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yuepi.kit.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_shelf()
    _make_tags()
    _make_versions()
    _make_values()
    _make_searches()


def _make_shelf() -> None:
    op.create_table(
        "library_folders",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("parent_id", sa.String(40)),
        sa.Column("top_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("place_key", sa.String(400), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("department_id", sa.String(40)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_folders"),
        sa.UniqueConstraint("place_key", name="uq_library_folders_place_key"),
    )
    op.create_index("ix_library_folders_parent_id", "library_folders", ["parent_id"])
    op.create_index("ix_library_folders_top_id", "library_folders", ["top_id"])
    op.create_table(
        "library_documents",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("folder_id", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("department_id", sa.String(40)),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("name_key", sa.String(255), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(64)),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("version_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media", sa.String(16), nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("amount_hundredths", sa.BigInteger),
        sa.Column("currency", sa.String(3)),
        sa.Column("day", sa.String(10)),
        sa.Column("sealed", sa.Boolean),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("read_at", UtcDateTime),
        sa.Column("trashed_at", UtcDateTime),
        sa.Column("trashed_by", sa.String(64)),
        sa.Column("locked_until", sa.String(10)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'reading', 'done', 'partial', 'failed')",
            name="ck_library_documents_state",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_library_documents"),
    )
    op.create_index("ix_library_documents_added_at", "library_documents", ["added_at", "id"])
    op.create_index("ix_library_documents_department_id", "library_documents", ["department_id"])
    op.create_index("ix_library_documents_kind_day", "library_documents", ["kind", "day"])
    op.create_index("ix_library_documents_owner_id", "library_documents", ["owner_id"])
    op.create_index("ix_library_documents_sha256", "library_documents", ["sha256"])
    op.create_index(
        "uq_library_documents_folder_id_name_key",
        "library_documents",
        ["folder_id", "name_key"],
        unique=True,
        sqlite_where=sa.text("trashed_at IS NULL"),
        postgresql_where=sa.text("trashed_at IS NULL"),
    )


def _make_tags() -> None:
    op.create_table(
        "library_tags",
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "tag", name="pk_library_tags"),
    )
    op.create_index("ix_library_tags_tag", "library_tags", ["tag"])


def _make_versions() -> None:
    op.create_table(
        "library_versions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media", sa.String(16), nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_versions"),
        sa.UniqueConstraint("document_id", "number", name="uq_library_versions_document_id_number"),
    )
    op.create_index("ix_library_versions_sha256", "library_versions", ["sha256"])
    op.create_table(
        "library_parts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("version_id", sa.String(40), nullable=False),
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("first_page", sa.Integer),
        sa.Column("last_page", sa.Integer),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("held_by", sa.String(64)),
        sa.Column("held_until_s", sa.Double),
        sa.Column("queued_at", UtcDateTime, nullable=False),
        sa.Column("reader", sa.String(128)),
        sa.Column("files", sa.Text),
        sa.Column("pages", sa.Text),
        sa.Column("texts", sa.String(64)),
        sa.Column("took_ms", sa.Integer),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name="ck_library_parts_state"),
        sa.PrimaryKeyConstraint("id", name="pk_library_parts"),
        sa.UniqueConstraint("version_id", "at", name="uq_library_parts_version_id_at"),
    )
    op.create_index(
        "ix_library_parts_to_read",
        "library_parts",
        ["queued_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _make_values() -> None:
    op.create_table(
        "library_values",
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("sort", sa.String(8), nullable=False),
        sa.Column("field", sa.String(64), nullable=False),
        sa.Column("text", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("hundredths", sa.BigInteger),
        sa.Column("file_at", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("x0", sa.Double, nullable=False),
        sa.Column("y0", sa.Double, nullable=False),
        sa.Column("x1", sa.Double, nullable=False),
        sa.Column("y1", sa.Double, nullable=False),
        sa.CheckConstraint(
            "sort IN ('number', 'amount', 'date', 'name')",
            name="ck_library_values_sort",
        ),
        sa.PrimaryKeyConstraint("document_id", "at", name="pk_library_values"),
    )
    op.create_index("ix_library_values_sort_hundredths", "library_values", ["sort", "hundredths"])
    op.create_index("ix_library_values_sort_key", "library_values", ["sort", "key"])
    op.create_table(
        "library_indexing",
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("wanted", sa.BigInteger, nullable=False),
        sa.Column("queued_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("held_by", sa.String(64)),
        sa.Column("held_until_s", sa.Double),
        sa.CheckConstraint(
            "stage IN ('words', 'meaning', 'gone')",
            name="ck_library_indexing_stage",
        ),
        sa.PrimaryKeyConstraint("document_id", "stage", name="pk_library_indexing"),
    )
    op.create_index(
        "ix_library_indexing_stage_queued_at", "library_indexing", ["stage", "queued_at"]
    )


def _make_searches() -> None:
    op.create_table(
        "library_searches",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("alerts", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_searches"),
    )
    op.create_index("ix_library_searches_owner_id", "library_searches", ["owner_id"])
    op.create_table(
        "library_alerts",
        sa.Column("search_id", sa.String(40), nullable=False),
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("version_id", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("read_at", UtcDateTime),
        sa.PrimaryKeyConstraint("search_id", "document_id", "version_id", name="pk_library_alerts"),
    )
    op.create_index("ix_library_alerts_owner_id_at", "library_alerts", ["owner_id", "at"])


def downgrade() -> None:
    """Drop them, with all that is in them."""
    op.drop_table("library_alerts")
    op.drop_table("library_searches")
    op.drop_table("library_indexing")
    op.drop_table("library_values")
    op.drop_table("library_parts")
    op.drop_table("library_versions")
    op.drop_table("library_tags")
    op.drop_table("library_documents")
    op.drop_table("library_folders")
