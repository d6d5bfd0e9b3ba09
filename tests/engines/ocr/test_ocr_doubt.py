"""Digits that may be wrong are not told: prints that disagree, checks that fail, poor pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from yuepi.engines.ocr.answer import answer_text
from yuepi.engines.ocr.page import Page, page_of
from yuepi.engines.ocr.question import parse_question
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Code, Line, Quality, Seal, Sighting, Tier

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


# --- answers that would be too sure --------------------------------------------------------------

PARTIES = (
    "购买方|名称：杭州松柏云帆科技有限公司",
    "购买方|纳税人识别号：91330108MA2XQ7TN5D",
)
LIST = (
    "Item|Qty|Price|Amount",
    "Chicken Salad|1|11.30|11.30",
    "Flat White|2|4.60|9.20",
    "Apple Cake|1|3.10|8.10",
    "TOTAL|||28.60",
)


def test_the_tax_number_is_compared_sign_by_sign() -> None:
    on = page(*PARTIES)
    for subject in ("购买方的纳税人识别号", "买方的税号", "纳税人识别号"):
        for verb in ("是否为", "是否是"):
            assert ask(f"{subject}{verb}91330108MA2XQ7TN5D？", on).startswith("是。"), subject
    assert ask("购买方税号是91330108MA2XQ7TN5E吗", on).startswith("否。")


def test_one_sign_apart_is_perhaps_misread() -> None:
    on = page("发票号码：12765811")
    assert ask("发票号码是否为12765817", on).startswith("无法确定")
    assert ask("发票号码是否为22765817", on).startswith("否")
    assert ask("发票号码是否为12765811", on).startswith("是")


def test_a_part_of_a_name_or_no_name_is_not_another_name() -> None:
    on = page(*PARTIES)
    assert ask("购买方是否为杭州松柏云帆", on).startswith("无法确定（购买方 杭州松柏云帆科技")
    for kind in ("小规模纳税人", "上市公司", "个体户", "餐饮公司", "Someone Else Ltd"):
        assert ask(f"购买方是否为{kind}", on).startswith("无法确定"), kind
    assert ask("购买方是否为上海锦峰咨询有限公司", on).startswith("否。")
    assert ask("购买方是杭州松柏云帆科技有限公司吗", on).startswith("是。")


def test_what_a_person_is_stands_on_no_paper() -> None:
    on = page("收款人：杨小燕")
    assert ask("收款人是杨小燕吗", on).startswith("是")
    assert ask("收款人是高思远吗", on).startswith("否")
    assert ask("收款人是男的吗", on).startswith("无法确定")
    assert ask("收款人是会计吗", on).startswith("无法确定")


def test_an_item_costs_what_its_row_proves() -> None:
    on = page(*LIST)
    assert ask("How much was the Chicken Salad?", on) == "Chicken Salad: 11.30"
    assert ask("How much is the Flat White?", on) == "Flat White: 4.60 × 2 = 9.20"
    assert "cannot tell" in ask("How much is the Apple Cake?", on)
    assert ask("Is the Chicken Salad over 5?", on).startswith("Yes")
    for item in ("Apple Cake", "Flat White"):
        assert ask(f"Is the {item} over 5?", on).startswith("cannot tell"), item


def test_an_item_beside_a_tax_says_that_it_is_before_it() -> None:
    on = page("项目名称|数量|单价|金额|税额", "*餐饮服务*餐费|1|432.08|432.08|25.92")
    assert ask("餐费是多少", on) == "餐费：432.08（不含税）"
    assert ask("餐费是否超过440元", on).startswith("无法确定")


def test_a_column_of_digits_is_not_told_from_a_poor_page() -> None:
    assert "无法确定" in ask(
        "单价是多少", page("品名|数量|单价|金额", "茶|1|8.00|8.00", tier="poor")
    )


def test_two_things_are_looked_for_one_by_one() -> None:
    on = page("住宿费", "会议服务费")
    assert ask("是否包含住宿费和会议服务费？", on).splitlines() == [
        "住宿费：有：住宿费",
        "会议服务费：有：会议服务费",
    ]
    assert "餐费：没有" in ask("是否包含住宿费和餐费？", on)


def test_the_printed_seal_of_the_tax_office_is_no_stamp() -> None:
    round_seal = Seal(Box(0.42, 0.05, 0.57, 0.2), 0.66)
    stamp = Seal(Box(0.77, 0.75, 0.95, 0.95), 0.75)
    bare = page("电子发票")
    assert ask("有没有盖章", replace(bare, seals=(round_seal,))).startswith("无法确定")
    assert ask("有没有盖章", replace(bare, seals=(round_seal, stamp))) == "有盖章。"
    assert ask("有没有发票专用章", replace(bare, seals=(round_seal, stamp))).startswith("无法确定")
    assert ask("有没有发票专用章", page("发票专用章")).startswith("有")


def test_an_account_number_with_a_wrong_check_is_not_told() -> None:
    assert ask("What is the IBAN?", page("IBAN: DE89 3704 0044 0532 0130 00")).endswith(
        "DE89370400440532013000"
    )
    assert "cannot tell" in ask("What is the IBAN?", page("IBAN: DE89 3704 0044 0532 0130 01"))


def test_a_word_inside_another_is_no_misread_word() -> None:
    on = page("Blueberry Muffin")
    assert ask("Does the receipt include beer?", on).startswith("No")
    assert ask("Does it mention muffen?", on).startswith("cannot tell")


def test_what_the_remark_says_is_not_the_whole_page() -> None:
    assert ask("备注写了什么", page("订单号:370496601223", "住宿费")).startswith("备注：无法确定")
