"""Running text: what belongs together is joined, and every part finds its lines again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.layout.prose import prose_of
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line


def page(*rows: tuple[str, float, float]) -> View:
    """Rows of text with their left and right edges, one below the other."""
    lines = tuple(
        Line(text, Box(x0, 0.2 + number * 0.03, x1, 0.22 + number * 0.03))
        for number, (text, x0, x1) in enumerate(rows)
    )
    return View(1, "native", lines)


def sentences(view: View) -> list[str]:
    prose = prose_of(view)
    return [prose.text[start:end] for start, end in prose.sentences]


def test_wrapped_rows_are_one_sentence() -> None:
    shown = page(
        ("第一行没有写完的句子一直写到行末继", 0.1, 0.9), ("续到这里。然后是另一句。", 0.1, 0.5)
    )
    assert sentences(shown) == ["第一行没有写完的句子一直写到行末继续到这里。", "然后是另一句。"]
    shown = page(
        ("a sentence that goes on to the very", 0.1, 0.9), ("end. Then another one.", 0.1, 0.4)
    )
    assert sentences(shown) == ["a sentence that goes on to the very end.", "Then another one."]


def test_numbers_labels_and_short_rows_begin_anew() -> None:
    shown = page(
        ("前一段写满了整整一行没有句号结尾", 0.1, 0.9),
        ("第二条 付款", 0.1, 0.3),
        ("地址：青山市", 0.1, 0.9),
        ("2.1 交货", 0.1, 0.9),
    )
    assert len(sentences(shown)) == 4


def test_dots_in_names_and_numbers_end_nothing() -> None:
    shown = page(("Oakfield Co., Ltd. pays 3.5 percent. It does so at once.", 0.1, 0.9))
    assert sentences(shown) == ["Oakfield Co., Ltd. pays 3.5 percent.", "It does so at once."]


def test_page_numbers_are_no_text() -> None:
    lines = (
        Line("正文在这里。", Box(0.1, 0.4, 0.5, 0.42)),
        Line("第 3 页 共 8 页", Box(0.45, 0.95, 0.55, 0.97)),
        Line("Page 2 of 5", Box(0.45, 0.02, 0.55, 0.04)),
    )
    assert sentences(View(1, "native", lines)) == ["正文在这里。"]


words = st.text(alphabet="甲乙合同ab1。.; 第条、\t", max_size=30)


@given(st.lists(words.filter(str.strip), max_size=12))
def test_every_character_has_its_place_and_spans_are_in_order(rows: list[str]) -> None:
    shown = page(*((row, 0.1, 0.1 + min(0.8, len(row) * 0.03)) for row in rows))
    prose = prose_of(shown)
    assert len(prose.places) == len(prose.text)
    for sign, place in zip(prose.text, prose.places, strict=True):
        if place is not None:
            assert prose.rows[place[0]].text[place[1]] == sign
    at = 0
    for start, end in prose.sentences:
        assert at <= start < end
        assert prose.text[start:end] == prose.text[start:end].strip()
        box = prose.box(start, end)
        assert 0 <= box.x0 <= box.x1 <= 1
        at = end
