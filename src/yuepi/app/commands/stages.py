"""`yuepi stages`: how far the machine of a running server decides alone, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from yuepi.app.api_client import Api, Asked, place
from yuepi.app.server import Server
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import Words

_KEY: Final = ("kind", "tier", "category")


@dataclass(frozen=True, slots=True)
class Rule:
    """What the command line says in any case; `*` stands for any."""

    stage: str
    kind: str
    tier: str
    category: str
    reason: str


def list_stages(server: Server) -> int:
    """All rules, one a line."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        return (await api.get(place("stages"))).body

    told = server.run(tell)
    if speaker.as_json:
        speaker.give(told)
        return 0
    for each in told["stages"]:
        speaker.say(visible_line(_line(each, speaker)))
    return 0


def set_stage(server: Server, rule: Rule, changes: Mapping[str, Any]) -> int:
    """Write a rule under the version it has now. changes: None leaves a value as it is."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        there = (await api.get(place("stages"))).body["stages"]
        like, version = _before(there, rule)
        kept = {name: like[name] for name in changes}
        given = {name: value for name, value in changes.items() if value is not None}
        asked = Asked("PUT", place("stages"), body=asdict(rule) | kept | given, etag=f'"{version}"')
        return (await api.ask(asked)).body

    told = server.run(tell)
    if speaker.as_json:
        speaker.give(told)
    else:
        speaker.say(visible_line(_line(told, speaker)))
    return 0


def _before(there: Sequence[Mapping[str, Any]], rule: Rule) -> tuple[Mapping[str, Any], int]:
    """The rule to begin from, and the version to replace: 0 where there is none of that key. The
    rule for all is always there."""
    by_key = {tuple(each[name] for name in _KEY): each for each in there}
    own = by_key.get((rule.kind, rule.tier, rule.category))
    return own or by_key[("*", "*", "*")], own["version"] if own else 0


def _line(stage: Mapping[str, Any], speaker: Speaker) -> str:
    """A rule with its evidence on one line."""
    blind, following = stage["blind"], stage["next"]
    agreed = Words(
        f"盲抽一致 {blind['agreed']}/{blind['total']}",
        f"blind sample agreed {blind['agreed']}/{blind['total']}",
    )
    parts = [
        "/".join(stage[name] for name in _KEY),
        stage["stage"],
        f"bar {stage['bar']:g}",
        f"sample {stage['sample_share']:g}",
        f"≤ {stage['amount_max']}",
        speaker.said(agreed),
        _next(following, speaker) if following else "",
    ]
    return "  ".join(part for part in parts if part)


def _next(following: Mapping[str, Any], speaker: Speaker) -> str:
    """What the next stage needs."""
    to, more = following["stage"], following["more"]
    if following["ready"]:
        return speaker.said(Words(f"可升至 {to}", f"{to}: possible now"))
    if more is None:
        return speaker.said(Words(f"证据不足以升至 {to}", f"{to}: out of sight"))
    return speaker.said(Words(f"升至 {to} 还需 {more} 次一致", f"{to}: {more} more must agree"))
