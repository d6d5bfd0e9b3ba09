"""Words by which a model says that it is not sure."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from yuepi.approvals.uncertain import FOUND_MAX, uncertain_words, unsure_word
from yuepi.documents.reading import Evidence


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("金额可能是300元", "可能"),
        ("无 法\n确 定 金额", "无法确定"),
        ("疑似重复报销", "疑似"),
        ("似乎是 2024 年", "似乎"),
        ("大概三百", "大概"),
        ("日期不清楚", "不清楚"),
        ("印章看不清", "看不清"),
        ("不可能是别的，但可能有误", "可能"),
        ("Maybe 300", "maybe"),
        ("The date is UNCLEAR.", "unclear"),
        ("I cannot determine the total", "cannot determine"),
        ("I can\u2019t really tell", "can't really tell"),
        ("it could not be read", "could not be read"),
        ("it might be 8", "might be"),
        ("probably the seller", "probably"),
        ("not entirely sure", "not entirely sure"),
        ("it appears to be 300", "appears"),
        ("ｍａｙｂｅ", "maybe"),
        ("not unclear, but illegible", "illegible"),
    ],
)
def test_unsure_words(text: str, word: str) -> None:
    assert unsure_word(text) == word


@pytest.mark.parametrize(
    "text",
    [
        "", "300.00", "价税合计叁佰元整", "不可能是别的金额", "请尽可能保留原件", "清楚可见",
        "Maybelline New York", "12 May 2024", "The total is clear and certain.", "not unclear",
        "Unclearly Ltd", "nothing uncertain here", "Seemless GmbH", "without ambiguous digits",
        "I can determine the total", "read and verified", "not only the total",
    ],
)  # fmt: skip
def test_sure_texts(text: str) -> None:
    assert unsure_word(text) is None


def test_only_what_a_model_said_counts(make: SimpleNamespace) -> None:
    def shown(source: str, text: str) -> object:
        seen = Evidence(page=1, box=None, source=source, text=text)  # type: ignore[arg-type]
        return make.field("甲公司").model_copy(update={"evidence": (seen,), "sources": (source,)})

    printed = make.file("a.jpg", make.reading(seller_name=shown("layout", "可能有限公司")))
    assert uncertain_words([printed]) == ()
    said = make.file("b.jpg", make.reading(seller_name=shown("model", "可能是甲公司")))
    (found,) = uncertain_words([printed, said])
    assert (found.word, found.place.file, found.place.field) == ("可能", "b.jpg", "seller_name")


def test_a_value_that_only_a_model_gives_is_its_text(make: SimpleNamespace) -> None:
    value = make.field("unclear").model_copy(update={"sources": ("model",)})
    files = [make.file("a.jpg", make.reading(note=value))] * (FOUND_MAX + 1)
    assert len(uncertain_words(files)) == FOUND_MAX
