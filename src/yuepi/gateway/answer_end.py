"""Answers that do not end, or end too early: the same words at every door."""

from __future__ import annotations

from typing import Final

from yuepi.engines.contract import EngineBroke

ANSWER_CHARACTERS_MAX: Final = 8_000_000


def check_length(characters: int) -> None:
    """Raises `EngineBroke` for an answer put together from pieces that is beyond measure."""
    if characters > ANSWER_CHARACTERS_MAX:
        raise EngineBroke("the answer does not end", remedy="ask for fewer words: set max_tokens")


def no_end() -> EngineBroke:
    """For pieces that stopped before one of them carried `finish`."""
    return EngineBroke("the model's answer stopped before its end", remedy="ask again")
