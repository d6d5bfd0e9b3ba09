"""Hotel folios: the stay, the charges and their sum."""

from __future__ import annotations

from datetime import date

import pytest

from tests.resources.views import cells, native, placed, values
from yuepi.documents.classify import classify
from yuepi.documents.kinds.hotel_folio import KIND
from yuepi.documents.layout.view import View
from yuepi.lab.samples import make

ON = date(2026, 11, 21)

FOLIO = (
    (0.35, 0.02, "杭州云澜大酒店"),
    (0.42, 0.07, "宾客账单"),
    (0.05, 0.14, "宾客姓名：周文博"),
    (0.40, 0.14, "房号：1208"),
    (0.70, 0.14, "账单号：0071234"),
    (0.05, 0.19, "入住日期：2026-10-01"),
    (0.40, 0.19, "离店日期：2026-10-03"),
    (0.70, 0.19, "住宿天数：2"),
    (0.05, 0.28, "日期"),
    (0.30, 0.28, "项目"),
    (0.62, 0.28, "消费"),
    (0.84, 0.28, "付款"),
    (0.05, 0.33, "2026-10-01"),
    (0.30, 0.33, "房费"),
    (0.62, 0.33, "388.00"),
    (0.05, 0.38, "2026-10-02"),
    (0.30, 0.38, "房费"),
    (0.62, 0.38, "388.00"),
    (0.05, 0.43, "2026-10-03"),
    (0.30, 0.43, "刷卡付款"),
    (0.84, 0.43, "776.00"),
    (0.30, 0.50, "合计（人民币）"),
    (0.62, 0.50, "776.00"),
)


def folio(**other: str) -> View:
    return placed(*((x, y, other.get(text, text)) for x, y, text in FOLIO))


def test_a_folio() -> None:
    view = folio()
    assert classify(view)[0] is KIND
    draft = KIND.read(view)
    assert values(draft) == {
        "title": "宾客账单",
        "seller_name": "杭州云澜大酒店",
        "guest": "周文博",
        "room": "1208",
        "number": "0071234",
        "check_in": "2026-10-01",
        "check_out": "2026-10-03",
        "nights": "2",
        "total": "776.00",
        "currency": "CNY",
    }
    assert cells(draft.items) == [
        {"name": "房费", "model": "2026-10-01", "amount": "388.00"},
        {"name": "房费", "model": "2026-10-02", "amount": "388.00"},
    ]
    assert not draft.findings


@pytest.mark.parametrize(
    ("printed", "instead", "code"),
    [
        ("住宿天数：2", "住宿天数：3", "nights_differ"),
        ("离店日期：2026-10-03", "离店日期：2026-10-08", "nights_differ"),
        ("2026-10-02", "2026-10-02", None),
    ],
)
def test_nights_are_those_between_the_days(printed: str, instead: str, code: str | None) -> None:
    found = [each.code for each in KIND.read(folio(**{printed: instead})).findings]
    assert found == ([code] if code else [])


def test_charges_that_make_another_sum_are_noticed() -> None:
    lines = [(x, y, "383.00" if y == 0.38 and x == 0.62 else text) for x, y, text in FOLIO]
    assert [each.code for each in KIND.read(placed(*lines)).findings] == ["items_differ"]


def test_a_day_whose_order_is_unclear_is_no_day() -> None:
    view = folio(**{"入住日期：2026-10-01": "入住日期：03/04/2026"})
    assert "check_in" not in values(KIND.read(view))


@pytest.mark.parametrize("kind", ["receipt", "invoice", "digital_invoice", "notice", "menu"])
def test_nothing_else_is_taken_for_one(kind: str) -> None:
    for seed in range(3):
        assert KIND.likeness(native(make(kind, seed, ON))) == 0.0


def test_samples_are_read() -> None:
    for seed in range(8):
        sample = make("hotel_folio", seed, ON)
        view = native(sample)
        assert classify(view)[0] is KIND
        draft = KIND.read(view)
        assert values(draft) == sample.truth
        assert cells(draft.items) == sample.items


def test_a_hotel_abroad_that_writes_an_invoice_is_no_folio() -> None:
    rows = (
        "Grand Plaza Hotel", "Guest name\tJ. Smith\tRoom No\t1204", "Nights\t3",
        "Arrival\t2024-05-03\tDeparture\t2024-05-06", "Room charge\t900.00",
        "Total\tUSD 900.00", "Balance\t0.00",
    )  # fmt: skip

    def view(*more: str) -> View:
        return placed(
            *(
                (0.05 + 0.2 * column, 0.05 + 0.04 * row, text)
                for row, texts in enumerate((*rows, *more))
                for column, text in enumerate(texts.split("\t"))
            )
        )

    assert KIND.likeness(view()) > 0.5
    assert KIND.likeness(view("INVOICE")) == KIND.likeness(view("Invoice No. 20481")) == 0.0
