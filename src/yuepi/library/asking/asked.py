"""What is asked, and what is told while it is answered. Plain values."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from yuepi.documents.plain import Place, Plain
from yuepi.kit.errors import YuepiError
from yuepi.library.hit import Health

QUESTION_CHARACTERS_MAX: Final = 1_000
ANSWER_CHARACTERS_MAX: Final = 8_000
"""Of an earlier answer, as it is sent back with a follow-up."""
DOCUMENTS_MAX: Final = 200
EARLIER_MAX: Final = 12
QUOTES_MAX: Final = 12
QUOTE_CHARACTERS_MAX: Final = 400

Language = Literal["zh", "en"]
Status = Literal["answered", "not_found"]
By = Literal["quotes", "model"]
QuoteSort = Literal["field", "pair", "cell", "text"]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class BadQuestion(YuepiError):
    """The question cannot be answered as it is put."""

    code = "bad_question"
    http_status = 422


class Turn(Plain):
    """An earlier question with its answer. documents: the ids it cited."""

    question: Annotated[str, Field(max_length=QUESTION_CHARACTERS_MAX)]
    answer: Annotated[str, Field(max_length=ANSWER_CHARACTERS_MAX)] = ""
    documents: Annotated[tuple[Id, ...], Field(max_length=DOCUMENTS_MAX)] = ()


class Asked(Plain):
    """A question. documents: ids, only within these; folder: an id, only within it and below;
    neither: the whole shelf, as far as whoever asks may see. earlier: what was asked before it,
    the oldest first. language: of what is told beside the quotes."""

    question: Annotated[str, Field(max_length=QUESTION_CHARACTERS_MAX)]
    documents: Annotated[tuple[Id, ...], Field(max_length=DOCUMENTS_MAX)] = ()
    folder: Id | None = None
    earlier: Annotated[tuple[Turn, ...], Field(max_length=EARLIER_MAX)] = ()
    language: Language = "zh"


class Quote(Plain):
    """Words of a document, as they stand there. n: its number in this answer, from 1. document:
    its id; name, title: of it. file_at, page, box: where its picture is, and the words on it.
    label: what the words are called there: a field, the head of a row and a column; else ""."""

    n: int
    document: str
    version: str
    name: str
    title: str
    file_at: int
    page: int
    box: Place
    text: str
    label: str = ""
    sort: QuoteSort = "text"


class Note(Plain):
    """Something to know about the answer. code: stable."""

    code: str
    message: str
    message_zh: str


class FoundQuotes(Plain):
    """First: what the answer will rest on, the nearest first. question: as it was understood, with
    what a follow-up left out. index: whether the search could see all; waiting: documents within
    reach that it does not know yet."""

    question: str
    quotes: tuple[Quote, ...]
    index: Health = "fresh"
    waiting: int = 0


class Sentence(Plain):
    """Then each sentence. quotes: the numbers it rests on. supported: whether all it says stands
    in them; reason: else why not, a stable code. What is not supported is no part of the answer."""

    text: str
    quotes: tuple[int, ...]
    supported: bool = True
    reason: str = ""


class Done(Plain):
    """Last. answer: its supported sentences, or what is told where there is none. by: quotes
    alone, or written by a model and checked. quotes: those cited; where nothing was found, the
    nearest passages, which support nothing. Documents that went out of reach meanwhile are left
    out, so this may have less than was told before."""

    question: str
    answer: str
    status: Status
    by: By
    quotes: tuple[Quote, ...]
    sentences: tuple[Sentence, ...] = ()
    notes: tuple[Note, ...] = ()


Event = FoundQuotes | Sentence | Done
NAMES: Final[dict[type[Plain], str]] = {
    FoundQuotes: "found",
    Sentence: "sentence",
    Done: "done",
}
"""What each is called in a stream."""
