"""Search against wrong silence, and against telling what readings show in part."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from tests.resources.made_shelf import NOW
from tests.resources.search_shelf import (
    ANN,
    Paper,
    SearchDesk,
    SearchStory,
    postgres,
    search_story,
)
from tests.rooms.library.test_saved import CONTRACTS, Desk, paper
from yuepi.documents.kept_reading import files_text
from yuepi.documents.reading import Field, FileReading, Reading
from yuepi.library import exact
from yuepi.library.query import Query
from yuepi.library.store.tables import ALERTS, PARTS, VALUES

__all__ = ["postgres", "search_story"]

ID_NUMBER = "11010519491231002X"


def test_a_phrase_that_stands_everywhere_does_not_hide_what_other_filters_mean(
    search_story: SearchStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index names the first pieces of a phrase only: they have to be of the right ones."""
    monkeypatch.setattr(exact, "RANKED_MAX", 3)

    async def story(desk: SearchDesk) -> None:
        for at in range(6):
            more = {"name": f"{at}.pdf"}
            paper = Paper(("年度框架协议条款",), kind="contract", day=f"202{at}-05-01", more=more)
            await desk.put(paper)
        for at in range(6):
            days: dict[str, Any] = {"date_from": f"202{at}-01-01", "date_to": f"202{at}-12-31"}
            query = Query(exact=("框架协议条款",), **days)
            assert await desk.find(query) == [f"{at}.pdf"], at
        nothing = Query(exact=("框架协议条款",), date_from="2030-01-01")
        assert (await desk.search(nothing)).documents == 0

    search_story(story)


def test_hits_tell_personal_numbers_in_part(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        contract = {"name": "contract.pdf"}
        lines = (f"乙方 居民身份证 {ID_NUMBER}", "合同编号 HT-2025-0601 金额 1234567.00")
        await desk.put(Paper(lines, kind="contract", more=contract))
        card = Paper(("储蓄卡 6222 0212 3456 7890 123",), kind="bank_card", more={"name": "c.jpg"})
        await desk.put(card)
        for question in ("居民身份证 乙方", ID_NUMBER, "储蓄卡"):
            found = await desk.search(question)
            told = found.model_dump_json(exclude={"query", "chips"})
            assert found.hits, question
            assert ID_NUMBER not in told, question
            assert "3456 7890" not in told, question
        (hit, *_) = (await desk.search("合同编号 HT-2025-0601")).hits
        assert "HT-2025-0601 金额 1234567.00" in hit.text

    search_story(story)


def test_alerts_of_a_search_that_is_gone_are_not_counted(search_story: SearchStory) -> None:
    """Deleted while a worker told of a document: nobody could ever look at what it told."""

    async def story(search_desk: SearchDesk) -> None:
        desk = Desk(search_desk)
        made = await desk.saved.create(ANN, "contracts", CONTRACTS, alerts=True)
        document = await search_desk.put(paper())
        await desk.saved.delete(ANN, made.id)
        row: dict[str, Any] = {
            "search_id": made.id,
            "document_id": document.id,
            "owner_id": ANN.user_id,
        }
        row |= {"version_id": document.version_id, "at": NOW, "owner_id": ANN.user_id}
        async with search_desk.database.writing() as transaction:
            await transaction.execute(insert(ALERTS).values(row))
        page = await desk.saved.alerts(ANN)
        assert (page.alerts, page.unread) == ((), 0)

    search_story(story)


def card_reading() -> str:
    """What was read of an identity card."""
    values = {
        "name": "赵小满",
        "id_number": ID_NUMBER,
        "birth": "1949-12-31",
        "address": "北京市朝阳区桂花路十二弄三号楼",
    }
    fields = {
        name: Field(value=value, status="single", confidence=1.0) for name, value in values.items()
    }
    reading = Reading(
        kind="id_card", kind_confidence=1.0, page=1, quality="clean", fields=fields, text=""
    )
    return files_text(
        [
            FileReading(
                file="card.png", sha256="0" * 64, pages=1, original=False, readings=(reading,)
            )
        ]
    )


def test_hits_of_papers_that_hide_fields_tell_them_in_part(search_story: SearchStory) -> None:
    """Found by whoever searches for them whole; told as readings tell them, in marks too."""

    async def story(desk: SearchDesk) -> None:
        lines = ("姓名 赵小满 出生 1949年12月31日", "住址 北京市朝阳区桂花路十二弄三号楼")
        card = await desk.put(Paper(lines, kind="id_card", more={"name": "card.png"}))
        # The same paper beside others: its field says that there is something to hide.
        names = {"name": "bundle.pdf"}
        mixed = await desk.put(Paper((*lines, "合同正文"), kind="contract", more=names))
        async with desk.database.writing() as transaction:
            for document in (card, mixed):
                part = {"id": f"p_{document.id}", "version_id": document.version_id, "at": 0}
                part |= {"document_id": document.id, "state": "done", "attempts": 0}
                part |= {"files": card_reading(), "pages": "[]", "queued_at": NOW}
                await transaction.execute(insert(PARTS).values(part))
            value = {"document_id": mixed.id, "at": 9, "sort": "number", "field": "id_number"}
            value |= {"text": ID_NUMBER, "key": ID_NUMBER, "file_at": 0, "page": 1}
            await transaction.execute(
                insert(VALUES).values(value | {"x0": 0.1, "y0": 0.1, "x1": 0.2, "y1": 0.2})
            )
        for question in ("桂花路十二弄三号楼", "“桂花路十二弄”", "赵小满 1949年12月31日"):
            found = await desk.search(question)
            told = found.model_dump_json(exclude={"query", "chips"})
            assert {hit.file for hit in found.hits} == {"card.png", "bundle.pdf"}, question
            assert not any(each in told for each in ("桂花", "十二弄", "三号楼", "12月31")), told
        found = await desk.search("桂花路十二弄三号楼")
        assert all("北京市朝阳区***" in hit.text for hit in found.hits)
        similar = await desk.searcher.similar(ANN, card.id)
        assert [hit.file for hit in similar.hits] == ["bundle.pdf"]
        assert "桂花" not in similar.model_dump_json()

    search_story(story)


def test_a_passport_number_alone_in_a_file_of_several_is_told_in_part(
    search_story: SearchStory,
) -> None:
    """Its field is called `number`, as that of an invoice, which hides none."""

    async def story(desk: SearchDesk) -> None:
        lines = ("报名材料 护照号 E73512846", "随附发票 号码 24117000")
        numbers = ("E73512846", "24117000")
        mixed = await desk.put(Paper(lines, kind="form", numbers=numbers, more={"name": "b.pdf"}))
        invoice = Paper(("发票 号码 24117001",), kind="vat_invoice", numbers=("24117001",))
        await desk.put(invoice)
        field = Field(value="E73512846", status="single", confidence=1.0)
        reading = Reading(
            kind="passport", kind_confidence=1.0, page=1, quality="clean",
            fields={"number": field}, text="",
        )  # fmt: skip
        file = FileReading(
            file="b.pdf", sha256="0" * 64, pages=1, original=False, readings=(reading,)
        )
        part = {"id": "p", "version_id": mixed.version_id, "at": 0, "document_id": mixed.id}
        part |= {"state": "done", "attempts": 0, "queued_at": NOW}
        async with desk.database.writing() as transaction:
            await transaction.execute(
                insert(PARTS).values(part | {"files": files_text([file]), "pages": "[]"})
            )
        for question in ("报名材料", "护照号 E73512846", "E73512846"):
            found = await desk.search(question)
            assert found.hits[0].file == "b.pdf", question
            assert "E73512846" not in found.model_dump_json(exclude={"query", "chips"}), question
        assert "24117001" in (await desk.search("24117001")).hits[0].text

    search_story(story)


def test_a_count_that_may_be_too_small_says_so(
    search_story: SearchStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "RANKED_MAX", 3)

    async def story(desk: SearchDesk) -> None:
        for at in range(6):
            await desk.put(Paper(("年度框架协议条款",), more={"name": f"{at}.pdf"}))
        await desk.put(Paper(("不可抗力",), more={"name": "one.pdf"}))
        told = await desk.search("“框架协议条款”")
        assert (told.documents, told.at_least) == (3, True)
        told = await desk.search("“不可抗力”")
        assert (told.documents, told.at_least) == (1, False)

    search_story(story)


def test_a_filter_for_kinds_tells_how_many_nobody_knows(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        for name, kind in (("a", "contract"), ("b", None), ("c", "other"), ("d", "rail_e_ticket")):
            mine = Paper((f"纸 {name}",), kind=kind, day="2026-05-01", more={"name": f"{name}.pdf"})
            await desk.put(mine)
        far = Paper(("纸",), day="2020-05-01", more={"name": "e.pdf", "owner_id": "user_bob"})
        await desk.put(far)
        told = await desk.search(Query(kinds=("contract",)))
        assert ([hit.file for hit in told.hits], told.unsure) == (["a.pdf"], 3)
        told = await desk.search(Query(kinds=("contract",), date_from="2026-01-01"))
        assert told.unsure == 2
        # Where none fits, all the more.
        assert (await desk.search(Query(kinds=("id_card",)))).unsure == 3
        # With words they are not left out, and without a filter nothing is.
        assert (await desk.search("合同 纸")).unsure == 0
        assert (await desk.search("纸")).unsure == 0

    search_story(story)


def test_what_is_only_loosely_alike_is_called_so(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        rent = Paper(("房屋 租赁 租金 每月", "由 承租 一方 付"), more={"name": "rent.pdf"})
        await desk.put(rent)
        # The index of this test knows three meanings: the question has another one.
        told = await desk.search("违约金 逾期 罚款")
        assert told.hits
        assert told.loose
        assert not (await desk.search("landlord")).loose
        assert not (await desk.search("承租")).loose
        assert not (await desk.search("rent.pdf")).loose

    search_story(story)
