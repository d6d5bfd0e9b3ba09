"""The tables of the library. They hold all that it knows; the index is made from them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from yuepi.kit.blob_sweep import NAMES_BLOBS
from yuepi.kit.database import METADATA, UtcDateTime

FOLDERS: Final = Table(
    "library_folders",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("parent_id", String(40)),
    Column("top_id", String(40), nullable=False),
    Column("name", String(255), nullable=False),
    # Comparable: two folders beside each other differ in it. The parent's, or the owner's at the
    # root where it is private, is part of it: see `library.folders`.
    Column("place_key", String(400), nullable=False),
    Column("owner_id", String(64), nullable=False),
    # Who sees it, of the top folder: the department and all below it; null: the owner alone.
    Column("department_id", String(40)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("place_key", name="uq_library_folders_place_key"),
    Index("ix_library_folders_parent_id", "parent_id"),
    Index("ix_library_folders_top_id", "top_id"),
)

DOCUMENTS: Final = Table(
    "library_documents",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("folder_id", String(40), nullable=False),
    # Copies of the top folder's: the scope of every query.
    Column("owner_id", String(64), nullable=False),
    Column("department_id", String(40)),
    Column("name", String(255), nullable=False),
    Column("name_key", String(255), nullable=False),
    Column("title", String(255), nullable=False),
    Column("kind", String(64)),
    # One a line; `library_tags` has them for queries.
    Column("tags", Text, nullable=False),
    # The version that holds now.
    Column("version_id", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("sha256", String(64), nullable=False, info=NAMES_BLOBS),
    Column("bytes", BigInteger, nullable=False),
    Column("media", String(16), nullable=False),
    Column("pages", Integer, nullable=False),
    # waiting | reading | done | partial | failed
    Column("state", String(16), nullable=False),
    Column("problem", Text),
    # Of what was read, for filters: the total in hundredths, its currency, the document's own day,
    # whether a seal was seen (null: cannot be told). Others are in `library_values`.
    Column("amount_hundredths", BigInteger),
    Column("currency", String(3)),
    Column("day", String(10)),
    Column("sealed", Boolean),
    Column("added_by", String(64), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Column("trashed_at", UtcDateTime),
    Column("trashed_by", String(64)),
    Column("locked_until", String(10)),
    Column("version", Integer, nullable=False),
    CheckConstraint("state IN ('waiting', 'reading', 'done', 'partial', 'failed')", name="state"),
    # In one folder each name stands once, what is in the trash left out.
    Index(
        "uq_library_documents_folder_id_name_key",
        "folder_id",
        "name_key",
        unique=True,
        sqlite_where=text("trashed_at IS NULL"),
        postgresql_where=text("trashed_at IS NULL"),
    ),
    Index("ix_library_documents_sha256", "sha256"),
    Index("ix_library_documents_added_at", "added_at", "id"),
    Index("ix_library_documents_department_id", "department_id"),
    Index("ix_library_documents_owner_id", "owner_id"),
    Index("ix_library_documents_kind_day", "kind", "day"),
)

TAGS: Final = Table(
    "library_tags",
    METADATA,
    Column("document_id", String(40), primary_key=True),
    Column("tag", String(64), primary_key=True),
    Index("ix_library_tags_tag", "tag"),
)

VERSIONS: Final = Table(
    "library_versions",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("document_id", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", String(255), nullable=False),
    Column("sha256", String(64), nullable=False, info=NAMES_BLOBS),
    Column("bytes", BigInteger, nullable=False),
    Column("media", String(16), nullable=False),
    Column("pages", Integer, nullable=False),
    Column("added_by", String(64), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    UniqueConstraint("document_id", "number", name="uq_library_versions_document_id_number"),
    Index("ix_library_versions_sha256", "sha256"),
)

PARTS: Final = Table(
    # What is read in one go, by the worker that holds it until a second of the steady clock.
    "library_parts",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("version_id", String(40), nullable=False),
    Column("document_id", String(40), nullable=False),
    Column("at", Integer, nullable=False),
    Column("first_page", Integer),
    Column("last_page", Integer),
    # waiting | done | failed
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("held_by", String(64)),
    Column("held_until_s", Double),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("reader", String(128)),
    Column("files", Text),
    Column("pages", Text, info=NAMES_BLOBS),
    Column("texts", String(64), info=NAMES_BLOBS),
    Column("took_ms", Integer),
    CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),
    UniqueConstraint("version_id", "at", name="uq_library_parts_version_id_at"),
    Index(
        "ix_library_parts_to_read",
        "queued_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)

VALUES: Final = Table(
    # Exact things that stand in the version that holds now: numbers, amounts, dates, names. field:
    # of the reading ("total", "number"); "" for what merely stands in the text.
    "library_values",
    METADATA,
    Column("document_id", String(40), primary_key=True),
    Column("at", Integer, primary_key=True),
    Column("sort", String(8), nullable=False),
    Column("field", String(64), nullable=False),
    # As it stands there, and as it is compared: letters and digits alone for numbers, folded for
    # names, hundredths for amounts, an ISO day for dates.
    Column("text", String(255), nullable=False),
    Column("key", String(255), nullable=False),
    Column("hundredths", BigInteger),
    Column("file_at", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("x0", Double, nullable=False),
    Column("y0", Double, nullable=False),
    Column("x1", Double, nullable=False),
    Column("y1", Double, nullable=False),
    CheckConstraint("sort IN ('number', 'amount', 'date', 'name')", name="sort"),
    Index("ix_library_values_sort_key", "sort", "key"),
    Index("ix_library_values_sort_hundredths", "sort", "hundredths"),
)

INDEXING: Final = Table(
    # What the index does not have yet. stage: `words` (the pieces and their words), `meaning`
    # (their vectors), `gone` (take it out). wanted: which change of the document; a row is
    # deleted only if it is still the one that was done.
    "library_indexing",
    METADATA,
    Column("document_id", String(40), primary_key=True),
    Column("stage", String(8), primary_key=True),
    Column("wanted", BigInteger, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("held_by", String(64)),
    Column("held_until_s", Double),
    CheckConstraint("stage IN ('words', 'meaning', 'gone')", name="stage"),
    Index("ix_library_indexing_stage_queued_at", "stage", "queued_at"),
)

SEARCHES: Final = Table(
    # Saved by somebody; with `alerts`, what is added later and fits is told.
    "library_searches",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner_id", String(64), nullable=False),
    Column("name", String(128), nullable=False),
    Column("query", Text, nullable=False),
    Column("alerts", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_library_searches_owner_id", "owner_id"),
)

ALERTS: Final = Table(
    "library_alerts",
    METADATA,
    Column("search_id", String(40), primary_key=True),
    Column("document_id", String(40), primary_key=True),
    Column("version_id", String(40), primary_key=True),
    Column("owner_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Index("ix_library_alerts_owner_id_at", "owner_id", "at"),
)
