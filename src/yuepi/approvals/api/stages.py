"""`/api/stages`: how far the machine decides alone, the evidence for it, and changing it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints
from starlette.responses import JSONResponse, Response

from yuepi.access.api.requests import IfMatch, Told, new_router
from yuepi.access.api.shapes import Body, Shown
from yuepi.access.principal import Principal
from yuepi.approvals.api.models import Money, money
from yuepi.approvals.api.parts import Parts
from yuepi.approvals.stage_evidence import Tally
from yuepi.approvals.stage_shelf import Shelved
from yuepi.approvals.stages import StageKey, StageRule
from yuepi.kit.etags import version_in

StageName = Literal["assist", "partial", "full"]


class TallyShown(Shown):
    """Answers counted; `lower`: the precision that is sure, at 95%."""

    agreed: int
    total: int
    lower: float


class NextShown(Shown):
    """What the next stage needs; `more`: so many further answers that agree (null: endless)."""

    stage: StageName
    ready: bool
    more: int | None


class StageShown(Shown):
    """A rule with its evidence. `version` 0: nobody wrote it, it holds by default. `unanswered`:
    re-checks that ended without an answer, which no figure counts."""

    kind: str
    tier: str
    category: str
    stage: StageName
    bar: float
    sample_share: float
    amount_max: Money
    version: int
    reason: str
    changed_by: str
    changed_at: datetime | None
    blind: TallyShown
    answered: TallyShown
    next: NextShown | None
    unanswered: int


class StagesShown(Shown):
    """All rules."""

    stages: list[StageShown]


class StageBody(Body):
    """A rule to write; `*` stands for any. Amounts are yuan."""

    kind: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "*"
    tier: Annotated[str, StringConstraints(min_length=1, max_length=16)] = "*"
    category: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "*"
    stage: StageName
    bar: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
    sample_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    amount_max: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}(\.[0-9]{1,2})?$")]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]

    @property
    def rule(self) -> StageRule:
        """As the shelf takes it."""
        return StageRule(
            key=StageKey(self.kind, self.tier, self.category),
            stage=self.stage,
            bar=self.bar,
            sample_share=self.sample_share,
            amount_max=Decimal(self.amount_max),
        )


def stages_router(parts: Parts) -> APIRouter:
    """The routes on stages."""
    router = new_router("/api/stages", "stages")
    who_asks = Depends(parts.gate)

    @router.get("", response_model=StagesShown)
    async def list_stages(who: Principal = who_asks) -> Response:
        """All rules with the evidence for and against them."""
        shelved = await parts.stages.list(who)
        return JSONResponse({"stages": [stage_shown(each) for each in shelved]})

    @router.put("", response_model=StageShown)
    async def change_stage(
        body: StageBody, if_match: IfMatch = None, who: Principal = who_asks
    ) -> Response:
        """Write the rule with this kind, tier and category; `If-Match: "0"` for a new one."""
        version = version_in(if_match)
        shelved = await parts.stages.change(who, body.rule, version=version, reason=body.reason)
        return Told(stage_shown(shelved), shelved.version).response

    return router


def stage_shown(shelved: Shelved) -> dict[str, Any]:
    """A rule as JSON, in the shape of `StageShown`."""
    rule, following = shelved.rule, shelved.next
    return {
        **asdict(rule.key),
        "stage": rule.stage,
        "bar": rule.bar,
        "sample_share": rule.sample_share,
        "amount_max": money(rule.amount_max),
        "version": shelved.version,
        "reason": shelved.reason,
        "changed_by": shelved.changed_by,
        "changed_at": None if shelved.changed_at is None else shelved.changed_at.isoformat(),
        "blind": _tally(shelved.blind),
        "answered": _tally(shelved.answered),
        "next": None
        if following is None
        else {"stage": following.to, "ready": following.ready, "more": following.more},
        "unanswered": shelved.unanswered,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "agreed": tally.agreed,
        "total": tally.total,
        "lower": tally.lower,
    }
