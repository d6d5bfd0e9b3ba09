"""A page as rows of pieces, made from what was seen. Pure.

A piece is one recognised line with its width forms made plain (NFKC); pieces that stand side by
side are one row. `Page.text_of` joins a row with tabs, and `places` leads from a character of that
text back to its piece.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Code, Line, RuledTable, Seal, Sighting, Tier

SCORE_MIN: Final = 0.8
"""Below it a line with digits is not believed alone. A high score proves nothing: wrong lines
score 0.85 to 1.0 as well."""
CJK: Final = r"\u3400-\u9fff\uf900-\ufaff"
HAS_CJK: Final = re.compile(f"[{CJK}]")


def plain(text: str) -> str:
    """Full-width forms made narrow, white space made single spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def squeeze(text: str) -> str:
    """For comparing: narrow forms, lower case, no white space."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


@dataclass(frozen=True, slots=True)
class Piece:
    """One recognised line: its plain text, as it was read, its place and its score."""

    text: str
    raw: str
    box: Box
    score: float


Row = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What is known of one picture. `upright`: labels written downwards, which belong to no row."""

    rows: tuple[Row, ...]
    upright: tuple[Piece, ...] = ()
    codes: tuple[Code, ...] = ()
    seals: tuple[Seal, ...] | None = None
    tables: tuple[RuledTable, ...] = ()
    tier: Tier = "clean"
    lines: tuple[Line, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """All rows, one a line, pieces joined by a blank."""
        return "\n".join(" ".join(piece.text for piece in row) for row in self.rows)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces in reading order, the upright ones last."""
        return tuple(piece for row in self.rows for piece in row) + self.upright

    @property
    def is_poor(self) -> bool:
        """Too soft, pale or small for digits to be believed without support."""
        return self.tier == "poor"


def page_of(sighting: Sighting) -> Page:
    """The page that a sighting describes."""
    flat: list[Piece] = []
    upright: list[Piece] = []
    for line in sighting.lines:
        piece = Piece(plain(line.text), line.text.strip(), line.box, line.score)
        if piece.text:
            (upright if _is_upright(line, sighting) else flat).append(piece)
    return Page(
        rows=_rows(flat),
        upright=tuple(upright),
        codes=sighting.codes,
        seals=sighting.seals,
        tables=sighting.tables,
        tier=sighting.quality.tier if sighting.quality else "clean",
        lines=sighting.lines,
    )


def _is_upright(line: Line, sighting: Sighting) -> bool:
    if len(line.text) < 2 or line.stops:
        return False
    width, height = line.box.width * sighting.width_px, line.box.height * sighting.height_px
    return height > 1.5 * width


def _rows(pieces: Sequence[Piece]) -> tuple[Row, ...]:
    """Rows of pieces whose middles agree with their nearest neighbour's."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda each: each.box.centre[1]):
        for row in reversed(rows[-6:]):
            if _beside(piece.box, row):
                row.append(piece)
                break
        else:
            rows.append([piece])
    return tuple(tuple(sorted(row, key=lambda each: each.box.x0)) for row in rows)


def _beside(box: Box, row: Sequence[Piece]) -> bool:
    nearest = min(row, key=lambda each: max(each.box.x0 - box.x1, box.x0 - each.box.x1)).box
    if overlap_x(nearest, box) > 0.3 * min(nearest.width, box.width):
        return False
    return abs(nearest.centre[1] - box.centre[1]) < 0.5 * min(nearest.height, box.height)


def overlap_x(one: Box, other: Box) -> float:
    """How much of the width both share; negative: the gap between them."""
    return min(one.x1, other.x1) - max(one.x0, other.x0)
