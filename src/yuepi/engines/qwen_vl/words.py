"""From token ids to text, piece by piece: whole characters only, and never past a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence


def byte_of_letter() -> dict[str, int]:
    """The byte that each letter of a byte-level vocabulary stands for.

    Source: GPT-2's `bytes_to_unicode`: a byte that prints is itself, the rest count up from U+0100.
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = iter(range(0x100, 0x200))
    return {chr(byte) if byte in printable else chr(next(hidden)): byte for byte in range(256)}


class Vocabulary:
    """What each token id spells, in bytes; special tokens spell nothing."""

    def __init__(self, tokens: Mapping[str, int], added: Mapping[int, str], special: set[int]):
        letters = byte_of_letter()
        size = max([*tokens.values(), *added]) + 1
        self._spelt: list[bytes] = [b""] * size
        for token, number in tokens.items():
            if number not in added and all(letter in letters for letter in token):
                self._spelt[number] = bytes(letters[letter] for letter in token)
        for number, content in added.items():
            self._spelt[number] = b"" if number in special else content.encode()

    def bytes_of(self, number: int) -> bytes:
        """The bytes of one token; empty for ids beyond the vocabulary (padding of the model)."""
        return self._spelt[number] if number < len(self._spelt) else b""


class Words:
    """The text of one answer as it grows.

    `add` gives what may be shown now: a character whose bytes are not all there yet is held back,
    and so is an ending that could still become a stop string. After `stopped` nothing follows.
    """

    def __init__(self, vocabulary: Vocabulary, stops: Sequence[str]) -> None:
        self._vocabulary = vocabulary
        self._stops = tuple(stop for stop in stops if stop)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False

    def add(self, number: int) -> str:
        """The text that one more token lets through."""
        self._held += self._decoder.decode(self._vocabulary.bytes_of(number))
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            shown, self._held = self._held[: min(found)], ""
            return shown
        keep = self._undecided()
        shown, self._held = self._held[: len(self._held) - keep], self._held[-keep:] if keep else ""
        return shown

    def end(self) -> str:
        """What was held back when the answer ends; half a character is dropped, not shown."""
        shown, self._held = self._held, ""
        return "" if self.stopped else shown

    def _undecided(self) -> int:
        """How many characters at the end could be the beginning of a stop string."""
        longest = 0
        for stop in self._stops:
            for length in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if self._held.endswith(stop[:length]):
                    longest = length
                    break
        return longest
