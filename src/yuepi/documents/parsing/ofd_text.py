"""The text of an OFD page (GB/T 33190) as lines with boxes, in millimetres and then fractions.

OFD states for each text object a box (`Boundary`), a matrix (`CTM`), a size, and for each text
code a start and the steps between characters (`DeltaX`, `DeltaY`, with `g count value` for
repeats). Glyph widths stand in fonts that may be absent: half a size for narrow characters, a
whole one for wide.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from yuepi.documents.parsing.invoice_xml import local

DEPTH_MAX = 32
CHARACTERS_MAX = 40_000
# A step much wider than the character starts a new run: codes are laid out in columns by steps.
STEP_SIZES_MAX = 2.2

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Letter:
    """A character with the left end of its baseline, its width and its size, in page units."""

    text: str
    x: float
    y: float
    width: float
    size: float


@dataclass(slots=True)
class PageText:
    """What one page (or template) says: lines, and the text of each object by its id; unseen: the
    texts of objects that are not to be shown."""

    lines: list[list[Letter]]
    objects: dict[str, str]
    images: list[str]
    unseen: list[str]


def read_page(root: Element, units: Mapping[str, Element]) -> PageText:
    """All text of a page's content, composites followed (`units` by id, bounded in depth)."""
    page = PageText([], {}, [], [])
    left = CHARACTERS_MAX
    for element, matrix in _objects(root, units):
        if local(element) == "ImageObject":
            page.images.append(element.get("ResourceID", ""))
            continue
        text, lines = _text_object(element, matrix)
        left -= len(text)
        if left < 0:
            break
        if element.get("Visible") == "false":
            page.unseen.append(text)
            continue
        page.lines += lines
        if identity := element.get("ID"):
            page.objects.setdefault(identity, text)
    return page


def as_line(letters: list[Letter], box: tuple[float, float, float, float]) -> dict[str, Any] | None:
    """`{"text", "box", "stops"}` in fractions of the page whose area in millimetres is `box`;
    None for blanks and for what lies off the page."""
    x0, y0, width, height = box
    text = "".join(c.text for c in letters)
    seen = [c for c in letters if not c.text.isspace()]
    if not seen or width <= 0 or height <= 0:
        return None
    # The baseline lies about 0.86 of the size below the top, as Chinese fonts have it.
    edges = (
        (min(c.x for c in seen) - x0) / width,
        (min(c.y - 0.86 * c.size for c in seen) - y0) / height,
        (max(c.x + c.width for c in seen) - x0) / width,
        (max(c.y + 0.14 * c.size for c in seen) - y0) / height,
    )
    if not (
        -0.01 <= (edges[0] + edges[2]) / 2 <= 1.01 and -0.01 <= (edges[1] + edges[3]) / 2 <= 1.01
    ):
        return None
    upright = all(abs(c.y - letters[0].y) < 0.5 * c.size for c in letters)
    lead, end = len(text) - len(text.lstrip()), len(text.rstrip())
    stops = [round((c.x - x0) / width, 5) for c in letters for _ in c.text] if upright else []
    return {
        "text": text[lead:end],
        "box": [round(min(1.0, max(0.0, v)), 5) for v in edges],
        "stops": stops[lead:end],
    }


def _objects(root: Element, units: Mapping[str, Element]) -> Iterator[tuple[Element, Matrix]]:
    """Text and image objects with the matrix of what holds them, in drawing order."""
    layers = [
        layer
        for content in root
        if local(content) == "Content"
        for layer in content
        if local(layer) == "Layer"
    ]
    stack: list[tuple[Element, Matrix, int]] = [(layer, IDENTITY, 0) for layer in reversed(layers)]
    steps = 0
    while stack and steps < CHARACTERS_MAX:
        steps += 1
        element, matrix, depth = stack.pop()
        name = local(element)
        if name in ("TextObject", "ImageObject"):
            if name == "TextObject" or element.get("Visible") != "false":
                yield element, matrix
        elif depth < DEPTH_MAX and name in ("Layer", "PageBlock", "Content"):
            stack.extend((child, matrix, depth + 1) for child in reversed(element))
        elif depth < DEPTH_MAX and name == "CompositeObject":
            unit = units.get(element.get("ResourceID", ""))
            inner = _composed(matrix, _own_matrix(element))
            contents = [c for c in unit if local(c) == "Content"] if unit is not None else []
            stack.extend((content, inner, depth + 1) for content in contents)


def _text_object(element: Element, outer: Matrix) -> tuple[str, list[list[Letter]]]:
    matrix = _composed(outer, _own_matrix(element))
    a, b, c, d, _, _ = matrix
    size = _number(element.get("Size"), 0.0)
    scale = _number(element.get("HScale"), 1.0)
    real_size = size * (math.sqrt(abs(a * d - b * c)) or 1.0)
    x = y = 0.0
    texts: list[str] = []
    lines: list[list[Letter]] = []
    for code in element:
        if local(code) != "TextCode":
            continue
        text = _clean(code.text or "")
        x, y = _number(code.get("X"), x), _number(code.get("Y"), y)
        texts.append(text)
        across = _steps(code.get("DeltaX"), len(text))
        down = _steps(code.get("DeltaY"), len(text))
        at_x, at_y = x, y
        line: list[Letter] = []
        for index, character in enumerate(text):
            wide = unicodedata.east_asian_width(character) in ("W", "F")
            advance = size * scale * (1.0 if wide else 0.5)
            right, low = _applied(matrix, at_x, at_y)
            if line and _starts_anew(line[-1], right, low):
                lines.append(line)
                line = []
            stretch = math.hypot(a, b) or 1.0
            line.append(Letter(character, right, low, advance * stretch, real_size))
            # Without steps characters follow by their own widths (GB/T 33190, 11.3).
            falls = index < len(down) and down[index] != 0.0
            at_x += across[index] if index < len(across) else (0.0 if falls else advance)
            at_y += down[index] if index < len(down) else 0.0
        if line:
            lines.append(line)
    return "".join(texts), lines


def _starts_anew(last: Letter, x: float, y: float) -> bool:
    """A step back, or far ahead, or to another line. One character right below is a label that
    reads downwards and stays together."""
    size = max(last.size, 0.1)
    if abs(y - last.y) > 0.5 * size:
        return abs(x - last.x) > 0.3 * size
    return x < last.x - 0.1 * size or x - last.x > STEP_SIZES_MAX * size


def _own_matrix(element: Element) -> Matrix:
    box = _numbers(element.get("Boundary"), 4) or (0.0, 0.0, 0.0, 0.0)
    a, b, c, d, e, f = _numbers(element.get("CTM"), 6) or IDENTITY
    return (a, b, c, d, e + box[0], f + box[1])


def _composed(outer: Matrix, inner: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    right, down = _applied(outer, e, f)
    return (
        outer[0] * a + outer[2] * b,
        outer[1] * a + outer[3] * b,
        outer[0] * c + outer[2] * d,
        outer[1] * c + outer[3] * d,
        right,
        down,
    )


def _applied(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _steps(value: str | None, limit: int) -> list[float]:
    """A list of steps with the shorthand `g count value` written out, at most `limit` long."""
    tokens = (value or "").split()[: 4 * limit + 4]
    steps: list[float] = []
    index = 0
    while index < len(tokens) and len(steps) < limit:
        if tokens[index] == "g" and index + 2 < len(tokens):
            count = int(min(max(_number(tokens[index + 1], 0.0), 0.0), limit - len(steps)))
            steps += [_number(tokens[index + 2], 0.0)] * count
            index += 3
            continue
        steps.append(_number(tokens[index], 0.0))
        index += 1
    return steps


def _number(value: str | None, default: float) -> float:
    try:
        number = float(value) if value is not None else default
    except ValueError:
        return default
    return number if math.isfinite(number) and abs(number) < 1e7 else default


def _numbers(value: str | None, count: int) -> tuple[float, ...] | None:
    parts = (value or "").replace(",", " ").split()
    if len(parts) < count:
        return None
    numbers = tuple(_number(part, math.nan) for part in parts[:count])
    return None if any(math.isnan(n) for n in numbers) else numbers


def area(value: str | None) -> tuple[float, float, float, float] | None:
    """A page area `x y width height` in millimetres, or None where it makes no page."""
    numbers = _numbers(value, 4)
    if numbers is None or numbers[2] <= 0 or numbers[3] <= 0:
        return None
    return (numbers[0], numbers[1], numbers[2], numbers[3])


def _clean(text: str) -> str:
    return "".join(" " if c in "\t\n\r" else c for c in text if c in "\t\n\r" or c.isprintable())
