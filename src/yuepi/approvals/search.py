"""Search: one line of text, and the claims within reach that somebody may mean by it.

Read as whatever it can be: a claim's id or its beginning, an invoice's number or code (whole, or
its first six digits or more), an amount, a part of the note, a part of the seller's name. Claims
come as whoever asks may see them (`blind`), and are found by nothing that is kept from them: not
by status, decision or people.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from yuepi.access.principal import Principal, require
from yuepi.approvals.blind import shown_to
from yuepi.approvals.buyer import plain_name
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.sameness import bare
from yuepi.approvals.store.search import Like, claims_like
from yuepi.kit.database import MONEY_MAX, Database
from yuepi.kit.money import parse_amount

FOUND_MAX: Final = 20
CHARACTERS_MIN: Final = 2
CHARACTERS_MAX: Final = 100
DIGITS_MIN: Final = 6
"""So many digits of a number or code at least."""
NUMBER_LENGTH_MAX: Final = 40

_ID: Final = re.compile(r"clm_([0-9a-f]{1,20})|([0-9a-f]{6,20})")
_ID_DIGITS: Final = 20
_DIGITS: Final = re.compile(r"[0-9]+")
_CENT: Final = Decimal("0.01")


class Search:
    """Finds claims. Raises `MissingRight`, `Unavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claims(
        self, principal: Principal, sought: str, rows_max: int = FOUND_MAX
    ) -> list[ClaimRow]:
        """The newest claims like it, as this person may see them; none for a text too short."""
        require(principal, "claims:read")
        like = meant_by(sought)
        if like is None:
            return []
        size = max(1, min(rows_max, FOUND_MAX))
        async with self._database.reading() as transaction:
            found = await claims_like(transaction, principal.reach, like, size)
            return await shown_to(transaction, principal, found)


def meant_by(sought: str) -> Like | None:
    """What a text may mean; None for one of fewer than two characters that can be seen."""
    text = unicodedata.normalize("NFKC", sought[:CHARACTERS_MAX]).strip()
    text = "".join(character for character in text if character.isprintable())
    if len(text) < CHARACTERS_MIN:
        return None
    number = bare(text) or ""
    digits = _DIGITS.fullmatch(number) is not None and len(number) >= DIGITS_MIN
    seller = plain_name(text)
    return Like(
        ids=_ids(text.lower()),
        number=number if not digits and _number_like(number) else None,
        numbers=(number, _after(number)) if digits else None,
        code=number if digits else None,
        text=text,
        seller=seller if len(seller) >= CHARACTERS_MIN and not digits else None,
        total=_amount(text),
    )


def _ids(text: str) -> tuple[str, str] | None:
    """The range of ids that begin so. All are of one length, so that any database's order of
    letters gives the same."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    known = found[1] or found[2]
    return f"clm_{known:0<{_ID_DIGITS}}", f"clm_{known:f<{_ID_DIGITS}}"


def _number_like(number: str) -> bool:
    """Whether it can be a whole number with letters in it: a rail ticket's, an airline's."""
    told = number.isascii() and number.isalnum() and any(c.isdigit() for c in number)
    return told and DIGITS_MIN <= len(number) <= NUMBER_LENGTH_MAX


def _after(digits: str) -> str:
    """What stands behind all texts that begin with these digits, in any order of letters."""
    kept = digits.rstrip("9")
    return f"{kept[:-1]}{int(kept[-1]) + 1}" if kept else "A"


def _amount(text: str) -> Decimal | None:
    amount = parse_amount(text, ".")
    if amount is None or abs(amount) > MONEY_MAX or amount != amount.quantize(_CENT):
        return None
    return amount
