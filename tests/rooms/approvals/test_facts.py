"""What is noticed about a claim: totals, buyers, duplicates, consecutive numbers, doubts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from yuepi.approvals.claim import PastInvoice, parse_company
from yuepi.approvals.facts import facts
from yuepi.approvals.vague import is_vague
from yuepi.approvals.vouchers import VOUCHERS
from yuepi.documents.kinds import known_kinds
from yuepi.kit.errors import BadUsage

Make = SimpleNamespace


def gather(make: Make, *files: object, history: tuple[PastInvoice, ...] = ()):  # type: ignore[no-untyped-def]
    return facts(files, make.company, history, make.on, None)  # type: ignore[arg-type]


def test_clean_invoice_is_clean(make: Make) -> None:
    found = gather(make, make.file("a.pdf", make.reading()))
    assert found.claim.clean == "yes"
    assert found.claim.total_amount == Decimal("300.00")
    assert found.documents[0].age_days == 7
    assert found.documents[0].evidence["total"][0].value == "300.00"


def test_total_counts_what_settles_once(make: Make) -> None:
    found = gather(
        make,
        make.file("a.pdf", make.reading(total="0.10")),
        make.file("a again.jpg", make.reading(total="0.10")),
        make.file("b.pdf", make.reading(number="24332000000099999901", total="0.20")),
        make.file("slip.jpg", make.reading("receipt", number=None, total="5.00")),
        make.file("pay.png", make.reading("payment_screenshot", total="99.00")),
        make.file("menu.jpg", make.reading("other", total=make.field("77.00"))),
    )
    assert found.claim.total_amount == Decimal("5.30")
    assert found.claim.duplicates == 1
    assert found.claim.not_invoices == 2
    assert found.claim.valid_invoices == "no"


@pytest.mark.parametrize("text", [None, "12.3.4", "1e3", "NaN", "1.001", "9" * 30])
def test_a_total_that_is_none_is_not_known(make: Make, text: str | None) -> None:
    found = gather(make, make.file("a.pdf", make.reading(total=text)))
    assert found.claim.total_known == "no"
    assert found.claim.clean == "no"


@pytest.mark.parametrize(
    ("days", "fact", "value"),
    [
        (90, "age_days", 90),
        (-1, "future", "yes"),
        (0, "future", "no"),
        (163, "cross_year", "no"),
        (164, "cross_year", "yes"),
        (4, "weekend", "yes"),
        (5, "weekend", "no"),
    ],
)
def test_days(make: Make, days: int, fact: str, value: object) -> None:
    day = (make.on - timedelta(days=days)).isoformat()
    found = gather(make, make.file("a.pdf", make.reading(date=day)))
    assert getattr(found.documents[0], fact) == value


@pytest.mark.parametrize("text", [None, "2024-02-30", "2024年1月1日", "24-01-01"])
def test_a_day_that_is_none_is_not_known(make: Make, text: str | None) -> None:
    document = gather(make, make.file("a.pdf", make.reading(date=text))).documents[0]
    assert (document.date_known, document.future, document.age_days) == ("no", "unknown", 0)


def test_buyer_names_are_compared_by_meaning(make: Make) -> None:
    company = parse_company('name = "阅批（杭州）科技有限公司"\ntax_id = "91330100MA2ABCDE1R"')
    reading = make.reading(buyer_name="阅批(杭州) 科技有限公司")
    found = facts([make.file("a.pdf", reading)], company, [], make.on)
    assert found.documents[0].buyer_is_ours == "yes"


@pytest.mark.parametrize(
    ("name", "name_status", "tax_id", "tax_status", "expected"),
    [
        ("杭州阅批科技有限公司", "single", "91330100MA2ABCDE1R", "single", "yes"),
        ("杭州阅批料技有限公司", "single", "91330100MA2ABCDE1R", "confirmed", "unknown"),
        ("杭州阅批料技有限公司", "confirmed", "91330100MA2ABCDE1R", "confirmed", "no"),
        ("上海他人贸易商行", "single", "91330100MA2ABCDE1R", "confirmed", "no"),
        ("杭州阅批科技有限公司", "confirmed", "91330100MA2ABCDE17", "single", "unknown"),
        ("杭州阅批科技有限公司", "confirmed", "91330100MA2ABCDE17", "confirmed", "no"),
        ("杭州阅批科技有限公司", "conflict", "91330100MA2ABCDE1R", "confirmed", "unknown"),
        (None, "missing", "91330100MA2ABCDE1R", "confirmed", "unknown"),
        ("杭州阅批科技有限公司", "confirmed", None, "missing", "unknown"),
    ],
)
def test_buyer(
    make: Make,
    name: str | None,
    name_status: str,
    tax_id: str | None,
    tax_status: str,
    expected: str,
) -> None:
    reading = make.reading(
        buyer_name=make.field(name, name_status), buyer_tax_id=make.field(tax_id, tax_status)
    )
    assert gather(make, make.file("a.pdf", reading)).documents[0].buyer_is_ours == expected


def test_taxi_names_no_buyer(make: Make) -> None:
    taxi = make.reading("taxi_invoice", code="133011970001", number="12345678")
    assert gather(make, make.file("t.jpg", taxi)).documents[0].buyer_is_ours == "none"


def test_without_a_company_no_buyer_is_known(make: Make) -> None:
    found = facts([make.file("a.pdf", make.reading())], None, [], make.on)
    assert found.claim.company_known == "no"
    assert found.documents[0].buyer_is_ours == "unknown"
    assert found.claim.clean == "no"


OLD = {"code": "033001900111", "number": "12345678"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {}, "same_number"),
        ({"number": "24332000000012345601"}, {"number": "2433 2000 0000 1234 5601"}, "same_number"),
        ({}, {"number": "24332000000012345699"}, "no"),
        (OLD, OLD, "same_number"),
        (OLD, {**OLD, "code": "033001900211"}, "no"),
        (OLD, {**OLD, "code": None}, "same_details"),
        (OLD, {**OLD, "code": None, "total": "300.01"}, "no"),
        ({"number": None}, {"number": None}, "same_details"),
        ({"number": None}, {"number": None, "seller_tax_id": "9133"}, "no"),
        ({"number": None, "time": "12:01"}, {"number": None, "time": "19:30"}, "no"),
    ],
)
def test_duplicates_in_claim_and_history(
    make: Make, one: dict[str, str], other: dict[str, str], expected: str
) -> None:
    first, second = make.reading("vat_invoice", **one), make.reading("vat_invoice", **other)
    found = gather(make, make.file("a.jpg", first), make.file("b.jpg", second))
    assert found.documents[0].duplicate_in_claim == "no"
    assert found.documents[1].duplicate_in_claim == expected
    if expected != "no":
        proofs = found.documents[1].evidence["duplicate_in_claim"]
        assert {proof.file for proof in proofs} == {"a.jpg", "b.jpg"}
    if "time" not in one:
        past = PastInvoice(
            number=first.value("number"),
            code=first.value("code"),
            date=first.value("date"),
            total=Decimal("300.00"),
            seller_tax_id=first.value("seller_tax_id"),
            claim="C1",
        )
        later = gather(make, make.file("b.jpg", second), history=(past,))
        assert later.documents[0].duplicate_in_history == expected


def test_same_bytes_are_the_same_invoice(make: Make) -> None:
    one = make.file("a.jpg", make.reading(number=None), sha256="x")
    other = make.file("a.jpg", make.reading(number=None, total=None), sha256="x")
    assert gather(make, one, other).documents[1].duplicate_in_claim == "same_file"
    past = PastInvoice(sha256="x")
    assert gather(make, one, history=(past,)).documents[0].duplicate_in_history == "same_file"


def test_another_original_of_one_invoice_is_harmless(make: Make) -> None:
    found = gather(make, make.file("a.pdf", make.reading()), make.file("a.xml", make.reading()))
    assert found.documents[1].duplicate_in_claim == "other_format"
    assert found.claim.total_amount == 300
    assert found.claim.clean == "yes"
    photo = gather(make, make.file("a.pdf", make.reading()), make.file("a.jpg", make.reading()))
    assert photo.documents[1].duplicate_in_claim == "same_number"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "yes"),
        ({"number": "24332000000012345603"}, "no"),
        ({"seller_tax_id": "91330106MA2BBBBB1D"}, "no"),
        ({"seller_tax_id": None, "seller_name": None}, "yes"),
        ({"seller_tax_id": None}, "yes"),
        ({"number": "2433200000001234560"}, "no"),
        ({"number": "A" * 20}, "no"),
    ],
)
def test_consecutive_numbers(make: Make, change: dict[str, str | None], expected: str) -> None:
    second = make.reading(**{"number": "24332000000012345602", **change})
    found = gather(make, make.file("a.pdf", make.reading()), make.file("b.pdf", second))
    assert [each.consecutive_in_claim for each in found.documents] == [expected] * 2
    assert found.claim.consecutive_numbers == expected
    past = PastInvoice(
        number="24332000000012345601",
        seller_tax_id="91330106MA2AAAAA15",
        seller_name="甲餐饮有限公司",
    )
    later = gather(make, make.file("b.pdf", second), history=(past,))
    assert later.claim.consecutive_numbers == expected


def test_consecutive_numbers_need_one_code(make: Make) -> None:
    def taxi(code: str | None, number: str) -> object:
        return make.reading("taxi_invoice", code=code, number=number, seller_tax_id=None)

    one = make.file("1.jpg", taxi("133011970001", "00000099"))
    assert (
        gather(make, one, make.file("2.jpg", taxi("133011970001", "00000100")))
    ).claim.consecutive_numbers == "yes"
    assert (
        gather(make, one, make.file("2.jpg", taxi("133011970002", "00000100")))
    ).claim.consecutive_numbers == "no"


@pytest.mark.parametrize("status", ["single", "conflict", "missing"])
@pytest.mark.parametrize("name", ["number", "date", "total", "buyer_tax_id"])
def test_decisive_fields_need_confirmation(make: Make, name: str, status: str) -> None:
    value = make.reading().value(name) if status != "missing" else None
    document = gather(
        make, make.file("a.pdf", make.reading(**{name: make.field(value, status)}))
    ).documents[0]
    assert name in document.unsure_fields.split(", ")
    assert document.evidence["unsure"][0].field == name


def test_a_doubtful_kind_is_unsure(make: Make) -> None:
    found = gather(make, make.file("a.pdf", make.reading(kind_confidence=0.6)))
    assert found.documents[0].unsure_fields == "kind"
    assert found.claim.valid_invoices == "no"


def test_damaged_and_empty_files_are_unreadable(make: Make) -> None:
    damaged = {"code": "damaged", "message": "cut off", "remedy": "send it again"}
    found = gather(make, make.file("a.pdf", make.reading(), error=damaged), make.file("b.pdf"))
    assert found.claim.unreadable_files == 2
    proofs = found.claim.evidence["unreadable_files"]
    assert [proof.value for proof in proofs] == ["cut off", "nothing was read"]


def test_foreign_money_is_not_added_to_yuan(make: Make) -> None:
    found = gather(
        make,
        make.file("a.pdf", make.reading()),
        make.file("b.pdf", make.reading("invoice", number="7", currency="MYR")),
    )
    assert found.claim.total_amount == 300
    assert found.claim.foreign == 1


def test_many_invoices_of_one_seller_on_one_day(make: Make) -> None:
    numbers = ("24332000000012345601", "24332000000012345701", "24332000000012345801")
    found = gather(make, *(make.file(n, make.reading(number=n)) for n in numbers))
    assert found.claim.same_seller_same_day == 3
    assert len(found.claim.evidence["same_seller_same_day"]) == 3


@pytest.mark.parametrize(
    ("name", "vague"),
    [
        ("*纸制品*办公用品", True),
        ("礼品一批", True),
        ("食品（详见销货清单）", True),
        ("办 公 用 品", True),
        ("*餐饮服务*餐费", False),
        ("*计算机*笔记本电脑", False),
        (None, False),
        ("", False),
    ],
)
def test_vague_names(name: str | None, vague: bool) -> None:
    assert is_vague(name) is vague


def test_no_files_make_facts_too(make: Make) -> None:
    found = gather(make)
    assert found.claim.total_known == "no"
    assert found.claim.valid_invoices == "no"


@pytest.mark.parametrize("kind", known_kinds(), ids=lambda kind: kind.name)
def test_terms_agree_with_the_kinds_of_documents(kind: object) -> None:
    terms = VOUCHERS.get(kind.name)  # type: ignore[attr-defined]
    assert (terms is not None and terms.is_invoice) == kind.is_invoice  # type: ignore[attr-defined]
    if terms and terms.counts:
        assert set(kind.decisive) <= set(terms.decisive)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("name = ", "toml"),
        ('name = "甲"', "toml"),
        ('name = "甲"\ntax_id = "12"', "toml"),
        ("[" * 100_000, "json"),
        ("[]", "json"),
        ('{"name": "甲", "tax_id": "91330100MA2ABCDE1R", "x": 1}', "json"),
        (" " * 70_000, "toml"),
        ('name = "甲"\ntax_id = "91330100MA2ABCDE17"', "toml"),
        ('name = "甲"\ntax_id = "91330100MA2ABCDE1O"', "toml"),
    ],
)
def test_a_bad_company_file_is_refused(text: str, form: str) -> None:
    with pytest.raises(BadUsage):
        parse_company(text, form)  # type: ignore[arg-type]


def test_a_mistyped_tax_id_is_told_with_the_expected_form() -> None:
    with pytest.raises(BadUsage, match=r"tax_id: the check character of .*统一社会信用代码"):
        parse_company('name = "甲"\ntax_id = "91330100MA2ABCDE17"')
    old = parse_company('name = "甲"\ntax_id = "330100123456789"')
    assert old.tax_id == "330100123456789"


def test_a_till_receipt_of_an_earlier_claim_is_found_by_its_details(make: Make) -> None:
    receipt = make.reading("receipt", number=None, time="12:30")
    past = PastInvoice(
        date=receipt.value("date"), time="12:30", total=Decimal("300.00"),
        seller_tax_id=receipt.value("seller_tax_id"),
    )  # fmt: skip
    found = gather(make, make.file("r.jpg", receipt), history=(past,))
    assert found.documents[0].duplicate_in_history == "same_details"
