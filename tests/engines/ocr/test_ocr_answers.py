"""Questions as people ask them, on drawn documents, with the answers that must come.

The documents are drawn by `yuepi.lab.samples` (seed 3) and, for the card, in conftest.py; all
names and numbers are invented. Today is 2026-11-21.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.ocr.conftest import CountingEye, whole
from tests.resources.desk import ON
from yuepi.engines.contract import Chat, Message, Picture
from yuepi.engines.ocr import OcrEngine
from yuepi.kit.boxes import Box
from yuepi.sight.look import Seen
from yuepi.sight.sighting import Line

pytestmark = pytest.mark.real
Ask = Callable[..., str]

GOLDEN = [
    ("vat", "是否超过5000元?", "是。价税合计 ¥6,280.00，超过 5,000 元。"),
    ("vat", "这张发票的金额是否超过5000元？", "是。价税合计 ¥6,280.00，超过 5,000 元。"),
    ("vat", "金额不超过5,000元吗", "否。价税合计 ¥6,280.00，超过 5,000 元。"),
    ("vat", "价税合计是否低于1万元", "是。价税合计 ¥6,280.00，低于 10,000 元。"),
    ("vat", "总金额是否≥6280元", "是。价税合计 ¥6,280.00，不低于 6,280 元。"),
    ("vat", "是否大于五千元", "是。价税合计 ¥6,280.00，超过 5,000 元。"),
    ("vat", "税额是否超过600元", "是。合计税额 ¥605.01，超过 600 元。"),
    ("vat", "不含税金额是否至少5700元", "否。合计金额 ¥5,674.99，低于 5,700 元。"),
    ("vat", "住宿费是否超过300元", "无法确定（住宿费：图中没有找到）。"),
    ("vat", "Is the total over 5,000?", "Yes. The total with tax is ¥6,280.00, over 5,000."),
    (
        "vat",
        "开票日期是否在过去90天内?",
        "是。开票日期 2026-10-08，符合“在过去90天内”（今天 2026-11-21）。",
    ),
    (
        "vat",
        "发票是最近30天内开的吗",
        "否。开票日期 2026-10-08，不符合“最近30天内”（今天 2026-11-21）。",
    ),
    (
        "vat",
        "开票日期是否早于2026年10月8日",
        "否。开票日期 2026-10-08，不符合“2026年10月8日 之前”（今天 2026-11-21）。",
    ),
    ("vat", "发票号码是多少?", "发票号码：12765811"),
    (
        "vat",
        "提取发票代码、发票号码、开票日期、金额",
        "发票代码：035002640011\n发票号码：12765811\n开票日期：2026-10-08\n"
        "金额：¥6,280.00（价税合计；不含税 ¥5,674.99）",
    ),
    ("vat", "购买方名称是什么", "购买方名称：上海锦峰咨询有限公司"),
    ("vat", "销售方的税号是多少", "销售方的税号：91350013MALML19GB4"),
    ("vat", "大写金额是多少", "大写金额：陆仟贰佰捌拾元整"),
    ("vat", "校验码是多少", "校验码：57901523067125755674"),
    ("vat", "那税额呢？", "税额：¥605.01"),
    ("vat", "税额是多少？价税合计是多少？", "税额：¥605.01\n价税合计：¥6,280.00"),
    ("vat", "购买方是否为上海锦峰咨询有限公司", "是。购买方：上海锦峰咨询有限公司。"),
    ("vat", '图中有没有"坚果礼盒"', "有：*其他食品*坚果礼盒"),
    ("vat", "是否包含“茅台”", "没有，识别出的文字中未见“茅台”。"),
    ("vat", '图中有没有"坚果礼合"', "无法确定（坚果礼盒：字迹不够清楚）。"),
    ("vat", "这张发票是真的吗", "无法确定（仅凭识别出的文字不能回答）。"),
    ("vat", "这家公司信用怎么样", "无法确定（仅凭识别出的文字不能回答）。"),
    ("digital", "是否超过5000元?", "否。价税合计 ¥75.00，未超过 5,000 元。"),
    (
        "digital",
        "提取购买方名称、销售方名称、购买方税号",
        "购买方名称：深圳云业科技有限公司\n销售方名称：济南泽辉汽车租赁有限公司\n"
        "购买方税号：91440309MABUALQ4JF",
    ),
    (
        "receipt",
        "Extract the name, date and total",
        "name: cannot tell (not found in the picture)\ndate: 2026-11-08\ntotal: €36.41",
    ),
    ("receipt", "Is the total over 30?", "Yes. The Total is €36.41, over 30."),
    ("receipt", "Is it at most 36.40 EUR?", "No. The Total is €36.41, over €36.40."),
    ("receipt", "是否超过30元", "无法确定（€36.41：币种不同）。"),
    (
        "receipt",
        "Is the date within the last 90 days?",
        'Yes. The date is 2026-11-08; it matches "within the last 90 days" (today 2026-11-21).',
    ),
    ("receipt", "how much is the tax", "tax: €3.31"),
    ("receipt", "Does it mention 'Flat White'?", "Yes: Flat White"),
    ("receipt", "Does it mention espresso?", 'No, "espresso" is not in the recognised text.'),
    ("receipt", "Who is the cashier?", "cashier: cannot tell (not found in the picture)"),
    (
        "receipt",
        "how many items were bought?",
        "cannot tell (the recognised text does not answer this).",
    ),
    ("bill", "What is the due date?", "due date: 2026-12-20"),
    (
        "bill",
        "Is the due date before 2026-12-31?",
        'Yes. The due date is 2026-12-20; it matches "before 2026-12-31" (today 2026-11-21).',
    ),
    ("bill", "What is the invoice number?", "invoice number: INV-845339"),
    ("bill", "Is the total less than 10k?", "Yes. The Total is €7,395.85, below 10,000."),
    ("taxi", "是否超过100元", "否。金额 ¥88.50（只见一处，未能互证），未超过 100 元。"),
    ("taxi", "车号是什么", "车号：京BH7144"),
    ("taxi", "里程是多少", "里程：22.93KM"),
    ("menu", "红烧排骨多少钱", "红烧排骨：71元"),
    ("menu", "总价是多少", "总价：无法确定（图中没有找到）"),
    ("menu", "最贵的菜是什么", "最贵的菜：无法确定（图中没有找到）"),
    ("paid", "是否超过500元", "是。金额 ¥516.97（只见一处，未能互证），超过 500 元。"),
    ("paid", "付款方式是什么", "付款方式：余额宝"),
    (
        "card",
        "提取姓名/性别/民族/出生日期/住址/身份证号码",
        "姓名：林晓东\n性别：男\n民族：汉\n出生日期：1990-03-07\n"
        "住址：北京市朝阳区人民大道146号3栋1742室\n身份证号码：110105199003072012",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "question", "answer"),
    GOLDEN,
    ids=[f"{at}-{each[0]}" for at, each in enumerate(GOLDEN)],
)
def test_golden_questions(ask: Ask, name: str, question: str, answer: str) -> None:
    assert ask(question, name) == answer


@pytest.mark.parametrize("question", ["提取图中所有文字", "OCR", "Please transcribe this.", ""])
def test_all_text_in_reading_order(ask: Ask, question: str) -> None:
    lines = ask(question, "receipt").splitlines()
    assert lines[0] == "NORTH HARBOUR GROCERY"
    assert lines.index("Olive Oil 500ml 1 9.20 9.20") < lines.index("TOTAL EUR 36.41")


def test_the_items_are_listed_as_a_table(ask: Ask) -> None:
    lines = ask("list the items", "receipt").splitlines()
    assert lines[0] == "| Item | Qty | Price | Amount |"
    assert lines[2:] == [
        "| Olive Oil 500ml | 1 | 9.20 | 9.20 |",
        "| Blueberry Muffin | 1 | 3.40 | 3.40 |",
        "| Chicken Salad | 1 | 11.30 | 11.30 |",
        "| Flat White | 2 | 4.60 | 9.20 |",
    ]


class StrayEye:
    """The test run's eye, and a word that stands upright in the table, over several rows."""

    def __init__(self, eye: CountingEye) -> None:
        self._eye = eye

    def look(self, pictures: list[NDArray[np.uint8]], *, text: bool = True) -> list[Seen]:
        (seen,) = self._eye.look(pictures, text=text)
        lines = seen.sighting.lines
        cup = next(line.box for line in lines if line.text == "500ml")
        tall = Box(cup.x0, cup.y0, cup.x0 + 0.4 * cup.height, cup.y1 + 2 * cup.height)
        stray = Line("样品", tall, 0.99)
        return [replace(seen, sighting=replace(seen.sighting, lines=(*lines, stray)))]


def test_what_fits_in_no_row_is_said(ocr_eye: CountingEye, shelf: dict[str, Picture]) -> None:
    engine = OcrEngine("ocr", eye=lambda: StrayEye(ocr_eye), today=lambda: ON)
    answer = asyncio.run(whole(engine, Chat((Message("user", (shelf["vat"], "列出表格")),))))
    assert "*日用杂品*保温杯 |" in answer
    # Where the recogniser's numbers are coarser (bfloat16), fewer words stand so by themselves.
    assert re.search(r"另有 [12] 处文字未能归入某一行", answer), answer
    assert "样品" not in answer


def test_where_something_stands(ask: Ask) -> None:
    answer = ask('Where is "TOTAL"?', "receipt")
    assert answer.startswith("TOTAL [")
    assert "Subtotal" not in answer


def test_several_pictures_are_answered_one_by_one(ask: Ask) -> None:
    assert ask("发票号码是多少", "vat", "digital").splitlines() == [
        "图1: 发票号码：12765811",
        "图2: 发票号码：26373537475615199881",
    ]
    assert ask("图2的发票号码是多少", "vat", "digital") == "发票号码：26373537475615199881"


def test_the_sum_of_several_pictures(ask: Ask) -> None:
    assert ask("这两张发票合计是否超过6000元", "vat", "digital") == (
        "是。2 张合计 ¥6,355.00，超过 6,000 元。"
    )
    assert ask("这两张发票合计是否超过6000元", "vat", "menu").startswith("无法确定")


def test_json_asked_for_in_words(ask: Ask) -> None:
    answer = json.loads(ask("请提取发票号码和开票日期，以JSON格式返回", "vat"))
    assert answer == {"发票号码": "12765811", "开票日期": "2026-10-08"}
