"""Check characters: known numbers, and that no single changed character goes unseen."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.checksums import id_card_valid, qr_crc, qr_crc_matches, tax_id_valid

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def tax_id(first: str) -> str:
    """The first 17 characters with the check character that makes them valid."""
    return next(first + last for last in ALPHABET if tax_id_valid(first + last))


@st.composite
def tax_ids(draw: st.DrawFn) -> str:
    return tax_id(draw(st.text(ALPHABET, min_size=17, max_size=17)))


@st.composite
def cards(draw: st.DrawFn) -> str:
    day = draw(st.dates(date(1900, 1, 1), date(2030, 12, 31)))
    first = draw(st.sampled_from("123456789")) + draw(st.text("0123456789", min_size=5, max_size=5))
    first += day.strftime("%Y%m%d") + draw(st.text("0123456789", min_size=3, max_size=3))
    return next(first + last for last in "0123456789X" if id_card_valid(first + last))


@pytest.mark.parametrize(
    "text",
    # Public registrations of well-known companies and the standard's own example.
    ["91350100M000100Y43", "91110000802100433B", "914403001922038216", "91330100799655058B"],
)
def test_public_tax_ids_are_valid(text: str) -> None:
    assert tax_id_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "91350100M000100Y4Z",
        "91350100M000100Y4",
        "91350100M000100Y433",
        "91350100m000100y43",
        "91350100M0001O0Y43",
        " 91350100M000100Y43",
        "91350100M000100Y43\n",
        "９1350100M000100Y43",
        "110101199003074",
        "",
    ],
)
def test_other_texts_are_no_tax_id(text: str) -> None:
    assert not tax_id_valid(text)


@given(tax_ids(), st.integers(0, 17), st.characters())
def test_one_changed_character_breaks_a_tax_id(text: str, place: int, sign: str) -> None:
    changed = text[:place] + sign + text[place + 1 :]
    assert tax_id_valid(changed) == (changed == text)


@given(tax_ids(), st.integers(0, 16))
def test_swapped_neighbours_break_a_tax_id(text: str, place: int) -> None:
    changed = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert tax_id_valid(changed) == (changed == text)


def test_public_card_example() -> None:
    assert id_card_valid("11010519491231002X")
    assert id_card_valid("11010519491231002x")
    assert not id_card_valid("110105194912310021")
    assert not id_card_valid("11010519490231002X")
    assert not id_card_valid("11010519491231002X\n")


@given(cards(), st.integers(0, 17), st.characters())
def test_one_changed_character_breaks_a_card(text: str, place: int, sign: str) -> None:
    changed = text[:place] + sign + text[place + 1 :]
    assert id_card_valid(changed) == (changed.upper() == text)


CODE = "01,10,011001800211,73642815,286.79,20190313,12345678901234567890,"


def test_crc_is_the_named_algorithm() -> None:
    # CRC-16/UMTS (also called BUYPASS) gives 0xFEE8 for the standard check text "123456789".
    assert _crc_of("123456789") == "FEE8"


def _crc_of(text: str) -> str:
    """The sum over exactly `text`, by undoing the comma: plain shifting over text, bit by bit."""
    value = 0
    for byte in text.encode():
        for bit in range(7, -1, -1):
            top = (value >> 15 & 1) ^ (byte >> bit & 1)
            value = (value << 1 & 0xFFFF) ^ (0x8005 if top else 0)
    return f"{value:04X}"


@given(st.text(st.characters(max_codepoint=0x7E), max_size=60))
def test_crc_agrees_with_a_second_way_of_computing_it(text: str) -> None:
    assert qr_crc(text + ",FFFF") == _crc_of(text + ",")


def test_valid_code_matches_in_either_case() -> None:
    code = CODE + qr_crc(CODE)
    assert qr_crc_matches(code)
    assert qr_crc_matches(CODE + qr_crc(CODE).lower())
    assert qr_crc_matches(code + ",")
    assert not qr_crc_matches(code + ",,")
    assert not qr_crc_matches(CODE)


@given(st.data())
def test_one_changed_character_breaks_the_crc(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.text("0123456789.", max_size=20), min_size=2, max_size=7))
    head = ",".join(parts) + ","
    code = head + qr_crc(head) + data.draw(st.sampled_from(["", ","]))
    assert qr_crc_matches(code)
    place = data.draw(st.integers(0, len(code) - 1))
    sign = data.draw(st.characters())
    changed = code[:place] + sign + code[place + 1 :]
    assert qr_crc_matches(changed) == (changed.upper() == code)


@pytest.mark.parametrize("text", ["", ",", "1,2,3", "abc", ",12345", "１,0000", "\ud800,0000"])
def test_texts_without_a_sum_do_not_match(text: str) -> None:
    assert not qr_crc_matches(text)
