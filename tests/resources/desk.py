"""One desk for all tests of one run: its text models take a second and half a gigabyte."""

from __future__ import annotations

from datetime import date
from functools import cache

from yuepi.documents.pages import warm
from yuepi.documents.read import Desk

ON = date(2026, 11, 21)
"""The day that samples in tests are dated before."""


@cache
def the_desk() -> Desk:
    """The desk, built when the first test asks for it."""
    warm()
    return Desk(threads=2)
