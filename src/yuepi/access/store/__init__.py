"""What the room keeps: people, departments, sessions, keys. Private to it."""

from __future__ import annotations

from yuepi.access.store.attempts import AttemptTable
from yuepi.access.store.keys import KEYS, KeyTable
from yuepi.access.store.people import PeopleTable
from yuepi.access.store.sessions import SessionTable
from yuepi.access.store.sign_on import SignOnTable
from yuepi.access.store.tables import (
    ATTEMPTS,
    DEPARTMENTS,
    SESSIONS,
    SETUP_LINKS,
    SIGN_ON_NONCES,
    SIGN_ON_SUBJECTS,
    USERS,
)

__all__ = [
    "ATTEMPTS",
    "DEPARTMENTS",
    "KEYS",
    "SESSIONS",
    "SETUP_LINKS",
    "SIGN_ON_NONCES",
    "SIGN_ON_SUBJECTS",
    "USERS",
    "AttemptTable",
    "KeyTable",
    "PeopleTable",
    "SessionTable",
    "SignOnTable",
]
