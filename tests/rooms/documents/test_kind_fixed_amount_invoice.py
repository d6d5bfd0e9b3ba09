"""定额发票: the face value in words and figures, code and number, and what it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.fixed_amount_invoice import KIND
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Source
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line, Seal

NEGATIVES = (
    ("本店提供定额发票", "欢迎光临", "电话：010-12345678"),
    ("菜单", "宫保鸡丁|38元", "鱼香肉丝|￥32.00", "米饭|2元"),
    ("关于停止使用通用定额发票和通用机打发票的公告", "各纳税人：", "自即日起停止使用旧版发票"),
    ("出租车专用发票", "发票代码 144031900111", "发票号码 12345678", "机打发票 手写无效",
     "车号：粤B12345", "上车：08:00", "下车：08:30", "里程：5.0KM", "金额：￥20.00元"),
    ("增值税电子普通发票", "发票代码：011001800211", "发票号码：73642815", "购买方|名称：甲公司",
     "货物或应税劳务名称|金额|税率|税额", "价税合计（大写）|壹佰元整|（小写）￥100.00",
     "销售方", "开票人：甲"),
    ("电子发票（普通发票）", "发票号码：25312000000123456789", "开票日期：2025年06月01日",
     "价税合计（大写）|壹佰元整|（小写）¥100.00"),
    ("12306", "G123", "北京南|上海虹桥", "订单已支付", "票价 ￥553.0", "05车12A号"),
    ("电子发票（航空运输电子客票行程单）", "发票号码：25312000000123456789",
     "票价|CNY 500.00", "电子客票号码"),
    ("支付成功", "￥50.00", "收款方|某某停车场", "付款方式|零钱", "交易单号|4200001234567890"),
)  # fmt: skip


def view(*rows: str, source: Source = "layout", seals: tuple[Seal, ...] | None = None) -> View:
    """A page of rows; `|` sets the parts of a row wide apart."""
    lines = []
    for number, row in enumerate(rows):
        y = 0.05 + 0.9 * number / max(len(rows), 12)
        parts = row.split("|")
        for place, part in enumerate(parts):
            if part:
                x = 0.05 + 0.9 * place / len(parts)
                lines.append(Line(part, Box(x, y, x + 0.012 * len(part), y + 0.03)))
    return View(1, source, tuple(lines), 1.6, seals=seals)


def values(draft: Draft) -> dict[str, str]:
    """The only value of each field; several join with a slash."""
    found: dict[str, list[str]] = {}
    for each in draft.candidates:
        found.setdefault(each.name, []).append(each.value)
    return {name: "/".join(dict.fromkeys(texts)) for name, texts in found.items()}


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
