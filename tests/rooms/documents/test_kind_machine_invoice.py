"""机打发票 and 卷票: parties, sums, lines, and what a stamp on the figures does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.slips import NEGATIVES, values, view
from yuepi.documents.fields import Draft
from yuepi.documents.kinds.machine_invoice import KIND
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Seal

FORM = (
    "湖北省国家税务局通用机打发票|发票代码：142001750130",
    "发 票 联|发票号码：19403386",
    "开票日期：2017-10-05|行业分类：服务业",
    "付款方名称：甲乙（武汉）咨询有限公司|付款方识别号：91350100M000100Y43",
    "收款方名称：丙丁信息技术有限公司|收款方识别号：91110000802100433B",
    "项目|单价|数量|金额",
    "软件服务费|500.00|2|1000.00",
    "资料费|||119.21",
    "合计金额（大写）：壹仟壹佰壹拾玖元贰角壹分|（小写）：￥1,119.21",
    "开票人：某某|收款方（盖章）",
)
ROLL = (
    "北京增值税普通发票（卷票）",
    "发票联",
    "发票代码：011001700107",
    "发票号码：01234567",
    "机打号码：01234567",
    "机器编号：661234567890",
    "销售方名称：甲乙餐饮管理有限公司",
    "纳税人识别号：91350100M000100Y43",
    "开票日期：2018-03-05",
    "收款员：某某",
    "购买方名称：丙丁科技有限公司",
    "纳税人识别号：91110000802100433B",
    "项目|单价|数量|金额",
    "餐费",
    "|58.00|2|116.00",
    "合计金额(小写)：￥116.00",
    "合计金额(大写)：壹佰壹拾陆元整",
    "校验码：12345678901234567890",
)


def test_form() -> None:
    page = view(*FORM)
    assert KIND.likeness(page) > 0.9
    draft = KIND.read(page)
    assert values(draft) == {
        "type": "通用机打发票",
        "title": "湖北省国家税务局通用机打发票",
        "code": "142001750130",
        "number": "19403386",
        "date": "2017-10-05",
        "buyer_name": "甲乙（武汉）咨询有限公司",
        "buyer_tax_id": "91350100M000100Y43",
        "seller_name": "丙丁信息技术有限公司",
        "seller_tax_id": "91110000802100433B",
        "total": "1119.21",
        "total_cn": "壹仟壹佰壹拾玖元贰角壹分",
        "currency": "CNY",
    }
    assert [(item.name, item.quantity, item.price, item.amount) for item in draft.items] == [
        ("软件服务费", "2", "500.00", "1000.00"),
        ("资料费", None, None, "119.21"),
    ]


def test_roll() -> None:
    page = view(*ROLL)
    assert KIND.likeness(page) == 0.99
    draft = KIND.read(page)
    found = values(draft)
    assert found["type"] == "增值税普通发票（卷票）"
    assert found["seller_name"] == "甲乙餐饮管理有限公司"
    assert found["seller_tax_id"] == "91350100M000100Y43"
    assert found["buyer_name"] == "丙丁科技有限公司"
    assert found["buyer_tax_id"] == "91110000802100433B"
    assert found["check_code"] == "12345678901234567890"
    assert found["total"] == "116.00"
    assert [(item.name, item.amount) for item in draft.items] == [("餐费", "116.00")]
    assert set(found) <= set(KIND.fields)


def totals(draft: Draft) -> list[tuple[str, bool]]:
    return [(each.value, each.firm) for each in draft.candidates if each.name == "total"]


STAMP = (Seal(Box(0.5, 0.5, 1.0, 0.95), 0.8),)


def test_stamped_figures_that_nothing_supports_do_not_count() -> None:
    rows = (*FORM[:8], "合计金额（大写）：壹仟壹佰壹拾玖元贰角壹分|（小写）：￥1115.21")
    assert totals(KIND.read(view(*rows, seals=STAMP))) == [("1119.21", True)]
    without_lines = (*rows[:5], rows[-1])
    stamp = (Seal(Box(0.5, 0.2, 1.0, 0.95), 0.8),)
    draft = KIND.read(view(*without_lines, seals=stamp))
    assert totals(draft) == [("1119.21", False)]
    assert not next(each.firm for each in draft.candidates if each.name == "total_cn")


def test_clear_figures_that_differ_from_the_words_are_a_conflict() -> None:
    rows = (*FORM[:8], "合计金额（大写）：壹仟壹佰壹拾玖元贰角壹分|（小写）：￥1115.21")
    assert values(KIND.read(view(*rows)))["total"] == "1119.21/1115.21"


def test_lost_figures_leave_the_words() -> None:
    rows = (*FORM[:5], "合计金额（大写）：壹仟壹佰壹拾玖元贰角壹分|（小写）的1115.?1")
    assert totals(KIND.read(view(*rows))) == [("1119.21", False)]


@pytest.mark.parametrize(
    "words", ["壹仟壹佰", "壹仟壹佰日拾玖元贰角壹分", "某仟壹佰元整", "壹仟壹佰元X角"]
)
def test_words_with_a_misread_character_are_no_amount(words: str) -> None:
    found = values(KIND.read(view(*FORM[:5], f"合计金额（大写）：{words}|（小写）：￥1,119.21")))
    assert "total_cn" not in found
    assert found["total"] == "1119.21"


def test_figures_without_words() -> None:
    assert totals(KIND.read(view(*FORM[:5], "合计：￥88.00"))) == [("88.00", True)]
    assert totals(KIND.read(view(*FORM[:5], "合计：￥88.00", "合计：￥99.00"))) == []


def test_clerks_and_empty_places_are_no_parties() -> None:
    found = values(
        KIND.read(
            view("付款方名称：|付款方识别号：", "收款人：张三|开票人：李四", "收款方（盖章）")
        )
    )
    assert not {"buyer_name", "buyer_tax_id", "seller_name", "seller_tax_id"} & set(found)


def test_names_joined_with_the_next_label() -> None:
    found = values(KIND.read(view("付款单位：甲乙有限公司 付款方识别号：91350100M000100Y43")))
    assert found["buyer_name"] == "甲乙有限公司"
    assert found["buyer_tax_id"] == "91350100M000100Y43"


def test_cut_tax_numbers_are_no_tax_numbers() -> None:
    found = values(KIND.read(view("付款单位：甲乙有限公司", "付款方识别号：91350100M00010")))
    assert "buyer_tax_id" not in found


def test_lines_whose_figures_are_unclear_are_left_out() -> None:
    rows = ("项目|数量|金额", "茶叶|1|2|3.00", "纸|1|4.00", "合计|￥7.00")
    assert [item.name for item in KIND.read(view(*rows)).items] == ["纸"]


@pytest.mark.parametrize("rows", NEGATIVES)
def test_other_papers_are_not_this(rows: tuple[str, ...]) -> None:
    assert KIND.likeness(view(*rows)) < 0.5


def test_a_hand_written_form_is_another_kind() -> None:
    rows = (FORM[0].replace("机打", "手工"), *FORM[1:])
    assert KIND.likeness(view(*rows)) < 0.5


@given(st.lists(st.text(max_size=60), max_size=12))
def test_no_text_raises(rows: list[str]) -> None:
    page = view(*rows)
    assert 0 <= KIND.likeness(page) <= 1
    KIND.read(page)
