"""Machine-readable zones: ICAO's own examples, zones as recognisers spoil them, what is proved."""

from __future__ import annotations

import random
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.mrz import Zone, check_digit, expiry_year, find_zone, is_day, whole_year
from yuepi.lab.samples.identity import zone_digit, zone_lines

# The examples of ICAO Doc 9303, parts 4, 6 and 5.
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
NAMES = {"surname": "ERIKSSON", "given_names": "ANNA MARIA", "issuer": "UTO", "nationality": "UTO"}
DAYS = {"birth": "740812", "expiry": "120415", "sex": "F"}


def zone(*rows: str) -> Zone:
    found = find_zone(rows)
    assert found is not None
    return found


def values(found: Zone) -> dict[str, str]:
    return {name: part.value for name, part in found.parts.items()}


@pytest.mark.parametrize(
    ("rows", "form", "number"),
    [(TD3, "TD3", "L898902C3"), (TD2, "TD2", "D23145890"), (TD1, "TD1", "D23145890")],
)
def test_the_standards_own_examples(rows: tuple[str, ...], form: str, number: str) -> None:
    found = zone("UTOPIA", "PASSPORT", *rows)
    assert found.form == form
    assert found.lines == rows
    assert all(found.checks.values())
    assert values(found) == {"number": number, **NAMES, **DAYS}
    assert found.rows == tuple(range(2, 2 + len(rows)))


def test_a_long_number_goes_on_behind_the_filler() -> None:
    body = "D23145890734"
    above = f"I<UTO{body[:9]}<{body[9:]}{check_digit(body)}".ljust(30, "<")
    assert values(zone(above, *TD1[1:]))["number"] == body


@pytest.mark.parametrize(
    "above",
    [
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<",
        "P<UTOERIKSSON《ANNA〈MARIA<<<<<<<くく<<<<<<<<<",
        "P < UTOERIKSSON<< ANNA<MARIA<<<<<<<<<<<<<<<<<<<<<<",
        "p<utoeriksson<<anna<maria<<<<<<<<<<<<<<<<<<<",
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<K<<<<<<<K<<<",
        "PUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "P<<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<",
    ],
)
def test_fillers_that_were_lost_or_misread(above: str) -> None:
    found = zone(above, "L898902C36UTO7408122F1204159ZE184226B<<10")
    assert values(found) == {"number": "L898902C3", **NAMES, **DAYS}
    assert all(found.checks.values())
    assert {len(line) for line in found.lines} == {44}


def test_letters_where_only_digits_stand() -> None:
    found = zone(TD3[0], "L898902C36UTO74O8I22F12O4I59ZE184226B<<<<<10")
    assert values(found)["birth"] == "740812"
    assert values(found)["expiry"] == "120415"
    assert found.lines[1] == TD3[1]


def test_a_number_is_mended_only_where_its_digit_proves_it() -> None:
    number = "EA1023485"
    line = f"{number}{check_digit(number)}UTO7408122F1204159<<<<<<<<<<<<<<00"
    assert values(zone(TD3[0], line))["number"] == number
    for spoilt in ("EA1O23485", "EA10Z3485", "EA102348S"):
        assert values(zone(TD3[0], line.replace(number, spoilt)))["number"] == number
    # With an 8 for the B the digit does not hold.
    assert "number" not in zone(TD3[0], line.replace(number, "EA1023B85")).parts
    # Another digit is no look-alike: the number is not known, and no letter is made for it.
    wrong = zone(TD3[0], line.replace(number, "EA7023485"))
    assert "number" not in wrong.parts
    assert wrong.checks["number"] is False


@pytest.mark.parametrize(
    "above",
    [
        "P<UTOER1KSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "P<UTOERIKSSON<KANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    ],
)
def test_names_have_no_check_and_are_never_mended(above: str) -> None:
    found = values(zone(above, TD3[1]))
    assert "surname" not in found
    assert "given_names" not in found
    assert found["number"] == "L898902C3"


def test_states_are_known_ones_or_left_out() -> None:
    found = values(zone(TD3[0].replace("UTO", "UT0"), TD3[1].replace("UTO", "VTO")))
    assert found["issuer"] == "UTO"
    assert "nationality" not in found


@pytest.mark.parametrize(
    "rows",
    [
        (),
        ("PASSPORT", "护照"),
        TD3[:1],
        TD3[1:],
        (TD3[0], "L898902C30UTO7408120F1204150ZE184226B<<<<<10"),
        ("P<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "1234567890123456789012345678901234567890ABCD"),
        ("https://example.com/P<<a", "A" * 44),
    ],
)
def test_what_is_no_zone(rows: tuple[str, ...]) -> None:
    assert find_zone(rows) is None


LETTERS = st.text(string.ascii_uppercase, min_size=2, max_size=9)
BORN = st.dates(date(1945, 1, 1), date(2008, 12, 31))
ENDS = st.dates(date(2025, 1, 1), date(2036, 12, 31))


@st.composite
def passports(draw: st.DrawFn) -> tuple[dict[str, str], tuple[str, str]]:
    number = draw(st.from_regex(r"[A-Z][0-9]{7,8}", fullmatch=True))
    truth = {
        "number": number,
        "surname": draw(LETTERS),
        "given_names": " ".join(draw(st.lists(LETTERS, min_size=1, max_size=2))),
        "nationality": "UTO",
        "issuer": "UTO",
        "sex": draw(st.sampled_from("MF")),
    }
    born, ends = draw(BORN), draw(ENDS)
    lines = zone_lines(truth, born, ends, "P<", random.Random(draw(st.integers(0, 99))))
    return truth | {"birth": f"{born:%y%m%d}", "expiry": f"{ends:%y%m%d}"}, lines


@given(passports())
def test_any_zone_is_read_whole(passport: tuple[dict[str, str], tuple[str, str]]) -> None:
    truth, lines = passport
    found = zone(*lines)
    assert values(found) == truth
    assert all(found.checks.values())
    assert found.lines == lines


@given(passports(), st.integers(0, 43), st.sampled_from(string.digits))
def test_one_wrong_digit_never_gives_a_wrong_number_or_day(
    passport: tuple[dict[str, str], tuple[str, str]], at: int, digit: str
) -> None:
    truth, (above, below) = passport
    if not below[at].isdigit():
        return
    found = find_zone((above, below[:at] + digit + below[at + 1 :]))
    read = {} if found is None else values(found)
    for name in ("number", "birth", "expiry"):
        assert read.get(name, truth[name]) == truth[name]


@given(st.lists(st.text(max_size=60), max_size=8))
def test_no_text_breaks_it(rows: list[str]) -> None:
    find_zone(rows)


@given(st.text(string.digits + string.ascii_uppercase + "<", max_size=40))
def test_the_check_digit_is_the_drawers(text: str) -> None:
    assert check_digit(text) == zone_digit(text)


def test_a_check_digit_of_something_else() -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        check_digit("ab")


@pytest.mark.parametrize(
    ("born", "expiry", "year"),
    [
        ("90", "300101", 1990),
        ("31", "300101", 1931),
        ("28", "300101", None),
        ("15", "300101", 2015),
        ("90", None, None),
    ],
)
def test_the_century_of_a_birth(born: str, expiry: str | None, year: int | None) -> None:
    assert whole_year(born, expiry) == year


def test_years_and_days() -> None:
    assert (expiry_year("29"), expiry_year("94")) == (2029, 1994)
    assert is_day("740812", 1974)
    assert not is_day("740230", 1974)
