"""What looks, and the pictures as it takes them. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import io
import struct
import threading
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from yuepi.engines.contract import ChatRefused, Picture
from yuepi.kit.errors import Unavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from yuepi.sight.look import Seen

PIXELS_MAX: Final = 60_000_000
SIDE_PIXELS_MAX: Final = 4000
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


class Looking(Protocol):
    """What this engine needs of `sight.look.Eye`."""

    def look(self, pictures: Sequence[NDArray[np.uint8]], *, text: bool = True) -> list[Seen]: ...
    def warm(self) -> None: ...


_eye_lock = threading.Lock()


def shared_eye(threads: int | None) -> Looking:
    """One eye for all engines of this process: its models take half a gigabyte."""
    with _eye_lock:
        return _new_eye(threads)


@cache
def _new_eye(threads: int | None) -> Looking:
    try:
        from yuepi.sight.look import Eye
    except ImportError as error:
        raise Unavailable(
            f"text recognition cannot be loaded ({error})",
            remedy="install the locked requirements again: pip install -r requirements.lock",
        ) from error
    return Eye(threads)


def decoded(picture: Picture) -> NDArray[np.uint8]:
    """The picture as RGB `(H, W, 3)`, turned as its EXIF says, transparency laid on white.

    Raises `ChatRefused` invalid_image or image_too_large. The size is judged before decoding.
    """
    import numpy as np
    from PIL import Image, ImageOps

    # Found by damaging pictures; struct.error comes from EXIF data.
    unreadable = (OSError, ValueError, SyntaxError, EOFError, struct.error)
    try:
        with Image.open(io.BytesIO(picture.data), formats=_FORMATS) as image:
            if image.width * image.height > PIXELS_MAX:
                raise ChatRefused(
                    f"the picture has {image.width}×{image.height} pixels",
                    remedy=f"send a picture of at most {PIXELS_MAX // 10**6} million pixels",
                    code="image_too_large",
                    param="messages",
                )
            if image.format == "JPEG":
                image.draft("RGB", (SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
            turned = ImageOps.exif_transpose(image)
            if turned.mode not in ("RGB", "L"):
                clear = turned.convert("RGBA")
                turned = Image.new("RGB", clear.size, "white")
                turned.paste(clear, mask=clear.getchannel("A"))
            flat = turned.convert("RGB")
            flat.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
            return np.ascontiguousarray(np.asarray(flat, np.uint8))
    except (*unreadable, Image.DecompressionBombError) as error:
        raise ChatRefused(
            f"the picture cannot be decoded ({type(error).__name__})",
            remedy="send an intact PNG, JPEG, WebP, GIF, BMP or TIFF",
            code="invalid_image",
            param="messages",
        ) from error
