"""The exact things that a document says: numbers, amounts, dates, names, each with its place.
Pure.

First what was read as fields, then what merely stands in the text: amounts with a currency or two
decimals, days that can be but one, numbers and codes of four digits or more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from yuepi.documents.page_text import PageText
from yuepi.documents.reading import Evidence, Field, Reading
from yuepi.kit.boxes import Box
from yuepi.kit.clock import iso_day
from yuepi.kit.money import parse_amount
from yuepi.library.chunking.draft import on_page
from yuepi.library.chunking.passage import part_of_run
from yuepi.library.keys import name_key, number_key
from yuepi.library.papers import ReadDocument
from yuepi.library.printed import Printed, printed_things

Sort = Literal["number", "amount", "date", "name"]

VALUES_MAX: Final = 2_000
"""Of one document; a long one has more."""
PER_PAGE: Final = 20
TEXT_CHARACTERS_MAX: Final = 255
HUNDREDTHS_MAX: Final = 9 * 10**17

_AMOUNTS: Final = (
    "amount",
    "capital",
    "fare",
    "fuel",
    "fund",
    "insurance",
    "other_taxes",
    "price",
    "subtotal",
    "tax",
    "total",
)
_NAMES: Final = (
    "authority",
    "bank",
    "brand",
    "buyer_name",
    "guest",
    "holder",
    "issuer",
    "legal_person",
    "name",
    "party_a",
    "party_b",
    "party_c",
    "party_d",
    "passenger",
    "receiver",
    "seller_name",
    "sender",
)
_NUMBERS: Final = ("barcode", "code", "flight", "number", "plate", "room", "train")
_NUMBER_ENDS: Final = ("_id", "_number", "_code")


@dataclass(frozen=True, slots=True)
class Value:
    """One exact thing.

    field: of the reading; "" for what merely stands in the text. text: as it stands there. key: as
    it is compared: letters and digits for numbers, folded for names, hundredths for amounts, an
    ISO day for dates. hundredths: of an amount.
    """

    sort: Sort
    field: str
    text: str
    key: str
    hundredths: int | None
    file_at: int
    page: int
    box: Box


def values_of(read: ReadDocument) -> list[Value]:
    """What a document says, those of its fields first; each once on a page.

    Takes about a millisecond a page: call it off the event loop.
    """
    most = max(VALUES_MAX, PER_PAGE * len(read.texts))
    found: dict[tuple[str, str, int], Value] = {}
    named: dict[tuple[str, str, str], Value] = {}
    for value in _of_fields(read):
        named.setdefault((value.sort, value.key, value.field), value)
    for value in named.values():
        found.setdefault((value.sort, value.key, value.page), value)
    kept = list(named.values())
    for value in _of_texts(read.texts):
        if len(kept) >= most:
            break
        key = (value.sort, value.key, value.page)
        if key not in found:
            found[key] = value
            kept.append(value)
    return kept[:most]


def hundredths_of(amount: Decimal) -> int | None:
    """An amount in hundredths; None where it has more decimals or is beyond all sums."""
    if not amount.is_finite():
        return None
    whole = amount * 100
    if whole != whole.to_integral_value() or abs(whole) > HUNDREDTHS_MAX:
        return None
    return int(whole)


def _of_fields(read: ReadDocument) -> Iterator[Value]:
    for file_at, file in enumerate(read.files):
        for reading in file.readings:
            for name, field in reading.fields.items():
                value = _of_field(reading, name, field, file_at)
                if value is not None:
                    yield value


def _of_field(reading: Reading, name: str, field: Field, file_at: int) -> Value | None:
    if not field.value:
        return None
    sort, key, hundredths = _typed(name, field.value)
    if sort is None or not key:
        return None
    seen: Evidence | None = next((each for each in field.evidence if each.box is not None), None)
    box = reading.box if seen is None or seen.box is None else seen.box
    page = reading.page if seen is None else seen.page
    text = _shown(seen.text if seen is not None and seen.text.strip() else field.value)
    return Value(sort, name, text, key, hundredths, file_at, page, on_page(box))


def _typed(name: str, value: str) -> tuple[Sort | None, str, int | None]:
    """The sort of a field's value, as it is compared, and its hundredths."""
    if name in _AMOUNTS:
        amount = parse_amount(value, ".")
        hundredths = None if amount is None else hundredths_of(amount)
        return ("amount", str(hundredths), hundredths) if hundredths is not None else _NOTHING
    if name in _NAMES:
        return "name", name_key(value), None
    if name in _NUMBERS or name.endswith(_NUMBER_ENDS):
        return "number", number_key(value), None
    day = iso_day(value[:10]) if len(value) in (10, 16, 19) else None
    return ("date", day.isoformat(), None) if day is not None else _NOTHING


_NOTHING: Final = (None, "", None)


def _of_texts(pages: Iterable[PageText]) -> Iterator[Value]:
    for page in pages:
        for run in page.runs:
            for thing in printed_things(run.text):
                value = _of_thing(thing)
                if value is None:
                    continue
                sort, key, hundredths = value
                place = part_of_run(run, thing.start, thing.end).box
                text = _shown(run.text[thing.start : thing.end])
                yield Value(
                    sort, "", text, key, hundredths, page.file_at, page.page, on_page(place)
                )


def _of_thing(thing: Printed) -> tuple[Sort, str, int | None] | None:
    if thing.amount is not None:
        hundredths = hundredths_of(thing.amount)
        return None if hundredths is None else ("amount", str(hundredths), hundredths)
    if thing.day is not None:
        return "date", thing.day, None
    key = number_key(thing.text)
    return ("number", key, None) if key else None


def _shown(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:TEXT_CHARACTERS_MAX]
