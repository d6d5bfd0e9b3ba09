"""A tiny random Qwen3-VL, exported once for all tests here and for the journeys."""

from __future__ import annotations

import pytest

from tests.resources.tiny_export import TinyModel, lacks, tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    why = lacks()
    if why:
        pytest.skip(why)
    return tiny_model(tmp_path_factory)
