"""What was computed once and may be needed again, bounded in bytes, least recently used out first.

Everything is kept apart by tenant: that an answer came fast must not tell one tenant what another
one asked about.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

ValueT = TypeVar("ValueT")

# An older transcript that shares this much of its length with a newer one is not worth its bytes:
# what it has of its own is computed again quickly.
SHARED_ENOUGH = 0.75


class ByteLru(Generic[ValueT]):
    """Values by key, at most `bytes_max` of them. Not for more than one thread."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.bytes_held = 0
        self._values: OrderedDict[Hashable, tuple[ValueT, int]] = OrderedDict()

    def get(self, key: Hashable) -> ValueT | None:
        """The value, now the most recently used; None if it is not (or no longer) here."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: ValueT, size_bytes: int) -> None:
        """Keep a value, dropping the least recently used; what is too large is not kept."""
        self.drop(key)
        if size_bytes > self.bytes_max:
            return
        while self.bytes_held + size_bytes > self.bytes_max:
            _, (_, freed) = self._values.popitem(last=False)
            self.bytes_held -= freed
        self._values[key] = (value, size_bytes)
        self.bytes_held += size_bytes

    def drop(self, key: Hashable) -> None:
        """Forget one value, if it is here."""
        found = self._values.pop(key, None)
        if found is not None:
            self.bytes_held -= found[1]

    def items(self) -> list[tuple[Any, ValueT]]:
        """Keys and values, least recently used first; looking does not count as use."""
        return [(key, value) for key, (value, _) in self._values.items()]

    def __len__(self) -> int:
        return len(self._values)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self.bytes_held = 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """Keys and values of a conversation so far.

    `identity`: one number a token, shape (tokens,): the token's id, or for each token of a picture
    that picture's own negative number. `layers`: per layer (keys, values), each of shape
    (1, heads, tokens, width).
    """

    tenant: str
    identity: NDArray[np.int64]
    layers: tuple[tuple[Any, Any], ...]


class Transcripts:
    """Finished conversations, to be continued. Not for more than one thread."""

    def __init__(self, bytes_max: int) -> None:
        self._kept: ByteLru[Transcript] = ByteLru(bytes_max)
        self._count = 0

    @property
    def bytes_held(self) -> int:
        """Bytes of keys and values held now."""
        return self._kept.bytes_held

    @property
    def bytes_max(self) -> int:
        """The limit of `bytes_held`."""
        return self._kept.bytes_max

    def __len__(self) -> int:
        return len(self._kept)

    def longest(self, tenant: str, identity: NDArray[np.int64]) -> tuple[Transcript | None, int]:
        """The transcript that begins most like `identity`, and how many tokens they share.

        At most all but the last token of `identity` count: that one must be computed, for it tells
        the next.
        """
        best_key, best, shared = None, None, 0
        for key, transcript in self._kept.items():
            if transcript.tenant == tenant:
                alike = min(common(transcript.identity, identity), len(identity) - 1)
                if alike > shared:
                    best_key, best, shared = key, transcript, alike
        # Sharing the first words that every prompt begins with is no use of it.
        if best is not None and 2 * shared >= len(best.identity):
            self._kept.get(best_key)
        return best, shared

    def keep(self, transcript: Transcript) -> None:
        """Keep a transcript; older ones that it makes nearly worthless go."""
        for key, old in self._kept.items():
            alike = common(old.identity, transcript.identity)
            if old.tenant == transcript.tenant and alike >= SHARED_ENOUGH * len(old.identity):
                self._kept.drop(key)
        size = sum(keys.nbytes + values.nbytes for keys, values in transcript.layers)
        self._count += 1
        self._kept.put(self._count, transcript, size)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()


def common(left: NDArray[np.int64], right: NDArray[np.int64]) -> int:
    """How many tokens two identities share from the beginning."""
    length = min(len(left), len(right))
    different = np.flatnonzero(left[:length] != right[:length])
    return int(different[0]) if len(different) else length
