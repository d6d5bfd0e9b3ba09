"""Words of Chinese and English: the same for a text and for whoever looks for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.library.index.words import (
    QUESTION_WORDS_MAX,
    WORD_CHARACTERS_MAX,
    question_words,
    words_of,
)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("计算机", "深圳市腾讯计算机系统有限公司"),
        ("系统", "计算机系统集成服务合同"),
        ("付款期限是多少？", "付款期限为三十日"),
        ("AB-12/2024", "合同编号：AB-12/2024"),
        ("AB122024", "合同编号：AB-12/2024"),
        ("1234.56", "小写：¥1,234.56"),
        ("1,234.56", "合计 1234.56 元"),
        ("ＡＢＣ１２", "abc12 型"),
        ("25117000001234567890", "发票号码25117000001234567890"),
        ("Müller", "MÜLLER GmbH"),
        ("状态机", "state machine 状态机"),
        ("プログラム", "プログラムの説明"),
    ],
)
def test_each_word_that_is_looked_for_stands_in_the_text(question: str, text: str) -> None:
    wanted = question_words(question).split()
    assert wanted
    assert set(wanted) & set(words_of(text).split())


def test_a_number_is_found_whole() -> None:
    assert "25117000001234567890" in words_of("发票号码25117000001234567890").split()
    assert "1234.56" in words_of("¥1,234.56").split()


def test_words_that_only_ask_are_left_out_of_questions() -> None:
    assert question_words("what is the total amount of the invoices?") == "total amount invoices"
    assert question_words("请问 付款期限 是 多少").split()[0] == "付款"
    assert question_words("什么") == "什么"
    assert question_words("？！ …") == ""


def test_a_long_question_is_cut() -> None:
    long = " ".join(f"word{number}" for number in range(1_000))
    assert len(question_words(long).split()) == QUESTION_WORDS_MAX


@given(st.text(max_size=400))
def test_any_text_gives_words_without_spaces_or_capitals(text: str) -> None:
    words = words_of(text).split(" ")
    assert words == [""] or all(0 < len(word) <= WORD_CHARACTERS_MAX for word in words)
    assert set(question_words(text).split()) <= set(words_of(text).split())


@given(st.text(alphabet="付款期限合同编号发票金额计算机系统有限公司", min_size=2, max_size=12))
def test_a_text_is_found_by_itself_wherever_it_stands(name: str) -> None:
    standing = words_of(f"甲方：{name}，乙方").split()
    assert not question_words(name) or set(question_words(name).split()) & set(standing)
