"""What the routes of this room are made of: its classes, and what `app` lends them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yuepi.access.api.requests import Gate, Once, Streams, Uploads
from yuepi.approvals.claims import Claims
from yuepi.approvals.notices import Notices
from yuepi.approvals.numbers import Numbers
from yuepi.approvals.pages import PagePictures
from yuepi.approvals.policy_shelf import PolicyShelf
from yuepi.approvals.policy_trial import Trials
from yuepi.approvals.reviews import Reviews
from yuepi.approvals.stage_shelf import StageShelf
from yuepi.approvals.webhooks import Webhooks
from yuepi.kit.database import Database

Latest = Callable[[str], Awaitable[int]]
"""The place of the latest event about a subject in the record; 0 where there is none."""

Watched = Callable[[], Awaitable[Mapping[str, Any] | None]]
"""What answers questions, in numbers (`numbers.GatewayNumbers`); None: it cannot be told."""


async def unwatched() -> None:
    """Where there is nothing to watch."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the routes speak to. `app` opens and closes it."""

    database: Database
    clock: Callable[[], datetime]
    gate: Gate
    uploads: Uploads
    one_file: Uploads
    streams: Streams
    latest: Latest
    claims: Claims
    reviews: Reviews
    stages: StageShelf
    policies: PolicyShelf
    trials: Trials
    notices: Notices
    webhooks: Webhooks
    page_pictures: PagePictures
    numbers: Numbers
    watched: Watched = unwatched
    once: Once = field(init=False)
    """Answers a repeated request as before."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "once", Once(self.database, self.clock))
