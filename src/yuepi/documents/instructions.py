"""Text that gives orders to whoever reads it by machine: found, named, and never obeyed. Pure.

No text of a paper has any say in what becomes of it: values come from evidence, rules decide. But
who writes "ignore previous instructions" onto an invoice means no good, and a model that reads
the page may believe it. So what is found here can only lower automation: a person decides
(`approvals.decision.floor`). Looked at is what the page shows, and, for this alone, what comes with
it unseen: hidden text, codes, notes and descriptions inside the file, its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from yuepi.documents.disguised import (
    CHARACTERS_MAX,
    Bared,
    backwards,
    dense,
    spoken,
    unfigured,
    unmasked,
    unpacked,
)
from yuepi.documents.instruction_words import DENSE, SPOKEN, UNFIGURED
from yuepi.documents.reading import Finding

CODE: Final = "instruction_text"
Where = Literal["print", "hidden", "code", "annotation", "metadata", "data", "file_name"]
"""On the page itself; in its text without being seen; in a QR or bar code; in a note or form field
of the file; in its description (EXIF, XMP, PDF information); in its data (XML); its name."""
PLACES: Final[dict[Where, tuple[str, str]]] = {
    "print": ("页面文字", "the text of the page"),
    "hidden": ("看不见的文字", "text that cannot be seen"),
    "code": ("二维码或条码", "a QR or bar code"),
    "annotation": ("批注或表单", "a note or form field"),
    "metadata": ("文件属性", "the file's description"),
    "data": ("文件数据", "the file's data"),
    "file_name": ("文件名", "the file's name"),
}
FOUND_MAX: Final = 5
QUOTE_CHARACTERS_MAX: Final = 60
PASSAGES_MAX: Final = 200
_DEPTH_MAX: Final = 2
"""Base64 inside base64, no deeper."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines that belong together, in reading order, and where they stand."""

    where: Where
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """An order that was found. quote: as it stands there, what cannot be seen written out."""

    where: Where
    quote: str


@dataclass(frozen=True, slots=True)
class Aside:
    """Text that comes with a file beside what its pages show, for screening only: it is no
    evidence, and no model is shown it. page: None for the file as a whole."""

    where: Where
    text: str
    page: int | None = None


def find_instructions(passages: Iterable[Passage]) -> tuple[Instruction, ...]:
    """The orders in some passages, each once, `FOUND_MAX` at most."""
    found: dict[Instruction, None] = {}
    seen: set[str] = set()
    left = CHARACTERS_MAX * 4
    for count, passage in enumerate(passages):
        if count >= PASSAGES_MAX or left <= 0 or len(found) >= FOUND_MAX:
            break
        left -= sum(map(len, passage.lines))
        # The lines of a page and its rows are mostly one and the same text.
        if (text := dense(passage.lines).text) in seen:
            continue
        seen.add(text)
        for quote in _quotes(passage.lines, _DEPTH_MAX):
            found.setdefault(Instruction(passage.where, quote))
    return tuple(found)[:FOUND_MAX]


def instruction_findings(page: int, passages: Iterable[Passage]) -> tuple[Finding, ...]:
    """One finding that names the places and quotes the words; none where there is nothing."""
    found = find_instructions(passages)
    if not found:
        return ()
    zh = "；".join(f"{PLACES[each.where][0]}“{each.quote}”" for each in found)
    en = "; ".join(f"{PLACES[each.where][1]}: “{each.quote}”" for each in found)
    return (
        Finding(
            code=CODE,
            severity="warning",
            message=f"Page {page} gives orders to whoever reads it by machine ({en})",
            message_zh=f"第 {page} 页含有对识别程序下指令的文字（{zh}）",
        ),
    )


def _quotes(lines: Sequence[str], depth: int) -> Iterator[str]:
    for bared, patterns in _views(lines):
        for pattern in patterns:
            match = pattern.search(bared.text)
            if match is not None:
                yield _quoted(lines, bared, match)
                break
    if depth:
        for inner in unpacked(lines):
            yield from _quotes(inner.splitlines(), depth - 1)


def _views(lines: Sequence[str]) -> Iterator[tuple[Bared, tuple[re.Pattern[str], ...]]]:
    plain, latin = dense(lines), unmasked(lines)
    yield plain, DENSE
    if latin.text != plain.text:
        yield latin, DENSE
    yield backwards(latin), DENSE
    yield unfigured(lines), UNFIGURED
    yield spoken(lines), SPOKEN


def _quoted(lines: Sequence[str], bared: Bared, match: re.Match[str]) -> str:
    """The words as they stood, over line breaks, with what cannot be seen written as a code."""
    places = bared.places[match.start() : max(match.end(), match.start() + 1)]
    first, last = min(places), max(places)
    parts = []
    for number in range(first[0], last[0] + 1):
        start = first[1] if number == first[0] else 0
        end = last[1] + 1 if number == last[0] else len(lines[number])
        parts.append(lines[number][start:end].strip())
    return shown(" ".join(parts))


def shown(text: str) -> str:
    """A quote that can do nothing where it is shown: shortened, unseen characters as codes."""
    short = text if len(text) <= QUOTE_CHARACTERS_MAX else f"{text[: QUOTE_CHARACTERS_MAX - 1]}…"
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in short)
