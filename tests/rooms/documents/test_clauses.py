"""Clauses to look at: both languages, quoted word for word, and no alarm where there is none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.clauses import CLAUSES_PER_PAGE_MAX, TOPICS, penalty_rate, read_clauses
from yuepi.documents.contents import Clause
from yuepi.documents.layout.prose import prose_of
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line


def width(text: str) -> float:
    return min(0.8, 0.028 * len(text))


def page(*rows: str) -> View:
    lines = tuple(
        Line(row, Box(0.1, 0.05 + number * 0.03, 0.1 + width(row), 0.07 + number * 0.03))
        for number, row in enumerate(rows)
    )
    return View(1, "native", lines)


def clauses(*rows: str) -> tuple[Clause, ...]:
    return read_clauses(prose_of(page(*rows)))


SAYINGS = [
    ("auto_renewal", "期满前双方未提出书面异议的，本合同自动续期一年。"),
    ("auto_renewal", "The agreement shall automatically renew for one year."),
    ("penalty", "逾期付款的，每日按未付金额的万分之五支付滞纳金。"),
    ("penalty", "The Supplier shall pay liquidated damages of 1% for each day of delay."),
    ("liability_limit", "乙方的赔偿责任以已收取的服务费为限。"),
    ("liability_limit", "In no event shall the Provider be liable for indirect damages."),
    ("exclusivity", "甲方授权乙方为华东地区独家代理商。"),
    ("exclusivity", "Distributor is granted the exclusive right to sell the products."),
    ("non_compete", "离职后两年内不得从事与公司相竞争的同类业务。"),
    ("non_compete", "The Employee shall not compete with the Company for two years."),
    ("unilateral_termination", "甲方有权随时解除本合同且不承担责任。"),
    ("unilateral_termination", "Either party may terminate this Agreement for convenience."),
    ("unilateral_price", "供方可根据原材料价格调整单价。"),
    ("unilateral_price", "The Provider may increase its fees once a year."),
    ("jurisdiction_abroad", "争议提交新加坡国际仲裁中心仲裁。"),
    ("jurisdiction_abroad", "This Agreement is governed by the laws of England."),
    ("advance_payment", "合同生效后三日内甲方支付30%预付款。"),
    ("advance_payment", "The Buyer shall make a down payment of 20%."),
    ("long_payment_term", "甲方收到发票后120日内付款。"),
    ("long_payment_term", "Terms of payment: net 90 from the date of invoice."),
    ("unlimited_confidentiality", "保密义务不因本协议终止而终止。"),
    ("unlimited_confidentiality", "Confidentiality duties survive termination."),
    ("ip_assignment", "项目成果的著作权归委托方所有。"),
    ("ip_assignment", "All work product shall be the property of the Client."),
    ("joint_liability", "保证人承担连带保证责任。"),
    ("joint_liability", "They are jointly and severally liable."),
    ("blank", "交货日期：________"),
    ("no_date", "签订日期：    年  月  日"),
]


@pytest.mark.parametrize(("topic", "sentence"), SAYINGS)
def test_a_clause_is_found_and_quoted(topic: str, sentence: str) -> None:
    found = [each for each in clauses("第一条 总则", sentence) if each.topic == topic]
    assert [each.quote for each in found] == [sentence]
    assert found[0].page == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "违约责任",
        "保密",
        "本合同一式四份，双方各执两份。",
        "因本合同引起的争议由甲方所在地人民法院管辖。",
        "甲方应在收到发票后30日内付款。",
        "The parties shall keep each other's secrets for two years.",
        "This Agreement is governed by the laws of the People's Republic of China.",
        "This is a non-exclusive licence.",
        "The Seller delivers within ten days after signing.",
    ],
)
def test_ordinary_sentences_raise_nothing(sentence: str) -> None:
    assert clauses("第一条 总则", sentence) == ()


@pytest.mark.parametrize(
    ("sentence", "rate", "daily", "risk"),
    [
        ("每逾期一日按合同总价的千分之三支付违约金。", "0.003", True, "warning"),
        ("逾期付款的，每日按未付金额的万分之五支付违约金。", "0.0005", True, "info"),
        ("违约方应支付合同总价30%的违约金。", "0.3", False, "warning"),
        ("违约方应支付合同总价百分之十的违约金。", "0.1", False, "info"),
        ("a penalty of 0.5% per day of the price.", "0.005", True, "warning"),
    ],
)
def test_the_rate_of_a_penalty(sentence: str, rate: str, daily: bool, risk: str) -> None:
    assert penalty_rate(sentence) == (Decimal(rate), daily)
    (found,) = [each for each in clauses("第一条", sentence) if each.topic == "penalty"]
    assert found.risk == risk


def test_a_sentence_over_two_rows_is_one_quote_with_both_rows() -> None:
    (found,) = clauses(
        "第九条 本合同期限届满前三十日内双方均未书面提出异议的，本合同",
        "自动续期一年，续期次数不限。",
    )
    assert found.quote.endswith("本合同自动续期一年，续期次数不限。")
    assert (round(found.box.y0, 3), round(found.box.y1, 3)) == (0.05, 0.1)


def test_titles_and_looks_are_in_both_languages_and_advise_nothing() -> None:
    for topic in TOPICS.values():
        assert topic.title_zh
        assert topic.title_en
        assert topic.look_zh.startswith("请看")
        assert topic.look_en.startswith("Look")


@given(st.lists(st.sampled_from([each for _, each in SAYINGS] + ["普通条款。", "x"]), max_size=60))
def test_quotes_are_words_of_the_page_and_bounded(rows: list[str]) -> None:
    shown = page(*rows)
    found = read_clauses(prose_of(shown))
    assert len(found) <= CLAUSES_PER_PAGE_MAX
    text = "".join(shown.text.split())
    for each in found:
        assert "".join(each.quote.split()) in text
        assert each.topic in TOPICS
