"""What a model said about a document, and what of it counts. Pure.

A claim whose value stands on the page becomes a candidate with the page's own text as evidence; any
other is a question for a person. No claim reaches past the fields of the document's kind: a model
has no way to say that something is in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from yuepi.documents.contents import Question
from yuepi.documents.differing_digit import differing_digit
from yuepi.documents.fields import Candidate
from yuepi.documents.grounding import (
    SPOT_CHARACTERS_MAX,
    Ground,
    Pointer,
    Sort,
    Spot,
    ground,
    means_same,
    normal,
    sort_of,
)
from yuepi.documents.kinds import other
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Evidence, Finding
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

Trouble = Literal["model_answer_unusable", "model_unavailable"]

CLAIMS_MAX: Final = 200
SUGGESTION_CHARACTERS_MAX: Final = 100
_EVIDENCE_CHARACTERS_MAX: Final = 200
_FROM_THE_KIND: Final = frozenset({"type", "title"})
"""What follows from the kind of an invoice, and is told in words of our own."""
_NOT_PRINTED: Final = frozenset(
    {"rows_count", "columns_count", "signed_a", "signed_b", "signature", "seal"}
)
"""What is counted or seen rather than printed: no line could bear it out."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One value that a model gives a field. lines: the numbers of those it copied it from; page and
    box: where it says it stands, in fractions of that page, a hint."""

    field: str
    value: str
    lines: tuple[int, ...] = ()
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line as a model was shown it. It is shown by its number even where its text was not."""

    number: int
    page: int
    line: Line


@dataclass(frozen=True, slots=True)
class Said:
    """All that was said about one document, of the kind it was taken for.

    lines: those of all its pages. trouble: why nothing was said; what: in words, for people.
    independent: it was asked without the recognised text, and it was measured that it errs on its
    own.
    """

    kind: str
    claims: tuple[Claim, ...] = ()
    lines: tuple[Numbered, ...] = ()
    trouble: Trouble | None = None
    independent: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What counts of it. doubts: fields that a model reads with one other digit, and that value,
    which stands nowhere on the page."""

    candidates: tuple[Candidate, ...] = ()
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    doubts: dict[str, str] = field(default_factory=dict)
    independent: bool = False


def asked_fields(kind: Kind) -> tuple[str, ...]:
    """The fields of a kind that a model can be asked for; none of what is no known kind."""
    if kind.name == other.KIND.name:
        return ()
    left_out = _NOT_PRINTED | (_FROM_THE_KIND if kind.is_invoice else frozenset())
    return tuple(name for name in kind.fields if name not in left_out)


def hear(kind: Kind, said: Said | None, views: Sequence[View], read: Sequence[Candidate]) -> Heard:
    """What counts of what was said. views: of the document; read: what every other source says."""
    if said is None or said.kind != kind.name:
        return Heard()
    findings = (_told(said.trouble),) if said.trouble else ()
    spots = _spots(said, views)
    candidates: list[Candidate] = []
    questions: list[Question] = []
    doubts: dict[str, str] = {}
    for claim in dict.fromkeys(said.claims[:CLAIMS_MAX]):
        if claim.field not in asked_fields(kind):
            continue
        sort = sort_of(claim.field, claim.value)
        known = [each for each in read if each.name == claim.field]
        found = _known(claim, sort, known) or _grounded(claim, sort, spots)
        if isinstance(found, Candidate):
            candidates.append(found)
        elif normal(claim.value, sort) is not None:
            questions.append(_question(kind, claim, found, views[0].page))
            if any(differing_digit(each.value, _plain(claim, sort)) for each in known):
                doubts[claim.field] = _plain(claim, sort)
    return Heard(tuple(candidates), tuple(questions), findings, doubts, said.independent)


def _plain(claim: Claim, sort: Sort) -> str:
    return normal(claim.value, sort) or claim.value


def _known(claim: Claim, sort: Sort, known: Sequence[Candidate]) -> Candidate | None:
    """The claim as a candidate where another source says the same of this field."""
    for each in known:
        if means_same(sort, each.value, claim.value):
            evidence = each.evidence.model_copy(update={"source": "model"})
            return Candidate(claim.field, each.value, evidence, each.firm)
    return None


def _grounded(claim: Claim, sort: Sort, spots: Sequence[Spot]) -> Candidate | Ground | None:
    pointer = Pointer(claim.lines, claim.page, claim.box)
    found = ground(claim.value, sort, spots, pointer)
    if found is None or found.hint:
        return found
    spot = found.spot
    evidence = Evidence(
        page=spot.page, box=spot.box, source="model", text=spot.text[:_EVIDENCE_CHARACTERS_MAX]
    )
    return Candidate(claim.field, found.value, evidence, found.firm)


def _spots(said: Said, views: Sequence[View]) -> tuple[Spot, ...]:
    """Everything that stands on the document's pages: shown lines, their rows, codes, and the
    lines of other looks."""
    shown = [
        Spot(each.page, each.line.text[:SPOT_CHARACTERS_MAX], each.line.box, (each.number,))
        for each in said.lines
    ]
    return (*shown, *_rows(said), *_unshown(said, views))


def _rows(said: Said) -> Iterator[Spot]:
    for page in dict.fromkeys(each.page for each in said.lines):
        numbers = {id(each.line): each.number for each in said.lines if each.page == page}
        lines = tuple(each.line for each in said.lines if each.page == page)
        for row in View(page, "layout", lines).rows:
            if len(row.lines) > 1:
                numbered = tuple(numbers[id(line)] for line in row.lines)
                yield Spot(page, row.text[:SPOT_CHARACTERS_MAX], row.box, numbered)


def _unshown(said: Said, views: Sequence[View]) -> Iterator[Spot]:
    shown = {(each.page, each.line.box) for each in said.lines}
    for view in views:
        for code in view.codes:
            yield Spot(view.page, code.text[:SPOT_CHARACTERS_MAX], code.box)
        for line in view.lines:
            if (view.page, line.box) not in shown:
                yield Spot(view.page, line.text[:SPOT_CHARACTERS_MAX], line.box)


def _question(kind: Kind, claim: Claim, hint: Candidate | Ground | None, page: int) -> Question:
    name = claim.field
    title_zh, title = kind.labels.get(name, (name, name))
    spot = hint.spot if isinstance(hint, Ground) else None
    # What is shown in part only must not be told in full by the back door.
    shown = None if name in kind.masked else claim.value[:SUGGESTION_CHARACTERS_MAX]
    value, value_zh = ("a value", "某值") if shown is None else (f"“{shown}”", f"“{shown}”")
    if spot is not None:
        message = f"A model reads {title} as {value}; what is printed there may mean that or not"
        message_zh = f"模型认为 {title_zh} 为{value_zh}，该处印刷的内容可能是也可能不是，请核对"
    else:
        message = f"A model reads {title} as {value}, which was found nowhere on the page"
        message_zh = f"模型认为 {title_zh} 为{value_zh}，页面上未找到，请核对"
    return Question(
        field=name,
        source="model",
        suggestion=shown,
        message=message,
        message_zh=message_zh,
        page=spot.page if spot else claim.page or page,
        box=spot.box if spot else claim.box,
    )


def _told(trouble: Trouble) -> Finding:
    if trouble == "model_unavailable":
        message = "The model did not answer; this was read without it"
        message_zh = "模型未能作答，本次读取未使用模型"
    else:
        message = "The model's answer could not be used; this was read without it"
        message_zh = "模型的回答无法使用，本次读取未采用"
    return Finding(code=trouble, severity="info", message=message, message_zh=message_zh)
