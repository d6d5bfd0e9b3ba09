"""Lines of a page become paragraphs, and no number is cut in two on the way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.library.test_chunking import document_with, lines, on_pages, page, run
from yuepi.library.chunking import chunks_of


@given(st.integers(96, 180), st.decimals(1_000, 99_999_999, places=2), st.sampled_from(["", ", "]))
def test_no_piece_ends_within_a_number(before: int, amount: Decimal, stop: str) -> None:
    told = f"{amount:,}"
    text = "本" * (before // 2) + stop + "次" * (before - before // 2) + told + "元整" * 80
    chunks = on_pages(chunks_of(document_with(page(*lines([text])))))
    assert any(told in chunk.text for chunk in chunks), [chunk.text for chunk in chunks]


def test_lines_of_so_many_characters_are_one_paragraph_however_wide_they_are() -> None:
    rows = [
        ("我行将于2026年12月10日零时起，把企业网银单笔转账限额由500万元调整为", 0.9),
        ("200万元，日累计限额由2000万元、月限额由5000万元调整为8", 0.72),
        ("00万元。", 0.2),
    ]
    runs = [run(text, 0.1, 0.1 + at * 0.02, at, x1) for at, (text, x1) in enumerate(rows)]
    (chunk,) = on_pages(chunks_of(document_with(page(*runs))))
    assert "调整为200万元" in chunk.text
    assert "调整为800万元。" in chunk.text


def test_the_number_of_a_clause_is_no_end_of_the_number_before_it() -> None:
    rows = [
        ("一、甲方应当在合同签订之日起十日内一次付清价款人民币500", 0.75),
        ("2、验收", 0.2),
    ]
    runs = [run(text, 0.1, 0.1 + at * 0.02, at, x1) for at, (text, x1) in enumerate(rows)]
    runs.append(run("三、" + "双方约定的其他事项应当以书面形式作出" * 2, 0.1, 0.14, 2, 0.9))
    text = "\n".join(chunk.text for chunk in on_pages(chunks_of(document_with(page(*runs)))))
    assert "500\n2、验收" in text


@pytest.mark.parametrize(
    ("line", "following"),
    [
        ("合同签订后十日以内甲方向乙方一次支付首付款人民币100000", "30日内付清余款。"),
        ("乙方负责本项目的联系人为张三丰，其联系电话为13800138000", "2026年1月1日起租。"),
        ("双方约定任何一方违反本合同时应当支付的违约金比例为5", "10%以上的另行商议。"),
        ("承租人应当在每月五日以前向物业公司支付水费每月50,", "300元物业费另付。"),
    ],
)
def test_two_numbers_on_two_lines_stay_two(line: str, following: str) -> None:
    rows = [(line, 0.75), (following, 0.3)]
    runs = [run(text, 0.1, 0.1 + at * 0.02, at, x1) for at, (text, x1) in enumerate(rows)]
    runs.append(run("双方约定的其他事项应当以书面形式作出" * 2, 0.1, 0.14, 2, 0.9))
    text = "\n".join(chunk.text for chunk in on_pages(chunks_of(document_with(page(*runs)))))
    assert line + following not in text
    assert line in text
    assert following in text


def test_short_lines_of_a_list_stay_lines() -> None:
    rows = [("办公用纸三箱每箱一百二十元", 0.4), ("签字笔二十盒", 0.25), ("2号电池四十节", 0.27)]
    runs = [run(text, 0.1, 0.1 + at * 0.02, at, x1) for at, (text, x1) in enumerate(rows)]
    runs.append(
        run("以上物品请在本周五以前送到行政部仓库并由仓库管理员签收入账。", 0.1, 0.16, 3, 0.9)
    )
    text = "\n".join(chunk.text for chunk in on_pages(chunks_of(document_with(page(*runs)))))
    assert text.split("\n")[:3] == [row for row, _ in rows]
