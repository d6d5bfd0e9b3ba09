"""Values found by their labels: behind it in the line, right of it, or below it. Pure.

What counts as a value is the caller's (`accept`): a reading that does not look like one is passed
over, so that `Total savings 5.00` is no total.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

from yuepi.engines.ocr.page import CJK, HAS_CJK, Page, Piece, Row, overlap_x, plain
from yuepi.kit.boxes import Box

T = TypeVar("T")
Accept = Callable[[str], T | None]

VALUE_CHARACTERS_MAX: Final = 200
_BELOW_ROWS: Final = 2
_BELOW_HEIGHTS_MAX: Final = 3.0
_NEXT_LABEL: Final = re.compile(r"[\s;,]+(?=[^\s:\d][^\s:]{0,11}:(?:\s|\S))")
_EMPTY: Final = re.compile(
    r"^[\s:.)\]]*(?:\([^)]{0,12}\))?\s*(?:@?\s*\d{1,2}(?:\.\d+)?\s?%)?[\s:.)\]]*$"
)
"""Behind a label that stands alone: nothing, its currency, its rate: `Total (EUR)`, `VAT 10%`."""
_OTHER_LABEL: Final = re.compile(
    r"^(?:invoice|receipt|order|due|issue|date|tax|vat|total|bill|ship|customer|发票|开票|税)\w*"
    r"\s*(?:(?:no\b|number\b|date\b|id\b|to\b|#|号码|代码|日期)\W*$"
    r"|(?:no\b|number\b|date\b|id\b|#|号码|代码|日期)?\W*\s*[\w\-]*\d)",
    re.IGNORECASE,
)
"""What stands beside a label and begins another pair, with its value or without."""
_LABEL_LIKE: Final = re.compile(r"^[^\d:]{1,20}:")


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A value beside a label: the label as asked, the text read, the value made of it, its box."""

    label: str
    text: str
    value: T
    box: Box
    score: float
    label_box: Box


def find(page: Page, labels: Iterable[str], accept: Accept[T]) -> list[Hit[T]]:
    """All values beside any of the labels, top to bottom for each label in turn."""
    return [hit for label in labels if label for hit in _find_one(page, label, accept)]


def _find_one(page: Page, label: str, accept: Accept[T]) -> Iterator[Hit[T]]:
    pattern = label_pattern(label)
    for number, row in enumerate(page.rows):
        text = "\t".join(piece.text for piece in row)
        for match in pattern.finditer(text):
            first, _ = _place(row, match.start())
            last, inside = _place(row, match.end("name") - 1)
            rest = row[last].text[inside + 1 :]
            hit = _behind(row, last, rest, label, accept, row[first].box)
            whole = _EMPTY.match(rest) is not None and match.start() == _start(row, first)
            if hit is None and whole:
                hit = _beside_or_below(page, number, first, last, label, accept)
            if hit is not None:
                yield hit


@lru_cache(maxsize=512)
def label_pattern(label: str) -> re.Pattern[str]:
    """The label as a whole word; blanks may stand between its characters, as on forms."""
    text = plain(label)
    if HAS_CJK.search(text):
        name = r"\s*".join(re.escape(sign) for sign in text if not sign.isspace())
        return re.compile(rf"(?<![{CJK}])(?P<name>{name})(?![{CJK}])", re.IGNORECASE)
    name = r"\s*".join(re.escape(word) for word in text.split(" "))
    end = "" if name.endswith((".", "#")) else r"(?![A-Za-z0-9])"
    # Sub total is no total, tax total is tax.
    before = r"(?<![A-Za-z0-9])(?<!sub[ -])(?<!tax )(?<!due )"
    return re.compile(rf"{before}(?P<name>{name}){end}", re.IGNORECASE)


def _start(row: Row, index: int) -> int:
    return sum(len(piece.text) + 1 for piece in row[:index])


def _place(row: Row, at: int) -> tuple[int, int]:
    """The piece and the place in it of a character of the row's joined text."""
    for index, piece in enumerate(row):
        if at <= len(piece.text):
            return index, at
        at -= len(piece.text) + 1
    return len(row) - 1, len(row[-1].text)


def _behind(
    row: Row, index: int, rest: str, label: str, accept: Accept[T], label_box: Box
) -> Hit[T] | None:
    """The value in the label's own line."""
    found = re.match(r"^\s*[)\]】]?\s*(?:\([^)]{0,12}\)\s*)?(?P<mark>[:.])?\s*(?P<value>.+)$", rest)
    if not found:
        return None
    value = found["value"].strip(" :")
    cut = _NEXT_LABEL.split(value, maxsplit=1)[0].strip(" ,;")
    for text in dict.fromkeys((value, cut)):
        # A text needs the colon to be a value: what follows a word is often just its sentence.
        made = _accepted(accept, text, sure=bool(found["mark"]))
        if made is not None:
            return Hit(label, text, made, row[index].box, row[index].score, label_box)
    return None


def _beside_or_below(
    page: Page, number: int, first: int, last: int, label: str, accept: Accept[T]
) -> Hit[T] | None:
    row = page.rows[number]
    head = row[first].box
    if last + 1 < len(row):
        right = row[last + 1]
        made = _accepted(accept, right.text, sure=True)
        if made is not None:
            return Hit(label, right.text, made, right.box, right.score, head)
    for below in page.rows[number + 1 : number + 1 + _BELOW_ROWS]:
        for piece in below:
            if overlap_x(piece.box, head) <= 0 or not _near(piece, head):
                continue
            made = _accepted(accept, piece.text, sure=True)
            return (
                None if made is None else Hit(label, piece.text, made, piece.box, piece.score, head)
            )
    return None


def _near(piece: Piece, head: Box) -> bool:
    return piece.box.y0 - head.y1 < _BELOW_HEIGHTS_MAX * head.height


def _accepted(accept: Accept[T], text: str, *, sure: bool) -> T | None:
    if not text or len(text) > VALUE_CHARACTERS_MAX:
        return None
    made = accept(text)
    if isinstance(made, str):
        is_other = _LABEL_LIKE.match(text) or (not _is_code(text) and _OTHER_LABEL.match(text))
        if is_other or not (sure or _is_code(text)):
            return None
    return made


def _is_code(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9\-/]*\d[A-Za-z0-9\-/]*", text.replace(" ", "")) is not None
