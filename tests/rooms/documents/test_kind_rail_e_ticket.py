"""铁路电子客票: the ride told by its shapes, the fare, the buyer; the ID number stays inside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.slips import NEGATIVES, values, view
from yuepi.documents.kinds.rail_e_ticket import KIND

TICKET = (
    "电子发票（铁路电子客票）",
    "发票号码:25119110001000001234|开票日期:2025年06月08日",
    "北京南站|G123次|上海虹桥站",
    "Beijingnan||Shanghaihongqiao",
    "2025年06月01日|08:05开|05车12A号|二等座",
    "票价:￥553.00",
    "1101011990****1234|张小三",
    "电子客票号:2511911000100000123456789",
    "购买方名称:甲乙科技有限公司|统一社会信用代码:91350100M000100Y43",
    "买票请到12306 发货请到95306",
    "中国铁路祝您旅途愉快",
)


def test_ticket() -> None:
    page = view(*TICKET)
    assert KIND.likeness(page) == 0.99
    draft = KIND.read(page)
    assert values(draft) == {
        "type": "电子发票（铁路电子客票）",
        "title": "电子发票（铁路电子客票）",
        "number": "25119110001000001234",
        "date": "2025-06-08",
        "train": "G123",
        "from": "北京南站",
        "to": "上海虹桥站",
        "departure": "2025-06-01T08:05",
        "passenger": "张小三",
        "seat": "05车12A号",
        "buyer_name": "甲乙科技有限公司",
        "buyer_tax_id": "91350100M000100Y43",
        "total": "553.00",
        "currency": "CNY",
    }
    assert set(values(draft)) <= set(KIND.fields)
    assert not any("1990" in each.value + each.evidence.text for each in draft.candidates)


def change(old: str, new: str) -> dict[str, str]:
    return values(KIND.read(view(*(row.replace(old, new) for row in TICKET))))


@pytest.mark.parametrize(
    ("old", "new", "name", "expected"),
    [
        ("05车12A号", "05车无座", "seat", "05车无座"),
        ("05车12A号", "03车 015号 下铺", "seat", "03车015号下铺"),
        ("05车12A号", "加2车8号", "seat", "加2车8号"),
        ("张小三", "买买提·艾力", "passenger", "买买提·艾力"),
        ("张小三", "JOHN SMITH", "passenger", "JOHN SMITH"),
        ("G123次", "K1234", "train", "K1234"),
        ("G123次", "1461", "train", "1461"),
        ("北京南站", "北 京 南站", "from", "北京南站"),
        ("票价:￥553.00", "退票费:￥5.50", "total", "5.50"),
        ("票价:￥553.00", "票价 :  ￥ 1,553 .00元", "total", "1553.00"),
        ("08:05开", "8：05 开", "departure", "2025-06-01T08:05"),
    ],
)
def test_other_forms(old: str, new: str, name: str, expected: str) -> None:
    assert change(old, new)[name] == expected


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("25119110001000001234", "2511911000100000123", "number"),
        ("￥553.00", "￥553", "total"),
        ("1101011990****1234", "本人", "passenger"),
        ("08:05开", "08:05到", "departure"),
        ("06月01日", "13月01日", "departure"),
        ("上海虹桥站", "", "to"),
    ],
)
def test_what_is_not_whole_is_missing(old: str, new: str, name: str) -> None:
    assert name not in change(old, new)


def test_a_train_without_both_stations_is_not_firm() -> None:
    rows = [row.replace("上海虹桥站", "") for row in TICKET]
    (train,) = [each for each in KIND.read(view(*rows)).candidates if each.name == "train"]
    assert (train.value, train.firm) == ("G123", False)


def test_fare_and_fee_together_are_a_conflict() -> None:
    assert change("票价:￥553.00", "票价:￥553.00|退票费:￥5.50")["total"] == "553.00/5.50"


def test_a_title_under_a_seal() -> None:
    rows = (TICKET[0].replace("铁路电子客", "铁路宅子客"), *TICKET[1:])
    page = view(*rows)
    assert KIND.likeness(page) >= 0.95
    assert values(KIND.read(page))["title"] == "电子发票（铁路电子客票）"


@pytest.mark.parametrize("rows", NEGATIVES)
def test_other_papers_are_not_this(rows: tuple[str, ...]) -> None:
    assert KIND.likeness(view(*rows)) < 0.5


@given(st.lists(st.text(max_size=60), max_size=12))
def test_no_text_raises(rows: list[str]) -> None:
    page = view(*rows)
    assert 0 <= KIND.likeness(page) <= 1
    KIND.read(page)
