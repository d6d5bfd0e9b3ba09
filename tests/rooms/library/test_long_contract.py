"""A contract that is read in several parts is one document: parties, amount and term told once."""

from __future__ import annotations

from typing import Final

import pytest
from sqlalchemy import select

from tests.resources.shelf_desk import ShelfDesk, ShelfStory, postgres, shelf_story
from tests.rooms.library.test_reading import Quick, everything, long_one, now, reader_of, reading
from yuepi.documents.reading import Field, FileReading, Reading
from yuepi.library.papers import Papers, joined_files
from yuepi.library.scope import EVERYTHING
from yuepi.library.store.tables import VALUES

__all__ = ["postgres", "shelf_story"]

MISSING: Final = Field(value=None, status="missing", confidence=0.0)


def contract(page: int, **said: str) -> Reading:
    names = ("title", "number", "party_a", "party_b", "amount", "amount_words", "date")
    names += ("term_start", "term_end", "signed_a", "signed_b")
    made = reading(page, "contract", **said)
    return made.model_copy(update={"fields": dict.fromkeys(names, MISSING) | made.fields})


def begins(page: int = 1) -> Reading:
    return contract(
        page,
        title="设备采购合同",
        number="HT-2026-0117",
        party_a="甲设备有限公司",
        party_b="乙贸易有限公司",
        amount="500000.00",
    )


def told(file: FileReading) -> list[tuple[str, int]]:
    return [(each.kind, each.page) for each in file.readings]


def parts(*readings: tuple[Reading, ...]) -> tuple[FileReading, ...]:
    return tuple(
        FileReading(file="c.pdf", sha256="0" * 64, pages=40, original=False, readings=each)
        for each in readings
    )


def test_what_goes_on_in_the_next_part_is_told_once() -> None:
    ending = contract(
        81, date="2026-03-01", term_end="2028-02-29", signed_a="yes", amount_words="伍拾万元整"
    )
    (file,) = joined_files(parts((begins(),), (reading(41, "other"),), (ending,)))
    (whole,) = file.readings
    assert file.pages == 120
    assert whole.value("party_a") == "甲设备有限公司"
    assert whole.value("term_end") == "2028-02-29"
    assert whole.fields["term_end"].evidence[0].page == 81
    # Figures in the first part, words in the last one: each supports the other now.
    assert whole.fields["amount"].status == "confirmed"


def test_another_amount_in_a_later_part_is_a_conflict() -> None:
    (file,) = joined_files(parts((begins(),), (contract(41, amount="480000.00"),)))
    (whole,) = file.readings
    assert whole.fields["amount"].status == "conflict"
    assert whole.fields["amount"].others == ("480000.00",)


@pytest.mark.parametrize(
    "other",
    [
        contract(41, title="补充协议", number="HT-2026-0999", party_a="丙有限公司"),
        reading(41, "vat_e_invoice", number="24332000000000000001"),
    ],
)
def test_another_document_in_the_next_part_stays_one(other: Reading) -> None:
    (file,) = joined_files(parts((begins(),), (other,)))
    assert told(file) == [("contract", 1), (other.kind, 41)]


def test_pages_of_a_book_are_not_joined() -> None:
    pages = tuple(reading(page, "other") for page in range(1, 4))
    (file,) = joined_files(parts(pages, (reading(41, "other"),)))
    assert len(file.readings) == 4


def test_a_long_contract_on_the_shelf(shelf_story: ShelfStory) -> None:
    async def tell(desk: ShelfDesk) -> None:
        quick = Quick()

        def seen(page: int) -> tuple[Reading, ...]:
            if page == 1:
                return (begins(),)
            if page == 90:
                return (contract(90, party_a="甲设备有限公司", date="2026-03-01"),)
            return () if page % 40 != 1 else (reading(page, "other"),)

        quick.readings = seen
        document = await long_one(desk, 90)
        await everything(reader_of(desk, quick))
        settled = await now(desk, document)
        assert (settled.kind, settled.title) == ("contract", "设备采购合同")
        read = await Papers(desk.database, desk.blobs).of(EVERYTHING, document.id)
        assert [told(file) for file in read.files] == [[("contract", 1)]]
        async with desk.database.reading() as transaction:
            query = select(VALUES.c.field, VALUES.c.page).where(VALUES.c.sort == "name")
            names = [tuple(row) for row in await transaction.execute(query)]
        assert sorted(names) == [("party_a", 1), ("party_b", 1)]

    shelf_story(tell)
