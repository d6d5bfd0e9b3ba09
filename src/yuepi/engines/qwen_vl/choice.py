"""Choosing the next token of one row: penalties, grammar, temperature, top-p, seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch

from yuepi.engines.contract import Sampling


@dataclass(frozen=True, slots=True)
class Habits:
    """What the checkpoint's generation_config.json says, for what a request leaves open."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0


class Chooser:
    """Chooses the tokens of one answer. The same seed and logits give the same tokens."""

    def __init__(self, sampling: Sampling, habits: Habits) -> None:
        usual = habits.temperature
        self._temperature = usual if sampling.temperature is None else sampling.temperature
        self._top_p = habits.top_p if sampling.top_p is None else sampling.top_p
        self._top_k = habits.top_k
        self._presence = sampling.presence_penalty or 0.0
        self._frequency = sampling.frequency_penalty or 0.0
        self._seen: Counter[int] = Counter()
        self._random = torch.Generator()
        if sampling.seed is not None:
            self._random.manual_seed(sampling.seed % (1 << 63))
        else:
            self._random.seed()

    @property
    def greedy(self) -> bool:
        """Whether the largest logit is simply taken."""
        return self._temperature < 1e-4

    def penalise(self, logits: Any) -> None:
        """Change the row's logits, shape (vocabulary,), in place, as OpenAI's penalties say."""
        if self._seen and (self._presence or self._frequency):
            ids = torch.tensor(list(self._seen), device=logits.device)
            counts = torch.tensor(list(self._seen.values()), device=logits.device)
            logits[ids] -= self._presence + self._frequency * counts

    def sample(self, logits: Any) -> int:
        """One token of float logits, shape (vocabulary,)."""
        count = min(self._top_k, len(logits)) if self._top_k > 0 else len(logits)
        values, ids = (
            torch.topk(logits, count) if count < len(logits) else logits.sort(descending=True)
        )
        shares = torch.softmax(values / self._temperature, dim=0)
        before = shares.cumsum(0) - shares
        # The first token stays whatever top_p says.
        shares = torch.where((before < self._top_p) | (before == 0), shares, 0.0)
        point = torch.rand((), generator=self._random).item() * shares.sum().item()
        place = int(torch.searchsorted(shares.cumsum(0), point, right=True))
        last = int(torch.count_nonzero(shares)) - 1
        return int(ids[min(place, last)])

    def saw(self, token: int) -> None:
        """Note a chosen token for the penalties."""
        self._seen[token] += 1
