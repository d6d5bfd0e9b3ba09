"""The samples say what they claim to say, and a seed means the same every time."""

from __future__ import annotations

import hashlib
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import cn2an
import ofdkit
import pypdfium2
import pytest
import zxingcpp
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resources.size import tries
from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.lab.samples import DRAWERS, Company, Sample, collage, make, ofd, photo, picture, xml
from yuepi.lab.samples.faces import SYSTEM, embedded, faces_on_hand
from yuepi.lab.samples.figures import check_character, crc16, in_words, trimmed
from yuepi.lab.samples.words import TRADES

ON = date(2026, 11, 21)
LINED = ("vat_e_invoice", "vat_invoice", "vat_special_invoice", "digital_invoice")
CODED = (*LINED, "rail_e_ticket")
seeds = st.integers(0, 10**6)


def page_text(sample: Sample) -> str:
    """The PDF's text layer without any spaces."""
    document: Any = pypdfium2.PdfDocument(sample.pdf)
    try:
        return "".join(document[0].get_textpage().get_text_bounded().split())
    finally:
        document.close()


def known_check(code: str) -> bool:
    return check_character(code[:17]) == code[17]


@pytest.mark.parametrize("kind", DRAWERS)
def test_a_seed_means_the_same_every_time(kind: str) -> None:
    first, second = make(kind, 5, ON), make(kind, 5, ON)
    assert first.truth == second.truth
    assert first.items == second.items
    assert first.pdf == second.pdf
    assert make(kind, 6, ON).pdf != first.pdf


def test_a_seeded_photo_is_the_same_byte_for_byte() -> None:
    sample = make("taxi_invoice", 3, ON)
    shots = [photo(sample, 7, "medium", 700) for _ in range(2)]
    assert len({hashlib.sha256(each.tobytes()).hexdigest() for each in shots}) == 1
    assert photo(sample, 8, "medium", 700).tobytes() != shots[0].tobytes()


@pytest.mark.parametrize("kind", DRAWERS)
def test_the_text_layer_holds_the_truth(kind: str) -> None:
    for seed in range(4):
        sample = make(kind, seed, ON)
        text = page_text(sample)
        spoken = {"type", "date", "currency", "departure", "address", "check_code"}
        # Printed in another way than a reading holds it, or over several lines.
        spoken |= {"birth", "expiry", "valid_from", "valid_to", "capital", "established", "term"}
        spoken |= {"scope"}
        spoken |= {"check_in", "check_out", "sizes", "choices", "latex", "topic", "seal"}
        spoken |= {"application", "ticket_number"}
        spoken |= {"rows_count", "columns_count"}
        spoken |= {"term_start", "term_end", "signed_a", "signed_b"}
        for name in sample.truth.keys() - spoken:
            value = sample.truth[name]
            plain = "".join(value.split()).replace(",", "")
            assert plain in text.replace(",", ""), (name, value)
        for item in sample.items:
            # A journey is named by its two ends.
            for part in item["name"].split(" → "):
                assert part.replace(" ", "") in text
            assert item.get("amount", "") in text.replace(",", "")


@settings(deadline=None, max_examples=tries(40, usual=15))
@given(seed=seeds, kind=st.sampled_from(LINED))
def test_lines_and_sums_agree(seed: int, kind: str) -> None:
    sample = make(kind, seed, ON)
    truth = sample.truth
    tax = Decimal(0) if truth["tax"] == "***" else Decimal(truth["tax"])
    assert Decimal(truth["amount"]) + tax == Decimal(truth["total"])
    assert 1 <= len(sample.items) <= 5
    assert sum(Decimal(item["amount"]) for item in sample.items) == Decimal(truth["amount"])
    for item in sample.items:
        amount = Decimal(item["amount"])
        if item["rate"] == "免税":
            assert item["tax"] == "***"
        else:
            rate = Decimal(item["rate"].rstrip("%")) / 100
            assert abs(amount * rate - Decimal(item["tax"])) <= Decimal("0.011")
        if "price" in item:
            product = Decimal(item["price"]) * Decimal(item["quantity"])
            assert abs(product - amount) <= Decimal("0.01")


@settings(deadline=None, max_examples=tries(30, usual=12))
@given(seed=seeds, cents=st.integers(100, 10**7), kind=st.sampled_from(LINED))
def test_a_wished_total_is_met(seed: int, cents: int, kind: str) -> None:
    total = Decimal(cents) / 100
    assert Decimal(make(kind, seed, ON, total=total).truth["total"]) == total


@settings(deadline=None, max_examples=tries(40, usual=15))
@given(
    seed=seeds,
    kind=st.sampled_from(sorted(DRAWERS)),
    on=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
)
def test_dates_lie_in_the_sixty_days_before(seed: int, kind: str, on: date) -> None:
    truth = make(kind, seed, on).truth
    if "date" in truth:
        assert timedelta(days=1) <= on - date.fromisoformat(truth["date"]) <= timedelta(days=60)
    if "departure" in truth:
        assert truth["departure"][:10] <= truth.get("date", on.isoformat())


@settings(deadline=None, max_examples=tries(40, usual=15))
@given(seed=seeds, kind=st.sampled_from(CODED))
def test_numbers_have_their_shapes(seed: int, kind: str) -> None:
    sample = make(kind, seed, ON)
    truth = sample.truth
    lengths = {"vat_e_invoice": (12, 8), "vat_invoice": (12, 8), "vat_special_invoice": (10, 8)}
    expected = lengths.get(kind, (0, 20))
    assert (len(truth.get("code", "")), len(truth["number"])) == expected
    for party in ("buyer", "seller"):
        if f"{party}_tax_id" in truth:
            assert known_check(truth[f"{party}_tax_id"])
    if kind == "vat_e_invoice":
        assert truth["code"].endswith("12" if "通行费" in sample.items[0]["name"] else "11")


@pytest.mark.parametrize("kind", CODED)
def test_the_qr_code_reads_back_with_a_right_crc(kind: str) -> None:
    sample = make(kind, 11, ON)
    texts = [code.text for code in zxingcpp.read_barcodes(picture(sample, 150))]
    assert texts == list(sample.codes)
    head, crc = texts[0].rstrip(",").rsplit(",", 1)
    assert f"{crc16(f'{head},'.encode()):04X}" == crc
    fields = head.split(",")
    assert fields[3] == sample.truth["number"]
    assert fields[4] in {sample.truth["total"], sample.truth.get("amount")}
    assert fields[5] == sample.truth["date"].replace("-", "")


def test_crc_and_check_character_match_published_examples() -> None:
    # CRC-16/BUYPASS of the standard check string; a public code that must end in 3.
    assert crc16(b"123456789") == 0xFEE8
    assert check_character("91350100M000100Y4") == "3"


@settings(deadline=None, max_examples=tries(400, usual=150))
@given(cents=st.integers(1, 10**11))
def test_amounts_in_words_agree_with_an_independent_writer(cents: int) -> None:
    amount = Decimal(cents) / 100
    # After 角 the 整 may stand or not.
    ours = in_words(amount, "元").replace("角整", "角")
    assert ours == cn2an.an2cn(f"{amount:.2f}", "rmb").replace("角整", "角")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("325.04", "叁佰贰拾伍圆零肆分"),
        ("10000", "壹万圆整"),
        ("10500.50", "壹万零伍佰圆伍角整"),
        ("100000001", "壹亿零壹圆整"),
        ("0.05", "伍分"),
    ],
)
def test_amounts_in_words(amount: str, words: str) -> None:
    assert in_words(Decimal(amount)) == words


def test_prices_are_trimmed_but_keep_two_decimals() -> None:
    assert [trimmed(Decimal(p)) for p in ("5", "5.10", "0.33330000")] == ["5.00", "5.10", "0.3333"]


@pytest.mark.parametrize("kind", ["vat_e_invoice", "digital_invoice"])
def test_the_ofd_opens_and_says_the_same(kind: str) -> None:
    for seed in range(5):
        sample = make(kind, seed, ON)
        data = ofd(sample)
        assert data == ofd(sample)
        with ofdkit.OFDDocument(io.BytesIO(data)) as document:
            invoice = document.invoice()
            text = "".join(document.text().split())
        assert invoice.invoice_number == sample.truth["number"]
        assert invoice.issue_date == sample.truth["date"]
        assert invoice.total_amount == sample.truth["total"]
        assert invoice.buyer.name == sample.truth["buyer_name"]
        assert invoice.seller.tax_id == sample.truth["seller_tax_id"]
        assert [item.name for item in invoice.items] == [item["name"] for item in sample.items]
        assert [item.amount for item in invoice.items] == [i["amount"] for i in sample.items]
        assert sample.truth["total_cn"] in text


def test_the_xml_says_the_same() -> None:
    sample = make("digital_invoice", 4, ON)
    root = fromstring(xml(sample))
    assert root.tag == "EInvoice"
    assert root.findtext("TaxSupervisionInfo/InvoiceNumber") == sample.truth["number"]
    basic = "EInvoiceData/BasicInformation/TotalTax-includedAmount"
    assert root.findtext(basic) == sample.truth["total"]
    names = [e.findtext("ItemName") for e in root.findall("EInvoiceData/IssuItemInformation")]
    assert names == [item["name"] for item in sample.items]


def test_originals_exist_only_for_what_is_issued_so() -> None:
    paper = make("vat_invoice", 1, ON)
    with pytest.raises(BadUsage):
        xml(paper)
    with pytest.raises(BadUsage):
        ofd(paper)
    with pytest.raises(BadUsage):
        make("driving_licence", 1, ON)


def test_wishes_are_kept() -> None:
    buyer = Company("杭州纸鸢测试有限公司", "91330108MA2XQ7TN5D")
    sample = make("vat_e_invoice", 1, ON, buyer=buyer, number="00000001", toll=True)
    assert sample.truth["buyer_name"] == buyer.name
    assert sample.truth["number"] == "00000001"
    assert "*经营租赁*通行费" in page_text(sample)
    assert buyer.name in page_text(sample)


def test_special_invoices_go_to_companies_and_are_taxed() -> None:
    for seed in range(25):
        truth = make("vat_special_invoice", seed, ON).truth
        assert truth["buyer_tax_id"]
        assert truth["tax"] != "***"


def test_variety_over_seeds() -> None:
    samples = [make("vat_e_invoice", seed, ON, toll=False) for seed in range(70)]
    assert any("buyer_tax_id" not in each.truth for each in samples)
    assert any(each.truth["tax"] == "***" for each in samples)
    assert any(item["amount"].startswith("-") for each in samples for item in each.items)
    assert any(len({item["rate"] for item in each.items}) > 1 for each in samples)
    assert {len(each.items) for each in samples} >= {1, 2, 3, 4, 5}
    assert len(TRADES) >= 5


@pytest.mark.parametrize("name", [name for name in SYSTEM if name in faces_on_hand(True)])
def test_system_faces_draw_where_they_are_installed(name: str) -> None:
    sample = make("digital_invoice", 2, ON, face=name)
    assert sample.truth["seller_name"] in page_text(sample)


def test_a_face_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(Unavailable):
        embedded("song", "\U0001f600")
    with pytest.raises(Unavailable):
        embedded("nosuchface", "a")


def test_a_collage_tells_where_each_paper_lies() -> None:
    samples = [make("taxi_invoice", seed, ON) for seed in range(5)]
    shot, boxes = collage([picture(each, 60) for each in samples], 1, "light", 3)
    assert shot.ndim == 3
    assert len(boxes) == 5
    for i, box in enumerate(boxes):
        assert 0 <= box.x0 < box.x1 <= 1
        assert 0 <= box.y0 < box.y1 <= 1
        # Paper is bright where its box says it lies.
        x, y = box.centre
        assert shot[int(y * shot.shape[0]), int(x * shot.shape[1])].mean() > 60
        assert all(box.shared(other) < 0.02 * box.area for other in boxes[i + 1 :])
