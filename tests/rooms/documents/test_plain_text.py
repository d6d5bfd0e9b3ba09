"""Plain text files: accepted where they are long enough to be a document, never as a voucher."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.accept import TEXT_BYTES_MAX, accept
from yuepi.documents.page_reading import PageEvidence, read_pages
from yuepi.documents.pages import render
from yuepi.documents.parsing.plain_text import COLUMNS, LINES_A_PAGE, PAGES_MAX, decode, parse
from yuepi.kit.errors import UnreadableFile
from yuepi.kit.limited_child import RefusalError

TEXT = "这是一份很长的会议纪要，记录了各部门的意见和决定，供存档备查。\n" * 20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_usual_encodings(encoding: str) -> None:
    data = TEXT.encode(encoding)
    assert accept("a.txt", data).media == "text"
    pages = render(accept("a.txt", data)).pages
    assert len(pages) == 1
    assert pages[0].lines[0].text == TEXT.splitlines()[0]
    assert pages[0].picture is None


def test_it_is_no_original_and_says_so() -> None:
    parsed = render(accept("a.txt", TEXT.encode()))
    assert not parsed.original_data
    assert [note.code for note in parsed.notes] == ["plain_text"]


def test_a_typed_invoice_is_no_invoice() -> None:
    invoice = (
        "电子发票（普通发票）\n发票号码：26117000000012345678\n开票日期：2026年05月01日\n"
        "购买方名称：某某公司 统一社会信用代码：91110108MA01ABCD1X\n销售方名称：某某酒店\n"
        "合计 ¥94.34 ¥5.66\n价税合计（大写）壹佰元整（小写）¥100.00\n开票人：某某\n"
    )
    data = (invoice + "项目名称 住宿服务 数量 1 单价 94.34 税率 6%\n" * 8).encode()
    parsed = render(accept("invoice.txt", data))
    pages = [
        PageEvidence(page.number, page.lines, None, False, notes=parsed.notes)
        for page in parsed.pages
    ]
    (reading,) = read_pages(pages)
    assert reading.kind == "other"
    assert "plain_text" in {finding.code for finding in reading.findings}
    as_pdf = [PageEvidence(page.number, page.lines, None, True) for page in parsed.pages]
    assert read_pages(as_pdf)[0].kind != "other"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"just a short note", "too_short"),
        (b"a" * 300 + b"\x01", "unknown_type"),
        (b"a line\n" * (TEXT_BYTES_MAX // 7 + 1), "too_large"),
        (("字" * 300).encode() + b"\xff\xff\xff", "unsupported_type"),
    ],
)
def test_what_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        accept("a.txt", data)
    assert refused.value.code == code
    assert refused.value.remedy


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(RefusalError) as refused:
        list(parse(b"line\n" * (LINES_A_PAGE * PAGES_MAX + 1)))
    assert refused.value.code == "too_many_pages"


def test_columns_stand_apart() -> None:
    (frame, _) = parse("甲方：\t\t\t乙方：\nname     value".encode())
    lines = frame.header["lines"]
    assert [line["text"] for line in lines] == ["甲方：", "乙方：", "name", "value"]
    assert lines[0]["box"][1] == lines[1]["box"][1] < lines[2]["box"][1]
    assert lines[0]["box"][2] < lines[1]["box"][0]


@given(st.text(alphabet="ab 甲。\n\t\r", min_size=1, max_size=900))
def test_no_word_is_lost_and_every_line_lies_on_its_page(text: str) -> None:
    frames = list(parse(text.encode()))[:-1]
    lines = [line for frame in frames for line in frame.header["lines"]]
    assert "".join("".join(line["text"] for line in lines).split()) == "".join(text.split())
    for line in lines:
        x0, y0, x1, y1 = line["box"]
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert len(line["stops"]) == len(line["text"]) <= COLUMNS


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_not(data: bytes) -> None:
    text = decode(data)
    assert text is None or isinstance(text, str)
