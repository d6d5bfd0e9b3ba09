"""Turns of phrase that say no word of the answer, and figures that are no sums."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.resources.asked_shelf import Shelf, answer_of, paper
from tests.rooms.library.test_ask_aside import OFFICE
from yuepi.documents.contents import Pair
from yuepi.kit.boxes import Box
from yuepi.library.asking.asked import Done
from yuepi.library.asking.asker import Asker
from yuepi.library.asking.entry_rows import rows_of

LEASE = """房屋租赁合同

出租方（甲方）：上海望江置业有限公司
承租方（乙方）：杭州云杉科技有限公司

第一条 租赁标的
甲方将望江大厦1806室的房屋出租给乙方作办公使用，建筑面积为236.50平方米。
第二条 租赁期限
租赁期限自2025年4月1日起至2028年3月31日止，共三年。
第三条 租金及支付方式
租金为每月人民币48,500.00元，按季度支付，乙方应于每季度首月5日前支付当季租金。
第四条 付款
合同签订后十日内甲方支付30%预付款，验收合格后支付其余款项。
"""
PUMP = """Operating Manual: Coolant Pump

1 Maintenance
Replace the shaft seal every 4,000 operating hours. Check the coolant level once a week.
2 冷却液
冷却液每运行2000小时更换一次。
"""


def told(question: str, *texts: str) -> Done:
    shelf = Shelf(*(paper(f"d{at}", f"{at}.txt", text) for at, text in enumerate(texts)))
    return asyncio.run(answer_of(Asker(shelf, shelf, shelf), question))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("房租多少钱一个月", "48,500.00"),
        ("租金多少钱一月", "48,500.00"),
        ("预付款比例是多少", "30%"),
        ("预付款的比例", "30%"),
        ("how often should the shaft seal be replaced", "every 4,000 operating hours"),
        ("冷却液多久更换一次", "每运行2000小时"),
    ],
)
def test_what_asks_is_no_word_of_the_answer(question: str, words: str) -> None:
    done = told(question, LEASE, PUMP)
    assert done.status == "answered"
    assert words in done.answer


@pytest.mark.parametrize("question", ["租金多少钱一天", "房租多少钱一年", "冷却液的比例是多少"])
def test_another_period_and_another_share_are_not_told(question: str) -> None:
    done = told(question, LEASE, PUMP)
    assert done.status == "not_found", done.answer


def test_square_metres_are_no_sum() -> None:
    done = told("what is the rent", OFFICE, LEASE)
    assert "6,250.00" in done.answer
    assert "236.50" not in done.answer


def test_what_a_line_of_an_invoice_costs_is_not_its_total() -> None:
    text = (
        "INVOICE\n\nInvoice No: NW-2025-0042\nDate: 14 May 2025\nFrom: Northwind Ltd\n\n"
        "Printer paper A4: USD 168.00\nToner TN-247 black: USD 428.28\n\nTotal: USD 596.28\n"
    )
    done = told("how much does the toner cost", text)
    assert "428.28" in done.answer
    assert "596.28" not in done.answer


def test_a_share_is_no_price() -> None:
    text = "Master Agreement\n\n1. Interest\nInterest at 4% above the base rate is payable.\n"
    assert told("单价是多少", text).status == "not_found"


def entry(key: str, value: str, x: float, y: float) -> Pair:
    return Pair(
        key=key,
        value=value,
        page=1,
        key_box=Box(x, 0.2, x + 0.1, 0.22),
        value_box=Box(x, y, x + 0.1, y + 0.02),
    )


def test_entries_below_one_head_are_cells_of_rows() -> None:
    pairs = [
        Pair(key="有效期", value="30天", page=1, key_box=Box(0.1, 0.1, 0.2, 0.12)),
        entry("品名", "升降桌", 0.1, 0.3),
        entry("品名", "办公椅", 0.1, 0.34),
        entry("单价", "1,380.00", 0.5, 0.301),
        entry("单价", "560.00", 0.5, 0.341),
        entry("规格", "HX-88", 0.3, 0.34),
        entry("规格", "", 0.3, 0.3),
    ]
    assert rows_of(pairs) == {3: "升降桌", 4: "办公椅"}
    assert rows_of([]) == {}


def test_what_two_parties_have_beside_each_other_is_no_column() -> None:
    pairs = [
        entry("账号", "6222000011112222", 0.1, 0.3),
        entry("账号", "6217000033334444", 0.6, 0.3),
        entry("电话", "0571-88880001", 0.1, 0.34),
        entry("电话", "021-66660002", 0.6, 0.34),
    ]
    assert rows_of(pairs) == {}


@pytest.mark.parametrize(
    ("question", "words", "never"),
    [
        ("升降桌的单价是多少", "1,380.00", "560.00"),
        ("办公椅的单价是多少", "560.00", "1,380.00"),
        ("报价的有效期多久", "30天", "560"),
    ],
)
def test_of_a_list_read_as_entries_the_row_is_told(question: str, words: str, never: str) -> None:
    offer = paper("d", "报价单.txt", "报价单\n\n有效期：30天\n升降桌 1,380.00\n办公椅 560.00\n")
    reading = offer.files[0].readings[0]
    pairs = (
        *reading.pairs,
        entry("品名", "升降桌", 0.1, 0.3),
        entry("品名", "办公椅", 0.1, 0.34),
        entry("单价", "1,380.00", 0.5, 0.3),
        entry("单价", "560.00", 0.5, 0.34),
    )
    file = offer.files[0].model_copy(
        update={"readings": (reading.model_copy(update={"pairs": pairs}),)}
    )
    shelf = Shelf(replace(offer, files=(file,)))
    done = asyncio.run(answer_of(Asker(shelf, shelf, shelf), question))
    assert words in done.answer
    assert never not in done.answer


def test_when_rent_is_due_is_not_when_the_lease_ends() -> None:
    done = told("when is the rent due", LEASE, OFFICE)
    assert "2028" not in done.answer
    assert "first day of each month" in done.answer
    assert "4%" not in done.answer
