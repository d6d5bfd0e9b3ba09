"""The room's door: `/api/claims`, `/api/uploads`, `/api/reviews`, `/api/stages`, `/api/notices`,
`/api/webhooks`, `/api/search`, `/api/numbers`.

`approvals_routers(parts)` gives all routes; `app` mounts them and answers what they raise.
"""

from __future__ import annotations

from fastapi import APIRouter

from yuepi.approvals.api.claims import claims_router
from yuepi.approvals.api.notices import notices_router
from yuepi.approvals.api.numbers import numbers_router
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.api.policies import policies_router
from yuepi.approvals.api.reviews import reviews_router
from yuepi.approvals.api.search import search_router
from yuepi.approvals.api.stages import stages_router
from yuepi.approvals.api.uploads import uploads_router
from yuepi.approvals.api.webhooks import webhooks_router

__all__ = ["Parts", "approvals_routers"]


def approvals_routers(parts: Parts) -> list[APIRouter]:
    """All routes of this room, each with its own prefix."""
    return [
        claims_router(parts),
        reviews_router(parts),
        stages_router(parts),
        uploads_router(parts),
        policies_router(parts),
        search_router(parts),
        numbers_router(parts),
        notices_router(parts),
        webhooks_router(parts),
    ]
