"""Where boxes and their labels go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.app.scripted import TOTAL_BOX, invoice, seen
from yuepi.app.report.marks import (
    LABEL_PX,
    REFERENCE_WIDTH_PX,
    Mark,
    label_width_px,
    numbered,
    placed,
    views,
)
from yuepi.documents.reading import Evidence, Field
from yuepi.kit.boxes import WHOLE, Box

_EDGE = st.floats(0, 0.9)


@st.composite
def _boxes(draw: st.DrawFn) -> Box:
    x, y = draw(_EDGE), draw(_EDGE)
    return Box(x, y, x + draw(st.floats(0.01, 0.1)), y + draw(st.floats(0.01, 0.1)))


def _by_codes(value: str, box: Box) -> Field:
    evidence = (Evidence(page=1, box=box, source="codes", text=value),)
    return Field(
        value=value, status="confirmed", confidence=1, sources=("codes",), evidence=evidence
    )


def test_numbers_follow_the_order_of_the_table_and_skip_the_missing() -> None:
    assert numbered(invoice()) == {"number": 1, "date": 2, "seller_name": 3, "total": 4}


def test_a_field_on_another_page_gets_a_view_of_its_own() -> None:
    far = Evidence(page=3, box=TOTAL_BOX, source="layout", text="1")
    field = Field(value="1", status="single", confidence=0.9, sources=("layout",), evidence=(far,))
    first, second = views(invoice(fields={"total": field}))
    assert (first.page, len(first.marks)) == (1, 0)
    assert (second.page, second.part, second.marks[0].box) == (3, WHOLE, TOTAL_BOX)


def test_one_qr_code_is_one_mark_for_all_its_fields() -> None:
    box = Box(0.05, 0.05, 0.15, 0.2)
    fields = {"number": _by_codes("1", box), "total": _by_codes("2", box)}
    ((mark,),) = [view.marks for view in views(invoice(fields=fields))]
    assert (mark.label, mark.names, mark.numbers) == ("QR", ("number", "total"), (1, 2))


def test_the_worst_status_is_drawn_where_fields_share_a_box() -> None:
    fields = {
        "amount": seen("1", "confirmed", TOTAL_BOX),
        "total": seen("2", "conflict", TOTAL_BOX),
    }
    assert views(invoice(fields=fields))[0].marks[0].status == "conflict"


def test_boxes_are_relative_to_the_part_shown() -> None:
    reading = invoice(box=Box(0.5, 0.5, 1, 1), fields={"total": seen("1", box=TOTAL_BOX)})
    (view,) = views(reading)
    assert view.part == Box(0.48, 0.48, 1, 1)
    back = view.marks[0].box.within(view.part)
    assert all(abs(a - b) < 1e-9 for a, b in zip(back, TOTAL_BOX, strict=True))


def test_evidence_outside_its_document_is_not_cut_off() -> None:
    reading = invoice(box=Box(0, 0, 0.5, 0.5), fields={"total": seen("1", box=TOTAL_BOX)})
    (view,) = views(reading)
    assert view.part.x1 >= TOTAL_BOX.x1


@given(st.lists(_boxes(), min_size=1, max_size=12), st.floats(0.3, 2.5))
def test_labels_stay_on_the_picture(boxes: list[Box], aspect: float) -> None:
    marks = [Mark(str(i), (i,), ("x",), "single", box) for i, box in enumerate(boxes, 1)]
    for mark in placed(marks, aspect):
        half = label_width_px(mark.label) / 2 / REFERENCE_WIDTH_PX
        tall = LABEL_PX / 2 / (REFERENCE_WIDTH_PX * aspect)
        x, y = mark.spot
        assert -half < x < 1 + half
        assert -tall < y < 1 + tall


def test_a_label_avoids_print_and_neighbours() -> None:
    box = Box(0.4, 0.5, 0.5, 0.53)
    mark = Mark("1", (1,), ("x",), "single", box)

    def right_is_printed(part: Box) -> float:
        return 1.0 if part.x1 > box.x1 else 0.0

    (free,) = placed([mark], 1.0)
    (kept_off,) = placed([mark], 1.0, right_is_printed)
    assert free.spot[0] > box.x1
    assert kept_off.spot[0] < box.x0
