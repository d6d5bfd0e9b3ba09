"""What the machine does with claims and with the library, put together: for `yuepi worker`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from yuepi.access.keys import Keyring
from yuepi.app.data_folder import database_of
from yuepi.app.desk import Desk, history_of, open_desk, review_terms, settings_policy
from yuepi.app.library_work import library_tasks
from yuepi.app.tables import load_tables
from yuepi.app.wiring import company_from
from yuepi.app.worker import QUEUE_FILE, WorkerOptions, WorkerParts
from yuepi.approvals.deadlines import sweep
from yuepi.approvals.mail import Mailer, MailServer
from yuepi.approvals.notices import MAIL, WEBHOOK, Spread
from yuepi.approvals.steps import Steps, StepTerms
from yuepi.approvals.upload_reading import UploadReader
from yuepi.approvals.uploads import UploadShelf
from yuepi.audit.record import append
from yuepi.audit.root_key import open_root_key
from yuepi.audit.roots import RootKeeper
from yuepi.audit.roots_file import follow
from yuepi.documents.kept_reading import Reader
from yuepi.documents.turns import ClaimsFirst
from yuepi.kit.blob_sweep import BlobSweep
from yuepi.kit.clock import utc_now
from yuepi.kit.idempotency import Idempotency
from yuepi.kit.outbox import Handler, Outbox
from yuepi.kit.sealing import open_sealer
from yuepi.kit.settings import Settings
from yuepi.kit.steady import Ticker

DEADLINES_EVERY_S: Final = 30.0
FORGET_EVERY_S: Final = 3_600.0
DELIVERY_END_S_MAX: Final = 3.0


@asynccontextmanager
async def open_work(settings: Settings, reader: Reader) -> AsyncGenerator[WorkerParts, None]:
    """Everything a worker works with, closed with the block. Raises `BadUsage`, `Unavailable`."""
    terms = step_terms(settings)
    async with AsyncExitStack() as stack:
        database = await database_of(settings, stack)
        keyring = Keyring(database, record=append)
        stack.push_async_callback(keyring.close)
        sealer = await asyncio.to_thread(open_sealer, settings.folder, os.environ)
        desk = await open_desk(settings, database, keyring, sealer, stack)
        shared = ClaimsFirst(await with_model(settings, reader, stack))
        steps = Steps(
            database,
            desk.blobs,
            append,
            utc_now,
            reader=shared,
            history=history_of(settings, database),
            rules=desk.stages,
            policies=desk.policies,
            terms=terms,
            review_terms=review_terms(settings),
        )
        yield WorkerParts(
            database,
            steps,
            settings.folder / QUEUE_FILE,
            {
                "delivery": partial(_deliver, _outbox(desk)),
                "the steady clock": Ticker(database).run,
                "deadlines": partial(_deadlines, desk),
                "uploads": UploadReader(database, desk.blobs, shared, utc_now).run,
                "what is over": partial(_forget, Idempotency(database), desk.claims.uploads),
                "originals nobody names": _sweep(desk).run,
                "roots of the record": (await _roots(desk)).run,
                **library_tasks(desk.library, reader, shared),
            },
        )


async def with_model(settings: Settings, reader: Reader, stack: AsyncExitStack) -> Reader:
    """The reader that asks the model of the settings too, closed with the stack; `reader` itself
    where they name none. Raises `BadUsage` for one that is no vision model."""
    if not settings.reading.model or settings.reading.when == "never":
        return reader
    # Here, not above: a worker without a model needs no gateway.
    from yuepi.app.model_reading import open_asking

    return await open_asking(settings, reader, stack)


def worker_options(settings: Settings) -> WorkerOptions:
    """How a worker works."""
    workers = settings.workers
    return WorkerOptions(
        claims_at_once=workers.claims_at_once,
        lease_s=workers.lease_s,
        pulse_s=min(1.0, workers.lease_s / 5),
        drain_s_max=settings.server.drain_s_max,
    )


def step_terms(settings: Settings) -> StepTerms:
    """By what claims are judged. Raises `BadUsage` naming the file and what is wrong with it."""
    approvals = settings.approvals
    company = None
    if approvals.company:
        company = company_from(settings.folder / approvals.company)
    return StepTerms(settings_policy(settings), company, approvals.attempts_max)


def _outbox(desk: Desk) -> Outbox:
    settings = desk.settings
    deliver: dict[str, Handler] = {WEBHOOK: desk.webhooks.deliver}
    if settings.mail.host:
        mail = settings.mail
        server = MailServer(
            mail.host,
            mail.sender,
            mail.port,
            "plain" if mail.security == "none" else mail.security,
            login=mail.user or None,
            password=mail.password or None,
        )
        deliver[MAIL] = Mailer(server, desk.contact_of, settings.server.public_url).deliver
    spread = Spread(desk.database, people_with=desk.people_with, mail=bool(settings.mail.host))
    return Outbox(desk.database, deliver, feeds=(spread,), feeds_wait=spread.waits)


async def _deliver(outbox: Outbox) -> None:
    """Deliver until cancelled; what is under way then gets a moment to end."""
    running = asyncio.create_task(outbox.run())
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        outbox.stop()
        await asyncio.wait([running], timeout=DELIVERY_END_S_MAX)
        running.cancel()
        raise


async def _deadlines(desk: Desk) -> None:
    while True:
        await sweep(desk.reviews.pool)
        await asyncio.sleep(DEADLINES_EVERY_S)


async def _forget(idempotency: Idempotency, uploads: UploadShelf) -> None:
    while True:
        await idempotency.forget(utc_now())
        await uploads.forget(utc_now())
        await asyncio.sleep(FORGET_EVERY_S)


def _sweep(desk: Desk) -> BlobSweep:
    # All tables: one that is not known might name what would be removed.
    load_tables()
    return BlobSweep(desk.database, desk.blobs, partial(_first_entry, desk))


async def _first_entry(desk: Desk) -> str | None:
    """The hash of the record's first entry: no other database has it, a restored one has."""
    first = await desk.trail.entries(rows_max=1)
    return first[0].hash.hex() if first else None


async def _roots(desk: Desk) -> RootKeeper:
    settings = desk.settings
    signed = await desk.trail.roots(rows_max=1)
    key = await asyncio.to_thread(
        partial(open_root_key, settings.folder, os.environ, may_make_key=not signed)
    )
    file = settings.audit.roots_file
    publish = partial(follow, desk.database, Path(settings.folder / file)) if file else None
    return RootKeeper(
        desk.database,
        key,
        entries_max=settings.audit.root_entries_max,
        minutes_max=settings.audit.root_minutes_max,
        publish=publish,
    )
