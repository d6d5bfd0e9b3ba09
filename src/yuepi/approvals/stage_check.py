"""Whether a stage's rule makes sense. Pure."""

from __future__ import annotations

import math
from typing import Final, get_args

from yuepi.approvals.stage_evidence import BAR_MAX
from yuepi.approvals.stages import ANY, ORDER, StageRule
from yuepi.documents.kinds import known_kinds
from yuepi.kit.database import MONEY_MAX
from yuepi.kit.errors import YuepiError
from yuepi.sight.sighting import Tier

REASON_CHARACTERS_MAX: Final = 2_000
CATEGORY_CHARACTERS_MAX: Final = 64


class BadStage(YuepiError):
    """A stage's rule that makes no sense."""

    code = "bad_stage"
    http_status = 422


def check_rule(rule: StageRule, reason: str) -> None:
    """Raises `BadStage` for a rule that makes no sense."""
    key = rule.key
    if key.kind not in (ANY, *(kind.name for kind in known_kinds())):
        raise BadStage(f"there is no document kind {key.kind[:80]!r}", remedy="name one, or *")
    if key.tier not in (ANY, *get_args(Tier)):
        tiers = ", ".join(get_args(Tier))
        raise BadStage(f"there is no tier {key.tier[:80]!r}", remedy=f"one of {tiers}, or *")
    if not 0 < len(key.category) <= CATEGORY_CHARACTERS_MAX:
        raise BadStage(
            "the category has no length that is allowed",
            remedy=f"1 to {CATEGORY_CHARACTERS_MAX} characters, or *",
        )
    if rule.stage not in ORDER:
        raise BadStage(f"there is no stage {rule.stage!r}", remedy=f"one of {', '.join(ORDER)}")
    if not 0 < rule.bar <= BAR_MAX:
        raise BadStage(f"a bar of {rule.bar}", remedy=f"above 0, at most {BAR_MAX}")
    if not (math.isfinite(rule.sample_share) and 0 <= rule.sample_share <= 1):
        raise BadStage(f"a share of {rule.sample_share}", remedy="give 0 to 1")
    if rule.stage != "assist" and rule.sample_share == 0:
        raise BadStage(
            "nothing would be checked again, so that nothing would show errors",
            remedy="give a share above 0, such as 0.05",
        )
    amount = rule.amount_max
    if not (amount.is_finite() and 0 <= amount <= MONEY_MAX and amount == round(amount, 2)):
        raise BadStage(f"an amount of {amount}", remedy="give yuan with at most two decimals")
    if not 0 < len(reason.strip()) <= REASON_CHARACTERS_MAX:
        raise BadStage("a reason is needed", remedy=f"1 to {REASON_CHARACTERS_MAX} characters")
