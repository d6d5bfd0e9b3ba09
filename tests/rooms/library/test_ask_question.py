"""What a question asks for, and what a follow-up leaves out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.library.asking.asked import QUESTION_CHARACTERS_MAX, BadQuestion, Turn
from yuepi.library.asking.cues import AnswerSort
from yuepi.library.asking.question import understand
from yuepi.library.asking.terms import Folded, covered, terms_of


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("合同总价多少钱？", "amount"),
        ("how much is the rent", "amount"),
        ("什么时候签的", "date"),
        ("When does it expire?", "date"),
        ("质保期多久", "duration"),
        ("how many days notice are needed", "duration"),
        ("税率是多少", "percent"),
        ("发票号码是多少", "number"),
        ("乙方是哪家公司", "who"),
        ("who is the seller", "who"),
        ("交货地点在哪里", "where"),
        ("服务器有几台", "quantity"),
        ("可以转租吗", "yes_no"),
        ("May the tenant sublet?", "yes_no"),
        ("违约责任怎么约定", "text"),
    ],
)
def test_the_sort_of_an_answer(question: str, sort: AnswerSort) -> None:
    assert understand(question).sort == sort


@pytest.mark.parametrize(
    ("before", "question", "has", "lacks"),
    [
        ("星河公司的合同总价是多少", "那违约金呢？", {"星河", "违约金"}, {"合同总价"}),
        (
            "What is the total of the Contoso contract?",
            "and who signed it?",
            {"Contoso"},
            {"total"},
        ),
        ("星河公司的合同总价是多少", "那海天公司的呢？", {"海天", "合同总价"}, {"星河"}),
        ("星河公司的合同总价是多少", "为什么？", {"星河", "合同总价"}, set()),
        ("星河公司的合同总价是多少", "海天公司的发票号码是多少", {"海天"}, {"星河"}),
    ],
)
def test_a_follow_up_takes_what_it_leaves_out(
    before: str, question: str, has: set[str], lacks: set[str]
) -> None:
    terms = {term.text for term in understand(question, [Turn(question=before)]).terms}
    assert has <= terms
    assert not lacks & terms


def test_follow_ups_of_follow_ups() -> None:
    earlier = [Turn(question="星河公司的合同总价是多少"), Turn(question="那违约金呢？")]
    asked = understand("那质保期呢？", earlier)
    assert asked.follows
    assert {term.text for term in asked.terms} >= {"星河", "质保期"}
    assert "违约金" not in asked.text


@pytest.mark.parametrize(
    "question", ["", "  ", "？？", "\x00", "x" * (QUESTION_CHARACTERS_MAX + 1)]
)
def test_no_question(question: str) -> None:
    with pytest.raises(BadQuestion):
        understand(question)


@pytest.mark.parametrize(
    ("question", "text", "met"),
    [
        ("2024年3月5日签的", "签订日期：2024-03-05", True),
        ("2024年3月5日签的", "签订日期：2024-03-06", False),
        ("on 5 March 2024", "dated March 5, 2024", True),
        ("50万的合同", "合同总价500,000.00元", True),
        ("50万的合同", "合同总价1,500,000.00元", False),
        ("第3条", "第三条 付款", True),
        ("“远图”", "白水市远图商贸", True),
        ("发票24112000000012345678", "号码 24112000000012345679", False),
    ],
)
def test_figures_are_met_to_the_digit(question: str, text: str, met: bool) -> None:
    literals = [term for term in terms_of(question) if term.sort == "literal"]
    assert len(literals) == 1
    assert bool(covered(literals[0], Folded(text))) is met


def test_words_of_both_languages_are_one_thing() -> None:
    (term,) = [each for each in terms_of("what is the penalty") if each.sort == "thing"]
    assert covered(term, Folded("支付违约金")) > 0.9
    assert covered(term, Folded("支付定金")) == 0


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_a_question(question: str, before: str) -> None:
    try:
        asked = understand(question, [Turn(question=before)])
    except BadQuestion:
        return
    assert asked.text
    assert len(asked.text) <= QUESTION_CHARACTERS_MAX
