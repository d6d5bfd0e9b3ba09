"""A wrong digit must never come out confirmed: what counts as agreement and what does not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.agreement import agree
from yuepi.documents.fields import Candidate
from yuepi.documents.reading import Evidence, Source
from yuepi.kit.boxes import Box
from yuepi.kit.money import amount_words, money_text

NAMES = ("number", "date", "amount", "tax", "total", "total_cn", "buyer_tax_id", "seller_name")


def seen(name: str, value: str, source: Source = "layout", *, firm: bool = True) -> Candidate:
    place = Box(0.1, len(name) / 100, 0.2, len(name) / 100 + 0.02)
    return Candidate(name, value, Evidence(page=1, box=place, source=source, text=value), firm)


def fields(*candidates: Candidate, code_amount: Evidence | None = None):
    amounts = [code_amount] if code_amount else []
    return agree(NAMES, candidates, quality="photo", code_amounts=amounts)


def test_one_recognised_value_is_single_however_often_it_was_read():
    got = fields(seen("number", "12345678"), seen("number", "12345678"))["number"]
    assert (got.value, got.status, got.sources) == ("12345678", "single", ("layout",))


def test_code_and_print_confirm_each_other():
    got = fields(seen("number", "12345678"), seen("number", "12345678", "codes"))["number"]
    assert got.status == "confirmed"
    assert set(got.sources) == {"codes", "layout"}


def test_code_and_print_that_differ_are_a_conflict_showing_both():
    got = fields(seen("number", "12345678"), seen("number", "12345679", "codes"))["number"]
    assert (got.status, got.value, got.others) == ("conflict", "12345679", ("12345678",))
    assert got.confidence < 0.9


def test_the_files_own_text_is_enough_where_its_label_stands():
    assert fields(seen("date", "2026-01-02", "native"))["date"].status == "confirmed"
    assert fields(seen("date", "2026-01-02", "native", firm=False))["date"].status == "single"


def test_a_value_guessed_by_two_readers_of_which_none_is_firm_is_not_confirmed():
    got = fields(
        seen("number", "12345678", firm=False), seen("number", "12345678", "codes", firm=False)
    )
    assert got["number"].status == "single"


def test_words_confirm_figures():
    got = fields(seen("total", "27.00"), seen("total_cn", "贰拾柒圆整"))
    assert got["total"].status == got["total_cn"].status == "confirmed"
    assert "words" in got["total"].sources


def test_words_that_differ_confirm_nothing():
    got = fields(seen("total", "21.00"), seen("total_cn", "贰拾柒圆整"))
    assert got["total"].status == got["total_cn"].status == "single"


def test_sum_confirms_its_three_parts_but_not_when_one_is_nothing():
    got = fields(seen("amount", "23.89"), seen("tax", "3.11"), seen("total", "27.00"))
    assert {got[name].status for name in ("amount", "tax", "total")} == {"confirmed"}
    same = fields(seen("amount", "27.00"), seen("tax", "0.00"), seen("total", "27.00"))
    assert {same[name].status for name in ("amount", "tax", "total")} == {"single"}


def test_a_check_character_confirms_a_tax_number_and_a_wrong_one_does_not():
    assert fields(seen("buyer_tax_id", "91110108MA01GUF37R"))["buyer_tax_id"].status == "confirmed"
    assert fields(seen("buyer_tax_id", "91110108MA01GUF37K"))["buyer_tax_id"].status == "single"
    assert fields(seen("buyer_tax_id", "110108123456789"))["buyer_tax_id"].status == "single"


@pytest.mark.parametrize(("text", "name"), [("23.89", "amount"), ("27.00", "total")])
def test_an_ambiguous_code_amount_supports_whichever_it_equals(text: str, name: str):
    place = Evidence(page=1, box=None, source="codes", text=text)
    got = fields(seen("amount", "23.89"), seen("total", "27.00"), code_amount=place)
    assert got[name].status == "confirmed"
    assert sum(field.status == "confirmed" for field in got.values()) == 1


def test_a_code_amount_never_confirms_a_total_that_may_be_the_amount_before_tax():
    place = Evidence(page=1, box=None, source="codes", text="23.89")
    assert fields(seen("total", "23.89"), code_amount=place)["total"].status == "single"


def test_a_sum_that_a_systematic_misreading_keeps_right_confirms_nothing():
    # Every 1 read as 3: truth is 3410.00 + 204.60 = 3614.60.
    got = fields(seen("amount", "3430.00"), seen("tax", "204.60"), seen("total", "3634.60"))
    assert {got[name].status for name in ("amount", "tax", "total")} == {"single"}


def test_a_check_character_confirms_nothing_on_a_poor_picture():
    got = agree(("buyer_tax_id",), [seen("buyer_tax_id", "91110108MA01GUF37R")], quality="poor")
    assert got["buyer_tax_id"].status == "single"


def test_amounts_that_were_taken_for_one_another_are_not_confirmed_by_their_sum():
    got = fields(seen("amount", "3.11"), seen("tax", "23.89"), seen("total", "27.00"))
    assert {got[name].status for name in ("amount", "tax", "total")} == {"single"}


def test_one_tax_number_for_both_parties_is_confirmed_for_neither():
    got = agree(
        ("buyer_tax_id", "seller_tax_id"),
        [seen(name, "91110108MA01GUF37R") for name in ("buyer_tax_id", "seller_tax_id")],
        quality="photo",
    )
    assert {field.status for field in got.values()} == {"single"}


def test_an_ambiguous_code_amount_that_equals_nothing_supports_nothing():
    place = Evidence(page=1, box=None, source="codes", text="99.00")
    assert fields(seen("total", "23.89"), code_amount=place)["total"].status == "single"


def test_missing_is_missing():
    got = fields()["total"]
    assert (got.value, got.status, got.confidence) == (None, "missing", 0.0)


cents = st.integers(min_value=1, max_value=99_999_999).map(lambda n: Decimal(n) / 100)


@given(amount=cents, tax=cents, where=st.integers(0, 8), digit=st.integers(0, 9))
def test_no_single_wrong_digit_is_confirmed_by_words_or_sum(
    amount: Decimal, tax: Decimal, where: int, digit: int
):
    total = amount + tax
    right = money_text(total)
    places = [i for i, c in enumerate(right) if c.isdigit()]
    spot = places[where % len(places)]
    wrong = right[:spot] + str(digit) + right[spot + 1 :]
    got = fields(
        seen("amount", money_text(amount)),
        seen("tax", money_text(tax)),
        seen("total", wrong),
        seen("total_cn", amount_words(total)),
    )
    assert (got["total"].status == "confirmed") == (Decimal(wrong) == total)


@pytest.mark.parametrize("independent", [False, True])
def test_words_support_no_currency_that_only_a_model_says(independent: bool) -> None:
    seen_ = [
        seen("total", "100.00"),
        seen("total_cn", "壹佰圆整"),
        seen("currency", "MYR", "model"),
    ]
    names = (*NAMES, "currency")
    got = agree(names, seen_, quality="photo", independent=independent)["currency"]
    assert (got.status, got.sources, got.only_said) == ("single", ("model",), True)
