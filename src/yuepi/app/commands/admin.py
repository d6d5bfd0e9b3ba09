"""`yuepi admin`: keys of the door."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yuepi.app.compose import open_keyring
from yuepi.app.options import data_named
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import Words
from yuepi.kit.clock import CHINA, utc_now
from yuepi.kit.settings import load_settings

if TYPE_CHECKING:
    from yuepi.access.keys import Key, KeyRow


@dataclass(frozen=True)
class NewKey:
    """What a new key may do; None means no limit. A naive `expires` is China's time.

    user: the login of its owner; None: a program's own, for models. scopes: what the owner's key
    may do; none: all that the owner may.
    """

    name: str
    tenant: str
    requests_per_minute: int | None
    tokens_per_minute: int | None
    budget: Decimal | None
    expires: datetime | None
    user: str | None = None
    scopes: Sequence[str] = ()


def create_key(new: NewKey, data: Path, speaker: Speaker) -> int:
    """Make a key and show it, once."""
    expires = new.expires
    if expires is not None and expires.tzinfo is None:
        expires = expires.replace(tzinfo=CHINA)

    async def make() -> tuple[Key, str]:
        if new.user is not None:
            from yuepi.app.commands.people import key_for

            return await key_for(new.user, new, expires, load_settings(data))
        async with open_keyring(load_settings(data)) as keyring:
            return await keyring.create(
                new.name,
                tenant=new.tenant,
                requests_per_minute=new.requests_per_minute,
                tokens_per_minute=new.tokens_per_minute,
                budget=new.budget,
                expires_at=expires,
            )

    key, secret = asyncio.run(make())
    if speaker.as_json:
        speaker.give({"key": secret, "id": key.id, "name": key.name, "tenant": key.tenant})
        return 0
    speaker.say(secret)
    shown = Words(
        f"密钥 {key.name}（{key.id}）只显示这一次，请妥善保存。",
        f"Key {key.name} ({key.id}): shown this once, keep it in a safe place.",
    )
    speaker.note(speaker.said(shown))
    return 0


def list_keys(data: Path, speaker: Speaker) -> int:
    """All keys, without their secrets."""

    async def rows() -> Sequence[KeyRow]:
        async with open_keyring(load_settings(data)) as keyring:
            return await keyring.list()

    keys = [_told(row) for row in asyncio.run(rows())]
    if speaker.as_json:
        speaker.give({"keys": keys})
        return 0
    if not keys:
        making = f"yuepi admin key create NAME{data_named(data)}"
        none = Words(f"还没有密钥：{making}", f"No keys: {making}")
        speaker.note(speaker.said(none))
    for key in keys:
        limits = [
            f"{key[name]} {unit}"
            for name, unit in (
                ("requests_per_minute", "rpm"),
                ("tokens_per_minute", "tpm"),
                ("budget", "/ month"),
            )
            if key[name] is not None
        ]
        if key["expires_at"] is not None:
            ends = in_china(datetime.fromisoformat(key["expires_at"]))
            limits.append(speaker.said(Words(f"到期 {ends}", f"expires {ends}")))
        owner = key["user"] or key["tenant"]
        parts = [key["id"], key["name"], owner, key["state"], *limits]
        speaker.say("  ".join(visible_line(str(part)) for part in parts))
    return 0


def revoke_key(id_or_name: str, data: Path, speaker: Speaker) -> int:
    """End a key, here and in a running server within seconds."""

    async def revoke() -> Key:
        async with open_keyring(load_settings(data)) as keyring:
            return await keyring.revoke(id_or_name)

    key = asyncio.run(revoke())
    if speaker.as_json:
        speaker.give({"revoked": key.id, "name": key.name})
    else:
        done = Words(f"已吊销 {key.name}（{key.id}）", f"Revoked {key.name} ({key.id})")
        speaker.say(speaker.said(done))
    return 0


def _told(row: KeyRow) -> dict[str, Any]:
    key = row.key
    ended = key.expires_at is not None and key.expires_at <= utc_now()
    state = "revoked" if row.revoked_at else "expired" if ended else "live"
    return {
        "id": key.id,
        "name": key.name,
        "tenant": key.tenant,
        "user": key.user_id,
        "scopes": list(key.scopes),
        "state": state,
        "requests_per_minute": key.requests_per_minute,
        "tokens_per_minute": key.tokens_per_minute,
        "budget": None if key.budget is None else amount(key.budget),
        "expires_at": _moment(key.expires_at),
        "created_at": _moment(row.created_at),
        "last_used_at": _moment(row.last_used_at),
        "revoked_at": _moment(row.revoked_at),
    }


def amount(money: Decimal) -> str:
    """Text, not a number, so that no digit is lost: at least two decimals, no zeros beyond."""
    whole, _, decimals = format(money, "f").partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def in_china(when: datetime) -> str:
    """A moment by the clock in China, as people there read it."""
    return when.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _moment(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat(timespec="seconds")
