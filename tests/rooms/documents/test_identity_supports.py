"""Which checks on papers of identity confirm what, and which do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.agreement import agree
from yuepi.documents.fields import Candidate
from yuepi.documents.identity_supports import born, luhn_valid, sex_of, supports
from yuepi.documents.reading import Evidence, Field
from yuepi.kit.boxes import Box
from yuepi.lab.samples.licences import luhn_digit
from yuepi.sight.sighting import Tier

ID = "990101199003070015"
ID_OF = {"id_number": ID, "birth": "1990-03-07", "sex": "男"}


def seen(name: str, value: str, text: str | None = None, at: float = 0.1) -> Candidate:
    place = Box(at, at, at + 0.1, at + 0.02)
    return Candidate(name, value, Evidence(page=1, box=place, source="layout", text=text or value))


def agreed(*candidates: Candidate, quality: Tier = "photo") -> dict[str, Field]:
    names = dict.fromkeys(each.name for each in candidates)
    return agree(names, candidates, quality=quality)


def test_the_number_of_a_card_confirms_itself_and_what_it_repeats() -> None:
    found = agreed(*(seen(name, value, at=i / 9) for i, (name, value) in enumerate(ID_OF.items())))
    assert {name: field.status for name, field in found.items()} == dict.fromkeys(
        ID_OF, "confirmed"
    )
    assert found["birth"].sources == ("layout", "checksum")


def test_a_wrong_number_confirms_nothing() -> None:
    wrong = {**ID_OF, "id_number": ID[:-1] + "1"}
    found = agreed(*(seen(name, value) for name, value in wrong.items()))
    assert {field.status for field in found.values()} == {"single"}


@pytest.mark.parametrize(("name", "value"), [("birth", "1990-03-08"), ("sex", "女")])
def test_print_that_says_otherwise_leaves_the_number_unconfirmed(name: str, value: str) -> None:
    found = agreed(*(seen(each, told) for each, told in {**ID_OF, name: value}.items()))
    assert {field.status for field in found.values()} == {"single"}


def test_a_card_of_an_odd_length_is_not_confirmed() -> None:
    """A digit that was read twice."""
    body = "9" + "0" * 15
    assert agreed(seen("card_number", body + luhn_digit(body)))["card_number"].status == "single"


def test_on_a_poor_picture_no_check_character_is_enough() -> None:
    assert agreed(seen("id_number", ID), quality="poor")["id_number"].status == "single"


def test_what_the_number_tells_is_the_law() -> None:
    assert (born(ID), sex_of(ID)) == ("1990-03-07", "男")


def test_days_of_a_zone_are_confirmed_by_their_digit() -> None:
    found = agreed(seen("birth", "1974-08-12", "7408122"), seen("expiry", "2012-04-15", "1204158"))
    assert (found["birth"].status, found["expiry"].status) == ("confirmed", "single")


def test_a_number_of_a_zone_needs_the_print() -> None:
    """G and 6 are worth the same in the check sum."""
    in_zone = seen("number", "L898902C3", "L898902C36")
    assert agreed(in_zone)["number"].status == "single"
    printed = seen("number", "L898902C3", at=0.5)
    assert agreed(in_zone, printed)["number"].status == "confirmed"
    assert agreed(printed, seen("number", "L898902C3", at=0.7))["number"].status == "single"
    other = seen("number", "L898902C5", at=0.5)
    assert agreed(in_zone, other)["number"].status == "conflict"


def test_an_invoices_number_is_no_zone() -> None:
    assert agreed(seen("number", "12345678", "No 12345678"))["number"].status == "single"
    assert supports({"number": [seen("number", "12345678")]}) == []


def test_credit_codes_and_cards() -> None:
    found = agreed(seen("credit_code", "91330106MA2AAAAA16"), seen("card_number", "79927398713"))
    assert [field.status for field in found.values()] == ["single", "single"]
    right = agreed(seen("credit_code", "91330106MA2AAAAA15"))["credit_code"]
    assert right.status == "confirmed"
    card = "9" + "0" * 14
    assert agreed(seen("card_number", card + luhn_digit(card)))["card_number"].status == "confirmed"


@given(st.from_regex(r"[0-9]{12,18}", fullmatch=True), st.data())
def test_luhn_finds_every_single_wrong_digit(body: str, data: st.DataObject) -> None:
    number = body + luhn_digit(body)
    assert luhn_valid(number)
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([each for each in "0123456789" if each != number[at]]))
    assert not luhn_valid(number[:at] + other + number[at + 1 :])


@pytest.mark.parametrize(
    ("name", "value", "signs"),
    [
        ("id_number", ID, "0123456789X"),
        ("credit_code", "91330106MA2AAAAA15", "0123456789ABCDEFGHJKLMNPQRTUWXY"),
        ("card_number", "9" + "0" * 14 + luhn_digit("9" + "0" * 14), "0123456789"),
    ],
)
def test_no_single_wrong_sign_is_confirmed(name: str, value: str, signs: str) -> None:
    assert agreed(seen(name, value))[name].status == "confirmed"
    for at, right in enumerate(value):
        for sign in signs:
            if sign != right:
                wrong = value[:at] + sign + value[at + 1 :]
                assert agreed(seen(name, wrong))[name].status == "single", wrong


def test_what_was_mended_is_not_confirmed_by_the_same_check() -> None:
    read = seen("id_number", ID, ID.replace("1990", "I990"))
    assert agreed(read)["id_number"].status == "single"
