"""Turns of phrase that say no word of the answer, and figures that are no sums."""

from __future__ import annotations

import asyncio

import pytest

from tests.resources.asked_shelf import Shelf, answer_of, paper
from tests.rooms.library.test_ask_aside import OFFICE
from yuepi.library.asking.asked import Done
from yuepi.library.asking.asker import Asker

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


def test_when_rent_is_due_is_not_when_the_lease_ends() -> None:
    done = told("when is the rent due", LEASE, OFFICE)
    assert "2028" not in done.answer
    assert "first day of each month" in done.answer
