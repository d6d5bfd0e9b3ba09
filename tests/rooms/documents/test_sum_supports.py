"""Parts and a total support one another only where no wrong digit could keep the sum right."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from yuepi.documents.fields import Candidate
from yuepi.documents.reading import Evidence
from yuepi.documents.sum_supports import supports
from yuepi.kit.boxes import Box


def seen(values: dict[str, str], *, together: bool = False) -> dict[str, list[Candidate]]:
    """Each value at a place of its own."""
    found = {}
    for number, (name, value) in enumerate(values.items()):
        at = 0 if together else number
        evidence = Evidence(
            page=1, box=Box(0, at / 10, 1, at / 10 + 0.05), source="layout", text=""
        )
        found[name] = [Candidate(name, value, evidence)]
    return found


TICKET = {"fare": "1240.00", "fuel": "120.00", "fund": "50.00", "total": "1410.00"}


def test_a_fare_and_its_parts() -> None:
    assert {name for name, _ in supports(seen(TICKET))} == set(TICKET)


def test_an_insurance_may_be_sold_beside() -> None:
    insured = {**TICKET, "insurance": "30.00"}
    assert {name for name, _ in supports(seen(insured))} == set(TICKET)


def test_values_at_one_place_support_nothing() -> None:
    assert supports(seen(TICKET, together=True)) == []


def test_one_part_alone_is_only_repeated() -> None:
    assert supports(seen({"fare": "840.00", "total": "840.00"})) == []


def test_two_values_of_one_part_support_nothing() -> None:
    by_name = seen(TICKET)
    by_name["fuel"].append(Candidate("fuel", "20.00", by_name["fuel"][0].evidence))
    assert supports(by_name) == []


def test_a_sum_that_a_swap_of_digits_keeps_right_supports_nothing() -> None:
    assert supports(seen({"fare": "110.00", "fuel": "1.00", "total": "111.00"})) == []


@given(
    st.integers(3000, 999999),
    st.integers(0, 30000),
    st.integers(0, 9000),
    st.sampled_from(sorted(TICKET)),
    st.data(),
)
def test_any_one_wrong_digit_ends_the_support(
    fare: int, fuel: int, fund: int, name: str, data: st.DataObject
) -> None:
    cents = {"fare": fare, "fuel": fuel, "fund": fund, "total": fare + fuel + fund}
    values = {key: f"{Decimal(value) / 100:.2f}" for key, value in cents.items()}
    places = [at for at, sign in enumerate(values[name]) if sign.isdigit()]
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != values[name][at])
    wrong = {**values, name: values[name][:at] + digit + values[name][at + 1 :]}
    assert supports(seen(wrong)) == []
