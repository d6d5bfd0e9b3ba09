"""Contracts: what is read of them, on however many pages, and what is left unsaid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.views import native
from yuepi.documents.accept import accept
from yuepi.documents.contract_checks import same_amount
from yuepi.documents.kinds.contract import KIND
from yuepi.documents.layout.contract_dates import contract_dates
from yuepi.documents.layout.view import View
from yuepi.documents.page_reading import PageEvidence, read_pages
from yuepi.documents.pages import render
from yuepi.documents.parsing.plain_text import parse
from yuepi.documents.reading import Reading
from yuepi.kit.boxes import Box
from yuepi.kit.money import amount_words
from yuepi.lab.samples import make
from yuepi.sight.sighting import Line, Seal, Sighting

ON = date(2024, 6, 1)

SALE = """采 购 合 同

合同编号：HTCG-2024-118号
甲方（买方）：青山市云帆科技有限公司
乙方（卖方）：白水市远图商贸有限公司

根据《中华人民共和国民法典》，甲乙双方经友好协商，订立本合同，共同遵守。

第一条 合同标的
乙方向甲方供应服务器四台。
第二条 合同金额
合同总价为人民币（大写）：叁拾伍万捌仟元整（小写：￥358,000.00元）。其中预付款为人民币107,400元。
第三条 交货地点：青山市高新区一号仓库
第四条 付款
乙方开具发票后九十日内付清。本合同签订后甲方支付合同总价的30%作为预付款。
第五条 违约责任
乙方逾期交货的，每逾期一日应按合同总价的千分之五支付违约金。
第六条 有效期
本合同有效期自二〇二四年三月一日起至二〇二五年二月二十八日止。
"""
SIGNED = """甲方（盖章）：                         乙方（盖章）：
法定代表人：                           法定代表人：
日期：2024年2月26日                    日期：2024年2月26日
"""
LEASE = """LEASE AGREEMENT

THIS LEASE AGREEMENT is made and entered into as of this 5th day of March, 2024, by and between
Oakfield Estates, Inc. (hereinafter the "Landlord") and Bluewater Trading Co., Ltd. (the "Tenant").

WHEREAS the Landlord owns the premises; NOW, THEREFORE, the parties hereto agree as follows:

1. Term
The term of this Agreement shall commence on April 1, 2024 and expire on March 31, 2026.
2. Rent
The total rent for the term amounts to US$ 480,000 (Four Hundred and Eighty Thousand US Dollars).
3. Renewal
This Agreement shall be automatically renewed for successive periods of one year.
4. Governing Law
This Agreement is governed by the laws of the State of New York.
"""


def pages_of(*texts: str) -> list[PageEvidence]:
    """Each text as pages of its own, numbered on."""
    pages: list[PageEvidence] = []
    for text in texts:
        for frame in parse(text.encode()):
            lines = tuple(
                Line(line["text"], Box(*line["box"]), 1.0, tuple(line["stops"]))
                for line in frame.header.get("lines", [])
            )
            if lines:
                pages.append(PageEvidence(len(pages) + 1, lines, None, True))
    return pages


def read(*texts: str) -> Reading:
    (reading,) = read_pages(pages_of(*texts))
    assert reading.kind == "contract"
    return reading


def said(reading: Reading) -> dict[str, str]:
    return {name: field.value for name, field in reading.fields.items() if field.value}


def test_a_sale_over_two_pages() -> None:
    reading = read(SALE, SIGNED)
    assert said(reading) == {
        "title": "采购合同",
        "number": "HTCG-2024-118号",
        "party_a": "青山市云帆科技有限公司",
        "party_b": "白水市远图商贸有限公司",
        "amount": "358000.00",
        "amount_words": "叁拾伍万捌仟元整",
        "currency": "CNY",
        "place": "青山市高新区一号仓库",
        "date": "2024-02-26",
        "term_start": "2024-03-01",
        "term_end": "2025-02-28",
        "signed_a": "unknown",
        "signed_b": "unknown",
    }
    assert reading.fields["date"].evidence[0].page == 2
    assert "words" in reading.fields["amount"].sources
    topics = [clause.topic for clause in reading.clauses]
    assert topics == ["advance_payment", "advance_payment", "penalty"]
    assert [f.code for f in reading.findings if f.code.startswith("contract")] == []


def test_a_lease_in_prose() -> None:
    reading = read(LEASE)
    assert said(reading) == {
        "title": "LEASE AGREEMENT",
        "party_a": "Oakfield Estates, Inc.",
        "party_b": "Bluewater Trading Co., Ltd.",
        "amount": "480000.00",
        "amount_words": "Four Hundred and Eighty Thousand",
        "currency": "USD",
        "date": "2024-03-05",
        "term_start": "2024-04-01",
        "term_end": "2026-03-31",
    }
    assert {clause.topic for clause in reading.clauses} == {"auto_renewal", "jurisdiction_abroad"}


@pytest.mark.parametrize(
    "heading",
    [
        "Employment Agreement",
        "Lease of Business Premises",
        "Supply Agreement: fibre cables",
        "Service Agreement for website redesign",
    ],
)
def test_an_agreement_in_plain_words_is_known_by_its_heading_and_parties(heading: str) -> None:
    text = f"{heading}\nAgreement No.: PO-2024-19\nDate: 14 March 2024\n"
    text += "Client: Bluewater Trading Co., Ltd.\nProvider: Oakfield Print Works Ltd\n\n"
    found = said(read(text + "1. Price\nThe price is USD 143,500.00.\n"))
    assert found["title"] == heading
    assert (found["party_a"], found["party_b"]) == (
        "Bluewater Trading Co., Ltd.",
        "Oakfield Print Works Ltd",
    )
    assert found["date"] == "2024-03-14"


@pytest.mark.parametrize(
    "clause",
    [
        "乙方应在付款前提供合法有效的增值税专用发票。",
        "乙方须开具税率为6%的\n增值税专用发票。",
        "乙方须在每月五日以前开具税率为6%的\n增值税专用发票\n，否则甲方有权顺延付款。",
        "付款凭增值税普通发票办理，增值税电子普通发票亦可。",
        "甲方收到增值税专用发票后三十日内付清。",
    ],
)
def test_a_contract_that_wants_an_invoice_is_none(clause: str) -> None:
    assert (
        said(read(SALE.replace("第四条 付款\n", f"第四条 付款\n{clause}\n")))["title"] == "采购合同"
    )


def test_every_value_stands_where_it_says() -> None:
    reading = read(SALE, SIGNED)
    for field in reading.fields.values():
        for evidence in field.evidence:
            assert evidence.box is not None
            assert 0 <= evidence.box.x0 < evidence.box.x1 <= 1


def test_an_amount_that_differs_from_its_words_is_an_error() -> None:
    reading = read(SALE.replace("358,000.00", "385,000.00"))
    found = [each for each in reading.findings if each.code == "contract_amount_differs"]
    assert [each.severity for each in found] == ["error"]
    assert found[0].fields == ("amount", "amount_words")
    assert "words" not in reading.fields["amount"].sources


def test_two_whole_prices_are_a_conflict() -> None:
    twice = SALE.replace(
        "第六条 有效期", "第六条 结算\n合同总金额为人民币368,000.00元。\n第七条 有效期"
    )
    amount = read(twice).fields["amount"]
    assert amount.status == "conflict"
    assert {amount.value, *amount.others} == {"358000.00", "368000.00"}


def test_an_empty_label_takes_no_value_from_beside_it() -> None:
    text = SALE.replace(
        "甲方（买方）：青山市云帆科技有限公司\n乙方（卖方）：白水市远图商贸有限公司",
        "甲方：                      乙方：白水市远图商贸有限公司",
    )
    reading = read(text)
    assert reading.value("party_a") is None
    assert reading.value("party_b") == "白水市远图商贸有限公司"


def test_blanks_are_missing_and_shown() -> None:
    text = SALE.replace("HTCG-2024-118号", "________").replace(
        "青山市云帆科技有限公司", "_________"
    )
    reading = read(text)
    assert reading.value("number") is None
    assert reading.value("party_a") is None
    blanks = [clause.quote for clause in reading.clauses if clause.topic == "blank"]
    assert blanks[0] == "合同编号：________"


def test_a_second_contract_in_the_same_file_is_another_reading() -> None:
    other = SALE.replace("青山市云帆科技有限公司", "红岩市晨星电子有限公司").replace(
        "118号", "119号"
    )
    readings = read_pages(pages_of(SALE, SIGNED, other, SIGNED))
    assert [(each.kind, each.value("party_a")) for each in readings] == [
        ("contract", "青山市云帆科技有限公司"),
        ("contract", "红岩市晨星电子有限公司"),
    ]


def signing(seals: tuple[Seal, ...] | None, strokes: tuple[Box, ...]) -> Reading:
    first, last = pages_of(SALE, SIGNED)
    seen = Sighting(1000, 1400, last.native, seals=seals, strokes=strokes)
    scanned = PageEvidence(2, (), seen, False)
    (reading,) = read_pages([first, scanned])
    return reading


def test_a_seal_or_a_signature_is_seen_on_its_side() -> None:
    seal = Seal(Box(0.1, 0.03, 0.25, 0.13), 0.98)
    pen = Box(0.55, 0.07, 0.65, 0.09)
    reading = signing((seal,), (pen,))
    assert (reading.value("signed_a"), reading.value("signed_b")) == ("yes", "yes")
    assert reading.fields["signed_a"].status == "single"
    reading = signing((seal,), ())
    assert (reading.value("signed_a"), reading.value("signed_b")) == ("yes", "no")
    assert "contract_unsigned" in {each.code for each in reading.findings}
    assert [c.quote for c in reading.clauses if c.topic == "no_seal"] == ["乙方（盖章）："]


def test_without_colour_nobody_says_no() -> None:
    reading = signing(None, ())
    assert (reading.value("signed_a"), reading.value("signed_b")) == ("unknown", "unknown")
    assert "contract_unsigned" not in {each.code for each in reading.findings}


@pytest.mark.parametrize(
    "text",
    [
        "关于规范合同管理的通知\n各部门：\n请按合同管理办法签订合同，甲方乙方应盖章。\n办公室",
        "发票号码：12345678\n甲方：某某公司\n乙方：某某公司\n本合同 双方 违约责任 争议",
        "LEASE PRICES RISE\nThe agreement between the city and the owners was signed on Monday.",
        "会议纪要\n双方协商一致，争议由仲裁解决。",
    ],
)
def test_papers_that_only_speak_of_contracts(text: str) -> None:
    (page,) = pages_of(text + "\n" + "其他内容" * 3)
    assert KIND.likeness(View(1, "native", page.native)) < 0.5


@pytest.mark.parametrize("seed", range(6))
def test_generated_contracts(seed: int) -> None:
    sample = make("contract", seed, ON)
    parsed = render(accept("a.pdf", sample.pdf))
    assert len(parsed.pages) == int(sample.further["pages"])
    pages = [PageEvidence(page.number, page.lines, None, True) for page in parsed.pages]
    (reading,) = read_pages(pages)
    truth = {k: v for k, v in sample.truth.items() if k not in ("signed_a", "signed_b")}
    found = {k: v for k, v in said(reading).items() if k not in ("signed_a", "signed_b")}
    assert found == truth
    assert {clause.topic for clause in reading.clauses} == set(sample.further["topics"].split())
    assert len(reading.summary) in (0, *range(3, 8))


@pytest.mark.parametrize("kind", ["digital_invoice", "receipt", "notice", "menu", "taxi_invoice"])
def test_other_samples_are_no_contracts(kind: str) -> None:
    assert KIND.likeness(native(make(kind, 1, ON))) < 0.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("二〇二四年十二月三十一日", "2024-12-31"),
        ("二零二四年二月十日", "2024-02-10"),
        ("2024 年 3 月 1 日", "2024-03-01"),
        ("this 15th day of March, 2024", "2024-03-15"),
        ("March 15, 2024", "2024-03-15"),
    ],
)
def test_dates_as_contracts_write_them(text: str, value: str) -> None:
    assert [each.value for each in contract_dates(text)] == [value]


@given(st.integers(1, 99_999_999), st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_is_never_supported_by_the_words(number: int, at: int, by: int) -> None:
    digits = str(number)
    place = at % len(digits)
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    words = amount_words(Decimal(number))
    assert same_amount(f"{number}.00", words)
    assert not same_amount(f"{int(wrong)}.00", words)


def test_words_that_only_a_model_gives_confirm_no_amount() -> None:
    reading = read(SALE)
    alone = {"sources": ("layout",), "status": "single"}
    amount = reading.fields["amount"].model_copy(update=alone)
    for update in ({"sources": ("model",), "status": "single"}, {"status": "conflict"}):
        words = reading.fields["amount_words"].model_copy(update=update)
        fields = {**reading.fields, "amount": amount, "amount_words": words}
        assert KIND.finish(reading.model_copy(update={"fields": fields})).fields["amount"] == amount
