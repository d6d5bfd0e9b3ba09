"""`yuepi search`: a question to the library, after reading what was just added."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yuepi.app.catch_up import catch_up
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.wiring import Wiring
from yuepi.app.words import Words
from yuepi.kit.clock import business_day, utc_now
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import load_settings
from yuepi.library.query import TEXT_CHARACTERS_MAX

if TYPE_CHECKING:
    from rich.text import Text

    from yuepi.library.hit import Found, Hit

SNIPPET_CHARACTERS: Final = 240
BEFORE_CHARACTERS: Final = 40
"""Of a snippet, before its first marked word."""


@dataclass(frozen=True)
class Asked:
    """What the command line says. wait_s: how long to read and index what waits."""

    question: str
    data: Path
    limit: int
    wait_s: float


def run(asked: Asked, speaker: Speaker, wiring: Wiring) -> int:
    """Search; 0 found, 1 nothing found."""
    question = asked.question.strip()
    if not question or len(question) > TEXT_CHARACTERS_MAX:
        raise BadUsage(
            f"a question has 1 to {TEXT_CHARACTERS_MAX} characters", remedy="ask a shorter one"
        )
    settings = load_settings(asked.data)
    from yuepi.app.library import library_in
    from yuepi.library.scope import EVERYTHING

    async def go() -> Found:
        async with library_in(settings) as library:
            await catch_up(library, asked.wait_s, speaker, wiring)
            return await library.searcher.search(
                EVERYTHING,
                question,
                hits_max=asked.limit,
                today=business_day(utc_now()),
                language=speaker.language,
            )

    found = asyncio.run(go())
    if speaker.as_json:
        speaker.give(as_json(found))
    else:
        _show(found, speaker)
    return 0 if found.hits else 1


def as_json(found: Found) -> dict[str, Any]:
    """What programs are told: the hits first, then how the question was understood."""
    told: dict[str, Any] = found.model_dump(mode="json")
    hits = told.pop("hits")
    return {"hits": hits, **told}


def _show(found: Found, speaker: Speaker) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    said = speaker.said
    language = speaker.language
    chips = [chip.label_zh if language == "zh" else chip.label_en for chip in found.chips]
    if chips:
        speaker.say(said(Words("条件：", "Filters: ")) + visible_line(" · ".join(chips)))
    if found.hits:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
        table.add_column(said(Words("文件", "File")), overflow="fold", max_width=32)
        table.add_column(said(Words("页", "Page")), justify="right", no_wrap=True)
        table.add_column(said(Words("内容", "Text")), overflow="fold", ratio=1)
        for hit in found.hits:
            table.add_row(Text(visible_line(hit.file)), str(hit.page), snippet(hit))
        speaker.console().print(table)
        speaker.say(said(_count(found)))
    else:
        speaker.say(said(Words("没有找到", "Nothing was found")))
    if found.loose:
        loose = Words("没有很相符的内容，以下仅略微相近", "Nothing fits well: only loosely alike")
        speaker.note(said(loose))
    if found.unsure:
        unsure = Words(
            f"另有 {found.unsure} 份类型不明的文档未列出",
            f"Left out, of no known kind: {found.unsure}",
        )
        speaker.note(said(unsure))
    for line in health_lines(found.index, found.waiting, speaker):
        speaker.note(line)


def _count(found: Found) -> Words:
    if found.at_least:
        return Words(f"至少 {found.documents} 份文档", f"Documents: at least {found.documents}")
    return Words(f"{found.documents} 份文档", f"Documents: {found.documents}")


def health_lines(index: str, waiting: int, speaker: Speaker) -> list[str]:
    """What is to be said of an index that cannot answer for all."""
    if index == "broken":
        words = Words(
            "索引已损坏：只回答了编号、金额、日期和名称的精确查询；运行 yuepi index rebuild 重建",
            "The index is broken: only exact numbers, amounts, dates and names were looked for; "
            "make it anew with yuepi index rebuild",
        )
        return [speaker.said(words)]
    if index == "behind" or waiting:
        words = Words(
            f"{waiting} 份文档尚未进入索引", f"{waiting} documents are not in the index yet"
        )
        return [speaker.said(words)]
    return []


def snippet(hit: Hit) -> Text:
    """The piece around its first marked word, the marked words bold."""
    from rich.text import Text

    line = visible_line(" ".join(hit.text.split()))
    words = sorted({visible_line(mark.text) for mark in hit.marks if mark.text.strip()})
    places = [line.find(word) for word in words if word in line]
    start = max(0, min(places, default=0) - BEFORE_CHARACTERS)
    cut = line[start : start + SNIPPET_CHARACTERS]
    left = "…" if start else ""
    right = "…" if start + SNIPPET_CHARACTERS < len(line) else ""
    told = Text(f"{left}{cut}{right}")
    told.highlight_words(words, "bold yellow")
    return told
