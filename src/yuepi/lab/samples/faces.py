"""Type faces for the samples.

The required faces are Noto Serif SC ("song") and Noto Sans SC ("hei") from the PyPI package
`pylopdf-fonts-zh-cn` (SIL OFL 1.1). Their outlines are cubic, which the PDF writer cannot embed,
so the characters that this package writes are converted to quadratic outlines once per process.
Debian's faces (AR PL UKai "kai", AR PL UMing "ming", WenQuanYi Zen Hei "zenhei") add variety
where they are installed; they are used only on request, so that a seed means the same everywhere.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.basePen import BasePen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as EmbeddedFont

from yuepi.kit.errors import Unavailable

PACKAGE = "pylopdf_fonts_zh_cn"
REQUIRED = {"song": "NotoSerifSC-Regular.otf", "hei": "NotoSansSC-Regular.otf"}
_DEBIAN = Path("/usr/share/fonts/truetype")
SYSTEM = {
    "kai": (_DEBIAN / "arphic/ukai.ttc", 0),
    "ming": (_DEBIAN / "arphic/uming.ttc", 0),
    "zenhei": (_DEBIAN / "wqy/wqy-zenhei.ttc", 0),
}
_ERROR_UNITS_MAX = 1.5
_lock = threading.Lock()


@dataclass
class _Face:
    """A loaded face: its source, the characters it can draw now, and its name in the PDF."""

    source: TTFont
    covers: frozenset[str]
    registered: str


_loaded: dict[str, _Face] = {}


def faces_on_hand(system: bool = False) -> list[str]:
    """Names of the usable faces: the required two, and with `system` what Debian brings."""
    extra = [name for name, (path, _) in SYSTEM.items() if path.exists()] if system else []
    return [*REQUIRED, *extra]


def embedded(name: str, text: str) -> str:
    """The PDF font name of face `name`, able to draw `text`.

    Raises `Unavailable` when the face is not installed or has no glyph for a character.
    """
    with _lock:
        face = _loaded.get(name)
        if face is None or not face.covers.issuperset(text):
            face = _loaded[name] = _load(name, text, face)
        return face.registered


def outline(name: str, char: str, pen: BasePen) -> float:
    """Draw one character's outline with `pen` in font units; returns units per em."""
    embedded(name, char)
    source = _loaded[name].source
    pen.glyphSet = glyphs = source.getGlyphSet()
    glyphs[source.getBestCmap()[ord(char)]].draw(pen)
    return float(source["head"].unitsPerEm)


def _load(name: str, text: str, known: _Face | None) -> _Face:
    if name in SYSTEM:
        return _load_system(name, text)
    if name not in REQUIRED:
        raise Unavailable(f"there is no face named {name}", remedy="use one of faces_on_hand()")
    source = known.source if known else TTFont(_required_file(name), lazy=True)
    wanted = frozenset(text) | (known.covers if known else _own_alphabet())
    drawable = frozenset(c for c in wanted if ord(c) in source.getBestCmap())
    _refuse_missing(name, text, drawable)
    registered = f"yuepi-{name}-{len(drawable)}"
    pdfmetrics.registerFont(EmbeddedFont(registered, _quadratic(source, drawable, registered)))
    return _Face(source, drawable, registered)


def _load_system(name: str, text: str) -> _Face:
    path, index = SYSTEM[name]
    if not path.exists():
        raise Unavailable(f"the face {name} is not installed", remedy=f"install {path} or leave it")
    source = TTFont(path, fontNumber=index, lazy=True)
    drawable = frozenset(map(chr, source.getBestCmap()))
    _refuse_missing(name, text, drawable)
    registered = f"yuepi-{name}"
    pdfmetrics.registerFont(EmbeddedFont(registered, str(path), subfontIndex=index))
    return _Face(source, drawable, registered)


def _refuse_missing(name: str, text: str, drawable: frozenset[str]) -> None:
    missing = sorted(set(text) - drawable)
    if missing:
        raise Unavailable(
            f"the face {name} cannot draw {''.join(missing)!r}", remedy="use another face or text"
        )


def _required_file(name: str) -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise Unavailable(
            "the Chinese faces are not installed",
            remedy="install the locked requirements again: pip install -r requirements.lock",
        )
    return Path(spec.origin).with_name(REQUIRED[name])


def _own_alphabet() -> frozenset[str]:
    """Every character that stands in the source of this package: all that samples may hold."""
    sources = [each for each in files(__package__).iterdir() if each.name.endswith(".py")]
    written = "".join(each.read_text(encoding="utf-8") for each in sources)
    return frozenset(written) | frozenset(map(chr, range(32, 127)))


def _quadratic(source: TTFont, chars: frozenset[str], family: str) -> io.BytesIO:
    """A TrueType font holding `chars` of `source`, with cubic outlines made quadratic."""
    cmap = source.getBestCmap()
    glyph_set = source.getGlyphSet()
    by_code = {ord(char): cmap[ord(char)] for char in sorted(chars)}
    order = [".notdef", *dict.fromkeys(by_code.values())]
    glyphs: dict[str, Any] = {}
    for glyph_name in order:
        pen = TTGlyphPen(None)
        glyph_set[glyph_name].draw(Cu2QuPen(pen, _ERROR_UNITS_MAX, reverse_direction=True))
        glyphs[glyph_name] = pen.glyph()
    builder = FontBuilder(source["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(by_code)
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    metrics = source["hmtx"].metrics
    builder.setupHorizontalMetrics(
        {each: (metrics[each][0], getattr(table[each], "xMin", 0)) for each in order}
    )
    hhea = source["hhea"]
    builder.setupHorizontalHeader(ascent=hhea.ascent, descent=hhea.descent)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family})
    builder.setupOS2(sTypoAscender=hhea.ascent, sTypoDescender=hhea.descent)
    builder.setupPost()
    # A fixed time keeps the font, and so the PDF, the same byte for byte.
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    data = io.BytesIO()
    builder.save(data)
    data.seek(0)
    return data
