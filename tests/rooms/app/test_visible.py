"""Text from strangers cannot steer what shows it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.app.visible import visible, visible_line

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


@given(st.text(st.characters(codec=None)))
def test_nothing_unseen_is_left_but_newlines(text: str) -> None:
    shown = visible(text)
    assert all(c == "\n" or unicodedata.category(c) not in _UNSEEN for c in shown)
    assert "\n" not in visible_line(text)


@given(st.text("发票 abc123¥，。（）—\n"))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("\x9b31m", "\\x9b31m"),
        ("\udcff", "\\udcff"),
        ("a\tb\r", "a b\\x0d"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_unseen_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
