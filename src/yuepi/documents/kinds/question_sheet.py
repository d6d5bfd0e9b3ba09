"""Exam questions: their text, choices and topic, and a formula where it can be read. Not solved."""

from __future__ import annotations

import re
from typing import Final

from yuepi.documents.fields import Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.questions import questions_on, read_questions
from yuepi.documents.layout.view import View

_NEVER: Final = re.compile(
    r"(?i)发票|甲方|乙方|合计|订单|收银|金额|价税|身份证|invoice|receipt|agreement|subtotal"
)
_ASKS: Final = re.compile(
    r"选择题|填空题|解答题|判断题|计算题|应用题|下列|已知|求(?!职)|则|正确的是|错误的是|多少"
    r"|等于|试题|试卷|考试"
    r"|[(（]\s*[)）]|_{3,}"
    r"|(?i:which\s?of\s?the|what\s?is|what\s?are|find\s?the|solve|evaluate|calculate|how\s?many"
    r"|choose|question\s?\d|select\s?the|simplify)"
)


def _likeness(view: View) -> float:
    if _NEVER.search(view.squeezed) or not _ASKS.search(view.text):
        return 0.0
    found = questions_on(view)
    chosen = sum(1 for question in found if len(question.choices) >= 2)
    if not found:
        return 0.0
    if chosen:
        return min(0.9, 0.7 + 0.05 * len(found))
    asked = len({match.group() for match in _ASKS.finditer(view.text)})
    return min(0.75, 0.4 + 0.06 * len(found) + 0.05 * asked) if len(found) >= 2 else 0.0


def _read(view: View) -> Draft:
    return read_questions(view)


KIND = Kind(
    name="question_sheet",
    title_zh="试题",
    title_en="Question sheet",
    fields=("question", "choices", "latex", "topic", "answer"),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={
        "question": ("题目", "Question"),
        "choices": ("选项", "Choices"),
        "latex": ("公式 (LaTeX)", "Formula (LaTeX)"),
        "topic": ("知识点", "Topic"),
        "answer": ("作答", "Answer given"),
    },
    meanings={
        "question": "the first question's text without its number and choices",
        "choices": "`A. … B. …` of the first question",
        "latex": "a printed formula of the first question; nothing where it cannot be read surely",
        "answer": "what is written in the brackets or on the blank; never solved",
    },
)
