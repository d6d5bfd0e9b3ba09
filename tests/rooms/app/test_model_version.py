"""A model's version changes when its answers may."""

from __future__ import annotations

import os
from pathlib import Path

from yuepi.app.model_version import model_version
from yuepi.engines.contract import ModelEntry


def entry(folder: Path, **options: object) -> ModelEntry:
    return ModelEntry("mine", "qwen_vl", options, folder)


def test_the_same_entry_has_the_same_version(tmp_path: Path) -> None:
    one = model_version(entry(tmp_path, path="models/a", crop=True))
    assert one == model_version(entry(tmp_path, crop=True, path="models/a"))
    assert one.startswith("qwen_vl:a@")
    assert len(one) <= 256


def test_any_option_makes_another_version(tmp_path: Path) -> None:
    versions = {
        model_version(entry(tmp_path, path="a")),
        model_version(entry(tmp_path, path="b")),
        model_version(entry(tmp_path, path="a", crop=False)),
        model_version(entry(tmp_path, path="a"), version="2026-11"),
    }
    assert len(versions) == 4
    assert any(version.startswith("qwen_vl:2026-11@") for version in versions)


def test_new_weights_make_another_version(tmp_path: Path) -> None:
    weights = tmp_path / "a" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"one")
    first = model_version(entry(tmp_path, path="a"))
    assert first == model_version(entry(tmp_path, path="a"))
    weights.write_bytes(b"other")
    second = model_version(entry(tmp_path, path="a"))
    os.utime(weights, ns=(0, 0))
    assert len({first, second, model_version(entry(tmp_path, path="a"))}) == 3


def test_odd_paths_are_the_engines_to_refuse(tmp_path: Path) -> None:
    assert model_version(entry(tmp_path, path="x" * 5000))
    assert model_version(entry(tmp_path, path="http://host/v1", number=3))
