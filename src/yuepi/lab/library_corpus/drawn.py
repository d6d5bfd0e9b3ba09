"""Draws a paper as a PDF or a scan, and finds where its answers stand."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import cv2
import numpy as np
import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from yuepi.kit.boxes import Box
from yuepi.lab.library_corpus.paper import Block, Paper, dice_for
from yuepi.lab.samples.faces import embedded
from yuepi.lab.samples.ink import BLACK, GREY, MM, Sheet

_WIDTH: Final = 210 * MM
_HEIGHT: Final = 297 * MM
_LEFT: Final = 68.0
_RIGHT: Final = _WIDTH - 68.0
_BOTTOM: Final = _HEIGHT - 76.0
_ASCENT: Final = 0.88
_DESCENT: Final = 0.22
_SCAN_DPI: Final = 150
_JPEG: Final = 72
_FACES: Final = ("song", "hei")
_CLOSING: Final = "，。；：、）”！？%"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text of a block where it was drawn. page: from 1; x, y (baseline) in points."""

    page: int
    text: str
    x: float
    y: float
    width: float
    size: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands: the page from 1, and the box of each line in fractions of it."""

    page: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A paper as a file. media: `pdf` or `jpg`."""

    name: str
    data: bytes
    pages: int
    runs: dict[str, tuple[Run, ...]]

    def place(self, at: str, answer: str) -> Place | None:
        """Where an answer stands in a block; None where it does not."""
        runs = self.runs.get(at, ())
        for run in runs:
            if answer in run.text:
                return Place(run.page, (_box(run, run.text.index(answer), len(answer)),))
        for joint in ("", " "):
            found = joint.join(run.text for run in runs).find(answer)
            if found >= 0:
                return _across(runs, found, len(answer), len(joint))
        return None


def _across(runs: tuple[Run, ...], start: int, length: int, joint: int) -> Place:
    """The place of an answer that runs over several lines: those on its first page."""
    end, at = start + length, 0
    boxes: list[tuple[int, Box]] = []
    for run in runs:
        first, last = max(start, at), min(end, at + len(run.text))
        if first < last:
            boxes.append((run.page, _box(run, first - at, last - first)))
        at += len(run.text) + joint
    page = boxes[0][0]
    return Place(page, tuple(box for number, box in boxes if number == page))


def _box(run: Run, start: int, length: int) -> Box:
    """The box of some characters of a run; wide characters count twice."""
    widths = [2 if ord(char) > 0x2E7F else 1 for char in run.text]
    whole = max(1, sum(widths))
    x0 = run.x + run.width * sum(widths[:start]) / whole
    x1 = x0 + run.width * sum(widths[start : start + length]) / whole
    top, foot = run.y - run.size * _ASCENT, run.y + run.size * _DESCENT
    return Box(x0 / _WIDTH, top / _HEIGHT, x1 / _WIDTH, foot / _HEIGHT)


class _Pen:
    """Where the next line goes; pages are turned as they fill up."""

    def __init__(self, paper: Paper) -> None:
        dice = dice_for("look", paper.name)
        self.paper = paper
        self.sheet = Sheet(_WIDTH, _HEIGHT)
        self.face = dice.choice(_FACES)
        self.size = dice.choice((10.0, 10.5, 11.0))
        self.lead = dice.choice((1.5, 1.6, 1.7))
        self.numbered = dice.random() < 0.6
        self.page, self.y = 1, 84.0
        self.runs: dict[str, list[Run]] = {}

    def write(self, x: float, text: str, size: float, key: str, align: str = "left") -> None:
        self.sheet.text(x, self.y, text, size, self.face, BLACK, align)
        if key and text.strip():
            at = self.sheet.written[-1]
            run = Run(self.page, text, at.x, at.y, at.width, at.size)
            self.runs.setdefault(key, []).append(run)

    def room(self, height: float) -> None:
        if self.y + height > _BOTTOM:
            self.turn()

    def turn(self) -> None:
        self.foot()
        self.sheet.next_page()
        self.page += 1
        self.y = 80.0

    def foot(self) -> None:
        if self.numbered:
            text = f"第 {self.page} 页" if self.paper.zh else f"Page {self.page}"
            middle = _WIDTH / 2
            self.sheet.text(middle, _HEIGHT - 40, text, 8.5, self.face, GREY, "middle")

    def block(self, block: Block) -> None:
        if block.sort == "turn":
            self.turn()
        elif block.sort == "title":
            for line in self.wrapped(block.text, 17, _RIGHT - _LEFT):
                self.write(_WIDTH / 2, line, 17, block.key, "middle")
                self.y += 25
            self.y += 8
        elif block.sort == "heading":
            self.room(self.size * self.lead * 3)
            self.y += 4
            self.write(_LEFT, block.text, self.size + 1, block.key)
            self.y += (self.size + 1) * self.lead
        elif block.sort == "table":
            self.table(block)
        else:
            self.running(block)

    def running(self, block: Block) -> None:
        """A paragraph (its first line indented in Chinese) or a line of the head."""
        indent = 2 * self.size if block.sort == "text" and self.paper.zh else 0.0
        start = _LEFT + indent
        for line in self.wrapped(block.text, self.size, _RIGHT - _LEFT, indent):
            self.room(self.size * self.lead)
            self.write(start, line, self.size, block.key)
            self.y += self.size * self.lead
            start = _LEFT
        self.y += 4 if block.sort == "text" else 1

    def table(self, block: Block) -> None:
        widths = self.columns(block.rows)
        self.y += 2
        for row in block.rows:
            cells = [
                self.wrapped(cell, self.size - 1, width - 8) if cell else [""]
                for cell, width in zip(row, widths, strict=True)
            ]
            height = max(map(len, cells)) * (self.size + 3) + 6
            self.room(height)
            top, x = self.y - self.size, _LEFT
            for lines, width in zip(cells, widths, strict=True):
                self.sheet.frame(x, top, x + width, top + height, GREY, 0.5)
                for line in lines:
                    self.write(x + 4, line, self.size - 1, block.key)
                    self.y += self.size + 3
                self.y = top + self.size
                x += width
            self.y += height
        self.y += 10

    def columns(self, rows: tuple[tuple[str, ...], ...]) -> list[float]:
        """Widths of columns that fill the page, by the longest cell of each."""
        wide = partial(self.sheet.width_of, size=self.size - 1, face=self.face)
        wanted = [
            min(230.0, max(wide(cell) for cell in column) + 12)
            for column in zip(*rows, strict=True)
        ]
        return [width * (_RIGHT - _LEFT) / sum(wanted) for width in wanted]

    def wrapped(self, text: str, size: float, room: float, indent: float = 0.0) -> list[str]:
        words = " " in text and sum(ord(char) > 0x2E7F for char in text) * 4 < len(text)
        pieces, joint = (text.split(" "), " ") if words else (list(text), "")
        lines: list[str] = []
        line, used = "", indent
        gap = self.sheet.width_of(" ", size, self.face) if words else 0.0
        for piece in pieces:
            width = self.sheet.width_of(piece, size, self.face)
            if line and piece not in _CLOSING and used + gap + width > room:
                lines.append(line)
                line, used = piece, width
            else:
                used += width + (gap if line else 0.0)
                line = line + joint + piece if line else piece
        return [*lines, line]


def draw_paper(paper: Paper) -> Drawn:
    """The paper as a file: a PDF with a text layer, or a scan (every third a JPEG of its first
    page, where it has one)."""
    pen = _Pen(paper)
    for block in paper.blocks:
        pen.block(block)
    pen.foot()
    runs = {key: tuple(each) for key, each in pen.runs.items()}
    data = pen.sheet.pdf()
    if not paper.scan:
        return Drawn(f"{paper.name}.pdf", data, pen.page, runs)
    pictures = [_scanned(paper, data, at) for at in range(pen.page)]
    if len(pictures) == 1 and dice_for("media", paper.name).random() < 0.5:
        return Drawn(f"{paper.name}.jpg", pictures[0], 1, runs)
    return Drawn(f"{paper.name}.pdf", _bound(pictures), pen.page, runs)


def _scanned(paper: Paper, pdf: bytes, at: int) -> bytes:
    """A page as a flat-bed scanner gives it: grey, a little noise, JPEG."""
    document: Any = pypdfium2.PdfDocument(pdf)
    try:
        page = document[at].render(scale=_SCAN_DPI / 72, rev_byteorder=True).to_numpy()
    finally:
        document.close()
    grey = cv2.cvtColor(np.ascontiguousarray(page[..., :3]), cv2.COLOR_RGB2GRAY)
    seed = dice_for("noise", paper.name, at).randrange(2**32)
    noise = np.random.default_rng(seed).normal(-6, 5, grey.shape)
    noisy = np.clip(grey + noise, 0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, _JPEG])[1])


def _bound(pictures: list[bytes]) -> bytes:
    """Page pictures as one PDF without a text layer."""
    data = io.BytesIO()
    canvas: Any = Canvas(data, pagesize=(_WIDTH, _HEIGHT), invariant=1)
    for picture in pictures:
        canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, _WIDTH, _HEIGHT)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def warm(papers: Iterable[Paper]) -> None:
    """Have the faces ready for everything that is drawn: each new character costs seconds."""
    text = "".join(sorted({char for paper in papers for char in paper.written()}))
    for face in _FACES:
        embedded(face, text.replace("\n", "") + "第页Page 0123456789")
