"""Days as the company counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from yuepi.kit.clock import business_day, iso_day, utc_now


def test_the_day_begins_in_china() -> None:
    assert business_day(datetime(2024, 6, 11, 16, 0, tzinfo=UTC)) == date(2024, 6, 12)
    assert business_day(datetime(2024, 6, 11, 15, 59, tzinfo=UTC)) == date(2024, 6, 11)


def test_a_moment_needs_its_zone() -> None:
    assert utc_now().tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        business_day(datetime(2024, 6, 11))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2023-02-29", None),
        ("0000-01-01", None),
        ("20240229", None),
        ("2024-2-9", None),
        ("２０２４-02-29", None),
        ("2024-02-29\n", None),
        ("", None),
        (None, None),
    ],
)
def test_iso_day(text: str | None, day: date | None) -> None:
    assert iso_day(text) == day
