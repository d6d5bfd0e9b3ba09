"""Questions in two languages: what becomes a filter, and what stays a word."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yuepi.kit.money import amount_words
from yuepi.library.document import Folder
from yuepi.library.query import Query
from yuepi.library.understanding import read_question, understand
from yuepi.library.understanding.chips import chips_of
from yuepi.library.understanding.question import cleaned
from yuepi.library.understanding.sorts import kinds_meant

TODAY = date(2026, 11, 21)
LAST_YEAR = {"date_from": "2025-01-01", "date_to": "2025-12-31"}
OCTOBER = {"date_from": "2026-10-01", "date_to": "2026-10-31"}
MARCH = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
INVOICE, CONTRACT = {"kinds": ["invoice"]}, {"kinds": ["contract"]}
OR_INVOICE, OR_CONTRACT = {"kinds": ["invoice", "unknown"]}, {"kinds": ["contract", "unknown"]}
HALF_A_MILLION = {"amount_min": "500000"}


def told(question: str) -> dict[str, Any]:
    query, _ = read_question(question, TODAY)
    return query.model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize(
    ("question", "query"),
    [
        (
            "去年和A公司签的50万以上的合同",
            {**CONTRACT, "parties": ["A公司"], **HALF_A_MILLION, **LAST_YEAR},
        ),
        (
            "invoices over 5000 from March without a seal",
            {**INVOICE, "amount_min": "5000", **MARCH, "seal": False},
        ),
        ("没盖章的租赁合同", {**OR_CONTRACT, "text": "租赁", "seal": False}),
        ("盖了公章的合同", {**CONTRACT, "seal": True}),
        ("stamped agreements", {**CONTRACT, "seal": True}),
        ("打印纸的发票", {**OR_INVOICE, "text": "打印纸"}),
        ("we need invoices for printer paper", {**OR_INVOICE, "text": "printer paper"}),
        ("有哪些去年的合同？", {**CONTRACT, **LAST_YEAR}),
        ("which contracts are over 500,000?", {**CONTRACT, **HALF_A_MILLION}),
        ("发票和合同", {"kinds": ["invoice", "contract"]}),
        ("PDF invoices", {**INVOICE, "media": ["pdf"]}),
        ("身份证复印件", {"kinds": ["id_card"]}),
        ("火车票", {"kinds": ["rail_e_ticket"]}),
        (
            "tag:urgent contracts with Acme Ltd",
            {**CONTRACT, "tags": ["urgent"], "parties": ["Acme Ltd"]},
        ),
        ("#紧急 的合同", {**CONTRACT, "tags": ["紧急"]}),
        ("文件名：报价", {"name": "报价"}),
        ("报价单.pdf", {"name": "报价单.pdf"}),
        ("“不可抗力”", {"exact": ["不可抗力"]}),
        ("「不可抗力」的合同", {**CONTRACT, "exact": ["不可抗力"]}),
        ('contracts that say "force majeure"', {**CONTRACT, "exact": ["force majeure"]}),
        ("发票号码：25332000000012345678", {"numbers": ["25332000000012345678"]}),
        ("INV-2024-001", {"numbers": ["INV-2024-001"]}),
        ("上周上传的合同", {**CONTRACT, "added_from": "2026-11-09", "added_to": "2026-11-15"}),
        ("昨天加的合同", {**CONTRACT, "added_from": "2026-11-20", "added_to": "2026-11-20"}),
        ("上周传的合同", {**CONTRACT, "added_from": "2026-11-09", "added_to": "2026-11-15"}),
        ("有效期到2025年的合同", {**OR_CONTRACT, "text": "有效期到2025年"}),
        ("租期至2026年3月的合同", {**OR_CONTRACT, "text": "租期至2026年3月"}),
        ("added yesterday", {"added_from": "2026-11-20", "added_to": "2026-11-20"}),
    ],
)
def test_filters(question: str, query: dict[str, Any]) -> None:
    assert told(question) == query


@pytest.mark.parametrize(
    "question",
    [
        "合同金额50万以上的违约金是多少",
        "what is the penalty in the contract with Acme",
        "How long is the warranty?",
        "劳动合同法第三十八条",
        "合同里有哪些违约责任",
        "盖章流程",
        "termination notice period",
        "差旅费 5000以上",
        "身份证号是多少",
        "who signed the lease last year?",
        "发票抬头",
        "you may pay in 3 months",
        "保修期3年以上",
        "contract penalty over 30 days",
        "2025年3月滴滴发票金额是多少",
    ],
)
def test_what_is_doubtful_stays(question: str) -> None:
    understood = understand(question, TODAY)
    assert understood.query == Query(text=question)
    assert understood.chips == ()


def test_hints_only_move_up() -> None:
    hints = understand("2025年3月滴滴发票金额是多少", TODAY).hints
    assert (hints.date_from, hints.date_to) == ("2025-03-01", "2025-03-31")


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("去年", "2025-01-01", "2025-12-31"),
        ("2024年", "2024-01-01", "2024-12-31"),
        ("上个月", "2026-10-01", "2026-10-31"),
        ("本月", "2026-11-01", "2026-11-30"),
        ("今年二季度", "2026-04-01", "2026-06-30"),
        ("2025年第四季度", "2025-10-01", "2025-12-31"),
        ("上季度", "2026-07-01", "2026-09-30"),
        ("2025年上半年", "2025-01-01", "2025-06-30"),
        ("2025年3月到5月", "2025-03-01", "2025-05-31"),
        ("去年11月到今年2月", "2025-11-01", "2026-02-28"),
        ("11月到2月", "2025-11-01", "2026-02-28"),
        ("3月1日到15日", "2026-03-01", "2026-03-15"),
        ("十二月", "2025-12-01", "2025-12-31"),
        ("近三个月", "2026-08-22", "2026-11-21"),
        ("最近半年", "2026-05-22", "2026-11-21"),
        ("近7天", "2026-11-15", "2026-11-21"),
        ("2025年6月以来", "2025-06-01", None),
        ("2024年以前", None, "2023-12-31"),
        ("2025-03-05", "2025-03-05", "2025-03-05"),
        ("20250305", "2025-03-05", "2025-03-05"),
        ("in March", "2026-03-01", "2026-03-31"),
        ("in December", "2025-12-01", "2025-12-31"),
        ("in May 2024", "2024-05-01", "2024-05-31"),
        ("last quarter", "2026-07-01", "2026-09-30"),
        ("Q1 2025", "2025-01-01", "2025-03-31"),
        ("the first quarter of 2025", "2025-01-01", "2025-03-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("since June", "2026-06-01", None),
        ("before 2024", None, "2023-12-31"),
        ("after 15 March 2025", "2025-03-16", None),
        ("between 1 and 15 March 2025", "2025-03-01", "2025-03-15"),
        ("from March to May 2024", "2024-03-01", "2024-05-31"),
        ("past 3 months", "2026-08-22", "2026-11-21"),
        ("March 5, 2025", "2025-03-05", "2025-03-05"),
    ],
)
def test_days(said: str, first: str | None, last: str | None) -> None:
    for question in (said, f"{said} 发票", f"invoices {said}"):
        query, _ = read_question(question, TODAY)
        assert (query.date_from, query.date_to) == (first, last), question
        assert query.text == ""


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("50万以上", "500000", None),
        ("五十万元以下", None, "500000"),
        ("50万左右", "450000.00", "550000.00"),
        ("1,200.50元", "1200.50", "1200.50"),
        ("¥1,200.50", "1200.50", "1200.50"),
        ("10到50万", "100000", "500000"),
        ("5000到1万元", "5000", "10000"),
        ("10000元到20000元之间", "10000", "20000"),
        ("不超过3万", None, "30000"),
        ("超过一百万", "1000000", None),
        ("不低于2万元", "20000", None),
        ("大于5000", "5000", None),
        ("over 5000", "5000", None),
        ("under 2k", None, "2000"),
        ("at least 1.5 million", "1500000.0", None),
        ("no more than 300 EUR", None, "300"),
        ("between 1,000 and 5,000 yuan", "1000", "5000"),
        ("5000 or more", "5000", None),
    ],
)
def test_amounts(said: str, least: str | None, most: str | None) -> None:
    expected = [None if each is None else Decimal(each) for each in (least, most)]
    for question in (said, f"发票 {said}", f"{said}的发票", f"invoices {said} from March"):
        query, _ = read_question(question, TODAY)
        assert [query.amount_min, query.amount_max] == expected, question


def test_folders_within_reach_by_name() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    folder = Folder("fol_1", None, "fol_1", "法务部", ("法务部",), "u", None, now, 1)
    for question in ("法务部文件夹里的合同", "in:法务部 合同", '合同 文件夹："法务部"'):
        query, chips = read_question(question, TODAY, "zh", [folder])
        assert query.folders == ("fol_1",), question
        assert "文件夹：法务部" in [chip.label_zh for chip in chips]
        assert read_question(question, TODAY)[0].folders == ()


def test_chips_tell_their_words_and_values() -> None:
    query, chips = read_question("去年和A公司签的50万以上的合同", TODAY)
    by_field = {chip.field: chip for chip in chips}
    assert by_field["amount_min"].words == "50万以上的"
    assert by_field["amount_min"].label_en == "Amount ≥ 500,000"
    assert json.loads(by_field["kinds"].value) == ["contract"]
    assert by_field["parties"].label_zh == "相关方：A公司"
    # Taken off one by one, nothing is left.
    for chip in chips:
        query = query.model_copy(update={chip.field: Query.model_fields[chip.field].default})
    assert query == Query()


def test_invoice_stands_for_all_of_them() -> None:
    assert {"invoice", "vat_invoice", "rail_e_ticket"} <= {*kinds_meant(("invoice",))}
    assert kinds_meant(("contract",)) == ("contract",)


# --- anything at all -----------------------------------------------------------------------------

SAID = """
去年 上个月 3月 2025年 今年二季度 和A公司签的 50万 以上 以下 左右 元 ¥ 的 合同 发票 没盖章 盖章
“ ” " 「 」 # tag: in: 文件名: 文件夹 invoices contracts over under between and 5000 1,200.50
from March since Q1 with without a seal Acme Ltd INV-2024-001 25332000000012345678 .pdf 是多少
？ what 上传的 yesterday 到 - 一百万 十 前 后 2025-02-30 99999999999999999999 年 月 日 号 千 亿 k
"""
PIECES = st.sampled_from([*SAID.split(), "\x00", "\ud800", "İ", "ﬁ", "①"])


@given(st.lists(PIECES, max_size=14), st.sampled_from([" ", ""]))
@example([], "")
@example(["2024"] * 500, "")
@example(["“"] * 2000, "")
@example(["和"] * 1500 + ["签的合同"], "")
def test_never_raises_on_what_looks_like_a_question(parts: list[str], space: str) -> None:
    understood = understand(space.join(parts), TODAY)
    again = understand(understood.whole, TODAY)
    assert again == understood
    assert cleaned(understood.query) == understood.query


@given(st.text(max_size=300), st.dates(date(1971, 1, 1), date(2190, 1, 1)))
def test_never_raises(question: str, today: date) -> None:
    query, chips = read_question(question, today, "en")
    assert {chip.field for chip in chips} == {chip.field for chip in chips_of(query)}


@given(st.text(alphabet=st.characters(whitelist_categories=("Lo",)), max_size=60))
def test_words_that_say_no_filter_are_all_kept(question: str) -> None:
    query, _ = read_question(question, TODAY)
    if query == Query(text=query.text):
        assert query.text == " ".join(question.replace("\x00", " ").split())


@given(st.dates(date(2000, 1, 1), date(2026, 11, 20)))
def test_days_round_trip(day: date) -> None:
    english = f"{day.day} {day:%B} {day.year}"
    for said in (
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        english,
        f"{day:%Y%m%d}",
    ):
        query, _ = read_question(f"{said} 发票", TODAY)
        assert (query.date_from, query.date_to) == (day.isoformat(), day.isoformat()), said


@given(st.dates(date(2000, 1, 1), date(2026, 11, 20)), st.integers(1, 400))
def test_ranges_round_trip(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    for said in (f"{first}到{last}", f"from {first} to {last}", f"between {first} and {last}"):
        query, _ = read_question(f"invoices {said}", TODAY)
        assert (query.date_from, query.date_to) == (first.isoformat(), last.isoformat()), said


@given(st.decimals(1, 9_000_000_000, places=2))
def test_amounts_round_trip(amount: Decimal) -> None:
    for said in (f"{amount:,}元", f"¥{amount}", f"{amount} yuan", amount_words(amount)):
        query, _ = read_question(f"{said} 发票", TODAY)
        # Words without 元 are cents alone: no document is looked for by them.
        if query.amount_min is not None or "元" in said:
            assert (query.amount_min, query.amount_max) == (amount, amount), said


@given(st.text(alphabet="ABCDEFGHJK0123456789", min_size=8, max_size=20))
def test_codes_must_stand_there(code: str) -> None:
    code = f"X{code}7391"
    for said in (f"{code} 是谁开的", f"{code}是谁开的", f"合同{code}总价多少", f"{code}，到期日"):
        query, _ = read_question(said, TODAY)
        assert query.numbers == (code,), said


@pytest.mark.parametrize("said", ["装了123456个零件", "100000公里保养", "第202611期"])
def test_figures_that_say_how_many_are_no_codes(said: str) -> None:
    query, _ = read_question(said, TODAY)
    assert query.numbers == ()


def test_an_amount_behind_a_month_is_no_day() -> None:
    query, _ = read_question("2024年7月23万以上的发票", TODAY)
    assert (query.date_from, query.date_to) == ("2024-07-01", "2024-07-31")
    assert query.amount_min == Decimal(230_000)
    query, _ = read_question("2024年7月23日的发票", TODAY)
    assert (query.date_from, query.amount_min) == ("2024-07-23", None)
