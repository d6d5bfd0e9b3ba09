"""Conditions for the index's query language. Everything in them that is data is quoted here."""

from __future__ import annotations

from collections.abc import Collection

from yuepi.kit.errors import BadUsage
from yuepi.library.index.contract import WITHIN_MAX, Within


def quoted(value: str) -> str:
    """A text as a literal; a quote in it is doubled, and there is no other escape."""
    return "'" + value.replace("'", "''") + "'"


def one_of(column: str, values: Collection[str]) -> str:
    """The column has one of these values; `values` may be empty."""
    if not values:
        return "false"
    return f"{column} IN ({', '.join(map(quoted, sorted(values)))})"


def condition_of(within: Within) -> str | None:
    """What a search is narrowed to; None: by nothing. Raises `BadUsage` for too many documents."""
    conditions = []
    scope = within.scope
    if scope.departments is not None:
        mine = f"owner = {quoted(scope.user_id)}"
        seen = one_of("department", scope.departments)
        conditions.append(f"({mine} OR {seen})" if scope.departments else mine)
    if within.documents is not None:
        if len(within.documents) > WITHIN_MAX:
            raise BadUsage(
                f"{len(within.documents)} documents are too many to search within",
                remedy=f"narrow it down to {WITHIN_MAX} documents, or name a folder or a kind",
                code="too_many_documents",
            )
        conditions.append(one_of("document", within.documents))
    return " AND ".join(conditions) or None
