"""A picture as the model takes it: upright, RGB, without empty margins, of a known token cost.

A visual token of Qwen3-VL is 2 x 2 patches of 16 px: sides are whole multiples of 32 px. Sizes
chosen here are kept by the model's own preprocessing (it rounds to the same grid).
"""

from __future__ import annotations

import io
import math
import struct
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps

from yuepi.engines.contract import ChatRefused, Picture
from yuepi.engines.openvino_genai.options import VISUAL_TOKENS_LEAST, OpenvinoOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Others have readers too, such as EPS, which starts a program.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
# What Pillow raises for damaged bytes (found by damaging them).
UNREADABLE = (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError)
CELL_PX = 32
PIXELS_MAX = 100_000_000
SIDES_RATIO_MAX = 150  # the published preprocessing refuses above 200
ENLARGE_MAX = 2.0
MARGIN_DIFFERENCE = 24  # of 255: paper, shade and JPEG noise are below, ink is above
MARGIN_KEPT = 0.02
CROP_GAIN_LEAST = 0.1
MARGIN_SEARCH_PX = 1024  # larger pictures are searched at a fraction of their size


def tokens_allowed(picture: Picture, options: OpenvinoOptions) -> int:
    """The visual tokens a picture may cost, by its detail."""
    if picture.detail == "high":
        return options.visual_tokens_high
    return options.visual_tokens_min if picture.detail == "low" else options.visual_tokens


def visual_tokens(pixels: NDArray[Any]) -> int:
    """What a prepared picture costs."""
    height, width = int(pixels.shape[0]), int(pixels.shape[1])
    return (height // CELL_PX) * (width // CELL_PX)


def prepared(picture: Picture, options: OpenvinoOptions) -> NDArray[Any]:
    """Height x width x 3 bytes for the model; raises `ChatRefused` for what is no picture."""
    import numpy as np

    if picture.width_px * picture.height_px > PIXELS_MAX:
        raise _refused(f"a picture of {picture.width_px} x {picture.height_px} px is too large")
    most = tokens_allowed(picture, options)
    try:
        with Image.open(io.BytesIO(picture.data), formats=FORMATS) as opened:
            if opened.width * opened.height > PIXELS_MAX:
                raise _refused(f"a picture of {opened.width} x {opened.height} px is too large")
            # JPEG decodes at a fraction of its size for a fraction of the time.
            opened.draft("RGB", _twice(opened.size, most))
            image = _flat(ImageOps.exif_transpose(opened))
    except UNREADABLE as error:
        raise _refused(f"a picture cannot be decoded: {error}") from error
    if options.crop:
        image = _cropped(image)
    least = min(most, options.visual_tokens_min)
    size = size_for(image.size, least, most)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8))


def size_for(size: tuple[int, int], least: int, most: int) -> tuple[int, int]:
    """Width and height on the 32 px grid, from `least` to `most` tokens where that is possible.

    A small picture is enlarged at most twice (more adds cost, not content) but never stays below
    what the model's preprocessing would enlarge again.
    """
    width, height = size
    if max(size) > min(size) * SIDES_RATIO_MAX:
        raise _refused(f"a picture of {width} x {height} px is too long and thin")
    tokens = width * height / CELL_PX**2
    scale = 1.0
    if tokens > most:
        scale = math.sqrt(most / tokens)
    elif tokens < least:
        scale = min(ENLARGE_MAX, math.sqrt(least / tokens))
    scale = max(scale, math.sqrt(VISUAL_TOKENS_LEAST / tokens))
    columns = max(1, round(width * scale / CELL_PX))
    rows = max(1, round(height * scale / CELL_PX))
    while columns * rows > most and max(columns, rows) > 1:
        columns, rows = (columns - 1, rows) if columns >= rows else (columns, rows - 1)
    while columns * rows < VISUAL_TOKENS_LEAST:
        columns, rows = (columns + 1, rows) if columns >= rows else (columns, rows + 1)
    return columns * CELL_PX, rows * CELL_PX


def _twice(size: tuple[int, int], tokens: int) -> tuple[int, int]:
    """A decoding size well above what is left after cropping and scaling down."""
    width, height = size
    scale = min(1.0, 2 * math.sqrt(tokens * CELL_PX**2 / max(1, width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _flat(image: Image.Image) -> Image.Image:
    """RGB, transparency shown on white as a reader would see it."""
    import numpy as np

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image).convert("RGB")
    if image.mode.startswith("I"):
        # Sixteen bits a pixel, which a plain conversion would cut off at 255.
        shades = np.clip(np.asarray(image, dtype=np.int32) >> 8, 0, 255)
        image = Image.fromarray(shades.astype(np.uint8))
    return image.convert("RGB")


def _cropped(image: Image.Image) -> Image.Image:
    """Without margins of one colour, where that saves a tenth of the picture or more."""
    import numpy as np

    factor = max(1, max(image.size) // MARGIN_SEARCH_PX)
    pixels = np.asarray(image.reduce(factor), dtype=np.int16)
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    colour = np.median(corners, axis=0)
    if (np.abs(corners - colour) > MARGIN_DIFFERENCE).any():
        return image
    ink = (np.abs(pixels - colour) > MARGIN_DIFFERENCE).any(axis=2)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return image
    kept = round(MARGIN_KEPT * max(image.size))
    left = max(0, int(columns[0]) * factor - kept)
    right = min(image.width, (int(columns[-1]) + 1) * factor + kept)
    top = max(0, int(rows[0]) * factor - kept)
    bottom = min(image.height, (int(rows[-1]) + 1) * factor + kept)
    wide, tall = right - left, bottom - top
    thin = max(wide, tall) > min(wide, tall) * SIDES_RATIO_MAX
    if thin or wide * tall > (1 - CROP_GAIN_LEAST) * image.width * image.height:
        return image
    return image.crop((left, top, right, bottom))


def _refused(what: str) -> ChatRefused:
    return ChatRefused(
        what,
        remedy="send an intact PNG, JPEG or WebP of a usual size and shape",
        code="invalid_image",
        param="messages",
    )
