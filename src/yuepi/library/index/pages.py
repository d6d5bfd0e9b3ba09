"""What is said of page pictures in the index, and who turns them into vectors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from yuepi.documents.kept_pages import KeptPage
from yuepi.library.document import Document

Vectors = list[list[float]]
"""One or many of one page or question, each of length one."""


@dataclass(frozen=True, slots=True)
class PageVectors:
    """Who makes them; all raise as engines do. label: tells vectors of this model from those of
    others; dimensions: of each. page: of a picture (its entry and JPEG); question: of a text."""

    label: str
    dimensions: int
    page: Callable[[KeptPage, bytes], Awaitable[Vectors]]
    question: Callable[[str], Awaitable[Vectors]]


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page that the table has: of which version, who saw it then, the hash of its picture."""

    id: str
    document: str
    version: str
    page: int
    owner: str
    department: str | None
    picture: str


@dataclass(frozen=True, slots=True)
class RankedPage:
    """A page that was found. page: its number in the file, from 1. score: higher is better."""

    document_id: str
    version_id: str
    page: int
    score: float


def page_id(document: Document, page: KeptPage) -> str:
    """The id of a page of the version that holds now: whoever puts it in twice has it once."""
    return f"{document.version_id}.{page.file_at}.{page.page:05d}"
