"""Pieces of documents: nothing lost, nothing twice, cut where the layout cuts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuepi.documents.contents import Quote, Table
from yuepi.documents.page_text import PageText, TextRun
from yuepi.documents.reading import Evidence, Field, FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.library.chunk import CHUNK_CHARACTERS_MAX, Chunk, chunk_id
from yuepi.library.chunking import chunks_of
from yuepi.library.chunking.draft import BOXES_MAX, CONTEXT_CHARACTERS_MAX
from yuepi.library.chunking.flow import without_page_numbers
from yuepi.library.chunking.rows import ROWS_MAX
from yuepi.library.document import Document, Version
from yuepi.library.papers import ReadDocument

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ASPECT = 0.7
HEIGHT = 0.016


def document_with(
    *pages: PageText, readings: Sequence[Reading] = (), name: str = "年度采购合同.pdf"
) -> ReadDocument:
    """A document of these pages."""
    document = Document(
        "doc_1", "fol_1", "ann", None, name, "", None, (), "ver_1", 1, "0" * 64, 9, "pdf",
        len(pages), "done", None, "ann", NOW, NOW, None, None, None, 1,
    )  # fmt: skip
    version = Version("ver_1", "doc_1", 1, name, "0" * 64, 9, "pdf", len(pages), "ann", NOW)
    file = FileReading(
        file=name, sha256="0" * 64, pages=len(pages), original=True, readings=tuple(readings)
    )
    return ReadDocument(document, version, (file,), (), tuple(pages))


def run(text: str, x0: float, y0: float, row: int, x1: float | None = None) -> TextRun:
    """A run at a place, as wide as its text if nothing else is said."""
    width = sum(0.006 if sign.isascii() else 0.012 for sign in text)
    end = min(1.0, x0 + width) if x1 is None else x1
    step = (end - x0) / max(len(text), 1)
    stops = tuple(x0 + at * step for at in range(len(text)))
    return TextRun(text=text, box=Box(x0, y0, end, y0 + HEIGHT), row=row, stops=stops)


def page(*runs: TextRun, number: int = 1) -> PageText:
    return PageText(file_at=0, page=number, native=True, aspect=ASPECT, runs=tuple(runs))


def lines(texts: Iterable[str], x0: float = 0.1, x1: float = 0.9, y0: float = 0.1) -> list[TextRun]:
    """Lines of running text, below each other."""
    return [run(text, x0, y0 + at * 0.02, at, x1) for at, text in enumerate(texts)]


def on_pages(chunks: Iterable[Chunk]) -> list[Chunk]:
    return [chunk for chunk in chunks if chunk.sort in ("text", "table")]


def signs(texts: Iterable[str]) -> Counter[str]:
    """How often each visible character stands there, hyphens left out: they may end a line."""
    return Counter(sign for text in texts for sign in text if not sign.isspace() and sign != "-")


# --- what always holds ---------------------------------------------------------------------------

WORDS = st.text(
    st.sampled_from("abcdefgh 甲乙丙丁合同金额，。:：1234567890-.第条、\t\u3000Ａ·●"),
    min_size=1,
    max_size=60,
)
EDGE = st.floats(-0.02, 1.02, allow_nan=False)


@st.composite
def page_texts(draw: st.DrawFn) -> list[PageText]:
    found = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        runs, row, y = [], 0, 0.02
        for _ in range(draw(st.integers(0, 18))):
            for _ in range(draw(st.integers(1, 3))):
                text = draw(WORDS)
                if not text.strip():
                    continue
                x0, x1 = sorted((draw(EDGE), draw(EDGE)))
                height = draw(st.sampled_from((0.01, 0.02, 0.05)))
                stops: tuple[float, ...] = ()
                if draw(st.booleans()):
                    step = (x1 - x0) / len(text)
                    stops = tuple(x0 + at * step for at in range(len(text)))
                runs.append(
                    TextRun(text=text, box=Box(x0, y, x1, y + height), row=row, stops=stops)
                )
            row += 1
            y += draw(st.sampled_from((0.0, 0.015, 0.03, 0.1)))
        found.append(page(*sorted(runs, key=lambda each: (each.row, each.box.x0)), number=number))
    return found


@st.composite
def page_tables(draw: st.DrawFn) -> list[Table]:
    tables = []
    for _ in range(draw(st.integers(0, 2))):
        y0, y1 = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
        head = draw(st.integers(0, 2))
        tables.append(
            Table(page=1, box=Box(0.0, y0, 1.0, y1), rows=(("a",),), html="", head_rows=head)
        )
    return tables


@settings(max_examples=150, deadline=None)
@given(page_texts(), page_tables())
def test_every_character_is_in_one_piece_and_every_box_on_the_page(
    pages: list[PageText], tables: list[Table]
) -> None:
    readings = [
        Reading(
            kind="table",
            kind_confidence=1,
            page=1,
            quality="clean",
            fields={},
            tables=tuple(tables),
        )
    ]
    read = document_with(*pages, readings=readings)
    chunks = chunks_of(read)
    assert chunks_of(read) == chunks
    for each in pages:
        mine = [chunk.text for chunk in on_pages(chunks) if chunk.page == each.page]
        kept = without_page_numbers(each).runs
        assert signs(mine) == signs(run.text for run in kept)
    assert [chunk.id for chunk in chunks] == [chunk_id("ver_1", at) for at in range(len(chunks))]
    for chunk in chunks:
        assert 0 < len(chunk.text) <= CHUNK_CHARACTERS_MAX
        assert len(chunk.context) <= CONTEXT_CHARACTERS_MAX
        assert len(chunk.boxes) == len(chunk.starts) <= BOXES_MAX
        assert list(chunk.starts) == sorted(chunk.starts)
        assert all(0 <= start < len(chunk.text) for start in chunk.starts)
        for box in (chunk.box, *chunk.boxes):
            assert 0 <= box.x0 <= box.x1 <= 1
            assert 0 <= box.y0 <= box.y1 <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(("甲方应当按时付款。", "goods arrive. ", "x" * 90)), max_size=200))
def test_long_paragraphs_are_cut_within_limits(words: list[str]) -> None:
    text = "".join(words)
    rows = [text[at : at + 60] for at in range(0, len(text), 60)]
    pages = [
        page(*lines([row for row in rows[at : at + 40] if row.strip()], y0=0.05)) for at in (0,)
    ]
    chunks = on_pages(chunks_of(document_with(*pages)))
    assert signs(chunk.text for chunk in chunks) == signs(run.text for run in pages[0].runs)
    assert all(len(chunk.text) <= CHUNK_CHARACTERS_MAX for chunk in chunks)


# --- layout --------------------------------------------------------------------------------------


def test_columns_are_read_one_after_the_other() -> None:
    left = [f"left column line {at} goes on and on" for at in range(8)]
    right = [f"right column line {at} goes on and on" for at in range(8)]
    runs = [run("A study of two columns", 0.3, 0.05, 0, 0.7)]
    for at, (one, other) in enumerate(zip(left, right, strict=True)):
        y = 0.12 + at * 0.02
        runs += [run(one, 0.08, y, at + 1, 0.47), run(other, 0.53, y, at + 1, 0.92)]
    text = "\n".join(chunk.text for chunk in on_pages(chunks_of(document_with(page(*runs)))))
    told = " ".join(text.split())
    assert " ".join(left) in told
    assert " ".join(right) in told
    assert told.index("left column line 7") < told.index("right column line 0")


def test_columns_whose_lines_are_not_level_are_columns_too() -> None:
    runs = []
    for at in range(10):
        x0, side = (0.08, "左栏") if at % 2 == 0 else (0.53, "右栏")
        text = f"{side}的文字一行接一行地写下去没有停{at}"
        runs.append(run(text, x0, 0.1 + at * 0.012, at, x0 + 0.39))
    told = "".join(chunk.text for chunk in on_pages(chunks_of(document_with(page(*runs)))))
    assert told.index("停8") < told.index("右栏")


def test_labels_beside_their_values_are_read_row_by_row() -> None:
    runs = []
    for at, (label, value) in enumerate(
        (
            ("名称", "杭州甲餐饮有限公司"),
            ("地址", "杭州市西湖区某路一号"),
            ("电话", "0571-8888"),
            ("税号", "9133"),
        )
    ):
        runs += [run(label, 0.1, 0.1 + at * 0.03, at), run(value, 0.4, 0.1 + at * 0.03, at)]
    (chunk,) = on_pages(chunks_of(document_with(page(*runs))))
    assert "名称\t杭州甲餐饮有限公司" in chunk.text
    assert "税号\t9133" in chunk.text


def test_a_heading_stays_with_what_follows_and_is_context_of_the_rest() -> None:
    body = "乙方应当在收到货物后十日内完成验收并书面通知甲方结果，逾期视为验收合格。"
    runs = [run("第三条 验收", 0.1, 0.1, 0)]
    runs += [run(body, 0.1, 0.13 + at * 0.02, at + 1, 0.9) for at in range(25)]
    chunks = on_pages(chunks_of(document_with(page(*runs))))
    assert len(chunks) > 2
    assert chunks[0].text.startswith("第三条 验收\n乙方")
    assert all("第三条 验收" in chunk.context for chunk in chunks[1:])
    assert all("年度采购合同" in chunk.context for chunk in chunks)


def test_a_word_broken_at_the_end_of_a_line_is_whole_again() -> None:
    rows = [
        "The long-term plan of the company requires that every depart-",
        "ment keeps its records for years and that all of the long-",
        "term obligations are written down in the book of the firm.",
    ]
    (chunk,) = on_pages(chunks_of(document_with(page(*lines(rows)))))
    assert "every department keeps" in chunk.text
    assert "the long-term obligations" in chunk.text
    assert chunk.text.count("long-term") == 2


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    rows = [
        "本合同自双方签字盖章之日起生效，有效期为三年，期满前三十日",
        "内双方无异议的，自动续展一年。",
    ]
    (chunk,) = on_pages(chunks_of(document_with(page(*lines(rows)))))
    assert "期满前三十日内双方" in chunk.text
    assert len(chunk.boxes) == 2
    assert chunk.text[chunk.starts[1] :].startswith("内双方")


def test_a_sentence_cut_within_a_line_has_the_place_of_its_part() -> None:
    sentence = "甲方应当在每月十日以前向乙方支付上一个月的全部服务费用。"
    text = sentence * 30
    rows = [text[at : at + 40] for at in range(0, len(text), 40)]
    chunks = on_pages(chunks_of(document_with(page(*lines(rows)))))
    assert len(chunks) > 1
    for one, other in pairwise(chunks):
        assert one.text.endswith("。")
        assert other.text.startswith("甲方")
        assert other.boxes[0].y0 >= one.boxes[-1].y0


def table_runs(rows: int, y0: float = 0.2) -> list[TextRun]:
    cells = [("品名", "数量", "单价")] + [
        (f"货物{at}", f"{at}", f"{at}.50") for at in range(1, rows)
    ]
    return [
        run(cell, 0.1 + 0.3 * column, y0 + row * 0.02, row + 5)
        for row, each in enumerate(cells)
        for column, cell in enumerate(each)
    ]


@pytest.mark.parametrize("head_rows", [0, 1])
def test_tables_are_cut_into_groups_of_rows_with_their_head(head_rows: int) -> None:
    runs = [run("交货清单", 0.4, 0.1, 0, 0.5), *table_runs(26)]
    table = Table(
        page=1, box=Box(0.05, 0.19, 0.95, 0.75), rows=(("品名",),), html="", head_rows=head_rows
    )
    reading = Reading(
        kind="table", kind_confidence=1, page=1, quality="clean", fields={}, tables=(table,)
    )
    found = [
        chunk
        for chunk in chunks_of(document_with(page(*runs), readings=[reading]))
        if chunk.sort == "table"
    ]
    assert len(found) == 3
    assert all(len(chunk.text.splitlines()) <= ROWS_MAX for chunk in found)
    assert "品名 数量 单价" in found[1].context
    assert "货物12\t12\t12.50" in found[1].text
    assert found[0].box.y1 <= found[1].box.y0 + 0.01


def test_the_number_of_a_page_is_no_text_of_it() -> None:
    runs = [
        run("第 3 页 共 9 页", 0.4, 0.03, 0),
        *(
            run("验收合格后三十日内付清全部货款。", 0.1, 0.3 + at * 0.02, at + 1, 0.9)
            for at in range(3)
        ),
        run("合同编号 88", 0.1, 0.93, 7),
        run("- 12 -", 0.48, 0.96, 8),
    ]
    chunks = on_pages(chunks_of(document_with(page(*runs))))
    text = "".join(chunk.text for chunk in chunks)
    assert "合同编号 88" in text
    assert "第 3 页" not in text
    assert "12" not in text


def test_pieces_carry_who_and_which_their_document_is() -> None:
    read = document_with(page(*lines(["保修期为验收合格之日起三十六个月。"])), readings=[invoice()])
    (chunk,) = on_pages(chunks_of(read))
    for word in ("增值税电子普通发票", "甲餐饮有限公司", "12345678"):
        assert word in chunk.context


# --- fields and title ----------------------------------------------------------------------------


def invoice() -> Reading:
    def field(value: str, box: Box, at: int = 1) -> Field:
        seen = Evidence(page=at, box=box, source="native", text=value)
        return Field(value=value, status="single", confidence=0.9, evidence=(seen,))

    return Reading(
        kind="vat_e_invoice",
        kind_confidence=0.9,
        page=1,
        quality="clean",
        fields={
            "type": field("增值税电子普通发票", Box(0.3, 0.02, 0.7, 0.05)),
            "seller_name": field("甲餐饮有限公司", Box(0.1, 0.8, 0.4, 0.82)),
            "total": field("300.00", Box(0.7, 0.7, 0.8, 0.72)),
            "number": field("12345678", Box(0.7, 0.1, 0.8, 0.12), 2),
            "tax": Field(value=None, status="missing", confidence=0),
        },
        summary=(Quote(text="双方约定分三期付款。", page=1, box=Box(0, 0, 1, 1)),),
    )


def test_fields_are_a_piece_with_their_names_in_both_languages() -> None:
    read = document_with(page(*lines(["甲餐饮有限公司 300.00"])), readings=[invoice()])
    first, second = [chunk for chunk in chunks_of(read) if chunk.sort == "fields"]
    assert "销售方 Seller: 甲餐饮有限公司" in first.text
    assert "合计金额 Total: 300.00" in first.text
    assert "VAT" in first.text
    assert "税额" not in first.text
    assert (first.page, second.page) == (1, 2)
    place = first.boxes[first.text[: first.text.index("合计金额")].count("\n") - 1]
    assert place == Box(0.7, 0.7, 0.8, 0.72)
    assert "号码 Number: 12345678" in second.text


def test_fields_that_few_may_see_are_in_no_block() -> None:
    seen = Evidence(page=1, box=Box(0, 0, 1, 1), source="layout", text="110101199003071234")
    card = Reading(
        kind="id_card",
        kind_confidence=1,
        page=1,
        quality="clean",
        fields={
            "id_number": Field(
                value="110101199003071234", status="single", confidence=1, evidence=(seen,)
            )
        },
    )
    chunks = chunks_of(document_with(readings=[card]))
    assert all("110101199003071234" not in chunk.text for chunk in chunks)


def test_the_first_piece_says_what_a_document_is() -> None:
    (title, *_) = chunks_of(document_with(readings=[invoice()], name="差旅_2024-03.pdf"))
    assert (title.sort, title.page) == ("title", 1)
    for word in ("增值税电子普通发票", "差旅 2024 03", "甲餐饮有限公司"):
        assert word in title.text


def test_a_document_without_text_is_found_by_its_name() -> None:
    (title,) = chunks_of(document_with(name="空白页.pdf"))
    assert title.text == "空白页"
    (title,) = chunks_of(document_with(name=".pdf"))
    assert title.text
