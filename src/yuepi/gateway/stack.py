"""What stands around each deployment and each route, and in which order.

Around a deployment, from outside: Retry, ShapeGuard, Limit, Breaker, the engine.
- Retry outside Limit: whoever waits before another try keeps no place that others could use.
- ShapeGuard inside Retry, so that an answer of wrong shape is asked for again, but outside Breaker:
  a model that writes bad JSON is not a backend that is down.
- Limit outside Breaker: those who waited while the breaker opened don't go on to the failing
  backend; before the queue Limit asks the breaker too, so nobody waits for a shut door.
- Breaker next to the engine: it judges every single call to the backend, and nothing else.

Around a route: Router, for each target Cache (with single flight), Fallback over the deployments.
- Cache inside Router: answers belong to the model version that the conversation leads to, so a
  canary never answers with its neighbour's words.
- Cache outside Fallback and Limit: a hit waits for nobody.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yuepi.engines.contract import Abilities, Engine
from yuepi.gateway.answers_cache import AnswersCache
from yuepi.gateway.breaker import Breaker
from yuepi.gateway.deployment import Deployment, Route, Target
from yuepi.gateway.fallback import Candidate, Fallback
from yuepi.gateway.limit import Limit
from yuepi.gateway.retry import Retry
from yuepi.gateway.router import Branch, Router, widest
from yuepi.gateway.shape_guard import ShapeGuard
from yuepi.kit.errors import BadUsage


class Stack:
    """A deployment with all that stands around it; `engine` is the outermost."""

    def __init__(
        self, deployment: Deployment, breaker_clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.deployment = deployment
        self.breaker = Breaker(deployment.engine, clock=breaker_clock)
        self.limit = Limit(
            self.breaker,
            concurrency_max=deployment.concurrency_max,
            queue_max=deployment.queue_max,
            queue_wait_s_max=deployment.queue_wait_s_max,
            gate=self.breaker.refuse_if_open,
        )
        self.retry = Retry(ShapeGuard(self.limit), tries_max=deployment.tries_max)
        self.engine: Engine = self.retry

    @property
    def model_version(self) -> str:
        """Tells answers apart in the cache; a deployment that names none goes by its own name."""
        return self.deployment.model_version or self.deployment.name

    def snapshot(self) -> dict[str, Any]:
        """Numbers for metrics."""
        return {
            "breaker": self.breaker.state,
            "breaker_opened": self.breaker.opened,
            "running": self.limit.running,
            "waiting": self.limit.waiting,
            "refused": self.limit.refused,
            "calls": self.retry.calls,
            "extra_tries": self.retry.extra_tries,
        }


@dataclass(frozen=True, slots=True)
class Served:
    """A route ready to be asked. `abilities`: what at least one of its targets can take."""

    route: Route
    engine: Engine
    abilities: Abilities


def serve(
    route: Route,
    stacks: Mapping[str, Stack],
    cache: AnswersCache | None,
    chance: random.Random,
) -> Served:
    """Put a route's engines together; raises `BadUsage` for a deployment that is not there."""
    targets = [target.deployment for target in route.targets]
    for name in (*targets, *route.fallback):
        if name not in stacks:
            raise BadUsage(
                f"route {route.alias!r} leads to {name!r}, which is not a model",
                remedy=f"correct [routes.{route.alias}], or add [models.{name}]; there are:"
                f" {', '.join(sorted(stacks)) or 'none'}",
            )
    branches = []
    for target in route.targets:
        order = dict.fromkeys((target.deployment, *targets, *route.fallback))
        engine: Engine = Fallback(route.alias, [_candidate(stacks[name]) for name in order])
        if cache is not None and route.cache:
            engine = cache.around(engine, stacks[target.deployment].model_version)
        branches.append(Branch(target.deployment, target.weight, engine))
    abilities = widest([stacks[name].engine.abilities for name in targets])
    return Served(route, Router(route.alias, branches, chance), abilities)


def plain_routes(deployments: Sequence[Deployment], routes: Sequence[Route]) -> list[Route]:
    """Every model under its own name too, where no route has taken it."""
    taken = {route.alias for route in routes}
    return [
        Route(deployment.name, (Target(deployment.name),))
        for deployment in deployments
        if deployment.name not in taken
    ]


def _candidate(stack: Stack) -> Candidate:
    return Candidate(stack.deployment.name, stack.model_version, stack.engine)
