"""Several documents on one photo become several views; one document is never cut."""

import math
from dataclasses import replace

import pytest

from yuepi.documents.layout.view import View
from yuepi.documents.split import split
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Code, Line

_LABELS = ("车号", "证号", "日期", "上车", "下车", "单价", "里程", "等候", "金额")


def taxi(number: int) -> list[Line]:
    rows = [("青山市出租汽车专用发票", 0.1, 0.8), ("发票代码144032270119", 0.05, 0.8)]
    rows += [(f"发票号码{number:08d}", 0.05, 0.7)]
    lines = [
        Line(t, Box(x, 0.03 + 0.07 * i, x + w, 0.08 + 0.07 * i)) for i, (t, x, w) in enumerate(rows)
    ]
    for i, label in enumerate(_LABELS):
        y = 0.3 + 0.07 * i
        lines.append(Line(f"{label}：", Box(0.1, y, 0.3, y + 0.05)))
        lines.append(Line("¥22.50元" if label == "金额" else "10:03", Box(0.6, y, 0.95, y + 0.05)))
    return lines


def till(total: str) -> list[Line]:
    rows = (
        "CORNER SHOP",
        "TEL 123",
        "Date: 06/03/2018",
        "Bread",
        "Milk",
        "Subtotal",
        "TOTAL",
        "CASH",
        "CHANGE",
    )
    lines = [
        Line(row, Box(0.1, 0.05 + 0.09 * i, 0.45, 0.1 + 0.09 * i)) for i, row in enumerate(rows)
    ]
    money = {3: "1.00", 4: total, 5: total, 6: total, 7: "90.00", 8: "0.00"}
    lines += [Line(m, Box(0.7, 0.05 + 0.09 * i, 0.95, 0.1 + 0.09 * i)) for i, m in money.items()]
    return lines


def vat() -> list[Line]:
    """One invoice that prints its code and number at both top corners."""
    rows = [
        ("发票代码044001700112", 0.02, 0.05),
        ("发票代码044001700112", 0.8, 0.05),
        ("No12345678", 0.02, 0.1),
        ("号码12345678", 0.8, 0.1),
        ("增值税普通发票", 0.4, 0.05),
        ("购买方名称", 0.02, 0.25),
        ("密码区", 0.7, 0.25),
        ("合计", 0.02, 0.6),
        ("¥100.00", 0.6, 0.6),
        ("¥6.00", 0.85, 0.6),
        ("价税合计（大写）壹佰零陆元整", 0.02, 0.7),
        ("（小写）¥106.00", 0.75, 0.7),
        ("销售方名称", 0.02, 0.85),
        ("开票日期2024年03月05日", 0.8, 0.15),
    ]
    return [Line(t, Box(x, y, x + 0.012 * len(t), y + 0.025)) for t, x, y in rows]


def lay(papers: list[tuple[list[Line], Box, float]], aspect: float = 1.0) -> View:
    """A page with papers in their boxes, each turned by some degrees about its middle."""
    lines = []
    for paper, place, degrees in papers:
        cx, cy = place.centre
        sin = math.sin(math.radians(degrees))
        for line in paper:
            box = line.box.within(place)
            x, y = box.centre
            dx, dy = -sin * (y - cy) / aspect, sin * (x - cx) * aspect
            lines.append(replace(line, box=Box(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy)))
    return View(page=1, source="layout", lines=tuple(lines), aspect=aspect)


def grid(columns: int, rows: int, gap: float = 0.02) -> list[Box]:
    width, height = (1 - gap) / columns, (1 - gap) / rows
    return [
        Box(gap + x * width, gap + y * height, (x + 1) * width, (y + 1) * height)
        for y in range(rows)
        for x in range(columns)
    ]


def numbers(parts: list[View]) -> list[str]:
    return [
        line.text[-8:] for part in parts for line in part.lines if line.text.startswith("发票号码")
    ]


@pytest.mark.parametrize(("columns", "rows"), [(2, 1), (1, 2), (4, 2), (3, 3), (6, 2)])
@pytest.mark.parametrize("degrees", [0.0, 1.5])
def test_tickets_in_a_grid(columns: int, rows: int, degrees: float) -> None:
    places = grid(columns, rows)
    papers = [
        (taxi(10000000 + i), place, degrees if i % 2 else -degrees)
        for i, place in enumerate(places)
    ]
    parts = split(lay(papers, 0.75))
    assert numbers(parts) == [f"{10000000 + i:08d}" for i in range(columns * rows)]
    for part, place in zip(parts, places, strict=True):
        assert len(part.lines) == 21
        assert part.box.shared(place) > 0.7 * part.box.area


def test_papers_of_different_kinds_and_widths() -> None:
    shown = lay(
        [
            (vat(), Box(0.02, 0.02, 0.98, 0.45), 0.0),
            (taxi(11112222), Box(0.05, 0.5, 0.3, 0.98), 1.0),
            (till("90.00"), Box(0.4, 0.5, 0.65, 0.9), -1.0),
            (till("81.00"), Box(0.7, 0.52, 0.95, 0.98), 0.5),
        ]
    )
    parts = split(shown)
    assert len(parts) == 4
    assert any("增值税" in line.text for line in parts[0].lines)
    assert numbers(parts[1:2]) == ["11112222"]
    assert sum(len(part.lines) for part in parts) == len(shown.lines)


@pytest.mark.parametrize("paper", [taxi(12345678), till("90.00"), vat()])
@pytest.mark.parametrize("degrees", [0.0, 2.0])
def test_one_document_stays_whole(paper: list[Line], degrees: float) -> None:
    shown = lay([(paper, Box(0.0, 0.0, 1.0, 1.0), degrees)], 0.6)
    assert split(shown) == [shown]


def test_numbers_misread_in_one_corner_do_not_cut_an_invoice() -> None:
    paper = [
        replace(line, text="号码12345679") if line.text == "号码12345678" else line
        for line in vat()
    ]
    assert len(split(lay([(paper, Box(0, 0, 1, 1), 0.0)]))) == 1


def test_a_card_slip_under_its_receipt_is_the_same_purchase() -> None:
    shown = lay(
        [(till("90.00"), Box(0, 0, 1, 0.45), 0.0), (till("90.00"), Box(0, 0.55, 1, 1), 0.0)]
    )
    assert len(split(shown)) == 1


def test_a_caption_across_the_page_closes_no_border() -> None:
    papers = [(taxi(1000 + i), place, 0.0) for i, place in enumerate(grid(3, 1))]
    shown = lay([(p, Box(b.x0, b.y0, b.x1, 0.9), d) for p, b, d in papers])
    caption = Line("某某部门三月份市内交通费", Box(0.02, 0.94, 0.98, 0.97))
    parts = split(shown.only((*shown.lines, caption)))
    assert len(parts) == 3


def test_codes_go_with_their_document() -> None:
    places = grid(2, 1)
    shown = lay([(taxi(1), places[0], 0.0), (taxi(2), places[1], 0.0)])
    code = Code("01,04,...", "QRCode", Box(0.8, 0.5, 0.85, 0.55))
    parts = split(replace(shown, codes=(code,), seals=None))
    assert [part.codes for part in parts] == [(), (code,)]
    assert [part.seals for part in parts] == [None, None]


def test_two_copies_of_one_ticket_are_two_documents() -> None:
    places = grid(2, 1)
    assert len(split(lay([(taxi(5), places[0], 0.0), (taxi(5), places[1], 0.0)]))) == 2


def test_pages_without_papers() -> None:
    for lines in (
        (),
        tuple(Line("合计 12.00", Box(0.1, i / 20, 0.9, i / 20 + 0.02)) for i in range(15)),
    ):
        shown = View(page=1, source="layout", lines=lines)
        assert split(shown) == [shown]
