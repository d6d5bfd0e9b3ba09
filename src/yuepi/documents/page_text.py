"""The text of a page as runs with their places, row by row: what is searched, quoted and marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from pydantic import TypeAdapter

from yuepi.documents.page_reading import PageEvidence, views_of
from yuepi.documents.plain import Place, Plain
from yuepi.kit.boxes import Box

CHARACTERS_MAX: Final = 40_000
"""Of one page; more is cut, as the parsers do."""
_STOP_DECIMALS: Final = 5


class TextRun(Plain):
    """One run of text. row: runs that stand side by side have the same number. stops: the left
    edge of each character in fractions of the page, so that a part can be boxed; empty where that
    is unknown. by_hand: whether it looks written by hand."""

    text: str
    box: Place
    row: int
    stops: tuple[float, ...] = ()
    by_hand: bool | None = None


class PageText(Plain):
    """The runs of a page, from top to bottom and left to right. file_at: the file's place in what
    was read, from 0. page: its number in the file, from 1. native: whether the file itself says
    so, and nobody had to look. aspect: the page's width divided by its height. seals: the boxes of
    the red stamps that were seen; None where that cannot be told (grey scans, pages not looked
    at)."""

    file_at: int
    page: int
    native: bool
    aspect: float
    runs: tuple[TextRun, ...]
    seals: tuple[Place, ...] | None = None

    @property
    def text(self) -> str:
        """All rows, one a line, a space between the runs of one."""
        rows = groupby(self.runs, key=lambda run: run.row)
        return "\n".join(" ".join(run.text for run in runs) for _, runs in rows)


_TEXTS: Final = TypeAdapter(tuple[PageText, ...])


def page_text(file_at: int, page: PageEvidence) -> PageText:
    """What stands on a page, document by document where there are several on a photo."""
    runs: list[TextRun] = []
    room, row_at = CHARACTERS_MAX, 0
    views = views_of(page)
    for each in views:
        for row in each[0].rows:
            for line in row.lines:
                if not line.text.strip():
                    continue
                room -= len(line.text)
                if room >= 0:
                    stops = tuple(round(stop, _STOP_DECIMALS) for stop in line.stops)
                    runs.append(
                        TextRun(
                            text=line.text,
                            box=line.box,
                            row=row_at,
                            stops=stops,
                            by_hand=line.by_hand,
                        )
                    )
            row_at += 1
    sighting = page.sighting
    seals = None if sighting is None else sighting.seals
    return PageText(
        file_at=file_at,
        page=page.number,
        native=bool(page.native),
        aspect=views[0][0].aspect if views else 1.0,
        runs=tuple(runs),
        seals=None if seals is None else tuple(Box(*seal.box) for seal in seals),
    )


def texts_json(texts: Sequence[PageText]) -> bytes:
    """The pages' texts as they are kept: compact JSON in UTF-8, what is no character replaced."""
    dumped = [each.model_dump(mode="json") for each in texts]
    text = json.dumps(dumped, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def texts_of(data: bytes) -> tuple[PageText, ...]:
    """The pages' texts in what `texts_json` gave."""
    return _TEXTS.validate_json(data)
