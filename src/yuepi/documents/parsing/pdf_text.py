"""The text layer of a PDF page as runs with boxes, the way a reader's eye groups them.

PDF knows only glyphs at places. They are put together here: along one baseline in one direction
into runs, split where the gap is wider than a character (columns of a table stay apart), printed
twice to look bold counted once. Coordinates are points on the upright page, origin top left.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from yuepi.documents.parsing.downward import with_downward_labels
from yuepi.documents.parsing.pdf_covers import Covers, find_covers

CHARACTERS_MAX = 40_000
# Within one text object words may stand far apart; between two objects it is another column.
GAP_EMS_MAX = 0.8
GAP_BETWEEN_OBJECTS_EMS_MAX = 0.55
BACK_EMS_MAX = 0.35
BASELINE_EMS = 0.25
NEAR_RUNS = 40
# One of these under the ring of a seal, beside letters in plain view, hides no meaning.
PUNCTUATION = ":：()（）、。"


@dataclass(slots=True)
class Glyph:
    """One character in its own reading frame: `u` along the line, `base` across, in points.

    owner: the text object it belongs to; spaced: whether a blank stood before it; inked: whether
    it must show on the drawn page (its font is in the file, or its colour is that of paper).
    """

    text: str
    u0: float
    u1: float
    base: float
    em: float
    box: tuple[float, float, float, float]
    owner: int = 0
    spaced: bool = False
    inked: bool = True


@dataclass(slots=True)
class Run:
    """Characters of one line in reading order. `turn`: quarter turns clockwise of the text."""

    turn: int
    glyphs: list[Glyph] = field(default_factory=list)

    @property
    def box(self) -> tuple[float, float, float, float]:
        boxes = [g.box for g in self.glyphs]
        return (
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        )


@dataclass(slots=True)
class TextLayer:
    """Lines as `{"text", "box", "stops", "inked"}` in fractions of the upright page, and what was
    odd: characters without a meaning, hidden ones, whether there was too much to read, the part of
    the page that lies under images, and the characters that nobody sees (`unseen`)."""

    lines: list[dict[str, Any]]
    unmapped: int = 0
    hidden: int = 0
    cut: bool = False
    image_share: float = 0.0
    unseen: list[str] = field(default_factory=list)


def read_text(page: pdfium.PdfPage) -> TextLayer:
    """The visible text of a page, which cannot be drawn whole any more afterwards (`find_covers`).

    Raises PdfiumError where the page has no readable text layer.
    """
    width, height = page.get_size()
    layer = TextLayer([])
    text_page = page.get_textpage()
    try:
        covers = find_covers(page)
        layer.image_share = covers.image_share
        runs = _runs(page, text_page, covers, layer)
    finally:
        text_page.close()
    lines = [line for run in _joined(runs) if (line := _line(run, width, height))]
    layer.lines = with_downward_labels(lines, width, height)
    return layer


def _runs(
    page: pdfium.PdfPage,
    text_page: pdfium.PdfTextPage,
    covers: Covers,
    layer: TextLayer,
) -> list[Run]:
    """Glyphs in the order of the content stream, cut into runs that read on without a jump."""
    width, height = covers.width, covers.height
    place = _to_upright(page, width, height)
    runs: list[Run] = []
    count = text_page.count_chars()
    layer.cut = count > CHARACTERS_MAX
    rect, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    object_address, visible, inked, turn, high, spaced = -1, True, True, 0, "", False
    covered = True
    for index in range(min(count, CHARACTERS_MAX)):
        code = raw.FPDFText_GetUnicode(text_page, index)
        if code <= 32 or code in (0xA0, 0xFFFE) or raw.FPDFText_IsGenerated(text_page, index) == 1:
            layer.unmapped += code == 0
            layer.unseen.append(" ")
            spaced = True
            continue
        if 0xD800 <= code < 0xDC00:
            high = chr(code)
            continue
        text, high = _character(high, code), ""
        owner = raw.FPDFText_GetTextObject(text_page, index)
        address = ctypes.addressof(owner.contents) if owner else 0
        if address != object_address or address == 0:
            object_address = address
            visible, inked = _appearance(owner)
            turn = _turn(place, raw.FPDFText_GetCharAngle(text_page, index))
        if not visible:
            layer.hidden += 1
            layer.unseen.append(text)
            continue
        layer.unmapped += raw.FPDFText_HasUnicodeMapError(text_page, index) == 1
        if not raw.FPDFText_GetLooseCharBox(text_page, index, rect):
            continue
        raw.FPDFText_GetCharOrigin(text_page, index, x, y)
        glyph = _glyph(text, turn, _upright_box(place, rect), place.point(x.value, y.value))
        if glyph is None or not _on_page(glyph, width, height):
            layer.unseen.append(text)
            continue
        covered = covers.hide(address, glyph.box) and (covered or text not in PUNCTUATION)
        if covered:
            layer.hidden += 1
            layer.unseen.append(text)
            continue
        glyph.owner, glyph.inked = address, inked
        glyph.spaced, spaced = spaced, False
        _append(runs, turn, glyph)
    return runs


def _append(runs: list[Run], turn: int, glyph: Glyph) -> None:
    """Put a glyph behind the last run, or begin a run. The letters of a ligature share one box:
    it is divided among them."""
    last = runs[-1].glyphs[-1] if runs else None
    if last is None or runs[-1].turn != turn:
        runs.append(Run(turn, [glyph]))
    elif last.owner == glyph.owner and last.box == glyph.box:
        shared = [g for g in runs[-1].glyphs[-3:] if g.box == last.box] + [glyph]
        runs[-1].glyphs.append(glyph)
        start, step = glyph.u0, (glyph.u1 - glyph.u0) / len(shared)
        for place, letter in enumerate(shared):
            letter.u0, letter.u1 = start + place * step, start + (place + 1) * step
    elif _reads_on(last, glyph):
        runs[-1].glyphs.append(glyph)
    else:
        runs.append(Run(turn, [glyph]))


def _character(high: str, code: int) -> str:
    """One character; two halves of a surrogate pair are put together."""
    if 0xDC00 <= code < 0xE000:
        if not high:
            return "�"
        return (high + chr(code)).encode("utf-16", "surrogatepass").decode("utf-16")
    return chr(code)


def _appearance(owner: Any) -> tuple[bool, bool]:
    """Whether a text object can be seen, and whether it must leave ink on the drawn page.

    Rendering mode 3 (the OCR layer of a scan) and clear fillings cannot be seen. A font that is
    not in the file may be missing on this machine: the page then stays blank where other people
    see text, so a blank proves nothing, unless the text is as white as paper.
    """
    if not owner:
        return True, True
    if raw.FPDFTextObj_GetTextRenderMode(owner) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
        return False, True
    channels = [ctypes.c_uint() for _ in range(4)]
    white = False
    if raw.FPDFPageObj_GetFillColor(owner, *channels):
        red, green, blue, alpha = (channel.value for channel in channels)
        if alpha <= 8:
            return False, True
        white = min(red, green, blue) >= 230
    font = raw.FPDFTextObj_GetFont(owner)
    return True, white or (bool(font) and raw.FPDFFont_GetIsEmbedded(font) == 1)


@dataclass(frozen=True, slots=True)
class _Place:
    """The affine map from page space (origin bottom left, unturned) to the upright page."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def _to_upright(page: pdfium.PdfPage, width: float, height: float) -> _Place:
    """Ask pdfium where three points of the page lie, on a big grid, so that crop box and turning
    are taken as it takes them."""
    grid, span = 1_000_000, 1000.0

    def seen(x: float, y: float) -> tuple[float, float]:
        right, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, grid, grid, 0, x, y, right, down)
        return right.value * width / grid, down.value * height / grid

    e, f = seen(0.0, 0.0)
    ax, ay = seen(span, 0.0)
    cx, cy = seen(0.0, span)
    return _Place((ax - e) / span, (ay - f) / span, (cx - e) / span, (cy - f) / span, e, f)


def _turn(place: _Place, angle: float) -> int:
    """Quarter turns clockwise of text whose angle pdfium gives (radians, clockwise on
    the unturned page)."""
    if angle < 0 or not math.isfinite(angle):
        angle = 0.0
    right, up = math.cos(angle), -math.sin(angle)
    x = place.a * right + place.c * up
    y = place.b * right + place.d * up
    return round(math.atan2(y, x) / (math.pi / 2)) % 4


def _upright_box(place: _Place, rect: Any) -> tuple[float, float, float, float]:
    x0, y0 = place.point(rect.left, rect.bottom)
    x1, y1 = place.point(rect.right, rect.top)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _glyph(
    text: str,
    turn: int,
    box: tuple[float, float, float, float],
    origin: tuple[float, float],
) -> Glyph | None:
    """A glyph in the frame of its own line; None for one without size."""
    x0, y0, x1, y1 = box
    if not all(math.isfinite(v) for v in (*box, *origin)):
        return None
    u0, u1, base, em = {
        0: (x0, x1, origin[1], y1 - y0),
        1: (y0, y1, -origin[0], x1 - x0),
        2: (-x1, -x0, -origin[1], y1 - y0),
        3: (-y1, -y0, origin[0], x1 - x0),
    }[turn]
    if em < 0.5 or u1 - u0 <= 0:
        return None
    return Glyph(text, u0, u1, base, em, box)


def _on_page(glyph: Glyph, width: float, height: float) -> bool:
    x, y = (glyph.box[0] + glyph.box[2]) / 2, (glyph.box[1] + glyph.box[3]) / 2
    return 0 <= x <= width and 0 <= y <= height


def _reads_on(last: Glyph, glyph: Glyph) -> bool:
    em = max(last.em, glyph.em)
    if abs(last.base - glyph.base) > BASELINE_EMS * em or min(last.em, glyph.em) < 0.5 * em:
        return False
    most = GAP_EMS_MAX if last.owner == glyph.owner else GAP_BETWEEN_OBJECTS_EMS_MAX
    return -BACK_EMS_MAX * em <= glyph.u0 - last.u1 <= most * em


def _joined(runs: list[Run]) -> list[Run]:
    """Runs that lie one behind the other on a baseline, wherever they stood in the file, put
    together; runs printed a second time on the same place dropped."""
    joined: list[Run] = []
    for run in _by_baseline(runs):
        run.glyphs = _once(run.glyphs)
        near = [earlier for earlier in joined[-NEAR_RUNS:] if earlier.turn == run.turn]
        if any(_same_place(earlier, run) for earlier in near):
            continue
        before = [e for e in near if _reads_on(e.glyphs[-1], run.glyphs[0])]
        if before:
            before[-1].glyphs = _once(before[-1].glyphs + run.glyphs)
        elif not any(_fills_a_gap(earlier, run) for earlier in near):
            joined.append(run)
    return joined


def _by_baseline(runs: list[Run]) -> list[Run]:
    """From top to bottom, and along each baseline from its beginning. Baselines of one printed
    line differ by fractions of a point between fonts."""
    ordered: list[Run] = []
    level: list[Run] = []
    for run in sorted(runs, key=lambda r: (r.turn, r.glyphs[0].base)):
        first = level[0].glyphs[0] if level else run.glyphs[0]
        apart = abs(run.glyphs[0].base - first.base) > BASELINE_EMS * first.em
        if level and (apart or level[0].turn != run.turn):
            ordered += sorted(level, key=lambda r: r.glyphs[0].u0)
            level = []
        level.append(run)
    return ordered + sorted(level, key=lambda r: r.glyphs[0].u0)


def _fills_a_gap(earlier: Run, run: Run) -> bool:
    """Put the run into a gap of an earlier one that it fits: forms print 年 月 日 first and the
    figures between them later, or the other way round."""
    first, last = run.glyphs[0], run.glyphs[-1]
    if abs(earlier.glyphs[0].base - first.base) > BASELINE_EMS * first.em:
        return False
    for at, (left, right) in enumerate(pairwise(earlier.glyphs)):
        slack = 0.25 * first.em
        begins = max(left.u0, left.u1 - slack) < first.u0
        ends = last.u1 < min(right.u1, right.u0 + slack)
        if begins and ends and right.u0 > left.u1:
            first.spaced = right.spaced = False
            earlier.glyphs[at + 1 : at + 1] = run.glyphs
            return True
    return False


def _once(glyphs: list[Glyph]) -> list[Glyph]:
    """Without characters struck a second time on nearly the same place to look bold."""
    kept: list[Glyph] = []
    for glyph in glyphs:
        twice = any(
            g.text == glyph.text
            and g.owner != glyph.owner
            and abs(g.u0 - glyph.u0) < 0.3 * (glyph.u1 - glyph.u0)
            for g in kept[-3:]
        )
        if not twice:
            kept.append(glyph)
    return kept


def _same_place(first: Run, second: Run) -> bool:
    """Whether the second run repeats a part of the first on nearly the same place."""
    text = "".join(g.text for g in second.glyphs)
    head = second.glyphs[0]
    for at in range(len(first.glyphs) - len(second.glyphs) + 1):
        start = first.glyphs[at]
        close = abs(start.u0 - head.u0) < 0.3 * (head.u1 - head.u0)
        if close and abs(start.base - head.base) < 0.2 * head.em:
            piece = first.glyphs[at : at + len(second.glyphs)]
            if "".join(g.text for g in piece) == text:
                return True
    return False


def _line(run: Run, width: float, height: float) -> dict[str, Any] | None:
    """The run as a line, with spaces where the gap between two characters stands out."""
    glyphs = run.glyphs
    gaps = [b.u0 - a.u1 for a, b in pairwise(glyphs)]
    usual = max(0.0, sorted(gaps)[len(gaps) // 2]) if gaps else 0.0
    text, stops = "", []
    for index, glyph in enumerate(glyphs):
        gap = gaps[index - 1] if index else 0.0
        wide = gap - usual > 0.2 * glyph.em or (glyph.spaced and gap > 0.08 * glyph.em)
        if index and wide:
            text += " "
            stops.append(glyphs[index - 1].box[2] / width)
        text += glyph.text
        left = glyph.u0 if run.turn == 0 else glyph.box[0]
        stops.extend([left / width] * len(glyph.text))
    lead = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    if end <= lead:
        return None
    spaceless = [g for g in glyphs if not g.text.isspace()]
    x0, y0, x1, y1 = Run(run.turn, spaceless).box
    box = (x0 / width, y0 / height, x1 / width, y1 / height)
    return {
        "text": text[lead:end],
        "box": [round(min(1.0, max(0.0, v)), 5) for v in box],
        "stops": [round(s, 5) for s in stops[lead:end]] if run.turn == 0 else [],
        "inked": all(glyph.inked for glyph in glyphs),
    }
