"""Pages of one document become one reading, and documents that only look alike do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yuepi.documents.continuation import join_pages
from yuepi.documents.reading import Field, Finding, Item, Reading

NUMBER = "26117000000012345678"
MISSING = Field(value=None, status="missing", confidence=0.0)


def page(
    number: int,
    invoice: str | None = NUMBER,
    *,
    kind: str = "digital_invoice",
    total: str | None = None,
    items: tuple[str, ...] = (),
    text: str = "",
    findings: tuple[str, ...] = (),
) -> Reading:
    return Reading(
        kind=kind,
        kind_confidence=0.99,
        page=number,
        quality="clean",
        fields={"number": field(invoice), "total": field(total)},
        items=tuple(Item(name=name) for name in items),
        findings=tuple(
            Finding(code=code, severity="warning", message=code, message_zh=code)
            for code in findings
        ),
        text=text,
    )


def field(value: str | None) -> Field:
    return Field(value=value, status="confirmed", confidence=0.999) if value else MISSING


def names(reading: Reading) -> list[str | None]:
    return [item.name for item in reading.items]


def test_the_next_page_of_the_same_number_is_merged() -> None:
    (joined,) = join_pages(
        [
            page(1, items=("a", "b"), text="one", findings=("no_seal",)),
            page(2, total="106.00", items=("c",), text="two", findings=("no_seal", "other")),
        ]
    )
    assert joined.page == 1
    assert names(joined) == ["a", "b", "c"]
    assert joined.value("total") == "106.00"
    assert joined.fields["total"].status == "confirmed"
    assert joined.text == "one\ntwo"
    assert [finding.code for finding in joined.findings] == ["no_seal", "other"]


def test_three_pages_are_one() -> None:
    (joined,) = join_pages([page(n, items=(str(n),)) for n in (1, 2, 3)])
    assert names(joined) == ["1", "2", "3"]


def test_another_number_is_another_document() -> None:
    readings = [page(1), page(2, NUMBER[:-1] + "9")]
    assert join_pages(readings) == tuple(readings)


def test_differing_values_are_a_conflict() -> None:
    (joined,) = join_pages([page(1, total="106.00"), page(2, total="160.00")])
    total = joined.fields["total"]
    assert (total.value, total.status, total.others) == ("106.00", "conflict", ("160.00",))
    assert total.confidence <= 0.5
    assert joined.fields["number"].status == "confirmed"


def test_equal_values_stay_as_they_are() -> None:
    (joined,) = join_pages([page(1, total="106.00"), page(2, total="106.00")])
    assert joined.fields["total"] == field("106.00")


def test_a_short_number_joins_nothing() -> None:
    for readings in (
        [page(1, "12345"), page(2, "12345")],
        [page(1, "12345"), page(2, None, kind="other", text="order 12345")],
    ):
        assert join_pages(readings) == tuple(readings)


def test_a_list_of_goods_that_names_the_number_is_merged() -> None:
    spaced = f"清单 {NUMBER[:5]} {NUMBER[5:]}"
    (joined,) = join_pages([page(1), page(2, None, kind="other", text=spaced)])
    assert joined.kind == "digital_invoice"
    apart = [page(1), page(2, None, kind="other", text="清单")]
    assert len(join_pages(apart)) == 2


def test_another_kind_of_document_is_never_merged() -> None:
    readings = [page(1), page(2, kind="vat_e_invoice")]
    assert join_pages(readings) == tuple(readings)


def test_two_copies_on_one_page_are_two() -> None:
    readings = [page(1), page(1)]
    assert join_pages(readings) == tuple(readings)


def test_without_a_number_nothing_is_joined() -> None:
    readings = [page(1, None), page(2, None)]
    assert join_pages(readings) == tuple(readings)
    assert join_pages([]) == ()


numbers = st.sampled_from((None, "123", NUMBER, NUMBER[::-1]))
pages = st.lists(st.tuples(numbers, st.sampled_from(("other", "digital_invoice"))), max_size=6)


@given(pages)
def test_no_line_is_lost_and_the_order_stays(drawn: list[tuple[str | None, str]]) -> None:
    readings = [
        page(n, number, kind=kind, items=(str(n),)) for n, (number, kind) in enumerate(drawn, 1)
    ]
    joined = join_pages(readings)
    assert [name for each in joined for name in names(each)] == [
        str(n) for n in range(1, len(drawn) + 1)
    ]
    assert join_pages(joined) == joined
