"""The life of a claim: in which state what may happen, by whom, and what becomes of it. Pure.

`MOVES` is the whole of it; who changes a claim asks `moved` first. That the mover is not the
submitter, holds the lease, or waits for a second pair of eyes, is for the rooms to see to.

    received ──► approved ──► appealed ──► approved | rejected
       │  ▲          ▲ │ override
       │  │          │ ▼
       │  asked ◄─ waiting ──► rejected ──► appealed
       └► quarantined ──► received | waiting
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from yuepi.approvals.claim_rows import ClaimStatus, Origin, WrongState

Who = Literal["machine", "submitter", "person", "supervisor"]
"""machine: the workflow. person: a reviewer other than the submitter. supervisor: one who may."""

Event = Literal[
    "pass",
    "refer",
    "quarantine",
    "approve",
    "reject",
    "ask",
    "answer",
    "cancel",
    "appeal",
    "try_again",
    "hand_over",
    "override_approve",
    "override_reject",
    "reopen",
]
"""pass: the machine approves by itself. try_again, hand_over: out of quarantine, to the machine or
to a person. reopen: a re-check disagreed with the machine, or a supervisor with a rejection."""


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table.

    origins: whom the present outcome must be from; None: whatever it is. origin: whom it is from
    afterwards, `keep` leaves it. new_round: the machine begins anew.
    """

    event: Event
    by: Who
    sources: frozenset[ClaimStatus]
    to: ClaimStatus
    origin: Origin | Literal["keep"] | None = "keep"
    origins: frozenset[Origin | None] | None = None
    new_round: bool = False


def _from(*statuses: ClaimStatus) -> frozenset[ClaimStatus]:
    return frozenset(statuses)


_AUTOMATIC: Final[frozenset[Origin | None]] = frozenset({"automatic"})

MOVES: Final[tuple[Move, ...]] = (
    Move("pass", "machine", _from("received"), "approved", "automatic"),
    Move("refer", "machine", _from("received"), "waiting", None),
    Move("quarantine", "machine", _from("received"), "quarantined", None),
    Move("approve", "person", _from("waiting", "appealed"), "approved", "person"),
    Move("reject", "person", _from("waiting", "appealed"), "rejected", "person"),
    Move("ask", "person", _from("waiting"), "asked", None),
    Move("answer", "submitter", _from("asked"), "received", None, new_round=True),
    Move(
        "cancel",
        "submitter",
        _from("received", "waiting", "asked", "appealed", "quarantined"),
        "cancelled",
        None,
    ),
    # A negative outcome, or one that no person looked at: another person answers.
    Move("appeal", "submitter", _from("rejected"), "appealed"),
    Move("appeal", "submitter", _from("approved"), "appealed", origins=_AUTOMATIC),
    Move("try_again", "supervisor", _from("quarantined"), "received", None, new_round=True),
    Move("hand_over", "supervisor", _from("quarantined"), "waiting", None),
    Move("override_approve", "supervisor", _from("rejected"), "approved", "person"),
    Move("override_reject", "supervisor", _from("approved"), "rejected", "person"),
    Move("reopen", "person", _from("approved"), "waiting", None, origins=_AUTOMATIC),
    # An override that takes two: the other person decides.
    Move("reopen", "person", _from("rejected"), "waiting", None),
)

ENDED: Final = frozenset[ClaimStatus]({"approved", "rejected", "cancelled"})
"""States in which nothing more is expected of the program or of a person."""

_WORDS: Final[Mapping[ClaimStatus, str]] = MappingProxyType(
    {
        "received": "is being read",
        "waiting": "waits for a reviewer",
        "asked": "waits for the submitter's answer",
        "approved": "is approved",
        "rejected": "is rejected",
        "appealed": "is appealed, and waits for another reviewer",
        "cancelled": "was withdrawn",
        "quarantined": "stands in quarantine, since the machine failed on it",
    }
)


def moved(event: Event, status: ClaimStatus, origin: Origin | None) -> Move:
    """The move that this event makes; raises `WrongState` naming what the same kind of person
    could do instead."""
    for move in MOVES:
        if move.event == event and _fits(move, status, origin):
            return move
    if not moves_from(status, origin):
        remedy = "nothing can change it any more"
    else:
        # What others may do helps nobody, and may be more than the asker is to know.
        by = next(move.by for move in MOVES if move.event == event)
        events = {move.event for move in moves_from(status, origin, by)} - {"reopen"}
        told = f"you can: {', '.join(sorted(events))}"
        remedy = told if events else "look at the claim again later: others act on it now"
    raise WrongState(f"{event} is not possible: the claim {_WORDS[status]}", remedy=remedy)


def moves_from(status: ClaimStatus, origin: Origin | None, by: Who | None = None) -> list[Move]:
    """What may happen next: of everyone, or of one of them."""
    return [move for move in MOVES if _fits(move, status, origin) and by in (None, move.by)]


def origin_after(move: Move, origin: Origin | None) -> Origin | None:
    """Whom the outcome is from after the move."""
    return origin if move.origin == "keep" else move.origin


def _fits(move: Move, status: ClaimStatus, origin: Origin | None) -> bool:
    return status in move.sources and (move.origins is None or origin in move.origins)
