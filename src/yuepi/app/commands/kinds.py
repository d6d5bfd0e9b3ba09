"""`yuepi kinds`: which kinds of documents are known here."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from yuepi.app.kinds_shown import kinds_shown
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import Words
from yuepi.documents.kinds import known_kinds, package_of
from yuepi.documents.kinds.kind import Kind


def run(speaker: Speaker) -> int:
    """Show all kinds. Raises `BadUsage` naming the package whose kind cannot be used."""
    kinds = known_kinds()
    if speaker.as_json:
        speaker.give({"kinds": [each.model_dump() for each in kinds_shown()]})
    else:
        speaker.console().print(_table(kinds, speaker))
    return 0


def _table(kinds: tuple[Kind, ...], speaker: Speaker) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for words in (
        Words("种类", "Kind"),
        Words("名称", "What it is"),
        Words("字段（* 默认遮盖）", "Fields (* masked)"),
        Words("来自", "From"),
    ):
        table.add_column(speaker.said(words), overflow="fold")
    for kind in kinds:
        fields = " ".join(f"{name}*" if name in kind.masked else name for name in kind.fields)
        package = package_of(kind)
        table.add_row(
            Text(visible_line(kind.name), style="bold"),
            Text(visible_line(f"{kind.title_zh} {kind.title_en}")),
            Text(visible_line(fields)),
            Text(visible_line(package) if package else "", style="dim"),
        )
    return table
