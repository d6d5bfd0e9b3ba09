"""Exam questions in Chinese and in English, with a formula printed in one line or none at all."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from yuepi.lab.samples.ink import BLACK, MM, WHITE, Sheet
from yuepi.lab.samples.sample import Sample, finished
from yuepi.lab.samples.wishes import Wishes, dice_of, faces


@dataclass(frozen=True, slots=True)
class _Item:
    text: str
    choices: tuple[str, ...]
    topic: str
    latex: str | None = None


_CHINESE = (
    _Item(
        "已知方程 3x + 5 = 20，则 x 的值是（　）",
        ("3", "5", "7", "15"),
        "方程 / equations",
        "3x+5=20",
    ),
    _Item(
        "不等式 2x - 1 > 7 的解集是（　）",
        ("大于3", "大于4", "小于3", "小于4"),
        "方程 / equations",
        "2x-1>7",
    ),
    _Item(
        "等差数列的首项为2，公差为3，则第5项是（　）", ("11", "14", "17", "20"), "数列 / sequences"
    ),
    _Item(
        "函数 y = 2x + 1 在实数范围内的单调性是（　）",
        ("递增", "递减", "先增后减", "不确定"),
        "函数 / functions",
        "y=2x+1",
    ),
    _Item(
        "一个三角形的两个内角分别是40度和60度，第三个角是（　）",
        ("60度", "70度", "80度", "100度"),
        "几何 / geometry",
    ),
    _Item(
        "从装有3个红球和2个白球的袋中随机取一个，取到红球的概率是（　）",
        ("0.2", "0.4", "0.6", "0.8"),
        "概率与统计 / probability and statistics",
    ),
    _Item("下列物质中属于氧化物的是（　）", ("水", "食盐", "铁", "酒精"), "化学 / chemistry"),
    _Item(
        "植物进行光合作用的主要场所是细胞中的（　）",
        ("线粒体", "叶绿体", "细胞核", "液泡"),
        "生物 / biology",
    ),
    _Item(
        "下列词语中没有错别字的一项是（　）",
        ("再接再厉", "迫不急待", "一愁莫展", "甘败下风"),
        "语文 / Chinese",
    ),
    _Item(
        "电路中电压为6V，电阻为3欧姆，电流为（　）", ("1A", "2A", "9A", "18A"), "电学 / electricity"
    ),
)
_ENGLISH = (
    _Item(
        "Solve for x in the equation 4x - 3 = 21.",
        ("4", "6", "8", "12"),
        "方程 / equations",
        "4x-3=21",
    ),
    _Item(
        "What is the area of a rectangle with sides 6 cm and 4 cm?",
        ("10", "20", "24", "48"),
        "几何 / geometry",
    ),
    _Item(
        "Which of the following words is a synonym of rapid?",
        ("slow", "quick", "quiet", "heavy"),
        "英语 / English",
    ),
    _Item(
        "What is the probability of rolling an even number with one die?",
        ("0.25", "0.5", "0.6", "0.75"),
        "概率与统计 / probability and statistics",
    ),
    _Item(
        "Which force slows a sliding box? Choose friction or another force.",
        ("friction", "lift", "thrust", "tension"),
        "力学 / mechanics",
    ),
)
_TITLES = ("七年级单元测试卷", "期中考试试卷", "课堂练习")
_TITLES_EN = ("Unit Test", "Quiz 3", "Midterm Exam")


def draw(kind: str, seed: int, on: date, wishes: Wishes) -> Sample:
    """A sample of `question_sheet`: one to four questions; the truth is of the first."""
    dice = dice_of(kind, seed)
    english = dice.random() < 0.35 if wishes.english is None else wishes.english
    face, value_face = faces(dice, wishes)
    asked = dice.sample(_ENGLISH if english else _CHINESE, dice.randint(1, 4))
    sheet = Sheet(210 * MM, 297 * MM, WHITE)
    title = dice.choice(_TITLES_EN if english else _TITLES)
    sheet.text(sheet.width / 2, 64, title, 18, face, BLACK, "middle")
    y = 112.0
    for number, item in enumerate(asked, 1):
        y = _question(sheet, number, item, y, value_face, dice)
    first = asked[0]
    truth = {
        "question": first.text,
        "choices": " ".join(
            f"{letter}. {text}" for letter, text in zip("ABCD", first.choices, strict=True)
        ),
        "topic": first.topic,
    }
    if first.latex:
        truth["latex"] = first.latex
    return finished(sheet, f"{kind}-{seed}", kind, truth)


def _question(
    sheet: Sheet, number: int, item: _Item, y: float, face: str, dice: random.Random
) -> float:
    """One question from `y` down; returns where the next one begins."""
    sheet.text(60, y, f"{number}. {item.text}", 12.5, face, room=sheet.width - 110)
    stacked = dice.random() < 0.4
    for i, (letter, text) in enumerate(zip("ABCD", item.choices, strict=True)):
        x, down = (76.0, 26.0 * (i + 1)) if stacked else (76.0 + 118 * i, 28.0)
        sheet.text(x, y + down, f"{letter}. {text}", 12.5, face)
    return y + (160.0 if stacked else 84.0)
