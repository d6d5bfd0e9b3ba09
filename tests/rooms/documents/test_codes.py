"""What codes on a page say, and that hostile texts say nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.checksums import qr_crc
from yuepi.documents.readers.codes import CODES_MAX, TEXT_LENGTH_MAX, CodeReading, read_codes
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Code

BOX = Box(0.1, 0.1, 0.2, 0.2)
CHECK = "12345678901234567890"
DIGITAL = "25312000000123456789"


def read(text: str) -> CodeReading:
    (reading,) = read_codes(2, (Code(text, "QRCode", BOX),))
    return reading


def values(reading: CodeReading) -> dict[str, str]:
    return {each.name: each.value for each in reading.candidates}


def summed(head: str) -> str:
    return head + "," + qr_crc(head + ",")


def test_electronic_invoice() -> None:
    reading = read(summed(f"01,10,011001800211,73642815,286.79,20190313,{CHECK}"))
    assert reading.kind == "vat_e_invoice"
    assert values(reading) == {
        "code": "011001800211", "number": "73642815", "date": "2019-03-13", "check_code": CHECK,
    }  # fmt: skip
    assert reading.amount_or_total == "286.79"
    assert reading.crc_ok is True
    evidence = reading.candidates[0].evidence
    assert (evidence.page, evidence.box, evidence.source) == (2, BOX, "codes")
    assert reading.is_invoice


def test_special_invoice_carries_the_amount_before_tax() -> None:
    reading = read("01,01,1100184130,73642815,1000.5,20190313,,0000,")
    assert reading.kind == "vat_special_invoice"
    assert values(reading) == {
        "code": "1100184130", "number": "73642815", "date": "2019-03-13", "amount": "1000.50",
    }  # fmt: skip
    assert reading.amount_or_total is None
    assert reading.crc_ok is False


@pytest.mark.parametrize("kind", ["31", "32"])
def test_digital_invoice_carries_the_total(kind: str) -> None:
    reading = read(summed(f"01,{kind},,{DIGITAL},5000.00,20250601,"))
    assert reading.kind == "digital_invoice"
    assert values(reading) == {"number": DIGITAL, "date": "2025-06-01", "total": "5000.00"}
    assert reading.crc_ok is True


def test_rail_ticket() -> None:
    reading = read(f"01,51,,{DIGITAL},553.00,20250601,")
    assert reading.kind == "rail_e_ticket"
    assert values(reading) == {"number": DIGITAL, "date": "2025-06-01"}
    assert reading.amount_or_total == "553.00"
    assert reading.crc_ok is None


@pytest.mark.parametrize("kind", ["11", "14", "20", "99"])
def test_unsettled_kinds_still_give_their_numbers(kind: str) -> None:
    reading = read(summed(f"01,{kind},011001800211,73642815,-286.79,20190313,{CHECK}"))
    assert reading.kind is None
    assert reading.value("number") == "73642815"
    assert reading.amount_or_total == "-286.79"


@pytest.mark.parametrize(
    "text",
    [
        "01,10,01100180021,73642815,286.79,20190313,,ABCD",
        "01,10,011001800211,7364281,286.79,20190313,,ABCD",
        "01,10,011001800211,73642815,286.7A,20190313,,ABCD",
        "01,10,011001800211,73642815,1e5,20190313,,ABCD",
        "01,10,011001800211,73642815,０.79,20190313,,ABCD",
        "01,10,011001800211,73642815,007.00,20190313,,ABCD",
        "01,10,011001800211,73642815,286.79,20190231,,ABCD",
        "01,10,011001800211,73642815,286.79,19000101,,ABCD",
        "01,10,,73642815,286.79,20190313,,ABCD",
        "01,10,011001800211,25312000000123456789,286.79,20190313,,ABCD",
        "01,10,,25312000000123456789,286.79,20190313,,ABCD",
        "01,32,011001800211,73642815,286.79,20190313,,ABCD",
        "01,10,011001800211,73642815,286.79,20190313,,ABCD,more",
        "02,10,011001800211,73642815,286.79,20190313,,ABCD",
        "01,10,011001800211,73642815",
        "01,10,０11001800211,73642815,286.79,20190313,,ABCD",
        "https://example.com/pay?fpdm=011001800211",
        "https://example.com/pay?fpdm=011001800211&fphm=73642815&fphm=73642816",
        "https://example.com/pay?fpdm=011001800211&fphm=73642815&kprq=20190231",
        "https://example.com/pay?fpdm=011001800211&fphm=73642815&kjje=ten",
        "https://[::1/?fpdm=011001800211&fphm=73642815",
        "https://example.com/?" + "&".join(f"a{n}=1" for n in range(60)),
        "javascript:?fpdm=011001800211&fphm=73642815",
        "WIFI:S:guest;P:guest;;",
        "",
    ],
)
def test_other_texts_are_kept_and_say_nothing(text: str) -> None:
    reading = read(text)
    assert reading == CodeReading(reading.evidence)
    assert reading.text == text
    assert not reading.is_invoice


def test_address() -> None:
    reading = read(
        "https://tax.example.cn/c?FPDM=144031900111&fphm=01234567&kprq=2019-03-13&kjje=52.00&x=1"
    )
    assert reading.kind is None
    assert values(reading) == {"code": "144031900111", "number": "01234567", "date": "2019-03-13"}
    assert reading.amount_or_total == "52.00"
    assert reading.crc_ok is None


def test_address_with_its_query_behind_the_hash() -> None:
    reading = read(f"http://tax.example.cn/#/c?fphm={DIGITAL}")
    assert values(reading) == {"number": DIGITAL}


def test_huge_and_unprintable_texts_are_cut_and_cleaned() -> None:
    reading = read("A" * 10_000_000)
    assert len(reading.text) == TEXT_LENGTH_MAX
    reading = read("01,10\x00\x1b[31m\ud800\u202e")
    assert reading.text.isprintable() or "\ufffd" in reading.text
    assert "\x1b" not in reading.text
    assert "\u202e" not in reading.text
    assert reading.text.encode()
    assert not read("01,10,011001800211,73642815,1.00,20190313,,\n,").is_invoice
    assert len(read_codes(1, (Code("x", "QRCode", BOX),) * 1000)) == CODES_MAX


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    read(text)
    read("https://" + text)
    read(f"01,10,011001800211,73642815,{text}")


@given(st.text("0123456789,.-ABCD", max_size=90))
def test_what_is_read_has_its_shape(text: str) -> None:
    reading = read("01," + text)
    for each in reading.candidates:
        assert each.value
        if each.name in ("code", "number", "check_code"):
            assert each.value.isdecimal()
