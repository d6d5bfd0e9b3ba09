"""Summaries: the document's own sentences, in order, with their place; the same every time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.layout.prose import Prose, prose_of
from yuepi.documents.layout.view import View
from yuepi.documents.summary import is_long, summarise, terms
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

MINUTES = (
    "会议决定将数据中心搬迁至北区机房，搬迁预算为三百六十万元。",
    "数据中心搬迁工作由基础设施部负责，应当在2024年9月30日前完成。",
    "搬迁期间业务系统必须保持可用，停机时间不得超过四小时。",
    "食堂从下周起增加素菜窗口，员工反映良好。",
    "停车位的划线工作已经完成，大家可以正常使用。",
    "搬迁的主要风险是网络割接，应当提前两周进行演练。",
    "基础设施部每周五提交搬迁进展报告，由项目组汇总。",
    "新机房的供电由两路市电和柴油发电机组成，可以支撑满负荷运行。",
    "会议室的投影仪已经更换，使用方法见墙上的说明。",
    "数据中心搬迁完成后，旧机房交还物业，租金每年节省八十万元。",
    "下次会议时间另行通知，请各部门做好准备工作。",
)
PAPER = (
    "The relocation of the data centre will cost 3.6 million dollars over two years.",
    "The infrastructure team must complete the relocation by September 30, 2024.",
    "The canteen will offer more vegetables from next week on, which everybody welcomes.",
    "During the relocation the business systems shall stay available at all times.",
    "Parking lines have been painted again and may be used by all employees.",
    "The main risk of the relocation is the switch of the network on the last weekend.",
    "Every Friday the infrastructure team reports the progress of the relocation.",
    "Power for the new data centre comes from two lines and a diesel generator.",
    "The projector in the meeting room was replaced, and its manual hangs on the wall.",
    "After the relocation the old data centre is returned, which saves 800,000 dollars a year.",
)


def pages(sentences: tuple[str, ...], times: int, per_page: int = 20) -> list[Prose]:
    rows = [*sentences] + [
        each[:-1] + (f"（续{n}）。" if each.endswith("。") else f" (part {n}).")
        for n in range(2, times + 1)
        for each in sentences
    ]
    found = []
    for number, start in enumerate(range(0, len(rows), per_page), start=1):
        lines = tuple(
            Line(
                row,
                Box(0.1, 0.05 + at * 0.04, 0.1 + 0.5 * min(1.0, len(row) / 60), 0.07 + at * 0.04),
            )
            for at, row in enumerate(rows[start : start + per_page])
        )
        found.append(prose_of(View(number, "native", lines)))
    return found


def test_a_chinese_summary_is_about_what_the_text_is_about() -> None:
    shown = pages(MINUTES, 5)
    summary = summarise(shown)
    assert 3 <= len(summary) <= 7
    assert summary[0].text == MINUTES[0]
    assert sum("搬迁" in each.text for each in summary) >= len(summary) - 1
    assert not any("食堂" in each.text or "投影" in each.text for each in summary)


def test_an_english_summary_is_about_what_the_text_is_about() -> None:
    summary = summarise(pages(PAPER, 5))
    assert 3 <= len(summary) <= 7
    assert sum("relocation" in each.text for each in summary) >= len(summary) - 1
    assert not any("canteen" in each.text for each in summary)


def test_sentences_are_in_order_with_page_and_box() -> None:
    shown = pages(MINUTES, 6)
    summary = summarise(shown)
    places = [(each.page, each.box.y0) for each in summary]
    assert places == sorted(places)
    for each in summary:
        prose = shown[each.page - 1]
        at = prose.text.index(each.text)
        assert each.box == pytest.approx(prose.box(at, at + len(each.text)), abs=1e-5)


def test_short_texts_and_lists_have_none() -> None:
    assert summarise(pages(MINUTES, 1)) == ()
    assert summarise([]) == ()
    rows = tuple(f"项目{n}：{n * 17}元" for n in range(400))
    assert is_long(pages(rows, 1, per_page=100))
    assert summarise(pages(rows, 1, per_page=100)) == ()


def test_terms_leave_out_empty_words() -> None:
    assert set(terms("the price of the goods is 12%")) == {"price", "goods", "12%"}
    assert "合同" in terms("合同的价款")
    assert not any("的" in each for each in terms("合同的价款"))


@given(st.integers(0, 10**6))
def test_the_same_pages_give_the_same(seed: int) -> None:
    dice = random.Random(seed)
    sentences = tuple(dice.sample(MINUTES, len(MINUTES)))
    shown = pages(sentences, 4)
    summary = summarise(shown)
    assert summary == summarise(shown)
    text = "\n".join(page.text for page in shown)
    assert all(each.text in text for each in summary)
    assert len({each.text for each in summary}) == len(summary)
