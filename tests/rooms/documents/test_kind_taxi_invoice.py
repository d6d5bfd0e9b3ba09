"""Taxi tickets: values are told by their type and by the shift of the typing, never by luck."""

import pytest

from yuepi.documents.kinds.taxi_invoice import KIND
from yuepi.documents.layout.view import View
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

_HEAD = (
    "青山市出租汽车专用发票",
    "发票代码 144032270119",
    "发票号码01234567",
    "单位名称：青山市远行出租汽车有限公司",
)
_LABELS = ("车号", "证号", "日期", "上车", "下车", "单价", "里程", "等候", "金额", "另收附加费")
_VALUES = (
    "粤BD12345",
    "9000000001",
    "2024年02月22日",
    "10:03",
    "10:16",
    "2.70元",
    "5.15KM",
    "00:04:53",
    "￥22.50元",
    "￥1.00元",
)
_PITCH = 0.03


def _line(text: str, x: float, y: float, width: float = 0.3) -> Line:
    return Line(text, Box(x, y, x + width, y + 0.022))


def ticket(
    values: tuple[str | None, ...] = _VALUES, shift: float = 0.0, head: tuple[str, ...] = _HEAD
) -> View:
    lines = [_line(text, 0.08, 0.05 + 0.04 * i, 0.8) for i, text in enumerate(head)]
    for i, (label, value) in enumerate(zip(_LABELS, values, strict=True)):
        y = 0.3 + i * _PITCH
        lines.append(_line(f"{label}：", 0.15, y, 0.15))
        if value is not None:
            lines.append(_line(value, 0.55, y + shift * _PITCH))
    return View(page=1, source="layout", lines=tuple(lines), aspect=0.35)


def read(view: View) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for candidate in KIND.read(view).candidates:
        found.setdefault(candidate.name, []).append(candidate.value)
    return found


def test_reads_every_field() -> None:
    assert read(ticket()) == {
        "type": ["出租汽车发票"],
        "title": ["青山市出租汽车专用发票"],
        "code": ["144032270119"],
        "number": ["01234567"],
        "seller_name": ["青山市远行出租汽车有限公司"],
        "plate": ["粤BD12345"],
        "date": ["2024-02-22"],
        "on": ["10:03"],
        "off": ["10:16"],
        "distance": ["5.15"],
        "total": ["22.50"],
        "currency": ["CNY"],
    }


@pytest.mark.parametrize("shift", [-0.9, -0.4, 0.3, 0.6, 1.0, 1.3])
def test_typing_that_slipped_keeps_its_meaning(shift: float) -> None:
    found = read(ticket(shift=shift))
    assert (found["on"], found["off"], found["total"]) == (["10:03"], ["10:16"], ["22.50"])


def test_slipped_values_are_not_firm_by_their_label() -> None:
    by_name = {c.name: c for c in KIND.read(ticket(shift=1.0)).candidates}
    assert not by_name["on"].firm
    assert not by_name["plate"].firm


@pytest.mark.parametrize("amount", ["￥2250元", "￥ 0 50t", "22.5O元x", None, "￥0.00元"])
def test_an_unreadable_amount_is_missing_and_the_surcharge_never_stands_in(
    amount: str | None,
) -> None:
    values = (*_VALUES[:8], amount, "￥1.00元")
    assert "total" not in read(ticket(values, shift=1.0))
    assert "total" not in read(ticket(values))


def test_a_stamp_across_the_amount_leaves_it_out() -> None:
    view = ticket()
    y = 0.3 + 8 * _PITCH
    crossed = view.only((*view.lines, _line("12.00元", 0.4, y, 0.12)))
    assert "total" not in read(crossed)


@pytest.mark.parametrize("day", ["2029年01月14日", "2033年01月14日", "2021年01月14日"])
def test_a_ride_cannot_be_far_from_the_year_its_roll_was_printed(day: str) -> None:
    values = (*_VALUES[:2], day, *_VALUES[3:])
    head = (_HEAD[0], "发票代码144032270119", *_HEAD[2:])
    found = read(ticket(values, head=head))
    assert ("date" in found) == (day == "2029年01月14日")


def test_a_plate_of_another_province_than_the_code_is_misread() -> None:
    assert "plate" not in read(ticket(("新BD12345", *_VALUES[1:])))


def test_two_different_numbers_are_both_given() -> None:
    head = (*_HEAD, "发票号码01234568")
    assert read(ticket(head=head))["number"] == ["01234567", "01234568"]


def test_short_numbers_and_codes_are_left_out() -> None:
    found = read(ticket(head=("青山市出租汽车专用发票", "发票代码14403227011", "发票号码0123456")))
    assert "code" not in found
    assert "number" not in found


def test_a_title_that_lost_a_character_is_no_title() -> None:
    assert "title" not in read(ticket(head=("青山市出租汽车用发票", *_HEAD[1:])))
    assert "title" not in read(ticket(head=("青山東出租汽车专用发票", *_HEAD[1:])))


def test_one_line_for_both_times_and_labels_in_the_same_line() -> None:
    texts = (
        "河口市出租汽车专用发票",
        "代码 111001881001",
        "号码 12345678",
        "单位 河口市银达出租汽车有限公司",
        "电话 12345678",
        "车号 京BN1234",
        "证号 123456",
        "日期 2019-05-20",
        "时间 10:03-10:16",
        "单价 2.30元",
        "里程 9.2公里",
        "等候 00:03:10",
        "状态 白天",
        "金额 31.00元",
    )
    lines = tuple(_line(text, 0.1, 0.05 + 0.04 * i, 0.6) for i, text in enumerate(texts))
    found = read(View(page=1, source="layout", lines=lines, aspect=0.4))
    assert found["on"] == ["10:03"]
    assert found["off"] == ["10:16"]
    assert found["total"] == ["31.00"]
    assert found["distance"] == ["9.2"]
    assert found["plate"] == ["京BN1234"]
    assert found["date"] == ["2019-05-20"]


@pytest.mark.parametrize(
    "texts",
    [
        ("菜单", "宫保鸡丁 38.00", "酸菜鱼 68.00", "单价以实际为准"),
        ("青山市出租汽车有限公司", "驾驶员守则", "上车请系安全带", "里程表"),
        ("网约车行程单", "上车时间 10:03", "里程 5.2公里", "金额 23.00元", "车牌号"),
        (
            "增值税电子普通发票",
            "购买方",
            "发票代码 012345678901",
            "*运输服务*出租汽车费",
            "价税合计",
        ),
    ],
)
def test_other_papers_are_no_tickets(texts: tuple[str, ...]) -> None:
    lines = tuple(_line(text, 0.1, 0.05 + 0.05 * i, 0.6) for i, text in enumerate(texts))
    assert KIND.likeness(View(page=1, source="layout", lines=lines)) < 0.5


def test_likeness_of_a_ticket() -> None:
    assert KIND.likeness(ticket()) > 0.9


def test_the_evidence_lies_on_the_value() -> None:
    by_name = {c.name: c for c in KIND.read(ticket()).candidates}
    box = by_name["code"].evidence.box
    assert box is not None
    assert box.x0 > 0.3
