"""Delivery notes: who sent what to whom, and whether it is stamped or signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.resources.views import cells, native, placed, values
from yuepi.documents.classify import classify
from yuepi.documents.kinds.delivery_note import KIND
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.lab.samples import make
from yuepi.sight.sighting import Seal

ON = date(2026, 11, 21)

NOTE = (
    (0.45, 0.02, "送货单"),
    (0.05, 0.10, "送货单位：杭州云帆商贸有限公司"),
    (0.60, 0.10, "单号：SH20261001007"),
    (0.05, 0.15, "收货单位：南京青图科技有限公司"),
    (0.60, 0.15, "送货日期：2026年10月1日"),
    (0.05, 0.24, "序号"),
    (0.20, 0.24, "品名"),
    (0.42, 0.24, "规格型号"),
    (0.60, 0.24, "单位"),
    (0.74, 0.24, "数量"),
    (0.05, 0.29, "1"),
    (0.15, 0.29, "复印纸"),
    (0.40, 0.29, "A470g"),
    (0.61, 0.29, "箱"),
    (0.75, 0.29, "12"),
    (0.05, 0.34, "2"),
    (0.15, 0.34, "文件柜"),
    (0.40, 0.34, "WG-204"),
    (0.61, 0.34, "个"),
    (0.75, 0.34, "3"),
    (0.05, 0.60, "送货人："),
    (0.60, 0.60, "收货人（签字）："),
)


def note() -> View:
    return placed(*NOTE)


def test_a_note() -> None:
    view = note()
    assert classify(view)[0] is KIND
    draft = KIND.read(view)
    assert values(draft) == {
        "title": "送货单",
        "number": "SH20261001007",
        "date": "2026-10-01",
        "sender": "杭州云帆商贸有限公司",
        "receiver": "南京青图科技有限公司",
    }
    assert cells(draft.items) == [
        {"name": "复印纸", "model": "A470g", "unit": "箱", "quantity": "12"},
        {"name": "文件柜", "model": "WG-204", "unit": "个", "quantity": "3"},
    ]


def test_a_seal_is_seen_or_unknown_but_never_denied() -> None:
    seal = Seal(Box(0.2, 0.5, 0.35, 0.7), 0.9)
    assert values(KIND.read(replace(note(), seals=(seal,))))["seal"] == "seen"
    assert "seal" not in values(KIND.read(replace(note(), seals=())))
    assert "seal" not in values(KIND.read(replace(note(), seals=None)))


def test_something_drawn_beside_the_receivers_label_is_a_signature() -> None:
    label = note().lines[-1].box
    beside = Box(label.x1 + 0.01, label.y0 - 0.01, label.x1 + 0.12, label.y1 + 0.01)
    elsewhere = Box(0.05, 0.8, 0.15, 0.84)
    assert values(KIND.read(replace(note(), strokes=(beside,))))["signature"] == "seen"
    assert "signature" not in values(KIND.read(replace(note(), strokes=(elsewhere,))))


@pytest.mark.parametrize("kind", ["receipt", "invoice", "vat_invoice", "machine_invoice", "notice"])
def test_nothing_else_is_taken_for_one(kind: str) -> None:
    for seed in range(3):
        assert KIND.likeness(native(make(kind, seed, ON))) == 0.0


def test_samples_are_read() -> None:
    for seed in range(8):
        sample = make("delivery_note", seed, ON)
        view = native(sample)
        assert classify(view)[0] is KIND
        draft = KIND.read(view)
        # A file's own text shows no seal.
        assert values(draft) == {k: v for k, v in sample.truth.items() if k != "seal"}
        assert [item.quantity for item in draft.items] == [i["quantity"] for i in sample.items]
        assert [item.amount for item in draft.items] == [i.get("amount") for i in sample.items]


def test_an_invoice_that_names_its_delivery_note_is_an_invoice() -> None:
    rows = (
        "ACME LTD", "INVOICE", "Delivery note\tDN-33", "Ship to\tFoo", "Supplier\tACME",
        "Delivery date\t2 May 2024", "Description\tQty\tUnit\tAmount", "Received by",
        "Widget\t2\tpcs\t20.00", "Total\t24.00",
    )  # fmt: skip
    lines = [
        (0.05 + 0.2 * column, 0.05 + 0.04 * row, text)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts.split("\t"))
    ]
    assert KIND.likeness(placed(*lines)) == 0.0
