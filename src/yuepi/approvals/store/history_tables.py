"""Tables of invoices handed in: to find the same one again, and consecutive numbers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from yuepi.kit.database import METADATA, Money, UtcDateTime

INVOICES: Final = Table(
    # Numbers, codes and names stand here as `approvals.sameness.Paper` compares them.
    "invoices",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("claim_id", String(40), ForeignKey("claims.id"), nullable=False),
    Column("attachment_id", String(40), ForeignKey("attachments.id"), nullable=False),
    Column("file_at", Integer, nullable=False),
    Column("reading_at", Integer, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("number", String(64)),
    Column("code", String(64)),
    Column("day", String(10)),
    Column("moment", String(16)),
    Column("total", Money),
    Column("seller_tax_id", String(64)),
    Column("seller_name", String(255)),
    Column("sha256", String(64)),
    Column("employee_id", String(64), nullable=False),
    # Whether it still counts: not for a claim that was rejected or withdrawn.
    Column("live", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("attachment_id", "file_at", "reading_at"),
    Index("ix_invoices_claim_id", "claim_id"),
    Index("ix_invoices_number_created_at", "number", "created_at"),
    # The same bytes read before (`store.attachments.to_be_read`, for every file that is read).
    Index("ix_invoices_sha256", "sha256"),
)

IDENTITIES: Final = Table(
    # What makes an invoice the same one, and the live claims that brought it, in the order they
    # came: the lowest place is the first. The primary key settles races: one place, one claim.
    "identities",
    METADATA,
    Column("key", String(80), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("claim_id", String(40), ForeignKey("claims.id"), nullable=False),
    Column("invoice_id", String(40), ForeignKey("invoices.id"), nullable=False),
    UniqueConstraint("claim_id", "key"),
    Index("ix_identities_invoice_id", "invoice_id"),
)

PICTURES: Final = Table(
    # Perceptual hashes of photos, four rows each: a picture much like another shares at least one
    # quarter of its hash with it (band = which quarter × 65536 + its 16 bits).
    "pictures",
    METADATA,
    Column("attachment_id", String(40), ForeignKey("attachments.id"), primary_key=True),
    Column("page_at", Integer, primary_key=True, autoincrement=False),
    Column("band", Integer, primary_key=True, autoincrement=False),
    Column("claim_id", String(40), ForeignKey("claims.id"), nullable=False),
    Column("hash", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_pictures_band_created_at", "band", "created_at"),
    Index("ix_pictures_claim_id", "claim_id"),
)
