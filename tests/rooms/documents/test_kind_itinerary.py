"""Itineraries: air tickets, trip lists, orders. They tell what was travelled, and never mix."""

from __future__ import annotations

from datetime import date

import pytest

from tests.resources.views import native, placed, values
from yuepi.documents.classify import classify
from yuepi.documents.kinds.itinerary import KIND
from yuepi.documents.layout.view import View
from yuepi.lab.samples import make

ON = date(2026, 11, 21)

TICKET = (
    (0.35, 0.02, "航空运输电子客票行程单"),
    (0.05, 0.10, "旅客姓名NAME OF PASSENGER"),
    (0.45, 0.10, "有效身份证件号码ID.NO."),
    (0.05, 0.14, "林晓东"),
    (0.45, 0.14, "990101********0012"),
    (0.05, 0.24, "自FROM上海虹桥"),
    (0.30, 0.24, "东航"),
    (0.38, 0.24, "MU5101"),
    (0.50, 0.24, "Y"),
    (0.58, 0.24, "2026-10-01"),
    (0.72, 0.24, "08:00"),
    (0.05, 0.28, "至TO北京首都"),
    (0.05, 0.40, "票价FARE"),
    (0.25, 0.40, "民航发展基金"),
    (0.45, 0.40, "燃油附加费"),
    (0.75, 0.40, "合计TOTAL"),
    (0.05, 0.44, "CNY1240.00"),
    (0.25, 0.44, "CN50.00"),
    (0.45, 0.44, "YQ120.00"),
    (0.75, 0.44, "CNY1410.00"),
    (0.05, 0.54, "电子客票号码：781-2345678901"),
    (0.05, 0.60, "填开单位：云帆航空服务有限公司"),
    (0.60, 0.60, "填开日期：2026-10-05"),
)


def ticket(**other: str) -> View:
    """The ticket with some texts replaced."""
    return placed(*((x, y, other.get(text, text)) for x, y, text in TICKET))


def test_the_paper_of_an_air_ticket() -> None:
    view = ticket()
    assert classify(view)[0] is KIND
    assert values(KIND.read(view)) == {
        "title": "航空运输电子客票行程单",
        "passenger": "林晓东",
        "id_number": "990101********0012",
        "ticket_number": "7812345678901",
        "flight": "MU5101",
        "from": "上海虹桥",
        "to": "北京首都",
        "class": "Y",
        "departure": "2026-10-01T08:00",
        "fare": "1240.00",
        "fund": "50.00",
        "fuel": "120.00",
        "total": "1410.00",
        "currency": "CNY",
        "date": "2026-10-05",
        "issuer": "云帆航空服务有限公司",
    }


def test_the_identity_number_is_masked() -> None:
    assert KIND.masked == ("id_number",)


def test_a_voucher_that_is_not_counted_says_so() -> None:
    assert "itinerary_not_counted" in {each.code for each in KIND.read(ticket()).findings}


def test_sums_that_differ_are_noticed() -> None:
    draft = KIND.read(ticket(**{"CNY1410.00": "CNY1470.00"}))
    assert "sum_differs" in {each.code for each in draft.findings}


def test_an_amount_under_another_tax_code_is_not_taken() -> None:
    draft = KIND.read(ticket(**{"CN50.00": "YQ50.00"}))
    assert "fund" not in {each.name for each in draft.candidates}


TRIPS = (
    (0.05, 0.03, "云行出行-行程单"),
    (0.05, 0.10, "申请日期：2026-10-08"),
    (0.05, 0.14, "行程起止日期：2026-10-01至2026-10-05"),
    (0.05, 0.18, "共2笔行程，合计85.60元"),
    (0.05, 0.26, "序号"),
    (0.12, 0.26, "车型"),
    (0.22, 0.26, "上车时间"),
    (0.42, 0.26, "起点"),
    (0.58, 0.26, "终点"),
    (0.74, 0.26, "里程[公里]"),
    (0.88, 0.26, "金额[元]"),
    (0.05, 0.32, "1"),
    (0.12, 0.32, "快车"),
    (0.22, 0.32, "2026-10-01 09:12"),
    (0.42, 0.32, "国贸中心"),
    (0.58, 0.32, "虹桥火车站"),
    (0.74, 0.32, "12.3"),
    (0.88, 0.32, "45.60"),
    (0.05, 0.38, "2"),
    (0.12, 0.38, "专车"),
    (0.22, 0.38, "2026-10-05 19:40"),
    (0.42, 0.38, "虹桥火车站"),
    (0.58, 0.38, "国贸中心"),
    (0.74, 0.38, "12.9"),
    (0.88, 0.38, "40.00"),
)


def trips(**other: str) -> View:
    return placed(*((x, y, other.get(text, text)) for x, y, text in TRIPS))


def test_a_trip_list() -> None:
    view = trips()
    assert classify(view)[0] is KIND
    draft = KIND.read(view)
    assert values(draft) == {
        "title": "云行出行-行程单",
        "issuer": "云行出行",
        "date": "2026-10-08",
        "total": "85.60",
        "currency": "CNY",
    }
    assert [(item.name, item.amount) for item in draft.items] == [
        ("国贸中心 → 虹桥火车站", "45.60"),
        ("虹桥火车站 → 国贸中心", "40.00"),
    ]
    assert draft.items[0].model == "快车 2026-10-01 09:12"
    assert draft.tables[0].rows[0][0] == "序号"
    assert not draft.findings


def test_rides_that_make_another_sum_are_noticed() -> None:
    draft = KIND.read(trips(**{"40.00": "46.00"}))
    assert [each.code for each in draft.findings] == ["items_differ"]


@pytest.mark.parametrize(
    "kind",
    ["digital_invoice", "rail_e_ticket", "taxi_invoice", "receipt", "invoice", "vat_e_invoice",
     "payment_screenshot", "machine_invoice", "menu", "notice"],
)  # fmt: skip
def test_nothing_else_is_taken_for_one(kind: str) -> None:
    for seed in range(3):
        assert KIND.likeness(native(make(kind, seed, ON))) == 0.0


def test_a_digital_invoice_of_air_travel_stays_one() -> None:
    text = (
        "电子发票（普通发票）",
        "发票号码：26332000000012345678",
        "旅客姓名",
        "航班号",
        "承运人",
    )
    view = placed(*((0.1, 0.1 + 0.05 * at, line) for at, line in enumerate((*text, "座位等级"))))
    assert classify(view)[0].name == "digital_invoice"


def test_samples_are_read() -> None:
    for seed in range(8):
        sample = make("itinerary", seed, ON)
        view = native(sample)
        assert classify(view)[0] is KIND
        read = {name: value.replace("T", " ") if name == "departure" else value
                for name, value in values(KIND.read(view)).items()}  # fmt: skip
        assert read == sample.truth
