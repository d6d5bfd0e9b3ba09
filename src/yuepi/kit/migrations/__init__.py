"""Alembic scripts that make and change the tables; run by `kit.database.migrate` only."""
