"""`/api/audit`: the record, its signed roots, the proof of an entry; checked, and taken away.

The door of the house says who may read it: the router takes a dependency that refuses all others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from yuepi.audit.export import MEDIA, Format, head_of, lines_of
from yuepi.audit.signed_root import SIZE_MAX, SignedRoot
from yuepi.audit.sought import Sought
from yuepi.audit.trail import Recorded, Trail
from yuepi.audit.verifying import Progress, Verifying
from yuepi.kit.errors import BadUsage, Unavailable

ROWS_MAX: Final = 200
ROWS_USUAL: Final = 50
EXPORTED_MAX: Final = 200_000
"""Entries of one file."""
EXPORTS_MAX: Final = 2
"""Files under way at once, of one server."""
ROOTS_EXPORTED_MAX: Final = 1_000_000
ROOTS_AT_ONCE: Final = 1_000
FINDINGS_SHOWN_MAX: Final = 200

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


class FindingShown(AuditShown):
    """Something that is not as it was written. `upto`: the last entry it is about, or 0."""

    kind: str
    seq: int
    upto: int


class VerdictShown(AuditShown):
    """What a verification found. `signed_upto`: entries up to here lead to a sound signed root."""

    whole: bool
    entries: int
    roots: int
    signed_upto: int
    keys: list[Hex]
    findings: list[FindingShown]
    counts: dict[str, int]


class VerifyingShown(AuditShown):
    """How far a verification is; `verdict` of the last one that ended, `failed`: the code of what
    stopped it. All null: none was run since the server started."""

    running: bool
    done: int
    total: int
    began_at: datetime | None
    ended_at: datetime | None
    verdict: VerdictShown | None
    failed: str | None


def _sought(
    subject: Name = None,
    action: Name = None,
    actor: Name = None,
    about: Annotated[
        str | None, Query(min_length=1, max_length=128, description="The subject or the actor.")
    ] = None,
    since: Annotated[datetime | None, Query(description="From this moment on, with zone.")] = None,
    until: Annotated[datetime | None, Query(description="Before this moment, with zone.")] = None,
) -> Sought:
    """The filters of a request. Raises `BadUsage` for a moment without its zone."""
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise BadUsage(
                "the moment has no time zone", remedy="write it like 2026-12-31T23:59:59+08:00"
            )
    return Sought(subject, action, actor, about, since, until)


def audit_router(trail: Trail, allowed: Allowed, verifying: Verifying | None = None) -> APIRouter:
    """The routes over a record; `verifying`: what checks it, None: nothing does here."""
    router = APIRouter(prefix="/api/audit", tags=["audit"], dependencies=[Depends(allowed)])
    _add_entries(router, trail)
    _add_roots(router, trail)
    _add_export(router, trail)
    if verifying is not None:
        _add_verifying(router, verifying)
    return router


def _add_entries(router: APIRouter, trail: Trail) -> None:
    filters = Depends(_sought)

    @router.get("", operation_id="list_audit", summary="Entries of the audit record")
    async def list_audit(
        after: After = None,
        newest_first: bool = True,
        limit: Rows = ROWS_USUAL,
        sought: Sought = filters,
    ) -> EntriesShown:
        """Entries about a subject, of an action, by an actor; the newest first unless told."""
        found = await trail.sought(
            sought,
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


def _add_roots(router: APIRouter, trail: Trail) -> None:
    @router.get("/roots", operation_id="list_audit_roots", summary="Signed roots of the record")
    async def list_roots(after: After = None, limit: Rows = ROWS_USUAL) -> RootsShown:
        """Roots over more than `after` entries; keep them elsewhere to check the record later."""
        found = await trail.roots(after=after or 0, rows_max=limit + 1)
        more = len(found) > limit
        return RootsShown(
            roots=[_root(each) for each in found[:limit]],
            next=found[limit - 1].size if more else None,
        )

    @router.get(
        "/roots.jsonl",
        operation_id="download_audit_roots",
        summary="All signed roots, as a file",
        response_class=StreamingResponse,
    )
    async def download_roots() -> StreamingResponse:
        """One a line, as `yuepi audit verify --against` reads them."""

        async def lines() -> AsyncGenerator[str, None]:
            after, left = 0, ROOTS_EXPORTED_MAX
            while left > 0:
                found = await trail.roots(after=after, rows_max=min(left, ROOTS_AT_ONCE))
                if not found:
                    return
                yield "".join(root.line() + "\n" for root in found)
                after, left = found[-1].size, left - len(found)

        return _download(lines(), MEDIA["ndjson"], "yuepi-roots.jsonl")


def _add_export(router: APIRouter, trail: Trail) -> None:
    filters = Depends(_sought)
    places = asyncio.Semaphore(EXPORTS_MAX)

    @router.get(
        "/export",
        operation_id="export_audit",
        summary="Entries as a file",
        response_class=StreamingResponse,
    )
    async def export(
        form: Annotated[Format, Query(alias="format")] = "ndjson",
        sought: Sought = filters,
    ) -> StreamingResponse:
        """Those that are sought, the oldest first, `EXPORTED_MAX` at most; an answer that breaks
        off is not whole."""
        if places.locked():
            raise Unavailable(
                "others take entries away just now", remedy="try again in a minute", code="busy"
            )
        write = lines_of(form)

        async def lines() -> AsyncGenerator[str, None]:
            # Taken here: an answer that nobody waits for any more never comes to its end.
            async with places, aclosing(trail.pages(sought, EXPORTED_MAX)) as pages:
                yield head_of(form)
                async for page in pages:
                    yield write(page)

        return _download(lines(), MEDIA[form], f"yuepi-audit.{form}")


def _add_verifying(router: APIRouter, verifying: Verifying) -> None:
    @router.post("/verify", operation_id="verify_audit", summary="Check the whole record")
    async def start() -> VerifyingShown:
        """Compute everything anew, beside the server's work; where it is under way already, how
        far it is. Ask again with GET."""
        return _verifying(verifying.start())

    @router.get("/verify", operation_id="get_audit_verification", summary="How far the check is")
    async def look() -> VerifyingShown:
        """The verification under way, or the last one."""
        return _verifying(verifying.progress)


def _download(lines: AsyncGenerator[str, None], media: str, name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, media_type=media, headers=headers)


def _verifying(progress: Progress) -> VerifyingShown:
    verdict = progress.verdict
    return VerifyingShown(
        running=progress.running,
        done=progress.done,
        total=progress.total,
        began_at=progress.began_at,
        ended_at=progress.ended_at,
        failed=progress.failed,
        verdict=None
        if verdict is None
        else VerdictShown(
            whole=verdict.whole,
            entries=verdict.entries,
            roots=verdict.roots,
            signed_upto=verdict.signed_upto,
            keys=list(verdict.keys),
            findings=[
                FindingShown(kind=each.kind, seq=each.seq, upto=each.upto)
                for each in verdict.findings[:FINDINGS_SHOWN_MAX]
            ],
            counts={str(kind): count for kind, count in verdict.counts.items()},
        ),
    )


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
