"""`yuepi index`: how the library's index is, and making it anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from yuepi.app.speaking import Speaker
from yuepi.app.words import Words
from yuepi.kit.settings import load_settings

if TYPE_CHECKING:
    from yuepi.library.hit import Health
    from yuepi.library.index.contract import IndexSize

_HEALTH = {
    "fresh": Words("最新", "fresh"),
    "behind": Words("落后于文档库", "behind the library"),
    "broken": Words("已损坏", "broken"),
}


def status(data: Path, speaker: Speaker) -> int:
    """Tell; 0 where it is fresh, else 1."""
    settings = load_settings(data)
    from yuepi.app.library import library_in
    from yuepi.library.index.contract import IndexBroken

    async def go() -> tuple[Health, int, IndexSize | None]:
        async with library_in(settings) as library:
            health, waiting = await library.indexer.health()
            try:
                return health, waiting, await library.index.size()
            except IndexBroken:
                return "broken", waiting, None

    health, waiting, size = asyncio.run(go())
    if speaker.as_json:
        told = {"health": health, "waiting": waiting, "place": str(settings.index_place)}
        sizes: dict[str, int | None] = {"chunks": None, "vectors": None, "bytes": None}
        if size is not None:
            sizes = {"chunks": size.chunks, "vectors": size.vectors, "bytes": size.bytes}
        speaker.give(told | sizes)
        return 0 if health == "fresh" else 1
    speaker.say(speaker.said(Words("索引：", "Index: ")) + speaker.said(_HEALTH[health]))
    if size is not None:
        words = Words(
            f"{size.chunks} 个片段，{size.vectors} 个有向量",
            f"{size.chunks} pieces, {size.vectors} with a vector",
        )
        speaker.say(speaker.said(words))
    if waiting:
        speaker.say(
            speaker.said(Words(f"{waiting} 份文档在等待", f"{waiting} documents wait for it"))
        )
    if health == "broken":
        speaker.note(
            speaker.said(Words("用 yuepi index rebuild 重建", "make it anew: yuepi index rebuild"))
        )
    return 0 if health == "fresh" else 1


def rebuild(data: Path, speaker: Speaker) -> int:
    """Make it anew; 0 when that is done."""
    settings = load_settings(data)
    from yuepi.app.library import library_in
    from yuepi.library.paging import forget_unused

    async def go() -> tuple[Health, int]:
        async with library_in(settings) as library:
            with speaker.progress(0, Words("重建索引", "Rebuilding")) as progress:

                def tell(done: int, total: int) -> None:
                    if progress is not None:
                        progress(done, total, "")

                await library.indexer.rebuild(tell)
            if library.pages is not None:
                await library.pages.rebuild()
            else:
                await forget_unused(settings.index_place, None, 0)
            health, waiting = await library.indexer.health()
            return health, waiting

    health, waiting = asyncio.run(go())
    if speaker.as_json:
        speaker.give({"health": health, "waiting": waiting})
        return 0
    speaker.say(speaker.said(Words("索引已重建", "The index was made anew")))
    return 0
