"""The room's door: `/api/library/…`. Each router is made of what it speaks to; `app` mounts them.

`shelf_routers(parts)`: folders and documents.
"""

from __future__ import annotations

from fastapi import APIRouter

from yuepi.library.api.documents import documents_router
from yuepi.library.api.files import add_files
from yuepi.library.api.folders import folders_router
from yuepi.library.api.parts import Parts
from yuepi.library.api.progress import progress_router

__all__ = ["Parts", "shelf_routers"]


def shelf_routers(parts: Parts) -> list[APIRouter]:
    """The routes on what is on the shelf, each with its own prefix."""
    documents = documents_router(parts)
    add_files(documents, parts)
    return [folders_router(parts), documents, progress_router(parts)]
