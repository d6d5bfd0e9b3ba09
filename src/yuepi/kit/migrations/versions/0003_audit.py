"""The audit record: entries, its end, signed roots, tiles of the tree.

Triggers refuse to change or delete entries and roots. They are a second wall only: who owns the
database can drop them, which is why there are the chain, and roots that are kept elsewhere.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yuepi.kit.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = ("audit_entries", "audit_roots", "audit_tiles")
_REFUSAL = "the audit record is append-only"


def upgrade() -> None:
    """Make the tables."""
    _make_audit_entries()
    _make_audit_end()
    _make_audit_roots()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _make_audit_entries() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entries"),
    )
    for column in ("subject", "action", "actor"):
        op.create_index(f"ix_audit_entries_{column}_seq", "audit_entries", [column, "seq"])


def _make_audit_end() -> None:
    op.create_table(
        "audit_end",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_audit_end_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_end"),
    )
    end = sa.table("audit_end", sa.column("id"), sa.column("seq"), sa.column("hash"))
    op.bulk_insert(end, [{"id": 1, "seq": 0, "hash": bytes(32)}])


def _make_audit_roots() -> None:
    op.create_table(
        "audit_roots",
        sa.Column("size", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("previous_size", _NUMBER, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_audit_roots"),
        sa.UniqueConstraint("previous_size", name="uq_audit_roots_previous_size"),
    )
    op.create_table(
        "audit_tiles",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_tiles"),
    )


def _guard_sqlite() -> None:
    for table in _KEPT:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
    # INSERT OR REPLACE deletes without asking the trigger for that.
    op.execute(
        "CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries "
        "WHEN EXISTS (SELECT 1 FROM audit_entries WHERE seq = NEW.seq) "
        "BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        )


def downgrade() -> None:
    """Drop the tables, with all that is in them."""
    for table in ("audit_tiles", "audit_roots", "audit_end", "audit_entries"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse()")
