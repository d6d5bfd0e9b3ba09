"""From files to readings: the way of every attachment, in order.

`Desk.read` tells the story: accept the bytes, render the pages in a limited process, look at the
pictures, read every document on them. A file that fails is reported in its own reading; the
others are still read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yuepi.documents.accept import (
    FILE_BYTES_MAX,
    Original,
    Refused,
    accept,
    refusal,
    shown_name,
    unpack,
)
from yuepi.documents.instructions import Aside
from yuepi.documents.kinds import kind_named
from yuepi.documents.page_reading import (
    NO_DATA,
    PageEvidence,
    is_enough,
    parts_of,
    read_page,
    read_pages,
)
from yuepi.documents.pages import NATIVE_CHARACTERS_MIN, Page, Parsed, render, warm
from yuepi.documents.readers.native_data import read_native
from yuepi.documents.reading import FileReading, Problem
from yuepi.kit.boxes import Box
from yuepi.kit.errors import BadUsage, UnreadableFile
from yuepi.sight.look import Eye, Picture, Seen
from yuepi.sight.sighting import Line

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the name of the one that was just finished."""

_PAGES_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class PageView:
    """A page for people: its number from 1 and its upright picture, None where there is none."""

    number: int
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class FileRead:
    """A reading and, where they were asked for, the pictures its boxes belong to.

    evidence: what was known of each page before it was read; none for a file with an error.
    """

    reading: FileReading
    pages: tuple[PageView, ...] = ()
    evidence: tuple[PageEvidence, ...] = ()


class Desk:
    """Reads files. Build one per process: it holds the text models."""

    def __init__(self, threads: int | None = None) -> None:
        self.eye = Eye(threads)
        warm()

    def warm(self) -> None:
        """Be ready before the first file comes; without it the first one waits some seconds."""
        self.eye.warm()

    def read(
        self,
        paths: Sequence[Path],
        names: Sequence[str] | None = None,
        *,
        keep_pages: bool = False,
        progress: Progress | None = None,
    ) -> list[FileRead]:
        """Read files from disk, archives by member, in the given order.

        names: what the files are called in readings and errors, one each; None takes the last part
        of each path. Raises `BadUsage` for a path that is no file; everything else that is wrong
        with a file is the `error` of its reading.
        """
        originals: list[Original | Refused] = []
        shown = [path.name for path in paths] if names is None else names
        for path, name in zip(paths, shown, strict=True):
            originals += _take(path, shown_name(name))
        return self.read_originals(originals, keep_pages=keep_pages, progress=progress)

    def read_originals(
        self,
        originals: Sequence[Original | Refused],
        *,
        keep_pages: bool = False,
        progress: Progress | None = None,
    ) -> list[FileRead]:
        """Read accepted originals; refused ones become readings with an error."""
        done: list[FileRead] = []
        for group in _groups([_parse(original) for original in originals]):
            for file, pages in zip(group, self._look(group), strict=True):
                done.append(_file_read(file, pages, keep_pages))
                if progress is not None:
                    progress(len(done), len(originals), done[-1].reading.file)
        return done

    def look_at(self, original: Original, pages: tuple[int, int]) -> FileRead:
        """Some pages of a long PDF, from the first to the last, from 1: their pictures and what is
        known of each. Nothing is read in them yet: see `reading_of`. Raises `UnreadableFile`."""
        file = _Parsed(original, render(original, pages), None)
        return _file_read(file, self._look([file])[0], keep_pages=True, read=False)

    def _look(self, files: Sequence[_Parsed]) -> list[list[_Looked]]:
        """Look at all pictures of the files together, then again where own text fell short."""
        looked = [[_Looked(page, None) for page in file.pages] for file in files]
        pictures = [
            (each, file.parsed)
            for file, pages in zip(files, looked, strict=True)
            for each in pages
            if each.page.picture is not None and file.parsed is not None
        ]
        self._see([each for each, _ in pictures if _needs_text(each.page)], text=True)
        native = [(each, parsed) for each, parsed in pictures if not _needs_text(each.page)]
        self._see([each for each, _ in native], text=False)
        self._see([each for each, parsed in native if _falls_short(each, parsed)], text=True)
        for each, parsed in pictures:
            each.closer = self._look_closer(each, parsed)
        return looked

    def _look_closer(self, looked: _Looked, parsed: Parsed) -> tuple[tuple[Line, ...], ...]:
        """The lines of each of several documents on one photo, read again from its own crop."""
        if looked.seen is None:
            return ()
        boxes = [view.box for view in parts_of(looked.evidence(parsed))]
        if len(boxes) < 2:
            return ()
        pages = self.eye.reader.read_many([_crop(looked.seen.picture, box) for box in boxes])
        return tuple(
            tuple(line.on(box) for line in page.lines)
            for page, box in zip(pages, boxes, strict=True)
        )

    def _see(self, pages: Sequence[_Looked], *, text: bool) -> None:
        seen = self.eye.look([_picture(each.page) for each in pages], text=text)
        for each, sight in zip(pages, seen, strict=True):
            each.seen = sight


@dataclass(slots=True)
class _Looked:
    page: Page
    seen: Seen | None
    closer: tuple[tuple[Line, ...], ...] = ()

    def evidence(self, parsed: Parsed) -> PageEvidence:
        number, short = self.page.number, _needs_text(self.page)
        return PageEvidence(
            number=number,
            native=() if short else self.page.lines,
            sighting=self.seen.sighting if self.seen else None,
            original=parsed.original_data,
            closer=self.closer,
            # What lies in a file whose pages show something else is no evidence.
            data=read_native(parsed.data) if number == 1 and parsed.original_data else NO_DATA,
            notes=tuple(n for n in parsed.notes if (n.page or 1) == number),
            asides=(
                *(a for a in parsed.asides if (a.page or parsed.pages[0].number) == number),
                # Too few words to go by, but enough to give an order.
                *(Aside("print", line.text, number) for line in self.page.lines if short),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Parsed:
    source: Original | Refused
    parsed: Parsed | None
    problem: Problem | None

    @property
    def pages(self) -> tuple[Page, ...]:
        return self.parsed.pages if self.parsed else ()


def _take(path: Path, name: str) -> list[Original | Refused]:
    """The originals in a file on disk: itself, or the members of an archive."""
    if not path.is_file():
        raise BadUsage(f"{path} is not a file", remedy="name files that exist, or a folder")
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise refusal(name, "too_large", f"over {FILE_BYTES_MAX // 2**20} MB")
        original = accept(name, path.read_bytes())
        return unpack(original) if original.media == "zip" else [original]
    except UnreadableFile as error:
        return [Refused(name, error)]


def _parse(source: Original | Refused) -> _Parsed:
    if isinstance(source, Refused):
        return _Parsed(source, None, problem_of(source.error))
    try:
        return _Parsed(source, render(source), None)
    except UnreadableFile as error:
        return _Parsed(source, None, problem_of(error))


def problem_of(error: UnreadableFile) -> Problem:
    """A file's error as its reading has it."""
    return Problem(code=error.code, message=error.message, remedy=error.remedy)


def _groups(files: Sequence[_Parsed]) -> Iterator[list[_Parsed]]:
    """Files whose pages are looked at together: enough to keep all cores busy, not more."""
    group: list[_Parsed] = []
    for file in files:
        group.append(file)
        if sum(len(each.pages) for each in group) >= _PAGES_AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def _needs_text(page: Page) -> bool:
    return sum(len(line.text) for line in page.lines) < NATIVE_CHARACTERS_MIN


def _picture(page: Page) -> Picture:
    if page.picture is None:
        raise ValueError("a page without a picture cannot be looked at")
    return page.picture


def _crop(picture: Picture, box: Box) -> Picture:
    height, width = picture.shape[:2]
    x0, x1 = round(box.x0 * width), round(box.x1 * width)
    y0, y1 = round(box.y0 * height), round(box.y1 * height)
    return np.ascontiguousarray(picture[y0:y1, x0:x1])


def _falls_short(looked: _Looked, parsed: Parsed) -> bool:
    """Whether an invoice's own text lacks what its decision needs, so that it must be looked at."""
    readings = read_page(looked.evidence(parsed))
    return any(
        kind_named(reading.kind).is_invoice and not is_enough(reading, kind_named(reading.kind))
        for reading in readings
    )


def _file_read(
    file: _Parsed, looked: list[_Looked], keep_pages: bool, *, read: bool = True
) -> FileRead:
    source = file.source
    if file.parsed is None or isinstance(source, Refused):
        return FileRead(
            FileReading(
                file=source.name, sha256=_hash(source), pages=0, original=False, error=file.problem
            )
        )
    evidence = tuple(each.evidence(file.parsed) for each in looked)
    reading = reading_of(source, evidence if read else (), file.parsed.original_data)
    views = tuple(PageView(e.page.number, e.seen.picture if e.seen else None) for e in looked)
    reading = reading.model_copy(update={"pages": len(file.parsed.pages)})
    return FileRead(reading, views if keep_pages else (), evidence if keep_pages else ())


def reading_of(
    source: Original, evidence: Sequence[PageEvidence], original_data: bool
) -> FileReading:
    """What is read of these pages of a file, those that belong together as one."""
    return FileReading(
        file=source.name,
        sha256=source.sha256,
        pages=len(evidence),
        original=original_data,
        readings=read_pages(evidence),
    )


def _hash(source: Original | Refused) -> str:
    return source.sha256 if isinstance(source, Original) else ""
