"""The pairs of a form: what it asks, and what was filled in.

A value stands behind its key, right of it, on the line right of it, or below it, and goes on
below itself as long as nothing else is asked. Ruled forms keep keys and values in cells of their
own (`pair_cells`). A key with nothing there has the value "".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.documents.contents import Pair
from yuepi.documents.layout.pair_cells import CellPair, cell_pairs
from yuepi.documents.layout.pair_keys import Piece, bare_key, may_be_key, pieces
from yuepi.documents.layout.ticks import options_ticked
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Line, Rule

PAIRS_MAX: Final = 300
"""A form of more is read up to there."""
_VALUE_CHARACTERS_MAX: Final = 2000
_GOES_ON: Final = 0.9
"""Line heights of white that may lie within one value."""
_BELOW: Final = 1.8
"""Line heights of white between a key and its value below."""
_LEADERS: Final = re.compile(r"[_＿]+|\.{3,}|…+")
"""Lines and dots that values are written on."""
_ASIDE: Final = re.compile(r"^[（(【\[].*")


@dataclass(frozen=True, slots=True)
class _Page:
    """The pieces of a page by rows, and its measures."""

    rows: tuple[tuple[Piece, ...], ...]
    em_x: float
    em_y: float
    rules: tuple[Rule, ...]


def read_pairs(view: View) -> tuple[Pair, ...]:
    """All pairs on a page from top to bottom, at most 300."""
    from_cells = cell_pairs(view)
    used = {id(line) for pair in from_cells for line in (*pair.key_lines, *pair.value_lines)}
    rest = view.only(line for line in view.lines if id(line) not in used)
    found = [_of_cells(view, pair) for pair in from_cells]
    found += _loose_pairs(rest)
    found.sort(
        key=lambda pair: (round(pair.key_box.y0 / (0.6 * view.line_height)), pair.key_box.x0)
    )
    return tuple(found[:PAIRS_MAX])


def _of_cells(view: View, pair: CellPair) -> Pair:
    return _pair(
        view,
        " ".join(line.text for line in pair.key_lines)
        if _spaced(pair.key_lines)
        else "".join(line.text for line in pair.key_lines),
        around(line.box for line in pair.key_lines),
        [(line.text, line.box, line) for line in pair.value_lines],
    )


def _spaced(lines: Sequence[Line]) -> bool:
    return not any("\u4e00" <= sign <= "\u9fff" for line in lines for sign in line.text)


def _pair(view: View, key: str, key_box: Box, parts: Sequence[tuple[str, Box, Line]]) -> Pair:
    text = " ".join(_LEADERS.sub(" ", part).strip() for part, _, _ in parts).strip()
    ticked = options_ticked(text)
    by_hand = [line.by_hand for _, _, line in parts]
    known = [each for each in by_hand if each is not None]
    return Pair(
        key=bare_key(key),
        value=(text if ticked is None else ticked)[:_VALUE_CHARACTERS_MAX].strip(" _＿"),
        page=view.page,
        key_box=key_box,
        value_box=around(box for _, box, _ in parts) if parts else None,
        handwritten=any(known) if known else None,
    )


def _loose_pairs(view: View) -> list[Pair]:
    """Pairs that no ruled cells hold together."""
    page = _page_of(view)
    taken: set[int] = set()
    found: list[Pair] = []
    waiting: list[tuple[int, Piece]] = []
    for number, row in enumerate(page.rows):
        for index, piece in enumerate(row):
            if id(piece) in taken:
                continue
            if piece.is_key:
                parts = _right_of(page, number, index)
                if parts:
                    parts += _goes_on(page, number, parts, taken)
                    taken.update(id(part) for part in parts)
                    key = _with_line_above(page, number, piece, taken)
                    found.append(_made(view, key, parts))
                else:
                    waiting.append((number, piece))
            elif (line := _rule_behind(page, piece)) is not None:
                parts = [part for part in row[index + 1 :] if _stands_on(page, part, line)]
                taken.update(id(part) for part in (piece, *parts))
                found.append(_made(view, piece, parts))
    for number, piece in waiting:
        parts = _below(page, number, piece, taken)
        taken.update(id(part) for part in parts)
        found.append(_made(view, _with_line_above(page, number, piece, taken), parts))
    return found


def _made(view: View, key: Piece, parts: Iterable[Piece]) -> Pair:
    return _pair(view, key.text, key.box, [(part.text, part.box, part.line) for part in parts])


def _page_of(view: View) -> _Page:
    em_y = view.line_height
    flat = [piece for piece in pieces(view) if piece.box.height < 2.2 * em_y or piece.is_key]
    rows: list[list[Piece]] = []
    for piece in sorted(flat, key=lambda each: each.box.centre[1]):
        for row in reversed(rows[-4:]):
            if abs(row[0].box.centre[1] - piece.box.centre[1]) < 0.55 * em_y:
                row.append(piece)
                break
        else:
            rows.append([piece])
    ordered = tuple(tuple(sorted(row, key=lambda each: each.box.x0)) for row in rows)
    return _Page(ordered, em_y / view.aspect, em_y, view.rules)


def _right_of(page: _Page, number: int, index: int) -> list[Piece]:
    """What stands right of a key up to the next key. A piece with a rule upright between is none
    of its."""
    row = page.rows[number]
    parts: list[Piece] = []
    for piece in row[index + 1 :]:
        last = parts[-1] if parts else row[index]
        if piece.is_key or _walled(page, last.box, piece.box):
            break
        if _rule_behind(page, piece) is not None:
            break
        if parts and piece.box.x0 - last.box.x1 > 5 * page.em_x:
            break
        parts.append(piece)
    return parts


def _walled(page: _Page, left: Box, right: Box) -> bool:
    y = (left.centre[1] + right.centre[1]) / 2
    return any(
        rule.upright
        and rule.box.y0 < y < rule.box.y1
        and left.x1 - 0.2 * page.em_x < rule.box.centre[0] < right.x0 + 0.2 * page.em_x
        for rule in page.rules
    )


def _goes_on(page: _Page, number: int, parts: Sequence[Piece], taken: set[int]) -> list[Piece]:
    """The further lines of a value: below it, flush with it, with no key left of them."""
    left = parts[0].box.x0
    low = max(part.box.y1 for part in parts)
    more: list[Piece] = []
    for row in page.rows[number + 1 :]:
        under = [
            piece
            for piece in row
            if abs(piece.box.x0 - left) < 1.2 * page.em_x and not piece.is_key
        ]
        if not under or id(under[0]) in taken or under[0].box.y0 - low > _GOES_ON * page.em_y:
            break
        if any(piece.box.x0 < under[0].box.x0 - page.em_x for piece in row):
            break
        if _crossed(page, low, under[0].box):
            break
        more.append(under[0])
        low = under[0].box.y1
    return more


def _crossed(page: _Page, low: float, below: Box) -> bool:
    """Whether a long rule lies between a line and the next: what is below is another entry."""
    return any(
        not rule.upright
        and low - 0.3 * page.em_y < rule.box.centre[1] < below.centre[1] - 0.2 * page.em_y
        and rule.box.x0 < below.centre[0] < rule.box.x1
        for rule in page.rules
    )


def _below(page: _Page, number: int, key: Piece, taken: set[int]) -> list[Piece]:
    """A value under its key: the next row there, and the lines that go on under it."""
    parts: list[Piece] = []
    low = key.box.y1
    for row in page.rows[number + 1 :]:
        under = [
            piece
            for piece in row
            if piece.box.x1 > key.box.x0
            and piece.box.x0 < max(key.box.x1, key.box.x0 + 6 * page.em_x)
        ]
        if any(piece.is_key for piece in row if piece.box.x0 <= key.box.x1):
            break
        if not under:
            continue
        first = under[0]
        room = (_BELOW if not parts else _GOES_ON) * page.em_y
        if first.box.y0 - low > room or id(first) in taken or first.is_key:
            break
        if first.box.x0 < key.box.x0 - page.em_x or (not parts and _ASIDE.match(first.text)):
            break
        if _crossed(page, low, first.box):
            break
        parts.append(first)
        low = first.box.y1
    return parts


def _with_line_above(page: _Page, number: int, key: Piece, taken: set[int]) -> Piece:
    """A key whose first line stands above it, flush and close, without a colon of its own."""
    if number == 0:
        return key
    above = [
        piece
        for piece in page.rows[number - 1]
        if not piece.is_key
        and id(piece) not in taken
        and abs(piece.box.x0 - key.box.x0) < 0.6 * page.em_x
        and key.box.y0 - piece.box.y1 < 0.25 * page.em_y
        and may_be_key(piece.text)
    ]
    if not above or len(page.rows[number - 1]) > 1:
        return key
    first = above[0]
    taken.add(id(first))
    whole = f"{first.text} {key.text}"
    return Piece(whole, around((first.box, key.box)), True, key.line)


def _rule_behind(page: _Page, piece: Piece) -> Box | None:
    """The drawn line right behind a short text that is on none: there its value is written."""
    if piece.is_key or not may_be_key(piece.text) or _underline(page, piece.box) is not None:
        return None
    for rule in page.rules:
        line = rule.box
        if rule.upright or not 2 * page.em_x < line.width < 0.6:
            continue
        behind = -page.em_x < line.x0 - piece.box.x1 < 3 * page.em_x
        if behind and abs(line.centre[1] - piece.box.y1) < 0.45 * page.em_y:
            return line
    return None


def _stands_on(page: _Page, piece: Piece, line: Box) -> bool:
    return line.x0 - page.em_x < piece.box.centre[0] < line.x1 and not piece.is_key


def _underline(page: _Page, box: Box) -> Box | None:
    for rule in page.rules:
        line = rule.box
        if rule.upright or line.width > 0.6:
            continue
        if abs(line.centre[1] - box.y1) < 0.45 * page.em_y and line.x0 < box.centre[0] < line.x1:
            return line
    return None
