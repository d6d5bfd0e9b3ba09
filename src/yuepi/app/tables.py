"""All tables of all rooms: for what handles the database as a whole."""

from __future__ import annotations

import importlib
from typing import Final

# A store is private to its room: what is imported here are the rooms' own doors to them.
DECLARERS: Final = (
    "yuepi.access.keys",
    "yuepi.access.people",
    "yuepi.access.sessions",
    "yuepi.approvals.claims",
    "yuepi.approvals.history",
    "yuepi.approvals.notices",
    "yuepi.approvals.policy_shelf",
    "yuepi.approvals.reviews",
    "yuepi.approvals.stage_shelf",
    "yuepi.approvals.workflow",
    "yuepi.audit.record",
    "yuepi.audit.roots",
    "yuepi.gateway.budget",
    "yuepi.gateway.call_log",
    "yuepi.library.shelf",
    "yuepi.kit.outbox",
    "yuepi.kit.steady",
)


def load_tables() -> None:
    """Import every module that declares tables, so that METADATA knows them all."""
    for name in DECLARERS:
        importlib.import_module(name)
