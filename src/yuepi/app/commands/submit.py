"""`yuepi submit`: a claim's files to a running server, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from yuepi.app.api_client import Api, place
from yuepi.app.api_client import Asked as Request
from yuepi.app.commands.claims import claim_line, event_line
from yuepi.app.server import Server, new_key
from yuepi.app.visible import visible_line
from yuepi.app.words import Words

OVER: Final = frozenset({"approved", "rejected", "cancelled", "quarantined", "waiting", "asked"})
"""States in which nothing moves before a person does."""


@dataclass(frozen=True)
class Asked:
    """What the command line says; `on`: YYYY-MM-DD."""

    files: Sequence[Path]
    category: str | None
    note: str | None
    on: str | None
    submitter: str | None
    once: str | None
    wait: bool


def run(asked: Asked, server: Server) -> int:
    """Hand in, and with `wait` follow; 0 taken in (with `wait`: approved), else 1."""

    async def tell(api: Api) -> tuple[dict[str, Any], bool]:
        given = {
            "category": asked.category,
            "note": asked.note,
            "on": asked.on,
            "submitter": asked.submitter,
        }
        request = Request(
            "POST",
            place("claims"),
            fields={name: value for name, value in given.items() if value},
            files=asked.files,
            key=asked.once or new_key(),
            upload=True,
        )
        answer = await api.ask(request)
        claim: dict[str, Any] = answer.body
        if not server.speaker.as_json:
            _tell(server, claim, new=answer.status == 201)
        if asked.wait:
            claim = await _followed(api, server, claim)
        return claim, answer.status == 201

    claim, new = server.run(tell)
    if server.speaker.as_json:
        server.speaker.give({"claim": claim, "new": new})
    elif asked.wait:
        server.speaker.say(visible_line(claim_line(claim, server.speaker)))
    return 0 if not asked.wait or claim["status"] == "approved" else 1


def _tell(server: Server, claim: dict[str, Any], *, new: bool) -> None:
    said = (
        Words(f"已提交：{claim['id']}", f"Handed in: {claim['id']}")
        if new
        else Words(f"此前已提交：{claim['id']}", f"Handed in before: {claim['id']}")
    )
    server.speaker.say(server.speaker.said(said))


async def _followed(api: Api, server: Server, claim: dict[str, Any]) -> dict[str, Any]:
    """The claim once it waits for nobody but people."""
    path = place("claims", claim["id"])
    async for event in api.events(f"{path}/events"):
        if not server.speaker.as_json:
            server.speaker.note(visible_line(event_line(event.data, server.speaker)))
        # Each event may be the one after which only a person moves it on.
        claim = (await api.get(path)).body["claim"]
        if claim["status"] in OVER:
            return claim
    return dict((await api.get(path)).body["claim"])
