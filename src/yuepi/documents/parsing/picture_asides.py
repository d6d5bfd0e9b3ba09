"""What a picture says beside its pixels: EXIF, XMP, comments, the text parts of a PNG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from PIL import ExifTags, Image

from yuepi.documents.parsing.asides import ASIDE_CHARACTERS_MAX, Asides
from yuepi.documents.parsing.pdf_asides import xmp_text

_TAGS_MAX: Final = 200
_WIDE_TAGS: Final = range(0x9C9B, 0x9CA0)
"""Titles and comments of Windows (XPTitle … XPSubject), in UTF-16."""
_MAKER_NOTE: Final = 0x927C
_MARKS: Final = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}
"""How a UserComment names its encoding (Exif 2.3, 4.6.5)."""


def take_asides(image: Image.Image, asides: Asides) -> None:
    """Take what stands beside the pixels of a decoded picture.

    Raises whatever Pillow raises on broken metadata; what was taken before stays.
    """
    for name, value in list(image.info.items())[:_TAGS_MAX]:
        if str(name).lower() in ("xmp", "xml:com.adobe.xmp", "comment", "photoshop"):
            _take(asides, value, "XMP" if "xmp" in str(name).lower() else None)
    for value in list(getattr(image, "text", {}).values())[:_TAGS_MAX]:
        _take(asides, value)
    for tag, value in _exif(image):
        _take(asides, value, tag)


def _exif(image: Image.Image) -> Iterator[tuple[int, Any]]:
    exif = image.getexif()
    for part in (exif, exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.IFD1)):
        for tag, value in list(part.items())[:_TAGS_MAX]:
            if tag != _MAKER_NOTE:
                yield tag, value


def _take(asides: Asides, value: object, tag: int | str | None = None) -> None:
    if isinstance(value, dict):
        for each in list(value.values())[:_TAGS_MAX]:
            _take(asides, each)
    elif isinstance(value, str):
        text = _mended(value)
        asides.add("metadata", xmp_text(text) if "<x:xmpmeta" in text else text)
    elif isinstance(value, bytes | bytearray) and len(value) <= 4 * ASIDE_CHARACTERS_MAX:
        text = _decoded(bytes(value), tag)
        asides.add("metadata", xmp_text(text) if "<" in text else text)


def _mended(text: str) -> str:
    """The text, and what it says where somebody took its UTF-8 for Latin-1, as EXIF tags of ASCII
    are read (Exif 2.3 allows nothing else in them; writers put anything there)."""
    try:
        meant = text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
    return text if meant == text else f"{text}\n{meant}"


def _decoded(data: bytes, tag: int | str | None) -> str:
    if tag in _WIDE_TAGS:
        return data.decode("utf-16-le", "replace")
    body, encoding = data, "utf-8"
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            body, encoding = data[len(mark) :], name
    if encoding == "utf-16" and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        # Writers disagree about the order of its bytes: both are looked at.
        return f"{body.decode('utf-16-le', 'replace')}\n{body.decode('utf-16-be', 'replace')}"
    return body.decode(encoding, "replace").replace("\0", " ")
