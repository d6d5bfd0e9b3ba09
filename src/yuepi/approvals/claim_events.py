"""What happened to a claim, as its submitter and others who may see it are told it.

The audit record holds more than they should know: who sits where, how a blind re-check ended, the
hashes of pictures. So only the listed actions are shown, and of each only the listed details.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

from yuepi.approvals.claim_rows import MACHINE, ClaimRow

By = Literal["machine", "submitter", "person", "service"]
"""service: the program's account that handed the claim in for its submitter."""


class Recorded(Protocol):
    """An entry of the audit record, with its place in it."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def action(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...


class Trail(Protocol):
    """The audit record, as far as it is read here."""

    async def entries(
        self, *, subject: str | None, after: int, rows_max: int
    ) -> Sequence[Recorded]:
        """Entries about a subject, in order, after that place."""


@dataclass(frozen=True, slots=True)
class ClaimEvent:
    """One thing that happened. seq: its place, growing; detail: plain JSON values."""

    seq: int
    at: datetime
    action: str
    by: By
    detail: Mapping[str, Any]


_SHOWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "claim.submitted": ("category",),
        "claim.read": ("name", "files", "failed"),
        "claim.decided": ("outcome", "applied", "refer_to", "codes"),
        "claim.quarantined": (),
        "claim.released": ("to",),
        "claim.cancelled": (),
        "claim.answered": (),
        "claim.asked": ("question",),
        "claim.approved": ("reason",),
        "claim.rejected": ("reason",),
        "claim.appealed": (),
        "claim.overridden": ("to", "reason"),
        "claim.reopened": (),
    }
)


_OUTCOMES: Final = frozenset({"claim.decided", "claim.approved"})
"""Events that, by the machine, tell what it made of a claim."""


def public_events(
    entries: Sequence[Recorded], claim: ClaimRow, *, blind: bool = False
) -> list[ClaimEvent]:
    """The events of a claim out of its audit entries; what is not listed above is left out.

    blind: for somebody who must not learn what the machine decided.
    """
    return [
        ClaimEvent(
            seq=entry.seq,
            at=entry.at,
            action=entry.action,
            by=_by(entry.actor, claim),
            detail={name: entry.detail[name] for name in shown if name in entry.detail},
        )
        for entry in entries
        if (shown := _SHOWN.get(entry.action)) is not None
        and not (blind and entry.actor == MACHINE and entry.action in _OUTCOMES)
    ]


def _by(actor: str, claim: ClaimRow) -> By:
    if actor == MACHINE:
        return "machine"
    if actor == claim.submitter_id:
        return "submitter"
    return "service" if actor == claim.handed_in_by else "person"
