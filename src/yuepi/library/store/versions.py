"""Versions of documents, and the parts in which they are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, insert, select

from yuepi.kit.database import Transaction
from yuepi.library.document import Version
from yuepi.library.store.tables import DOCUMENTS, PARTS, VALUES, VERSIONS

_COLUMNS: Final = tuple(VERSIONS.c[name] for name in Version.__slots__)


async def add_version(
    transaction: Transaction, row: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]
) -> None:
    """Write a version, and the parts that wait to be read."""
    await transaction.execute(insert(VERSIONS).values(dict(row)))
    await transaction.execute(insert(PARTS), [dict(each) for each in parts])


async def forget_values(transaction: Transaction, document_id: str) -> None:
    """Delete the exact things of a document: they stood in another version."""
    await transaction.execute(delete(VALUES).where(VALUES.c.document_id == document_id))


async def versions_of(transaction: Transaction, document_id: str) -> list[Version]:
    """All versions of a document that whoever asks was shown, the newest first."""
    query = select(*_COLUMNS).where(VERSIONS.c.document_id == document_id)
    rows = await transaction.execute(query.order_by(VERSIONS.c.number.desc()))
    return [Version.of(row) for row in rows.mappings()]


async def find_version(transaction: Transaction, document_id: str, number: int) -> Version | None:
    """One version of a document that whoever asks was shown."""
    query = select(*_COLUMNS).where(
        VERSIONS.c.document_id == document_id, VERSIONS.c.number == number
    )
    row = (await transaction.execute(query)).mappings().one_or_none()
    return None if row is None else Version.of(row)


async def was_in_folder(transaction: Transaction, folder_id: str, name: str, sha256: str) -> bool:
    """Whether a document of this folder, also one in the trash or renamed since, once had these
    bytes from a file of that name."""
    query = (
        select(VERSIONS.c.id)
        .join(DOCUMENTS, DOCUMENTS.c.id == VERSIONS.c.document_id)
        .where(
            DOCUMENTS.c.folder_id == folder_id,
            VERSIONS.c.sha256 == sha256,
            VERSIONS.c.name == name,
        )
        .limit(1)
    )
    return (await transaction.execute(query)).first() is not None


async def pages_of_versions(
    transaction: Transaction, version_ids: Collection[str], *, first_only: bool = False
) -> dict[str, list[str]]:
    """The kept page pictures (`documents.kept_pages`) of versions, part after part. first_only:
    those of the first part."""
    query = (
        select(PARTS.c.version_id, PARTS.c.pages)
        .where(PARTS.c.version_id.in_(sorted(set(version_ids))), PARTS.c.pages.is_not(None))
        .order_by(PARTS.c.version_id, PARTS.c.at)
    )
    if first_only:
        query = query.where(PARTS.c.at == 0)
    found: dict[str, list[str]] = {}
    for row in await transaction.execute(query):
        found.setdefault(row.version_id, []).append(row.pages)
    return found
