"""`yuepi export`: a document of the library as a file."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from yuepi.app.speaking import Speaker
from yuepi.app.words import Words
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import load_settings


@dataclass(frozen=True)
class Asked:
    """What the command line says. output None: in the working folder, named as the document."""

    document: str
    form: str
    output: Path | None
    number: int | None
    reveal: bool
    data: Path


def run(asked: Asked, speaker: Speaker) -> int:
    """Write the file; it is there whole or not at all."""
    settings = load_settings(asked.data)
    from yuepi.app.library import library_in
    from yuepi.library.exporting.exporter import Exported, ExportForm
    from yuepi.library.scope import EVERYTHING

    form = cast(ExportForm, asked.form)
    folder = (asked.output or Path("x")).parent
    if not folder.is_dir():
        raise BadUsage(f"{folder} is no folder", remedy="name a file in a folder that exists")
    part = folder / f".yuepi-export-{os.getpid()}.part"

    async def go() -> Exported:
        async with library_in(settings) as library:
            return await library.exporter.export(
                EVERYTHING, asked.document, form, part, reveal=asked.reveal, number=asked.number
            )

    try:
        made = asyncio.run(go())
        into = asked.output or Path(made.name.replace("/", "_").replace("\\", "_").lstrip("."))
        if asked.output is None and into.exists():
            raise BadUsage(f"{into} is there already", remedy="name another with --output")
        part.replace(into)
    finally:
        part.unlink(missing_ok=True)
    if speaker.as_json:
        told = {"file": str(into), "bytes": made.bytes, "media_type": made.media_type}
        speaker.give(told)
    speaker.say(speaker.said(Words(f"已写入 {into}", f"Written: {into}")))
    return 0
