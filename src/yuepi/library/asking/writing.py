"""A model that writes the answer: it sees numbered quotes and nothing else, and names them.

What it says comes sentence by sentence, as soon as each is whole, and is checked by who asked
(`asking.checking`): here nothing is believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol

from yuepi.gateway.gateway import Gateway
from yuepi.gateway.inquiry import Inquiry, overhear
from yuepi.gateway.prompts import Prompt, PromptShelf
from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.library.asking.asked import Quote

PROMPT: Final = "answer"
SENTENCES_MAX: Final = 8
SENTENCE_CHARACTERS_MAX: Final = 600
CITED_MAX: Final = 12
_THOUGHT: Final = "<think"
_THOUGHT_END: Final = "</think"
_DEPTH_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as a model wrote it, and the numbers of the quotes that it names."""

    text: str
    quotes: tuple[int, ...]


class Writer(Protocol):
    """Writes answers out of quotes."""

    def write(
        self, question: str, quotes: Sequence[Quote], conversation: str
    ) -> AsyncGenerator[Written, None]:
        """The sentences, as they come; none where the quotes do not answer. Raises `YuepiError`
        where there is no answer that can be used; what came before stands. Closed, it stops."""


@dataclass(frozen=True, slots=True)
class AnswerTerms:
    """How a model is asked. route: the name it is asked under; family: whose prompts are taken."""

    route: str
    family: str = ""
    tokens_max: int = 1_000
    seconds_max: float = 60.0
    characters_max: int = 16_000


class ModelWriter:
    """Writes answers with a model behind the gateway. One for a process."""

    def __init__(self, gateway: Gateway, prompts: PromptShelf, terms: AnswerTerms) -> None:
        """Raises `UnknownModel`, and `BadUsage` where the route leads to nothing that talks."""
        if not gateway.abilities(terms.route).converses:
            raise BadUsage(
                f"the model {terms.route!r} cannot write answers: it does not talk",
                remedy="name a route to a model that talks in [library] model, or none",
                code="no_talking_model",
            )
        self._gateway = gateway
        self._prompts = prompts
        self._terms = terms

    async def write(
        self, question: str, quotes: Sequence[Quote], conversation: str
    ) -> AsyncGenerator[Written, None]:
        """See `Writer`."""
        prompt = self._prompt(conversation)
        inquiry = Inquiry(
            told=prompt.text,
            prompt=f"{prompt.name}@{prompt.version}",
            parts=(posed(question, quotes),),
            schema=SCHEMA,
            tokens_max=self._terms.tokens_max,
            seconds_max=self._terms.seconds_max,
            characters_max=self._terms.characters_max,
            conversation=conversation,
        )
        told = Sentences()
        count = 0
        async with aclosing(overhear(self._gateway, self._terms.route, inquiry)) as pieces:
            async for piece in pieces:
                for sentence in told.feed(piece):
                    if count < SENTENCES_MAX:
                        count += 1
                        yield sentence
        if not told.whole:
            raise Unavailable(
                "the model's answer is no answer of the shape that was asked for",
                remedy="choose another model in [library] model",
                code="model_answer_unusable",
            )

    def _prompt(self, conversation: str) -> Prompt:
        own = f"{PROMPT}.{self._terms.family}"
        name = own if self._terms.family and own in self._prompts.names else PROMPT
        return self._prompts.pick(name, conversation)


def posed(question: str, quotes: Sequence[Quote]) -> str:
    """The question and the quotes as they are put: each in one line, between marks that none of
    them can hold."""
    shown = "\n".join(
        f"[{quote.n}] ({_line(_source(quote), 160)}) {_line(quote.text, 600)}" for quote in quotes
    )
    mark = hashlib.sha256(f"{question}\n{shown}".encode("utf-8", "replace")).hexdigest()[:12]
    return f"<quotes {mark}>\n{shown}\n</quotes {mark}>\n问题 / Question: {_line(question, 1_200)}"


def _source(quote: Quote) -> str:
    named = " · ".join(filter(None, (quote.title or quote.name, quote.label)))
    return f"{named} · p. {quote.page}"


def _line(text: str, characters_max: int) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text[:characters_max])
    return plain.replace("<quotes", "< quotes").replace("</quotes", "< /quotes")


class Sentences:
    """Takes an answer in as it comes and gives the sentences that are whole. Pure.

    What is no JSON around it (fences, words, thoughts) is passed over.
    """

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._opened: list[int] = []
        self._quoted = False
        self._escaped = False
        self.whole = False
        """Whether an answer of the right shape came to its end."""

    def feed(self, piece: str) -> list[Written]:
        """The sentences that this piece of the answer ends."""
        self._text += piece
        if _THOUGHT_END in self._text[-len(piece) - len(_THOUGHT_END) :]:
            self._forget(self._text.rindex(_THOUGHT_END))
        elif self._text.lstrip().startswith(_THOUGHT):
            return []
        found: list[Written] = []
        for at in range(self._at, len(self._text)):
            found += self._step(at)
        self._at = len(self._text)
        return found

    def _forget(self, end: int) -> None:
        """Begin anew behind what was only thought."""
        self._text = self._text[end + len(_THOUGHT_END) :].removeprefix("ing").removeprefix(">")
        self._at, self._opened, self._quoted, self._escaped = 0, [], False, False

    def _step(self, at: int) -> list[Written]:
        sign = self._text[at]
        if not self._opened and sign != "{":
            return []
        if self._quoted:
            self._quoted = sign != '"' or self._escaped
            self._escaped = sign == "\\" and not self._escaped
        elif sign == '"':
            self._quoted = True
        elif sign == "{" and len(self._opened) < _DEPTH_MAX:
            self._opened.append(at)
        elif sign == "}" and self._opened:
            return self._closed(self._opened.pop(), at + 1)
        return []

    def _closed(self, start: int, end: int) -> list[Written]:
        try:
            value = json.loads(self._text[start:end], strict=False)
        except (ValueError, RecursionError):
            return []
        if not self._opened and isinstance(value.get("sentences"), list):
            self.whole = True
        sentence = _written(value)
        return [sentence] if sentence is not None else []


def _written(value: dict[str, Any]) -> Written | None:
    text, quotes = value.get("text"), value.get("quotes")
    if not isinstance(text, str) or not isinstance(quotes, list):
        return None
    plain = " ".join("".join(each for each in text if each.isprintable() or each.isspace()).split())
    numbers = [_number(each) for each in quotes[:CITED_MAX]]
    if not plain or len(plain) > SENTENCE_CHARACTERS_MAX:
        return None
    # What is no number names no quote: it is kept as one that does not exist.
    return Written(plain, tuple(dict.fromkeys(0 if each is None else each for each in numbers)))


def _number(given: Any) -> int | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, str) and given.strip(" []").isascii() and given.strip(" []").isdigit():
        given = int(given.strip(" []")[:6])
    return given if isinstance(given, int) and 0 < given < 10_000 else None


SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "found": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "maxItems": SENTENCES_MAX,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": SENTENCE_CHARACTERS_MAX},
                    "quotes": {
                        "type": "array",
                        "items": {"type": "integer", "minimum": 1, "maximum": CITED_MAX},
                        "minItems": 1,
                        "maxItems": CITED_MAX,
                    },
                },
                "required": ["text", "quotes"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["found", "sentences"],
    "additionalProperties": False,
}
"""The shape of an answer."""
