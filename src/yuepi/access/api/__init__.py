"""The room's door: `Gate` for every route of the product, and the routes about people."""

from __future__ import annotations

from fastapi import APIRouter

from yuepi.access.accounts import Accounts
from yuepi.access.api.gate import Asker, Gate
from yuepi.access.api.keys import keys_router
from yuepi.access.api.names import names_router
from yuepi.access.api.people import people_router
from yuepi.access.api.sessions import sessions_router
from yuepi.access.api.sign_on import sign_on_router

__all__ = ["Asker", "Gate", "access_router"]


def access_router(accounts: Accounts, gate: Gate) -> APIRouter:
    """All routes of the room, under `/api`: sessions, set-up, oneself, people, keys."""
    router = APIRouter(prefix="/api")
    router.include_router(sessions_router(accounts, gate))
    router.include_router(people_router(accounts, gate))
    router.include_router(names_router(accounts, gate))
    router.include_router(keys_router(accounts, gate))
    router.include_router(sign_on_router(accounts, gate))
    return router
