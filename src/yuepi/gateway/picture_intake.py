"""Pictures as they come in a request: checked, hashed, and never decoded to pixels here.

A picture is known by its bytes, not by what the request calls it. Everything wrong with one is a
`ChatRefused` that names the field it came in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import pybase64

from yuepi.engines.contract import ChatRefused, Detail, Picture, picture_sha256
from yuepi.gateway.picture_header import UnfitPicture, read_header

READABLE = "PNG, JPEG, WebP, GIF or BMP"
_DATA_URI = re.compile(rb'"data:([\w.+/-]{0,100})((?:;[\w.+=/-]{1,100}){0,4}),', re.IGNORECASE)
_WEB_URL = re.compile(rb'"https?:', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """How much of pictures one request may bring; bytes are those after base64 decoding."""

    image_bytes_max: int = 20 * 2**20
    image_pixels_max: int = 40_000_000


@dataclass(frozen=True, slots=True)
class PictureAsked:
    """One picture of a request: `url` is the JSON string as it came, with its quotes.

    A view where it is large: a copy of it would cost as much as its checks.
    """

    message: int
    part: int
    url: bytes | memoryview
    detail: Detail

    @property
    def param(self) -> str:
        """The field of the request, as errors name it."""
        return f"messages[{self.message}].content[{self.part}].image_url.url"

    @property
    def is_web_url(self) -> bool:
        """Whether it must be fetched: http or https."""
        return _WEB_URL.match(self.url) is not None


@dataclass(frozen=True, slots=True)
class PictureTaken:
    """A picture that passed; `as_sent`: what was received can be passed on unchanged."""

    picture: Picture
    as_sent: bool


def take_pictures(asked: Sequence[PictureAsked], limits: PictureLimits) -> list[PictureTaken]:
    """Decode and check data URIs. CPU-bound: about 0.8 ms a megabyte. Raises `ChatRefused`."""
    return [take_data_uri(one, limits) for one in asked]


def take_data_uri(asked: PictureAsked, limits: PictureLimits) -> PictureTaken:
    """One picture out of its data URI.

    Raises `ChatRefused`, code `invalid_image` or `image_too_large`.
    """
    url = asked.url
    match = _DATA_URI.match(url)
    if match is None:
        url = _unescaped(asked)
        match = _DATA_URI.match(url)
    if match is None:
        raise _invalid("it is neither a data URI nor an http(s) address", asked.param)
    if b";base64" not in match.group(2).lower():
        raise _invalid("its data URI is not base64", asked.param)
    encoded = memoryview(url)[match.end() : -1]
    if len(encoded) // 4 * 3 > limits.image_bytes_max + 3:
        raise _too_many_bytes(len(encoded) // 4 * 3, limits, asked.param)
    try:
        data, as_sent = pybase64.b64decode(encoded, validate=True), True
    except ValueError:
        data, as_sent = _decode_untidy(asked), False
    return PictureTaken(check_picture(data, asked.detail, limits, asked.param), as_sent)


def check_picture(data: bytes, detail: Detail, limits: PictureLimits, param: str) -> Picture:
    """A picture from its bytes, however they came. Raises `ChatRefused`."""
    if len(data) > limits.image_bytes_max:
        raise _too_many_bytes(len(data), limits, param)
    try:
        header = read_header(data)
    except UnfitPicture as error:
        raise _invalid(str(error), param) from error
    if header.width_px * header.height_px > limits.image_pixels_max:
        raise ChatRefused(
            f"the picture has {header.width_px} x {header.height_px} pixels, the limit is "
            f"{limits.image_pixels_max / 1e6:.0f} megapixels",
            remedy="scale it down before sending; 2 megapixels are plenty for a page",
            code="image_too_large",
            param=param,
        )
    return Picture(
        data=data,
        media_type=header.media_type,
        sha256=picture_sha256(data),
        width_px=header.width_px,
        height_px=header.height_px,
        detail=detail,
    )


def web_url(asked: PictureAsked) -> str:
    """The address of a picture that is not in the request itself. Raises `ChatRefused`."""
    return _unescaped(asked)[1:-1].decode()


def _unescaped(asked: PictureAsked) -> bytes:
    """The JSON string with its quotes, but without escapes such as the `\\/` of PHP."""
    try:
        return b'"%b"' % msgspec.json.decode(asked.url, type=str).encode()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _invalid("its address is not readable", asked.param) from error


def _decode_untidy(asked: PictureAsked) -> bytes:
    """Base64 with escaped slashes or broken into lines, as some programs write it.

    Not everybody upstream reads the latter.
    """
    try:
        encoded = b"".join(_unescaped(asked)[1:-1].partition(b",")[2].split())
        return pybase64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise _invalid("its base64 is damaged", asked.param) from error


def _invalid(reason: str, param: str) -> ChatRefused:
    return ChatRefused(
        f"the picture cannot be used: {reason}",
        remedy=f"send an intact {READABLE} file as data:image/...;base64,...",
        code="invalid_image",
        param=param,
    )


def _too_many_bytes(size_bytes: int, limits: PictureLimits, param: str) -> ChatRefused:
    return ChatRefused(
        f"the picture has {size_bytes / 2**20:.1f} MB, the limit is "
        f"{limits.image_bytes_max / 2**20:.0f} MB",
        remedy="save it as JPEG or with fewer pixels",
        code="image_too_large",
        param=param,
    )
