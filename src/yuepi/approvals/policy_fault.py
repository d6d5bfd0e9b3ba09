"""What is wrong with a policy as written: where, by which code, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from yuepi.kit.errors import YuepiError

REMEDY: Final = "Correct the policy and load it again; docs/policy.md explains the tables."


class BadCell(ValueError):
    """What is wrong with a cell, for the one who wrote it: after "the cell", "这一格"."""

    def __init__(self, code: str, english: str, chinese: str) -> None:
        super().__init__(english)
        self.code: Final = code
        self.chinese: Final = chinese


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake. table: the id of its node; row: the row's `_id`, row_at: its place from 0 (an
    `_id` may be missing or stand twice); column: the column's id. None: of the whole around it."""

    code: str
    message_en: str
    message_zh: str
    table: str | None = None
    row: str | None = None
    row_at: int | None = None
    column: str | None = None

    @classmethod
    def of_cell(cls, error: BadCell, column: str) -> Fault:
        """The mistake in a cell of that column."""
        return cls(error.code, str(error), error.chinese, column=column)

    def at(self, table: str, row: str | None = None, row_at: int | None = None) -> Fault:
        """The same mistake with its place."""
        return replace(self, table=table, row=row, row_at=row_at)

    @property
    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


class BadPolicy(YuepiError):
    """A policy that cannot be used; the message names the table, row and column. `problems`: all
    mistakes that were looked for, as JSON."""

    code = "bad_policy"
    http_status = 422
    exit_code = 2

    def __init__(self, message: str, *faults: Fault, code: str = "bad_structure") -> None:
        super().__init__(message, remedy=REMEDY)
        self.faults: Final = faults or (Fault(code, message, message),)

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The mistakes as JSON."""
        return [fault.shown for fault in self.faults]
