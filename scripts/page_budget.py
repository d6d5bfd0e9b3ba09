"""How much a browser loads before a page is there, against its limit.

    python scripts/page_budget.py

Reads the built page's manifest: the entry, the page's own chunk and all that these import at once,
scripts and style sheets, packed as they are sent. Exit code 1 where a page is over its limit.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

BUILT = Path(__file__).parent.parent / "src" / "yuepi" / "app" / "ui"
ENTRY = "index.html"
GZIP_LEVEL = 6
KILOBYTE = 1_000
LIMITS = {
    "src/app/pages/SignInPage.vue": 200,
    "src/rooms/claims/pages/ClaimsPage.vue": 200,
    "src/rooms/claims/pages/SubmitPage.vue": 200,
    "src/rooms/claims/pages/ClaimPage.vue": 200,
    "src/rooms/review/pages/QueuePage.vue": 260,
    "src/rooms/ask/pages/AskPage.vue": 260,
}
"""Kilobytes by the page's source: 200 for what employees load on a phone (docs/web.md)."""

Manifest = Mapping[str, Mapping[str, Any]]


def files_of(manifest: Manifest, source: str, seen: set[str]) -> Iterator[str]:
    """The files that a source needs before it runs."""
    if source in seen:
        return
    seen.add(source)
    chunk = manifest[source]
    yield chunk["file"]
    yield from chunk.get("css", ())
    for other in chunk.get("imports", ()):
        yield from files_of(manifest, other, seen)


def packed_bytes(files: set[str]) -> int:
    """What these cost on the wire."""
    return sum(len(gzip.compress((BUILT / name).read_bytes(), GZIP_LEVEL)) for name in files)


def main() -> int:
    """Prints every page's weight; returns the exit code."""
    if not (BUILT / ENTRY).is_file():
        sys.stderr.write("the web page is not built: make web\n")
        return 1
    manifest: Manifest = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    over = False
    for source, limit in LIMITS.items():
        if source not in manifest:
            sys.stderr.write(f"{source}: no such page\n")
            over = True
            continue
        seen: set[str] = set()
        files = {*files_of(manifest, ENTRY, seen), *files_of(manifest, source, seen)}
        kilobytes = packed_bytes(files) / KILOBYTE
        over = over or kilobytes > limit
        mark = "  over its limit" if kilobytes > limit else ""
        sys.stdout.write(f"{source}: {kilobytes:.0f} kB of {limit}{mark}\n")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
