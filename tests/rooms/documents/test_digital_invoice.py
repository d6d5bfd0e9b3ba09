"""数电票: both parties side by side, both titles, generated and as a recogniser leaves them."""

from __future__ import annotations

import pytest

from tests.resources.desk import ON
from tests.resources.views import Placed, cells, native, placed, values
from yuepi.documents.kinds.digital_invoice import KIND, ORDINARY, SPECIAL
from yuepi.lab.samples import Company, make

NUMBER = "26117000000012345678"
FORM: tuple[Placed, ...] = (
    (0.34, 0.08, "电子发票（普通发票）"),
    (0.72, 0.08, f"发票号码：{NUMBER}"),
    (0.72, 0.13, "开票日期：2026年10月09日"),
    (0.06, 0.24, "名称：星图科技有限公司"),
    (0.54, 0.24, "名称：青禾餐饮管理有限公司"),
    (0.06, 0.31, "统一社会信用代码/纳税人识别号：91110108MA01234567"),
    (0.54, 0.31, "统一社会信用代码/纳税人识别号：91310104MA76543210"),
    (0.10, 0.38, "项目名称"),
    (0.78, 0.38, "税率/征收率"),
    (0.05, 0.43, "*餐饮服务*餐费"),
    (0.68, 0.43, "100.00"),
    (0.80, 0.43, "6%"),
    (0.92, 0.43, "6.00"),
    (0.10, 0.70, "合计"),
    (0.67, 0.70, "¥100.00"),
    (0.91, 0.70, "¥6.00"),
    (0.08, 0.75, "价税合计（大写）"),
    (0.28, 0.75, "⊗壹佰零陆圆整"),
    (0.70, 0.75, "（小写）¥106.00"),
    (0.08, 0.95, "开票人：甲"),
)


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("seed", range(4000, 4008))
def test_all_fields_and_lines_of_a_generated_invoice(seed: int, special: bool) -> None:
    sample = make("digital_invoice", seed, ON, special=special)
    view = native(sample)
    draft = KIND.read(view)
    assert values(draft) == sample.truth
    assert cells(draft.items) == sample.items
    assert KIND.likeness(view) == 0.99


def test_a_private_buyer_does_not_get_the_sellers_number() -> None:
    sample = make("digital_invoice", 4100, ON, buyer=Company("个人"), special=False)
    found = values(KIND.read(native(sample)))
    assert found["buyer_name"] == "个人"
    assert "buyer_tax_id" not in found
    assert found["seller_tax_id"] == sample.truth["seller_tax_id"]


def test_exempt_goods() -> None:
    sample = make("digital_invoice", 4200, ON, trade="farm", special=False)
    draft = KIND.read(native(sample))
    assert values(draft)["tax"] == "***"
    assert cells(draft.items) == sample.items


def test_lines_of_a_recogniser() -> None:
    view = placed(*FORM)
    found = values(KIND.read(view))
    assert found["number"] == NUMBER
    assert (found["buyer_name"], found["seller_name"]) == (
        "星图科技有限公司",
        "青禾餐饮管理有限公司",
    )
    assert (found["buyer_tax_id"], found["seller_tax_id"]) == (
        "91110108MA01234567",
        "91310104MA76543210",
    )
    assert (found["amount"], found["tax"], found["total"]) == ("100.00", "6.00", "106.00")
    assert KIND.likeness(view) == 0.99


def test_two_long_names_run_on_side_by_side() -> None:
    lines = list(FORM)
    lines[3] = (0.06, 0.215, "名称：内蒙古星图国际科技发展集团股份有限公")
    lines[4] = (0.54, 0.215, "名称：内蒙古青禾国际餐饮管理集团股份有限公")
    lines += [(0.095, 0.245, "司呼和浩特分公司"), (0.575, 0.245, "司包头分公司")]
    found = values(KIND.read(placed(*lines)))
    assert found["buyer_name"] == "内蒙古星图国际科技发展集团股份有限公司呼和浩特分公司"
    assert found["seller_name"] == "内蒙古青禾国际餐饮管理集团股份有限公司包头分公司"
    assert found["buyer_tax_id"] == "91110108MA01234567"


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("电子发票（普通发票）", ORDINARY),
        ("电子发票(普通发票)", ORDINARY),
        ("电子发票（增值税专用发票）", SPECIAL),
        ("电 子 发 票 （普 通 发 票）", ORDINARY),
        ("子发票（普通发票", ORDINARY),
        ("（增值税专用发票）", SPECIAL),
        ("电子发（增值税 票）", SPECIAL),
    ],
)
def test_a_title_half_under_the_seal(printed: str, title: str) -> None:
    view = placed((0.34, 0.08, printed), *FORM[1:])
    found = values(KIND.read(view))
    assert found["type"] == found["title"] == title
    assert KIND.likeness(view) >= 0.9


@pytest.mark.parametrize("printed", ["", "电子发票", "电子发（    票）"])
def test_a_covered_title_is_missing_and_not_guessed(printed: str) -> None:
    found = values(KIND.read(placed((0.34, 0.08, printed), *FORM[1:])))
    assert "type" not in found
    assert "title" not in found


def test_a_longer_or_shorter_number_is_no_number() -> None:
    for number in (NUMBER[:-1], NUMBER + "1"):
        lines = [(x, y, text.replace(NUMBER, number)) for x, y, text in FORM]
        assert "number" not in values(KIND.read(placed(*lines)))


def test_rail_tickets_and_older_invoices_are_other_kinds() -> None:
    rail = native(make("rail_e_ticket", 4000, ON))
    older = native(make("vat_e_invoice", 4000, ON))
    assert KIND.likeness(rail) == 0
    assert KIND.likeness(older) < 0.9
    assert KIND.likeness(placed()) == 0
    assert values(KIND.read(placed())) == {}


def test_labels_that_say_whose_and_which_outweigh_the_usual_places() -> None:
    found = values(
        KIND.read(
            placed(
                (0.30, 0.08, "电子发票（增值税专用发票）"),
                (0.06, 0.13, f"发票号码：{NUMBER}"),
                (0.06, 0.17, "购买方名称：星图科技有限公司"),
                (0.06, 0.21, "销售方名称：青禾餐饮管理有限公司"),
                (0.06, 0.25, "销售方统一社会信用代码/纳税人识别号：91310104MA76543210"),
                (0.10, 0.30, "项目名称"),
                (0.70, 0.30, "金额"),
                (0.06, 0.50, "合计金额：¥100.00"),
                (0.06, 0.54, "合计税额（税率6%）：¥6.00"),
                (0.06, 0.58, "价税合计（大写）：壹佰零陆圆整"),
                (0.60, 0.58, "（小写）¥106.00"),
            )
        )
    )
    assert found["buyer_name"] == "星图科技有限公司"
    assert found["seller_name"] == "青禾餐饮管理有限公司"
    assert found["seller_tax_id"] == "91310104MA76543210"
    assert "buyer_tax_id" not in found
    assert (found["amount"], found["tax"], found["total"]) == ("100.00", "6.00", "106.00")
