"""What makes an invoice the same one again, as keys for a database. Pure.

Two papers that `sameness.same` takes for one invoice share a key, whatever their file formats.
Sharing a key is not yet sameness (two rolls of paper invoices may have the same number, day and
amount under two codes): what is found by a key is compared with `same` before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.sameness import DIGITAL_LENGTH, Paper, consecutive
from yuepi.kit.clock import iso_day
from yuepi.kit.database import MONEY_MAX

_KEPT_MAX: Final = {
    "number": 64,
    "code": 64,
    "date": 10,
    "moment": 16,
    "seller_tax_id": 64,
    "seller_name": 255,
    "sha256": 64,
}
"""How much of each value a row keeps; no genuine one is longer."""


def kept(paper: Paper) -> Paper:
    """The paper as a row can keep it: garbage that was read as a value must not stop a claim."""
    total = paper.total
    if total is not None and abs(total) > MONEY_MAX:
        total = None
    values: dict[str, Any] = {
        name: _kept(getattr(paper, name), most) for name, most in _KEPT_MAX.items()
    }
    return replace(paper, total=total, **values)


def _kept(value: str | None, characters_max: int) -> str | None:
    if value is None:
        return None
    printable = value.encode("utf-8", "replace").decode().replace("\0", "")
    return printable[:characters_max] or None


def identity_keys(paper: Paper) -> tuple[str, ...]:
    """The keys of one paper; sorted, so that all who lock them do so in one order."""
    keys = [] if paper.sha256 is None else [_key("file", paper.sha256)]
    if paper.number is not None:
        keys += _of_number(paper, paper.number)
    else:
        keys += _of_purchase(paper)
    return tuple(sorted(keys))


def _of_number(paper: Paper, number: str) -> list[str]:
    if len(number) == DIGITAL_LENGTH:
        return [_key("number", number)]
    keys = []
    if paper.code is not None:
        keys.append(_key("code", paper.code, number))
    if paper.date is not None and paper.total is not None:
        # For the case that one of the two shows no code.
        keys.append(_key("day", number, paper.date, _plain(paper.total)))
    return keys


def _of_purchase(paper: Paper) -> list[str]:
    """Of a paper without a number: a till receipt."""
    if paper.date is None or paper.total is None:
        return []
    told = (paper.date, paper.moment or "", _plain(paper.total))
    sellers = (("seller", paper.seller_tax_id), ("name", paper.seller_name))
    return [_key(name, seller, *told) for name, seller in sellers if seller]


def _plain(total: Decimal) -> str:
    return f"{total.normalize() + 0:f}"


def _key(name: str, *parts: str) -> str:
    """One width for whatever the parts hold: 160 bits are never equal by chance."""
    return f"{name}:{sha256(chr(31).join(parts).encode()).hexdigest()[:40]}"


def past_invoice(row: Mapping[str, Any]) -> PastInvoice:
    """An earlier invoice from its row of the table."""
    return PastInvoice(
        number=row["number"],
        code=row["code"],
        date=row["day"],
        time=row["moment"],
        total=row["total"],
        seller_tax_id=row["seller_tax_id"],
        seller_name=row["seller_name"],
        sha256=row["sha256"],
        employee=row["employee_id"],
        claim=row["claim_id"],
    )


def near(paper: Paper, past: PastInvoice, window: timedelta) -> bool:
    """Whether a past invoice's number follows or precedes, made out within the window.

    Where one of the two shows no day, the window is not looked at.
    """
    if not consecutive(paper, Paper.of_past(past)):
        return False
    one, other = iso_day(paper.date), iso_day(past.date)
    return one is None or other is None or abs(one - other) <= window
