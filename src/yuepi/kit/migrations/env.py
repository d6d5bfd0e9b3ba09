"""What Alembic runs: the scripts in `versions`, on the connection and transaction it is given.

The caller (`kit.database.migrate`) opens the transaction, holds the lock and commits.
"""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,
    # SQLite cannot alter most things in place: Alembic then copies the table.
    render_as_batch=True,
)
context.run_migrations()
