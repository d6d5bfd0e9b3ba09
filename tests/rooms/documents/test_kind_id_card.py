"""Identity cards: each side, both sides, what their number proves and what is no card."""

from __future__ import annotations

from datetime import date

import pytest

from tests.resources.views import native, placed, values
from yuepi.documents.classify import classify
from yuepi.documents.kinds.id_card import KIND
from yuepi.documents.layout.view import View
from yuepi.documents.page_reading import PageEvidence, read_page
from yuepi.lab.samples import make
from yuepi.sight.sighting import Sighting

ON = date(2026, 11, 21)
ID = "990101199003070015"
FRONT = (
    (0.05, 0.05, "姓名 欧阳思远"),
    (0.05, 0.12, "性别男"),
    (0.25, 0.12, "民族 土家"),
    (0.05, 0.19, "出生1990年3月7日"),
    (0.05, 0.26, "住址 杭州市西湖区文一西路"),
    (0.11, 0.31, "969号3幢2单元1504室"),
    (0.05, 0.42, f"公民身份号码 {ID}"),
)
BACK = (
    (0.30, 0.60, "中华人民共和国"),
    (0.30, 0.66, "居民身份证"),
    (0.20, 0.80, "签发机关 杭州市公安局西湖分局"),
    (0.20, 0.86, "有效期限 2015.03.02-2035.03.02"),
)
FRONT_SAYS = {
    "name": "欧阳思远",
    "sex": "男",
    "ethnicity": "土家",
    "birth": "1990-03-07",
    "address": "杭州市西湖区文一西路969号3幢2单元1504室",
    "id_number": ID,
}
BACK_SAYS = {
    "authority": "杭州市公安局西湖分局",
    "valid_from": "2015-03-02",
    "valid_to": "2035-03-02",
}


def test_the_front() -> None:
    shown = placed(*FRONT)
    assert KIND.likeness(shown) > 0.9
    draft = KIND.read(shown)
    assert values(draft) == FRONT_SAYS
    assert draft.absent == ("authority", "valid_from", "valid_to")
    assert draft.findings == ()


def test_the_back() -> None:
    shown = placed(*BACK)
    assert KIND.likeness(shown) > 0.9
    draft = KIND.read(shown)
    assert values(draft) == BACK_SAYS
    assert set(draft.absent) == set(FRONT_SAYS)


def test_both_sides_on_one_page_are_one_card() -> None:
    draft = KIND.read(placed(*FRONT, *BACK))
    assert values(draft) == FRONT_SAYS | BACK_SAYS
    assert draft.absent == ()


def test_both_sides_beside_each_other() -> None:
    beside = tuple((x + 0.45, y - 0.55, text) for x, y, text in BACK)
    assert values(KIND.read(placed(*FRONT, *beside))) == FRONT_SAYS | BACK_SAYS


def test_a_card_that_never_ends() -> None:
    rows = (*BACK[:3], (0.20, 0.86, "有效期限 2015.03.02-长期"))
    assert values(KIND.read(placed(*rows)))["valid_to"] == "长期"


def test_a_number_with_a_wrong_check_is_told() -> None:
    rows = (*FRONT[:-1], (0.05, 0.42, f"公民身份号码{ID[:-1]}1"))
    draft = KIND.read(placed(*rows))
    assert values(draft)["id_number"] == ID[:-1] + "1"
    assert [each.code for each in draft.findings] == ["id_checksum_wrong"]


@pytest.mark.parametrize("spoilt", [f"{ID[:3]}I{ID[4:]}", f"{ID[:2]}O{ID[3:]}"])
def test_letters_in_a_number_are_digits_where_its_check_proves_it(spoilt: str) -> None:
    rows = (*FRONT[:-1], (0.05, 0.42, f"公民身份号码 {spoilt}"))
    found = values(KIND.read(placed(*rows))).get("id_number")
    assert found in (ID, None)


def test_a_small_x_is_a_large_one() -> None:
    number = "99010119900307002X"
    rows = (*FRONT[:-1], (0.05, 0.42, f"公民身份号码 {number.lower()}"))
    assert values(KIND.read(placed(*rows)))["id_number"] == number


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ((0.05, 0.19, "出生1990年3月1日"), "id_birth_differs", "birth"),
        ((0.05, 0.12, "性别女"), "id_sex_differs", "sex"),
    ],
)
def test_print_that_the_number_contradicts(
    row: tuple[float, float, str], code: str, field: str
) -> None:
    rows = tuple(row if each[:2] == row[:2] else each for each in FRONT)
    reading = read_page(_page(placed(*rows)))[0]
    assert code in {each.code for each in reading.findings}
    assert reading.fields[field].status == "conflict"


def test_a_birth_that_was_not_read_is_told_by_the_number() -> None:
    reading = read_page(_page(placed(*FRONT[:3], *FRONT[4:])))[0]
    assert (reading.kind, reading.value("birth")) == ("id_card", "1990-03-07")
    assert reading.fields["id_number"].status == "confirmed"
    assert "authority" not in reading.fields


def _page(view: View) -> PageEvidence:
    sighting = Sighting(
        width_px=1550, height_px=1000, lines=view.lines, codes=(), seals=None, quality=None
    )
    return PageEvidence(1, (), sighting, original=False)


@pytest.mark.parametrize(
    "rows",
    [
        (
            "员工登记表",
            "姓名 张三",
            "性别 男",
            "民族 汉",
            "出生 1990年3月7日",
            f"公民身份号码 {ID}",
        ),
        ("姓名：张三", "性别：男", "电话：88888888"),
        ("申请表", f"身份证号码 {ID}", "姓名 张三", "住址 某处", "出生日期 1990年3月7日"),
        ("中华人民共和国", "居民身份证管理办法", "第一条"),
    ],
)
def test_other_papers_are_no_cards(rows: tuple[str, ...]) -> None:
    shown = placed(*((0.1, 0.05 + at * 0.06, row) for at, row in enumerate(rows)))
    assert KIND.likeness(shown) < 0.5


@pytest.mark.parametrize("seed", range(6))
def test_samples_are_read_whole(seed: int) -> None:
    sample = make("id_card", seed, ON)
    view = native(sample)
    assert classify(view)[0] is KIND
    assert values(KIND.read(view)) == sample.truth
