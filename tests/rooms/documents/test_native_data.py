"""Structured data of XML, OFD and PDF to candidates and items."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuepi.documents.accept import accept
from yuepi.documents.pages import render
from yuepi.documents.readers.native_data import NativeReading, read_native

ROOT = Path(__file__).resolve().parents[3]
REAL_DOCS = Path(os.environ.get("YUEPI_REAL_DOCS", ROOT.parent / "shared" / "data"))
MANIFEST = REAL_DOCS / "manifest.jsonl"

DIGITAL = """<?xml version="1.0" encoding="UTF-8"?>
<EInvoice><Header><EIid>26117000000000000001</EIid><Version>0.31</Version><InherentLabel>
<InIssuType><LabelCode>Y</LabelCode><LabelName>蓝字</LabelName></InIssuType>
<GeneralOrSpecialVAT><LabelCode>02</LabelCode><LabelName>{label}</LabelName></GeneralOrSpecialVAT>
</InherentLabel></Header><EInvoiceData>
<SellerInformation><SellerIdNum>91110000 00000000X1</SellerIdNum>
<SellerName>示例出行服务有限公司</SellerName><SellerAddr/></SellerInformation>
<BuyerInformation><BuyerIdNum>91440300MA5EXAMPL3</BuyerIdNum>
<BuyerName>示例采购有限公司</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>1100</TotalAmWithoutTax><TotalTaxAm>143.0</TotalTaxAm>
<TotalTax-includedAmount>1,243.00</TotalTax-includedAmount>
<TotalTax-includedAmountInChinese>壹仟贰佰肆拾叁圆整</TotalTax-includedAmountInChinese>
<RequestTime>2026-03-01 23:59:59</RequestTime><Drawer>某人</Drawer></BasicInformation>
<IssuItemInformation><ItemName>*文具*签字笔</ItemName><SpecMod>0.5</SpecMod><MeaUnits>盒</MeaUnits>
<Quantity>10</Quantity><UnPrice>100.0000</UnPrice><Amount>1000</Amount><TaxRate>0.130000</TaxRate>
<ComTaxAm>130.00</ComTaxAm><TotaltaxIncludedAmount>1130.00</TotaltaxIncludedAmount>
</IssuItemInformation>
<IssuItemInformation><ItemName>*文具*纸</ItemName><Amount>100.00</Amount><TaxRate>13%</TaxRate>
<ComTaxAm>13.00</ComTaxAm></IssuItemInformation>
<AdditionalInformation><Remark>无</Remark></AdditionalInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>26117000000000000001</InvoiceNumber>
<IssueTime>2026-03-02</IssueTime><TaxBureauName>某税务局</TaxBureauName></TaxSupervisionInfo>
</EInvoice>"""

RAIL = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<xbrl xmlns="http://www.xbrl.org/2003/instance" xmlns:rai="urn:rai">
<rai:TypeOfVoucher>电子发票（铁路电子客票）</rai:TypeOfVoucher>
<rai:ElectronicInvoiceRailwayETicketNumber>26117000000000000002
</rai:ElectronicInvoiceRailwayETicketNumber>
<rai:DateOfIssue>2026-01-05</rai:DateOfIssue><rai:TravelDate>2026-01-03</rai:TravelDate>
<rai:DepartureTime>08:05</rai:DepartureTime><rai:TrainNumber>G0000</rai:TrainNumber>
<rai:DepartureStation>甲市</rai:DepartureStation><rai:DestinationStation>乙市</rai:DestinationStation>
<rai:Carriage>07车</rai:Carriage><rai:Seat>11A号</rai:Seat><rai:Name>某某</rai:Name>
<rai:Fare decimals="2">91.00</rai:Fare>
<rai:TotalAmountExcludingTax>83.49</rai:TotalAmountExcludingTax>
<rai:TaxAmount>7.51</rai:TaxAmount><rai:NameOfPurchaser>示例采购有限公司</rai:NameOfPurchaser>
<rai:UnifiedSocialCreditCodeOfPurchaser>91440300MA5EXAMPL3</rai:UnifiedSocialCreditCodeOfPurchaser>
</xbrl>"""


def read(xml: str) -> NativeReading:
    return read_native(render(accept("e.xml", xml.encode())).data)


def values(reading: NativeReading) -> dict[str, str]:
    names = [candidate.name for candidate in reading.candidates]
    assert len(names) == len(set(names)), "two values for one field"
    assert {candidate.source for candidate in reading.candidates} == {"native"}
    return {candidate.name: candidate.value for candidate in reading.candidates}


@pytest.mark.parametrize(
    ("label", "title"),
    [
        ("普通发票", "电子发票（普通发票）"),
        ("增值税专用发票", "电子发票（增值税专用发票）"),
    ],
)
def test_a_digital_invoice(label: str, title: str) -> None:
    reading = read(DIGITAL.format(label=label))
    assert reading.kind == "digital_invoice"
    assert values(reading) == {
        "type": title,
        "title": title,
        "number": "26117000000000000001",
        "date": "2026-03-02",
        "seller_name": "示例出行服务有限公司",
        "seller_tax_id": "9111000000000000X1",
        "buyer_name": "示例采购有限公司",
        "buyer_tax_id": "91440300MA5EXAMPL3",
        "amount": "1100.00",
        "tax": "143.00",
        "total": "1243.00",
        "total_cn": "壹仟贰佰肆拾叁圆整",
        "currency": "CNY",
    }
    first, second = reading.items
    assert first.model_dump() == {
        "name": "*文具*签字笔",
        "model": "0.5",
        "unit": "盒",
        "quantity": "10",
        "price": "100.0000",
        "amount": "1000.00",
        "rate": "13%",
        "tax": "130.00",
    }
    assert (second.name, second.rate, second.quantity) == ("*文具*纸", "13%", None)


def test_a_digital_invoice_in_gbk() -> None:
    xml = DIGITAL.format(label="普通发票").replace("UTF-8", "GBK").encode("gbk")
    reading = read_native(render(accept("e.xml", xml)).data)
    assert values(reading)["buyer_name"] == "示例采购有限公司"


def test_a_red_invoice_keeps_its_sign() -> None:
    xml = DIGITAL.format(label="普通发票").replace(">1,243.00<", ">-1243.00<")
    assert values(read(xml))["total"] == "-1243.00"


def test_exempt_tax_stays_as_printed() -> None:
    xml = DIGITAL.format(label="普通发票").replace(">143.0<", ">***<").replace("13%", "免税")
    reading = read(xml)
    assert values(reading)["tax"] == "***"
    assert reading.items[1].rate == "免税"


def test_differing_numbers_are_both_given() -> None:
    xml = DIGITAL.format(label="普通发票").replace(
        "<EIid>26117000000000000001", "<EIid>26117000000000000009"
    )
    numbers = {c.value for c in read(xml).candidates if c.name == "number"}
    assert numbers == {"26117000000000000001", "26117000000000000009"}


def test_a_rail_ticket() -> None:
    reading = read(RAIL)
    assert reading.kind == "rail_e_ticket"
    assert values(reading) == {
        "type": "电子发票（铁路电子客票）",
        "title": "电子发票（铁路电子客票）",
        "number": "26117000000000000002",
        "date": "2026-01-05",
        "departure": "2026-01-03T08:05",
        "train": "G0000",
        "from": "甲市",
        "to": "乙市",
        "seat": "07车11A号",
        "passenger": "某某",
        "total": "91.00",
        "amount": "83.49",
        "tax": "7.51",
        "buyer_name": "示例采购有限公司",
        "buyer_tax_id": "91440300MA5EXAMPL3",
        "currency": "CNY",
    }


def tags(*values: tuple[str, str]) -> dict[str, Any]:
    return {"sources": [{"origin": "custom_tags", "root": "root", "values": [*map(list, values)]}]}


def test_items_in_columns_are_taken_row_by_row_only_where_rows_match() -> None:
    reading = read_native(
        tags(
            ("InvoiceNo", "26117000000000000003"),
            ("Item", "甲"),
            ("Item", "乙"),
            ("Amount", "10.00"),
            ("Amount", "20.00"),
            ("Quantity", "3"),
        )
    )
    assert [(i.name, i.amount, i.quantity) for i in reading.items] == [
        ("甲", "10.00", None),
        ("乙", "20.00", None),
    ]


@pytest.mark.parametrize(
    ("code", "kind", "title"),
    [
        ("050001700111", "vat_e_invoice", "增值税电子普通发票"),
        ("050001700112", "vat_e_invoice", "增值税电子普通发票"),
        ("050001700113", "vat_special_invoice", "增值税电子专用发票"),
    ],
)
def test_the_code_tells_older_kinds_apart(code: str, kind: str, title: str) -> None:
    reading = read_native(tags(("InvoiceCode", code), ("InvoiceNo", "12345678")))
    assert reading.kind == kind
    assert values(reading)["type"] == title


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2020年10月10日", "2020-10-10"),
        ("2020年 1月 2日", "2020-01-02"),
        ("20201010", "2020-10-10"),
        ("20201010151120", "2020-10-10"),
        ("2020-10-10T15:11:20", "2020-10-10"),
        ("2020/1/9", "2020-01-09"),
        ("2020-02-30", None),
        ("soon", None),
    ],
)
def test_dates(text: str, date: str | None) -> None:
    reading = read_native(tags(("InvoiceNo", "12345678"), ("IssueDate", text)))
    assert values(reading).get("date") == date


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("318", "318.00"),
        ("¥1,318.5", "1318.50"),
        ("-0.01", "-0.01"),
        ("318.000", "318.00"),
        ("318.001", None),
        ("1e5", None),
        ("NaN", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_amounts_are_exact_or_absent(text: str, amount: str | None) -> None:
    reading = read_native(tags(("InvoiceNo", "12345678"), ("TaxInclusiveTotalAmount", text)))
    assert values(reading).get("total") == amount


def test_other_data_is_no_invoice() -> None:
    assert read_native(None).kind is None
    assert read_native({"sources": []}).kind is None
    assert read_native(tags(("Title", "a book"))) == NativeReading(None, (), ())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=8))
def test_any_values_are_read_without_failing(pairs: list[tuple[str, str]]) -> None:
    read_native(tags(*pairs))
    read_native(tags(*((f"GoodsInfo[1]/{name}", text) for name, text in pairs)))


def real_ofds() -> list[dict[str, Any]]:
    if not MANIFEST.is_file():
        return []
    rows = (json.loads(line) for line in MANIFEST.read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row["kind"] == "cn_invoice_ofd"]


@pytest.mark.real
@pytest.mark.skipif(not MANIFEST.is_file(), reason="YUEPI_REAL_DOCS is absent")
@pytest.mark.parametrize("row", real_ofds(), ids=lambda row: Path(row["file"]).name)
def test_real_ofd_invoices(row: dict[str, Any]) -> None:
    path = REAL_DOCS / row["file"]
    reading = read_native(render(accept(path.name, path.read_bytes())).data)
    truth = dict(row["truth"])
    assert reading.kind == truth.pop("doc_type")
    items = truth.pop("items")
    assert len(reading.items) == truth.pop("n_items")
    assert [item.name for item in reading.items] == items
    found = values(reading)
    assert {name: found.get(name) for name in truth} == truth
