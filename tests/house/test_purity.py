"""Deciding is pure beyond its imports: no files opened, nothing printed, no clock looked at.

Contract 4 of pyproject.toml watches what these modules import; this watches the built-ins and
methods that need no import.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SETUP = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
PURE = SETUP["tool"]["importlinter"]["contracts"][3]["source_modules"]

BUILT_IN = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
METHODS = {"now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes"}


def impure_calls(text: str) -> Iterator[str]:
    """The calls in a module that touch the world, as `line: name`."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in BUILT_IN:
            yield f"{node.lineno}: {node.func.id}"
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield f"{node.lineno}: {node.func.attr}"


def files_of(module: str) -> list[Path]:
    """The files of a module or package."""
    path = REPOSITORY / "src" / Path(*module.split("."))
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_touch_nothing(module: str) -> None:
    for path in files_of(module):
        assert list(impure_calls(path.read_text(encoding="utf-8"))) == [], path


@pytest.mark.parametrize("text", ["open('x')", "date.today()", "datetime.now(UTC)", "print(1)"])
def test_an_impure_call_is_found(text: str) -> None:
    assert list(impure_calls(f"def decide():\n    return {text}\n")) != []
