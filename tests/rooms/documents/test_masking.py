"""Personal data in part: nothing of what is hidden stands anywhere in what is shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.contents import Mrz, Pair, Question, Table
from yuepi.documents.masking import (
    holds_mask,
    masked,
    masked_fields,
    masked_file,
    masked_value,
)
from yuepi.documents.reading import Evidence, Field, FileReading, Finding, Item, Reading
from yuepi.kit.boxes import Box

ID = "990101199003070015"
HOME = "杭州市西湖区文一西路969号3幢2单元1504室"
PLACE = Box(0.1, 0.1, 0.4, 0.2)


def field(value: str, text: str | None = None, others: tuple[str, ...] = ()) -> Field:
    seen = Evidence(page=1, box=PLACE, source="layout", text=value if text is None else text)
    return Field(
        value=value,
        status="conflict" if others else "single",
        confidence=0.9,
        sources=("layout",),
        evidence=(seen,),
        others=others,
    )


def card(**more: Any) -> Reading:
    fields = {
        "name": field("张三"),
        "birth": field("1990-03-07", "1990年3月7日"),
        "address": field(HOME),
        "id_number": field(ID, others=(ID[:-1] + "1",)),
    }
    values = {
        "kind": "id_card",
        "kind_confidence": 0.97,
        "page": 1,
        "quality": "photo",
        "fields": fields,
        "text": f"姓名 张三\n出生 1990年3月7日\n住址 {HOME[:11]}\n{HOME[11:]}\n"
        "公民身份号码 990101 19900307 0015",
    }
    return Reading(**{**values, **more})


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("id_number", ID, "990***********0015"),
        ("card_number", "9222021234567890123", "***************0123"),
        ("number", "E12345678", "E******78"),
        ("birth", "1990-03-07", "1990-**-**"),
        ("birth", "7 MAR 1990", "* *** 1990"),
        ("birth", "900307", "******"),
        ("expiry", "2028-12", "2028-**"),
        ("address", HOME, HOME[:6] + "*" * (len(HOME) - 6)),
        ("holder", "ZHANG SAN", "Z**** ***"),
        ("id_number", "12", "**"),
        ("number", "", ""),
    ],
)
def test_values_in_part(name: str, value: str, shown: str) -> None:
    assert masked_value(name, value) == shown


def test_everything_that_says_it_is_covered() -> None:
    reading = card(
        findings=(
            Finding(
                code="id_checksum_wrong",
                severity="warning",
                message=f"The check character of the ID number {ID} is wrong",
                message_zh=f"身份证号码 {ID} 的校验位不正确",
                fields=("id_number",),
            ),
        ),
        items=(Item(name=f"持证人 {ID}"),),
        tables=(Table(page=1, box=PLACE, rows=((ID, HOME),), html=f"<td>{ID}</td>"),),
        pairs=(Pair(key="住址", value=HOME, page=1, key_box=PLACE),),
        questions=(
            Question(
                field="id_number", source="model", suggestion=ID, page=1,
                message=f"Is it {ID}?", message_zh=f"是否为 {ID}？",
            ),
        ),
    )  # fmt: skip
    shown = masked(reading)
    told = shown.model_dump_json()
    solid = re.sub(r"\s", "", told)
    for secret in (ID, ID[3:14], "0307", "3月7", HOME[6:11], HOME[11:], "1504", "2单元"):
        assert secret not in solid, secret
    assert shown.fields["name"].value == "张三"
    assert shown.fields["id_number"].others == ("990***********0011",)
    assert shown.findings[0].message_zh == "身份证号码 990***********0015 的校验位不正确"
    assert {each.code for each in shown.findings} == {each.code for each in reading.findings}
    assert shown.fields["id_number"].evidence[0].box == PLACE


def test_numbers_that_were_read_as_no_field_are_covered_in_the_text() -> None:
    unread = card(
        fields={"name": field("张三")}, text="姓名 张三\n9901O119900307OO1B 990101199003070015"
    )
    assert "19900307" not in masked(unread).text


def test_zones_are_shown_by_their_checks() -> None:
    zone = Mrz(page=1, box=PLACE, lines=("P<UTOHOLM<<ANNA<<<", "L898902C36UTO"), checks={"a": True})
    shown = masked(card(kind="passport", fields={}, mrz=zone, text="P<UTOHOLM<<ANNA<<<\nx"))
    assert shown.mrz is not None
    assert shown.mrz.lines == ("*" * 18, "*" * 13)
    assert shown.mrz.checks == {"a": True}
    assert "HOLM" not in shown.text


def test_what_holds_nothing_personal_is_the_same_object() -> None:
    invoice = card(kind="digital_invoice", fields={"number": field("2" * 20)}, text="2" * 20)
    file = FileReading(file="a", sha256="", pages=1, original=True, readings=(invoice,))
    assert masked(invoice) is invoice
    assert masked_file(file) is file
    both = file.model_copy(update={"readings": (invoice, card())})
    assert masked_file(both).readings[0] is invoice
    assert masked_file(both).readings[1] != card()


def test_a_paper_of_another_kind_keeps_what_was_personal() -> None:
    """Who corrects the kind of a paper does not see more of it."""
    assert masked_fields("other", ("id_number", "title")) == {"id_number"}
    moved = card(kind="receipt")
    assert masked(moved).fields["id_number"].value == "990***********0015"
    assert masked(moved).fields["address"].value == HOME
    assert masked(moved, once=("id_card",)).fields["address"].value != HOME


def test_stars_are_no_values() -> None:
    assert holds_mask(masked_value("id_number", ID))
    assert not holds_mask(ID)


DIGITS = st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True)


@given(number=DIGITS, gap=st.sampled_from(["", " ", "\n", "\t"]), before=st.text(max_size=8))
def test_no_number_shines_through(number: str, gap: str, before: str) -> None:
    split = gap.join(number[at : at + 6] for at in range(0, 18, 6))
    reading = card(
        fields={"id_number": field(number, split)},
        text=f"{before}\n{split}",
        pairs=(Pair(key="号码", value=split, page=1, key_box=PLACE),),
    )
    shown = masked(reading)
    hidden = number[3:14]
    for text in (
        shown.text.split("\n", 1)[1],
        shown.pairs[0].value,
        shown.fields["id_number"].value,
    ):
        assert text is not None
        solid = re.sub(r"\s", "", text)
        assert hidden[:4] not in solid or hidden[:4] in number[:3] + number[14:]
        assert hidden not in solid
        assert solid.count("*") >= 11


@given(st.text(max_size=40), st.sampled_from(["id_number", "number", "birth", "address", "holder"]))
def test_any_value_keeps_its_length_and_hides_most(value: str, name: str) -> None:
    shown = masked_value(name, value)
    assert len(shown) == len(value)
    solid = sum(sign.isalnum() for sign in value)
    if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", value) is None and name != "birth":
        assert sum(sign.isalnum() for sign in shown) <= max(0, solid - 3)


def test_an_invoice_of_an_unknown_kind_is_shown_as_it_is() -> None:
    """Passports have a number, and so have invoices."""
    invoice = card(kind="of_another_version", fields={"number": field("2" * 20)}, text="2" * 20)
    assert masked(invoice) is invoice


def test_trips_keep_their_days_and_no_number_of_a_person() -> None:
    rows = (("上车时间", "金额"), ("2024-05-06 12:30", "20.50"))
    trips = Reading(
        kind="itinerary",
        kind_confidence=0.9,
        page=1,
        quality="clean",
        fields={"total": field("20.50")},
        tables=(Table(page=1, box=PLACE, rows=rows, html="<td>2024-05-06 12:30</td>"),),
        pairs=(Pair(key="证件号", value=ID, page=1, key_box=PLACE),),
        items=(Item(name=f"乘客 {ID}"),),
        text=f"2024-05-06 至 2024-05-07\n{ID} 13800138000",
    )
    shown = masked(trips)
    assert shown.tables[0].rows == rows
    assert shown.text.startswith("2024-05-06 至 2024-05-07\n*")
    told = shown.model_dump_json()
    assert ID not in told
    assert "13800138000" not in told


def test_a_day_of_birth_at_the_end_of_a_number_is_covered() -> None:
    shown = masked(card(fields={}, text=f"{ID} 1990-03-07"))
    assert not re.search(r"\d", shown.text)


def test_what_a_person_says_is_a_card_is_one() -> None:
    other = card(kind="other", fields={})
    assert "1990年3月7日" in masked(other).text
    assert "0015" in masked(other, ["id_card"]).text
    assert ID[6:14] not in masked(other, ["id_card"]).text


def test_an_id_number_is_shown_in_part_on_any_paper_but_an_invoice() -> None:
    pair = Pair(key="身份证号", value=ID, page=1, key_box=PLACE)
    wrong = ID[:-1] + ("1" if ID[-1] != "1" else "2")
    form = Reading(
        kind="form",
        kind_confidence=0.9,
        page=1,
        quality="photo",
        fields={"title": field("登记表")},
        pairs=(pair,),
        text=f"身份证号 {ID[:6]} {ID[6:14]} {ID[14:]} 受理号 {wrong}",
    )
    shown = masked(form)
    assert shown.pairs[0].value == f"{ID[:3]}{'*' * 11}{ID[-4:]}"
    assert shown.text == f"身份证号 990*** ******** 0015 受理号 {wrong}"
    invoice = form.model_copy(update={"kind": "vat_e_invoice"})
    assert masked(invoice) is invoice
    plain = form.model_copy(update={"pairs": (), "text": "订单 123456789012345678901234"})
    assert masked(plain) is plain
