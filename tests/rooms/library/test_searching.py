"""Search: filters, words, meaning and exact things as one list; and nothing out of reach."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy import update

from tests.resources.made_shelf import NOW
from tests.resources.search_shelf import (
    ANN,
    BOB,
    Paper,
    SearchDesk,
    SearchStory,
    postgres,
    search_story,
)
from yuepi.kit.errors import Unavailable
from yuepi.library.document import NotOnShelf
from yuepi.library.query import Query
from yuepi.library.scope import EVERYTHING
from yuepi.library.searching import Searcher
from yuepi.library.store.indexing import want
from yuepi.library.store.tables import DOCUMENTS

__all__ = ["postgres", "search_story"]

LEASE = Paper(
    lines=(
        "房屋租赁合同",
        "甲方：甲字公司 乙方：乙字公司",
        "逾期付款按日支付违约金 0.05%",
        "租金每月一次",
    ),
    kind="contract",
    amount=600_000,
    day="2025-06-01",
    sealed=True,
    names=("A公司", "乙字有限公司"),
    numbers=("HT-2025-0601",),
    more={"name": "lease.pdf", "title": "房屋租赁合同"},
)
OFFICE = Paper(
    lines=("Invoice INV-2026-0042", "printer paper and toner", "Total 7,200.00"),
    kind="invoice",
    amount=7_200,
    day="2026-03-09",
    sealed=False,
    names=("Acme Ltd",),
    numbers=("INV-2026-0042",),
    tags=("Urgent",),
    more={"name": "office.pdf", "title": "Invoice"},
)
TRAIN = Paper(
    lines=("电子发票（铁路电子客票）", "票价 553.00"),
    kind="rail_e_ticket",
    amount=553,
    day="2026-10-02",
    sealed=True,
    numbers=("25429165848000790553",),
    more={"name": "train.ofd", "media": "ofd"},
)
NOTE = Paper(
    lines=("会议纪要 force majeure 条款", "讨论了不可抗力"),
    more={"name": "note.png", "media": "png"},
)


async def filled(desk: SearchDesk) -> None:
    for paper in (LEASE, OFFICE, TRAIN, NOTE):
        await desk.put(paper)


QUESTIONS: tuple[tuple[str, list[str]], ...] = (
    ("去年和A公司签的50万以上的合同", ["lease.pdf"]),
    ("invoices over 5000 from March without a seal", ["office.pdf"]),
    ("去年的发票", []),
    ("发票", ["train.ofd", "office.pdf"]),
    ("发票号码 25429165848000790553", ["train.ofd"]),
    ("254291658480", ["train.ofd"]),
    ("INV-2026-0042", ["office.pdf"]),
    ("999999999", []),
    ("#urgent", ["office.pdf"]),
    ("图片", ["note.png"]),
    ("lease.pdf", ["lease.pdf"]),
    ("“不可抗力”", ["note.png"]),
    ('"force  Majeure"', ["note.png"]),
    ("“没有这句话”", []),
    ("7200元的发票", ["office.pdf"]),
    ("7,200.00", ["office.pdf"]),
    ("７２００．００", ["office.pdf"]),
    ("哪张发票是 7,200.00", ["office.pdf"]),
    ("which invoice is 7200.00?", ["office.pdf"]),
    ("553.00", ["train.ofd"]),
    ("553.01", []),
    ("2026年10月2日的火车票", ["train.ofd"]),
    ("和不存在公司签的合同", ["lease.pdf"]),
)


def test_filters(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await filled(desk)
        for question, files in QUESTIONS:
            assert await desk.find(question) == files, question

    search_story(story)


def test_words_and_meaning_are_one_list(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await filled(desk)
        # No word in common with the contract: only the meaning is.
        assert (await desk.find("late penalty"))[0] == "lease.pdf"
        found = await desk.search("违约金是多少")
        first = found.hits[0]
        assert (first.file, first.page, set(first.ways)) == ("lease.pdf", 1, {"words", "meaning"})
        assert first.text == "逾期付款按日支付违约金 0.05%"
        assert first.marks
        assert first.marks[0].text == "违约金"
        box = first.marks[0].box
        assert first.box.x0 < box.x0 < box.x1 < first.box.x1
        assert first.box.y0 == pytest.approx(0.24)
        assert first.box.y1 == pytest.approx(0.26)
        assert found.index == "fresh"
        assert found.query.text == "违约金是多少"

    search_story(story)


def test_exact_amount_has_its_own_box(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await filled(desk)
        found = await desk.search("7,200.00元的发票 toner")
        assert found.hits[0].file == "office.pdf"
        assert "exact" in found.hits[0].ways
        assert found.hits[0].box.x0 == pytest.approx(0.6)
        assert found.hits[0].marks[0].text == "7200.00"

    search_story(story)


def test_facets_count_what_hits(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await filled(desk)
        found = await desk.search("发票", language="en")
        facets = {
            facet.field: {v.value: v.documents for v in facet.values} for facet in found.facets
        }
        assert facets["kind"] == {"invoice": 1, "rail_e_ticket": 1}
        assert facets["year"] == {"2026": 2}
        assert facets["tag"] == {"Urgent": 1}
        assert facets["media"] == {"pdf": 1, "ofd": 1}
        assert found.documents == 2
        assert {chip.field for chip in found.chips} == {"kinds"}

    search_story(story)


def test_folders_by_name_and_below(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        top = await desk.folder("法务")
        below = await desk.folder("归档", top)
        for at, folder in enumerate((top, below, "fol_other")):
            more = {"name": f"{at}.pdf", "folder_id": folder}
            await desk.put(Paper(lines=("合同",), kind="contract", more=more))
        found = await desk.search("法务文件夹里的合同")
        assert {hit.file for hit in found.hits} == {"0.pdf", "1.pdf"}
        assert {hit.folder for hit in found.hits} == {"法务", "法务/归档"}
        assert [chip.label_zh for chip in found.chips] == ["类型：合同", "文件夹：法务"]
        # A question asked in a folder: read into filters, and looked for there, at once.
        told = await desk.search("合同 in:法务", folder="fol_归档")
        assert told.query.folders == ("fol_归档",)
        assert [chip.label_en for chip in told.chips if chip.field == "folders"]
        assert {hit.folder for hit in told.hits} <= {"法务/归档"}
        # Who does not see the folder does not have its name understood.
        hidden = await desk.search("法务文件夹里的合同", BOB)
        assert hidden.query.folders == ()
        assert hidden.hits == ()

    search_story(story)


def test_a_query_is_taken_as_it_is(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await filled(desk)
        query = Query(kinds=("invoice",), amount_min=Decimal(600))
        assert await desk.find(query) == ["office.pdf"]
        assert await desk.find(Query(amount_max=Decimal(600))) == ["train.ofd"]
        assert await desk.find(Query(seal=True)) == ["train.ofd", "lease.pdf"]
        assert await desk.find(Query(text="去年的合同", kinds=("invoice",))) != []
        odd = Query(
            text="a\x00b\ud7ff", tags=("\x00",), numbers=("\x00'\"%_",), date_from="2025-02-31"
        )
        assert await desk.find(odd) == []

    search_story(story)


def test_no_more_than_three_pieces_of_one(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await desk.put(Paper(lines=("租金",) * 40, more={"name": "long.pdf"}))
        await desk.put(Paper(lines=("租金 一次",), more={"name": "short.pdf"}))
        found = await desk.search("租金")
        assert [hit.file for hit in found.hits].count("long.pdf") == 3
        assert "short.pdf" in [hit.file for hit in found.hits]
        assert found.documents == 2

    search_story(story)


def test_values_stand_in_for_fields_that_are_unknown(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        plain = Paper(
            lines=("合同",), kind="contract", dates=("2025-05-05",), more={"name": "x.pdf"}
        )
        await desk.put(plain)
        assert await desk.find("2025年5月的合同") == ["x.pdf"]
        assert await desk.find("2025年6月的合同") == []

    search_story(story)


# --- an index that is broken, behind or wrong ----------------------------------------------------


def test_a_broken_index_leaves_what_sql_knows(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await filled(desk)
        desk.index.broken = True
        for question, file in (
            ("INV-2026-0042", "office.pdf"),
            ("7200元的发票", "office.pdf"),
            ("去年和A公司签的50万以上的合同", "lease.pdf"),
            ("“乙字有限公司”", "lease.pdf"),
            ("Acme Ltd", "office.pdf"),
            ("租赁合同", "lease.pdf"),
        ):
            found = await desk.search(question)
            assert found.index == "broken"
            assert [hit.file for hit in found.hits] == [file], question
        assert (await desk.search("毫不相干的话题吗")).hits == ()
        similar = await desk.searcher.similar(EVERYTHING, "doc_000001")
        assert similar.index == "broken"
        assert similar.hits == ()

    search_story(story)


def test_health_that_says_broken_is_believed(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await filled(desk)

        async def health() -> tuple[str, int]:
            return "broken", 0

        searcher = Searcher(desk.database, desk.index, None, None, health)  # type: ignore[arg-type]
        desk.index.broken = True
        found = await searcher.search(EVERYTHING, "租金", today=NOW.date())
        assert found.index == "broken"

    search_story(story)


def test_behind_counts_only_what_is_within_reach(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        document = await desk.put(LEASE)
        async with desk.database.writing() as transaction:
            await want(transaction, [document.id], "words", NOW)
        mine, theirs = await desk.search("租金", ANN), await desk.search("租金", BOB)
        assert (mine.index, mine.waiting) == ("behind", 1)
        assert (theirs.index, theirs.waiting) == ("fresh", 0)

    search_story(story)


def test_old_versions_and_the_trash_are_not_told(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        lease, office = await desk.put(LEASE), await desk.put(OFFICE)
        async with desk.database.writing() as transaction:
            change = update(DOCUMENTS).where(DOCUMENTS.c.id == lease.id)
            await transaction.execute(change.values(version_id="ver_new"))
            change = update(DOCUMENTS).where(DOCUMENTS.c.id == office.id)
            await transaction.execute(change.values(trashed_at=NOW))
        found = await desk.search("违约金 toner printer")
        assert found.hits == ()
        assert await desk.find("INV-2026-0042") == []
        with pytest.raises(NotOnShelf):
            await desk.searcher.similar(EVERYTHING, office.id)

    search_story(story)


def test_a_failing_embedder_leaves_the_words(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await filled(desk)

        async def away(texts: Sequence[str], query: bool) -> list[list[float]]:
            raise Unavailable("no model", remedy="wait")

        searcher = Searcher(desk.database, desk.index, away)
        found = await searcher.search(EVERYTHING, "租金", today=NOW.date())
        assert found.hits[0].file == "lease.pdf"
        assert found.index == "fresh"

    search_story(story)


def test_a_ranking_model_has_the_last_word_while_it_answers(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        await desk.put(Paper(lines=("租金 租赁 房屋",), more={"name": "first.pdf"}))
        await desk.put(Paper(lines=("租金",), more={"name": "second.pdf"}))

        async def rerank(question: str, texts: Sequence[str]) -> list[float]:
            return [-float(len(text)) for text in texts]

        async def away(question: str, texts: Sequence[str]) -> list[float]:
            raise Unavailable("no model", remedy="wait")

        question = "租金 租赁 房屋"
        for model, first in ((rerank, "second.pdf"), (away, "first.pdf")):
            searcher = Searcher(desk.database, desk.index, None, model)
            found = await searcher.search(EVERYTHING, question, today=NOW.date())
            assert found.hits[0].file == first
            scores = [hit.score for hit in found.hits]
            assert scores == sorted(scores, reverse=True)

    search_story(story)


def test_what_is_of_no_known_kind_is_found_behind_what_surely_is(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        note = {"name": "note.pdf"}
        await desk.put(Paper(("收据 展位费",), kind="form", more={"name": "form.pdf"}))
        await desk.put(Paper(("展位费 收据",), kind=None, more=note))
        await desk.put(Paper(("展位费",), kind="receipt", more={"name": "receipt.pdf"}))
        await desk.put(Paper(("展位费",), kind="contract", more={"name": "contract.pdf"}))
        found = await desk.search("展位费的收据")
        assert found.query.kinds == ("receipt", "unknown")
        names = [hit.file for hit in found.hits]
        assert names[0] == "receipt.pdf"
        assert set(names) == {"receipt.pdf", "form.pdf", "note.pdf"}
        assert found.documents == 3
        sure = [hit.file for hit in found.hits if "fields" in hit.ways]
        assert sure == ["receipt.pdf"]
        # Saved, or sent back with a chip less, it is the same search.
        again = await desk.search(found.query)
        assert [hit.file for hit in again.hits] == names
        assert [(chip.field, chip.label_en) for chip in found.chips] == [
            ("kinds", "Kind: Till receipt, not known")
        ]
        # Without words there is nothing that speaks for the others; a query is taken as it is.
        assert await desk.find("收据") == ["receipt.pdf"]
        assert await desk.find(Query(kinds=("receipt",), text="展位费")) == ["receipt.pdf"]

    search_story(story)
