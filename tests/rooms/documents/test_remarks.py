"""What was written onto a document: by hand, or into its margin."""

from __future__ import annotations

from yuepi.documents.layout.view import View
from yuepi.documents.remarks import read_remarks
from yuepi.kit.boxes import Box
from yuepi.sight.sighting import Line

BODY = tuple(
    Line(
        "running text from one edge of the page to the other", Box(0.2, y / 20, 0.8, y / 20 + 0.02)
    )
    for y in range(2, 16)
)


def test_lines_by_hand_are_marked() -> None:
    note = Line("同意付款", Box(0.3, 0.9, 0.5, 0.93), by_hand=True)
    (remark,) = read_remarks(View(2, "layout", (*BODY, note)))
    assert (remark.kind, remark.text, remark.page) == ("handwriting", "同意付款", 2)
    assert remark.box == note.box


def test_notes_beside_the_text_are_marked() -> None:
    note = Line("see p. 3", Box(0.83, 0.3, 0.9, 0.32))
    (remark,) = read_remarks(View(1, "layout", (*BODY, note)))
    assert (remark.kind, remark.text) == ("margin", "see p. 3")


def test_a_column_is_no_margin_and_above_the_text_is_none() -> None:
    column = tuple(Line("12.00", Box(0.83, y / 20, 0.9, y / 20 + 0.02)) for y in range(2, 16))
    assert read_remarks(View(1, "layout", (*BODY, *column))) == ()
    head = Line("No. 7", Box(0.83, 0.02, 0.9, 0.04))
    assert read_remarks(View(1, "layout", (*BODY, head))) == ()
    assert read_remarks(View(1, "layout", BODY[:3])) == ()


def test_a_signature_that_nobody_can_read_has_no_text() -> None:
    pieces = (Box(0.3, 0.88, 0.36, 0.91), Box(0.37, 0.88, 0.42, 0.92), Box(0.7, 0.3, 0.8, 0.33))
    found = read_remarks(View(1, "layout", BODY, strokes=pieces))
    assert [(each.kind, each.text) for each in found] == [("handwriting", "")] * 2
    assert found[0].box == Box(0.3, 0.88, 0.42, 0.92)


def test_a_name_signed_over_a_label_is_not_the_label() -> None:
    label = Line("Authorized representative:", Box(0.2, 0.88, 0.5, 0.9), by_hand=True)
    pen = Box(0.4, 0.875, 0.55, 0.905)
    (remark,) = read_remarks(View(1, "layout", (*BODY, label), strokes=(pen,)))
    assert (remark.text, remark.box) == ("", pen)
