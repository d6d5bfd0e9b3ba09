"""`/api/audit`: the record, its signed roots, and the proof of an entry.

The door of the house says who may read it: the router takes a dependency that refuses all others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from yuepi.audit.signed_root import SIZE_MAX, SignedRoot
from yuepi.audit.trail import Recorded, Trail

ROWS_MAX: Final = 200
ROWS_USUAL: Final = 50

Allowed = Callable[..., Awaitable[object]]
"""A FastAPI dependency that raises for who may not read the record (`audit:read`)."""

Hex = Annotated[str, Field(description="Bytes in hexadecimal digits.")]
Name = Annotated[str | None, Query(min_length=1, max_length=128)]
Rows = Annotated[int, Query(ge=1, le=ROWS_MAX)]
After = Annotated[
    int | None, Query(ge=0, le=SIZE_MAX, description="Continue here: the last answer's `next`.")
]


class AuditShown(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EntryShown(AuditShown):
    """One thing that happened. `hash`: its link of the chain."""

    seq: int
    at: datetime
    action: str
    actor: str
    subject: str
    detail: dict[str, Any]
    hash: Hex


class EntriesShown(AuditShown):
    """A page of entries. `next`: where the next one begins; null where there is none."""

    entries: list[EntryShown]
    next: int | None


class RootShown(AuditShown):
    """A signed root, with the values of an exported line; `key` is the public key (Ed25519)."""

    size: int
    root: Hex
    at: str
    key: Hex
    signature: Hex


class RootsShown(AuditShown):
    """A page of roots, the smallest first."""

    roots: list[RootShown]
    next: int | None


class ProofShown(AuditShown):
    """An entry's way to a signed root (RFC 6962, 2.1.1).

    `leaf` is SHA-256 over a zero byte and the bytes of `entry_json` in UTF-8; it has the index
    `seq - 1`. `nodes`: the audit path, nearest first.
    """

    entry: EntryShown
    entry_json: str
    leaf: Hex
    nodes: list[Hex]
    root: RootShown


def audit_router(trail: Trail, allowed: Allowed) -> APIRouter:
    """The routes over a record."""
    router = APIRouter(prefix="/api/audit", tags=["audit"], dependencies=[Depends(allowed)])

    @router.get("", operation_id="list_audit", summary="Entries of the audit record")
    async def list_audit(
        subject: Name = None,
        action: Name = None,
        actor: Name = None,
        after: After = None,
        newest_first: bool = True,
        limit: Rows = ROWS_USUAL,
    ) -> EntriesShown:
        """Entries about a subject, of an action, by an actor; the newest first unless told."""
        found = await trail.entries(
            subject=subject,
            action=action,
            actor=actor,
            after=0 if newest_first or after is None else after,
            before=after if newest_first else None,
            newest_first=newest_first,
            rows_max=limit + 1,
        )
        more = len(found) > limit
        return EntriesShown(
            entries=[_entry(each) for each in found[:limit]],
            next=found[limit - 1].seq if more else None,
        )

    @router.get("/roots", operation_id="list_audit_roots", summary="Signed roots of the record")
    async def list_roots(after: After = None, limit: Rows = ROWS_USUAL) -> RootsShown:
        """Roots over more than `after` entries; keep them elsewhere to check the record later."""
        found = await trail.roots(after=after or 0, rows_max=limit + 1)
        more = len(found) > limit
        return RootsShown(
            roots=[_root(each) for each in found[:limit]],
            next=found[limit - 1].size if more else None,
        )

    @router.get("/{seq}/proof", operation_id="get_audit_proof", summary="Proof of one entry")
    async def proof(
        seq: Annotated[int, Path(ge=1, le=SIZE_MAX)],
        size: Annotated[int | None, Query(ge=1, le=SIZE_MAX)] = None,
    ) -> ProofShown:
        """Under the root of that size, or under the first over the entry."""
        proven = await trail.prove(seq, size=size)
        return ProofShown(
            entry=_entry(proven.entry),
            entry_json=proven.entry_bytes.decode(),
            leaf=proven.proof.leaf.hex(),
            nodes=[node.hex() for node in proven.proof.nodes],
            root=_root(proven.root),
        )

    return router


def _entry(recorded: Recorded) -> EntryShown:
    return EntryShown(
        seq=recorded.seq,
        at=recorded.at,
        action=recorded.action,
        actor=recorded.actor,
        subject=recorded.subject,
        detail=recorded.detail,
        hash=recorded.hash.hex(),
    )


def _root(root: SignedRoot) -> RootShown:
    return RootShown(**root.told())
