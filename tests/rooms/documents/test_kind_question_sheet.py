"""Exam questions: read, never solved; formulas only where nothing about them is in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.views import native, placed, values
from yuepi.documents.classify import classify
from yuepi.documents.kinds.question_sheet import KIND
from yuepi.documents.layout.formulas import latex
from yuepi.kit.boxes import Box
from yuepi.lab.samples import make
from yuepi.sight.sighting import Line, Rule

ON = date(2026, 11, 21)
SHEET = (
    (0.40, 0.03, "期中考试试卷"),
    (0.05, 0.12, "1. 已知方程3x+5=20，则x的值是（ ）"),
    (0.08, 0.17, "A. 3"),
    (0.28, 0.17, "B. 5"),
    (0.48, 0.17, "C. 7"),
    (0.68, 0.17, "D. 15"),
    (0.05, 0.26, "2. 下列物质中属于氧化物的是（ ）"),
    (0.08, 0.31, "A. 水"),
    (0.08, 0.36, "B. 食盐"),
)


def test_questions_and_choices() -> None:
    view = placed(*SHEET)
    assert classify(view)[0] is KIND
    draft = KIND.read(view)
    assert values(draft) == {
        "question": "已知方程3x+5=20，则x的值是（ ）",
        "choices": "A. 3 B. 5 C. 7 D. 15",
        "latex": "3x+5=20",
        "topic": "方程 / equations",
    }
    assert [(pair.key, pair.value) for pair in draft.pairs] == [
        ("1. 已知方程3x+5=20，则x的值是（ ）", "A. 3 B. 5 C. 7 D. 15"),
        ("2. 下列物质中属于氧化物的是（ ）", "A. 水 B. 食盐"),
    ]


def test_an_answer_that_stands_there_is_told_and_none_is_made() -> None:
    filled = [(x, y, text.replace("则x的值是（ ）", "则x的值是（B）")) for x, y, text in SHEET]
    assert values(KIND.read(placed(*filled)))["answer"] == "B"
    assert "answer" not in values(KIND.read(placed(*SHEET)))


def test_nothing_but_a_formula_that_is_sure() -> None:
    for printed in ("3x2+5=20", "√3x+5=20", "3x+=20", "xy+5=20"):
        lines = [(x, y, text.replace("3x+5=20", printed)) for x, y, text in SHEET]
        assert "latex" not in values(KIND.read(placed(*lines)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x²-2x+1=0", "x^{2}-2x+1=0"),
        ("y=sin x+1", r"y=\sin x+1"),
        ("√(x+1)=2", r"\sqrt{x+1}=2"),
        ("a≤b", r"a \le b"),
        ("x₁+x₂=3", "x_{1}+x_{2}=3"),
        ("√x+1=2", None),
        ("x2=4", None),
        ("2^3=8", None),
        ("10 2=100", None),
        ("(x+1=2", None),
        ("x+1=", None),
    ],
)
def test_latex(text: str, expected: str | None) -> None:
    assert latex(text) == expected


@given(st.text(max_size=40))
def test_latex_never_raises(text: str) -> None:
    latex(text)


def test_a_fraction_needs_its_bar() -> None:
    lines = (
        Line("1. 已知", Box(0.05, 0.10, 0.15, 0.14)),
        Line("1", Box(0.17, 0.08, 0.19, 0.11)),
        Line("2", Box(0.17, 0.13, 0.19, 0.16)),
        Line("x=6，求x的值（ ）", Box(0.20, 0.10, 0.45, 0.14)),
        Line("A. 3", Box(0.05, 0.2, 0.1, 0.24)),
        Line("B. 12", Box(0.3, 0.2, 0.36, 0.24)),
    )
    view = replace(placed(), lines=lines)
    assert "latex" not in values(KIND.read(view))
    barred = replace(view, rules=(Rule(Box(0.165, 0.119, 0.195, 0.121), upright=False),))
    assert values(KIND.read(barred)).get("latex") in (r"\frac{1}{2} x=6", None)


@pytest.mark.parametrize("kind", ["receipt", "invoice", "notice", "menu", "vat_e_invoice"])
def test_nothing_else_is_taken_for_one(kind: str) -> None:
    for seed in range(3):
        assert KIND.likeness(native(make(kind, seed, ON))) == 0.0


def test_samples_are_read() -> None:
    for seed in range(8):
        sample = make("question_sheet", seed, ON)
        view = native(sample)
        assert classify(view)[0] is KIND
        read = {name: "".join(text.split()) for name, text in values(KIND.read(view)).items()}
        assert read == {name: "".join(text.split()) for name, text in sample.truth.items()}
