"""A document as a PDF whose words can be found, marked and copied in any viewer.

Pages with text of their own stay as they are; a scan stays as it is and gets what was read in it
as unseen text. A page that was straightened or lifted out of a photo is shown as it was read.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Final

from yuepi.documents.page_text import PageText
from yuepi.kit.errors import Unavailable, YuepiError
from yuepi.kit.limited import JobError, LimitedProcess, Limits

PAGES_MAX: Final = 1_000
BYTES_MAX: Final = 512 * 2**20
"""Of the original and the pictures of its pages together."""
_LIMITS: Final = Limits(
    memory_bytes=6 * 2**30,
    cpu_seconds=300,
    wall_seconds=300.0,
    quiet_seconds=300.0,
    result_bytes=2**30,
    jobs_per_child=20,
)


class NotExported(YuepiError):
    """This document cannot become such a file."""

    code = "not_exported"
    http_status = 422


def too_large(what: str) -> NotExported:
    """The error for a document that is too large for this."""
    return NotExported(
        f"the document is too large for this: {what}",
        remedy="take its original instead, or split it",
        code="too_large",
    )


def searchable_pdf(
    texts: Sequence[PageText],
    pictures: Sequence[bytes | None],
    original: bytes | None,
) -> list[bytes]:
    """The PDF, in pieces. pictures: of the pages of `texts`, in their order. original: where that
    is a PDF. Takes seconds: call it off the event loop. Raises `NotExported`."""
    if len(texts) > PAGES_MAX:
        raise too_large(f"{len(texts)} pages, the limit is {PAGES_MAX}")
    total = len(original or b"") + sum(len(each or b"") for each in pictures)
    if total > BYTES_MAX:
        raise too_large(f"{total // 2**20} MB, the limit is {BYTES_MAX // 2**20} MB")
    pages: list[dict[str, Any]] = []
    start = 0
    for text, picture in zip(texts, pictures, strict=True):
        length = len(picture or b"")
        pages.append(_job_page(text, None if picture is None else [start, length], original))
        start += length
    job = {"pages": pages, "original": len(original or b"")}
    data = b"".join((original or b"", *(each for each in pictures if each is not None)))
    try:
        return [bytes(frame.payload) for frame in _process().run(job, data)]
    except JobError as failure:
        if failure.code in ("encrypted", "damaged"):
            raise NotExported(
                f"the original is {failure.code}", remedy="take its original instead"
            ) from failure
        raise Unavailable(
            f"the PDF could not be made: {failure.detail}",
            remedy="try again; if it fails again, take the original instead",
            code="export_failed",
        ) from failure


def _job_page(text: PageText, picture: list[int] | None, original: bytes | None) -> dict[str, Any]:
    return {
        "at": text.page - 1 if original is not None else None,
        "native": text.native,
        "aspect": text.aspect,
        "runs": [[run.text, *run.box] for run in text.runs],
        "picture": picture,
    }


@functools.cache
def _process() -> LimitedProcess:
    return LimitedProcess("yuepi.library.exporting.pdf_child", _LIMITS)
