"""Folders. Each row has a copy of its top folder's owner and department: the scope of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, func, literal, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from yuepi.kit.database import Transaction
from yuepi.library.document import Folder
from yuepi.library.scope import Scope
from yuepi.library.store.documents import below, seen_by
from yuepi.library.store.tables import DOCUMENTS, FOLDERS

_COLUMNS: Final = (
    FOLDERS.c.id,
    FOLDERS.c.parent_id,
    FOLDERS.c.top_id,
    FOLDERS.c.name,
    FOLDERS.c.owner_id,
    FOLDERS.c.department_id,
    FOLDERS.c.created_at,
    FOLDERS.c.version,
)


def folders_seen_by(scope: Scope) -> ColumnElement[bool]:
    """The condition on `library_folders` that belongs into every query for somebody."""
    if scope.departments is None:
        return true()
    # Of a department's folders nobody is the owner: only its department tells who sees them.
    return or_(
        FOLDERS.c.owner_id == scope.user_id,
        FOLDERS.c.department_id.in_(sorted(scope.departments)),
    )


def _folder(row: RowMapping, path: tuple[str, ...]) -> Folder:
    return Folder(path=path, **row)


async def list_folders(transaction: Transaction, scope: Scope) -> list[Folder]:
    """All within reach, each after its parent, beside each other by name."""
    query = select(*_COLUMNS).where(folders_seen_by(scope)).order_by(FOLDERS.c.place_key)
    rows = {row["id"]: row for row in (await transaction.execute(query)).mappings()}
    return sorted(
        (_folder(row, _path(rows, row)) for row in rows.values()),
        key=lambda each: (each.department_id is None, each.path, each.id),
    )


def _path(rows: Mapping[str, RowMapping], row: RowMapping) -> tuple[str, ...]:
    names = [row["name"]]
    parent = row["parent_id"]
    while parent is not None and parent in rows:
        names.append(rows[parent]["name"])
        parent = rows[parent]["parent_id"]
    return tuple(reversed(names))


async def find_folder(
    transaction: Transaction, scope: Scope, folder_id: str, *, hold: str = ""
) -> Folder | None:
    """A folder within reach. hold: `share` so that it stays where it is until the transaction
    ends, `change` so that nobody else holds it."""
    query = select(*_COLUMNS).where(FOLDERS.c.id == folder_id, folders_seen_by(scope))
    if hold:
        query = query.with_for_update(read=hold == "share")
    row = (await transaction.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    return _folder(row, (await paths_of(transaction, [folder_id]))[folder_id])


async def hold_tops(transaction: Transaction, top_ids: Collection[str]) -> None:
    """Let nobody else change the trees below these top folders until the transaction ends."""
    query = select(FOLDERS.c.id).where(FOLDERS.c.id.in_(sorted(top_ids))).order_by(FOLDERS.c.id)
    await transaction.execute(query.with_for_update())


async def paths_of(
    transaction: Transaction, folder_ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The names from the top down, of each of these folders. Whoever asks has seen that they are
    within reach."""
    ids = sorted(set(folder_ids))
    if not ids:
        return {}
    start = select(
        FOLDERS.c.id.label("of"), FOLDERS.c.parent_id, FOLDERS.c.name, literal(0).label("up")
    ).where(FOLDERS.c.id.in_(ids))
    chain = start.cte("chain", recursive=True)
    step = select(chain.c.of, FOLDERS.c.parent_id, FOLDERS.c.name, chain.c.up + 1).join(
        chain, FOLDERS.c.id == chain.c.parent_id
    )
    query = select((tree := chain.union_all(step)).c.of, tree.c.name).order_by(tree.c.up.desc())
    found: dict[str, tuple[str, ...]] = {}
    for row in await transaction.execute(query):
        found[row.of] = (*found.get(row.of, ()), row.name)
    return found


async def count_folders(transaction: Transaction) -> int:
    """How many there are in all."""
    query = select(func.count()).select_from(FOLDERS)
    return int((await transaction.execute(query)).scalar_one())


async def documents_in(transaction: Transaction, scope: Scope) -> dict[str, int]:
    """How many documents within reach lie directly in each folder, those in the trash left out."""
    query = (
        select(DOCUMENTS.c.folder_id, func.count())
        .where(seen_by(scope), DOCUMENTS.c.trashed_at.is_(None))
        .group_by(DOCUMENTS.c.folder_id)
    )
    return {row[0]: row[1] for row in await transaction.execute(query)}


async def child_at(transaction: Transaction, place_key: str) -> str | None:
    """The id of the folder at a place."""
    query = select(FOLDERS.c.id).where(FOLDERS.c.place_key == place_key)
    found: str | None = (await transaction.execute(query)).scalar_one_or_none()
    return found


async def add_folder(transaction: Transaction, row: Mapping[str, Any]) -> bool:
    """Write a folder; False where another one is at its place."""
    dialect = sqlite if transaction.dialect.name == "sqlite" else postgresql
    add = dialect.insert(FOLDERS).values(dict(row)).on_conflict_do_nothing()
    return (await transaction.execute(add.returning(FOLDERS.c.id))).first() is not None


async def write_folder(transaction: Transaction, folder_id: str, values: Mapping[str, Any]) -> None:
    """Change a folder's row; its version grows."""
    change = update(FOLDERS).where(FOLDERS.c.id == folder_id)
    await transaction.execute(change.values({**values, "version": FOLDERS.c.version + 1}))


async def ids_below(transaction: Transaction, folder_id: str) -> dict[str, str | None]:
    """The folder and all below it, each with its parent."""
    tree = below([folder_id])
    query = select(FOLDERS.c.id, FOLDERS.c.parent_id).join(tree, tree.c.id == FOLDERS.c.id)
    return {row.id: row.parent_id for row in await transaction.execute(query)}


async def hand_over(
    transaction: Transaction,
    folder_ids: Sequence[str],
    top_id: str,
    owner_id: str,
    department_id: str | None,
) -> None:
    """Let these folders, and the documents in them, belong to another top folder's audience."""
    audience = {"owner_id": owner_id, "department_id": department_id}
    # Folders first: whoever adds to one of them holds it, and is waited for here.
    folders = update(FOLDERS).where(FOLDERS.c.id.in_(folder_ids))
    await transaction.execute(folders.values(top_id=top_id, **audience))
    documents = update(DOCUMENTS).where(DOCUMENTS.c.folder_id.in_(folder_ids))
    await transaction.execute(documents.values(version=DOCUMENTS.c.version + 1, **audience))


async def is_empty(transaction: Transaction, folder_id: str, *, trash_too: bool) -> bool:
    """Whether nothing lies in a folder: no folder, no document."""
    folder = select(FOLDERS.c.id).where(FOLDERS.c.parent_id == folder_id).limit(1)
    if (await transaction.execute(folder)).first() is not None:
        return False
    document = select(DOCUMENTS.c.id).where(DOCUMENTS.c.folder_id == folder_id).limit(1)
    if not trash_too:
        document = document.where(DOCUMENTS.c.trashed_at.is_(None))
    return (await transaction.execute(document)).first() is None


async def remove_folder(transaction: Transaction, folder_id: str, parent_id: str | None) -> None:
    """Delete a folder; what of it is in the trash belongs to its parent from here on."""
    if parent_id is not None:
        moved = update(DOCUMENTS).where(DOCUMENTS.c.folder_id == folder_id)
        await transaction.execute(moved.values(folder_id=parent_id))
    await transaction.execute(FOLDERS.delete().where(FOLDERS.c.id == folder_id))


def new_row(
    folder_id: str,
    name: str,
    place_key: str,
    parent: Folder | None,
    audience: tuple[str, str | None],
    now: datetime,
) -> dict[str, Any]:
    """The row of a new folder."""
    return {
        "id": folder_id,
        "parent_id": None if parent is None else parent.id,
        "top_id": folder_id if parent is None else parent.top_id,
        "name": name,
        "place_key": place_key,
        "owner_id": audience[0],
        "department_id": audience[1],
        "created_at": now,
        "version": 1,
    }
