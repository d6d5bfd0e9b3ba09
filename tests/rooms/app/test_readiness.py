"""Loading models at the start, and what `/readyz` tells of it to anybody who asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from yuepi.app import warming
from yuepi.app.compose import Composition, compose, compose_bare
from yuepi.app.http import readiness
from yuepi.engines.contract import EngineFailure
from yuepi.gateway.deployment import Deployment
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import parse_settings

STUB = 'engine = "openai_compatible"\nurl = "http://127.0.0.1:1/v1"\nmodel = "m"\n'
MODELS = f"[models.vl]\n{STUB}[models.other]\n{STUB}[models.cloud]\n{STUB}"
ROUTES = '[routes.yuepi]\nmodels = ["vl"]\nfallback = ["other"]\n[routes.x]\nmodels = ["other"]\n'


class Loads:
    """An engine that is loaded as the test says: each time the next of `ways`, at last always."""

    def __init__(self, *ways: Exception | None) -> None:
        self.ways = list(ways)
        self.tries = 0

    async def warm(self) -> None:
        self.tries += 1
        way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        if way is not None:
            raise way


def deployment(name: str, engine: Loads) -> Deployment:
    return Deployment(name, cast(Any, engine), "1")


BROKEN = EngineFailure("no weights in /srv/secret", remedy="see http://10.0.0.7")


@pytest.mark.parametrize("failure", [BROKEN, RuntimeError("/srv/secret"), MemoryError()])
def test_a_model_that_fails_keeps_no_other_from_loading(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(warming, "AGAIN_S", 60.0)
    states: dict[str, warming.Warmth] = {}
    ready = Loads(None)

    async def story() -> None:
        both = [deployment("vl", Loads(failure)), deployment("other", ready)]
        task = asyncio.create_task(warming.warm_all(both, states))
        while states.get("other") != "ready":
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):  # and nothing else
            await task

    asyncio.run(asyncio.wait_for(story(), 5))
    assert states == {"vl": "failed", "other": "ready"}
    (record,) = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert record.getMessage().startswith("vl: ")
    assert (record.exc_info is None) == (failure is BROKEN)


def test_what_failed_is_tried_until_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(warming, "AGAIN_S", 0.001)
    states: dict[str, warming.Warmth] = {}
    late, ready = Loads(BROKEN, BROKEN, None), Loads(None)
    both = [deployment("vl", late), deployment("other", ready)]
    asyncio.run(asyncio.wait_for(warming.warm_all(both, states), 5))
    assert states == {"vl": "ready", "other": "ready"}
    assert (late.tries, ready.tries) == (3, 1)
    assert len([each for each in caplog.records if each.levelno >= logging.WARNING]) == 1


Told = dict[str, Any]


def told(text: str, change: Callable[[Composition], None], monkeypatch: pytest.MonkeyPatch) -> Told:
    async def database(_: object) -> str:
        return "ok"

    monkeypatch.setattr("yuepi.app.http._database", database)

    async def story() -> Told:
        async with compose_bare(parse_settings(text, Path("nowhere"))) as composed:
            change(composed)
            answer = await readiness(composed)
            composed.warming.clear()
            return answer

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("states", "routes", "ready"),
    [
        ({"vl": "ready", "other": "ready"}, {"yuepi": "up", "x": "up"}, True),
        ({"vl": "failed", "other": "ready"}, {"yuepi": "up", "x": "up"}, True),
        ({"vl": "ready", "other": "failed"}, {"yuepi": "up", "x": "down"}, True),
        ({"vl": "failed", "other": "loading"}, {"yuepi": "down", "x": "down"}, False),
        ({}, {"yuepi": "up", "x": "up"}, True),
    ],
)
def test_a_route_is_up_when_one_of_its_models_can_answer(
    states: Any, routes: Told, ready: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = told(MODELS + ROUTES, lambda composed: composed.warming.update(states), monkeypatch)
    assert (answer["routes"], answer["ready"]) == (routes, ready)
    usual = dict.fromkeys(("vl", "other", "cloud", "ocr"), "ready")
    assert answer["models"] == {**usual, **states}


def test_without_the_usual_route_any_makes_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f'{MODELS}[routes.a]\nmodels = ["vl"]\n[routes.b]\nmodels = ["other"]\n'
    states: dict[str, warming.Warmth] = {}
    for failed, ready in (("vl", True), ("other", False)):
        states[failed] = "failed"
        answer = told(text, lambda composed: composed.warming.update(states), monkeypatch)
        assert answer["ready"] is ready


# --- what the settings open ----------------------------------------------------------------------


def test_a_prompt_that_is_not_there_names_its_route_and_the_file() -> None:
    settings = parse_settings('[routes.a]\nmodels = ["ocr"]\nprompt = "poem"\n', Path("nowhere"))

    async def story() -> None:
        async with compose_bare(settings):
            pass

    with pytest.raises(BadUsage, match=r"nowhere/yuepi\.toml: \[routes\.a\] prompt: .*'poem'"):
        asyncio.run(story())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (MODELS + ROUTES, ["yuepi", "x"]),
        (f"{MODELS}{ROUTES}[gateway]\nmodels_by_name = true\n", [
            "yuepi", "x", "vl", "other", "cloud", "ocr"
        ]),
        (MODELS, ["yuepi", "vl", "other", "cloud", "ocr"]),
    ],
)  # fmt: skip
def test_clients_ask_by_routes_where_there_are_any(
    text: str, names: list[str], tmp_path: Path
) -> None:
    async def story() -> tuple[list[str], list[str]]:
        settings = parse_settings(text, tmp_path)
        async with compose(settings) as composed:
            here = composed.gateway.aliases()
        async with compose_bare(settings, "cloud") as composed:  # for who has the settings
            return here, composed.gateway.aliases()

    assert asyncio.run(story()) == (names, ["cloud"])
