"""Amounts written out in English words: `thirty five million`, `One Hundred and 50/100`. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_ONES: Final = {
    word: number
    for number, word in enumerate(
        re.findall(
            r"[a-z]+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen seventeen eighteen nineteen",
        )
    )
}
_TENS: Final = {
    word: 10 * number
    for number, word in enumerate(
        re.findall(
            r"[a-z]+",
            "twenty thirty forty fifty sixty seventy eighty ninety",
        ),
        start=2,
    )
}
_SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD: Final = "|".join(sorted((*_ONES, *_TENS, "hundred", *_SCALES), key=len, reverse=True))
WORDS: Final = re.compile(
    rf"(?<![A-Za-z])(?:{_WORD})(?![A-Za-z])(?:[\s\-,]*(?:and\s+)?(?:{_WORD})(?![A-Za-z])){{0,23}}"
    r"\s*"
    r"(?:(?:and\s+)?(?P<cents>\d{1,2})\s*/\s*100)?",
    re.IGNORECASE,
)
"""A run of number words; it may end in `and 50/100`."""
_CENT_WORDS: Final = re.compile(
    rf"^(?P<whole>.+?)\s+(?:dollars?|yuan|euros?|pounds?)\s+and\s+(?P<cents>(?:(?:{_WORD})"
    r"(?![A-Za-z])[\s\-]*)+)cents?\b",
    re.IGNORECASE,
)
_LENGTH_MAX: Final = 240


def english_amount(text: str) -> Decimal | None:
    """The amount that the words say, or None where they are no single number.

    text: number words with or without currency words and `only` around them. Groups must fall
    (million before thousand), so that a word lost in the middle gives None and not less money.
    """
    if len(text) > _LENGTH_MAX:
        return None
    split = _CENT_WORDS.match(text)
    cents = _number(_words(split["cents"])) if split else 0
    match = WORDS.search(split["whole"] if split else text)
    if match is None or cents is None or cents > 99:
        return None
    if match["cents"]:
        cents = int(match["cents"])
    run = match.group().rpartition(match["cents"])[0] if match["cents"] else match.group()
    whole = _number(_words(run))
    return None if whole is None else Decimal(whole) + Decimal(cents) / 100


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", text.lower()) if word != "and"]


def _number(words: list[str]) -> int | None:
    if not words:
        return None
    total, group, last_scale, started = 0, 0, 10**12, False
    for word in words:
        if word in _SCALES:
            scale = _SCALES[word]
            if not started or not group or scale >= last_scale:
                return None
            total, group, last_scale, started = total + group * scale, 0, scale, False
        elif word == "hundred":
            if not started or not 0 < group < 100:
                return None
            group *= 100
        else:
            value = _ONES.get(word, _TENS.get(word, 0))
            if not _fits(group, value, started):
                return None
            group += value
            started = True
    return total + group


def _fits(group: int, value: int, started: bool) -> bool:
    """Whether a word may follow what its group says so far: 20 and 5, 100 and 30, not 5 and 20."""
    if not started or group == 0:
        return not started
    rest = group % 100
    if value >= 10:
        return rest == 0
    return value > 0 and (rest == 0 or (rest >= 20 and rest % 10 == 0))
