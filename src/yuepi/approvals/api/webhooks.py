"""`/api/webhooks`: endpoints outside that are called when something happens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field, StringConstraints
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import ID, IfMatch, Told, new_router
from yuepi.access.api.shapes import Body, Shown
from yuepi.access.principal import Principal, require
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.webhooks import OVERLAP_HOURS, OVERLAP_HOURS_MAX, Webhook
from yuepi.kit.etags import version_in

WebhookId = Annotated[str, Path(pattern=ID)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2_048)]
Events = Annotated[
    list[Annotated[str, StringConstraints(max_length=32)]], Field(min_length=1, max_length=32)
]


class WebhookShown(Shown):
    """An endpoint, without its secret. `old_secret_until`: until then the secret before the present
    one signs each message, too."""

    id: str
    url: str
    events: list[str]
    active: bool
    failures: int
    failing_since: datetime | None
    off_because: str | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    version: int
    old_secret_until: datetime | None


class NewWebhookShown(WebhookShown):
    """A new endpoint. `secret` signs what it is sent, and is shown this once."""

    secret: str


class WebhooksShown(Shown):
    """All endpoints."""

    webhooks: list[WebhookShown]


class TriedShown(Shown):
    """What a test call brought."""

    ok: bool
    status: int | None
    problem: str | None


class WebhookBody(Body):
    """A new endpoint. `events`: kinds of notices, or `*` for all."""

    url: Url
    events: Events


class WebhookChangeBody(Body):
    """What is to change; what is left out stays. Switching on forgets earlier failures."""

    url: Url | None = None
    events: Events | None = None
    active: bool | None = None


class SecretBody(Body):
    """How many hours the present secret signs beside the new one; 0: it is void at once."""

    overlap_hours: Annotated[int, Field(ge=0, le=OVERLAP_HOURS_MAX)] = OVERLAP_HOURS


def webhooks_router(parts: Parts) -> APIRouter:
    """The routes on webhooks, for who has the right `webhooks:manage`."""
    router = new_router("/api/webhooks", "webhooks")

    async def managing(request: Request) -> Principal:
        who = await parts.gate(request)
        require(who, "webhooks:manage")
        return who

    manager = Depends(managing)

    @router.get("", response_model=WebhooksShown)
    async def list_webhooks(who: Principal = manager) -> Response:
        """All endpoints, the oldest first."""
        found = await parts.webhooks.list()
        return JSONResponse({"webhooks": [webhook_shown(each) for each in found]})

    @router.post("", status_code=201, response_model=NewWebhookShown)
    async def create_webhook(body: WebhookBody, who: Principal = manager) -> Response:
        """A new endpoint. Its secret is kept nowhere else, so that a lost answer means a new
        one: an Idempotency-Key would have to keep it."""
        made, secret = await parts.webhooks.create(body.url, body.events, by=who.id)
        told = {**webhook_shown(made), "secret": secret}
        place = f"/api/webhooks/{made.id}"
        return Told(told, made.version, 201, place).response

    @router.get("/{webhook_id}", response_model=WebhookShown)
    async def get_webhook(webhook_id: WebhookId, who: Principal = manager) -> Response:
        """One endpoint."""
        found = await parts.webhooks.find(webhook_id)
        return Told(webhook_shown(found), found.version).response

    @router.patch("/{webhook_id}", response_model=WebhookShown)
    async def change_webhook(
        webhook_id: WebhookId,
        body: WebhookChangeBody,
        if_match: IfMatch = None,
        who: Principal = manager,
    ) -> Response:
        """Change address, events, or whether it is called."""
        changed = await parts.webhooks.change(
            webhook_id,
            version_in(if_match),
            by=who.id,
            url=body.url,
            events=body.events,
            active=body.active,
        )
        return Told(webhook_shown(changed), changed.version).response

    @router.delete("/{webhook_id}", status_code=204, response_class=Response)
    async def delete_webhook(webhook_id: WebhookId, who: Principal = manager) -> Response:
        """Remove it; what waits for it is not sent any more."""
        await parts.webhooks.delete(webhook_id, by=who.id)
        return Response(status_code=204)

    _add_calls(router, parts, manager)
    return router


def _add_calls(router: APIRouter, parts: Parts, manager: Any) -> None:
    @router.post("/{webhook_id}/secret", response_model=NewWebhookShown)
    async def renew_webhook_secret(
        webhook_id: WebhookId, body: SecretBody | None = None, who: Principal = manager
    ) -> Response:
        """Another secret, shown this once; the present one still signs for some time."""
        hours = (body or SecretBody()).overlap_hours
        changed, secret = await parts.webhooks.new_secret(
            webhook_id, by=who.id, overlap_hours=hours
        )
        told = {**webhook_shown(changed), "secret": secret}
        headers = {"Cache-Control": "no-store"}
        return Told(told, changed.version, headers=headers).response

    @router.post("/{webhook_id}/test", response_model=TriedShown)
    async def test_webhook(webhook_id: WebhookId, who: Principal = manager) -> Response:
        """Call it now with an event that means nothing."""
        tried = await parts.webhooks.test(webhook_id)
        return JSONResponse({"ok": tried.ok, "status": tried.status, "problem": tried.problem})


def webhook_shown(webhook: Webhook) -> dict[str, Any]:
    """An endpoint as JSON, in the shape of `WebhookShown`."""
    values = {name: getattr(webhook, name) for name in Webhook.__slots__}
    for name in ("created_at", "changed_at", "failing_since", "old_secret_until"):
        values[name] = None if values[name] is None else values[name].isoformat()
    return values | {"events": list(webhook.events)}
