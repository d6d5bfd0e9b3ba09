"""The library's routes, over what is open: settings become plain limits here."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from yuepi.access.api import Gate
from yuepi.app.desk import Desk
from yuepi.app.events import EventStream, Feeds
from yuepi.app.uploads import UploadLimits, Uploads
from yuepi.kit.clock import business_day, utc_now
from yuepi.library.api import Parts, shelf_routers
from yuepi.library.api.asking import ask_router
from yuepi.library.api.exports import exports_router
from yuepi.library.api.parts import FILE_FIELD, LISTS
from yuepi.library.api.saved import saved_router
from yuepi.library.api.search import search_router

FILES_MAX: Final = 500
BYTES_MAX: Final = 2 * 2**30
WAIT_S_MAX: Final = 3_600.0
"""Of one upload; larger folders come in several."""


def library_routers(desk: Desk, gate: Gate, feeds: Feeds) -> list[APIRouter]:
    """All routes under `/api/library`."""
    library = desk.library
    limits = UploadLimits(
        files_max=FILES_MAX,
        file_bytes_max=desk.settings.library.file_bytes_max,
        bytes_max=BYTES_MAX,
        wait_s_max=WAIT_S_MAX,
    )
    parts = Parts(
        database=desk.database,
        clock=utc_now,
        gate=gate,
        uploads=Uploads(limits, file_field=FILE_FIELD, lists=LISTS),
        streams=feeds.stream,
        folders=library.folders,
        shelf=library.shelf,
        papers=library.papers,
        watched=library.watcher.states,
    )
    return [
        search_router(gate, library.searcher, lambda: business_day(utc_now())),
        saved_router(gate, library.saved, desk.database, utc_now),
        exports_router(gate, library.exporter),
        ask_router(gate, library.asker, EventStream),
        *shelf_routers(parts),
    ]
