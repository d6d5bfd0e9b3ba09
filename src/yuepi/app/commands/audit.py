"""`yuepi audit`: the record checked, its roots brought away, its entries shown."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yuepi.app.commands.admin import in_china
from yuepi.app.data_folder import DATABASE_FILE, database_of
from yuepi.app.options import data_named
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import Words
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import load_settings

if TYPE_CHECKING:
    from yuepi.audit.links import Finding
    from yuepi.audit.signed_root import SignedRoot
    from yuepi.audit.trail import Recorded
    from yuepi.audit.verify import Verdict
    from yuepi.kit.database import Database

SHOWN_MAX: Final = 50
"""Findings that are written out for a person; JSON has them all."""
ROOTS_SHOWN: Final = 10

_PUBLIC: Final = re.compile(r"[0-9a-f]{64}")

_FOUND: Final[dict[str, Words]] = {
    "edited": Words("记录 {seq} 被改动", "entry {seq} was edited"),
    "relinked": Words("记录 {seq} 的链值被改动", "the link of entry {seq} was changed"),
    "replaced": Words(
        "记录 {seq} 与前一条不相接：它被替换，或前面有记录被删除",
        "entry {seq} does not follow the one before: it was replaced, or some before it removed",
    ),
    "missing": Words("记录 {seq} 至 {upto} 缺失", "entries {seq} to {upto} are missing"),
    "moved": Words(
        "记录 {seq} 不在原来的位置，或是复制的", "entry {seq} was moved here, or is a copy"
    ),
    "inserted": Words("记录 {seq} 至 {upto} 是插入的", "entries {seq} to {upto} were put in"),
    "truncated": Words(
        "末尾被截断：应有 {seq} 条，止于 {upto}",
        "the newest are cut off: {seq} entries were there, it ends at {upto}",
    ),
    "beyond_end": Words(
        "记录 {seq} 至 {upto} 在末尾之后", "entries {seq} to {upto} stand after the end"
    ),
    "end_missing": Words("末尾标记缺失", "the mark of the end is missing"),
    "end_wrong": Words("末尾标记被改动", "the mark of the end was changed"),
    "root_wrong": Words(
        "前 {seq} 条与数据库中签名的根不符：签名后被改写",
        "the first {seq} entries do not lead to their signed root: rewritten after it was signed",
    ),
    "root_forged": Words("根 {seq} 的签名无效", "the signature of the root over {seq} is false"),
    "root_missing": Words("根 {seq} 之前有根被删除", "roots before the one over {seq} are gone"),
    "key_unknown": Words(
        "根 {seq} 由未知的密钥签名", "the root over {seq} is signed by a key that is not known"
    ),
    "rewritten": Words(
        "前 {seq} 条与导出的根不符：历史被改写",
        "the first {seq} entries do not lead to the exported root: history was rewritten",
    ),
}


@dataclass(frozen=True)
class Checked:
    """What to verify: the record of a data folder, against a file of roots, by known keys."""

    data: Path
    against: Path | None
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Sought:
    """Which entries to show: the newest `limit`; None does not ask."""

    subject: str | None
    action: str | None
    actor: str | None
    limit: int


@asynccontextmanager
async def _opened(data: Path) -> AsyncGenerator[Database, None]:
    """The database alone. Raises `BadUsage` where there is none: a new one would be whole."""
    settings = load_settings(data)
    if not settings.database.url and not (settings.folder / DATABASE_FILE).exists():
        raise BadUsage(
            f"there is no database in {settings.folder}",
            remedy="name the data folder with --data, or in YUEPI_DATA",
            code="no_database",
        )
    async with AsyncExitStack() as stack:
        yield await database_of(settings, stack)


def verify_record(checked: Checked, speaker: Speaker) -> int:
    """Compute everything anew; 0 where it is what was written, 1 where something was found."""
    keys = [key.lower() for key in checked.keys]
    for key in keys:
        if _PUBLIC.fullmatch(key) is None:
            raise BadUsage(
                f"{key[:80]!r} is no public key",
                remedy="give the 64 hexadecimal digits that yuepi audit roots shows",
            )

    async def check() -> Verdict:
        from yuepi.audit.roots_file import read_roots
        from yuepi.audit.verify import verify

        against = None if checked.against is None else await read_roots(checked.against)
        # Whoever writes to the database alone has another key: theirs is none of ours.
        known = keys or ([] if against else _own_key(checked.data))
        async with _opened(checked.data) as database:
            with speaker.progress(0, Words("校验", "Verifying")) as advance:

                def step(done: int, total: int) -> None:
                    if advance is not None:
                        advance(done, total, "")

                return await verify(database, against, keys=known or None, advance=step)

    verdict = asyncio.run(check())
    if speaker.as_json:
        speaker.give(_verdict_told(verdict, checked))
    else:
        _say_verdict(verdict, checked, speaker)
    return 0 if verdict.whole else 1


def _own_key(data: Path) -> list[str]:
    """The public key of the data folder, if it has one."""
    from yuepi.audit.root_key import public_key_of

    public = public_key_of(load_settings(data).folder, os.environ)
    return [] if public is None else [public]


def export_roots(out: Path, data: Path, speaker: Speaker) -> int:
    """Add the roots to a file that it does not have yet."""

    async def export() -> int:
        from yuepi.audit.roots_file import follow

        async with _opened(data) as database:
            return await follow(database, out)

    added = asyncio.run(export())
    if speaker.as_json:
        speaker.give({"added": added, "file": str(out)})
    else:
        done = Words(f"已写入 {added} 个新的根：{out}", f"Added {added} new roots to {out}")
        speaker.say(speaker.said(done))
        away = Words(
            "请把该文件保存在另一台机器上。", "Keep a copy of this file on another machine."
        )
        speaker.note(speaker.said(away))
    return 0


def show_roots(data: Path, speaker: Speaker) -> int:
    """The newest roots, the last one last, and the public keys that signed them."""

    async def read() -> list[SignedRoot]:
        from yuepi.audit.trail import Trail

        async with _opened(data) as database:
            return await Trail(database).roots(newest_first=True, rows_max=ROOTS_SHOWN)

    roots = asyncio.run(read())[::-1]
    keys = list(dict.fromkeys(root.key for root in roots))
    if speaker.as_json:
        speaker.give({"keys": keys, "roots": [root.told() for root in roots]})
        return 0
    if not roots:
        none = Words(
            "还没有签名的根：运行中的 yuepi serve 会定时签名",
            "No roots yet: a running yuepi serve signs one every few minutes",
        )
        speaker.note(speaker.said(none))
    for root in roots:
        speaker.say(f"{root.size}  {in_china(root.at)}  {root.root.hex()}")
    for key in keys:
        named = Words(f"公钥 {visible_line(key)}", f"public key {visible_line(key)}")
        speaker.say(speaker.said(named))
    return 0


def show_entries(sought: Sought, data: Path, speaker: Speaker) -> int:
    """The newest entries, one a line, the last one last."""

    async def read() -> list[Recorded]:
        from yuepi.audit.trail import Trail

        async with _opened(data) as database:
            return await Trail(database).entries(
                subject=sought.subject,
                action=sought.action,
                actor=sought.actor,
                newest_first=True,
                rows_max=sought.limit,
            )

    entries = asyncio.run(read())[::-1]
    if speaker.as_json:
        speaker.give({"entries": [_entry_told(entry) for entry in entries]})
        return 0
    if not entries:
        speaker.note(speaker.said(Words("没有这样的记录", "No such entries")))
    for entry in entries:
        detail = json.dumps(entry.detail, ensure_ascii=False)
        parts = (
            str(entry.seq), in_china(entry.at), entry.action, entry.actor, entry.subject, detail,
        )  # fmt: skip
        speaker.say(visible_line("  ".join(parts)))
    return 0


def _say_verdict(verdict: Verdict, checked: Checked, speaker: Speaker) -> None:
    for finding in verdict.findings[:SHOWN_MAX]:
        speaker.say(speaker.said(_worded(finding)))
    found = sum(verdict.counts.values())
    shown = min(len(verdict.findings), SHOWN_MAX)
    if found > shown:
        more = Words(f"另有 {found - shown} 处", f"and {found - shown} more")
        speaker.say(speaker.said(more))
    entries, roots = verdict.entries, verdict.roots
    if verdict.whole:
        whole = Words(
            f"记录完好：{entries} 条，{roots} 个签名的根",
            f"The record is whole: {entries} entries, {roots} signed roots",
        )
        speaker.say(speaker.said(whole))
    else:
        broken = Words(
            f"记录已被改动：{found} 处（共 {entries} 条）",
            f"The record was changed: {found} findings in {entries} entries",
        )
        speaker.say(speaker.said(broken))
    for key in verdict.keys:
        speaker.note(speaker.said(Words(f"签名公钥 {key}", f"signed by {key}")))
    speaker.note(speaker.said(_reach(verdict, checked)))


def _reach(verdict: Verdict, checked: Checked) -> Words:
    """What this verification could and could not find."""
    if checked.against is None:
        more = f"yuepi audit verify --against ROOTS{data_named(checked.data)}"
        return Words(
            f"未与导出的根比较：整体改写无法发现。请用 {more}",
            "Not compared with exported roots: a record rewritten as a whole is not found so. "
            f"Use {more}",
        )
    return Words(
        f"导出的根（{verdict.exported_roots} 个）证明了前 {verdict.proved_upto} 条；"
        "其后的记录要等下一个导出的根",
        f"{verdict.exported_roots} exported roots prove the first {verdict.proved_upto} entries; "
        "later ones wait for the next exported root",
    )


def _worded(finding: Finding) -> Words:
    words = _FOUND[finding.kind]
    values = {"seq": finding.seq, "upto": finding.upto}
    return Words(words.zh.format(**values), words.en.format(**values))


def _verdict_told(verdict: Verdict, checked: Checked) -> dict[str, Any]:
    told = asdict(verdict)
    told["findings"] = [
        {"kind": each.kind, "seq": each.seq, "upto": each.upto, "message": _worded(each).en}
        for each in verdict.findings
    ]
    return {"whole": verdict.whole, "compared": checked.against is not None} | told


def _entry_told(entry: Recorded) -> dict[str, Any]:
    told = asdict(entry) | {"at": entry.at.isoformat(), "hash": entry.hash.hex()}
    keys: Sequence[str] = ("seq", "at", "action", "actor", "subject", "detail", "hash")
    return {key: told[key] for key in keys}
