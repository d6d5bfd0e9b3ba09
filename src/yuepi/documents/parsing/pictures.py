"""Pictures: decoded to upright RGB within limits on pixels, pages and time.

The size is judged from the header before a pixel is decoded. The EXIF orientation is applied,
transparency is laid on white, and whatever the depth or colour space, 8-bit RGB comes out. What
could be decoded of a cut-off JPEG or PNG is given with a note that it is not the whole picture.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageFile, TiffImagePlugin

from yuepi.documents.parsing.asides import Asides
from yuepi.documents.parsing.picture_asides import take_asides
from yuepi.kit.limited_child import Frame, RefusalError

FORMATS = {
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "webp": ("WEBP",),
    "heic": ("HEIF",),
    "tiff": ("TIFF",),
    "bmp": ("BMP",),
    "gif": ("GIF",),
}
PIXELS_MAX = 60_000_000
# A JPEG is decoded at 1/2, 1/4 or 1/8 where it is large, so more can be let in.
JPEG_PIXELS_MAX = 120_000_000
SIDE_PIXELS_MAX = 4000
PAGES_MAX = 50
MISSING_SHARE_MAX = 0.5
FILE_PIXELS_MAX = 100_000_000
"""Pixels of all pages of one file together: later pages shrink rather than fill the memory."""

# What Pillow raises on broken metadata, over its many parsers.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)
# libjpeg fills what it has not got with mid grey; Pillow leaves rows of a PNG black or clear.
_FILL_ROWS_MIN = 16
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Image.MAX_IMAGE_PIXELS = None  # ours is stricter and says what it is
pillow_heif.register_heif_opener()
warnings.simplefilter("ignore")


def parse(data: bytes, media: str) -> Iterator[Frame]:
    """The pages of a picture file: one, or as many as a TIFF holds.

    Raises `RefusalError`: damaged, bomb, too_many_pages.
    """
    notes: list[dict[str, Any]] = []
    if media != "tiff" and b"PK\5\6" in data[-65_557:]:
        notes.append(_note("extra_data", "an archive is attached behind the picture; ignored"))
    image = _open(data, media)
    if media == "tiff":
        yield from _tiff_pages(image, notes)
    else:
        pixels = _decode_whole_or_part(data, media, image, notes)
        yield page_frame(1, pixels)
    yield Frame({"document": {"notes": notes, "asides": _asides(image)}}, b"")


def _asides(image: Image.Image) -> list[dict[str, Any]]:
    """What stands beside the pixels; what of it is broken says nothing."""
    asides = Asides()
    try:
        take_asides(image, asides)
    except _BROKEN:
        return asides.taken
    return asides.taken


def page_frame(number: int, pixels: np.ndarray[Any, Any], **more: Any) -> Frame:
    """A page as a frame: RGB rows, top first."""
    height, width = pixels.shape[:2]
    header = {"page": number, "width": width, "height": height} | more
    return Frame(header, np.ascontiguousarray(pixels).data.cast("B"))


def _open(data: bytes, media: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS[media])
    except _BROKEN as error:
        raise RefusalError("damaged", f"the picture is damaged ({_short(error)})") from None
    _check_size(image, media)
    return image


def _check_size(image: Image.Image, media: str) -> None:
    width, height = image.size
    if width <= 0 or height <= 0:
        raise RefusalError("damaged", f"the picture states a size of {width}×{height}")
    limit = JPEG_PIXELS_MAX if media == "jpeg" else PIXELS_MAX
    if width * height > limit or max(width, height) > 65_535:
        millions = width * height / 1e6
        reason = f"the picture claims {millions:,.0f} million pixels, the limit is {limit // 10**6}"
        raise RefusalError("bomb" if millions > 1000 else "too_large", reason)


def _decode_whole_or_part(
    data: bytes, media: str, image: Image.Image, notes: list[dict[str, Any]]
) -> np.ndarray[Any, Any]:
    """The picture, or the upper part of a cut-off one with a note; damaged if too little is left.

    A cut-off JPEG or PNG is decoded again with Pillow told to take what it gets. A JPEG may also
    be decoded without complaint where its data ends early; the decoder's filling shows that.
    """
    reason = "the picture data ends early"
    cut = False
    try:
        flat = flat_rgb(image)
    except _BROKEN as error:
        reason = _short(error)
        if media not in ("jpeg", "png"):
            raise RefusalError("damaged", f"the picture is damaged ({reason})") from None
        cut = True
        image, flat = _decode_part(data, media, reason)
    missing = 0.0
    if cut or media == "jpeg":
        missing = _missing_share(np.asarray(flat), fill=128 if media == "jpeg" else None)
    if missing > MISSING_SHARE_MAX:
        raise RefusalError("damaged", f"most of the picture is missing ({reason})")
    if cut or missing:
        share = f"about {max(1, round(missing * 100))}%" if missing else "the end"
        notes.append(_note("partial_picture", f"cut off: {share} is missing ({reason})"))
    return upright(image, flat)


def _decode_part(data: bytes, media: str, reason: str) -> tuple[Image.Image, Image.Image]:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        image = _open(data, media)
        return image, flat_rgb(image)
    except _BROKEN:
        raise RefusalError("damaged", f"the picture is damaged ({reason})") from None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _missing_share(pixels: np.ndarray[Any, Any], fill: int | None) -> float:
    """The share of rows at the bottom that hold one single value: nothing was decoded there.

    `fill` is the value that decoders fill with; None accepts any.
    """
    flat = pixels.reshape(len(pixels), -1)
    value = int(flat[-1, -1]) if fill is None else fill
    if value != int(flat[-1, -1]) or value != int(flat[-1, 0]):
        return 0.0
    filled = 0
    # Row by row from the bottom: an ordinary picture ends this at the first row.
    for row in flat[::-1]:
        if not (row == value).all():
            break
        filled += 1
    return filled / len(flat) if filled >= min(_FILL_ROWS_MIN, len(flat)) else 0.0


def flat_rgb(image: Image.Image) -> Image.Image:
    """Decode to 8-bit RGB as stored (not yet turned), the longer side at most 4000 pixels."""
    if image.format in ("JPEG", "MPO") and max(image.size) > SIDE_PIXELS_MAX:
        # Pillow takes the smaller ratio of both sides, so both must be asked for in proportion.
        part = max(image.size) // SIDE_PIXELS_MAX
        image.draft("RGB", (image.size[0] // part, image.size[1] // part))
    image.load()
    flat = _rgb(image)
    if max(flat.size) > SIDE_PIXELS_MAX:
        flat = flat.copy() if flat is image else flat
        flat.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX), Image.Resampling.BOX, reducing_gap=None)
    return flat


def upright(image: Image.Image, flat: Image.Image) -> np.ndarray[Any, Any]:
    """Turn the decoded picture as its EXIF says. The HEIF decoder has turned it already."""
    orientation = 1 if image.format == "HEIF" else _orientation(image)
    if orientation in _TURNS:
        flat = flat.transpose(_TURNS[orientation])
    return np.asarray(flat)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; 1, upright, where the metadata is broken or absent."""
    try:
        value = image.getexif().get(0x0112, 1)
        return int(value) if int(value) in range(1, 9) else 1
    except _BROKEN:
        return 1


def _rgb(image: Image.Image) -> Image.Image:
    mode = image.mode
    if mode == "RGB":
        return image
    if mode.startswith("I;16") or mode in ("I", "F"):
        return _deep_grey(image)
    if mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB")


def _deep_grey(image: Image.Image) -> Image.Image:
    """16 or 32 bits a sample to 8: full scale for 16 bits, else the range that is used."""
    values = np.asarray(image).astype(np.float32)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if image.mode.startswith("I") and low >= 0 and high <= 65_535:
        low, high = 0.0, 65_535.0 if high > 255 else 255.0
    scaled = (values - low) * (255.0 / max(high - low, 1e-9))
    return Image.fromarray(scaled.astype(np.uint8)).convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """Lay a transparent picture on white; on black where white would swallow white writing."""
    for ground in ("white", "black"):
        flat = Image.new("RGB", image.size, ground)
        flat.paste(image, mask=image.getchannel("A"))
        if np.ptp(np.asarray(flat), axis=(0, 1)).max() > 8:
            return flat
    return flat


def _tiff_pages(image: Image.Image, notes: list[dict[str, Any]]) -> Iterator[Frame]:
    """Each directory of a TIFF is a page, thumbnails aside. The number of directories is never
    asked for (a loop would not end); pages are taken one by one until the limit."""
    number, room = 0, FILE_PIXELS_MAX
    for index in range(PAGES_MAX + 1):
        try:
            image.seek(index)
        except EOFError:
            break
        except _BROKEN as error:
            notes.append(_note("page_damaged", f"page {index + 1} is damaged ({_short(error)})"))
            break
        if index >= PAGES_MAX:
            raise RefusalError("too_many_pages", f"it has more than {PAGES_MAX} pages, the limit")
        if number and _is_thumbnail(image):
            continue
        _check_size(image, "tiff")
        try:
            pixels = upright(image, flat_rgb(image))
        except _BROKEN as error:
            notes.append(_note("page_damaged", f"page {index + 1} is damaged ({_short(error)})"))
            continue
        pixels = _fit(pixels, max(room, FILE_PIXELS_MAX // PAGES_MAX))
        room -= pixels.shape[0] * pixels.shape[1]
        number += 1
        yield page_frame(number, pixels)
    if not number:
        raise RefusalError("damaged", "no page of it can be read")


def _is_thumbnail(image: Image.Image) -> bool:
    """NewSubfileType (tag 254), bit 0: a reduced version of another page (TIFF 6.0)."""
    try:
        tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
        return bool(int(tags.get(254, 0)) & 1)
    except _BROKEN:
        return False


def _fit(pixels: np.ndarray[Any, Any], pixels_max: int) -> np.ndarray[Any, Any]:
    height, width = pixels.shape[:2]
    if height * width <= pixels_max:
        return pixels
    shrink = (pixels_max / (height * width)) ** 0.5
    size = (max(1, int(width * shrink)), max(1, int(height * shrink)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))


def _note(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
