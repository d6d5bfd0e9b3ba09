"""`yuepi outbox`: messages that were given up, shown and tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yuepi.app.commands.admin import in_china
from yuepi.app.data_folder import database_of
from yuepi.app.options import data_named
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import Words
from yuepi.kit.settings import load_settings

if TYPE_CHECKING:
    from yuepi.kit.messages import DeadMessage
    from yuepi.kit.outbox import Outbox


@asynccontextmanager
async def _opened(data: Path) -> AsyncGenerator[Outbox, None]:
    """The outbox, without anything that delivers."""
    async with AsyncExitStack() as stack:
        database = await database_of(load_settings(data), stack)
        from yuepi.kit.outbox import Outbox

        yield Outbox(database, {})


def list_dead(limit: int, data: Path, speaker: Speaker) -> int:
    """The newest `limit` of them, one a line; how many there are in all."""

    async def read() -> tuple[list[DeadMessage], int]:
        async with _opened(data) as outbox:
            _, dead = await outbox.counts()
            return await outbox.dead(limit), dead

    messages, dead = asyncio.run(read())
    if speaker.as_json:
        speaker.give({"messages": [_told(each) for each in messages], "dead": dead})
        return 0
    for each in messages:
        tries = speaker.said(Words(f"{each.attempts} 次", f"{each.attempts} attempts"))
        parts = (each.id, in_china(each.created_at), each.topic, each.key, tries, each.error)
        speaker.say(visible_line("  ".join(parts)))
    if not dead:
        speaker.note(speaker.said(Words("没有放弃投递的消息", "No message was given up")))
    elif dead > len(messages):
        more = Words(f"共 {dead} 条：加大 --limit", f"There are {dead}: raise --limit")
        speaker.note(speaker.said(more))
    else:
        again = f"yuepi outbox retry --all{data_named(data)}"
        speaker.note(speaker.said(Words(f"重试：{again}", f"To try them again: {again}")))
    return 0


def retry_dead(message_id: str | None, data: Path, speaker: Speaker) -> int:
    """Have that one tried again, or all (None). Raises `UnknownMessage`."""

    async def retry() -> int:
        async with _opened(data) as outbox:
            if message_id is None:
                return await outbox.retry_all()
            await outbox.retry(message_id)
            return 1

    retried = asyncio.run(retry())
    if speaker.as_json:
        speaker.give({"retried": retried})
    else:
        done = Words(f"{retried} 条消息将重新投递", f"Messages that will be tried again: {retried}")
        speaker.say(speaker.said(done))
    return 0


def _told(message: DeadMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "at": message.created_at.isoformat(timespec="seconds"),
        "topic": message.topic,
        "key": message.key,
        "attempts": message.attempts,
        "error": message.error,
    }
