"""`yuepi extract`: a user's own JSON Schema, filled from documents."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yuepi.app.gather import gather, shown_names
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.wiring import AskedModel, Wiring, user_text
from yuepi.app.words import SOURCES, STATUS_SIGNS, STATUSES, Words

if TYPE_CHECKING:
    from rich.table import Table

    from yuepi.documents.extraction import ExtractedField, Extraction, Wanted
    from yuepi.documents.read import FileRead

_UNFIT = Words("类型不符", "not of its type")
_UNFIT_SIGN = "≠"


@dataclass(frozen=True)
class Asked:
    """What the command line says. reveal: personal data whole."""

    paths: Sequence[Path]
    schema: Path
    model: AskedModel | None
    reveal: bool


def run(asked: Asked, speaker: Speaker, wiring: Wiring) -> int:
    """Extract and show; 1 where a file could not be read or lacks what is required."""
    from yuepi.documents.extraction import read_wanted

    # A schema that cannot be used is found out before a minute of reading.
    wanted, schema = read_wanted(user_text(asked.schema).encode())
    files = gather(asked.paths)
    names = shown_names(files, asked.paths)
    with speaker.progress(len(files)) as progress:
        if asked.model is None:
            read = wiring.read(files, names, True, progress)
        else:
            read = wiring.read_with_model(files, names, progress, asked.model)
    found = _extracted(read, wanted, schema, asked)
    if speaker.as_json:
        speaker.give({"files": found})
    else:
        _show(found, speaker)
    return 0 if all(each.fits and each.error is None for each in found) else 1


def _extracted(
    read: Sequence[FileRead], wanted: Wanted, schema: Mapping[str, Any], asked: Asked
) -> list[Extraction]:
    from yuepi.app.extracting import asking, extracted, extracted_with_model

    if asked.model is None:
        return [extracted(file, wanted, schema, reveal=asked.reveal) for file in read]
    from yuepi.app.compose import compose_bare
    from yuepi.kit.settings import load_settings

    name, settings = asked.model.name, load_settings(asked.model.data, only_own=True)

    async def with_model() -> list[Extraction]:
        async with compose_bare(settings, name) as composition:
            ask = asking(composition.gateway, name)
            return [
                await extracted_with_model(file, wanted, schema, ask, reveal=asked.reveal)
                for file in read
            ]

    return asyncio.run(with_model())


def _show(found: Sequence[Extraction], speaker: Speaker) -> None:
    from rich.text import Text

    console = speaker.console()
    for each in found:
        console.print(Text(visible_line(each.file), style="bold"), Text(each.kind or "", "dim"))
        if each.error is not None:
            console.print(Text(f"✗ {visible_line(each.error.message)}", style="red"))
            console.print(Text(f"  {visible_line(each.error.remedy)}"))
            continue
        console.print(_table(each, speaker))
        for question in each.questions:
            told = question.message_zh if speaker.language == "zh" else question.message
            console.print(Text(f"? {visible_line(told)}", style="yellow"))
        if not each.fits:
            words = Words("结果不符合该 schema：", "the result does not fit the schema: ")
            console.print(Text(f"△ {speaker.said(words)}{visible_line(each.misfit or '')}"))


def _table(each: Extraction, speaker: Speaker) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for words in (
        Words("位置", "Where"),
        Words("值", "Value"),
        Words("状态", "Status"),
        Words("来源", "Sources"),
    ):
        table.add_column(speaker.said(words), overflow="fold")
    for pointer, field in each.fields.items():
        read = "–" if field.read is None else visible_line(field.read)
        read += "".join(f" ≠ {visible_line(other)}" for other in field.others)
        sources = ", ".join(speaker.said(SOURCES[source]) for source in field.sources)
        table.add_row(
            Text(visible_line(pointer)), Text(read), _status(field, speaker), Text(sources)
        )
    return table


def _status(field: ExtractedField, speaker: Speaker) -> str:
    if field.status == "unfit":
        return f"{_UNFIT_SIGN} {speaker.said(_UNFIT)}"
    return f"{STATUS_SIGNS[field.status]} {speaker.said(STATUSES[field.status])}"
