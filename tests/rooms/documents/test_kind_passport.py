"""Passports: the zone, the print as its second source, and papers without a zone."""

from __future__ import annotations

from datetime import date

import pytest

from tests.resources.views import native, placed, values
from yuepi.documents.agreement import agree
from yuepi.documents.classify import classify
from yuepi.documents.kinds.passport import KIND
from yuepi.documents.reading import Field
from yuepi.lab.samples import make

ON = date(2026, 11, 21)
ABOVE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
BELOW = "L898902C36UTO7408122F2904157ZE184226B<<<<<18"
PRINT = (
    (0.3, 0.10, "Passport No."),
    (0.3, 0.13, "L898902C3"),
    (0.3, 0.20, "Surname"),
    (0.3, 0.23, "ERIKSSON"),
    (0.3, 0.30, "Given names"),
    (0.3, 0.33, "ANNA MARIA"),
    (0.3, 0.40, "Date of birth"),
    (0.3, 0.43, "12 AUG 1974"),
    (0.6, 0.40, "Date of expiry"),
    (0.6, 0.43, "15 APR 2029"),
    (0.6, 0.10, "PASSPORT"),
)
ZONE = ((0.05, 0.80, ABOVE), (0.05, 0.86, BELOW))
SAYS = {
    "number": "L898902C3",
    "surname": "ERIKSSON",
    "given_names": "ANNA MARIA",
    "nationality": "UTO",
    "birth": "1974-08-12",
    "sex": "F",
    "expiry": "2029-04-15",
    "issuer": "UTO",
}


def fields(*rows: tuple[float, float, str]) -> dict[str, Field]:
    return agree(KIND.fields, KIND.read(placed(*rows)).candidates, quality="photo")


def test_zone_and_print_agree() -> None:
    shown = placed(*PRINT, *ZONE)
    draft = KIND.read(shown)
    assert KIND.likeness(shown) > 0.9
    assert values(draft) == SAYS
    assert draft.mrz is not None
    assert draft.mrz.lines == (ABOVE, BELOW)
    assert all(draft.mrz.checks.values())
    found = fields(*PRINT, *ZONE)
    assert {name for name, field in found.items() if field.status == "confirmed"} == {
        "number", "birth", "expiry",
    }  # fmt: skip


def test_the_zone_alone_confirms_days_and_not_the_number() -> None:
    found = fields(*ZONE)
    assert {name: field.value for name, field in found.items()} == SAYS
    assert found["number"].status == "single"
    assert found["birth"].status == "confirmed"


@pytest.mark.parametrize(
    ("at", "text", "field"),
    [
        (1, "L898902G3", "number"),
        (3, "ERIKSEN", "surname"),
        (7, "12 AUG 1975", "birth"),
        (9, "16 APR 2029", "expiry"),
    ],
)
def test_print_that_contradicts_the_zone_is_a_conflict(at: int, text: str, field: str) -> None:
    rows = [*PRINT]
    rows[at] = (*rows[at][:2], text)
    found = fields(*rows, *ZONE)
    assert found[field].status == "conflict"
    assert {found[field].value, *found[field].others} == {SAYS[field], _said(field, text)}


def _said(field: str, text: str) -> str:
    return {"birth": "1975-08-12", "expiry": "2029-04-16"}.get(field, text)


def test_a_zone_that_was_misread_is_told_and_the_print_stands() -> None:
    spoilt = (ZONE[0], (0.05, 0.86, BELOW.replace("L898902C3", "L89B9O2C3")))
    draft = KIND.read(placed(*PRINT, *spoilt))
    assert values(draft)["number"] == "L898902C3"
    assert "mrz_check_differs" in {each.code for each in draft.findings}
    assert fields(*PRINT, *spoilt)["number"].status == "single"


def test_without_a_zone_the_print_is_one_source() -> None:
    more = ((0.05, 0.5, "Sex"), (0.05, 0.53, "F"))
    shown = placed(*PRINT, *more)
    assert 0.5 < KIND.likeness(shown) < 0.9
    found = agree(KIND.fields, KIND.read(shown).candidates, quality="photo")
    assert {field.status for field in found.values()} == {"single", "missing"}
    assert found["birth"].value == "1974-08-12"


def test_the_century_is_the_prints() -> None:
    """A person of a hundred and a baby have the same zone."""
    old = BELOW.replace("7408122", "2808122")
    from yuepi.documents.mrz import check_digit

    whole = f"280812{check_digit('280812')}"
    old = BELOW.replace("7408122", whole)
    rows = (ZONE[0], (0.05, 0.86, old))
    assert "birth" not in values(KIND.read(placed(*rows)))
    printed = ((0.3, 0.40, "Date of birth"), (0.3, 0.43, "12 AUG 1928"))
    assert values(KIND.read(placed(*printed, *rows)))["birth"] == "1928-08-12"


@pytest.mark.parametrize(
    "rows",
    [("护照遗失声明", "本人护照号 E12345678 遗失"), ("PASSPORT PHOTO SHOP", "Total 12.00"), ()],
)
def test_other_papers_are_no_passports(rows: tuple[str, ...]) -> None:
    shown = placed(*((0.1, 0.05 + at * 0.06, row) for at, row in enumerate(rows)))
    assert KIND.likeness(shown) < 0.5


@pytest.mark.parametrize("seed", range(6))
def test_samples_are_read_whole(seed: int) -> None:
    sample = make("passport", seed, ON)
    view = native(sample)
    assert classify(view)[0] is KIND
    draft = KIND.read(view)
    assert values(draft) == sample.truth
    assert draft.mrz is not None
    assert all(draft.mrz.checks.values())
