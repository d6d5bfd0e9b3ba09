"""The reader `model`: asks a vision model for what the other sources left doubtful.

Two looks at one file. First everything is read without a model (`documents.read.Desk`). Then each
document whose fields are missing, single or in conflict is asked about once, and its pages are read
again, purely, with what was said beside the other evidence. A model that is away, slow or babbles
changes nothing but a finding: the first reading stands.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from yuepi.documents.kinds import kind_named
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.model_shape import field_schema
from yuepi.documents.page_reading import PageEvidence, read_page, read_pages, views_of
from yuepi.documents.read import FileRead
from yuepi.documents.readers.model_answer import ANSWER_CHARACTERS_MAX, stated
from yuepi.documents.readers.model_question import AskedPage, Posed, claims_of, pose
from yuepi.documents.reading import ModelCall, Reading
from yuepi.documents.said import Claim, Numbered, Said, Trouble, asked_fields
from yuepi.gateway.gateway import Gateway
from yuepi.gateway.inquiry import Inquiry, Reply, inquire
from yuepi.gateway.prompts import Prompt, PromptShelf
from yuepi.kit.errors import BadUsage, YuepiError

LOG = logging.getLogger(__name__)

When = Literal["doubtful", "always", "never"]
PROMPT: Final = "read"
PICTURES_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class ModelTerms:
    """How a model is asked. route: the name it is asked under. when: about documents with doubtful
    fields, about all, or never. family: whose prompts are taken (`read.FAMILY`).

    pages_max: of one document; documents_max: of one file. visual_tokens_max: of one picture;
    tokens_max: of one answer; seconds_max: for one question. show_text: whether it is given the
    recognised text. independent: whether, asked without it, what it reads is a second source; that
    must have been measured.
    """

    route: str
    when: When = "doubtful"
    family: str = ""
    pages_max: int = 4
    documents_max: int = 12
    visual_tokens_max: int = 1_024
    tokens_max: int = 2_000
    seconds_max: float = 180.0
    show_text: bool = True
    independent: bool = False


@dataclass(frozen=True, slots=True)
class _Document:
    """One document of a file: the page and the place on it where it begins, its pages in the file,
    and which fields are asked for."""

    kind: Kind
    names: tuple[str, ...]
    at: tuple[int, int]
    pages: tuple[tuple[int, int], ...]


class ModelReader:
    """Reads again with a model. One for a process; it holds no state but the gateway."""

    def __init__(self, gateway: Gateway, prompts: PromptShelf, terms: ModelTerms) -> None:
        """Raises `BadUsage` where the route leads to nothing that can look at a page."""
        abilities = gateway.abilities(terms.route)
        if not abilities.converses or "image" not in abilities.modalities:
            raise BadUsage(
                f"the model {terms.route!r} cannot be asked to read: it is no vision model",
                remedy="name a route to a vision model: `yuepi models add` makes one",
                code="no_vision_model",
            )
        self._gateway = gateway
        self._prompts = prompts
        self._terms = terms
        self._pictures_max = min(PICTURES_MAX, abilities.images_max)
        self._scale = abilities.boxes

    @property
    def version(self) -> str:
        """Changes with everything of ours that could change what is asked: prompts, terms."""
        texts = [
            f"{each.name}@{each.version} {each.status} {each.weight} {each.sha256}"
            for each in self._prompts.prompts
            if each.name.split(".")[0] == PROMPT
        ]
        known = f"{self._terms!r} {self._scale} {self._pictures_max} {sorted(texts)}"
        return hashlib.sha256(known.encode()).hexdigest()[:12]

    def prompt_for(self, kind: str, conversation: str = "") -> Prompt:
        """The prompt for a kind of document: its own and this family's before the general one."""
        family = self._terms.family
        wanted = (f"{PROMPT}.{kind}.{family}", f"{PROMPT}.{kind}", f"{PROMPT}.{family}", PROMPT)
        live = self._prompts.names
        name = next((each for each in wanted if each in live), PROMPT)
        return self._prompts.pick(name, conversation)

    async def read(self, file: FileRead) -> FileRead:
        """The file with what a model adds; `file` holds its evidence and its pictures."""
        # Off the event loop, like all that follows: a page takes some tens of milliseconds.
        documents = await asyncio.to_thread(lambda: list(self._documents(file)))
        if not documents:
            return file
        said: dict[tuple[int, int], Said] = {}
        calls: list[ModelCall] = []
        away = False
        for document in documents[: self._terms.documents_max]:
            told, asked = await self._ask(file, document, away=away)
            said[document.at] = told
            calls += asked
            # The next question would wait as long for the same answer.
            away = away or told.trouble == "model_unavailable"
        pages, readings = await asyncio.to_thread(_read_again, file.evidence, said)
        reading = file.reading.model_copy(update={"readings": readings, "calls": tuple(calls)})
        return replace(file, reading=reading, evidence=pages)

    # --- which documents -----------------------------------------------------------------------

    def _documents(self, file: FileRead) -> Iterator[_Document]:
        """The documents that are worth a question, with their pages."""
        if self._terms.when == "never":
            return
        joined = file.reading.readings
        flat = [
            ((at, part), reading)
            for at, page in enumerate(file.evidence)
            for part, reading in enumerate(read_page(page))
        ]
        for reading, places in _joined_places(joined, flat):
            kind = kind_named(reading.kind)
            names = self._doubtful(kind, reading)
            if names:
                yield _Document(kind, names, places[0], places[: self._terms.pages_max])

    def _doubtful(self, kind: Kind, reading: Reading) -> tuple[str, ...]:
        names = tuple(name for name in asked_fields(kind) if name in reading.fields)
        if self._terms.when == "always":
            return names
        return tuple(name for name in names if reading.fields[name].status != "confirmed")

    # --- asking --------------------------------------------------------------------------------

    async def _ask(
        self, file: FileRead, document: _Document, *, away: bool
    ) -> tuple[Said, list[ModelCall]]:
        """What is said about a document: asked by as many pages at once as pictures may be sent,
        and put together."""
        kind, terms = document.kind, self._terms
        claims: list[Claim] = []
        lines: list[Numbered] = []
        calls: list[ModelCall] = []
        trouble: Trouble | None = "model_unavailable" if away else None
        for start in () if away else range(0, len(document.pages), self._pictures_max):
            places = document.pages[start : start + self._pictures_max]
            posed = await asyncio.to_thread(self._posed, file, document, places)
            found, call = await self._put(file, document, posed)
            calls.append(call)
            if isinstance(found, str):
                trouble = found
                break
            # Numbers begin with each question: those of earlier ones are moved out of the way.
            moved = len(lines)
            lines += [replace(each, number=each.number + moved) for each in posed.lines]
            claims += [
                replace(each, lines=tuple(number + moved for number in each.lines))
                for each in found
            ]
        if trouble is not None:
            return Said(kind.name, trouble=trouble), calls
        independent = terms.independent and not terms.show_text
        return Said(kind.name, tuple(claims), tuple(lines), independent=independent), calls

    def _posed(
        self, file: FileRead, document: _Document, places: Sequence[tuple[int, int]]
    ) -> Posed:
        return pose(
            document.kind,
            document.names,
            [_asked_page(file, *place) for place in places],
            tokens_max=self._terms.visual_tokens_max,
            scale=self._scale,
            show_text=self._terms.show_text,
        )

    async def _put(
        self, file: FileRead, document: _Document, posed: Posed
    ) -> tuple[tuple[Claim, ...] | Trouble, ModelCall]:
        """The claims in the answer to one question, or why there are none; and its record."""
        kind, terms = document.kind, self._terms
        prompt = self.prompt_for(kind.name, file.reading.sha256)
        shown, boxes = terms.show_text, posed.scale != "none"
        inquiry = Inquiry(
            told=prompt.text,
            prompt=f"{prompt.name}@{prompt.version}",
            parts=posed.parts,
            schema=field_schema(kind, document.names, numbered=shown, boxes=boxes),
            tokens_max=terms.tokens_max,
            seconds_max=terms.seconds_max,
            characters_max=ANSWER_CHARACTERS_MAX,
            conversation=file.reading.sha256,
        )
        found: tuple[Claim, ...] | Trouble
        reply: Reply | None = None
        try:
            reply = await inquire(self._gateway, terms.route, inquiry)
        except YuepiError as error:
            LOG.warning("a %s was read without the model: %s", kind.name, error.code)
            found, outcome = "model_unavailable", error.code
        else:
            # What was cut off may have lost the other half of a number.
            given = stated(reply.text, document.names) if reply.finish == "stop" else None
            found = "model_answer_unusable" if given is None else claims_of(given, posed)
            outcome = "read" if given is not None else f"unusable_{reply.finish}"
        page = file.evidence[document.at[0]].number
        return found, self._record(page, document, inquiry, posed, reply, outcome)

    def _record(
        self,
        page: int,
        document: _Document,
        inquiry: Inquiry,
        posed: Posed,
        reply: Reply | None,
        outcome: str,
    ) -> ModelCall:
        told = hashlib.sha256(inquiry.told.encode()).hexdigest()
        return ModelCall(
            page=page,
            kind=document.kind.name,
            fields=document.names,
            route=self._terms.route,
            model=reply.model_version if reply else "",
            prompt=inquiry.prompt,
            call=reply.call if reply else "",
            pictures=tuple(each.sha256 for each in posed.sheets),
            question=hashlib.sha256(f"{told}{posed.sha256}".encode()).hexdigest(),
            answer=_sha256(reply.text) if reply else "",
            outcome=outcome[:64],
            took_ms=reply.took_ms if reply else 0,
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _joined_places(
    joined: Sequence[Reading], flat: Sequence[tuple[tuple[int, int], Reading]]
) -> Iterator[tuple[Reading, tuple[tuple[int, int], ...]]]:
    """Each joined reading with the places of all that went into it: it begins where the first of
    them stood, and the others follow until the next one begins."""
    starts = [
        at
        for reading in joined
        for at, (_, each) in enumerate(flat)
        if (each.page, each.box) == (reading.page, reading.box)
    ]
    if len(starts) != len(joined):
        return
    for reading, start, end in zip(joined, starts, [*starts[1:], len(flat)], strict=True):
        yield reading, tuple(place for place, _ in flat[start:end])


def _asked_page(file: FileRead, at: int, part: int) -> AskedPage:
    page = file.evidence[at]
    view = views_of(page)[part][0]
    picture = next((each.picture for each in file.pages if each.number == page.number), None)
    return AskedPage(view, picture)


def _read_again(
    evidence: Sequence[PageEvidence], said: dict[tuple[int, int], Said]
) -> tuple[tuple[PageEvidence, ...], tuple[Reading, ...]]:
    pages = tuple(_with_said(page, at, said) for at, page in enumerate(evidence))
    return pages, read_pages(pages)


def _with_said(page: PageEvidence, at: int, said: dict[tuple[int, int], Said]) -> PageEvidence:
    here = tuple(said.get((at, part)) for part in range(len(views_of(page))))
    return replace(page, said=here) if any(here) else page
