"""The check digit of EAN and UPC numbers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from yuepi.documents.fields import Candidate
from yuepi.documents.reading import Source

_LENGTHS: Final = (8, 12, 13)


def ean_valid(text: str) -> bool:
    """Whether the text is an EAN-8, UPC-A or EAN-13 whose last digit checks the others.

    Source: GS1 General Specifications 7.9: weights 3 and 1 from the right, modulo 10.
    """
    if len(text) not in _LENGTHS or not (text.isascii() and text.isdigit()):
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text[::-1]))
    return total % 10 == 0


def supports(by_name: Mapping[str, list[Candidate]]) -> list[tuple[str, Source]]:
    """A product's number whose check digit fits: any one wrong digit would break it."""
    values = {each.value for each in by_name.get("barcode", [])}
    return [("barcode", "checksum")] if len(values) == 1 and ean_valid(values.pop()) else []
