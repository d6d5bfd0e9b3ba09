"""`yuepi replay CLAIM`: a decision made again, beside the one that was kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yuepi.app.data_folder import database_of
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import OUTCOMES, Words
from yuepi.kit.settings import load_settings

if TYPE_CHECKING:
    from yuepi.approvals.replay import Difference, Replayed

VALUE_CHARACTERS_MAX = 120


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    data: Path
    claim: str
    in_round: int | None
    reread: bool


def run(asked: Asked, speaker: Speaker) -> int:
    """Make it again and show it; 0 only where the same came out."""
    replayed = asyncio.run(_replayed(asked))
    if speaker.as_json:
        speaker.give(as_json(replayed))
    else:
        _show(replayed, speaker)
    return 0 if replayed.same and not replayed.reread else 1


async def _replayed(asked: Asked) -> Replayed:
    # Here, not above: `yuepi --help` must not wait for the rule engine.
    from yuepi.app.desk import present_policy
    from yuepi.app.work import with_model
    from yuepi.app.worker_reader import DeskReader
    from yuepi.approvals.replay import Replays
    from yuepi.audit.trail import Trail
    from yuepi.kit.blobs import open_blobs

    settings = load_settings(asked.data)
    async with AsyncExitStack() as stack:
        database = await database_of(settings, stack)
        reader = None
        if asked.reread:
            desk = DeskReader(folder=settings.folder)
            stack.callback(desk.close)
            reader = await with_model(settings, desk, stack)
        blobs = await asyncio.to_thread(open_blobs, settings.blobs_place)
        replays = Replays(
            database,
            blobs,
            present=await present_policy(settings, database),
            reader=reader,
            trail=Trail(database),
        )
        return await replays.replay(asked.claim, asked.in_round, reread=asked.reread)


def as_json(replayed: Replayed) -> dict[str, Any]:
    """The whole comparison; `same` says it in one word."""
    present = replayed.present
    return {
        "claim": replayed.claim_id,
        "round": replayed.round,
        "same": replayed.same,
        "policy": replayed.policy,
        "reader": replayed.reader,
        "before": replayed.before,
        "after": replayed.after,
        "differences": [asdict(each) for each in replayed.differences],
        "damage": list(replayed.damage),
        "present_policy": None
        if present is None
        else {
            "policy": present.version,
            "decision": present.decision,
            "differences": [asdict(each) for each in present.differences],
        },
        "reread": None if replayed.reread is None else [asdict(each) for each in replayed.reread],
    }


def _show(replayed: Replayed, speaker: Speaker) -> None:
    def said(zh: str, en: str) -> None:
        speaker.say(visible_line(speaker.said(Words(zh, en))))

    outcome = OUTCOMES[replayed.before.outcome]
    said(
        f"{replayed.claim_id} 第 {replayed.round} 轮：{outcome.zh}",
        f"{replayed.claim_id}, round {replayed.round}: {outcome.en}",
    )
    said(f"规则 {replayed.policy}", f"policy {replayed.policy}")
    said(f"读取 {replayed.reader}", f"reader {replayed.reader}")
    for each in replayed.damage:
        said(f"✗ 存档有变：{each}", f"✗ changed since: {each}")
    if replayed.same:
        said("✓ 重新判定，结果逐位相同", "✓ made again: the same, bit for bit")
    else:
        said("✗ 重新判定，结果不同：", "✗ made again, it differs:")
        _differences(replayed.differences, speaker)
    if replayed.present is not None:
        now = OUTCOMES[replayed.present.decision.outcome]
        said(f"按现行规则：{now.zh}", f"by the present policy: {now.en}")
        _differences(replayed.present.differences, speaker)
    if replayed.reread is not None:
        if replayed.reread:
            said("重新读取原件，结果不同：", "read again, the originals give:")
        else:
            said("✓ 重新读取原件，结果相同", "✓ the originals read the same")
        _differences(replayed.reread, speaker)


def _differences(differences: Sequence[Difference], speaker: Speaker) -> None:
    for each in differences:
        speaker.say(visible_line(f"  {each.at}: {_short(each.before)} → {_short(each.after)}"))


def _short(text: str | None) -> str:
    if text is None:
        return "–"
    return text if len(text) <= VALUE_CHARACTERS_MAX else text[: VALUE_CHARACTERS_MAX - 1] + "…"
