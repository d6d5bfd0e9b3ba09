"""`/api/policies`: the decision tables, their versions, and putting one in force."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field, StringConstraints, model_validator
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import new_router
from yuepi.access.api.shapes import Body
from yuepi.access.principal import Principal, require
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.api.policy_models import (
    CheckedShown,
    DiffShown,
    PoliciesShown,
    PolicyShown,
    TrialShown,
    VersionShown,
    VocabularyShown,
    shelf_shown,
    trial_shown,
    version_shown,
    vocabulary_shown,
)
from yuepi.approvals.jdm import read_graph
from yuepi.approvals.policy import load_policy
from yuepi.approvals.policy_diff import compare
from yuepi.approvals.policy_fault import BadPolicy
from yuepi.approvals.policy_rows import NOTE_CHARACTERS_MAX
from yuepi.approvals.policy_trial import TRIAL_CLAIMS_MAX, TRIAL_DAYS_MAX
from yuepi.kit.errors import BadUsage

_VERSION: Final = r"^sha256:[0-9a-f]{64}$"
Version = Annotated[str, Path(pattern=_VERSION)]
VersionText = Annotated[str, StringConstraints(pattern=_VERSION)]
Note = Annotated[str, StringConstraints(max_length=NOTE_CHARACTERS_MAX)]
RequiredNote = Annotated[
    str, StringConstraints(min_length=1, max_length=NOTE_CHARACTERS_MAX, strip_whitespace=True)
]
LOADS_AT_ONCE: Final = 2
"""Each takes a processor, for seconds where a policy is large: others wait their turn."""
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


class CheckBody(Body):
    """A policy to check."""

    jdm: dict[str, Any]


class DraftBody(Body):
    """A policy to keep. based_on: the version that it was made from."""

    jdm: dict[str, Any]
    note: Note = ""
    based_on: VersionText | None = None


class TrialBody(Body):
    """A policy to try, as text or as a version, on the latest claims of so many days."""

    jdm: dict[str, Any] | None = None
    version: VersionText | None = None
    limit: Annotated[int, Field(ge=1, le=TRIAL_CLAIMS_MAX)] = 100
    days: Annotated[int, Field(ge=1, le=TRIAL_DAYS_MAX)] = 90

    @model_validator(mode="after")
    def _one_of_two(self) -> TrialBody:
        if (self.jdm is None) == (self.version is None):
            raise ValueError("give either jdm or version")
        return self


class NoteBody(Body):
    """Why."""

    note: RequiredNote


class PublishBody(Body):
    """Why, and the version that was seen in force: another one by now is a conflict."""

    note: RequiredNote
    replaces: VersionText | None = None


def policies_router(parts: Parts) -> APIRouter:
    """The routes on policies."""
    router = new_router("/api/policies", "policies")
    _reading(router, parts)
    _trying(router, parts)
    _changing(router, parts)
    return router


def _reading(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.get("", response_model=PoliciesShown)
    async def list_policies(before: Before = None, who: Principal = who_asks) -> Response:
        """Versions, the newest first, and what was published when. `before`: `next` of a page."""
        return JSONResponse(shelf_shown(await parts.policies.list(who, before=before)))

    @router.get("/vocabulary", response_model=VocabularyShown)
    async def policy_vocabulary(who: Principal = who_asks) -> Response:
        """The facts that conditions may test, and what rows may give."""
        require(who, "policies:read")
        return JSONResponse(vocabulary_shown())

    @router.get("/{version}", response_model=PolicyShown)
    async def show_policy(version: Version, who: Principal = who_asks) -> Response:
        """A version with its decision tables."""
        shown, text = await parts.policies.show(who, version)
        return JSONResponse({**version_shown(shown), "jdm": json.loads(text)})

    @router.get("/{a}/diff/{b}", response_model=DiffShown)
    async def compare_policies(a: Version, b: Version, who: Principal = who_asks) -> Response:
        """What differs in `b` from `a`: tables, rows, cells."""
        before = await parts.policies.loaded(who, a)
        after = await parts.policies.loaded(who, b)
        tables = compare(before.graph, after.graph)
        return JSONResponse({"a": a, "b": b, "tables": [asdict(each) for each in tables]})


def _trying(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)
    places = asyncio.Semaphore(LOADS_AT_ONCE)

    @router.post("/check", response_model=CheckedShown)
    async def check_policy(body: CheckBody, who: Principal = who_asks) -> Response:
        """Every cell compiled and tried on sample facts. Keeps nothing."""
        require(who, "policies:read")
        try:
            async with places:
                policy = await asyncio.to_thread(load_policy, _text(body.jdm))
        except BadPolicy as error:
            return JSONResponse({"ok": False, "version": None, "errors": error.problems})
        return JSONResponse({"ok": True, "version": policy.version, "errors": []})

    @router.post("/compare", response_model=DiffShown)
    async def compare_draft(
        body: CheckBody, a: Annotated[str, Query(pattern=_VERSION)], who: Principal = who_asks
    ) -> Response:
        """What differs in an unkept policy from version `a`."""
        require(who, "policies:read")
        async with places:
            graph, _ = await asyncio.to_thread(read_graph, _text(body.jdm))
        before = await parts.policies.loaded(who, a)
        tables = compare(before.graph, graph)
        return JSONResponse({"a": a, "b": "", "tables": [asdict(each) for each in tables]})

    @router.post("/trial", response_model=TrialShown)
    async def try_policy(body: TrialBody, who: Principal = who_asks) -> Response:
        """Judge past claims within reach again by this policy; changes nothing."""
        require(who, "policies:read")
        if body.version is not None:
            policy = await parts.policies.loaded(who, body.version)
        else:
            async with places:
                policy = await asyncio.to_thread(load_policy, _text(body.jdm))
        trial = await parts.trials.run(who, policy, limit=body.limit, days=body.days)
        return JSONResponse(trial_shown(trial, policy.version))


def _changing(router: APIRouter, parts: Parts) -> None:
    who_asks = Depends(parts.gate)

    @router.post("", response_model=VersionShown, status_code=201)
    async def draft_policy(body: DraftBody, who: Principal = who_asks) -> Response:
        """Keep a policy as a draft; the same text again is the same version."""
        require(who, "policies:write")
        kept = await parts.policies.draft(
            who, _text(body.jdm), note=body.note, based_on=body.based_on
        )
        return JSONResponse(version_shown(kept), 201)

    @router.post("/{version}/propose", response_model=VersionShown)
    async def propose_policy(
        version: Version, body: NoteBody, who: Principal = who_asks
    ) -> Response:
        """Ask for it to be put in force; an older version as well."""
        shown = await parts.policies.propose(who, version, note=body.note)
        return JSONResponse(version_shown(shown))

    @router.post("/{version}/publish", response_model=VersionShown)
    async def publish_policy(
        version: Version, body: PublishBody, who: Principal = who_asks
    ) -> Response:
        """Put it in force, from the next claim on; not by who wrote or proposed it."""
        shown = await parts.policies.publish(who, version, note=body.note, replaces=body.replaces)
        return JSONResponse(version_shown(shown))

    @router.post("/{version}/withdraw", response_model=VersionShown)
    async def withdraw_policy(
        version: Version, body: NoteBody, who: Principal = who_asks
    ) -> Response:
        """Take back or turn down what is proposed."""
        shown = await parts.policies.withdraw(who, version, note=body.note)
        return JSONResponse(version_shown(shown))


def _text(jdm: dict[str, Any] | None) -> str:
    """The policy as text again, to be read strictly."""
    try:
        return json.dumps(jdm, ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        raise BadUsage("the policy is nested too deeply", remedy="send decision tables") from error
