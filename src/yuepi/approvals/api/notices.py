"""`/api/notices`: what one was told, and whether by mail, too. Everybody sees their own alone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import Cursor, Limit, new_router
from yuepi.access.api.shapes import Body, Id, Shown
from yuepi.access.principal import Principal, require
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.notice_texts import Kind, place_of, words_of
from yuepi.approvals.notices import ROWS_MAX, NoticeRow


class WordsShown(Shown):
    """A notice's words in one language."""

    title: str
    body: str


class NoticeShown(Shown):
    """A notice. `place`: the page it is about; `subject`: the id of what it is about."""

    id: str
    kind: Kind
    subject: str
    place: str
    zh: WordsShown
    en: WordsShown
    created_at: datetime
    read_at: datetime | None


class NoticesShown(Shown):
    """One page of one's notices; `unread`: how many of all, up to a thousand."""

    notices: list[NoticeShown]
    next: str | None
    unread: int
    mail: bool


class ReadBody(Body):
    """Which of them were read; null: all."""

    ids: Annotated[list[Id], Field(max_length=ROWS_MAX)] | None = None


class ReadShown(Shown):
    """How many were not read before."""

    read: int


class MailBody(Body):
    """Whether one wants mail."""

    mail: bool


def notices_router(parts: Parts) -> APIRouter:
    """The routes on notices."""
    router = new_router("/api/notices", "notices")

    async def reading(request: Request) -> Principal:
        # Notices are about claims: a key that was made for something else tells none.
        who = await parts.gate(request)
        require(who, "claims:read")
        return who

    who_asks = Depends(reading)

    @router.get("", response_model=NoticesShown)
    async def list_notices(
        unread: Annotated[bool, Query(description="Only those that were not read.")] = False,
        cursor: Cursor = None,
        limit: Limit = 50,
        who: Principal = who_asks,
    ) -> Response:
        """One's notices, the newest first."""
        found = await parts.notices.page(who.id, after=cursor, unread=unread, rows_max=limit)
        return JSONResponse(
            {
                "notices": [notice_shown(row) for row in found.rows],
                "next": found.next,
                "unread": await parts.notices.unread(who.id),
                "mail": await parts.notices.wants_mail(who.id),
            }
        )

    @router.post("/read", response_model=ReadShown)
    async def read_notices(body: ReadBody, who: Principal = who_asks) -> Response:
        """These are read now. Doing so again changes nothing; others' are left as they are."""
        return JSONResponse({"read": await parts.notices.mark_read(who.id, body.ids)})

    @router.put("/mail", response_model=MailBody)
    async def set_mail(body: MailBody, who: Principal = who_asks) -> Response:
        """Whether one wants mail from now on."""
        await parts.notices.set_mail(who.id, body.mail)
        return JSONResponse({"mail": body.mail})

    return router


def notice_shown(row: NoticeRow) -> dict[str, Any]:
    """A notice as JSON, in the shape of `NoticeShown`."""
    zh, en = words_of(row.kind, "zh"), words_of(row.kind, "en")
    return {
        "id": row.id,
        "kind": row.kind,
        "subject": row.subject,
        "place": place_of(row.kind, row.subject),
        "zh": {"title": zh.title, "body": zh.body},
        "en": {"title": en.title, "body": en.body},
        "created_at": row.created_at.isoformat(),
        "read_at": None if row.read_at is None else row.read_at.isoformat(),
    }
