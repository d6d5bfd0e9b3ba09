"""From the bytes of a picture to what the vision tower takes: upright, cropped, within budget.

Boxes that the model gives are thousandths of the picture as it saw it, so after cropping.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from yuepi.engines.contract import ChatRefused, Picture

# Others have readers too, such as EPS, which starts a program.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
# What Pillow raises for damaged bytes (found by damaging them).
UNREADABLE = (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError)
PIXELS_MAX = 100_000_000
SIDES_RATIO_MAX = 100
# The margins are found on a small copy; letters are still darker than paper there.
MARGIN_SIDE_PX_MAX = 1024
MARGIN_LEVELS = 12
BORDER_SHARE = 0.02
CROP_SAVES_MIN = 0.1


def upright(picture: Picture) -> Image.Image:
    """The picture in RGB as a person would see it: EXIF orientation applied, on white paper.

    Raises `ChatRefused` where it cannot be read or is of absurd size or proportions.
    """
    try:
        with Image.open(io.BytesIO(picture.data), formats=FORMATS) as opened:
            _refuse_absurd(opened.size)
            turned = ImageOps.exif_transpose(opened)
            return _on_paper(turned)
    except UNREADABLE as error:
        raise ChatRefused(
            f"a picture of type {picture.media_type} cannot be read: {error}",
            remedy="send an intact PNG, JPEG or WebP",
            code="invalid_image",
            param="messages",
        ) from error


def _refuse_absurd(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > PIXELS_MAX or max(size) > SIDES_RATIO_MAX * max(1, min(size)):
        raise ChatRefused(
            f"a picture of {width} × {height} pixels is too large or too long",
            remedy=f"send at most {PIXELS_MAX:,} pixels, one side at most "
            f"{SIDES_RATIO_MAX} times the other",
            code="invalid_image",
            param="messages",
        )


def _on_paper(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # Pillow clips 16 bits to 8 instead of scaling them.
        grey = (np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)
        image = Image.fromarray(grey)
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image).convert("RGB")
    return image.convert("RGB")


def content_box(image: Image.Image) -> tuple[int, int, int, int]:
    """The pixels (left, top, right, bottom) without uniform margins, a small border kept.

    The colour of the margins is the median of the outermost pixels. The whole picture is given
    where it has no content, where its edge is not uniform (a photo), and where less than a tenth
    of its area would be saved.
    """
    width, height = image.size
    whole = (0, 0, width, height)
    small = image.copy()
    small.thumbnail((MARGIN_SIDE_PX_MAX, MARGIN_SIDE_PX_MAX), Image.Resampling.BOX)
    pixels = np.asarray(small).astype(np.int16)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    differs = np.abs(pixels - np.median(edge, axis=0)).max(axis=2) > MARGIN_LEVELS
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return whole
    scale_x, scale_y = width / small.width, height / small.height
    border = BORDER_SHARE * max(width, height)
    left = max(0, int(columns[0] * scale_x - border))
    top = max(0, int(rows[0] * scale_y - border))
    right = min(width, int((columns[-1] + 1) * scale_x + border) + 1)
    bottom = min(height, int((rows[-1] + 1) * scale_y + border) + 1)
    if (right - left) * (bottom - top) > (1 - CROP_SAVES_MIN) * width * height:
        return whole
    return left, top, right, bottom


def patches(
    picture: Picture, processor: Any, *, tokens_min: int, tokens_max: int, crop: bool
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """What the vision tower takes: (patches, values a patch), and the grid (rows, columns).

    `processor` is a `Qwen2VLImageProcessorPil` of the checkpoint; it resizes to a multiple of the
    patches that merge to one token. Grid and patches count before merging.
    """
    image = upright(picture)
    if crop:
        image = image.crop(content_box(image))
    token_px = (processor.patch_size * processor.merge_size) ** 2
    done = processor(
        images=[image],
        size={"shortest_edge": tokens_min * token_px, "longest_edge": tokens_max * token_px},
        return_tensors="np",
    )
    _, rows, columns = done["image_grid_thw"][0].tolist()
    values: NDArray[np.float32] = done["pixel_values"]
    return values, (rows, columns)
