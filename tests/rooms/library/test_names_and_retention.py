"""Names that people and programs give, and how long vouchers are kept: pure."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.kinds import known_kinds
from yuepi.library.document import NAME_CHARACTERS_MAX, BadDocument
from yuepi.library.names import (
    KEY_CHARACTERS_MAX,
    checked_name,
    checked_tags,
    file_name,
    folded,
    numbered,
)
from yuepi.library.retention import is_voucher, lock_until, longer

ADDED = date(2026, 3, 4)


@given(st.text(max_size=600))
def test_whatever_a_file_is_called_it_gets_a_name(text: str) -> None:
    name = file_name(text)
    assert 1 <= len(name) <= NAME_CHARACTERS_MAX
    assert name.isprintable()
    assert "/" not in name
    assert "\\" not in name
    assert name not in (".", "..")
    assert file_name(name) == name
    assert 1 <= len(folded(name)) <= KEY_CHARACTERS_MAX


@given(st.text(max_size=400))
def test_a_checked_name_is_itself_once_more(text: str) -> None:
    try:
        name = checked_name(text)
    except BadDocument:
        return
    assert checked_name(name) == name
    assert folded(name) == folded(name.upper().lower()) or not name.isascii()


@given(st.text(min_size=1, max_size=300))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(min_size=1, max_size=300), st.integers(2, 999))
def test_a_numbered_name_is_another_name(text: str, number: int) -> None:
    name = file_name(text)
    other = numbered(name, number)
    assert len(other) <= NAME_CHARACTERS_MAX
    assert f" ({number})" in other
    assert numbered(other, number + 1).count("(") == other.count("(")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.pdf", "a (2).pdf"),
        ("a (2).pdf", "a (2).pdf"),
        ("发票.tar.gz", "发票.tar (2).gz"),
        (".bashrc", ".bashrc (2)"),
        ("no ending", "no ending (2)"),
    ],
)
def test_the_ending_stays_at_the_end(name: str, said: str) -> None:
    assert numbered(name, 2) == said


def test_tags_are_there_once_whatever_their_case_and_width() -> None:
    assert checked_tags(["Ａ", "a ", "合同"]) == ("A", "合同")
    for bad in ([""], [" "], ["a\nb"] * 0 + ["\u202e"], ["x" * 65]):
        with pytest.raises(BadDocument):
            checked_tags(bad)


# --- retention -----------------------------------------------------------------------------------


def test_vouchers_are_kept_from_the_end_of_their_year() -> None:
    assert lock_until("digital_invoice", "2024-02-29", ADDED, 30) == "2055-01-01"
    assert lock_until("digital_invoice", None, ADDED, 30) == "2057-01-01"
    assert lock_until("payment_screenshot", "2024-12-31", ADDED, 10) == "2035-01-01"
    assert lock_until("digital_invoice", "2024-02-29", ADDED, 0) is None
    assert lock_until("contract", "2024-02-29", ADDED, 30) is None
    assert lock_until(None, "2024-02-29", ADDED, 30) is None


@pytest.mark.parametrize("day", ["2084-01-01", "2024-13-01", "", "soon", "2028-01-01"])
def test_an_impossible_day_does_not_count(day: str) -> None:
    assert lock_until("taxi_invoice", day, ADDED, 30) == "2057-01-01"


def test_all_invoices_are_vouchers() -> None:
    for kind in known_kinds():
        assert is_voucher(kind.name) or not kind.is_invoice
    assert not is_voucher("other")
    assert not is_voucher("id_card")


@given(st.none() | st.dates().map(date.isoformat), st.dates().map(date.isoformat), st.dates())
def test_a_lock_never_becomes_shorter(one: str | None, day: str, added: date) -> None:
    years = min(30, 9998 - max(added.year, 1))
    if years < 1:
        return
    lock = lock_until("receipt", day, added, years)
    assert lock is not None
    assert longer(one, lock) == max(filter(None, (one, lock)))
    assert longer(one, None) == one
