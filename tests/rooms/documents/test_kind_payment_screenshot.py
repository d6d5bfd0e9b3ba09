"""Screens of payments, and the kind for everything else."""

import pytest

from yuepi.documents.kinds import other
from yuepi.documents.kinds.payment_screenshot import KIND
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line


def view(*rows: str) -> View:
    lines = []
    for number, row in enumerate(rows):
        y = 0.05 + number * 0.04
        cells = row.split("|")
        for place, cell in enumerate(cells):
            x = 0.06 if len(cells) == 1 or not place else 0.45
            lines.append(Line(cell, Box(x, y, x + 0.012 * len(cell), y + 0.02)))
    return View(page=1, source="layout", lines=tuple(lines), aspect=0.46)


def read(shown: View) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for candidate in KIND.read(shown).candidates:
        found.setdefault(candidate.name, []).append(candidate.value)
    return found


def test_bill_details() -> None:
    shown = view(
        "山脚小馆",
        "-38.00",
        "当前状态|支付成功",
        "支付时间|2024年3月5日 12:33:20",
        "商户全称|青山市山脚餐饮有限公司",
        "支付方式|零钱",
        "交易单号|4200001234202403051234567890",
        "商户单号|1000000000000000",
    )
    assert KIND.likeness(shown) > 0.8
    assert read(shown) == {
        "seller_name": ["青山市山脚餐饮有限公司"],
        "date": ["2024-03-05"],
        "time": ["12:33:20"],
        "number": ["4200001234202403051234567890"],
        "total": ["38.00"],
        "currency": ["CNY"],
    }


def test_the_merchants_own_number_is_not_the_payments() -> None:
    shown = view("-8.00", "交易成功", "付款方式|余额", "商家订单号|20240305000011112222")
    assert "number" not in read(shown)


def test_a_number_that_runs_on() -> None:
    lines = list(view("-8.00", "交易成功", "付款方式|余额", "订单号|2024030522001400").lines)
    below = Box(0.45, lines[-1].box.y1 + 0.004, 0.6, lines[-1].box.y1 + 0.024)
    shown = View(page=1, source="layout", lines=(*lines, Line("11223344", below)), aspect=0.46)
    assert read(shown)["number"] == ["202403052200140011223344"]


def test_a_bank_transfer() -> None:
    shown = view(
        "转账成功",
        "转账金额|人民币 1,200.00元",
        "收款人|王小明",
        "付款卡|尾号1234",
        "交易时间|2024-03-05 09:00:01",
        "交易流水号|20240305000000123456",
    )
    assert read(shown)["total"] == ["1200.00"]
    assert read(shown)["seller_name"] == ["王小明"]


@pytest.mark.parametrize(
    "rows", [("+38.00", "交易成功"), ("-38.00", "退款成功"), ("38.00", "支付失败")]
)
def test_money_that_came_back_is_no_expense(rows: tuple[str, ...]) -> None:
    shown = view(*rows, "支付时间|2024-03-05 12:33", "付款方式|零钱")
    assert "total" not in read(shown)


def test_two_amounts_are_both_given() -> None:
    shown = view("-38.00", "¥ 40.00", "交易成功", "支付时间|2024-03-05 12:33", "付款方式|零钱")
    assert read(shown)["total"] == ["38.00", "40.00"]


@pytest.mark.parametrize(
    "rows",
    [
        ("我的", "余额 38.00", "订单", "设置"),
        ("支付方式：微信支付", "合计 38.00", "找零 0.00", "收银员 小李", "订单号 1234567890"),
        (
            "增值税电子普通发票",
            "发票代码 012345678901",
            "收款人：张三",
            "交易单号 1234567890",
            "12.00",
        ),
        ("支付成功后可开具发票", "欢迎光临"),
    ],
)
def test_other_pictures_are_no_payments(rows: tuple[str, ...]) -> None:
    assert KIND.likeness(view(*rows)) < 0.5


def test_other_promises_nothing_but_a_title() -> None:
    small = [Line("some words here", Box(0.1, 0.3 + i / 20, 0.5, 0.32 + i / 20)) for i in range(5)]
    title = Line("CONTRACT", Box(0.2, 0.05, 0.7, 0.1))
    shown = View(page=1, source="layout", lines=(title, *small))
    assert other.KIND.likeness(shown) == 0.5
    assert [(c.name, c.value, c.firm) for c in other.KIND.read(shown).candidates] == [
        ("title", "CONTRACT", False)
    ]
    assert other.KIND.read(View(page=1, source="layout", lines=())).candidates == ()
