"""What a document offers as answers: fields, entries of forms, cells and rows of tables, sentences.

Each is words that stand there, with their place. What is personal is shown in part, as everywhere
(`documents.masking`); sentences that hold it are offered with it covered by stars. Pure, some
milliseconds a page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from yuepi.documents.contents import Table
from yuepi.documents.extraction.names import SYNONYMS
from yuepi.documents.field_names import field_names
from yuepi.documents.kinds import kind_named
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.masking import holds_mask, masked_file
from yuepi.documents.page_text import PageText
from yuepi.documents.reading import Evidence, Field, FileReading
from yuepi.kit.boxes import Box, around
from yuepi.library.asking.asked import QUOTE_CHARACTERS_MAX, QuoteSort
from yuepi.library.asking.covering import without_personal
from yuepi.library.asking.entry_rows import rows_of
from yuepi.library.asking.facts import Facts, facts_of
from yuepi.library.asking.terms import Folded, fold
from yuepi.library.chunking.flow import flows_of
from yuepi.library.chunking.passage import GAP, Passage, line_passage, passages_of
from yuepi.library.papers import ReadDocument

PAGES_MAX: Final = 60
"""Of one document, looked at for one question."""
ROWS_MAX: Final = 400
"""Of one table."""
_SENTENCE: Final = re.compile(
    r"[。！？!?；;]+[”’\"」』)）]*|(?<=[a-z0-9)\"”%])\.(?=\s+[\"“(]?[A-Z]|\s*$)|\n"
)
_HEAD_ROWS_MAX: Final = 3
_CODE: Final = re.compile(r"(?=[A-Za-z0-9-]*[A-Za-z])(?=[A-Za-z0-9-]*\d)[A-Za-z0-9/-]{4,}")
_SALUTATION: Final = re.compile(r"^(?:致|Dear\b|To\b).{1,60}$|^.{2,40}[:：]$", re.DOTALL)
HEADING: Final = "heading"
"""The name of a sentence that is one: it says what follows, and answers nothing."""
_SALUTED: Final = "收件人 addressee"
_LETTER_HEAD: Final = 10
_ABOUT_MAX: Final = 600
_NO_QUOTES: Final = re.compile(r"^(?:signed_|seal|signature|kind|type$|currency$)|_words$|_cn$")
"""Fields that are judged and not printed, or that stand again in figures."""
_OF_INVOICES: Final = re.compile(r"发票|票|invoice|receipt|ticket|fapiao|bill")
_MORE_KEYS: Final = {
    ("contract", "date"): "签订 签署 签 signed sign concluded dated made",
    ("contract", "term_end"): "到期 截止 届满 终止日 expire expires expiry end ends 有效期至",
    ("contract", "term_start"): "生效 开始 起始 effective start starts commence begins",
    ("contract", "title"): "合同名称 合同标题 subject",
    ("hotel_folio", "number"): "账单号 folio",
}
_EVERY_DATE: Final = "日期 date"
_INVOICE_DATE: Final = "开票 开具 issued issue dated"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words of a document that may answer. paper: whose, in the order they were given. keys: what
    a field or an entry is called, folded names that must be met whole; of a cell, how its row is
    told from others (name: its column). about: words beside it that tell what it is (the heading
    above). before: the sentence before. doubtful: sources differ on it. order: of a sentence, its
    place on the page; of a cell, its table."""

    paper: int
    sort: QuoteSort
    page: int
    box: Box
    text: str
    label: str = ""
    name: str = ""
    keys: frozenset[str] = frozenset()
    about: str = ""
    before: str = ""
    doubtful: bool = False
    order: int = 0
    folded: Folded = field(default_factory=lambda: Folded(""), compare=False, repr=False)
    named: Folded = field(default_factory=lambda: Folded(""), compare=False, repr=False)
    beside: Folded = field(default_factory=lambda: Folded(""), compare=False, repr=False)
    prior: Folded = field(default_factory=lambda: Folded(""), compare=False, repr=False)

    @property
    def facts(self) -> Facts:
        """What it states."""
        return _facts(self.text)


@lru_cache(maxsize=16_384)
def _facts(text: str) -> Facts:
    return facts_of(text)


def candidates_of(
    paper: int, read: ReadDocument, pages: Collection[int], language: str
) -> list[Candidate]:
    """All that a document offers on these pages; fields from everywhere in it."""
    files = [masked_file(each) for each in read.files]
    found = [*_fields(paper, files, language), *_pairs(paper, files)]
    tables = [t for file in files for reading in file.readings for t in reading.tables]
    for text in [each for each in read.texts if each.page in pages][:PAGES_MAX]:
        here = [table for table in tables if table.page == text.page]
        found += _cells(paper, text, here)
        found += _sentences(paper, text, here, read.files)
    return found


def _made(given: Candidate) -> Candidate:
    """With its words as they are looked for."""
    return Candidate(
        **{
            name: getattr(given, name)
            for name in Candidate.__slots__
            if name not in ("folded", "named", "beside", "prior")
        },
        folded=Folded(given.text),
        named=Folded(given.label),
        beside=Folded(given.about),
        prior=Folded(given.before),
    )


# --- fields and entries ---------------------------------------------------------------------------


def _fields(paper: int, files: Sequence[FileReading], language: str) -> Iterator[Candidate]:
    for file in files:
        for reading in file.readings:
            kind = kind_named(reading.kind)
            for name, held in reading.fields.items():
                seen = _seen(held)
                if seen is None or _NO_QUOTES.search(name) or held.value is None:
                    continue
                box = seen.box
                text = _printed(seen.text, held.value)
                if box is None or not text:
                    continue
                labels = field_names(reading.kind, name)
                yield _made(
                    Candidate(
                        paper,
                        "field",
                        seen.page,
                        box,
                        text,
                        labels[0] if language == "zh" else labels[1],
                        name,
                        _keys(kind, name),
                        f"{labels[0]} {labels[1]}",
                        doubtful=held.status == "conflict",
                    )
                )


def _seen(held: Field) -> Evidence | None:
    """Where a field is printed; None for one that is not, or that only a model says."""
    if held.value is None or held.status == "missing" or held.only_said:
        return None
    printed = [each for each in held.evidence if each.box is not None and each.source != "model"]
    page = [each for each in printed if each.source in ("native", "layout")]
    return next(iter((*page, *printed)), None)


def _printed(text: str, value: str) -> str:
    """What stands there, in one line."""
    text = " ".join(text.split())
    return (text or value)[:QUOTE_CHARACTERS_MAX]


def _keys(kind: Kind, name: str) -> frozenset[str]:
    """All names of a field, folded: those of its kind, or the usual ones that suit its kind."""
    own = kind.labels.get(name)
    keys = {*(own or ()), *_MORE_KEYS.get((kind.name, name), "").split()}
    voucher = kind.is_invoice or _OF_INVOICES.search(kind.name) is not None
    if own is None:
        usual = [each.replace("_", " ") for each in SYNONYMS.get(name, "").split()]
        keys |= {each for each in usual if voucher or not _OF_INVOICES.search(each)}
    if name == "date":
        keys |= {*_EVERY_DATE.split(), *(_INVOICE_DATE.split() if voucher else ())}
    if name == "number":
        keys |= {kind.title_zh + "编号", kind.title_zh + "号", f"{kind.title_en} number"}
    return frozenset(fold(key) for key in keys)


def _pairs(paper: int, files: Sequence[FileReading]) -> Iterator[Candidate]:
    for file in files:
        for reading in file.readings:
            rows = rows_of(reading.pairs)
            for at, pair in enumerate(reading.pairs):
                if not pair.value.strip():
                    continue
                key = " ".join(pair.key.split()).strip(" :：")
                row = rows.get(at, "")
                yield _made(
                    Candidate(
                        paper,
                        "cell" if row else "pair",
                        pair.page,
                        pair.value_box or pair.key_box,
                        " ".join(pair.value.split())[:QUOTE_CHARACTERS_MAX],
                        f"{row} · {key}"[:120] if row else key[:80],
                        key if row else "",
                        frozenset({fold(row or key)}),
                        "" if row else key,
                        order=-1 if row else 0,
                    )
                )


# --- tables ---------------------------------------------------------------------------------------


def _cells(paper: int, text: PageText, tables: Sequence[Table]) -> Iterator[Candidate]:
    above = _above(text, tables)
    for order, table in enumerate(tables):
        heads = table.rows[: table.head_rows or 1][:_HEAD_ROWS_MAX]
        flows = (flow for flow in flows_of(text, [table]) if flow.table is not None)
        lines = [line_passage(line, text.aspect) for flow in flows for line in flow.lines]
        for row in table.rows[len(heads) :][:ROWS_MAX]:
            place = _line_of(row, lines)
            first = next((at for at, cell in enumerate(row) if cell.strip()), len(row))
            for at, cell in enumerate(row[first + 1 :], first + 1):
                part = None if place is None else _part(place, cell)
                if part is None or holds_mask(cell):
                    continue
                head = " ".join(dict.fromkeys(h[at] for h in heads if at < len(h) and h[at]))
                names = list(_row_names(row, at))
                label = " ".join((" · ".join(filter(None, (" ".join(names), head)))).split())
                box = around(run.box for _, _, run in part.runs)
                yield _made(
                    Candidate(
                        paper,
                        "cell",
                        text.page,
                        box,
                        part.text,
                        label[:120],
                        head,
                        frozenset(fold(each) for each in names),
                        above[order][:_ABOUT_MAX],
                        order=order,
                    )
                )


def _above(text: PageText, tables: Sequence[Table]) -> list[str]:
    """For each table what stands over it: the heading and the paragraph before it."""
    found = [""] * len(tables)
    heading = before = ""
    for flow in flows_of(text, tables):
        if flow.table is not None:
            found[next(at for at, each in enumerate(tables) if each is flow.table)] = (
                f"{heading} {before}".strip()
            )
            continue
        for passage in passages_of(flow.lines, text.aspect, frozenset()):
            before = passage.text.strip()
            heading = before if passage.heading else heading
    return found


def _row_names(row: Sequence[str], but: int) -> Iterator[str]:
    """By what a row is told from others: its first cell, and codes in other cells."""
    first = True
    for at, cell in enumerate(row):
        if cell.strip() and (first or (at != but and _CODE.fullmatch(cell.strip()))):
            yield cell.strip()
            first = False


def _line_of(row: Sequence[str], lines: Sequence[Passage]) -> Passage | None:
    """The printed line that has the most of a row's cells, if it has most of them."""
    cells = [solid for cell in row if (solid := _solid(cell))]
    if not cells or not lines:
        return None
    scored = [(sum(cell in _solid(line.text) for cell in cells), line) for line in lines]
    most, line = max(scored, key=lambda each: each[0])
    twins = sum(count == most for count, _ in scored)
    return line if most * 2 > len(cells) and twins == 1 else None


def _part(line: Passage, cell: str) -> Passage | None:
    """The cell's own words on its line; None where they stand there twice or not at all."""
    words = cell.strip()
    if not words or line.text.count(words) != 1:
        return None
    start = line.text.index(words)
    end = start + len(words)
    inside = (line.text[start - 1 : start], line.text[end : end + 1])
    if any(each.isalnum() for each in inside):
        return None
    return line.part(start, end)


def _solid(text: str) -> str:
    return re.sub(r"\s", "", text)


# --- sentences ------------------------------------------------------------------------------------


def _sentences(
    paper: int, text: PageText, tables: Sequence[Table], files: Sequence[FileReading]
) -> Iterator[Candidate]:
    found = list(_parts(text, tables))
    told = without_personal([part.text for part, *_ in found], files)
    for order, ((part, about, before, heading), words) in enumerate(zip(found, told, strict=True)):
        if words:
            box = around(run.box for _, _, run in part.runs)
            saluted = text.page == 1 and order < _LETTER_HEAD and _SALUTATION.match(words)
            beside = f"{_SALUTED} {about}" if saluted else about
            yield _made(
                Candidate(
                    paper,
                    "text",
                    text.page,
                    box,
                    words,
                    name=HEADING if heading else "",
                    about=beside[:_ABOUT_MAX],
                    before=before[:_ABOUT_MAX],
                    order=order,
                )
            )


def _parts(text: PageText, tables: Sequence[Table]) -> Iterator[tuple[Passage, str, str, bool]]:
    """The sentences and rows of a page, each with what stands above it and before it,
    and whether it is itself a heading."""
    heading = ""
    for flow in flows_of(text, tables):
        rows = flow.table is not None
        lines = (line_passage(line, text.aspect) for line in flow.lines)
        head = _head(flow.table) if flow.table is not None else ""
        for passage in lines if rows else passages_of(flow.lines, text.aspect, frozenset()):
            before = ""
            for start, end in _spans(passage.text, whole=rows or GAP in passage.text):
                part = passage.part(start, end)
                if part.runs and any(sign.isalnum() for sign in part.text):
                    about = " ".join(filter(None, (heading, head)))
                    yield part, about, before, not rows and passage.heading
                    before = part.text
            heading = passage.text.strip() if passage.heading else heading


def _head(table: Table) -> str:
    rows = table.rows[: table.head_rows or 1][:_HEAD_ROWS_MAX]
    return " ".join(cell for row in rows for cell in row if cell)[:300]


def _spans(text: str, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, no longer than a quote may be."""
    at = 0
    ends = [] if whole else [match.end() for match in _SENTENCE.finditer(text)]
    for end in (*ends, len(text)):
        while end - at > QUOTE_CHARACTERS_MAX:
            cut = max(text.rfind(sign, at, at + QUOTE_CHARACTERS_MAX) for sign in "，,、 ")
            cut = cut + 1 if cut > at + QUOTE_CHARACTERS_MAX // 2 else at + QUOTE_CHARACTERS_MAX
            yield at, cut
            at = cut
        if at < end:
            yield at, end
        at = max(at, end)
