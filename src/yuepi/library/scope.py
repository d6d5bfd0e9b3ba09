"""Which documents somebody may see and change. It belongs into every query that finds them.

A top folder belongs to a department, whose members and everyone below it see what is in it, or to
its owner alone. All in a top folder is seen by the same people: documents carry a copy of its
owner and department. Who reviews for departments sees those below their own too; administrators
and auditors see all.
"""

from __future__ import annotations

from dataclasses import dataclass

from yuepi.access.principal import SYSTEM, Principal


@dataclass(frozen=True, slots=True)
class Scope:
    """How far somebody sees: documents they own, and those of `departments` (None: all)."""

    user_id: str
    departments: frozenset[str] | None

    def covers(self, owner_id: str, department: str | None) -> bool:
        """Whether a document of that owner and department is within reach."""
        return (
            self.departments is None or owner_id == self.user_id or department in self.departments
        )


EVERYTHING = Scope(SYSTEM, None)
"""The scope of the machine itself, and of who works on the data folder by the command line."""


def scope_of(principal: Principal) -> Scope:
    """How far somebody sees in the library, now."""
    reach = principal.reach
    if reach.departments is None:
        return Scope(principal.id, None)
    own = {principal.department} if principal.department else set()
    return Scope(principal.id, reach.departments | principal.above | own)
