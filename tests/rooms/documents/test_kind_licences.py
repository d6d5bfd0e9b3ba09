"""Business licences and bank cards."""

from __future__ import annotations

from datetime import date

import pytest

from tests.resources.views import native, placed, values
from yuepi.documents.classify import classify
from yuepi.documents.kinds import bank_card, business_licence
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.lab.samples import make
from yuepi.lab.samples.licences import luhn_digit
from yuepi.sight.sighting import Code

ON = date(2026, 11, 21)
CODE = "91330106MA2AAAAA15"
LICENCE = (
    (0.40, 0.08, "营业执照"),
    (0.05, 0.14, "统一社会信用代码"),
    (0.05, 0.17, CODE),
    (0.05, 0.30, "名 称"),
    (0.14, 0.30, "杭州云帆信息技术有限公司"),
    (0.55, 0.30, "注册资本 壹佰万元整"),
    (0.05, 0.36, "类 型 有限责任公司（自然人独资）"),
    (0.55, 0.36, "成立日期 2015年03月02日"),
    (0.05, 0.42, "法定代表人 张三"),
    (0.55, 0.42, "营业期限 2015年03月02日至长期"),
    (0.05, 0.48, "经营范围 技术服务、技术开发；"),
    (0.15, 0.52, "软件开发。"),
    (0.55, 0.48, "住 所 杭州市西湖区文一西路969号"),
    (0.64, 0.52, "3幢1504室"),
    (0.60, 0.80, "登记机关"),
)
NUMBER = "922202123456789"
CARD_NUMBER = NUMBER + luhn_digit(NUMBER)
GROUPED = " ".join(CARD_NUMBER[at : at + 4] for at in range(0, 16, 4))


def test_a_licence() -> None:
    shown = placed(*LICENCE)
    assert business_licence.KIND.likeness(shown) > 0.9
    assert values(business_licence.KIND.read(shown)) == {
        "credit_code": CODE,
        "name": "杭州云帆信息技术有限公司",
        "type": "有限责任公司（自然人独资）",
        "legal_person": "张三",
        "capital": "1000000.00",
        "established": "2015-03-02",
        "term": "2015-03-02/长期",
        "address": "杭州市西湖区文一西路969号3幢1504室",
        "scope": "技术服务、技术开发；软件开发",
    }


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("壹佰万元整", "1000000.00"),
        ("人民币伍仟万元整", "50000000.00"),
        ("500万元人民币", "5000000.00"),
        ("500.500000万人民币", "5005000.00"),
        ("1,000,000元", "1000000.00"),
        ("100万美元", "100万美元"),
    ],
)
def test_capital_as_it_is_printed(printed: str, value: str) -> None:
    rows = [(x, y, text) for x, y, text in LICENCE if "注册资本" not in text]
    shown = placed(*rows, (0.55, 0.30, f"注册资本 {printed}"))
    assert values(business_licence.KIND.read(shown))["capital"] == value


def test_letters_that_no_credit_code_holds_are_digits() -> None:
    rows = [(x, y, text.replace(CODE, CODE.replace("1", "I"))) for x, y, text in LICENCE]
    assert values(business_licence.KIND.read(placed(*rows)))["credit_code"] == CODE


def test_a_wrong_code_is_told() -> None:
    wrong = CODE.replace("AAAAA", "AAAAB")
    rows = [(x, y, text.replace(CODE, wrong)) for x, y, text in LICENCE]
    draft = business_licence.KIND.read(placed(*rows))
    assert values(draft)["credit_code"] == wrong
    assert [each.code for each in draft.findings] == ["bad_credit_code"]


def test_where_the_qr_code_leads_is_told() -> None:
    link = f"https://licence.example.cn/notice?id={CODE}"
    shown = placed(*LICENCE)
    code = Code(text=link, format="QRCode", box=Box(0.8, 0.1, 0.9, 0.2))
    coded = View(1, "layout", shown.lines, shown.aspect, (code,))
    draft = business_licence.KIND.read(coded)
    assert [each.code for each in draft.findings] == ["qr_link"]
    assert link in draft.findings[0].message
    sources = {each.source for each in draft.candidates if each.name == "credit_code"}
    assert sources == {"layout", "codes"}


@pytest.mark.parametrize(
    "rows",
    [
        (
            "合同",
            "甲方 名称 某公司",
            "统一社会信用代码 1",
            "法定代表人 张三",
            "住所 某处",
            "营业执照",
        ),
        ("营业执照已遗失", "名称 某公司"),
        ("发票代码 1", "名称 某公司", "营业执照"),
    ],
)
def test_what_is_no_licence(rows: tuple[str, ...]) -> None:
    shown = placed(*((0.1, 0.05 + at * 0.06, row) for at, row in enumerate(rows)))
    assert business_licence.KIND.likeness(shown) < 0.5


CARD = (
    (0.06, 0.10, "云帆银行"),
    (0.70, 0.10, "借记卡"),
    (0.08, 0.50, GROUPED),
    (0.30, 0.60, "VALID THRU"),
    (0.45, 0.60, "12/29"),
    (0.08, 0.75, "ZHANG SAN"),
)


def test_a_bank_card() -> None:
    shown = placed(*CARD)
    assert bank_card.KIND.likeness(shown) > 0.9
    draft = bank_card.KIND.read(shown)
    assert values(draft) == {
        "card_number": CARD_NUMBER,
        "bank": "云帆银行",
        "holder": "ZHANG SAN",
        "expiry": "2029-12",
    }
    assert draft.findings == ()


def test_a_card_number_with_a_wrong_digit_is_told() -> None:
    wrong = GROUPED[:-1] + ("1" if GROUPED[-1] != "1" else "2")
    rows = [(x, y, text.replace(GROUPED, wrong)) for x, y, text in CARD]
    draft = bank_card.KIND.read(placed(*rows))
    assert [each.code for each in draft.findings] == ["card_number_wrong"]


@pytest.mark.parametrize(
    "rows",
    [
        ("云帆银行", "消费 12.00", GROUPED),
        ("签购单", "银联", GROUPED, "交易时间 2026-01-01"),
        ("联系我们", GROUPED),
        ("云帆银行", "开户行 云帆银行", GROUPED),
        ("银行", "4200001234202403051234567890"),
    ],
)
def test_what_is_no_card(rows: tuple[str, ...]) -> None:
    shown = placed(*((0.1, 0.05 + at * 0.06, row) for at, row in enumerate(rows)))
    assert bank_card.KIND.likeness(shown) < 0.5


@pytest.mark.parametrize("kind", ["business_licence", "bank_card"])
@pytest.mark.parametrize("seed", range(5))
def test_samples_are_read_whole(kind: str, seed: int) -> None:
    sample = make(kind, seed, ON)
    found, likeness = classify(native(sample))
    assert (found.name, likeness > 0.8) == (kind, True)
    assert values(found.read(native(sample))) == sample.truth
