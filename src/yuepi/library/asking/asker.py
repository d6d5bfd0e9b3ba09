"""A question to documents, from the search to the last check: the story of an answer.

First what is found is told, then each sentence as it is written and checked, then the whole, for
which every document is looked up again: what went out of reach meanwhile is told no more.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from yuepi.documents.instructions import Passage, find_instructions
from yuepi.kit.clock import business_day, utc_now
from yuepi.kit.errors import Unavailable, YuepiError
from yuepi.library.asking.asked import (
    QUOTES_MAX,
    Asked,
    By,
    Done,
    Event,
    FoundQuotes,
    Note,
    Quote,
    Sentence,
)
from yuepi.library.asking.checking import Shown, unsupported
from yuepi.library.asking.choosing import Choice, choose
from yuepi.library.asking.looking import Looked, Looker, Place, Reads, Searches, Shelves
from yuepi.library.asking.notes import (
    GONE,
    NO_ANSWER,
    NOTHING,
    SEVERAL,
    TWICE,
    instruction_note,
    looked_notes,
    model_note,
    more_note,
)
from yuepi.library.asking.question import Question, named, understand
from yuepi.library.asking.terms import names_in
from yuepi.library.asking.weighing import Weighed
from yuepi.library.asking.writing import Writer
from yuepi.library.document import NotOnShelf
from yuepi.library.scope import Scope

LOG = logging.getLogger(__name__)

LOOK_SECONDS_MAX: Final = 45.0
NEAREST_MAX: Final = 5


@dataclass(slots=True)
class _Answer:
    """What is being told. sentences: all, the unsupported ones too."""

    question: Question
    quotes: tuple[Quote, ...]
    by: By
    notes: list[Note]
    sentences: list[Sentence]


class Asker:
    """Answers questions out of documents. One for a process."""

    def __init__(
        self,
        searcher: Searches,
        papers: Reads,
        shelf: Shelves,
        writer: Writer | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """writer: None: answers are quotes alone."""
        self._clock = clock
        self._looker = Looker(searcher, papers, self._today)
        self._shelf = shelf
        self._writer = writer

    def _today(self) -> date:
        return business_day(self._clock())

    @property
    def writes(self) -> bool:
        """Whether a model writes the answers."""
        return self._writer is not None

    async def ask(
        self, scope: Scope, asked: Asked, *, with_model: bool = True
    ) -> AsyncGenerator[Event, None]:
        """The answer as it comes: `FoundQuotes`, each `Sentence`, `Done`. Closed, it stops asking.

        Raises, before the first: `BadQuestion`, `NotOnShelf` for a document that is named and out
        of reach, and what the search raises.
        """
        question = understand(asked.question, asked.earlier, self._today())
        for document_id in dict.fromkeys(asked.documents):
            await self._shelf.find(scope, document_id)
        looked, choice = await self._look(scope, asked, question)
        writer = self._writer if with_model else None
        most = QUOTES_MAX if writer is not None else max(NEAREST_MAX, len(choice.answers))
        shown = choice.nearest[:most]
        quotes = tuple(_quote(n, each, looked) for n, each in enumerate(shown, 1))
        answer = _Answer(question, quotes, "quotes", looked_notes(looked), [])
        safe = self._screened(answer)
        yield FoundQuotes(
            question=question.text,
            quotes=quotes,
            index=looked.index,
            waiting=looked.waiting,
        )
        if writer is not None and safe and not question.over_documents:
            about = {each.n: _about(each, shown[each.n - 1]) for each in quotes}
            async with aclosing(self._written(writer, answer, safe, about)) as sentences:
                async for sentence in sentences:
                    yield sentence
        if answer.by == "quotes":
            if len({each.candidate.paper for each in choice.answers}) > 1:
                answer.notes.append(SEVERAL)
            if question.twice:
                answer.notes.append(TWICE)
            if choice.more:
                answer.notes.append(more_note(choice.more))
            for at, _ in enumerate(choice.answers, 1):
                told = Sentence(text=_said(quotes[at - 1], choice), quotes=(at,))
                answer.sentences.append(told)
                yield told
        yield await self._done(scope, asked, answer)

    async def _look(self, scope: Scope, asked: Asked, question: Question) -> tuple[Looked, Choice]:
        """Where an answer is: a follow-up looks first at what was cited last."""
        places = [Place(asked.documents, asked.folder)]
        cited = asked.earlier[-1].documents if asked.earlier else ()
        within = [each for each in cited if not asked.documents or each in asked.documents]
        if question.follows and within and asked.folder is None:
            places.insert(0, Place(tuple(within)))
        best: tuple[Looked, Choice] | None = None
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                for place in places:
                    looked = await self._looker.look(scope, question, place, asked.language)
                    choice = await asyncio.to_thread(
                        choose,
                        named(question, _names(question, looked), self._today()),
                        looked.candidates,
                        looked.headers,
                        looked.found,
                        QUOTES_MAX,
                    )
                    best = best if best is not None and not choice.answers else (looked, choice)
                    if choice.answers:
                        break
        except TimeoutError as error:
            raise Unavailable(
                "looking for the answer took too long",
                remedy="ask fewer documents at once",
                code="too_slow",
            ) from error
        if best is None:
            raise AssertionError("there is always a place")
        return best

    # --- by a model ----------------------------------------------------------------------------

    def _screened(self, answer: _Answer) -> list[Quote]:
        """The quotes that a model may be shown: those that give orders are told and left out."""
        safe: list[Quote] = []
        for quote in answer.quotes:
            texts = (quote.text, quote.label, quote.title, quote.name)
            orders = find_instructions(Passage("print", (text,)) for text in texts if text)
            if orders:
                answer.notes.append(instruction_note(quote, orders[0].quote))
            else:
                safe.append(quote)
        return safe

    async def _written(
        self, writer: Writer, answer: _Answer, quotes: Sequence[Quote], about: dict[int, str]
    ) -> AsyncGenerator[Sentence, None]:
        """What a model writes, checked; `answer.by` stays `quotes` where it could not."""
        shown = {quote.n: Shown(quote.text, about[quote.n]) for quote in quotes}
        key = hashlib.sha256(answer.question.text.encode("utf-8", "replace")).hexdigest()
        try:
            async with aclosing(writer.write(answer.question.text, quotes, key)) as sentences:
                async for written in sentences:
                    reason = await asyncio.to_thread(
                        unsupported, written.text, written.quotes, shown
                    )
                    told = Sentence(
                        text=written.text,
                        quotes=tuple(n for n in written.quotes if n in shown),
                        supported=not reason,
                        reason=reason,
                    )
                    answer.by = "model"
                    answer.sentences.append(told)
                    yield told
        except YuepiError as error:
            LOG.warning("an answer was not written to its end: %s", error.code)
            supported = any(each.supported for each in answer.sentences)
            answer.by = "model" if supported else "quotes"
            answer.notes.append(model_note(error, cut_off=supported))
        else:
            answer.by = "model"

    # --- the end -------------------------------------------------------------------------------

    async def _done(self, scope: Scope, asked: Asked, answer: _Answer) -> Done:
        """The whole, with what is still within reach."""
        gone = await self._gone(scope, answer.quotes)
        kept = {quote.n: quote for quote in answer.quotes if quote.document not in gone}
        supported = [
            each
            for each in answer.sentences
            if each.supported and all(n in kept for n in each.quotes)
        ]
        if gone:
            answer.notes.append(GONE)
        cited = {n for each in supported for n in each.quotes}
        quotes = [quote for n, quote in kept.items() if n in cited]
        if not supported:
            quotes = list(kept.values())[:NEAREST_MAX]
        words = NO_ANSWER if quotes else NOTHING
        told = "\n".join(each.text for each in supported)
        # Nothing is told of what stood in documents that are gone.
        sentences = [e for e in answer.sentences if all(n in kept for n in e.quotes)]
        return Done(
            question=answer.question.text,
            answer=told or (words[0] if asked.language == "zh" else words[1]),
            status="answered" if supported else "not_found",
            by=answer.by,
            quotes=tuple(quotes),
            sentences=tuple(sentences),
            notes=tuple(dict.fromkeys(answer.notes)),
        )

    async def _gone(self, scope: Scope, quotes: Sequence[Quote]) -> frozenset[str]:
        """The documents that are out of reach now, or have another version."""
        gone = set()
        for document_id, version in {(quote.document, quote.version) for quote in quotes}:
            try:
                document = await self._shelf.find(scope, document_id)
            except NotOnShelf:
                gone.add(document_id)
            else:
                if document.version_id != version:
                    gone.add(document_id)
        return frozenset(gone)


def _names(question: Question, looked: Looked) -> frozenset[str]:
    """The names in a question that are those of what was found."""
    return names_in(question.text, (header.words.plain for header in looked.headers))


def _quote(number: int, weighed: Weighed, looked: Looked) -> Quote:
    one = weighed.candidate
    paper = looked.papers[one.paper]
    text = next((each for each in paper.texts if each.page == one.page), None)
    return Quote(
        n=number,
        document=paper.document.id,
        version=paper.version.id,
        name=paper.document.name,
        title=paper.document.title,
        file_at=0 if text is None else text.file_at,
        page=one.page,
        box=one.box,
        text=one.text,
        label=one.label,
        sort=one.sort,
    )


def _said(quote: Quote, choice: Choice) -> str:
    """A quote as an answer: what it is called belongs to it where it is one of several."""
    several = choice.documents or len(choice.answers) > 1
    return f"{quote.label}: {quote.text}" if several and quote.label else quote.text


def _about(quote: Quote, weighed: Weighed) -> str:
    return "\n".join((quote.name, quote.title, quote.label, weighed.candidate.about))
