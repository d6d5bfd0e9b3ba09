"""Webhooks: who outside wants to be called when something happens, and calling them.

An endpoint's secret is shown once and kept sealed. Delivery is at least once, always under the
same `webhook-id`. An endpoint that answers 410, or fails for `FAILING_MAX`, is switched off, and
the administrators are told.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from yuepi.approvals.claim_rows import Conflict, NotFound, Stale
from yuepi.approvals.notice_texts import KINDS
from yuepi.approvals.notices import Notice, tell
from yuepi.approvals.store import webhooks as store
from yuepi.approvals.webhook_call import (
    SECRET_BYTES,
    Answer,
    BadAddress,
    CallFailed,
    CallRules,
    call,
    check_host,
    check_url,
    shown_secret,
)
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.errors import BadUsage
from yuepi.kit.outbox import Delivery, GiveUp, TryLater
from yuepi.kit.record import Entry, Recorder

LOG = logging.getLogger(__name__)

ENDPOINTS_MAX: Final = 50
FAILING_MAX: Final = timedelta(days=3)
FAILURES_MIN: Final = 10
"""So many failures at least before one is switched off: a quiet weekend is no long failure."""
TEST_TYPE: Final = "webhook.test"
OVERLAP_HOURS: Final = 24
OVERLAP_HOURS_MAX: Final = 24 * 14
"""How long an old secret signs beside a new one: by default, and at most."""


class Seal(Protocol):
    """Seals secrets at rest (`kit.sealing.Sealer`)."""

    def seal(self, content: bytes, *, associated: bytes) -> bytes:
        """The content, unreadable without the key."""

    def unseal(self, sealed: bytes, *, associated: bytes) -> bytes:
        """What was sealed."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint, without its secret. events: kinds of notices, or `*` for all of them.
    old_secret_until: when the secret before the present one stops to sign, too."""

    id: str
    url: str
    events: tuple[str, ...]
    active: bool
    failures: int
    failing_since: datetime | None
    off_because: str | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    version: int
    old_secret_until: datetime | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test call brought: the answer's status, or why there was none."""

    ok: bool
    status: int | None
    problem: str | None


class Webhooks:
    """All endpoints. The caller has checked the right `webhooks:manage`; `by` is who it was."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        record: Recorder,
        *,
        rules: CallRules | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._seal = seal
        self._record = record
        self._rules = rules or CallRules()
        self._clock = clock

    async def create(self, url: str, events: Sequence[str], *, by: str) -> tuple[Webhook, str]:
        """A new endpoint, and its secret, which is not shown again.

        Raises `BadAddress`, `BadUsage` for events that do not exist, `Conflict` where there are
        `ENDPOINTS_MAX` already.
        """
        place, kinds = self._place(url), _kinds(events)
        webhook_id, secret = f"whk_{secrets.token_hex(10)}", secrets.token_bytes(SECRET_BYTES)
        now = self._clock()
        row = {
            "id": webhook_id,
            "url": place,
            "sealed_secret": self._seal.seal(secret, associated=_associated(webhook_id)),
            "events": json.dumps(kinds),
            "active": True,
            "failures": 0,
            "created_by": by,
            "created_at": now,
            "changed_at": now,
            "version": 1,
        }
        async with self._database.writing() as connection:
            if not await store.add(connection, row, ENDPOINTS_MAX):
                raise Conflict(
                    f"there are {ENDPOINTS_MAX} webhooks already",
                    remedy="delete one that is not needed any more",
                    code="too_many_webhooks",
                )
            made = _webhook(await store.one(connection, webhook_id), webhook_id)
            detail = {"url": place, "events": kinds}
            await self._record(connection, [Entry("webhook.created", by, webhook_id, now, detail)])
        return made, shown_secret(secret)

    async def list(self) -> list[Webhook]:
        """All endpoints, the oldest first (`ENDPOINTS_MAX` at most)."""
        async with self._database.reading() as connection:
            return [_webhook(row, row.id) for row in await store.all_of(connection)]

    async def find(self, webhook_id: str) -> Webhook:
        """One endpoint. Raises `NotFound`."""
        async with self._database.reading() as connection:
            return _webhook(await store.one(connection, webhook_id), webhook_id)

    async def change(
        self,
        webhook_id: str,
        version: int,
        *,
        by: str,
        url: str | None = None,
        events: Sequence[str] | None = None,
        active: bool | None = None,
    ) -> Webhook:
        """Change what is given (None: leave it). Switching on forgets earlier failures.

        Raises `NotFound`, `Stale` when it has another version by now, and as `create` does.
        """
        values: dict[str, Any] = {}
        if url is not None:
            values["url"] = self._place(url)
        if events is not None:
            values["events"] = json.dumps(_kinds(events))
        if active is not None:
            values["active"] = active
        if active:
            values |= {"failures": 0, "failing_since": None, "off_because": None}
        now = self._clock()
        async with self._database.writing() as connection:
            changed = await store.change(
                connection, webhook_id, version, values | {"changed_at": now}
            )
            found = _webhook(await store.one(connection, webhook_id), webhook_id)
            if not changed:
                raise Stale("the webhook", _current(found))
            await self._record(
                connection,
                [Entry("webhook.changed", by, webhook_id, now, _current(found))],
            )
        return found

    async def new_secret(
        self, webhook_id: str, *, by: str, overlap_hours: int = OVERLAP_HOURS
    ) -> tuple[Webhook, str]:
        """A new secret, which is not shown again; the one before it signs each message, too, for
        so many hours (0: it is void at once). One that was still older stops now.

        Raises `NotFound`, `BadUsage` for hours that are none.
        """
        if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
            raise BadUsage(
                f"an overlap of {overlap_hours} hours",
                remedy=f"give 0 to {OVERLAP_HOURS_MAX}",
                code="bad_overlap",
            )
        secret, now = secrets.token_bytes(SECRET_BYTES), self._clock()
        sealed = self._seal.seal(secret, associated=_associated(webhook_id))
        until = now + timedelta(hours=overlap_hours)
        async with self._database.writing() as connection:
            if not await store.rotate(connection, webhook_id, sealed, now, until):
                raise NotFound(f"webhook {webhook_id!r}")
            changed = _webhook(await store.one(connection, webhook_id), webhook_id)
            detail = {"old_until": until.isoformat(), "version": changed.version}
            entry = Entry("webhook.secret_changed", by, webhook_id, now, detail)
            await self._record(connection, [entry])
        return changed, shown_secret(secret)

    async def delete(self, webhook_id: str, *, by: str) -> None:
        """Remove it with its secret; what waits for it dies. Raises `NotFound`."""
        now = self._clock()
        async with self._database.writing() as connection:
            if not await store.remove(connection, webhook_id):
                raise NotFound(f"webhook {webhook_id!r}")
            await self._record(connection, [Entry("webhook.deleted", by, webhook_id, now)])

    async def test(self, webhook_id: str) -> Tried:
        """Call it now with an event that means nothing (`webhook.test`). Raises `NotFound`.

        Only the status comes back, so that it is no window into what answers there.
        """
        found, signing = await self._endpoint(webhook_id)
        message_id = f"msg_{secrets.token_hex(10)}"
        stamp = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = _body({"type": TEST_TYPE, "timestamp": stamp, "data": {"id": webhook_id}})
        try:
            answer = await self._call(found.url, signing, message_id, body)
        except (CallFailed, BadAddress) as error:
            return Tried(False, None, str(error))
        return Tried(answer.ok, answer.status, None if answer.ok else _problem(answer))

    # --- the outbox's handler ------------------------------------------------------------------

    async def deliver(self, delivery: Delivery) -> None:
        """Hand one message to its endpoint. Raises `TryLater` or `GiveUp`."""
        webhook_id = str(delivery.payload["endpoint"])
        try:
            found, signing = await self._endpoint(webhook_id)
        except NotFound:
            raise GiveUp("the webhook was deleted") from None
        if not found.active:
            raise GiveUp("the webhook is switched off")
        body = _body({name: delivery.payload[name] for name in ("type", "timestamp", "data")})
        try:
            answer = await self._call(found.url, signing, delivery.id, body)
        except BadAddress as error:
            await self._failed(webhook_id)
            raise TryLater(error.message) from error
        except CallFailed as error:
            await self._failed(webhook_id)
            raise TryLater(str(error)) from error
        if answer.ok:
            if found.failures:
                async with self._database.writing() as connection:
                    await store.worked(connection, webhook_id)
            return
        if answer.status == 410:
            await self._switch_off(webhook_id, "it answered 410: it is gone")
            raise GiveUp("it answered 410: it is gone")
        await self._failed(webhook_id)
        raise TryLater(_problem(answer), after_s=answer.retry_after_s)

    def _place(self, url: str) -> str:
        place = check_url(url)
        check_host(place, self._rules)
        return str(place)

    async def _endpoint(self, webhook_id: str) -> tuple[Webhook, Sequence[bytes]]:
        """The endpoint, and the secrets that sign what it is sent, the present one first."""
        async with self._database.reading() as connection:
            row = await store.one(connection, webhook_id)
        if row is None:
            raise NotFound(f"webhook {webhook_id!r}")
        sealed = [row.sealed_secret]
        if row.old_secret_until is not None and self._clock() < row.old_secret_until:
            sealed.append(row.old_sealed_secret)
        ours = _associated(webhook_id)
        signing = [self._seal.unseal(each, associated=ours) for each in sealed]
        return _webhook(row, webhook_id), signing

    async def _call(
        self, url: str, signing: Sequence[bytes], message_id: str, body: bytes
    ) -> Answer:
        return await call(url, signing, message_id, body, rules=self._rules, clock=self._clock)

    async def _failed(self, webhook_id: str) -> None:
        now = self._clock()
        async with self._database.writing() as connection:
            row = await store.failed(connection, webhook_id, now)
        if row is None or row.failures < FAILURES_MIN or now - row.failing_since < FAILING_MAX:
            return
        since = row.failing_since.isoformat(timespec="seconds")
        await self._switch_off(webhook_id, f"{row.failures} calls failed since {since}")

    async def _switch_off(self, webhook_id: str, reason: str) -> None:
        now = self._clock()
        async with self._database.writing() as connection:
            if not await store.switch_off(connection, webhook_id, reason, now):
                return
            version = _webhook(await store.one(connection, webhook_id), webhook_id).version
            notice = Notice("webhook.off", webhook_id, version, role="admin")
            await tell(connection, [notice], clock=self._clock)
            detail = {"reason": reason}
            entry = Entry("webhook.switched_off", "system", webhook_id, now, detail)
            await self._record(connection, [entry])
        LOG.warning("webhook %s is switched off: %s", webhook_id, reason)


def _webhook(row: Any, webhook_id: str) -> Webhook:
    if row is None:
        raise NotFound(f"webhook {webhook_id!r}")
    values = {name: getattr(row, name) for name in Webhook.__slots__}
    return Webhook(**values | {"events": tuple(json.loads(row.events))})


def _current(webhook: Webhook) -> dict[str, Any]:
    return {
        "url": webhook.url,
        "events": list(webhook.events),
        "active": webhook.active,
        "version": webhook.version,
    }


def _kinds(events: Sequence[str]) -> list[str]:
    unknown = sorted(set(events) - {"*", *KINDS})
    if unknown or not events:
        raise BadUsage(
            f"no such events: {', '.join(unknown)}" if unknown else "no events are named",
            remedy=f"choose from * {' '.join(KINDS)}",
            code="unknown_event",
        )
    return sorted(set(events))


def _associated(webhook_id: str) -> bytes:
    return f"webhook:{webhook_id}".encode()


def _body(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _problem(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"it answered {answer.status}; redirects are not followed"
    return f"it answered {answer.status}"
