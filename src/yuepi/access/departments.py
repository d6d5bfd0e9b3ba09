"""Departments: one tree below the root, without circles, within limits.

Departments are never deleted: claims name theirs for good. They can be renamed and moved.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from yuepi.access.passwords import comparable
from yuepi.access.principal import ROOT_DEPARTMENT
from yuepi.access.store import PeopleTable
from yuepi.access.user import NoSuchPerson, StaleEdit, Taken, checked_name
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import BadUsage
from yuepi.kit.record import Entry, Recorder, record_nothing

DEPARTMENTS_MAX: Final = 2_000
DEPTH_MAX: Final = 12
"""Steps from the root to the deepest."""


@dataclass(frozen=True, slots=True)
class Department:
    """One department. parent None: the root. `version` grows with every change, its ETag."""

    id: str
    name: str
    parent: str | None
    version: int


class Departments:
    """The tree of departments."""

    def __init__(
        self,
        database: Database,
        *,
        record: Recorder = record_nothing,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._table = PeopleTable(database)
        self._record = record
        self._clock = clock

    async def list(self) -> list[Department]:
        """All of them, by name."""
        return [_department(row) for row in await self._table.departments()]

    async def create(self, name: str, *, parent: str = ROOT_DEPARTMENT, by: str) -> Department:
        """A new one. Raises `BadUsage`, `NoSuchPerson` for the parent, `Taken` for the name."""
        name = checked_name(name, "a department's name")
        made = Department(f"dep_{secrets.token_hex(10)}", name, parent, 1)
        async with self._database.writing() as transaction:
            tree = await self._held(transaction)
            if parent not in tree:
                raise _none_such(parent)
            if len(tree) >= DEPARTMENTS_MAX:
                raise BadUsage(
                    f"{DEPARTMENTS_MAX} departments are there already", remedy="use one of them"
                )
            check_place(_parents(tree), made.id, parent)
            _check_free(tree, made)
            now = self._clock()
            row = _values(made) | {"id": made.id, "created_at": now}
            await self._table.add_department(transaction, row)
            entry = Entry("department.created", by, made.id, now, {"name": name, "parent": parent})
            await self._record(transaction, [entry])
        return made

    async def change(
        self,
        department_id: str,
        *,
        name: str | None = None,
        parent: str | None = None,
        version: int | None = None,
        by: str,
    ) -> Department:
        """Rename or move one, all below it with it.

        Raises `NoSuchPerson` (404), `StaleEdit` (409), `Taken` (409), and `BadUsage` for a place
        below itself (code `department_circle`), too deep a tree, and moving the root.
        """
        name = None if name is None else checked_name(name, "a department's name")
        async with self._database.writing() as transaction:
            tree = await self._held(transaction)
            before = tree.get(department_id)
            if before is None:
                raise _none_such(department_id)
            if version is not None and version != before.version:
                raise StaleEdit("somebody else changed this department", department_told(before))
            after = Department(
                before.id,
                before.name if name is None else name,
                before.parent if parent is None else parent,
                before.version + 1,
            )
            if (after.name, after.parent) == (before.name, before.parent):
                return before
            if after.parent != before.parent:
                if after.parent not in tree:
                    raise _none_such(str(after.parent))
                check_place(_parents(tree), after.id, after.parent)
            _check_free(tree, after)
            await self._table.write_department(transaction, after.id, _values(after))
            was, now = department_told(before), department_told(after)
            detail = {
                key: {"was": was[key], "now": now[key]}
                for key in ("name", "parent")
                if was[key] != now[key]
            }
            entry = Entry("department.changed", by, after.id, self._clock(), detail)
            await self._record(transaction, [entry])
        return after

    async def _held(self, transaction: Transaction) -> dict[str, Department]:
        await self._table.hold_tree(transaction)
        return {row["id"]: _department(row) for row in await self._table.departments(transaction)}


def check_place(parents: Mapping[str, str | None], department: str, parent: str) -> None:
    """Whether a department, new or with all below it, may hang there.

    parents: of each department its parent. Raises `BadUsage` where the tree would get a circle
    (code `department_circle`), or be deeper than `DEPTH_MAX` (code `department_too_deep`).
    """
    if parents.get(department, parent) is None:
        raise BadUsage(
            "the first department cannot be moved",
            remedy="rename it instead",
            code="department_circle",
        )
    depth = 1
    above: str | None = parent
    while above is not None:
        if above == department:
            raise BadUsage(
                "a department cannot be below itself",
                remedy="choose a place outside of it",
                code="department_circle",
            )
        above = parents[above]
        depth += above is not None
    if depth + height(parents, department) > DEPTH_MAX:
        raise BadUsage(
            f"departments would stand more than {DEPTH_MAX} deep",
            remedy="choose a place further up",
            code="department_too_deep",
        )


def below(parents: Mapping[str, str | None], department: str) -> frozenset[str]:
    """All under a department, all the way down."""
    children = _children(parents)
    found: set[str] = set()
    waiting = [department]
    while waiting:
        waiting += [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(waiting)
    return frozenset(found)


def height(parents: Mapping[str, str | None], department: str) -> int:
    """How many steps it goes down from a department to the deepest below it."""
    children = _children(parents)
    row, steps = children.get(department, []), 0
    while row:
        steps += 1
        row = [child for one in row for child in children.get(one, ())]
    return steps


def department_told(department: Department) -> dict[str, Any]:
    """A department as plain JSON values."""
    return {
        "id": department.id,
        "name": department.name,
        "parent": department.parent,
        "version": department.version,
    }


def _children(parents: Mapping[str, str | None]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(child)
    return children


def _parents(tree: Mapping[str, Department]) -> dict[str, str | None]:
    return {one.id: one.parent for one in tree.values()}


def _check_free(tree: Mapping[str, Department], wanted: Department) -> None:
    beside: Iterable[Department] = (
        one for one in tree.values() if one.parent == wanted.parent and one.id != wanted.id
    )
    if comparable(wanted.name) in {comparable(one.name) for one in beside}:
        raise Taken(
            f"there is a department {wanted.name!r} at that place",
            remedy="choose another name or another place",
            code="department_taken",
        )


def _department(row: Mapping[str, Any]) -> Department:
    return Department(row["id"], row["name"], row["parent_id"], row["version"])


def _values(department: Department) -> dict[str, Any]:
    return {
        "name": department.name,
        "name_key": comparable(department.name),
        "parent_id": department.parent,
        "version": department.version,
    }


def _none_such(department_id: str) -> NoSuchPerson:
    return NoSuchPerson(
        f"there is no department {department_id[:80]!r}", remedy="GET /api/departments shows them"
    )
