"""What a picture is and how large, told from its first bytes without decoding a pixel.

Sources: PNG (W3C, third edition, 11.2.1), JPEG (ITU T.81, annex B), WebP container (RFC 9649),
GIF89a, and the Windows BITMAPINFOHEADER. A file that lacks its end is told apart where the format
has an end to look for; whether every pixel decodes is only known to whoever decodes it.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

JPEG_SEGMENTS_MAX = 4096
JPEG_FILL_BYTES_MAX = 4096
"""Before one marker; the standard allows any number, cameras write none or a few."""
GIF_BLOCKS_MAX = 65_536
"""Blocks and the pieces of at most 255 bytes that they come in, before the first picture."""


class UnfitPicture(Exception):
    """The bytes are not a picture that every engine can take; the text says what they are."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """Media type and size as stored (before any EXIF rotation)."""

    media_type: str
    width_px: int
    height_px: int


def read_header(data: bytes) -> PictureHeader:
    """The header of a PNG, JPEG, WebP, GIF or BMP. Raises `UnfitPicture` for all else.

    Of an animation the first frame counts. TIFF, HEIC and AVIF are refused by name: not every
    engine behind the gateway reads them.
    """
    try:
        for magic, read in _READERS:
            if data.startswith(magic):
                return read(data)
    except (struct.error, IndexError) as error:
        raise UnfitPicture("the picture is cut off inside its header") from error
    raise UnfitPicture(_what_else(data))


def _sized(media_type: str, width_px: int, height_px: int) -> PictureHeader:
    if width_px < 1 or height_px < 1:
        raise UnfitPicture(f"the picture says it is {width_px} by {height_px} pixels")
    return PictureHeader(media_type, width_px, height_px)


def _png(data: bytes) -> PictureHeader:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if kind != b"IHDR" or length != 13:
        raise UnfitPicture("the PNG does not begin with its header")
    (checksum,) = struct.unpack_from(">I", data, 29)
    if zlib.crc32(memoryview(data)[12:29]) != checksum:
        raise UnfitPicture("the PNG's header is damaged")
    if data.rfind(b"IEND\xae\x42\x60\x82") < 0:
        raise UnfitPicture("the PNG is cut off: its end is missing")
    return _sized("image/png", width, height)


def _jpeg(data: bytes) -> PictureHeader:
    at, size = 2, None
    for _ in range(JPEG_SEGMENTS_MAX):
        if data[at] != 0xFF:
            raise UnfitPicture("the JPEG is damaged: a marker is missing")
        ahead = data[at : at + JPEG_FILL_BYTES_MAX]
        at += len(ahead) - len(ahead.lstrip(b"\xff"))
        marker = data[at]
        if marker == 0xFF:
            raise UnfitPicture("the JPEG is damaged: a marker does not end")
        at += 1
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 3)
            size = _sized("image/jpeg", width, height)
        at += length
        if marker == 0xDA:
            # Inside the scans 0xFF is always followed by 0x00 or a restart: an end is an end.
            if data.rfind(b"\xff\xd9") < at:
                raise UnfitPicture("the JPEG is cut off: its end is missing")
            if size is not None:
                return size
            break
    raise UnfitPicture("the JPEG holds no picture")


def _webp(data: bytes) -> PictureHeader:
    size, kind, fourcc = struct.unpack_from("<I4s4s", data, 4)
    if kind != b"WEBP":
        raise UnfitPicture("the file is a RIFF container, but no WebP picture")
    if size + 8 > len(data):
        raise UnfitPicture(f"the WebP is cut off: {len(data)} of {size + 8} bytes arrived")
    if fourcc == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif fourcc == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    elif fourcc == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        raise UnfitPicture("the WebP does not begin with a picture")
    return _sized("image/webp", width, height)


def _gif(data: bytes) -> PictureHeader:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _colour_table_bytes(flags)
    inside = False  # an extension, which comes in pieces with their lengths in front
    for _ in range(GIF_BLOCKS_MAX):
        if inside:
            inside = data[at] != 0
            at += data[at] + 1
        elif data[at] == 0x2C:
            left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, at + 1)
            break
        elif data[at] == 0x21:
            at += 2
            inside = True
        else:
            raise UnfitPicture("the GIF holds no picture")
    else:
        raise UnfitPicture("the GIF has too many blocks before its first picture")
    if not data.endswith(b"\x3b") and not data.rstrip(b"\0").endswith(b"\x3b"):
        raise UnfitPicture("the GIF is cut off: its end is missing")
    # A frame may reach beyond the screen, and decoders make room for it.
    return _sized("image/gif", max(width, left + frame_width), max(height, top + frame_height))


def _colour_table_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _bmp(data: bytes) -> PictureHeader:
    pixels_at, header_bytes = struct.unpack_from("<II", data, 10)
    compression = 0
    if header_bytes == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    elif header_bytes >= 40:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    else:
        raise UnfitPicture("the file begins with the letters BM, but is no BMP picture")
    height = abs(height)
    if compression in (0, 3) and width > 0:
        row_bytes = (bits * width + 31) // 32 * 4
        if pixels_at + row_bytes * height > len(data):
            raise UnfitPicture("the BMP is cut off: pixels are missing")
    return _sized("image/bmp", width, height)


_READERS = (
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"RIFF", _webp),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"BM", _bmp),
)
_OTHERS = (
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"II+\0", "a TIFF picture"),
    (b"MM\0+", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "a zip archive (or an OFD or office document)"),
    (b"\0\0\1\0", "a Windows icon"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
)
_BRANDS = {b"avif": "an AVIF picture", b"avis": "an AVIF picture"}
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def _what_else(data: bytes) -> str:
    """What bytes that are no picture of ours seem to be, as a sentence."""
    if not data:
        return "it holds no bytes"
    for magic, name in _OTHERS:
        if data.startswith(magic):
            return f"it is {name}"
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in _HEIC_BRANDS:
            return "it is a HEIC picture"
        return f"it is {_BRANDS.get(brand, 'a video')}"
    start = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<?xml", b"<svg")):
        return "it is an SVG drawing or another XML file"
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is a web page"
    return "it is not a picture of a known type"
