"""The VAT form: every field of generated invoices, and lines as a recogniser leaves them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.resources.desk import ON
from tests.resources.views import Placed, cells, native, placed, values
from yuepi.documents.kinds import kind_named
from yuepi.documents.layout import vat_form
from yuepi.documents.layout.view import View
from yuepi.lab.samples import Company, make

CLASSIC = ("vat_e_invoice", "vat_invoice", "vat_special_invoice")
PRIVATE = Company("个人")

FORM: tuple[Placed, ...] = (
    (0.38, 0.08, "北京增值税电子普通发票"),
    (0.70, 0.04, "发票代码：011001900211"),
    (0.70, 0.08, "发票号码：48213307"),
    (0.70, 0.12, "开票日期：2026年10月09日"),
    (0.70, 0.16, "校 验 码：10293 84756 56473 82910"),
    (0.08, 0.16, "机器编号：499099123456"),
    (0.08, 0.22, "名        称：星图科技有限公司"),
    (0.08, 0.26, "纳税人识别号：91110108MA01234567"),
    (0.08, 0.30, "地 址、电 话：某路1号 010-12345678"),
    (0.60, 0.24, "03*1/-<>57+29"),
    (0.08, 0.40, "货物或应税劳务、服务名称"),
    (0.36, 0.40, "规格型号"),
    (0.66, 0.40, "金额"),
    (0.78, 0.40, "税率"),
    (0.90, 0.40, "税额"),
    (0.05, 0.45, "*餐饮服务*餐费"),
    (0.66, 0.45, "100.00"),
    (0.78, 0.45, "6%"),
    (0.90, 0.45, "6.00"),
    (0.10, 0.66, "合        计"),
    (0.65, 0.66, "￥100.00"),
    (0.89, 0.66, "￥6.00"),
    (0.10, 0.71, "价税合计（大写）"),
    (0.32, 0.71, "⊗壹佰零陆圆整"),
    (0.74, 0.71, "（小写）"),
    (0.80, 0.71, "￥106.00"),
    (0.08, 0.77, "名        称：青禾餐饮管理有限公司"),
    (0.08, 0.81, "纳税人识别号：91310104MA76543210"),
    (0.05, 0.93, "收款人：甲"),
    (0.50, 0.93, "开票人：乙"),
)
TRUTH = {
    "type": "增值税电子普通发票",
    "title": "北京增值税电子普通发票",
    "code": "011001900211",
    "number": "48213307",
    "date": "2026-10-09",
    "check_code": "10293847565647382910",
    "buyer_name": "星图科技有限公司",
    "buyer_tax_id": "91110108MA01234567",
    "seller_name": "青禾餐饮管理有限公司",
    "seller_tax_id": "91310104MA76543210",
    "amount": "100.00",
    "tax": "6.00",
    "total": "106.00",
    "total_cn": "壹佰零陆圆整",
    "currency": "CNY",
}


def form(**changed: str | None) -> View:
    """The form with some texts replaced; None leaves a line out. Keys are x and y in percent."""
    lines = []
    for x, y, text in FORM:
        new = changed.get(f"at_{round(x * 100)}_{round(y * 100)}", text)
        lines += [(x, y, new)] if new is not None else []
    return placed(*lines)


def read(view: View, type_name: str = TRUTH["type"]) -> dict[str, str]:
    return values(vat_form.read_classic(view, type_name, paper=False))


@pytest.mark.parametrize("kind", CLASSIC)
@pytest.mark.parametrize("seed", range(4000, 4008))
def test_all_fields_and_lines_of_a_generated_invoice(kind: str, seed: int) -> None:
    sample = make(kind, seed, ON, toll=False)
    draft = kind_named(kind).read(native(sample))
    assert values(draft) == sample.truth
    assert cells(draft.items) == sample.items


def test_a_private_buyer_has_no_tax_number() -> None:
    sample = make("vat_e_invoice", 4100, ON, buyer=PRIVATE)
    found = values(kind_named("vat_e_invoice").read(native(sample)))
    assert found["buyer_name"] == "个人"
    assert "buyer_tax_id" not in found
    assert found["seller_tax_id"] == sample.truth["seller_tax_id"]


def test_exempt_goods_carry_stars_for_tax() -> None:
    sample = make("vat_e_invoice", 4200, ON, trade="farm", toll=False)
    draft = kind_named("vat_e_invoice").read(native(sample))
    assert values(draft)["tax"] == "***"
    assert {(item.rate, item.tax) for item in draft.items} == {("免税", "***")}


def test_the_form_as_lines() -> None:
    assert read(form()) == TRUTH


def test_every_value_says_where_it_stands() -> None:
    view = form()
    for each in vat_form.read_classic(view, TRUTH["type"], paper=False).candidates:
        box = each.evidence.box
        assert box is not None
        assert 0 < box.width < 0.5
        under = [line for line in view.lines if line.box.shared(box) > 0]
        assert under, each.name
        assert each.evidence.text


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"at_8_22": "名称:星图科技有限公司"}, "buyer_name"),
        ({"at_70_4": "发票代码 011001900211"}, "code"),
        ({"at_70_4": "发票代码：01100190 0211"}, "code"),
        ({"at_70_12": "开票日期：2026年 10月 09日"}, "date"),
        ({"at_70_12": "2026年10月09日"}, "date"),
        ({"at_70_12": "开票日期：2026 10 09"}, "date"),
        ({"at_80_71": "￥106 .00"}, "total"),
        ({"at_74_71": "（小写）￥106.00", "at_80_71": None}, "total"),
        ({"at_74_71": None}, "total"),
        ({"at_10_66": "合计"}, "amount"),
        ({"at_10_66": None}, "amount"),
        ({"at_10_66": None}, "tax"),
        ({"at_32_71": "ⓧ壹佰零陆圆整"}, "total_cn"),
        ({"at_8_26": "纳税人识别号: 91110108 MA01234567"}, "buyer_tax_id"),
    ],
)
def test_small_losses_of_a_recogniser_are_borne(changed: dict[str, str | None], name: str) -> None:
    assert read(form(**changed))[name] == TRUTH[name]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"at_70_8": "发票号码：4821330"}, "number"),
        ({"at_70_4": "发票代码：01100190021"}, "code"),
        ({"at_70_12": "开票日期：2026年13月09日"}, "date"),
        ({"at_8_26": "纳税人识别号："}, "buyer_tax_id"),
        ({"at_8_26": "纳税人识别号：9111"}, "buyer_tax_id"),
        ({"at_80_71": "￥106.0"}, "total"),
        ({"at_32_71": "⊗"}, "total_cn"),
        # What is left in the row of sums is the tax, and no amount.
        ({"at_65_66": "￥1OO.0"}, "amount"),
        ({"at_65_66": None}, "amount"),
    ],
)
def test_what_has_not_its_shape_is_missing(changed: dict[str, str | None], name: str) -> None:
    found = read(form(**changed))
    assert name not in found
    assert {k: v for k, v in found.items() if k != "tax"}.items() <= TRUTH.items()


def test_the_label_split_over_two_lines() -> None:
    view = form(at_8_22=None)
    label = placed((0.08, 0.22, "名"), (0.14, 0.22, "称：星图科技有限公司"))
    assert read(replace(view, lines=view.lines + label.lines))["buyer_name"] == TRUTH["buyer_name"]


LONG = "内蒙古星图国际科技发展集团股份有限公"


def test_a_long_name_runs_on_in_the_next_line() -> None:
    view = form(at_8_22=f"名        称：{LONG}")
    rest = placed((0.18, 0.245, "司呼和浩特分公司")).lines
    draft = vat_form.read_classic(
        replace(view, lines=view.lines + rest), TRUTH["type"], paper=False
    )
    assert values(draft)["buyer_name"] == LONG + "司呼和浩特分公司"
    (buyer,) = (each for each in draft.candidates if each.name == "buyer_name")
    assert buyer.evidence.box is not None
    assert buyer.evidence.box.holds(rest[0].box.centre)


@pytest.mark.parametrize(
    ("x", "y", "text"),
    [
        (0.18, 0.245, "地址：某路"),
        (0.18, 0.245, "01012345678"),
        (0.40, 0.245, "印"),
        (0.08, 0.245, "司呼和浩特"),
        (0.18, 0.285, "司呼和浩特"),
    ],
)
def test_other_lines_below_a_name_are_not_part_of_it(x: float, y: float, text: str) -> None:
    view = form(at_8_22=f"名        称：{LONG}")
    found = read(replace(view, lines=view.lines + placed((x, y, text)).lines))
    assert found["buyer_name"] == LONG


def test_paper_prints_code_and_number_without_labels() -> None:
    view = form(
        at_38_8="北京增值税普通发票", at_70_4="1100191130", at_70_8="№ 48213307", at_8_16=None
    )
    draft = vat_form.read_classic(view, "增值税普通发票", paper=True)
    found = values(draft)
    assert (found["code"], found["number"]) == ("1100191130", "48213307")


def test_two_differing_numbers_on_paper_are_none() -> None:
    view = form(at_38_8="北京增值税普通发票", at_70_4="48213301", at_70_8="48213307", at_8_16=None)
    assert "number" not in values(vat_form.read_classic(view, "增值税普通发票", paper=True))


def test_an_empty_page_gives_nothing() -> None:
    assert read(placed()) == {}
    assert vat_form.structure_score(placed()) == 0
    assert vat_form.structure_score(form()) >= 0.5


@pytest.mark.parametrize(
    ("row", "titled"),
    [
        # A contract's line may break right around it.
        ("浙江增值税专用发票", False),
        ("增值税专用发票", False),
        ("浙江增值税专用发票（抵扣联）", True),
        ("3300201130 浙江增值税专用发票 No 12345678 开票日期：2024年03月05日", True),
        ("增值税专用发票 第二联：抵扣联 购买方扣税凭证", True),
        ("№12345678 浙江增值税专用发票：3300201130", True),
        ("增值税专用发票号码：12345678", True),
        ("乙方应开具增值税专用发票，税率13%", False),
        ("增值税专用发票。", False),
        ("发票类型 增值税专用发票", False),
        ("付款方式 电汇 发票 增值税专用发票", False),
    ],
)
def test_a_title_is_known_beside_what_forms_print_there(row: str, titled: bool) -> None:
    assert vat_form.is_titled(placed((0.1, 0.1, row)), "增值税专用发票") is titled


@pytest.mark.parametrize(
    ("row", "titled"),
    [
        ("发票号码：12345678", True),
        ("开票日期：2024年03月05日", True),
        ("№ 12345678", True),
        ("合同编号：2024010118", False),
        ("签订日期：2024年03月05日", False),
        ("统一社会信用代码：91440310MA5CE4BF09", False),
    ],
)
def test_a_name_alone_in_its_row_wants_something_filled_in(row: str, titled: bool) -> None:
    view = placed((0.1, 0.1, "增值税专用发票"), (0.1, 0.3, row))
    assert vat_form.is_titled(view, "增值税专用发票") is titled
