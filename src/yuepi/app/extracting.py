"""From files to what a user's schema wants of them, for the command and for `/api/extract`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yuepi.documents.accept import accept, unpack
from yuepi.documents.calibration import calibration_of
from yuepi.documents.confidence import calibrated
from yuepi.documents.extraction import Extraction, Wanted, extract
from yuepi.documents.extraction.suggested import (
    ANSWER_CHARACTERS_MAX,
    Asked,
    NumberedLine,
    numbered_lines,
    question,
    read_answer,
    with_suggestions,
)
from yuepi.documents.masking import masked_file
from yuepi.documents.page_reading import PageEvidence, views_of
from yuepi.documents.read import FileRead
from yuepi.documents.readers.model_question import AskedPage, cut
from yuepi.kit.boxes import WHOLE
from yuepi.kit.errors import Unavailable

if TYPE_CHECKING:
    from yuepi.documents.read import Desk
    from yuepi.gateway.gateway import Gateway
    from yuepi.gateway.inquiry import Sheet

WAITING_MAX: Final = 8
"""Files that wait to be read at once; one more is told to come again."""
WAIT_S_MAX: Final = 180.0
PICTURES_MAX: Final = 4
VISUAL_TOKENS_MAX: Final = 1_024
"""Of one picture: enough for the small print of a page, and affordable on a CPU."""
ANSWER_TOKENS_MAX: Final = 4_096
ASK_S_MAX: Final = 600.0
PROMPT: Final = "extract@1"

Read = Callable[[str, bytes], Sequence[FileRead]]
"""Reads one file, archives by member, with its pages; raises `UnreadableFile`."""
Ask = Callable[[Asked, Sequence[AskedPage]], Awaitable[str]]
"""Asks a model about pages; gives its answer. Raises `EngineFailure`."""


def extracted(
    file: FileRead, wanted: Wanted, schema: Mapping[str, Any], *, reveal: bool = False
) -> Extraction:
    """What one file says of what is wanted, without any model. Takes milliseconds.

    reveal: personal data whole; else in part, as people are shown it.
    """
    reading = file.reading if reveal else masked_file(file.reading)
    if reading is not file.reading:
        # The lines of the page say whole what the reading says in part.
        return extract(wanted, schema, reading)
    views = [views for page in file.evidence for views in views_of(page)]
    return extract(wanted, schema, reading, views)


async def extracted_with_model(
    file: FileRead, wanted: Wanted, schema: Mapping[str, Any], ask: Ask, *, reveal: bool = False
) -> Extraction:
    """The same, and a model asked for what is missing. Raises `EngineFailure`."""
    found = extracted(file, wanted, schema, reveal=reveal)
    if not reveal and masked_file(file.reading) is not file.reading:
        return found
    lines = lines_of(file.evidence)
    asked = question(wanted, found, lines) if found.error is None else None
    if asked is None or not lines:
        return found
    pictures = {page.number: page.picture for page in file.pages}
    pages = [
        AskedPage(views[0], pictures.get(page.number))
        for page in file.evidence
        for views in views_of(page)[:1]
    ]
    answer = read_answer(await ask(asked, pages[:PICTURES_MAX]))
    tier = file.reading.readings[0].quality if file.reading.readings else "poor"
    return with_suggestions(wanted, schema, found, answer, lines, tier)


def lines_of(pages: Sequence[PageEvidence]) -> list[NumberedLine]:
    """All lines of a file as they are shown to a model: the file's own text where it has one."""
    return numbered_lines(
        [
            (page.number, page.native or (page.sighting.lines if page.sighting else ()))
            for page in pages
        ]
    )


def asking(gateway: Gateway, alias: str) -> Ask:
    """Asks the model or route of that name."""
    from yuepi.gateway.inquiry import Inquiry, inquire

    async def ask(asked: Asked, pages: Sequence[AskedPage]) -> str:
        most = gateway.abilities(alias).images_max
        sheets = await asyncio.to_thread(lambda: [_sheet(page) for page in pages[:most]])
        inquiry = Inquiry(
            told=asked.told,
            prompt=PROMPT,
            parts=(*(sheet for sheet in sheets if sheet is not None), asked.words),
            schema=asked.schema,
            tokens_max=ANSWER_TOKENS_MAX,
            seconds_max=ASK_S_MAX,
            characters_max=ANSWER_CHARACTERS_MAX,
        )
        return (await inquire(gateway, alias, inquiry)).text

    return ask


def _sheet(page: AskedPage) -> Sheet | None:
    return None if page.picture is None else cut(page.picture, WHOLE, page.view, VISUAL_TOKENS_MAX)


class Extractor:
    """Extracts from uploaded files, one at a time, off the event loop; the models that read are
    loaded with the first. folder: the data folder, whose own calibration counts where it has one.
    `read` is what tests put in the models' place."""

    def __init__(
        self,
        read: Read | None = None,
        *,
        folder: Path | None = None,
        wait_s_max: float = WAIT_S_MAX,
    ) -> None:
        self._thread = ThreadPoolExecutor(1, "extract")
        self._desk: Desk | None = None
        self._folder = folder
        self._read = read or self._read_with_desk
        self._wait_s_max = wait_s_max
        self._waiting = 0

    async def __call__(
        self,
        name: str,
        data: bytes,
        wanted: Wanted,
        schema: Mapping[str, Any],
        *,
        reveal: bool = False,
    ) -> list[Extraction]:
        """What the file says, archives by member. Raises `UnreadableFile`, and `Unavailable` where
        too many wait or it takes too long."""
        if self._waiting >= WAITING_MAX:
            raise Unavailable(
                f"{WAITING_MAX} files are being read already",
                remedy="send it again in a moment",
                code="too_many_requests",
            )
        self._waiting += 1
        reading = asyncio.get_running_loop().run_in_executor(
            self._thread,
            lambda: [
                extracted(file, wanted, schema, reveal=reveal) for file in self._read(name, data)
            ],
        )
        reading.add_done_callback(self._done)
        try:
            async with asyncio.timeout(self._wait_s_max):
                return await asyncio.shield(reading)
        except TimeoutError:
            reading.cancel()
            raise Unavailable(
                "the file could not be read in time",
                remedy="send it again later, or fewer pages of it",
                code="took_too_long",
            ) from None

    def _done(self, reading: asyncio.Future[list[Extraction]]) -> None:
        self._waiting -= 1
        if not reading.cancelled():
            # Nobody may be waiting for it any more; then its failure was told as a late answer.
            reading.exception()

    def _read_with_desk(self, name: str, data: bytes) -> Sequence[FileRead]:
        originals = unpack(accept(name, data))
        if self._desk is None:
            from yuepi.documents.read import Desk

            self._desk = Desk()
        table = calibration_of(self._folder)
        files = self._desk.read_originals(originals, keep_pages=True)
        return [replace(each, reading=calibrated(each.reading, table)) for each in files]
