"""What a sentence only says aside: the rent in a clause on late payment, the warranty in one on
what comes after it, the signing in "the contract signed with". None of it is told or asked."""

from __future__ import annotations

import asyncio

import pytest

from tests.resources.asked_shelf import Shelf, answer_of, paper
from yuepi.library.asking.asked import Done
from yuepi.library.asking.asker import Asker
from yuepi.library.asking.question import understand

LEASE = """房屋租赁合同

出租方（甲方）：上海望江置业有限公司
承租方（乙方）：杭州云杉科技有限公司
签订日期：2025年3月18日

第二条 租赁期限
租赁期限自2025年4月1日起至2028年3月31日止，共三年。
第三条 租金及支付方式
租金为每月人民币48,500.00元，按季度支付，乙方应于每季度首月5日前支付当季租金。
乙方逾期支付租金的，每逾期一日，应按逾期金额的0.5‰向甲方支付违约金。
第五条 续租
租赁期满，乙方如需续租，应提前三个月书面通知甲方，同等条件下乙方享有优先承租权。
"""
PURCHASE = """设备采购合同

买方（甲方）：杭州云杉科技有限公司
卖方（乙方）：宁波海天设备制造有限公司
签订日期：2025年6月9日

第二条 总价
本合同总价为人民币323,500.00元，含13%增值税。
第三条 交货
乙方应于2025年8月15日前将货物运至甲方杭州工厂，运费由乙方承担。
第四条 付款
合同签订后十日内甲方支付30%预付款，验收合格后支付65%，其余5%作为质保金，质保期满后支付。
第五条 质保
质保期为验收合格之日起二十四个月。
"""
OFFICE = """OFFICE LEASE AGREEMENT

Landlord: Riverside Properties Ltd
Tenant: Yunshan Technology Co., Ltd
Signed on 3 February 2025

2. Term
The term is five years from 1 March 2025.
3. Rent
The rent is GBP 6,250.00 per month, payable in advance on the first day of each month.
If any rent is more than ten days late, the tenant shall pay interest at 4% per year on that sum.
"""


def told(question: str, *texts: str) -> Done:
    named = {f"{'copy of ' * (len(texts) - at)}it.txt": text for at, text in enumerate(texts)}
    papers = [paper(f"d{at}", name, text) for at, (name, text) in enumerate(named.items())]
    shelf = Shelf(*papers)
    return asyncio.run(answer_of(Asker(shelf, shelf, shelf), question))


@pytest.mark.parametrize(
    ("question", "words", "never"),
    [
        ("租金是多少", "48,500.00", "0.5‰"),
        ("每月租金多少钱", "48,500.00", "0.5‰"),
        ("逾期支付租金的违约金是多少", "0.5‰", "48,500.00"),
        ("租期多久", "三年", "三个月"),
        ("what is the rent", "6,250.00", "4%"),
        ("质保期多久", "二十四个月", "十日"),
    ],
)
def test_what_stands_in_a_condition_is_not_told(question: str, words: str, never: str) -> None:
    done = told(question, OFFICE if question.isascii() else LEASE, PURCHASE)
    assert words in done.answer
    assert never not in done.answer


def test_rent_and_what_its_delay_costs_in_one_sentence_are_told() -> None:
    text = "房屋租赁合同\n\n第一条 租金\n租金为每月5,000元，逾期支付租金的，按日加收0.1%。\n"
    assert "5,000" in told("租金是多少", text).answer


@pytest.mark.parametrize(
    ("question", "words", "never"),
    [
        ("和海天签的合同总价是多少", "323,500.00", "48,500"),
        ("和海天签的合同质保期多久", "二十四个月", "十日"),
        ("和海天签的合同什么时候交货", "2025年8月15日", "6月9日"),
        ("和望江置业签的合同租金是多少", "48,500.00", "0.5‰"),
        ("跟海天设备签订的合同总价是多少", "323,500.00", "48,500"),
        ("与云杉签的租赁合同租金多少", "48,500.00", "323,500"),
        ("how much is the rent in the contract signed with Riverside", "6,250.00", "4%"),
        ("what is the rent of the lease we signed with Riverside", "6,250.00", "4%"),
    ],
)
def test_a_contract_is_named_by_who_signed_it(question: str, words: str, never: str) -> None:
    done = told(question, LEASE, PURCHASE, OFFICE)
    assert words in done.answer, done.answer
    assert never not in done.answer


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("和海天签的合同总价是多少", False),
        ("和海天签署的合同有哪些", False),
        ("the contract signed with Riverside", False),
        ("什么时候和海天签的合同", True),
        ("谁和海天签的合同", True),
        ("和海天的合同是哪天签的", True),
        ("合同什么时候签的", True),
        ("when was the contract signed with Riverside", True),
        ("who signed the contract with Riverside", True),
    ],
)
def test_signing_counts_where_it_is_asked_for(question: str, asked: bool) -> None:
    words = {"签", "签订", "签署", "sign", "signed"}
    assert bool(words & {term.text for term in understand(question).terms}) is asked


@pytest.mark.parametrize(
    ("question", "clause", "words"),
    [
        ("尾款是多少", "未付尾款为人民币50,000.00元。", "50,000.00"),
        ("保证金返还期限多久", "保证金返还期限为三十天。", "三十天"),
        (
            "what is the rent",
            "Where the tenant is not in default the rent is GBP 6,250.00 per month.",
            "6,250.00",
        ),
    ],
)
def test_what_is_asked_for_is_no_aside(question: str, clause: str, words: str) -> None:
    head = "AGREEMENT" if question.isascii() else "补充协议"
    assert words in told(question, f"{head}\n\n{clause}\n").answer


def test_of_copies_the_one_that_is_called_as_asked_answers() -> None:
    papers = [paper("d0", "海天公司二零二五年报价.txt", PURCHASE), paper("d1", "b.txt", PURCHASE)]
    shelf = Shelf(*papers)
    done = asyncio.run(answer_of(Asker(shelf, shelf, shelf), "海天报价的总价是多少"))
    assert {quote.name for quote in done.quotes} == {"海天公司二零二五年报价.txt"}


def test_copies_answer_once() -> None:
    done = told("质保期多久", PURCHASE, PURCHASE)
    assert [quote.name for quote in done.quotes] == ["copy of it.txt"]
    assert not [note for note in done.notes if note.code == "several_documents"]
