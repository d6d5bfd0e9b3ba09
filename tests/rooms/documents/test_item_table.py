"""Lines of goods and services: columns told apart, discounts, tolls, exempt lines, long names."""

from __future__ import annotations

import pytest

from tests.resources.desk import ON
from tests.resources.views import Placed, cells, native, placed
from yuepi.documents.kinds import kind_named
from yuepi.documents.layout.item_table import read_items
from yuepi.lab.samples import Sample, make

HEADINGS: tuple[Placed, ...] = (
    (0.06, 0.40, "货物或应税劳务、服务名称"),
    (0.29, 0.40, "规格型号"),
    (0.37, 0.40, "单位"),
    (0.44, 0.40, "数量"),
    (0.55, 0.40, "单价"),
    (0.68, 0.40, "金额"),
    (0.79, 0.40, "税率"),
    (0.90, 0.40, "税额"),
)


def items_of(*lines: Placed, headings: tuple[Placed, ...] = HEADINGS) -> list[dict[str, str]]:
    return cells(read_items(placed(*headings, *lines)))


def row(y: float, *parts: tuple[float, str]) -> tuple[Placed, ...]:
    return tuple((x, y, text) for x, text in parts)


PAPER = {
    "name": "*纸制品*复印纸",
    "model": "A4 70g",
    "unit": "箱",
    "quantity": "2",
    "price": "100.00",
    "amount": "200.00",
    "rate": "13%",
    "tax": "26.00",
}
PAPER_ROW = row(
    0.45,
    (0.04, "*纸制品*复印纸"),
    (0.29, "A4 70g"),
    (0.375, "箱"),
    (0.46, "2"),
    (0.56, "100.00"),
    (0.68, "200.00"),
    (0.79, "13%"),
    (0.91, "26.00"),
)


def test_a_full_line() -> None:
    assert items_of(*PAPER_ROW) == [PAPER]


def test_a_discount_line_is_negative_and_has_neither_quantity_nor_price() -> None:
    discount = row(0.49, (0.04, "*纸制品*复印纸"), (0.67, "-20.00"), (0.79, "13%"), (0.90, "-2.60"))
    assert items_of(*PAPER_ROW, *discount) == [
        PAPER,
        {"name": "*纸制品*复印纸", "amount": "-20.00", "rate": "13%", "tax": "-2.60"},
    ]


@pytest.mark.parametrize("rate", ["免税", "不征税", "***"])
@pytest.mark.parametrize("tax", ["***", "**", "＊＊＊", "☆☆☆"])
def test_exempt_lines(rate: str, tax: str) -> None:
    lines = row(0.45, (0.04, "*蔬菜*番茄"), (0.68, "30.00"), (0.79, rate), (0.91, tax))
    assert items_of(*lines) == [
        {"name": "*蔬菜*番茄", "amount": "30.00", "rate": rate, "tax": "***"}
    ]


def test_a_lone_number_goes_to_the_heading_above_it() -> None:
    for x, name in ((0.445, "quantity"), (0.555, "price")):
        lines = row(
            0.45, (0.04, "*餐饮服务*餐费"), (x, "1"), (0.68, "50.00"), (0.79, "6%"), (0.91, "3.00")
        )
        assert items_of(*lines)[0] == {
            "name": "*餐饮服务*餐费",
            name: "1",
            "amount": "50.00",
            "rate": "6%",
            "tax": "3.00",
        }


def test_without_headings_a_lone_number_is_nothing() -> None:
    lines = row(0.45, (0.04, "餐费"), (0.5, "1"), (0.68, "50.00"), (0.79, "6%"), (0.91, "3.00"))
    (item,) = items_of(*lines, headings=())
    assert item == {"name": "餐费", "amount": "50.00", "rate": "6%", "tax": "3.00"}


def test_a_name_runs_on_in_the_next_row() -> None:
    rest = ((0.04, 0.49, "静电加厚型"),)
    (item,) = items_of(*PAPER_ROW, *rest)
    assert item["name"] == "*纸制品*复印纸静电加厚型"


def test_what_stands_right_or_before_the_first_line_is_no_name() -> None:
    for stray in ((0.60, 0.49, "次日送达"), (0.04, 0.42, "备注在前")):
        assert items_of(*PAPER_ROW, stray) == [PAPER]


def test_a_line_without_a_rate_is_no_item() -> None:
    assert items_of(*row(0.45, (0.04, "小计"), (0.68, "200.00"))) == []
    assert items_of() == []


def test_a_percent_in_the_name_is_not_the_rate() -> None:
    lines = row(0.45, (0.04, "*酒*啤酒11%vol"), (0.68, "40.00"), (0.79, "13%"), (0.91, "5.20"))
    (item,) = items_of(*lines)
    assert (item["amount"], item["rate"], item["tax"]) == ("40.00", "13%", "5.20")


def test_a_toll_line_names_the_vehicle_and_no_quantity() -> None:
    sample = make("vat_e_invoice", 4300, ON, toll=True)
    (item,) = cells(kind_named("vat_e_invoice").read(native(sample)).items)
    vehicle = item.pop("model")
    assert item == sample.items[0]
    assert vehicle[1:].split(" ")[1] in ("客车", "货车")


def with_discount() -> list[Sample]:
    every = (make("digital_invoice", seed, ON) for seed in range(4000, 4060))
    return [each for each in every if any(item["amount"] < "0" for item in each.items)]


def test_discounts_of_generated_invoices() -> None:
    samples = with_discount()
    assert len(samples) >= 3
    for sample in samples[:5]:
        assert cells(kind_named("digital_invoice").read(native(sample)).items) == sample.items
