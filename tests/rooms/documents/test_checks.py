"""What the checks find on a reading, and that a sound reading gives no finding."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.checks import check
from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.reading import Field, Finding, Item, Source, Status
from yuepi.kit.money import amount_words, money_text

VAT = ("type", "code", "number", "date", "buyer_tax_id", "amount", "tax", "total", "total_cn")
SLIP = ("code", "number", "date", "total", "total_cn")


def kind(name: str, fields: tuple[str, ...] = VAT) -> Kind:
    return Kind(name, "", "", fields, (), True, lambda _: 0.0, lambda _: Draft())


def field(value: str | None, status: Status = "single", *others: str, by: str = "layout") -> Field:
    source: Source = "codes" if by == "codes" else "native" if by == "native" else "layout"
    return Field(value=value, status=status, confidence=0.9, sources=(source,), others=others)


SOUND = {
    "type": "增值税电子普通发票",
    "code": "011001800211",
    "number": "73642815",
    "date": "2019-03-13",
    "buyer_tax_id": "91350100M000100Y43",
    "amount": "253.80",
    "tax": "32.99",
    "total": "286.79",
    "total_cn": "贰佰捌拾陆圆柒角玖分",
}
ITEMS = (
    Item(name="a", quantity="2", price="76.8965517241", amount="153.79", rate="13%", tax="19.99"),
    Item(name="b", quantity="1", price="100.01", amount="100.01", rate="13%", tax="13.00"),
)


def found(
    values: dict[str, str | None] | None = None,
    *,
    name: str = "vat_e_invoice",
    items: tuple[Item, ...] = ITEMS,
    seals_seen: int | None = None,
    original: bool = True,
    crc_ok: bool | None = None,
    fields: tuple[str, ...] = VAT,
    base: dict[str, str] | None = None,
) -> tuple[Finding, ...]:
    whole = {**(SOUND if base is None else base), **(values or {})}
    given = {each: field(value) for each, value in whole.items()}
    return check(
        kind(name, fields), given, items, seals_seen=seals_seen, original=original, crc_ok=crc_ok
    )


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [each.code for each in findings]


def test_a_sound_reading_has_no_findings() -> None:
    assert found() == ()
    assert found(crc_ok=True) == ()


def test_words_and_figures() -> None:
    (finding,) = found({"total_cn": "贰佰捌拾陆圆柒角整", "amount": None})
    assert finding.code == "amount_words_differ"
    assert finding.fields == ("total", "total_cn")
    assert "286.70" in finding.message_zh
    assert found({"total_cn": "贰佰佰圆"}) == ()


def test_amount_and_tax_make_the_total() -> None:
    assert codes(found({"tax": "33.00"})) == ["arithmetic_differs"]
    assert found({"tax": None}) == ()
    assert codes(found({"total": "253.80", "total_cn": None, "tax": "***"}, items=())) == []


def test_abroad_a_cent_of_rounding_is_allowed() -> None:
    fields = ("amount", "tax", "total")
    sums = {"amount": "10.00", "tax": "0.61", "total": "10.60"}
    assert found(name="invoice", fields=fields, base=sums, items=()) == ()
    sums["tax"] = "0.62"
    assert codes(found(name="invoice", fields=fields, base=sums, items=())) == [
        "arithmetic_differs"
    ]


def test_lines_add_up() -> None:
    off = (ITEMS[0], ITEMS[1].model_copy(update={"quantity": None, "amount": "100.04"}))
    assert codes(found(items=off)) == ["items_differ"]
    assert found(items=()) == ()
    unread = (ITEMS[0], ITEMS[1].model_copy(update={"amount": None}))
    assert found(items=unread) == ()


def test_exempt_lines_count_as_nothing() -> None:
    item = Item(amount="286.79", rate="免税", tax="***")
    assert found({"amount": "286.79", "tax": "***"}, items=(item,)) == ()


def test_prices_of_slips_include_the_tax() -> None:
    base = {"code": "144031900131", "number": "12345678", "total": "100.00"}
    items = (Item(amount="60.00"), Item(amount="40.00"))
    assert found(name="machine_invoice", fields=SLIP, base=base, items=items) == ()
    assert codes(found(name="machine_invoice", fields=SLIP, base=base, items=items[:1])) == [
        "items_differ"
    ]


@pytest.mark.parametrize(
    "change", [{"quantity": "3"}, {"price": "86.8965517241"}, {"rate": "9%"}, {"tax": "19.97"}]
)
def test_a_line_that_does_not_fit(change: dict[str, str]) -> None:
    items = (ITEMS[0].model_copy(update=change), ITEMS[1])
    assert "item_line_differs" in codes(found({"tax": None}, items=items))


def test_a_rounded_price_may_be_off_by_half_its_last_digit_a_piece() -> None:
    item = Item(quantity="300", price="0.33", amount="100.00")
    assert found(base={}, items=(item,)) == ()
    item = Item(quantity="-300", price="0.33", amount="-100.00")
    assert found(base={}, items=(item,)) == ()


@pytest.mark.parametrize("text", ["91350100M000100Y44", "91350100M000100Y4", "9135010010001004"])
def test_wrong_tax_ids(text: str) -> None:
    (finding,) = found({"buyer_tax_id": text})
    assert (finding.code, finding.fields) == ("bad_tax_id", ("buyer_tax_id",))


@pytest.mark.parametrize("text", ["110108797571299", "11010519491231002X00", "11010519491231002X"])
def test_old_and_personal_tax_ids_pass(text: str) -> None:
    assert found({"buyer_tax_id": text}) == ()


@pytest.mark.parametrize(
    ("name", "values", "fields"),
    [
        ("vat_e_invoice", {"code": "911001800211"}, ("code",)),
        ("vat_e_invoice", {"code": "1100184130"}, ("code",)),
        ("vat_e_invoice", {"number": "7364281"}, ("number",)),
        ("vat_e_invoice", {"code": "011002000211"}, ("code", "date")),
        ("vat_special_invoice", {"code": "110018413"}, ("code",)),
        ("vat_special_invoice", {"code": "1100204130"}, ("code", "date")),
        ("digital_invoice", {"code": None, "number": "19112000000012345"}, ("number",)),
        ("digital_invoice", {"code": None, "number": "24112000000012345678"}, ("number", "date")),
        ("digital_invoice", {"number": "19112000000012345678"}, ("code",)),
        ("taxi_invoice", {"code": "01100180021"}, ("code",)),
    ],
)
def test_numbers_of_the_wrong_shape(
    name: str, values: dict[str, str | None], fields: tuple[str, ...]
) -> None:
    type_name = {"vat_special_invoice": "增值税专用发票"}.get(name, name)
    (finding,) = found({"type": type_name, **values}, name=name)
    assert (finding.code, finding.fields) == ("number_shape", fields)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("vat_e_invoice", {"code": "044001700112"}),
        ("vat_special_invoice", {"code": "1100184130", "type": "增值税专用发票"}),
        ("vat_special_invoice", {"code": "011001800113"}),
        ("vat_invoice", {"code": "011001800104", "type": "增值税普通发票"}),
        ("digital_invoice", {"code": None, "number": "19112000000012345678"}),
        ("receipt", {"code": "x", "number": "INV-1"}),
    ],
)
def test_numbers_of_the_right_shape(name: str, values: dict[str, str | None]) -> None:
    assert found(values, name=name) == ()


def test_conflicts_are_reported_and_take_no_part_in_sums() -> None:
    fields = {name: field(value) for name, value in SOUND.items()}
    fields["total"] = field("286.79", "conflict", "286.19", by="codes")
    fields["tax"] = field("1.00", "conflict", "32.99")
    fields["number"] = field("7", "conflict", "73642815", by="native")
    result = check(kind("vat_e_invoice"), fields, ITEMS, seals_seen=1, original=True, crc_ok=None)
    assert [(each.code, each.fields) for each in result] == [
        ("sources_differ", ("number",)), ("sources_differ", ("tax",)), ("qr_differs", ("total",)),
        ("amount_words_differ", ("total", "total_cn")),
    ]  # fmt: skip


def test_crc_is_a_reason_to_look_only() -> None:
    (finding,) = found(crc_ok=False)
    assert (finding.code, finding.severity) == ("qr_crc_differs", "info")


def test_a_picture_of_an_electronic_invoice_is_no_original() -> None:
    assert codes(found(original=False)) == ["not_original"]
    paper = {"type": "增值税专用发票", "code": "1100184130"}
    assert found(paper, name="vat_special_invoice", original=False, seals_seen=1) == ()
    electronic = {"type": "增值税电子专用发票", "code": "011001800113"}
    assert codes(found(electronic, name="vat_special_invoice", original=False, seals_seen=0)) == [
        "not_original"
    ]


@pytest.mark.parametrize(("seen", "expected"), [(None, []), (0, ["no_seal"]), (1, [])])
def test_a_seal_where_one_is_needed(seen: int | None, expected: list[str]) -> None:
    paper: dict[str, str | None] = {"type": "增值税普通发票", "code": "1100184130"}
    assert codes(found(paper, name="vat_invoice", original=False, seals_seen=seen)) == expected


def test_nothing_read_gives_no_findings() -> None:
    missing = {name: field(None, "missing") for name in VAT}
    assert (
        check(kind("vat_invoice"), missing, (), seals_seen=None, original=False, crc_ok=None) == ()
    )


cents = st.integers(1, 10**9).map(lambda number: Decimal(number) / 100)


@given(cents, cents, st.integers(-500, 500).filter(bool))
def test_any_changed_cent_is_found(amount: Decimal, tax: Decimal, change: int) -> None:
    total = amount + tax
    base = {
        "amount": money_text(amount), "tax": money_text(tax),
        "total": money_text(total), "total_cn": amount_words(total),
    }  # fmt: skip
    assert found(base=base, items=()) == ()
    base["total"] = money_text(total + Decimal(change) / 100)
    assert codes(found(base=base, items=())) == ["amount_words_differ", "arithmetic_differs"]


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_values_raise(one: str, two: str, three: str) -> None:
    base = dict.fromkeys(VAT, one) | {"total": two, "tax": three}
    item = Item(quantity=one, price=two, amount="1.00", rate=three + "%", tax=one)
    found(base=base, items=(item,))
