"""What is asked, told apart from how it is to be answered and in which language."""

from __future__ import annotations

import re
import time
from datetime import date
from decimal import Decimal

import pytest

from yuepi.engines.ocr.comparisons import Comparison
from yuepi.engines.ocr.question import (
    Compare,
    InSpan,
    Same,
    Table,
    Transcribe,
    Unknown,
    Values,
    parse_question,
)
from yuepi.engines.ocr.question_words import FILLER, MANNER, THE_DATE, THE_TOTAL

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Extract the invoice number, the date and the total as JSON", "invoice number|date|total"),
        ("Give me the invoice number and the total in JSON format", "invoice number|total"),
        ("Get the date and total, and return the result as a JSON object", "date|total"),
        ("Extract the date and the total json", "date|total"),
        ("List the invoice number, date and total as a table", "invoice number|date|total"),
        ("As JSON: invoice number, total", "invoice number|total"),
        ("What is the total? Answer with only the number.", "total"),
        ("What is the total, only the number", "total"),
        ("What is the total? Reply with the number only, no explanation.", "total"),
        ("请提取发票号码、开票日期和价税合计，以JSON格式返回", "发票号码|开票日期|价税合计"),
        ("提取发票号码、价税合计，返回json", "发票号码|价税合计"),
        ("提取发票号码和价税合计并以json返回", "发票号码|价税合计"),
        ("以JSON格式返回发票号码和价税合计", "发票号码|价税合计"),
        ("用表格列出发票号码和价税合计", "发票号码|价税合计"),
        ("提取发票号码和价税合计，用表格的形式展示", "发票号码|价税合计"),
        ("价税合计是多少？只回答数字", "价税合计"),
        ("价税合计是多少，只回答数字", "价税合计"),
        ("请直接回答，价税合计是多少", "价税合计"),
        ("价税合计多少？只返回数字，不要解释。", "价税合计"),
        ("购买方名称是什么", "购买方名称"),
        ("这张票一共多少钱？", "总金额"),
        ("这张车票多少钱", "总金额"),
        ("请帮我看一下这张发票，金额是多少", "金额"),
        ("发票上写的日期是什么", "日期"),
        ("这张发票是什么时候开的？", "开票日期"),
        ("When was it issued?", "date"),
        ("How much did it cost?", "total"),
        ("How much tax was paid?", "tax"),
    ],
)
def test_the_layout_of_an_answer_is_no_part_of_what_is_asked(question: str, names: str) -> None:
    assert parse_question(question, TODAY).asks == (Values(tuple(names.split("|"))),)


def test_only_the_manner_and_nothing_else_is_still_answered() -> None:
    assert parse_question("金额", TODAY).asks == (Values(("金额",)),)
    assert parse_question("提取明细表格", TODAY).asks == (Table(),)


def test_a_question_in_both_languages_is_one() -> None:
    both = "图中印着什么文字？只回答文字。What text is printed here? Answer with the text only."
    assert parse_question(both, TODAY).asks == (Transcribe(),)
    both = "发票号码是多少？What is the invoice number?"
    assert parse_question(both, TODAY).asks == (Values(("发票号码",)),)
    both = "是否超过5000元？Is it over 5000?"
    assert len(parse_question(both, TODAY).asks) == 1
    both = "是否超过5000元？Is it over 3000?"
    assert len(parse_question(both, TODAY).asks) == 2


def test_clauses_that_each_ask_are_asks_of_their_own() -> None:
    kinds = [Compare, InSpan]
    for question in (
        "是否超过2000元，开票日期是否在过去90天内？",
        "价税合计是否超过2000元并且开票日期是否在过去90天内",
        "Is the total over 2000, and is the date within 90 days?",
    ):
        assert [type(ask) for ask in parse_question(question, TODAY).asks] == kinds, question
    asks = parse_question("收款人是谁，开票人是谁", TODAY).asks
    assert asks == (Values(("收款人",)), Values(("开票人",)))


@pytest.mark.parametrize(
    ("question", "subject", "text"),
    [
        (
            "购买方的纳税人识别号是否为91330108MA2XQ7TN5D？",
            "购买方的纳税人识别号",
            "91330108MA2XQ7TN5D",
        ),
        ("买方的税号是否是91330108MA2XQ7TN5D", "买方的税号", "91330108MA2XQ7TN5D"),
        ("纳税人识别号是否为91330108MA2XQ7TN5D", "纳税人识别号", "91330108MA2XQ7TN5D"),
        ("发票号码是否是21396407", "发票号码", "21396407"),
        ("发票号码是21396407吗？", "发票号码", "21396407"),
        ("购买方名称是某某有限公司吗", "购买方名称", "某某有限公司"),
        ("Is the buyer 某某有限公司?", "buyer", "某某有限公司"),
        ("Is the invoice number 21396407?", "invoice number", "21396407"),
    ],
)
def test_numbers_and_names_are_compared_as_written(question: str, subject: str, text: str) -> None:
    assert parse_question(question, TODAY).asks == (Same(subject, text),)


@pytest.mark.parametrize(
    "question", ["合计金额是2680元吗？", "不含税金额是2680元吗", "Is the total 2680?"]
)
def test_amounts_are_compared_as_amounts(question: str) -> None:
    (ask,) = parse_question(question, TODAY).asks
    assert isinstance(ask, Compare)
    assert ask.comparison == Comparison("eq", Decimal(2680), None, ask.comparison.currency)


@pytest.mark.parametrize(
    "question",
    [
        "金额是否超过3000元或者5000元",
        "是否有签名",
        "有没有写备注",
        "Is there a signature?",
        "是否为专票",
    ],
)
def test_what_has_no_one_answer_is_unknown(question: str) -> None:
    assert [type(ask) for ask in parse_question(question, TODAY).asks] == [Unknown]


def test_the_second_row_is_no_second_picture() -> None:
    assert parse_question("第二行的金额是多少", TODAY).pictures == ()
    assert parse_question("第二个商品是什么", TODAY).pictures == ()
    assert parse_question("第二个发票的金额是多少", TODAY).pictures == (2,)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ('Where is "住宿费"?', "en"),
        ("Where is “住宿服务住宿费大床房”?", "en"),
        ("Is the buyer 杭州松柏云帆科技有限公司?", "en"),
        ('图中有没有"Flat White with extra oat milk"', "zh"),
        ('"住宿费"', "zh"),
        ("发票上的 invoice number 是多少", "zh"),
    ],
)
def test_the_language_is_that_outside_of_quotation_marks(question: str, language: str) -> None:
    assert parse_question(question, TODAY).language == language


@pytest.mark.parametrize("start", ["", "只", "only "])
@pytest.mark.parametrize(
    "pattern", [FILLER, MANNER, THE_DATE, THE_TOTAL], ids=["filler", "manner", "date", "total"]
)
def test_no_words_can_be_read_in_two_ways(pattern: re.Pattern[str], start: str) -> None:
    # Twenty of them would already take a second, and a hostile question holds a thousand.
    for word in sorted(set(re.findall(r"[\u3400-\u9fff，、：,.:]+|[a-z]+", pattern.pattern))):
        for blank in ("", " "):
            begun = time.process_time()
            pattern.fullmatch(start + (word + blank) * 20 + "\0")
            assert time.process_time() - begun < 0.1, word


@pytest.mark.parametrize("piece", ["看", ",", " ", "0", "以", "总共", "questions ", "这张发票中的"])
@pytest.mark.parametrize("end", ["x", "x是否超过5000元", "x在过去90天内吗", "x是多少"])
def test_a_long_question_takes_no_long_time(piece: str, end: str) -> None:
    begun = time.process_time()
    parse_question("请" + piece * (1000 // len(piece)) + end, TODAY)
    assert time.process_time() - begun < 2
