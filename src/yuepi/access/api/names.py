"""What people and departments are called, for pages that hold their ids."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, StringConstraints

from yuepi.access.accounts import Accounts
from yuepi.access.api.bodies import ID_PATTERN
from yuepi.access.api.gate import Gate

NAMES_ASKED_MAX: Final = 100

Id = Annotated[str, StringConstraints(max_length=64, pattern=ID_PATTERN)]
Ids = Annotated[list[Id], Query(alias="id", min_length=1, max_length=NAMES_ASKED_MAX)]


class NamesOut(BaseModel):
    """Names by id."""

    names: dict[str, str]


def names_router(accounts: Accounts, gate: Gate) -> APIRouter:
    """`/names`: for everybody who may look at claims."""
    router = APIRouter(tags=["people"])
    reading = Depends(gate.needing("claims:read"))

    @router.get("/names", operation_id="list_names", dependencies=[reading])
    async def list_names(ids: Ids) -> NamesOut:
        """Names of users and departments; an id that is neither's is left out."""
        asked = frozenset(ids)
        names = await accounts.people.names(asked)
        if len(names) < len(asked):
            departments = await accounts.departments.list()
            names |= {each.id: each.name for each in departments if each.id in asked}
        return NamesOut(names=names)

    return router
