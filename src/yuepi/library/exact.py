"""Exact things in a query: numbers, amounts, days and phrases that must stand in a document.

They are answered by SQL, so also where the index is broken; phrases that stand in the running text
need the index, and without it are looked for in names, titles and the exact things alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from yuepi.kit.database import Database
from yuepi.library.index.contract import RANKED_MAX, WITHIN_MAX, Within
from yuepi.library.keys import number_key, phrase_key
from yuepi.library.looking import Looking
from yuepi.library.query import Query
from yuepi.library.scope import Scope
from yuepi.library.store.exact import Sought
from yuepi.library.store.fitting import hundredths_within, with_number, with_phrases


@dataclass(frozen=True, slots=True)
class Held:
    """The documents in which something stands. cut: the index named as many pieces as it ever
    does, so that there may be more."""

    documents: frozenset[str]
    cut: bool


def sought_in(*queries: Query) -> Sought:
    """The exact things that these queries name: one amount, one day, numbers."""
    hundredths: list[int] = []
    days: list[str] = []
    for query in queries:
        least, most = hundredths_within(query.amount_min, query.amount_max)
        if least is not None and least == most:
            hundredths.append(least)
        if query.date_from is not None and query.date_from == query.date_to:
            days.append(query.date_from)
    numbers = tuple(number for query in queries for number in query.numbers)
    return Sought(numbers, tuple(hundredths), tuple(days))


async def documents_holding(
    database: Database,
    looking: Looking,
    scope: Scope,
    query: Query,
    within: frozenset[str] | None = None,
) -> Held | None:
    """The documents in which all phrases and numbers of a query stand; None where it has none.

    within: those that fit its other filters: of a phrase that stands everywhere the index names
    only some, and they must not be others.
    What the index says is not verified yet: whoever uses it asks the shelf once more.
    """
    if not query.numbers and not query.exact:
        return None
    held: frozenset[str] | None = None
    cut = False
    for text, is_number in [(each, True) for each in query.numbers] + [
        (each, False) for each in query.exact
    ]:
        narrowed = Within(scope, within)
        found, full = await _in_pieces(looking, narrowed, text, is_number=is_number)
        cut = cut or full
        async with database.reading() as transaction:
            if is_number:
                found |= set(await with_number(transaction, scope, text, WITHIN_MAX))
            else:
                found |= set(
                    await with_phrases(
                        transaction, scope, [text], WITHIN_MAX, in_values=looking.broken
                    )
                )
        held = frozenset(found) if held is None else held & found
    return Held(held or frozenset(), cut)


async def _in_pieces(
    looking: Looking, within: Within, text: str, *, is_number: bool
) -> tuple[set[str], bool]:
    """The documents with a piece in which a text stands as it is, and whether the index might have
    named more."""
    ranked = await looking.words(text, within, RANKED_MAX)
    chunks = await looking.chunks([each.chunk_id for each in ranked])
    key = number_key(text) if is_number else phrase_key(text)
    fold = number_key_of_text if is_number else phrase_key
    held = {chunk.document_id for chunk in chunks.values() if key and key in fold(chunk.text)}
    return held, len(ranked) >= RANKED_MAX


def number_key_of_text(text: str) -> str:
    """Letters and digits of each word of a text, words apart."""
    return " ".join(number_key(word) for word in text.split())
