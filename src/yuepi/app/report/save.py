"""Writing the report and the pictures with boxes to a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from yuepi.app.report.album import page_picture
from yuepi.app.report.build import report_page
from yuepi.app.report.claim import ShownClaim
from yuepi.app.report.marks import placed, views
from yuepi.app.report.pictures import cut, drawn, ink, jpeg
from yuepi.app.visible import visible_line
from yuepi.app.words import Language
from yuepi.kit.errors import BadUsage

REPORT_NAME: Final = "report.html"
PICTURE_FILES_MAX: Final = 600
_NAME_CHARACTERS_MAX: Final = 40
_UNSAFE: Final = re.compile(r"[^\w.\-]+")


def writable_folder(folder: Path) -> Path:
    """The folder, made if need be. Raises `BadUsage` where it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
        why = "cannot be written to"
    except FileExistsError:
        why = "is not a folder"
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "is no usable path"
    raise BadUsage(f"{visible_line(str(folder))}: {why}", remedy="name a folder you may write to")


def save_claims(folder: Path, claims: Sequence[ShownClaim], language: Language) -> Path:
    """Write `report.html` and a picture for each page of each document; answers its path.

    Files of the same names are replaced, others are left alone.
    """
    writable_folder(folder)
    left = PICTURE_FILES_MAX
    for number, claim in enumerate(claims, 1):
        prefix = f"{number}-" if len(claims) > 1 else ""
        left = _save_pictures(folder, prefix, claim, left)
    report = folder / REPORT_NAME
    _replace(report, report_page(claims, language).encode("utf-8"))
    return report


def _save_pictures(folder: Path, prefix: str, claim: ShownClaim, left: int) -> int:
    for at, file in enumerate(claim.files, 1):
        for which, reading in enumerate(file.reading.readings, 1):
            for view in views(reading):
                pixels = page_picture(claim.files, at - 1, view.page)
                if pixels is None or left <= 0:
                    continue
                image = cut(pixels, view.part)
                marks = placed(view.marks, image.height / image.width, ink(image))
                stem = safe_stem(file.reading.file)
                name = f"{prefix}{at:02d}-{stem}-p{view.page}-{which}.jpg"
                _replace(folder / name, jpeg(drawn(image, marks)).data)
                left -= 1
    return left


def safe_stem(name: str) -> str:
    """A file name's stem that is a harmless name everywhere: word characters, dots inside."""
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    clean = _UNSAFE.sub("_", stem).strip("._-")
    return clean[:_NAME_CHARACTERS_MAX] or "file"


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadUsage(
            f"{visible_line(str(path))}: {error.strerror}",
            remedy="free some space or name another folder: --save DIR",
        ) from error
