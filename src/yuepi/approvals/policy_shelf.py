"""The policies as they are kept: drafts, proposals, and the one that the machine decides by.

A version is a text and never changes; what is in force is the latest publication. To put one in
force takes two people: whoever wrote or proposed it cannot publish it. Going back to an earlier
version goes the same way. Before anybody published one, the policy that the settings name (or the
one that comes with the program) is the first version.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from yuepi.access.principal import SYSTEM, Principal, require
from yuepi.approvals.claim_rows import Conflict, NotFound, Stale
from yuepi.approvals.policy import Policy, load_policy
from yuepi.approvals.policy_rows import (
    PolicyDamaged,
    PolicyVersion,
    Shelf,
    WrongPolicyState,
    check_four_eyes,
    clean_note,
    not_proposed,
    publication_of,
    shown_version,
    version_values,
)
from yuepi.approvals.store import policies as rows
from yuepi.approvals.store.policies import PolicyTable
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction
from yuepi.kit.record import Entry, Recorder

SETTINGS: Final = "settings"
"""Who wrote and published the first version."""
VERSIONS_MAX: Final = 5_000
PAGE_MAX: Final = 200
HISTORY_MAX: Final = 50
TRIES_MAX: Final = 5


class Policies(Protocol):
    """What the machine decides by, as far as it is asked for here."""

    async def current(self, *, transaction: Transaction | None = None) -> Policy:
        """The policy in force."""


class FixedPolicy:
    """One policy for ever: for who has no shelf."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def current(self, *, transaction: Transaction | None = None) -> Policy:
        """That one."""
        return self._policy


class PolicyShelf:
    """All policies. first: the policy of the settings, asked for when there is none yet."""

    def __init__(
        self,
        database: Database,
        record: Recorder,
        clock: Callable[[], datetime] = utc_now,
        *,
        first: Callable[[], Policy],
    ) -> None:
        self._database = database
        self._record = record
        self._clock = clock
        self._first = first
        self._table = PolicyTable(database)
        self._loaded: Policy | None = None

    # --- what is in force ------------------------------------------------------------------------

    async def current(self, *, transaction: Transaction | None = None) -> Policy:
        """The policy in force. Cheap: its text is loaded when it is another one."""
        if transaction is not None:
            found = await rows.in_force(transaction)
            if found is not None:
                return await self._load(transaction, found[1])
        await self._begun()
        async with self._database.reading() as own:
            _, version = await _surely_in_force(own)
            return await self._load(own, version)

    async def _begun(self) -> None:
        """See that there is a first version. Loads none: one that the program of today cannot use
        must not keep people from putting another one in its place."""
        if await self.in_force() is None:
            await self._begin()

    async def in_force(self) -> str | None:
        """The version in force; None before there is one. Changes nothing."""
        async with self._database.reading() as transaction:
            found = await rows.in_force(transaction)
        return None if found is None else found[1]

    async def _load(self, transaction: Transaction, version: str) -> Policy:
        loaded = self._loaded
        if loaded is None or loaded.version != version:
            text = await rows.jdm_of(transaction, version)
            if text is None:
                raise NotFound(f"policy {version}")
            loaded = self._loaded = await _loaded_as(version, text)
        return loaded

    async def _begin(self) -> None:
        """Publish the settings' policy as the first version, once."""
        policy = await asyncio.to_thread(self._first)
        now = self._clock()
        async with self._database.writing() as transaction:
            row = version_values(policy, 1, "", SETTINGS, None, now)
            await self._table.add_version(transaction, row)
            published = await self._table.publish(
                transaction,
                {
                    "turn": 1,
                    "version": policy.version,
                    "note": "",
                    "proposed_by": None,
                    "published_by": SETTINGS,
                    "published_at": now,
                },
            )
            if not published:
                return
            detail = {"number": 1, "note": "", "turn": 1, "replaces": None, "by": SETTINGS}
            await self._record(
                transaction,
                [Entry("policy.published", SYSTEM, policy.version, now, detail)],
            )

    # --- looking ---------------------------------------------------------------------------------

    async def list(
        self, principal: Principal, *, before: int | None = None, rows_max: int = PAGE_MAX
    ) -> Shelf:
        """Versions and what was published. Raises `MissingRight`."""
        require(principal, "policies:read")
        await self._begun()
        async with self._database.reading() as transaction:
            found = await rows.versions(transaction, before=before, rows_max=rows_max + 1)
            _, published = await _surely_in_force(transaction)
            shown = await self._shown(transaction, principal, found[:rows_max], published)
            history = await rows.publications(transaction, HISTORY_MAX)
        following = found[rows_max - 1]["number"] if len(found) > rows_max else None
        return Shelf(shown, published, tuple(map(publication_of, history)), following)

    async def show(self, principal: Principal, version: str) -> tuple[PolicyVersion, str]:
        """A version and its text. Raises `MissingRight`, `NotFound`."""
        require(principal, "policies:read")
        await self._begun()
        async with self._database.reading() as transaction:
            shown = await self._one(transaction, principal, version)
            text = await rows.jdm_of(transaction, version)
        if text is None:
            raise NotFound(f"policy {version[:80]!r}")
        return shown, text

    async def loaded(self, principal: Principal, version: str) -> Policy:
        """A version, ready to decide. Raises as `show`."""
        _, text = await self.show(principal, version)
        return await _loaded_as(version, text)

    # --- changing --------------------------------------------------------------------------------

    async def draft(
        self, principal: Principal, text: str, *, note: str, based_on: str | None
    ) -> PolicyVersion:
        """Keep a policy; the same text again is the same version, as it was. Raises
        `MissingRight`, `BadPolicy` with all mistakes, `NotFound` for what it is based on."""
        require(principal, "policies:write")
        policy = await asyncio.to_thread(load_policy, text)
        await self._begun()
        note = clean_note(note)
        for _ in range(TRIES_MAX):
            async with self._database.writing() as transaction:
                if await rows.version_row(transaction, policy.version) is not None:
                    return await self._one(transaction, principal, policy.version)
                if based_on and await rows.version_row(transaction, based_on) is None:
                    raise NotFound(f"policy {based_on[:80]!r}")
                number, now = await self._table.next_number(transaction), self._clock()
                if number > VERSIONS_MAX:
                    raise Conflict(
                        f"there are {VERSIONS_MAX} versions already",
                        remedy="ask whoever runs this desk",
                    )
                row = version_values(policy, number, note, principal.id, based_on, now)
                if not await self._table.add_version(transaction, row):
                    continue
                shown = await self._one(transaction, principal, policy.version)
                detail = {"number": number, "note": note, "based_on": based_on}
                await self._tell(transaction, "policy.drafted", principal, policy.version, detail)
                return shown
        raise Conflict("others write policies at this moment", remedy="try again in a moment")

    async def propose(self, principal: Principal, version: str, *, note: str) -> PolicyVersion:
        """Ask for a version to be put in force. Raises `MissingRight`, `NotFound`,
        `WrongPolicyState` where it is, or is proposed already."""
        require(principal, "policies:write")
        note, now = clean_note(note), self._clock()
        await self._begun()
        async with self._database.writing() as transaction:
            await self._one(transaction, principal, version)
            _, published = await _surely_in_force(transaction)
            row = {
                "id": f"prp_{secrets.token_urlsafe(12)}",
                "version": version,
                "state": "open",
                "note": note,
                "proposed_by": principal.id,
                "proposed_at": now,
            }
            if version == published or not await self._table.add_proposal(transaction, row):
                raise WrongPolicyState(
                    "this version is in force, or proposed, already", remedy="look at it again"
                )
            shown = await self._one(transaction, principal, version)
            detail = {"number": shown.number, "note": note, "replaces": published}
            await self._tell(transaction, "policy.proposed", principal, version, detail)
        return shown

    async def withdraw(self, principal: Principal, version: str, *, note: str) -> PolicyVersion:
        """Take back, or turn down, what is proposed. Raises `MissingRight`, `NotFound`,
        `WrongPolicyState` where nothing is."""
        require(principal, "policies:write")
        note, now = clean_note(note), self._clock()
        async with self._database.writing() as transaction:
            await self._one(transaction, principal, version)
            closed = await self._table.close_proposal(
                transaction, version, "withdrawn", principal.id, now
            )
            if closed is None:
                raise not_proposed()
            shown = await self._one(transaction, principal, version)
            detail = {"number": shown.number, "note": note, "proposed_by": closed["proposed_by"]}
            await self._tell(transaction, "policy.withdrawn", principal, version, detail)
        return shown

    async def publish(
        self, principal: Principal, version: str, *, note: str, replaces: str | None = None
    ) -> PolicyVersion:
        """Put a proposed version in force, from the next claim on.

        replaces: the version that they saw in force. Raises `MissingRight`, `NotFound`,
        `FourEyes`, `WrongPolicyState` where it is not proposed, `Stale` where another one is in
        force by now, `BadPolicy` where today's program cannot use it.
        """
        require(principal, "policies:publish")
        note, now = clean_note(note), self._clock()
        policy = await self._usable(version)
        async with self._database.writing() as transaction:
            before = await self._one(transaction, principal, version)
            turn, published = await _surely_in_force(transaction)
            closed = await self._table.close_proposal(
                transaction, version, "published", principal.id, now
            )
            if closed is None:
                raise not_proposed()
            check_four_eyes(principal, before.author, closed["proposed_by"])
            row = {
                "turn": turn + 1,
                "version": version,
                "note": note,
                "proposed_by": closed["proposed_by"],
                "published_by": principal.id,
                "published_at": now,
            }
            seen = replaces is None or replaces == published
            if not seen or not await self._table.publish(transaction, row):
                raise Stale("the policy in force", {"version": published})
            shown = await self._one(transaction, principal, version)
            detail = {
                "number": shown.number,
                "note": note,
                "turn": turn + 1,
                "replaces": published,
                "author": before.author,
                "proposed_by": closed["proposed_by"],
            }
            await self._tell(transaction, "policy.published", principal, version, detail)
        self._loaded = policy
        return shown

    async def _usable(self, version: str) -> Policy:
        """A kept version, loaded by the program of today."""
        async with self._database.reading() as transaction:
            text = await rows.jdm_of(transaction, version)
        if text is None:
            raise NotFound(f"policy {version[:80]!r}")
        return await _loaded_as(version, text)

    # --- inside ----------------------------------------------------------------------------------

    async def _tell(
        self,
        transaction: Transaction,
        action: str,
        who: Principal,
        version: str,
        detail: Mapping[str, Any],
    ) -> None:
        entry = Entry(action, who.id, version, self._clock(), detail)
        await self._record(transaction, [entry])

    async def _one(
        self, transaction: Transaction, principal: Principal, version: str
    ) -> PolicyVersion:
        row = await rows.version_row(transaction, version)
        found = await rows.in_force(transaction)
        if row is None:
            raise NotFound(f"policy {version[:80]!r}")
        published = "" if found is None else found[1]
        return (await self._shown(transaction, principal, [row], published))[0]

    async def _shown(
        self,
        transaction: Transaction,
        principal: Principal,
        found: Sequence[Mapping[str, Any]],
        published: str,
    ) -> tuple[PolicyVersion, ...]:
        names = [row["version"] for row in found]
        proposals = await rows.open_proposals(transaction, names)
        past = await rows.last_publications(transaction, names)
        return tuple(
            shown_version(
                row, principal, published, proposals.get(row["version"]), past.get(row["version"])
            )
            for row in found
        )


async def _surely_in_force(transaction: Transaction) -> tuple[int, str]:
    found = await rows.in_force(transaction)
    if found is None:
        raise NotFound("policy in force", remedy="ask for the list of policies first")
    return found


async def _loaded_as(version: str, text: str) -> Policy:
    """The policy of a kept text. Raises `BadPolicy`, `PolicyDamaged` where it is another one's: two
    people looked at the text whose hash the version is."""
    policy = await asyncio.to_thread(load_policy, text)
    if policy.version != version:
        raise PolicyDamaged(version)
    return policy
