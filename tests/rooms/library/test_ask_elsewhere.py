"""Questions whose names, years and figures stand in a paper, but not where it answers: what is
quoted would be about another firm, another year, another case."""

from __future__ import annotations

import asyncio

import pytest

from tests.resources.asked_shelf import Shelf, answer_of, paper
from yuepi.library.asking.asked import Done
from yuepi.library.asking.asker import Asker

LEASE = """房 屋 租 赁 合 同

合同编号：ZL-2021-077
出租方：青山市云帆物业有限公司
承租方：白水市海天商贸有限公司
签订日期：2021年5月20日

第一条 房屋
房屋位于青山市高新区一号楼。该楼由远图建设有限公司承建，2018年竣工。
房屋内有空调，型号为KT-2030，电梯由A公司保养。
第二条 租金
月租金为人民币18,000.00元，于每月五日前支付。
第三条 押金
押金为人民币36,000.00元。
第四条 违约
逾期支付租金超过15天的，按欠款的1%支付违约金。
逾期支付租金超过30天的，按欠款的5%支付违约金。
第五条 装修
装修由北斗装饰有限公司负责，须在2025年完成验收后方可进场。
第六条 维修
房屋的维修由出租方负责，承租方应当及时通知。
第七条 转租
未经出租方书面同意，承租方不得转租。
第八条 争议
争议由房屋所在地人民法院管辖。

出租方（盖章）：            承租方（盖章）：
二〇二一年五月二十日
"""
YEARS = """SERVICE AGREEMENT

Agreement No: SV-2022-310
Date: 2022-11-30
Client: Northwind Foods Ltd
Contractor: Keel Cleaning Ltd

1. Services
The Contractor cleans the offices of the Client on working days.
2. Service fee
The service fee for 2023 is USD 41,000.00.
The service fee for 2024 is USD 43,500.00.
3. Notice
Either party may end this agreement by giving sixty days written notice.
4. Staff
The Contractor sends trained staff only and replaces them on request.
5. Keys
Keys are handed over against a receipt and given back at the end.
6. Law
This agreement is governed by the laws of England.
"""
TENANTS = """写字楼合租协议

协议编号：HZ-2023-041
签订日期：2023年2月1日
出租方：青山市云帆物业有限公司
承租方：海天商贸有限公司、晨星科技有限公司

第一条 租金
海天商贸有限公司的月租金为人民币12,000.00元。
晨星科技有限公司的月租金为人民币19,500.00元。
第二条 押金
各承租方各交三个月租金作为押金。
"""
NOTES = """房屋租赁情况

序号  承租方  年份  月租金
1  海天公司  2023  12,000.00
2  晨星公司  2024  19,500.00
3  北斗公司  2024  21,750.00
"""
QUOTATION = """QUOTATION

Keel Cleaning Ltd
Quotation No: Q-2022-118
Date: 2022-03-15
To: Borealis Media GmbH

Description  Qty  Unit Price  Amount
Display panel TX-2031  40  5,000.00  200,000.00

Total: USD 200,000.00
"""


def told(question: str, *texts: str) -> Done:
    shelf = Shelf(*(paper(f"p{at}", f"paper{at}.pdf", text) for at, text in enumerate(texts)))
    return asyncio.run(answer_of(Asker(shelf, shelf, shelf), question))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # A firm and a year that only stand somewhere in the paper.
        ("远图公司的月租金是多少", LEASE),
        ("北斗的房屋租赁合同月租金是多少", LEASE),
        ("2025年的月租金是多少", LEASE),
        ("月租金是多少 2018年 海天公司", LEASE),
        ("月租金是多少 2021年 远图公司", LEASE),
        ("A公司的月租金是多少", LEASE),
        ("B公司的月租金是多少", LEASE),
        # A year within the number of a model.
        ("2030年的月租金是多少", LEASE),
        ("quotations over 100,000 from 2031", QUOTATION),
        # A figure that only another clause has.
        ("逾期支付租金超过60天的违约金是多少", LEASE),
        ("What is the service fee for 2026?", YEARS),
        # A row about another firm.
        ("2023年晨星公司的月租金是多少", NOTES),
    ],
)
def test_what_stands_elsewhere_answers_nothing(question: str, text: str) -> None:
    assert told(question, text).status == "not_found", told(question, text).answer


@pytest.mark.parametrize(
    ("question", "text", "words", "never"),
    [
        ("逾期支付租金超过30天的违约金是多少", LEASE, "5%", "1%"),
        ("逾期支付租金超过15天的违约金是多少", LEASE, "1%", "5%"),
        ("What is the service fee for 2024?", YEARS, "43,500.00", "41,000.00"),
        ("What is the service fee for 2023?", YEARS, "41,000.00", "43,500.00"),
        ("晨星科技的月租金是多少", TENANTS, "19,500.00", "12,000.00"),
        ("海天商贸的月租金是多少", TENANTS, "12,000.00", "19,500.00"),
        ("晨星公司的月租金是多少", NOTES, "19,500.00", "12,000.00"),
        # What the paper says of itself still says which one is meant.
        ("2021年海天的租赁合同的月租金是多少", LEASE, "18,000.00", "36,000.00"),
        ("青山市云帆物业的押金是多少", LEASE, "36,000.00", "18,000.00"),
        ("service fee of Northwind Foods for 2024", YEARS, "43,500.00", "41,000.00"),
    ],
)
def test_what_it_is_about_is_told(question: str, text: str, words: str, never: str) -> None:
    done = told(question, text)
    assert words in done.answer
    assert never not in done.answer
