"""A version of the policy as people are shown it, and what may stand against changing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from yuepi.access.principal import Principal, may
from yuepi.approvals.claim_rows import Conflict
from yuepi.approvals.policy import Policy
from yuepi.kit.errors import YuepiError

State = Literal["draft", "proposed", "published", "retired"]
Act = Literal["propose", "publish", "withdraw"]
NOTE_CHARACTERS_MAX: Final = 2_000


class FourEyes(YuepiError):
    """Who wrote or proposed a version cannot publish it."""

    code = "another_person"
    http_status = 403

    def __init__(self, what: str) -> None:
        super().__init__(
            f"whoever {what} a version cannot publish it",
            remedy="ask another supervisor or administrator to look at it and publish it",
        )


class PolicyDamaged(YuepiError):
    """The kept text of a version is not the one that it is the hash of."""

    code = "policy_damaged"
    http_status = 503

    def __init__(self, version: str) -> None:
        super().__init__(
            f"the text of the policy {version} was changed in the database",
            remedy="publish another version, and look at who can write to the database",
        )


class WrongPolicyState(Conflict):
    """The version is in a state in which this cannot be done."""

    code = "wrong_policy_state"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version as it stands. proposed_…: of its open proposal, else of the one that led to its
    latest publication. possible: what whoever asks may do with it now; blocked: why they may not
    publish it (`author`, `proposer`), where only that stands against it."""

    version: str
    number: int
    state: State
    note: str
    author: str
    based_on: str | None
    created_at: datetime
    proposed_by: str | None
    proposed_at: datetime | None
    proposal_note: str | None
    published_by: str | None
    published_at: datetime | None
    publish_note: str | None
    possible: tuple[Act, ...]
    blocked: Literal["author", "proposer"] | None


@dataclass(frozen=True, slots=True)
class Publication:
    """One time that a version was put in force."""

    turn: int
    version: str
    number: int
    note: str
    proposed_by: str | None
    published_by: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of versions, the newest first. next: the number to ask for more before, if any."""

    versions: tuple[PolicyVersion, ...]
    published: str
    history: tuple[Publication, ...]
    next: int | None


def shown_version(
    row: Mapping[str, Any],
    principal: Principal,
    published: str,
    proposal: Mapping[str, Any] | None,
    publication: Mapping[str, Any] | None,
) -> PolicyVersion:
    """A version as this person is shown it; proposal: the open one, publication: the latest."""
    version, author = row["version"], row["author"]
    state: State = "draft"
    if version == published:
        state = "published"
    elif proposal is not None:
        state = "proposed"
    elif publication is not None:
        state = "retired"
    blocked: Literal["author", "proposer"] | None = None
    possible: list[Act] = []
    if state in ("draft", "retired") and may(principal, "policies:write"):
        possible.append("propose")
    if state == "proposed" and proposal is not None:
        if may(principal, "policies:write"):
            possible.append("withdraw")
        if may(principal, "policies:publish"):
            if principal.id == author:
                blocked = "author"
            elif principal.id == proposal["proposed_by"]:
                blocked = "proposer"
            else:
                possible.append("publish")
    by = proposal["proposed_by"] if proposal else None
    if proposal is None and publication is not None:
        by = publication["proposed_by"]
    return PolicyVersion(
        version=version,
        number=row["number"],
        state=state,
        note=row["note"],
        author=author,
        based_on=row["based_on"],
        created_at=row["created_at"],
        proposed_by=by,
        proposed_at=proposal["proposed_at"] if proposal else None,
        proposal_note=proposal["note"] if proposal else None,
        published_by=publication["published_by"] if publication else None,
        published_at=publication["published_at"] if publication else None,
        publish_note=publication["note"] if publication else None,
        possible=tuple(possible),
        blocked=blocked,
    )


def publication_of(row: Mapping[str, Any]) -> Publication:
    """A publication in its row."""
    return Publication(**{name: row[name] for name in Publication.__slots__})


def version_values(
    policy: Policy, number: int, note: str, author: str, based_on: str | None, at: datetime
) -> dict[str, Any]:
    """The row of a new version."""
    return {
        "version": policy.version,
        "number": number,
        "jdm": policy.canonical,
        "note": note,
        "author": author,
        "based_on": based_on,
        "created_at": at,
    }


def check_four_eyes(principal: Principal, author: str, proposer: str) -> None:
    """Raises `FourEyes` for who wrote or proposed it."""
    if principal.id == author:
        raise FourEyes("wrote")
    if principal.id == proposer:
        raise FourEyes("proposed")


def not_proposed() -> WrongPolicyState:
    """The error for a version that nobody proposes."""
    return WrongPolicyState(
        "this version is not proposed", remedy="propose it first; another person publishes it"
    )


def clean_note(note: str) -> str:
    """A note that any database and any screen takes."""
    kept = "".join(c if c.isprintable() or c == "\n" else " " for c in note)
    return kept.encode("utf-8", "replace").decode()[:NOTE_CHARACTERS_MAX].strip()
