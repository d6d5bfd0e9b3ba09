"""The policies that come with the product, as text."""

from __future__ import annotations

from importlib.resources import files


def default_policy_text() -> str:
    """The default policy, a JDM decision graph."""
    return (files(__name__) / "default.json").read_text(encoding="utf-8")
