"""Digits that may be wrong are not told: prints that disagree, checks that fail, poor pages."""

from __future__ import annotations

from datetime import date

import pytest

from yuepi.engines.ocr.answer import answer_text
from yuepi.engines.ocr.page import Page, page_of
from yuepi.engines.ocr.question import parse_question
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Code, Line, Quality, Sighting, Tier

TODAY = date(2026, 11, 21)


def page(*rows: str, tier: Tier = "clean", score: float = 1.0, codes: tuple[str, ...] = ()) -> Page:
    """Rows of lines; `|` sets the parts of a row apart."""
    lines = []
    for number, row in enumerate(rows):
        y = 0.05 + 0.05 * number
        for place, part in enumerate(row.split("|")):
            x = 0.05 + 0.3 * place
            if part:
                box = Box(x, y, x + 0.01 * len(part), y + 0.03)
                lines.append(Line(part, box, score, tuple(x for _ in part)))
    quality = Quality(tier, 100.0, 0.5, 0.0, 0.0, 800)
    marks = tuple(Code(text, "QRCode", Box(0.1, 0.1, 0.2, 0.2)) for text in codes)
    return page_of(Sighting(1000, 1000, tuple(lines), marks, quality=quality))


def ask(question: str, on: Page) -> str:
    return answer_text(parse_question(question, TODAY), {1: on}, TODAY)


VAT = ("价税合计（大写）|陆仟贰佰捌拾元整|（小写）¥6280.00",)


def test_words_and_figures_that_agree_need_no_remark() -> None:
    assert ask("是否超过5000元?", page(*VAT)) == "是。价税合计 ¥6,280.00，超过 5,000 元。"


@pytest.mark.parametrize(
    "rows",
    [
        ("价税合计（大写）|陆仟贰佰捌拾元整|（小写）¥8280.00",),
        ("合 计|¥5674.99|¥605.10", *VAT),
        ("总计：6280.00", "总计：6230.00"),
    ],
)
def test_sums_that_disagree_are_not_told(rows: tuple[str, ...]) -> None:
    assert ask("是否超过5000元?", page(*rows)) == "无法确定（图中几处不一致）。"


def test_a_lone_amount_says_so_and_on_a_poor_page_it_is_not_told() -> None:
    assert "只见一处，未能互证" in ask("是否超过50元?", page("金额：¥88.50元"))
    assert ask("是否超过50元?", page("金额：¥88.50元", tier="poor")).startswith("无法确定")
    assert ask("是否超过50元?", page("金额：¥88.50元", score=0.7)).startswith("无法确定")


def test_support_is_believed_on_a_poor_page() -> None:
    assert ask("是否超过5000元?", page(*VAT, tier="poor")).startswith("是")


def test_the_code_on_the_page_backs_or_contradicts() -> None:
    code = "01,10,035002640011,12765811,5674.99,20261008,57901523067125755674,0672,"
    rows = ("发票号码：12765811", "开票日期：2026年10月08日")
    assert ask("发票号码是多少", page(*rows, codes=(code,))) == "发票号码：12765811"
    wrong = ("发票号码：12765817", "开票日期：2026年10月03日")
    assert ask("发票号码是多少", page(*wrong, codes=(code,))).endswith("无法确定（图中几处不一致）")
    assert ask("是否在过去90天内", page(*wrong, codes=(code,))).startswith("无法确定")


def test_numbers_of_a_wrong_shape_or_check_are_not_told() -> None:
    assert ask("发票号码是多少", page("发票号码：1276581")).endswith(
        "无法确定（校验不通过，可能误识）"
    )
    rows = ("购买方|名称：甲公司", "|纳税人识别号：91310012MABULX2G1C")
    assert "91310012MABULX2G1C" not in ask("购买方税号是多少", page(*rows))


CARD = ("姓 名|林晓东", "性 别|男|民 族 汉", "出 生|1990年3月7日", "住 址|北京市朝阳区人民大道")


def card(number: str, *rows: str) -> str:
    return ask(
        "提取姓名、性别、出生日期、身份证号码", page(*(rows or CARD), f"公民身份号码|{number}")
    )


def test_a_card_that_agrees_with_itself() -> None:
    assert card("110105199003072012").splitlines() == [
        "姓名：林晓东",
        "性别：男",
        "出生日期：1990-03-07",
        "身份证号码：110105199003072012",
    ]


def test_a_failing_check_character_is_not_told() -> None:
    assert card("110105199003072019").splitlines()[-1] == (
        "身份证号码：无法确定（校验不通过，可能误识）"
    )


def test_a_birthday_or_sex_against_the_number_is_not_told() -> None:
    wrong_day = (*CARD[:2], "出 生|1990年3月1日", CARD[3])
    assert card("110105199003072012", *wrong_day).splitlines()[2:] == [
        "出生日期：无法确定（图中几处不一致）",
        "身份证号码：无法确定（图中几处不一致）",
    ]
    wrong_sex = (CARD[0], "性 别|女|民 族 汉", *CARD[2:])
    assert card("110105199003072012", *wrong_sex).splitlines()[1].startswith("性别：无法确定")


def test_net_and_tax_before_the_sum_are_no_total() -> None:
    assert ask("是否超过50元?", page("合 计|¥68.81|¥6.19")).startswith("无法确定")


def test_a_column_of_amounts_is_no_single_amount() -> None:
    table = page("名称|数量|单价", "苹果|2|8.00", "梨|3|9.00")
    assert ask("单价是否超过5元", table).startswith("无法确定")
    assert ask("单价是多少", table) == "单价：8.00、9.00"


def test_nothing_is_found_on_an_empty_page() -> None:
    assert ask("是否超过50元?", page()) == "无法确定（图中没有找到）。"
    assert ask("是否包含“茅台”", page()).startswith("无法确定")
    assert ask("OCR", page()) == "No text was recognised in the picture."
