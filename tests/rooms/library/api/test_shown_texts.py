"""What is told of a page's text, and of a document's first lines: personal data in part."""

from __future__ import annotations

from datetime import UTC, datetime

from yuepi.documents.page_text import PageText, TextRun
from yuepi.documents.reading import Field, FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.library.api.files import page_text_shown
from yuepi.library.api.views import summary_of
from yuepi.library.document import Document, Version
from yuepi.library.papers import ReadDocument

NUMBER = "110101199003077117"
NOW = datetime(2026, 3, 4, tzinfo=UTC)
PLACE = Box(0.1, 0.1, 0.9, 0.2)


def read(kind: str, *rows: str, fields: dict[str, Field] | None = None) -> ReadDocument:
    """A document of one page with these rows."""
    document = Document(
        "doc_1", "fol_1", "ann", None, "a.jpg", "", kind, (), "ver_1", 1, "0" * 64, 1, "jpeg", 1,
        "done", None, "ann", NOW, NOW, None, None, None, 1,
    )  # fmt: skip
    version = Version("ver_1", "doc_1", 1, "a.jpg", "0" * 64, 1, "jpeg", 1, "ann", NOW)
    reading = Reading(
        kind=kind,
        kind_confidence=0.99,
        page=1,
        quality="clean",
        fields=fields or {},
        text="\n".join(rows),
    )
    file = FileReading(
        file="a.jpg", sha256="0" * 64, pages=1, original=False, error=None, readings=(reading,)
    )
    runs = tuple(TextRun(text=row, box=PLACE, row=at) for at, row in enumerate(rows))
    text = PageText(file_at=0, page=1, native=True, aspect=0.7, runs=runs)
    return ReadDocument(document, version, (file,), (), (text,))


def test_the_text_of_a_contract_is_told_but_for_numbers_of_identity_cards() -> None:
    found = read("contract", "租赁合同", f"甲方身份证号：{NUMBER}", "租金 5000 元")
    told = page_text_shown(found, 0, 1)
    assert [run.text for run in told.runs][::2] == ["租赁合同", "租金 5000 元"]
    assert NUMBER not in told.model_dump_json()
    assert not told.withheld
    assert NUMBER not in summary_of(found)
    assert summary_of(found).startswith("租赁合同")
    assert page_text_shown(found, 0, 2).runs == []
    assert page_text_shown(found, 1, 1).runs == []


def test_an_identity_card_tells_of_its_number_in_part() -> None:
    number = Field(value=NUMBER, status="single", confidence=0.9)
    found = read("id_card", "公民身份号码", NUMBER, fields={"number": number, "id_number": number})
    told = page_text_shown(found, 0, 1)
    assert NUMBER not in told.model_dump_json()
    assert NUMBER not in summary_of(found)
