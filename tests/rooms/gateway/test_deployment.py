"""What a settings file may ask of models and routes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.rooms.gateway.scripted_engine import ScriptedEngine
from yuepi.engines.contract import Usage
from yuepi.gateway.deployment import Deployment, Price, Route, Target
from yuepi.kit.errors import BadUsage


def test_costs_are_exact() -> None:
    price = Price(Decimal("0.3"), Decimal("1.2"))
    assert price.cost(Usage(1, 1)) == Decimal("0.0000015")
    assert price.cost(Usage(0, 0)) == 0


@pytest.mark.parametrize("prices", [("-1", "1"), ("1", "-1"), ("NaN", "1")])
def test_a_price_is_an_amount(prices: tuple[str, str]) -> None:
    with pytest.raises(BadUsage):
        Price(Decimal(prices[0]), Decimal(prices[1]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency_max": 0},
        {"queue_max": -1},
        {"tries_max": 0},
        {"tries_max": 99},
        {"queue_wait_s_max": float("nan")},
        {"name": ""},
        {"name": "a\n"},
    ],
)
def test_limits_have_limits(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadUsage):
        Deployment(**{"name": "a", "engine": ScriptedEngine(), "model_version": "1", **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"targets": ()},
        {"targets": (Target("a"), Target("a"))},
        {"targets": (Target("a", 0),)},
        {"targets": (Target("a", -1), Target("b", 2))},
        {"deadline_s": 0.0},
        {"deadline_s": float("nan")},
        {"alias": " a"},
    ],
)
def test_routes_lead_somewhere(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadUsage):
        Route(**{"alias": "desk", "targets": (Target("a"),), **wrong})
