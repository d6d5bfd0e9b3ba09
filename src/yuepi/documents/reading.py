"""The reading of a file, in the shape that the command line, the API and the stores share.

Money is a decimal string without separators, dates are ISO, boxes are fractions of the upright
page. A value is never guessed: where sources differ the status says so.
"""

from __future__ import annotations

from typing import Literal

from yuepi.documents.contents import Chart, Clause, Mrz, Pair, Question, Quote, Remark, Table
from yuepi.documents.plain import Place, Plain
from yuepi.kit.boxes import WHOLE
from yuepi.sight.sighting import Tier

Source = Literal[
    "native", "codes", "layout", "model", "words", "arithmetic", "checksum", "person"
]  # fmt: skip
"""Where a value comes from. `words`, `arithmetic` and `checksum` are kinds of support that a single
wrong digit would break: the amount in words, an identity between amounts, a check character.
`person`: whoever reviewed it typed or confirmed it."""

Status = Literal["confirmed", "single", "conflict", "missing"]
Severity = Literal["info", "warning", "error"]


class Evidence(Plain):
    """Where on which page a value was seen, by which source, and the text as it stood there."""

    page: int
    box: Place | None
    source: Source
    text: str


class Field(Plain):
    """One typed value with its sources. `others` are the losing values of a conflict."""

    value: str | None
    status: Status
    confidence: float
    sources: tuple[Source, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def only_said(self) -> bool:
        """Whether nobody but a model took this value for the field. People see it; no decision
        rests on it, nor what belongs together."""
        return self.sources == ("model",)


class Item(Plain):
    """One line of goods or services, as printed; None where the paper shows nothing."""

    name: str | None = None
    model: str | None = None
    unit: str | None = None
    quantity: str | None = None
    price: str | None = None
    amount: str | None = None
    rate: str | None = None
    tax: str | None = None


class Finding(Plain):
    """Something noticed that a reviewer would look at. What follows is for the policy to say."""

    code: str
    severity: Severity
    message: str
    message_zh: str
    fields: tuple[str, ...] = ()


class Reading(Plain):
    """One document found in a file. `box` is its place on `page` (1-based).

    Beside the fields of its kind: `tables`, `pairs` (what a form says), `chart`, `mrz`, `clauses`
    (a contract's, with their risk), `summary` (sentences quoted from the document), `remarks`
    (handwriting, notes in the margin), and `questions`, for a person: what nothing supports.
    """

    kind: str
    kind_confidence: float
    page: int
    box: Place = WHOLE
    quality: Tier
    fields: dict[str, Field]
    items: tuple[Item, ...] = ()
    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    pairs: tuple[Pair, ...] = ()
    chart: Chart | None = None
    mrz: Mrz | None = None
    clauses: tuple[Clause, ...] = ()
    summary: tuple[Quote, ...] = ()
    remarks: tuple[Remark, ...] = ()
    questions: tuple[Question, ...] = ()
    text: str = ""

    def value(self, name: str) -> str | None:
        """The value of a field, or None where it is missing."""
        field = self.fields.get(name)
        return field.value if field else None

    def without_said(self) -> Reading:
        """The reading for decisions: what nobody but a model took for a field is missing."""
        if not any(field.only_said for field in self.fields.values()):
            return self
        kept = {name: _unsaid(field) for name, field in self.fields.items()}
        return self.model_copy(update={"fields": kept})


def _unsaid(field: Field) -> Field:
    return Field(value=None, status="missing", confidence=0.0) if field.only_said else field


class Problem(Plain):
    """Why a file could not be read, and what to do."""

    code: str
    message: str
    remedy: str


class ModelCall(Plain):
    """One question to a model about a document, for the record: hashes and names, no words.

    call: its id in the call log; pictures, question, answer: SHA-256 of what was sent and said, in
    hexadecimal, the answer's empty where there was none. outcome: `read`, or the code of what went
    wrong. fields: what was asked for. took_ms: whole milliseconds.
    """

    page: int
    kind: str
    fields: tuple[str, ...]
    route: str
    model: str
    prompt: str
    call: str
    pictures: tuple[str, ...]
    question: str
    answer: str
    outcome: str
    took_ms: int


class FileReading(Plain):
    """All that was read from one file. With an `error` the readings may be partial or empty.

    original: whether the bytes are an electronic original (XML, OFD, PDF with its own text) and
    not a picture of one. calls: what a model was asked about it.
    """

    file: str
    sha256: str
    pages: int
    original: bool
    error: Problem | None = None
    readings: tuple[Reading, ...] = ()
    calls: tuple[ModelCall, ...] = ()
