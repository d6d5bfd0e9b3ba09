"""Who works on the shelf: how far they see, and where they may add and change. Pure.

Seeing is wider than changing: what belongs to a department above is there to be read by everybody
below it, and is changed by those of that department and above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yuepi.access.principal import SYSTEM, MissingRight, Principal, may
from yuepi.library.scope import EVERYTHING, Scope, scope_of


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who adds and changes.

    manages: whether they look after folders and documents of others, too. departments: to whose
    folders they may add; None: all. Their own private folders are always theirs.
    """

    id: str
    scope: Scope
    manages: bool
    departments: frozenset[str] | None = None

    def may_add(self, owner_id: str, department: str | None) -> bool:
        """Whether they may add to a folder of that owner and department."""
        if department is None:
            return owner_id == self.id or (self.manages and self.departments is None)
        return self.departments is None or department in self.departments

    def may_manage(self, owner_id: str, department: str | None) -> bool:
        """Whether they look after a folder of that owner and department, and all in it."""
        if department is None:
            return owner_id == self.id or (self.manages and self.departments is None)
        return self.manages and self.may_add(owner_id, department)

    def may_change(self, owner_id: str, department: str | None, added_by: str) -> bool:
        """Whether they may change a document there that was added by that person."""
        if self.may_manage(owner_id, department):
            return True
        return added_by == self.id and self.may_add(owner_id, department)


OPERATOR: Final = Actor(SYSTEM, EVERYTHING, manages=True)
"""Who works on the data folder by the command line, and the machine itself."""


def actor_of(principal: Principal) -> Actor:
    """The person as an actor. Whether they may write at all (`library:write`) is asked before."""
    reach = principal.reach
    manages = may(principal, "library:manage")
    if reach.departments is None and manages:
        return Actor(principal.id, scope_of(principal), manages)
    own = {principal.department} if principal.department else set()
    departments = frozenset(own) | (reach.departments or frozenset())
    return Actor(principal.id, scope_of(principal), manages, departments)


class NotTheirs(MissingRight):
    """Whoever asks may see it, and not change it."""

    code = "not_yours"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is looked after by others",
            remedy="ask who added it, or who looks after the documents of its department",
        )
