"""Narrow tickets: a printed column of labels on the left and typed values on the right.

The values are typed over a pre-printed form and often sit a whole row above or below their
labels. They keep the form's spacing, though, so values whose type alone tells what they are (a
date, a distance) show the shift, and every other value is looked for at its label plus that shift.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

_ANCHORS_MIN: Final = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A value in its place: squeezed text, its box, and whether it stands beside its own label."""

    text: str
    box: Box
    beside: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    box: Box

    @property
    def y(self) -> float:
        return self.box.centre[1]


@dataclass(frozen=True)
class Column:
    """Labels and typed values of one ticket.

    labels: name → its piece; values: everything else, top to bottom; shift: how far below its
    label a value stands, as a fraction of the page; None where nothing tells.
    """

    labels: Mapping[str, _Piece]
    values: tuple[_Piece, ...]
    pitch: float
    shift: float | None

    def slot(self, name: str) -> Slot | None:
        """The value at the place of a label, whatever its type; None where none stands there."""
        label = self.labels.get(name)
        if label is None or self.shift is None:
            return None
        return self._at(label.y + self.shift, label)

    def below(self, text_type: re.Pattern[str], steps: int) -> Slot | None:
        """The value `steps` rows under the only value of a type: for a label that is unreadable."""
        found = [piece for piece in self.values if text_type.fullmatch(piece.text)]
        if len(found) != 1:
            return None
        return self._at(found[0].y + steps * self.pitch, None)

    def only(self, text_type: re.Pattern[str]) -> Slot | None:
        """The value of a type that only one value has."""
        found = [piece for piece in self.values if text_type.fullmatch(piece.text)]
        return Slot(found[0].text, found[0].box, beside=False) if len(found) == 1 else None

    def _at(self, y: float, label: _Piece | None) -> Slot | None:
        near = [piece for piece in self.values if abs(piece.y - y) < 0.45 * self.pitch]
        if label is not None:
            near = [piece for piece in near if piece.box.x1 > label.box.x1]
        if len(near) != 1:
            # Nothing, or a stamp's letters beside the value: nobody can tell which is meant.
            return None
        beside = self.shift is not None and abs(self.shift) < 0.5 * self.pitch
        return Slot(near[0].text, near[0].box, beside)


def read_column(
    view: View, labels: Mapping[str, str], types: Mapping[str, re.Pattern[str]]
) -> Column:
    """Take a ticket apart.

    labels: name → pattern of a label at the start of a line. types: name → what only a value of
    that name looks like; these show how far the typing is shifted.
    """
    found: dict[str, _Piece] = {}
    values: list[_Piece] = []
    for line in view.lines:
        name, label, rest = _split_label(line, labels)
        if name and label and name not in found:
            found[name] = label
        if rest is not None:
            values.append(rest)
    if found:
        top = min(piece.box.y0 for piece in found.values()) - 2 * view.line_height
        values = [piece for piece in values if piece.y > top]
    values.sort(key=lambda piece: piece.y)
    pitch = _pitch([piece.y for piece in found.values()], view.line_height)
    return Column(found, tuple(values), pitch, _shift(found, values, types, pitch))


def _split_label(
    line: Line, labels: Mapping[str, str]
) -> tuple[str | None, _Piece | None, _Piece | None]:
    """A line as (name, label, value); label or value is None where the line has only the other."""
    text, box = narrow(line.text), line.box
    for name, pattern in labels.items():
        match = re.match(rf"\W?(?:{pattern})\s*[:：;]?\s*", text)
        if match is None:
            continue
        rest = text[match.end() :]
        if not rest.strip():
            return name, _Piece(name, box), None
        known = len(line.stops) == len(text)
        x = line.stops[match.end()] if known else box.x0 + match.end() / len(text) * box.width
        border = min(x, box.x1)
        label = _Piece(name, Box(box.x0, box.y0, border, box.y1))
        value = _Piece(re.sub(r"\s", "", rest), Box(border, box.y0, box.x1, box.y1))
        return name, label, value
    return None, None, _Piece(re.sub(r"\s", "", text), box)


def _pitch(ys: list[float], line_height: float) -> float:
    """The usual distance of rows; labels that were missed leave double gaps, hence the median."""
    ordered = sorted(ys)
    steps = [low - high for high, low in pairwise(ordered)]
    steps = [step for step in steps if step > 0.6 * line_height]
    return median(steps) if steps else 1.2 * line_height


def _shift(
    labels: Mapping[str, _Piece],
    values: list[_Piece],
    types: Mapping[str, re.Pattern[str]],
    pitch: float,
) -> float | None:
    """The shift that most typed values agree on, where at least two do."""
    shifts = []
    for name, pattern in types.items():
        own = [piece for piece in values if pattern.fullmatch(piece.text)]
        if name in labels and len(own) == 1:
            shifts.append(own[0].y - labels[name].y)
    if len(shifts) < _ANCHORS_MIN:
        return None
    middle = median(shifts)
    agreeing = [shift for shift in shifts if abs(shift - middle) < 0.5 * pitch]
    if len(agreeing) < max(_ANCHORS_MIN, len(shifts) - 1) or abs(middle) > 2.6 * pitch:
        return None
    return median(agreeing)
