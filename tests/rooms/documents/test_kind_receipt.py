"""Till receipts: which sum was paid, the date's order, the name and address at the head."""

import pytest

from yuepi.documents.kinds.receipt import KIND
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

_HEAD = (
    "NORTHWIND TRADING SDN BHD",
    "(123456-X)",
    "NO 7, JALAN CONTOH 3,",
    "81200 JOHOR BAHRU",
    "TEL: 07-1234567",
    "TAX INVOICE",
    "Date: 06/03/2018\tTime: 08:58",
    "Cashier\tANA",
)
_FOOT = ("GST SUMMARY", "SR\t6%\t18.86\t1.13", "Total :\t18.86", "THANK YOU, COME AGAIN")


def view(rows: tuple[str, ...]) -> View:
    lines = []
    for number, row in enumerate(rows):
        y = 0.02 + number * 0.025
        cells = row.split("\t")
        for place, cell in enumerate(cells):
            x = 0.1 + 0.7 * place / max(1, len(cells) - 1) if len(cells) > 1 else 0.1
            lines.append(Line(cell, Box(x, y, x + 0.008 * len(cell), y + 0.015)))
    return View(page=1, source="layout", lines=tuple(lines), aspect=0.5)


def read(*sums: str, head: tuple[str, ...] = _HEAD) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for candidate in KIND.read(view((*head, *sums))).candidates:
        found.setdefault(candidate.name, []).append(candidate.value)
    return found


def test_head() -> None:
    found = read("TOTAL\tRM20.00")
    assert found["seller_name"] == ["NORTHWIND TRADING SDN BHD"]
    assert found["address"] == ["NO 7, JALAN CONTOH 3, 81200 JOHOR BAHRU"]
    assert found["date"] == ["2018-03-06"]
    assert found["time"] == ["08:58"]
    assert found["currency"] == ["MYR"]


@pytest.mark.parametrize(
    ("sums", "total"),
    [
        (
            (
                "TOTAL\t19.99",
                "Rounding Adj\t0.01",
                "Rounding\t20.00",
                "CASH\t20.00",
                "CHANGE\t0.00",
            ),
            "20.00",
        ),
        (
            ("TOTAL\t.99", "Rounding Adj\t0.01", "Rounding\t20.00", "CASH\t20.00", "CHANGE\t0.00"),
            "20.00",
        ),
        (("TOTAL\t19.99", "Rounding\t0.01", "CASH\t50.00", "CHANGE\t30.00"), "20.00"),
        (
            (
                "TOTAL\t19.98",
                "Rounding\t0.02",
                "Total Rounded\t20.00",
                "CASH\t50.00",
                "CHANGE\t30.00",
            ),
            "20.00",
        ),
        (
            (
                "Total Qty:\t2\t20.00",
                "Total Sales (Excluding GST)\t18.87",
                "Total GST\t1.13",
                "Total Sales (Inclusive of GST) :\t20.00",
                "CASH :\t50.00",
                "Change :\t30.00",
            ),
            "20.00",
        ),
        (("SUBTOTAL\tRM20.00", "CASH\tRM50.00", "CHANGE\tRM30.00"), "20.00"),
        (("Total Amount: $20.00", "GST @6%: $1.13", "Nett Total: $20.00"), "20.00"),
        (("Due\t20.00", "Pay\t20.00", "Change\t0.00", "(Total Included GST 6% : 1.13)"), "20.00"),
        (("Sub Total\t18.87", "GST 6%\t1.13", "Totai\t20.00", "VISA\t20.00"), "20.00"),
        (
            ("Subtotal\t20.00", "Discount\t2.00", "Total\t18.00", "Cash\t20.00", "Change\t2.00"),
            "18.00",
        ),
    ],
)
def test_the_sum_paid(sums: tuple[str, ...], total: str) -> None:
    assert read(*sums, *_FOOT)["total"] == [total]


def test_tax_and_subtotal() -> None:
    found = read("Subtotal\t18.87", "GST 6%\t1.13", "TOTAL\t20.00", "CASH\t20.00", *_FOOT)
    assert found["subtotal"] == ["18.87"]
    assert found["tax"] == ["1.13"]


@pytest.mark.parametrize("row", ["TOTAL QTY\t20.00", "TOTAL SAVING\t5.00", "Total Discount\t3.00"])
def test_what_is_no_total(row: str) -> None:
    assert "total" not in read("Bread\t20.00", row)


def test_sums_that_contradict_each_other_are_all_given() -> None:
    # 50.00 - 30.00 is not 26.00: something was misread.
    assert read("TOTAL\t26.00", "CASH\t50.00", "CHANGE\t30.00")["total"] == ["26.00", "20.00"]
    assert read("TOTAL\t26.00", "GRAND TOTAL\t20.00")["total"] == ["26.00", "20.00"]


@pytest.mark.parametrize("amount", ["1999", ".99", "19.9", "19,99.1", "1 9.9 9"])
def test_a_broken_amount_is_none(amount: str) -> None:
    assert "total" not in read(f"TOTAL\t{amount}")


@pytest.mark.parametrize(
    ("shown", "iso"),
    [
        ("03 MAR 2018", "2018-03-03"),
        ("20180428/191204", "2018-04-28"),
        ("18-03-201811:23", "2018-03-18"),
        ("11/03/18 21:30", "2018-03-11"),
        ("2018-03-11", "2018-03-11"),
    ],
)
def test_dates(shown: str, iso: str) -> None:
    head = (*_HEAD[:6], f"Date: {shown}")
    assert read("TOTAL\tRM20.00", head=head)["date"] == [iso]


def test_an_order_nobody_tells_leaves_the_date_out() -> None:
    head = ("CORNER SHOP", "Date: 03/04/2018")
    found = read("TOTAL\t$20.00", "CASH\t$20.00", head=head)
    assert "date" not in found
    assert "currency" not in found
    assert read("TOTAL\t$20.00", head=("CORNER SHOP", "Date: 28/04/2018"))["date"] == ["2018-04-28"]


def test_american_dates_put_the_month_first() -> None:
    head = ("CORNER SHOP", "12 Main Street", "Portland, OR 97204", "Date: 03/04/2018")
    found = read("TOTAL\t$20.00", head=head)
    assert (found["date"], found["currency"]) == (["2018-03-04"], ["USD"])


def test_an_expiry_date_is_not_the_sale() -> None:
    head = (*_HEAD[:6], "Valid until: 01/01/2020", "Date: 06/03/2018")
    assert read("TOTAL\tRM20.00", head=head)["date"] == ["2018-03-06"]


def test_name_without_a_legal_form_is_not_firm() -> None:
    rows = ("A03022", "BAKERY AT THE CORNER", "LOT 276 HIGH ROAD 43800", "TEL 1234567")
    found = {c.name: c for c in KIND.read(view((*rows, "TOTAL\t£5.00"))).candidates}
    assert found["seller_name"].value == "BAKERY AT THE CORNER"
    assert not found["seller_name"].firm


def test_legal_form_beats_the_brand_above_it_and_takes_its_branch() -> None:
    head = (
        "SWEET COLOURS @ 1 SQUARE",
        "SMALL CRAVINGS SDN BHD (562007-D)",
        "(JALAN LAMA)",
        *_HEAD[2:],
    )
    assert read("TOTAL\tRM20.00", head=head)["seller_name"] == [
        "SMALL CRAVINGS SDN BHD (JALAN LAMA)"
    ]


def test_the_customer_is_not_the_seller() -> None:
    head = ("PAPER HOUSE", "LOT 2 HIGH ROAD 43800", "TEL 1", "Bill To", "LORRY TRANSPORT SDN BHD")
    assert read("TOTAL\tRM20.00", head=head)["seller_name"] == ["PAPER HOUSE"]


def test_chinese_receipt() -> None:
    rows = (
        "山脚小馆(东城店)",
        "结账单",
        "单号：2024030512345",
        "开单时间：2024-03-05 11:50",
        "结账时间：2024-03-05 12:33",
        "地址：东城区和平街8号",
        "品名\t数量\t单价\t金额",
        "酸菜鱼\t1\t68.00\t68.00",
        "米饭\t2\t3.00\t6.00",
        "合计：\t74.00",
        "优惠：\t4.00",
        "实收：\t¥70.00",
        "支付方式：微信支付",
        "谢谢惠顾",
    )
    draft = KIND.read(view(rows))
    found = {c.name: c.value for c in draft.candidates}
    assert found == {
        "seller_name": "山脚小馆（东城店）",
        "address": "东城区和平街8号",
        "date": "2024-03-05",
        "time": "12:33",
        "total": "70.00",
        "currency": "CNY",
    }
    assert [(i.name, i.quantity, i.price, i.amount) for i in draft.items] == [
        ("酸菜鱼", "1", "68.00", "68.00"),
        ("米饭", "2", "3.00", "6.00"),
    ]
    assert KIND.likeness(view(rows)) > 0.8


def test_money_given_in_chinese_is_not_the_total() -> None:
    found = read("合计\t74.00", "实收\t100.00", "找零\t26.00", head=("山脚小馆", "2024-03-05"))
    assert found["total"] == ["74.00"]


def test_goods_that_do_not_add_up_are_left_out() -> None:
    rows = (*_HEAD, "Item\tQty\tAmount", "Bread\t1\t5.00", "Milk\t1\t6.00", "TOTAL\tRM12.00")
    assert KIND.read(view(rows)).items == ()


@pytest.mark.parametrize(
    "rows",
    [
        ("MENU", "Soup\t5.00", "Steak\t25.00", "All prices incl. VAT"),
        ("菜单", "酸菜鱼\t68.00元", "米饭\t3.00元", "欢迎光临"),
        ("SALE! 50% OFF", "NOW 19.99", "WAS 39.99", "VISIT US"),
        ("Quarterly report", "Total\t12.00", "Rate\t3.00", "Source: own figures"),
        (
            "FACTUUR",
            "Factuurnummer: 123",
            "Totaal\t€ 12,00",
            "IBAN NL00BANK0123456789",
            "BTW\t€ 2,00",
        ),
        (
            "增值税电子普通发票",
            "发票代码 012345678901",
            "购买方",
            "合计\t12.00",
            "税额\t1.00",
            "收款员",
        ),
        ("账单详情", "-38.00", "支付时间 2024-03-05", "交易单号 420000", "合计 38.00"),
    ],
)
def test_other_papers_are_no_receipts(rows: tuple[str, ...]) -> None:
    assert KIND.likeness(view(rows)) < 0.5


def test_the_rounded_sum_is_paid_though_net_and_tax_make_the_other() -> None:
    sums = (
        "Sub Total\t191.49",
        "GST 6%\t11.49",
        "TOTAL\t202.98",
        "Rounding Adj\t0.02",
        "GRAND TOTAL\t203.00",
        "VISA\t203.00",
    )
    assert read(*sums)["total"] == ["203.00"]


@pytest.mark.parametrize(
    ("sums", "total"),
    [
        (("件数：15\t合计：517.11", "微信\t517.11"), "517.11"),
        (("TOTAL:20.00", "CASH:50.00", "CHANGE:30.00"), "20.00"),
        (("原价合计：\t82.18", "折扣：\t-8.00", "应付金额：\t74.18"), "74.18"),
        (("Time 10:30.50", "Total\t8.20"), "8.20"),
    ],
)
def test_labels_right_before_their_sum(sums: tuple[str, ...], total: str) -> None:
    assert read(*sums)["total"] == [total]


def test_a_card_slip() -> None:
    rows = (
        "POS 签购单",
        "商户名称：西安天途餐饮管理有限公司",
        "商户编号：988407807955158",
        "终端编号：99394300",
        "卡号：6222 02** **** 8213",
        "日期/时间：2026/10/31 17:53:18",
        "金额：RMB 1,996.29",
        "持卡人签名：",
    )
    slip = view(rows)
    assert KIND.likeness(slip) > 0.8
    found = {each.name: each.value for each in KIND.read(slip).candidates}
    assert found["seller_name"] == "西安天途餐饮管理有限公司"
    assert (found["date"], found["time"], found["total"]) == ("2026-10-31", "17:53:18", "1996.29")
    assert KIND.likeness(view(rows[:6])) == 0.0


@pytest.mark.parametrize("heading", ["Quotation", "报价单", "PRICE LIST", "Purchase Order"])
def test_what_is_only_offered_is_no_receipt(heading: str) -> None:
    rows = ("Qty\tPrice", "2\t8.80", "GST 6%\t1.13", "Total :\t18.86", "Cash or VISA")
    paid = ("TILL RECEIPT", "Date: 06/03/2018", *rows)
    assert KIND.likeness(view(paid)) >= 0.5
    assert KIND.likeness(view((heading, *paid[1:]))) == 0.0
