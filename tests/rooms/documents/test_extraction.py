"""A user's own schema: what a property means, and where it is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.extraction import NUMBER, PLACE, TEXT, invoice, known, of, properties, reading
from tests.resources.views import placed
from yuepi.documents.contents import Pair, Table
from yuepi.documents.extraction import BadSchema
from yuepi.documents.reading import Item
from yuepi.kit.boxes import WHOLE


@pytest.mark.parametrize(
    ("name", "more", "value"),
    [
        ("number", {}, "24317000000012345678"),
        ("invoiceNumber", {}, "24317000000012345678"),
        ("invoice_no", {}, "24317000000012345678"),
        ("发票号码", {}, "24317000000012345678"),
        ("x1", {"title": "Invoice No."}, "24317000000012345678"),
        ("x2", {"description": "发票号码，20 位"}, "24317000000012345678"),
        ("x3", {"description": "The seller's name (销售方名称)"}, "杭州某某有限公司"),
        ("vendor", {}, "杭州某某有限公司"),
        ("商家名称", {}, "杭州某某有限公司"),
        ("购买方", {}, "云图科技有限公司"),
        ("customerName", {}, "云图科技有限公司"),
        ("开票日期", {}, "2026-06-12"),
        ("name", {}, None),
        ("colour", {}, None),
    ],
)
def test_properties_mean_fields_by_any_name(name: str, more: dict[str, str], value: Any) -> None:
    found = of(invoice(), schema=properties(**{name: {**TEXT, **more}}))
    assert found.result == {name: value}


def test_a_vague_name_means_what_it_stands_in() -> None:
    party = {"type": "object", "properties": {"name": TEXT, "address": TEXT}}
    found = of(
        invoice(address=known("和平街 1 号")),
        schema=properties(seller=party, buyer=party, driver=party, invoice=party, 销售方=party),
    )
    assert found.result["seller"]["name"] == "杭州某某有限公司"
    assert found.result["buyer"]["name"] == "云图科技有限公司"
    assert found.result["driver"] == {"name": None, "address": None}
    assert found.result["invoice"]["name"] is None
    assert found.fields["/seller/name"].field == "seller_name"
    assert found.fields["/seller/name"].status == "single"


def test_pointers_escape_names() -> None:
    found = of(invoice(), schema=properties(**{"a/b~c": {**TEXT, "title": "number"}}))
    assert found.fields["/a~1b~0c"].status == "confirmed"


def test_a_field_that_the_kind_did_not_find_is_not_searched_elsewhere() -> None:
    view = placed((0.1, 0.1, "销售方税号：9133"))
    found = of(invoice(), schema=properties(seller_tax_id=TEXT), views=[[view]])
    assert found.result == {"seller_tax_id": None}
    assert found.fields["/seller_tax_id"].status == "missing"


def test_conflicts_and_wrong_types_are_null_and_say_what_stands_there() -> None:
    found = of(
        invoice(total=known("27.00", "conflict", others=("21.00",))),
        schema=properties(total=NUMBER, number=NUMBER),
    )
    assert found.result == {"total": None, "number": None}
    assert found.fields["/total"].status == "conflict"
    assert found.fields["/total"].others == ("21.00",)
    assert found.fields["/number"].status == "unfit"
    assert found.fields["/number"].read == "24317000000012345678"
    assert found.fields["/number"].evidence


def test_two_documents_that_differ_are_a_conflict() -> None:
    found = of(invoice(), invoice(total=known("28.00")), schema=properties(total=NUMBER, date=TEXT))
    assert found.result == {"total": None, "date": "2026-06-12"}
    assert found.fields["/total"].status == "conflict"


def test_required_properties_without_a_value_do_not_fit() -> None:
    schema = {**properties(colour=TEXT, total=NUMBER), "required": ["total"]}
    assert of(invoice(), schema=schema).fits
    found = of(invoice(), schema={**schema, "required": ["colour"]})
    assert not found.fits
    assert found.misfit is not None
    assert "colour" in found.misfit


# --- labels, forms, lists ------------------------------------------------------------------


def test_values_stand_beside_their_label() -> None:
    view = placed(
        (0.1, 0.1, "收款人：张三"),
        (0.5, 0.1, "复核"),
        (0.7, 0.1, "李四"),
        (0.1, 0.2, "里程：12.5 电话：0571-88"),
        (0.1, 0.3, "有效期：2026年7月1日"),
    )
    wanted = properties(
        收款人=TEXT,
        reviewer={**TEXT, "title": "复核"},
        mileage={**NUMBER, "description": "里程"},
        电话=TEXT,
        有效期={**TEXT, "format": "date"},
        备注=TEXT,
    )
    found = of(reading("other"), schema=wanted, views=[[view]])
    assert found.result == {
        "收款人": "张三",
        "reviewer": "李四",
        "mileage": 12.5,
        "电话": "0571-88",
        "有效期": "2026-07-01",
        "备注": None,
    }
    field = found.fields["/收款人"]
    assert (field.status, field.sources, field.field) == ("single", ("layout",), None)
    assert field.evidence[0].box is not None
    assert field.evidence[0].box.x0 > 0.1


def test_a_label_twice_with_different_values_is_a_conflict() -> None:
    view = placed((0.1, 0.1, "电话：0571-88"), (0.1, 0.3, "电话：0571-99"))
    found = of(reading("other"), schema=properties(电话=TEXT), views=[[view]])
    assert found.result == {"电话": None}
    assert found.fields["/电话"].status == "conflict"


def test_where_a_latin_value_ends_must_be_plain() -> None:
    view = placed((0.1, 0.1, "Remark: fresh goods Terms: cash"))
    found = of(reading("other"), schema=properties(remark=TEXT, terms=TEXT), views=[[view]])
    assert found.result == {"remark": None, "terms": "cash"}


def test_original_text_beside_a_label_is_confirmed() -> None:
    view = placed((0.1, 0.1, "收款人：张三"), source="native")
    found = of(reading("other"), schema=properties(收款人=TEXT), views=[[view]])
    assert found.fields["/收款人"].status == "confirmed"


def test_entries_of_a_form() -> None:
    pair = Pair(key="Case Type:", value="Asbestos", page=1, key_box=PLACE, value_box=PLACE)
    found = of(reading("other", pairs=(pair,)), schema=properties(caseType=TEXT))
    assert found.result == {"caseType": "Asbestos"}
    assert found.fields["/caseType"].evidence[0].box == PLACE


def _list(**members: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": members}}


def test_lines_of_goods_fill_a_list() -> None:
    items = (
        Item(name="*餐饮服务*餐费", quantity="1", amount="25.47", rate="6%"),
        Item(name="*餐饮服务*茶", quantity="2", amount="10.00", rate="6%"),
    )
    bill = reading(fields={"total": known("37.60")}, items=items)
    found = of(
        bill,
        schema=properties(
            items=_list(品名=TEXT, qty={"type": "integer"}, 金额=NUMBER, tax_rate=TEXT, colour=TEXT)
        ),
    )
    assert found.result["items"] == [
        {"品名": "*餐饮服务*餐费", "qty": 1, "金额": 25.47, "tax_rate": "6%", "colour": None},
        {"品名": "*餐饮服务*茶", "qty": 2, "金额": 10, "tax_rate": "6%", "colour": None},
    ]
    assert found.fields["/items/1/金额"].status == "single"


def test_rows_of_a_table_fill_a_list_by_its_head() -> None:
    table = Table(
        page=1,
        box=WHOLE,
        rows=(
            ("销售明细", "", ""),
            ("产品", "产量（吨）", "备注"),
            ("甲", "1,200", ""),
            ("乙", "约 30", "新"),
        ),
        html="<table></table>",
    )
    view = placed((0.1, 0.1, "甲"), (0.4, 0.1, "1,200"), (0.1, 0.2, "乙"))
    schema = properties(rows=_list(产品=TEXT, output={**NUMBER, "description": "产量"}, 备注=TEXT))
    found = of(reading("other", tables=(table,)), schema=schema, views=[[view]])
    assert found.result["rows"] == [
        {"产品": "甲", "output": 1200, "备注": None},
        {"产品": "乙", "output": None, "备注": "新"},
    ]
    assert found.fields["/rows/1/output"].status == "unfit"
    box = found.fields["/rows/0/output"].evidence[0].box
    assert box is not None
    assert box != WHOLE


def test_each_document_of_a_photo_is_an_element() -> None:
    tickets = [
        reading("taxi_invoice", fields={"number": known(number), "total": known(total)})
        for number, total in (("11032779", "22.50"), ("16971832", "14.50"))
    ]
    found = of(*tickets, schema=properties(tickets=_list(票号=TEXT, 金额合计=NUMBER)))
    assert found.result["tickets"] == [
        {"票号": "11032779", "金额合计": None},
        {"票号": "16971832", "金额合计": None},
    ]
    numbers = {"type": "array", "items": TEXT, "title": "票号"}
    found = of(*tickets, schema=properties(all=numbers, n=_list(number=TEXT, total=NUMBER)))
    assert found.result["all"] == ["11032779", "16971832"]
    assert [each["total"] for each in found.result["n"]] == [22.5, 14.5]


def test_a_list_that_nothing_fills_is_null() -> None:
    found = of(invoice(), schema=properties(animals=_list(species=TEXT, legs=NUMBER)))
    assert found.result == {"animals": None}
    assert found.fields["/animals"].status == "missing"


def test_a_file_that_was_not_read_gives_nulls() -> None:
    found = of(schema=properties(total=NUMBER, rows=_list(a=TEXT)))
    assert found.result == {"total": None, "rows": None}


_LEAVES = st.sampled_from([TEXT, NUMBER, {"type": "boolean"}, {"enum": ["a", 1, None]}, {}])
_SCHEMAS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.dictionaries(st.text(max_size=6), inner, max_size=3).map(
            lambda found: {"type": "object", "properties": found}
        ),
        inner.map(lambda each: {"type": "array", "items": each}),
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), _SCHEMAS, min_size=1, max_size=4))
def test_whatever_is_asked_each_value_has_its_status(wanted: dict[str, Any]) -> None:
    view = placed((0.1, 0.1, "a：1"), (0.1, 0.2, "b：x"))
    try:
        found = of(invoice(), schema={"properties": wanted}, views=[[view]])
    except BadSchema:
        return
    assert set(found.result) == set(wanted)
    for pointer, field in found.fields.items():
        value: Any = found.result
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            value = value[int(name)] if isinstance(value, list) else value[name]
        assert (value is None) == (field.status in ("missing", "conflict", "unfit"))


@pytest.mark.parametrize("text", ["2 120", "2 120.00", "1 2", "24-03-04"])
def test_what_may_be_two_numbers_or_two_days_is_null(text: str) -> None:
    pair = Pair(key="Wanted", value=text, page=1, key_box=PLACE, value_box=PLACE)
    form = reading("other", pairs=(pair,))
    for type_ in ({"type": "integer"}, NUMBER, {"type": "string", "format": "date"}):
        assert of(form, schema=properties(wanted=type_)).result == {"wanted": None}
