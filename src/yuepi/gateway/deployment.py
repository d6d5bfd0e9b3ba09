"""What the gateway is told: which models there are, what they cost, and which name leads where.

A deployment is one engine with its limits and price. A route is a name that clients use as
`model`: it leads to weighted deployments, and to others in order when those fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from yuepi.engines.contract import Engine, Usage
from yuepi.kit.errors import BadUsage

_MILLION = Decimal(1_000_000)

#: Upper bounds of what a settings file may ask for, so that no limit is written away.
CONCURRENCY_MAX = 1_024
QUEUE_MAX = 10_000
TRIES_MAX = 10
WEIGHT_MAX = 1_000_000
TARGETS_MAX = 32


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost. Money is `Decimal` of one currency."""

    input_per_million: Decimal
    output_per_million: Decimal
    currency: str = "CNY"

    def __post_init__(self) -> None:
        for price in (self.input_per_million, self.output_per_million):
            if not price.is_finite() or price < 0:
                raise BadUsage(
                    f"{price} is no price", remedy="give prices per million tokens, 0 or more"
                )

    def cost(self, usage: Usage) -> Decimal:
        """What these tokens cost, exactly (not rounded). Cached tokens count as the others do."""
        paid_in = self.input_per_million * usage.prompt_tokens
        paid_out = self.output_per_million * usage.completion_tokens
        return (paid_in + paid_out) / _MILLION


@dataclass(frozen=True, slots=True)
class Deployment:
    """One engine, under the name it goes by in routes, logs and metrics.

    `model_version` tells answers of different weights apart: it is part of the cache's key and of
    every call record. At most `concurrency_max` calls run at once, at most `queue_max` wait, none
    longer than `queue_wait_s_max`; a call is tried at most `tries_max` times here.
    """

    name: str
    engine: Engine
    model_version: str
    price: Price | None = None
    concurrency_max: int = 4
    queue_max: int = 32
    queue_wait_s_max: float = 30
    tries_max: int = 3

    def __post_init__(self) -> None:
        _check_name("model", self.name)
        for what, value, low, high in (
            ("concurrency_max", self.concurrency_max, 1, CONCURRENCY_MAX),
            ("queue_max", self.queue_max, 0, QUEUE_MAX),
            ("tries_max", self.tries_max, 1, TRIES_MAX),
            ("queue_wait_s_max", self.queue_wait_s_max, 0, 3_600),
        ):
            if not low <= value <= high:
                raise BadUsage(
                    f"model {self.name!r}: {what} = {value}",
                    remedy=f"choose {what} from {low} to {high} in [models.{self.name}]",
                )


@dataclass(frozen=True, slots=True)
class Target:
    """A deployment that a route leads to, and its share among the others.

    A canary is a target of small weight; weight 0 gets no first tries, but still helps out when
    the chosen target fails.
    """

    deployment: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Route:
    """A name that clients call as `model`.

    `fallback` names deployments tried in order after all targets failed. `prompt` names the prompt
    record put before the conversation. `deadline_s` bounds a whole call, waiting included. `cache`
    allows answers from the cache (only ever for temperature 0).
    """

    alias: str
    targets: tuple[Target, ...]
    fallback: tuple[str, ...] = ()
    prompt: str | None = None
    deadline_s: float | None = None
    cache: bool = True

    def __post_init__(self) -> None:
        _check_name("route", self.alias)
        where = f"in [routes.{self.alias}]"
        if not 1 <= len(self.targets) <= TARGETS_MAX or len(self.fallback) > TARGETS_MAX:
            raise BadUsage(
                f"route {self.alias!r} has {len(self.targets)} targets and"
                f" {len(self.fallback)} fallbacks",
                remedy=f"name 1 to {TARGETS_MAX} targets {where}",
            )
        if len({target.deployment for target in self.targets}) < len(self.targets):
            raise BadUsage(
                f"route {self.alias!r} names a target twice",
                remedy=f"name each target once, with its whole weight, {where}",
            )
        weights = [target.weight for target in self.targets]
        if min(weights) < 0 or max(weights) > WEIGHT_MAX or not any(weights):
            raise BadUsage(
                f"route {self.alias!r}: weights {weights}",
                remedy=f"choose weights from 0 to {WEIGHT_MAX}, at least one above 0, {where}",
            )
        if self.deadline_s is not None and not 0 < self.deadline_s <= 86_400:
            raise BadUsage(
                f"route {self.alias!r}: deadline_s = {self.deadline_s}",
                remedy=f"choose deadline_s above 0, at most 86400 seconds, {where}",
            )


def _check_name(what: str, name: str) -> None:
    if not name or len(name) > 128 or not name.isprintable() or name != name.strip():
        raise BadUsage(
            f"{what} name {name!r} cannot be used",
            remedy="choose a printable name of 1 to 128 characters",
        )
