"""The limited child process: caps itself, then parses what the parent sends.

Frames out: `{"page": ...}` with RGB pixels (or no payload), `{"member": ...}` for archives, and
for documents a last frame `{"document": {...}}` with notes and structured data.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from yuepi.kit.limited_child import Frame, RefusalError, limit_this_process, serve


def main() -> None:
    """Cap this process before the parsers are imported, then serve."""
    limits = limit_this_process(sys.argv[1:])
    from yuepi.documents.parsing import archive, invoice_xml, ofd, pdf, pictures, plain_text

    def handle(job: dict[str, Any], data: bytes) -> Iterator[Frame]:
        media = job["media"]
        if job["task"] == "unpack":
            return archive.members(data)
        if media == "pdf" and job["task"] == "count":
            return pdf.counted(data)
        if media == "pdf":
            return pdf.parse(data, pages=job.get("pages"))
        if media == "ofd":
            return ofd.parse(data)
        if media == "invoice_xml":
            return invoice_xml.parse(data)
        if media == "text":
            return plain_text.parse(data)
        if media in pictures.FORMATS:
            return pictures.parse(data, media)
        raise RefusalError("unsupported_type", f"no parser for {media}")

    serve(handle, limits)


if __name__ == "__main__":
    main()
