"""Duplicates and consecutive numbers (连号), within a claim and against earlier invoices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yuepi.approvals.buyer import plain_name
from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.fact import Duplicate, Proof

_NUMBER: Final = re.compile(r"^[0-9]{1,40}$")
DIGITAL_LENGTH: Final = 20
HISTORY: Final = "history"
"""Where an earlier invoice is found, instead of in a file; `history:CLAIM` where it is known."""
"""Digits of a 数电票's number, which is unique without a code (DOMAIN)."""


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """What tells one invoice from another. `place` is where it stands, for the evidence.

    Numbers are `bare`, names `plain_name`. `file_at` tells files apart even where their names are
    alike; None in history. `employee`: who handed it in, known in history only. Papers compare by
    identity: two alike are still two.
    """

    place: Proof
    file_at: int | None
    sha256: str | None
    original: bool
    number: str | None
    code: str | None
    date: str | None
    total: Decimal | None
    seller_tax_id: str | None
    seller_name: str | None
    moment: str | None = None
    employee: str | None = None

    @classmethod
    def of_past(cls, past: PastInvoice) -> Paper:
        """An earlier invoice."""
        source = f"{HISTORY}:{past.claim}" if past.claim else HISTORY
        return cls(
            place=Proof(file=source, field="number", value=past.number or past.sha256 or ""),
            file_at=None,
            sha256=past.sha256,
            original=False,
            number=bare(past.number),
            code=bare(past.code),
            date=past.date,
            total=past.total,
            seller_tax_id=past.seller_tax_id,
            seller_name=plain_name(past.seller_name or "") or None,
            moment=past.time,
            employee=past.employee,
        )


def bare(number: str | None) -> str | None:
    """A number without spaces, separators and what is not seen, in plain digits and letters
    (a text layer may hold wide ones); None where nothing is left."""
    plain = unicodedata.normalize("NFKC", number or "")
    return "".join(c for c in plain if c.isprintable() and c not in " -").upper() or None


def same(one: Paper, other: Paper) -> Duplicate:
    """Whether two papers are one invoice, and by what."""
    if one.sha256 is not None and one.sha256 == other.sha256 and one.file_at != other.file_at:
        return "same_file"
    if not _same_number(one, other):
        return "same_details" if _same_purchase(one, other) else "no"
    formats = _suffix(one) != _suffix(other) and one.original and other.original
    if formats and one.total is not None and one.total == other.total:
        return "other_format"
    coded = one.code is not None and one.code == other.code
    digital = one.number is not None and len(one.number) == DIGITAL_LENGTH
    return "same_number" if coded or digital else "same_details"


def _same_number(one: Paper, other: Paper) -> bool:
    if one.number is None or one.number != other.number:
        return False
    if len(one.number) == DIGITAL_LENGTH:
        return True
    if one.code is not None and other.code is not None:
        return one.code == other.code
    # Without a code a short number may repeat: it takes the day and the amount as well.
    return one.date is not None and one.total is not None and _same_day_and_total(one, other)


def _same_day_and_total(one: Paper, other: Paper) -> bool:
    return one.date == other.date and one.total == other.total


def _same_purchase(one: Paper, other: Paper) -> bool:
    """Papers without a number (till receipts): the same seller, day, time and amount."""
    if one.number is not None or other.number is not None:
        return False
    told = one.date is not None and one.total is not None and one.moment == other.moment
    return told and _same_day_and_total(one, other) and _seller(one, other) == "same"


def _suffix(paper: Paper) -> str:
    _, dot, ending = paper.place.file.rpartition("/")[2].rpartition(".")
    return ending.lower() if dot else ""


def _seller(one: Paper, other: Paper) -> str:
    """`same`, `other`, or `unknown` where one of them does not say."""
    if one.seller_tax_id and other.seller_tax_id:
        return "same" if one.seller_tax_id == other.seller_tax_id else "other"
    if one.seller_name and other.seller_name:
        return "same" if one.seller_name == other.seller_name else "other"
    return "unknown"


def consecutive(one: Paper, other: Paper) -> bool:
    """Whether the numbers follow each other, in one code, not known to be of two sellers."""
    if one.number is None or other.number is None or len(one.number) != len(other.number):
        return False
    if not (_NUMBER.match(one.number) and _NUMBER.match(other.number)):
        return False
    if abs(int(one.number) - int(other.number)) != 1:
        return False
    if one.code is not None and other.code is not None and one.code != other.code:
        return False
    return _seller(one, other) != "other"


def neighbours(paper: Paper) -> tuple[str, ...]:
    """The numbers one less and one more, with as many digits; none where it is no number."""
    if paper.number is None or not _NUMBER.match(paper.number):
        return ()
    number, length = int(paper.number), len(paper.number)
    beside = (f"{near:0{length}}" for near in (number - 1, number + 1) if near >= 0)
    return tuple(near for near in beside if len(near) == length)


class Shelf:
    """Papers by what could make them one with another, so that a long history stays quick."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._by_key: dict[object, list[Paper]] = {}
        for paper in papers:
            for key in _keys(paper):
                self._by_key.setdefault(key, []).append(paper)

    def like(self, paper: Paper) -> list[Paper]:
        """The papers that may be the same as this one."""
        return self._found(_keys(paper))

    def beside(self, paper: Paper) -> list[Paper]:
        """The papers whose number is one more or less, with as many digits."""
        return self._found([("number", near) for near in neighbours(paper)])

    def _found(self, keys: Sequence[object]) -> list[Paper]:
        found = [paper for key in keys for paper in self._by_key.get(key, ())]
        return list(dict.fromkeys(found))


def _keys(paper: Paper) -> list[object]:
    keys: list[object] = []
    if paper.sha256 is not None:
        keys.append(("sha256", paper.sha256))
    if paper.number is not None:
        keys.append(("number", paper.number))
    elif paper.date is not None:
        keys.append((paper.date, paper.total))
    return keys


def same_day_sellers(papers: Sequence[Paper]) -> list[Paper]:
    """The largest group of one seller on one day, where it has two or more."""
    groups = [
        [other for other in papers if other.date == one.date and _seller(one, other) == "same"]
        for one in papers
        if one.date is not None
    ]
    largest = max(groups, key=len, default=[])
    return largest if len(largest) > 1 else []
