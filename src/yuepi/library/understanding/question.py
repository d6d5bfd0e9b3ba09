"""The whole question: what is taken out of it, in which order, and what is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from yuepi.documents.layout.amounts import narrow
from yuepi.library.document import Folder
from yuepi.library.query import TEXT_CHARACTERS_MAX, UNKNOWN, Chip, Query
from yuepi.library.understanding import marked
from yuepi.library.understanding.chips import chips_of
from yuepi.library.understanding.periods import periods_in
from yuepi.library.understanding.rest import has_content, left_of
from yuepi.library.understanding.sorts import sorts_in
from yuepi.library.understanding.spans import Span, without
from yuepi.library.understanding.sums import sums_in

Language = Literal["zh", "en"]

NAMES_MAX: Final = 32
_ASKS: Final = re.compile(
    r"(?i)多少|什么|怎么|怎样|如何|为何|谁|何时|几(?:天|个月|年|次|时|点|日|号|个|位|人|层|倍|成)|多(?:久|长|大|高|远)"
    r"|是否|能否|可否|能不能|要不要|会不会|是不是|哪(?:个|一|天|年|家|位|种|条)"
    r"|^(?:and\s+|so\s+|but\s+|please\s+)?(?:what(?:'s)?|who(?:se|m)?|why|how|when"
    r"|where(?!\s+(?:is|are))|does|did|should|would|will|has|was|were|tell\s+me"
    r"|(?:is|are)(?!\s+there)|can(?!\s+you)|could(?!\s+you)|have(?!\s+we)|do(?!\s+we\s+have))\b"
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it was understood. query: filters that hold, and the words that are left.
    hints: filters that only move up what fits them. whole: all of the question, for its meaning."""

    query: Query
    chips: tuple[Chip, ...]
    hints: Query
    whole: str


def read_question(
    text: str, today: date, language: Language = "zh", folders: Sequence[Folder] = ()
) -> tuple[Query, tuple[Chip, ...]]:
    """The filters and words of a question, and the filters as people see them. Never raises.

    today: what `last month` is counted from. language: of who asks; both are understood. folders:
    those within reach, to be meant by name.
    """
    understood = understand(text, today, language, folders)
    return understood.query, understood.chips


def understand(
    text: str, today: date, language: Language = "zh", folders: Sequence[Folder] = ()
) -> Understood:
    """All that a question says; see `read_question`."""
    whole = plain(text)
    given = narrow(whole)
    said = _Said()
    for find in (
        marked.quotes_in,
        marked.tags_in,
        marked.file_names_in,
        lambda left: marked.folders_in(left, folders),
        marked.labelled_numbers_in,
        lambda left: marked.codes_in(left, letters=True),
    ):
        given = said.take(given, find)
    asks = _ASKS.search(given) is not None
    soft, left = _Said(), given
    left = soft.take(left, lambda rest: _periods(rest, today))
    left = soft.take(left, _sums)
    # Digits alone are a number only where they are no day and no amount.
    left = said.take(left, lambda rest: marked.codes_in(rest, letters=False))
    left = soft.take(left, marked.seals_in)
    left = soft.take(left, sorts_in)
    named = {"kinds", "media"} & soft.fields.keys()
    left = soft.take(left, marked.parties_in) if named else left
    every = (*said.spans, *soft.spans)
    if not asks and (named or not has_content(whole, every)):
        query = _with_unknown(_query(left_of(whole, every), {**said.fields, **soft.fields}))
        chips = chips_of(query, _words(whole, every), folders)
        return Understood(query, chips, Query(), whole)
    when_added = [] if asks else [span for span in soft.spans if _is_added(span)]
    firm = (*said.spans, *when_added)
    fields = {
        **said.fields,
        **{name: value for span in when_added for name, value in span.says.items()},
    }
    query = _query(left_of(whole, firm), fields)
    hints = {name: value for name, value in soft.fields.items() if name not in fields}
    chips = chips_of(query, _words(whole, firm), folders)
    return Understood(query, chips, _query("", hints), whole)


def plain(text: str) -> str:
    """A question in one line, cut to what is read, without what is no character."""
    known = text[:TEXT_CHARACTERS_MAX].encode("utf-8", "replace").decode("utf-8")
    return " ".join(known.replace("\x00", " ").split())


def cleaned(query: Query) -> Query:
    """A query without what no database can be asked for; names that are empty then are gone."""
    values: dict[str, Any] = {}
    for name, value in query.model_dump(exclude_defaults=True).items():
        if isinstance(value, tuple):
            values[name] = tuple(filter(None, map(plain, value)))
        else:
            values[name] = plain(value) if isinstance(value, str) else value
    return Query(**values)


class _Said:
    """What the pieces of a question say together; a piece that contradicts one before it says
    nothing and stays among the words."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.fields: dict[str, Any] = {}

    def take(self, text: str, find: Callable[[str], Iterable[Span]]) -> str:
        """The text without the pieces that `find` finds and that fit."""
        taken: list[Span] = []
        for span in sorted(find(text), key=lambda each: (each.start, -each.end)):
            new = {name: value for name, value in span.says.items() if not isinstance(value, tuple)}
            fits = not (new.keys() & self.fields.keys())
            if not fits or any(one.start < span.end and span.start < one.end for one in taken):
                continue
            taken.append(span)
            self.fields |= new
            for name, value in span.says.items():
                if isinstance(value, tuple):
                    both = dict.fromkeys((*self.fields.get(name, ()), *value))
                    self.fields[name] = tuple(both)[:NAMES_MAX]
        self.spans += taken
        return without(text, taken)


def _periods(text: str, today: date) -> list[Span]:
    return [
        Span(period.start, period.end, _days("added" if period.added else "date", period))
        for period in periods_in(text, today)
    ]


def _days(field: str, period: Any) -> dict[str, str]:
    days = {"from": period.first, "to": period.last}
    return {f"{field}_{end}": day.isoformat() for end, day in days.items() if day is not None}


def _sums(text: str) -> list[Span]:
    return [
        Span(
            one.start,
            one.end,
            {
                name: amount
                for name, amount in (("amount_min", one.least), ("amount_max", one.most))
                if amount is not None
            },
        )
        for one in sums_in(text)
    ]


def _is_added(span: Span) -> bool:
    return any(name.startswith("added") for name in span.says)


def _query(text: str, fields: dict[str, Any]) -> Query:
    return Query(text=text[:TEXT_CHARACTERS_MAX], **fields)


def _with_unknown(query: Query) -> Query:
    """What a document is, is not always read: one that holds the words, or just the amount, may be
    what is meant."""
    one_amount = query.amount_min is not None and query.amount_min == query.amount_max
    if not query.kinds or not (query.text or one_amount):
        return query
    return query.model_copy(update={"kinds": (*query.kinds[: NAMES_MAX - 1], UNKNOWN)})


def _words(whole: str, spans: Iterable[Span]) -> dict[str, str]:
    """For each field the words of the question that it was made from."""
    words: dict[str, list[str]] = {}
    for span in sorted(spans, key=lambda each: each.start):
        for name in span.says:
            words.setdefault(name, []).append(whole[span.start : span.end].strip())
    return {name: " ".join(said) for name, said in words.items()}
