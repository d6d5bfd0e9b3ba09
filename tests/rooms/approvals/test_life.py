"""The table of moves, whole: what it allows, and that it allows nothing else."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from yuepi.approvals.claim_rows import ClaimStatus, Origin, WrongState
from yuepi.approvals.life import (
    ENDED,
    MOVES,
    Event,
    moved,
    moves_from,
    origin_after,
)

STATUSES: tuple[ClaimStatus, ...] = get_args(ClaimStatus)
EVENTS: tuple[Event, ...] = get_args(Event)
ORIGINS: tuple[Origin | None, ...] = (None, "automatic", "person")

ALLOWED = {
    # (event, from, origin): (to, origin after, who); `any` stands for every origin.
    ("pass", "received", "any"): ("approved", "automatic", "machine"),
    ("refer", "received", "any"): ("waiting", None, "machine"),
    ("quarantine", "received", "any"): ("quarantined", None, "machine"),
    ("approve", "waiting", "any"): ("approved", "person", "person"),
    ("approve", "appealed", "any"): ("approved", "person", "person"),
    ("reject", "waiting", "any"): ("rejected", "person", "person"),
    ("reject", "appealed", "any"): ("rejected", "person", "person"),
    ("ask", "waiting", "any"): ("asked", None, "person"),
    ("answer", "asked", "any"): ("received", None, "submitter"),
    ("cancel", "received", "any"): ("cancelled", None, "submitter"),
    ("cancel", "waiting", "any"): ("cancelled", None, "submitter"),
    ("cancel", "asked", "any"): ("cancelled", None, "submitter"),
    ("cancel", "appealed", "any"): ("cancelled", None, "submitter"),
    ("cancel", "quarantined", "any"): ("cancelled", None, "submitter"),
    ("appeal", "rejected", "any"): ("appealed", "keep", "submitter"),
    ("appeal", "approved", "automatic"): ("appealed", "keep", "submitter"),
    ("try_again", "quarantined", "any"): ("received", None, "supervisor"),
    ("hand_over", "quarantined", "any"): ("waiting", None, "supervisor"),
    ("override_approve", "rejected", "any"): ("approved", "person", "supervisor"),
    ("override_reject", "approved", "any"): ("rejected", "person", "supervisor"),
    ("reopen", "approved", "automatic"): ("waiting", None, "person"),
    ("reopen", "rejected", "any"): ("waiting", None, "person"),
}


@pytest.mark.parametrize("event", EVENTS)
def test_exactly_the_allowed_moves_are_possible(event: Event) -> None:
    for status, origin in product(STATUSES, ORIGINS):
        expected = ALLOWED.get((event, status, "any")) or ALLOWED.get((event, status, origin))
        if expected is None:
            with pytest.raises(WrongState) as refused:
                moved(event, status, origin)
            assert refused.value.http_status == 409
            assert refused.value.remedy
            continue
        move = moved(event, status, origin)
        after, origin_expected, who = expected
        assert (move.to, move.by) == (after, who)
        assert origin_after(move, origin) == (
            origin if origin_expected == "keep" else origin_expected
        )


def test_a_machine_never_rejects_and_never_touches_what_a_person_decided() -> None:
    for move in MOVES:
        if move.by == "machine":
            assert move.to in ("approved", "waiting", "quarantined")
            assert move.sources == {"received"}
        if move.to == "rejected":
            assert move.by in ("person", "supervisor")
            assert move.origin == "person"


def test_only_what_goes_back_to_the_machine_begins_a_new_round() -> None:
    assert {move.event for move in MOVES if move.new_round} == {"answer", "try_again"}
    assert all((move.to == "received") == move.new_round for move in MOVES)


def test_every_negative_or_automatic_outcome_can_be_appealed_by_the_submitter() -> None:
    for status, origin in (("rejected", "person"), ("approved", "automatic")):
        events = {move.event for move in moves_from(status, origin, "submitter")}  # type: ignore[arg-type]
        assert "appeal" in events
    assert "appeal" not in {move.event for move in moves_from("approved", "person", "submitter")}


def test_whatever_waits_has_somebody_to_move_it_on_and_a_way_to_an_end() -> None:
    for status in STATUSES:
        reached, ahead = set[ClaimStatus](), {status}
        while ahead:
            at = ahead.pop()
            reached.add(at)
            nexts = {move.to for origin in ORIGINS for move in moves_from(at, origin)}
            ahead |= nexts - reached
        assert reached & ENDED, status
        if status not in ENDED:
            assert moves_from(status, None), status


def test_a_withdrawn_claim_stays_so_and_the_refusal_says_what_is_possible() -> None:
    assert all(not moves_from("cancelled", origin) for origin in ORIGINS)
    with pytest.raises(WrongState, match="was withdrawn") as refused:
        moved("cancel", "cancelled", None)
    assert refused.value.remedy == "nothing can change it any more"


def test_a_refusal_names_what_the_asker_can_do_and_nothing_that_only_others_can() -> None:
    with pytest.raises(WrongState, match="waits for a reviewer") as refused:
        moved("answer", "waiting", None)
    assert refused.value.remedy == "you can: cancel"
    for event, status, origin in product(EVENTS, STATUSES, ORIGINS):
        by = next(move.by for move in MOVES if move.event == event)
        try:
            moved(event, status, origin)
        except WrongState as error:
            told = error.remedy.removeprefix("you can: ")
            named = set(told.split(", ")) if told != error.remedy else set()
            assert named <= {move.event for move in moves_from(status, origin, by)}
            # A reviewer must not learn so that the machine approved.
            assert "reopen" not in named
