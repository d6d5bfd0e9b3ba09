"""What is looked for: words, and filters that each can be seen and taken off."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from yuepi.documents.plain import Plain

TEXT_CHARACTERS_MAX: Final = 2_000
Name = Annotated[str, Field(min_length=1, max_length=128)]
Names = Annotated[tuple[Name, ...], Field(max_length=32)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Amount = Annotated[Decimal, Field(ge=0, le=Decimal("90000000000000"), allow_inf_nan=False)]


UNKNOWN: Final = "unknown"
"""In `Query.kinds`: documents of which nobody knows what they are, as well."""


class Query(Plain):
    """A question to the shelf. Filters hold together (and); the names in one are alternatives.

    text: what is left for search by words and meaning; may be empty. exact: phrases that must
    stand there as they are (quoted). numbers: digits and letters of a number that must stand there.
    kinds: of documents (`contract`, `vat_e_invoice`; `invoice` stands for all of them, `unknown`
    for those that nobody could tell, which come behind the others). parties: parts of names of
    buyer, seller, parties. amount_min, amount_max: yuan or the document's own currency, of its
    total. date_from, date_to: ISO days, of the document's own date, both within. added_from,
    added_to: of when it came. seal: whether a seal was seen (False: looked and none). folders: ids,
    with all below them. documents: ids, only within these.
    """

    text: Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX)] = ""
    exact: Names = ()
    numbers: Names = ()
    kinds: Names = ()
    parties: Names = ()
    amount_min: Amount | None = None
    amount_max: Amount | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    added_from: Day | None = None
    added_to: Day | None = None
    seal: bool | None = None
    tags: Names = ()
    folders: Names = ()
    media: Names = ()
    documents: Names = ()
    name: Annotated[str, Field(max_length=255)] | None = None


class Chip(Plain):
    """One filter as people see it: the query's field, its value as JSON, and the words of the
    question that it was made from. label_zh, label_en: how it is told."""

    field: str
    value: str
    words: str
    label_zh: str
    label_en: str
