"""定额发票: the face value in words and figures, code and number, and what it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.slips import NEGATIVES, values, view
from yuepi.documents.kinds.fixed_amount_invoice import KIND

PARKING = (
    "四川省国家税务局通用定额发票",
    "发 票 联",
    "发票代码 151001450131",
    "发票号码 01234567",
    "伍拾元整|￥50.00",
    "收款单位（盖章有效）",
    "开票日期：|年|月|日",
)


def test_parking_ticket() -> None:
    page = view(*PARKING)
    assert KIND.likeness(page) > 0.9
    draft = KIND.read(page)
    assert values(draft) == {
        "type": "通用定额发票",
        "title": "四川省国家税务局通用定额发票",
        "code": "151001450131",
        "number": "01234567",
        "total": "50.00",
        "total_cn": "伍拾元整",
        "currency": "CNY",
    }
    assert all(each.firm for each in draft.candidates)
    assert set(values(draft)) <= set(KIND.fields)


def test_boxes_hold_the_value_only() -> None:
    draft = KIND.read(view(*PARKING))
    box = next(each.evidence.box for each in draft.candidates if each.name == "code")
    assert box is not None
    assert box.x0 > 0.09
    assert box.width == pytest.approx(0.012 * 12)


def test_whole_yuan_with_its_unit() -> None:
    found = values(KIND.read(view("通用定额发票", "壹佰圆", "100元", "No 12345678")))
    assert found["total"] == "100.00"
    assert found["total_cn"] == "壹佰圆"
    assert found["number"] == "12345678"


def test_a_stamp_on_the_figures_leaves_the_words() -> None:
    draft = KIND.read(view("通用定额发票", "人民币（大写）：贰拾元整|¥2"))
    assert values(draft)["total"] == "20.00"
    assert not any(each.firm for each in draft.candidates if each.name.startswith("total"))


def test_figures_cut_at_the_decimals_count_with_the_words() -> None:
    draft = KIND.read(view("通用定额发票", "人民币（大写）：贰拾元整|¥20"))
    assert [(each.value, each.firm) for each in draft.candidates if each.name == "total"] == [
        ("20.00", False)
    ]


@pytest.mark.parametrize("words", ["壹X伍拾元整", "壹某伍拾元整", "人民币（大写）：某伍拾元整"])
def test_words_with_a_misread_character_are_no_amount(words: str) -> None:
    found = values(KIND.read(view("通用定额发票", f"{words}|¥150.00")))
    assert "total_cn" not in found
    assert found["total"] == "150.00"


@pytest.mark.parametrize(
    "words", ["人民币 伍拾元整", "面额：伍拾元", "伍 拾 元 整", "（大写）伍拾圆"]
)
def test_words_behind_a_label(words: str) -> None:
    assert values(KIND.read(view("通用定额发票", f"{words}|¥50.00")))["total"] == "50.00"
    assert "total_cn" in values(KIND.read(view("通用定额发票", words)))


def test_words_and_figures_that_differ_are_both_given() -> None:
    found = values(KIND.read(view("通用定额发票", "贰拾元整|¥50.00")))
    assert (found["total"], found["total_cn"]) == ("50.00", "贰拾元整")


def test_two_tickets_in_one_view_are_a_conflict() -> None:
    found = values(KIND.read(view("通用定额发票", "拾元|10元", "通用定额发票", "伍元|5元")))
    assert found["total"] == "10.00/5.00"


def test_date_only_behind_its_label() -> None:
    page = view(*PARKING[:-1], "开票日期：2025年|3月|7日", "本票有效期至2026年12月31日")
    assert values(KIND.read(page))["date"] == "2025-03-07"
    page = view(*PARKING, "2024年1月印制 有效期至2026年12月31日", "￥1.00元定额1000000份")
    assert "date" not in values(KIND.read(page))


def test_seller_only_where_the_form_names_one() -> None:
    page = view(*PARKING[:-2], "收款单位（盖章）：成都某某停车服务有限公司")
    assert values(KIND.read(page))["seller_name"] == "成都某某停车服务有限公司"


def test_a_title_under_a_seal_is_made_up_from_the_code() -> None:
    page = view("四川通用定发票", "发票代码：151001450131", "发票号码：01234567", "伍拾元整")
    assert KIND.likeness(page) >= 0.8
    assert values(KIND.read(page))["title"] == "四川通用定额发票"


@pytest.mark.parametrize("rows", NEGATIVES)
def test_other_papers_are_not_this(rows: tuple[str, ...]) -> None:
    assert KIND.likeness(view(*rows)) < 0.5


@given(st.lists(st.text(max_size=60), max_size=12))
def test_no_text_raises(rows: list[str]) -> None:
    page = view(*rows)
    assert 0 <= KIND.likeness(page) <= 1
    KIND.read(page)
