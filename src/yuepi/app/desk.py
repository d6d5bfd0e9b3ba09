"""The approvals desk, open: everything that people and programs meet at `/api`.

`open_desk` puts the rooms' parts together on an open database; `app.work` does the same for what
the machine does with claims. The settings are read here and passed down as plain values.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from yuepi.access.accounts import Accounts, open_accounts
from yuepi.access.departments import Department
from yuepi.access.keys import Keyring
from yuepi.access.principal import ROLES, Role, may
from yuepi.access.user import NoSuchPerson, User
from yuepi.access.web import Web
from yuepi.app.library import Library, open_library
from yuepi.app.wiring import user_text
from yuepi.approvals.claims import Claims
from yuepi.approvals.history import History
from yuepi.approvals.mail import Contact
from yuepi.approvals.notices import Notices
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import Policy, load_policy
from yuepi.approvals.policy_shelf import PolicyShelf
from yuepi.approvals.review_rows import ReviewTerms
from yuepi.approvals.reviews import Reviews
from yuepi.approvals.stage_shelf import StageShelf
from yuepi.approvals.submission import ClaimLimits
from yuepi.approvals.webhook_call import CallRules
from yuepi.approvals.webhooks import Webhooks
from yuepi.audit.record import append
from yuepi.audit.trail import Trail
from yuepi.kit.blobs import Blobs, open_blobs
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database
from yuepi.kit.sealing import Sealer
from yuepi.kit.settings import Settings
from yuepi.kit.settings_file import wrong

if TYPE_CHECKING:
    from yuepi.access.oidc import OidcProvider
    from yuepi.engines.contract import Embedder
    from yuepi.library.asking.writing import Writer

OIDC_RETURN: Final = "/api/oidc/return"


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts. Who opened them closes them."""

    settings: Settings
    database: Database
    blobs: Blobs
    trail: Trail
    accounts: Accounts
    web: Web
    history: History
    stages: StageShelf
    policies: PolicyShelf
    claims: Claims
    reviews: Reviews
    notices: Notices
    webhooks: Webhooks
    library: Library

    async def contact_of(self, user_id: str) -> Contact | None:
        """Where a person is written to; None for who is gone, disabled or has no address."""
        try:
            user = await self.accounts.people.user(user_id)
        except NoSuchPerson:
            return None
        if user.disabled or not user.email:
            return None
        return Contact(user.email, user.name, user.language)

    async def people_with(self, role: str, department_id: str | None) -> Sequence[str]:
        """Active users with a role: of a department and those above it, or of all (None)."""
        wanted: list[Role] = [each for each in ROLES if each == role]
        users = await self.accounts.people.holding(wanted)
        if department_id is None or role == "admin":
            return [user.id for user in users]
        above = _upwards(await self.accounts.departments.list(), department_id)
        return [user.id for user in users if user.department in above]


async def open_desk(
    settings: Settings,
    database: Database,
    keyring: Keyring,
    sealer: Sealer,
    stack: AsyncExitStack,
    *,
    embedders: Mapping[str, Embedder] | None = None,
    writer: Writer | None = None,
) -> Desk:
    """The desk on a migrated database; `stack` closes what it opened. embedders, writer: of a
    server, for the library."""
    blobs = await asyncio.to_thread(open_blobs, settings.blobs_place)
    accounts = open_accounts(database, keyring, record=append, provider=_provider(settings))
    stack.push_async_callback(accounts.close)
    history = history_of(settings, database)
    stages = StageShelf(
        database,
        append,
        window=timedelta(days=settings.approvals.evidence_days),
        evidence_min=settings.approvals.evidence_min,
    )
    terms = review_terms(settings)
    trail = Trail(database)

    async def submitter_of(login_or_id: str) -> tuple[str, str] | None:
        # The id first: no login that looks like one stands before it.
        user: User | None
        try:
            user = await accounts.people.user(login_or_id)
        except NoSuchPerson:
            user = await accounts.people.user_by_login(login_or_id)
        if user is None or user.disabled:
            return None
        principal = await accounts.people.principal_of(user)
        return (user.id, user.department) if may(principal, "claims:submit") else None

    library = await open_library(
        settings, database, blobs, stack, embedders=embedders, people=accounts.people, writer=writer
    )
    return Desk(
        settings=settings,
        database=database,
        blobs=blobs,
        trail=trail,
        accounts=accounts,
        web=Web(settings.server.public_url or None),
        history=history,
        stages=stages,
        policies=PolicyShelf(database, append, first=partial(settings_policy, settings)),
        claims=Claims(
            database,
            blobs,
            append,
            utc_now,
            ClaimLimits(settings.approvals.files_max, settings.approvals.claim_bytes_max),
            history=history,
            terms=terms,
            trail=trail,
            submitter_of=submitter_of,
        ),
        reviews=Reviews(database, append, utc_now, terms, history=history, stages=stages),
        notices=Notices(database),
        webhooks=Webhooks(database, sealer, append, rules=call_rules(settings)),
        library=library,
    )


def review_terms(settings: Settings) -> ReviewTerms:
    """What reviews are held to."""
    approvals = settings.approvals
    return ReviewTerms(
        second_eyes_above=approvals.second_eyes_above,
        lease_s=approvals.lease_s,
        review_days=approvals.review_days,
        appeal_days=approvals.appeal_days,
        appeal_answer_days=approvals.appeal_answer_days,
    )


def settings_policy(settings: Settings) -> Policy:
    """The policy that the settings name, else the one that comes with the program: what holds
    until somebody publishes one. Raises `BadUsage`, `BadPolicy`."""
    named = settings.approvals.policy
    return load_policy(user_text(settings.folder / named) if named else default_policy_text())


async def present_policy(settings: Settings, database: Database) -> Policy:
    """The policy that the next claim is decided by. Changes nothing."""
    shelf = PolicyShelf(database, append, first=partial(settings_policy, settings))
    if await shelf.in_force() is None:
        return await asyncio.to_thread(settings_policy, settings)
    return await shelf.current()


def call_rules(settings: Settings) -> CallRules:
    """How far webhooks may call."""
    webhooks = settings.webhooks
    return CallRules(allow_private=webhooks.allow_private, allow_loopback=webhooks.allow_loopback)


def history_of(settings: Settings, database: Database) -> History:
    """The invoices handed in before."""
    return History(database, window=timedelta(days=settings.approvals.neighbour_days))


def _provider(settings: Settings) -> OidcProvider | None:
    wanted = settings.oidc
    if not wanted.issuer:
        return None
    from yuepi.access.oidc import OidcProvider

    return OidcProvider(
        issuer=wanted.issuer,
        client_id=wanted.client_id,
        redirect_url=_public_url(settings) + OIDC_RETURN,
        client_secret=wanted.client_secret or None,
        provision=wanted.create_users,
        login_claim=wanted.login_claim,
        roles_claim=wanted.roles_claim or None,
        roles=_roles_by_claim(wanted.roles),
        department_claim=wanted.department_claim or None,
        departments=wanted.departments,
    )


def _roles_by_claim(given: Mapping[str, str]) -> dict[str, Role]:
    """Raises `BadUsage` for a role that there is not."""
    known: dict[str, Role] = {role: role for role in ROLES}
    for value, role in given.items():
        if role not in known:
            raise wrong(
                f"[oidc.roles] {value}: there is no role {role!r}; choose {', '.join(ROLES)}"
            )
    return {value: known[role] for value, role in given.items()}


def _public_url(settings: Settings) -> str:
    server = settings.server
    return server.public_url or f"http://{server.host}:{server.port}"


def _upwards(departments: Sequence[Department], department_id: str) -> frozenset[str]:
    """A department and all above it."""
    parents = {each.id: each.parent for each in departments}
    found: set[str] = set()
    at: str | None = department_id
    while at is not None and at not in found:
        found.add(at)
        at = parents.get(at)
    return frozenset(found)
