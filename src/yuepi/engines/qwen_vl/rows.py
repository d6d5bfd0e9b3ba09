"""Keys and values of several answers that grow together, each padded on the left."""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

GROW_TOKENS = 256


class GrowingLayer(DynamicLayer):  # type: ignore[misc]
    """One layer's keys and values in a buffer with room to grow.

    `DynamicLayer` copies everything for every new token; this copies once in `GROW_TOKENS`.
    """

    def update(self, key_states: Any, value_states: Any, *_args: Any, **_kwargs: Any) -> Any:
        """Append (rows, heads, new tokens, width); give all keys and values."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self._filled = 0
            self._keys: Any = None
            self._values: Any = None
        end = self._filled + key_states.shape[-2]
        if self._keys is None or end > self._keys.shape[-2]:
            self._keys = self._larger(self._keys, key_states, end)
            self._values = self._larger(self._values, value_states, end)
        self._keys[:, :, self._filled : end] = key_states
        self._values[:, :, self._filled : end] = value_states
        self._filled = end
        self.keys, self.values = self._keys[:, :, :end], self._values[:, :, :end]
        return self.keys, self.values

    def _larger(self, old: Any, like: Any, tokens: int) -> Any:
        rows, heads, _, width = like.shape
        new = like.new_empty((rows, heads, tokens + GROW_TOKENS, width))
        if old is not None:
            new[:, :, : self._filled] = old[:, :, : self._filled]
        return new

    def put(self, keys: Any, values: Any) -> None:
        """Begin anew with these (copied)."""
        self.is_initialized = False
        self.update(keys, values)


def new_cache(layers: int, begin: tuple[tuple[Any, Any], ...] = (), tokens: int = 0) -> Any:
    """A cache for one row, which begins with the first `tokens` keys and values of `begin`."""
    cache = Cache(layers=[GrowingLayer() for _ in range(layers)])
    if tokens:
        for layer, (keys, values) in zip(cache.layers, begin, strict=True):
            layer.put(keys[:, :, :tokens], values[:, :, :tokens])
    return cache


def joined(caches: list[Any], pads: list[list[int]]) -> tuple[Any, list[int]]:
    """Caches of several rows as one, and the padding of every row, left, in tokens.

    `pads` are the rows' paddings within each cache.
    """
    lengths = [cache.get_seq_length() for cache in caches]
    longest = max(lengths)
    together = Cache(layers=[GrowingLayer() for _ in caches[0].layers])
    for number, layer in enumerate(together.layers):
        layer.put(
            torch.cat([_left_padded(c.layers[number].keys, longest) for c in caches]),
            torch.cat([_left_padded(c.layers[number].values, longest) for c in caches]),
        )
    more = zip(lengths, pads, strict=True)
    return together, [pad + longest - length for length, own in more for pad in own]


def _left_padded(states: Any, tokens: int) -> Any:
    return torch.nn.functional.pad(states, (0, 0, tokens - states.shape[-2], 0))


def only(cache: Any, rows: list[int], pads: list[int]) -> tuple[Any, list[int]]:
    """The cache of some of its rows, without the padding that all of them share."""
    kept = [pads[row] for row in rows]
    shared = min(kept)
    left = Cache(layers=[GrowingLayer() for _ in cache.layers])
    for layer, old in zip(left.layers, cache.layers, strict=True):
        layer.put(old.keys[rows, :, shared:], old.values[rows, :, shared:])
    return left, [pad - shared for pad in kept]


def row_states(cache: Any, row: int, pad: int) -> tuple[tuple[Any, Any], ...]:
    """Keys and values of one row, a copy without its padding, shape (1, heads, tokens, width)."""
    return tuple(
        (
            layer.keys[row : row + 1, :, pad:].clone(memory_format=torch.contiguous_format),
            layer.values[row : row + 1, :, pad:].clone(memory_format=torch.contiguous_format),
        )
        for layer in cache.layers
    )
