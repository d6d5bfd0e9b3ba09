"""`yuepi ask --docs`: a question to the documents of the library, answered in quotes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yuepi.app.catch_up import catch_up
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.wiring import Wiring
from yuepi.app.words import Words
from yuepi.kit.settings import Settings, load_settings

if TYPE_CHECKING:
    from yuepi.app.library import Library
    from yuepi.library.asking.asked import Done, Quote, Sentence
    from yuepi.library.asking.asker import Asker

WAIT_S_MAX: Final = 600.0
"""For reading and indexing what waits."""
QUOTE_CHARACTERS: Final = 160


@dataclass(frozen=True)
class Asked:
    """What the command line says. documents: ids, none for the whole library. model: a route that
    writes the answer; None: what the settings say."""

    question: str
    data: Path
    documents: tuple[str, ...]
    model: str | None


def run(asked: Asked, speaker: Speaker, wiring: Wiring) -> int:
    """Ask and print; 0 answered, 1 not found."""
    settings = load_settings(asked.data)
    done = asyncio.run(_answer(asked, settings, speaker, wiring))
    if speaker.as_json:
        speaker.give(as_json(done))
    else:
        _show(done, speaker)
    return 0 if done.status == "answered" else 1


def as_json(done: Done) -> dict[str, Any]:
    """What programs are told: the answer, whether it is one, and what it rests on."""
    return done.model_dump(mode="json")


async def _answer(asked: Asked, settings: Settings, speaker: Speaker, wiring: Wiring) -> Done:
    from yuepi.app.library import library_in
    from yuepi.library.asking.asked import Asked as Question
    from yuepi.library.asking.asked import Done, Sentence
    from yuepi.library.asking.question import checked_question
    from yuepi.library.scope import EVERYTHING

    question = checked_question(asked.question)
    async with AsyncExitStack() as stack:
        library = await stack.enter_async_context(library_in(settings))
        await catch_up(library, WAIT_S_MAX, speaker, wiring)
        asker = await _asker(asked, settings, library, stack)
        sent = Question(question=question, documents=asked.documents, language=speaker.language)
        async for event in asker.ask(EVERYTHING, sent):
            if isinstance(event, Sentence):
                _tell(event, speaker)
            if isinstance(event, Done):
                return event
    raise AssertionError("an answer has an end")


async def _asker(
    asked: Asked, settings: Settings, library: Library, stack: AsyncExitStack
) -> Asker:
    """The library's own, or one that asks the model of the command line or the settings."""
    name = asked.model or settings.library.model
    if not name:
        return library.asker
    from yuepi.app.compose import compose_bare
    from yuepi.library.asking.asker import Asker
    from yuepi.library.asking.writing import AnswerTerms, ModelWriter

    composition = await stack.enter_async_context(compose_bare(settings, name))
    writer = ModelWriter(composition.gateway, composition.prompts, AnswerTerms(name))
    return Asker(library.searcher, library.papers, library.shelf, writer)


def _tell(sentence: Sentence, speaker: Speaker) -> None:
    """A sentence as it comes; what is not supported is told as such, beside the answer."""
    numbers = "".join(f"[{n}]" for n in sentence.quotes)
    if sentence.supported:
        speaker.say(f"{visible_line(sentence.text)} {numbers}")
        return
    words = Words("文档未支持，不采用：", "not supported by the documents, left out: ")
    speaker.note(speaker.said(words) + visible_line(sentence.text))


def _show(done: Done, speaker: Speaker) -> None:
    if done.status == "not_found":
        speaker.say(visible_line(done.answer))
    if done.quotes:
        title = Words("依据：", "Rests on:") if done.status == "answered" else None
        speaker.say("" if title is None else "\n" + speaker.said(title))
    for quote in done.quotes:
        speaker.say(_line(quote, speaker))
    for note in done.notes:
        speaker.note(note.message_zh if speaker.language == "zh" else note.message)


def _line(quote: Quote, speaker: Speaker) -> str:
    page = speaker.said(Words(f"第 {quote.page} 页", f"p. {quote.page}"))
    label = f"{quote.label}: " if quote.label else ""
    text = visible_line(f"{label}{quote.text}")
    short = text if len(text) <= QUOTE_CHARACTERS else f"{text[: QUOTE_CHARACTERS - 1]}…"
    return f"  [{quote.n}] {visible_line(quote.name)}, {page}: “{short}”"
