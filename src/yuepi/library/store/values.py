"""The exact things in documents, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert

from yuepi.kit.database import Transaction
from yuepi.library.store.tables import VALUES

if TYPE_CHECKING:
    from yuepi.library.values import Value

ROWS_MAX: Final = 500
"""Of one statement."""


async def replace_values(
    transaction: Transaction, document_id: str, values: Sequence[Value]
) -> None:
    """Make these the exact things of a document, instead of all that it had."""
    await transaction.execute(delete(VALUES).where(VALUES.c.document_id == document_id))
    rows = [
        {
            "document_id": document_id,
            "at": at,
            "sort": value.sort,
            "field": value.field,
            "text": value.text,
            "key": value.key,
            "hundredths": value.hundredths,
            "file_at": value.file_at,
            "page": value.page,
            "x0": value.box.x0,
            "y0": value.box.y0,
            "x1": value.box.x1,
            "y1": value.box.y1,
        }
        for at, value in enumerate(values)
    ]
    for start in range(0, len(rows), ROWS_MAX):
        await transaction.execute(insert(VALUES), rows[start : start + ROWS_MAX])
