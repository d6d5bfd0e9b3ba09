"""The readings of one page: split, classified, read by every source, agreed and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from yuepi.documents.agreement import agree
from yuepi.documents.checks import check
from yuepi.documents.classify import classify
from yuepi.documents.code_checks import check_codes
from yuepi.documents.continuation import finished, read_joined
from yuepi.documents.differing_digit import digit_findings, doubted
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.instructions import Aside, Passage, instruction_findings
from yuepi.documents.kinds import digital_invoice, other, vat_e_invoice, vat_invoice
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.vat_title import title_for
from yuepi.documents.layout.view import View
from yuepi.documents.pages import Note
from yuepi.documents.readers.codes import CodeReading, read_codes
from yuepi.documents.readers.native_data import NativeReading
from yuepi.documents.reading import Evidence, Finding, Reading
from yuepi.documents.said import Said, hear
from yuepi.documents.screen_parts import on_screen, screen_parts
from yuepi.documents.split import split
from yuepi.documents.tables import tables_beside
from yuepi.sight.sighting import Line, Sighting, Tier

_DIGITAL_TYPES = {"31": digital_invoice.SPECIAL, "32": digital_invoice.ORDINARY}
_CODED_TYPES = {"vat_invoice": vat_invoice.TYPE, "vat_e_invoice": vat_e_invoice.TYPE}
_TEXT_CHARACTERS_MAX = 20_000
_NOTES_ZH = {
    "partial_picture": "图片不完整，有一部分缺失",
    "page_damaged": "有一页已损坏，未能读取",
    "hidden_text": "文件含有看不见的文字，已忽略",
    "unmapped_text": "文件的文字层无法解读，已按图片识别",
    "text_cut": "文字过多，已截断",
    "xfa_form": "XFA 动态表单，内容可能不完整",
    "extra_data": "文件尾部附有额外数据",
    "plain_text": "纯文本文件，任何人都可以编写，不能作为凭证",
}
_TYPED = ("contract", "other")
"""Kinds that a plain text file may be: anybody can type it, so it is never a voucher."""
_LIKENESS_UNTOLD = 0.5
NO_DATA = NativeReading(None, (), ())


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """All that is known of one page before its fields are agreed.

    native: the file's own lines (empty for pictures); sighting: what was seen on its picture,
    None where it was not looked at; closer: the lines of each of its documents from a look of its
    own, where there are several; original: whether the file is an electronic original; data:
    what its structured part says (XML, OFD), on the first page only; notes: what was noticed
    while the file was taken apart; said: what a model said about each of its documents, in their
    order, None where it was not asked; asides: text that comes with the page unseen, for screening.
    """

    number: int
    native: tuple[Line, ...]
    sighting: Sighting | None
    original: bool
    closer: tuple[tuple[Line, ...], ...] = ()
    data: NativeReading = NO_DATA
    notes: tuple[Note, ...] = ()
    said: tuple[Said | None, ...] = ()
    asides: tuple[Aside, ...] = ()

    @property
    def tier(self) -> Tier:
        """The quality tier; a page without a picture is clean by nature."""
        if self.sighting is None or self.sighting.quality is None:
            return "clean"
        return self.sighting.quality.tier


def read_pages(pages: Sequence[PageEvidence]) -> tuple[Reading, ...]:
    """The readings of one file, those that go on over several pages joined."""
    return tuple(
        finished(reading, [view for page in taken if (view := _alone_on(page)) is not None])
        for reading, taken in read_joined(pages, read_page)
    )


def read_page(page: PageEvidence, as_kind: Kind | None = None) -> list[Reading]:
    """One reading for each document on the page; a page with nothing known gives `other`.

    as_kind: of what kind it is, where that is known from the pages before it.
    """
    views = views_of(page)
    said = page.said if len(page.said) == len(views) else (None,) * len(views)
    return [
        settle(gather(page, each, as_kind), told) for each, told in zip(views, said, strict=True)
    ]


def _alone_on(page: PageEvidence) -> View | None:
    """The text of the only document on a page; None where there are several."""
    found = views_of(page)
    return found[0][0] if len(found) == 1 else None


def is_enough(reading: Reading, kind: Kind) -> bool:
    """Whether the file's own text gave all that the kind's decision needs."""
    return all(reading.value(name) is not None for name in kind.decisive if name in reading.fields)


def parts_of(page: PageEvidence) -> list[View]:
    """The documents on a picture, each with its place; one for a page with text of its own. Of a
    screen that shows an invoice the invoice; the screen around it follows in `views_of`."""
    seen = _seen(page)
    if page.native:
        return [seen]
    shown = screen_parts(seen)
    return [shown[0]] if shown else split(seen)


def _seen(page: PageEvidence) -> View:
    sighting = page.sighting
    if sighting is None:
        return View(page.number, "layout", ())
    aspect = sighting.width_px / sighting.height_px
    return View(
        page.number,
        "layout",
        sighting.lines,
        aspect,
        sighting.codes,
        sighting.seals,
        sighting.tables,
        rules=sighting.rules,
        strokes=sighting.strokes,
        marks=sighting.marks,
    )


def views_of(page: PageEvidence) -> list[list[View]]:
    """For each document its views: the file's own text, or the closer look, first."""
    parts = parts_of(page)
    if page.native:
        native = replace(parts[0], source="native", lines=page.native)
        return [[native, parts[0]] if parts[0].lines else [native]]
    if (shown := screen_parts(_seen(page))) is not None:
        return [[part] for part in shown]
    if len(page.closer) != len(parts):
        return [[part] for part in parts]
    return [
        [replace(part, lines=lines), part] for part, lines in zip(parts, page.closer, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Gathered:
    """One document on a page before its fields are agreed: everything but what a model says.

    candidates: what every source says; codes: those that claim to be of this very document.
    """

    page: PageEvidence
    views: tuple[View, ...]
    kind: Kind
    likeness: float
    drafts: tuple[Draft, ...]
    candidates: tuple[Candidate, ...]
    codes: tuple[CodeReading, ...]
    instructions: tuple[Finding, ...]


def gather(page: PageEvidence, views: Sequence[View], as_kind: Kind | None = None) -> Gathered:
    """What all sources but a model say about a document; as_kind: where it is known already."""
    first = views[0]
    codes = [code for code in read_codes(page.number, first.codes) if code.claims_invoice]
    known = page.data.kind or next((code.kind for code in codes if code.kind), None)
    kind, likeness = classify(first, known) if as_kind is None else (as_kind, 1.0)
    if kind.name not in _TYPED and any(note.code == "plain_text" for note in page.notes):
        kind, likeness = other.KIND, _LIKENESS_UNTOLD
    codes = codes if kind.is_invoice else []
    drafts = (Draft(page.data.candidates, page.data.items), *(kind.read(view) for view in views))
    candidates = [candidate for draft in drafts for candidate in draft.candidates]
    for code in codes:
        candidates += _from_code(code, candidates)
    return Gathered(
        page=page,
        views=tuple(views),
        kind=kind,
        likeness=likeness,
        drafts=drafts,
        candidates=tuple(candidates),
        codes=tuple(codes),
        instructions=tuple(instruction_findings(page.number, _passages(page, views))),
    )


def settle(document: Gathered, said: Said | None = None) -> Reading:
    """The reading of a document: its fields agreed, with what a model said, and checked."""
    page, kind, drafts, codes = document.page, document.kind, document.drafts, document.codes
    first = document.views[0]
    heard = hear(kind, said, document.views, document.candidates)
    fields = agree(
        _shown(kind, drafts[1:]),
        (*document.candidates, *heard.candidates),
        quality=page.tier,
        code_amounts=[amount for code in codes if (amount := _ambiguous_amount(code))],
        independent=heard.independent,
    )
    items = next((draft.items for draft in drafts if draft.items), ())
    checked = check(
        kind,
        fields,
        items,
        seals_seen=len(first.seals) if first.seals is not None else None,
        original=page.original,
        crc_ok=all(code.crc_ok is not False for code in codes) if codes else None,
    )
    # After the checks: what they tell of a conflict are the values, here it is the digit.
    fields = doubted(fields, heard.doubts)
    return Reading(
        kind=kind.name,
        kind_confidence=round(document.likeness, 4),
        page=page.number,
        box=first.box,
        quality=page.tier,
        fields=fields,
        items=items,
        findings=(
            *(_noticed(note) for note in page.notes),
            *check_codes(kind, fields, codes),
            *checked,
            *digit_findings(kind, fields, heard.doubts),
            *dict.fromkeys(found for draft in drafts for found in draft.findings),
            *on_screen(kind, None if page.native else _seen(page)),
            *heard.findings,
            *document.instructions,
        ),
        tables=tables_beside(drafts, first),
        pairs=next((draft.pairs for draft in drafts if draft.pairs), ()),
        chart=next((draft.chart for draft in drafts if draft.chart), None),
        mrz=next((draft.mrz for draft in drafts if draft.mrz), None),
        clauses=next((draft.clauses for draft in drafts if draft.clauses), ()),
        summary=next((draft.summary for draft in drafts if draft.summary), ()),
        remarks=next((draft.remarks for draft in drafts if draft.remarks), ()),
        questions=heard.questions,
        text=first.text[:_TEXT_CHARACTERS_MAX],
    )


def _passages(page: PageEvidence, views: Sequence[View]) -> Iterator[Passage]:
    """Every text that a machine might read on the page or with it, in the order it would."""
    for view in views:
        yield Passage("print", tuple(line.text for line in view.lines))
        yield Passage("print", tuple(row.text for row in view.rows))
    if page.sighting is not None:
        yield from (Passage("code", (code.text,)) for code in page.sighting.codes)
    yield from (Passage(aside.where, tuple(aside.text.splitlines())) for aside in page.asides)


def _shown(kind: Kind, drafts: Sequence[Draft]) -> list[str]:
    """The kind's fields without those of a side that no view of the document shows."""
    return [name for name in kind.fields if not all(name in draft.absent for draft in drafts)]


def _noticed(note: Note) -> Finding:
    """What the parser noticed, as a finding; its message is the parser's own."""
    return Finding(
        code=note.code,
        severity="warning",
        message=note.message,
        message_zh=_NOTES_ZH.get(note.code, note.message),
    )


def _ambiguous_amount(code: CodeReading) -> Evidence | None:
    if code.amount_or_total is None:
        return None
    return code.evidence.model_copy(update={"text": code.amount_or_total})


def _from_code(code: CodeReading, known: list[Candidate]) -> list[Candidate]:
    """The code's own candidates, and the type and title that it implies by itself."""
    found = list(code.candidates)
    seen = {each.value for each in known if each.name == "type"}
    invoice_code = code.value("code")
    name = _type_of(code, invoice_code)
    # Sources swap 31 and 32, so these support what is printed and never contradict it.
    if name is None or (code.kind == "digital_invoice" and seen - {name}):
        return found
    title = title_for(invoice_code, name) if invoice_code else name
    for field, value in (("type", name), ("title", title)):
        if value is not None:
            found.append(Candidate(field, value, code.evidence, firm=bool(seen)))
    return found


def _type_of(code: CodeReading, invoice_code: str | None) -> str | None:
    """The type a code stands for; None where it does not tell electronic from paper."""
    if code.kind == "vat_special_invoice":
        return "增值税专用发票" if invoice_code and len(invoice_code) == 10 else None
    if code.kind == "digital_invoice":
        return _DIGITAL_TYPES.get(code.text[3:5])
    return _CODED_TYPES.get(code.kind or "")
