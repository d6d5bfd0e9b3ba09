"""`yuepi calls`: what was asked of the models, by whom, at what cost; read from the call log."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yuepi.app.commands.admin import amount, in_china
from yuepi.app.compose import open_call_log
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible, visible_line
from yuepi.app.words import Words
from yuepi.kit.clock import CHINA
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import load_settings

if TYPE_CHECKING:
    from yuepi.gateway.call_log import CallPage, CallRecord


@dataclass(frozen=True)
class Sought:
    """Which calls to list: the newest `limit`; None does not ask. A naive `since` is China's."""

    since: datetime | None
    tenant: str | None
    outcome: str | None
    limit: int


def list_calls(sought: Sought, data: Path, speaker: Speaker) -> int:
    """The newest calls, one a line."""

    async def read() -> CallPage:
        async with open_call_log(load_settings(data), contents=False) as log:
            return await log.page(
                tenant=sought.tenant,
                since=None if sought.since is None else _aware(sought.since),
                outcome=sought.outcome,
                rows_max=sought.limit,
            )

    page = asyncio.run(read())
    if speaker.as_json:
        speaker.give({"calls": [_told(each) for each in page.records], "more": bool(page.cursor)})
        return 0
    if not page.records:
        speaker.note(speaker.said(Words("没有这样的调用", "No such calls")))
    for each in page.records:
        speaker.say(visible_line(_line(each)))
    if page.cursor is not None:
        more = Words("还有更早的：加大 --limit", "There are earlier ones: raise --limit")
        speaker.note(speaker.said(more))
    return 0


def show_call(call_id: str, data: Path, speaker: Speaker, *, content: bool) -> int:
    """All that is kept of one call; `content`: what was said too, opened with the content key."""

    async def read() -> tuple[CallRecord | None, bytes | None]:
        async with open_call_log(load_settings(data), contents=content) as log:
            record = await log.find(call_id)
            kept = await log.content(call_id) if record is not None and content else None
            return record, kept

    record, kept = asyncio.run(read())
    if record is None:
        raise BadUsage(
            f"there is no call {call_id[:128]!r}",
            remedy="`yuepi calls list` shows the newest; answers name theirs in x-request-id",
            code="unknown_call",
        )
    told = _told(record)
    if content:
        told["content"] = None if kept is None else json.loads(kept)
    if speaker.as_json:
        speaker.give(told)
        return 0
    for name, value in told.items():
        if name != "content":
            speaker.say(visible_line(f"{name}: {_shown(value)}"))
    if content:
        _say_content(told["content"], speaker)
    return 0


def purge_calls(before: datetime, data: Path, speaker: Speaker) -> int:
    """Delete the calls that came before a moment, with what was said in them."""
    moment = _aware(before)

    async def purge() -> int:
        async with open_call_log(load_settings(data), contents=False) as log:
            return await log.purge(moment)

    gone = asyncio.run(purge())
    if speaker.as_json:
        speaker.give({"purged": gone, "before": moment.isoformat(timespec="seconds")})
    else:
        until = in_china(moment)
        done = Words(f"已删除 {until} 之前的 {gone} 次调用", f"Deleted {gone} calls before {until}")
        speaker.say(speaker.said(done))
    return 0


def _say_content(content: Any, speaker: Speaker) -> None:
    if content is None:
        speaker.note(speaker.said(Words("没有保存内容", "Its content was not kept")))
        return
    for message in content["messages"]:
        parts = (
            part if isinstance(part, str) else f"<{part['picture']}>" for part in message["parts"]
        )
        speaker.say(visible(f"[{message['role']}] " + "\n".join(parts)))
    speaker.say(visible(f"[answer] {content['answer']}"))


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo is not None else when.replace(tzinfo=CHINA)


def _told(record: CallRecord) -> dict[str, Any]:
    """All columns; money as text, so that no digit is lost."""
    told = asdict(record) | {
        "at": record.at.isoformat(timespec="milliseconds"),
        "cost": amount(record.cost),
        "picture_sha256s": list(record.picture_sha256s),
    }
    del told["content"]
    return told


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value) or "-"
    if isinstance(value, float):
        return f"{value:.3f}"
    return "-" if value is None or value == "" else str(value)


def _line(record: CallRecord) -> str:
    tokens = f"{record.prompt_tokens}+{record.completion_tokens}"
    way = f"{record.route}→{record.deployment or '-'}"
    parts = (
        record.id,
        in_china(record.at),
        record.tenant,
        way,
        record.outcome,
        f"{record.total_s:.2f} s",
        f"{tokens} tokens",
        amount(record.cost),
        record.cache,
    )
    return "  ".join(parts)
