"""Documents like one: those that are, the nearest first, each once; and none that is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.resources.search_shelf import (
    CarelessIndex,
    Paper,
    SearchDesk,
    SearchStory,
    postgres,
    search_story,
)
from yuepi.library.index.contract import Ranked, Within
from yuepi.library.scope import EVERYTHING

__all__ = ["postgres", "search_story"]

LEASE = ("房屋租赁合同", "租金每月一次", "逾期付款按日支付违约金")


def paper(name: str, *lines: str, **more: str) -> Paper:
    return Paper(lines, more={"name": name, **more})


def test_what_is_not_like_it_is_not_told(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        lease = await desk.put(paper("lease.pdf", *LEASE))
        await desk.put(paper("late.pdf", "late fine penalty 逾期 违约金 罚款"))
        await desk.put(paper("house.pdf", "房屋 租赁 租金 违约金"))
        await desk.put(paper("toner.pdf", "printer paper toner", "打印机 墨盒"))
        await desk.put(paper("menu.pdf", "午餐：番茄炒蛋"))
        found = await desk.searcher.similar(EVERYTHING, lease.id)
        assert [hit.file for hit in found.hits] == ["house.pdf", "late.pdf"]
        assert found.documents == 2
        scores = [hit.score for hit in found.hits]
        assert 1 >= scores[0] > scores[1] >= 0.35
        menu = await desk.searcher.similar(EVERYTHING, "doc_000004")
        assert menu.hits == ()
        assert menu.documents == 0

    search_story(story)


def test_one_of_several_copies_is_told(search_story: SearchStory) -> None:
    """Of what has the same bytes one is told, that in the same folder before others; a copy of the
    document itself is no other document."""

    async def story(desk: SearchDesk) -> None:
        mine = await desk.put(paper("mine.pdf", *LEASE, folder_id="fol_here"))
        same = {"sha256": "a" * 64}
        await desk.put(paper("租赁合同 副本.pdf", *LEASE, folder_id="fol_there", **same))
        await desk.put(paper("租赁合同 (2).pdf", *LEASE, folder_id="fol_here", **same))
        await desk.put(paper("租赁合同.pdf", *LEASE, folder_id="fol_there", **same))
        await desk.put(paper("again.pdf", *LEASE, sha256=mine.sha256))
        await desk.put(paper("other.pdf", *LEASE, "印章"))
        found = await desk.searcher.similar(EVERYTHING, mine.id)
        assert sorted(hit.file for hit in found.hits) == ["other.pdf", "租赁合同 (2).pdf"]
        assert found.documents == 2
        elsewhere = await desk.searcher.similar(EVERYTHING, "doc_000006")
        assert "租赁合同.pdf" in [hit.file for hit in elsewhere.hits]
        assert len(elsewhere.hits) == 3 - 1

    search_story(story)


def test_more_than_are_looked_at_are_said_to_be_more(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        mine = await desk.put(paper("mine.pdf", *LEASE))
        for at in range(70):
            await desk.put(paper(f"{at}.pdf", *LEASE))
        found = await desk.searcher.similar(EVERYTHING, mine.id, hits_max=5)
        assert len(found.hits) == 5
        assert found.documents == 60
        assert found.at_least
        few = await desk.searcher.similar(EVERYTHING, mine.id, hits_max=50)
        assert len({hit.document for hit in few.hits}) == 50

    search_story(story)


class WordsAlone(CarelessIndex):
    """Without vectors."""

    async def vectors_of(self, document_id: str) -> dict[str, list[float]]:
        return {}

    async def by_meaning(
        self, vector: Sequence[float], within: Within, rows_max: int
    ) -> list[Ranked]:
        raise AssertionError("nothing can be near without vectors")


def test_without_vectors_their_words_say_what_is_alike(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        pieces: Mapping[str, object] = desk.index.pieces
        desk.index = desk.searcher._index = WordsAlone()
        mine = await desk.put(paper("mine.pdf", *LEASE, "甲方应当开具发票"))
        await desk.put(paper("near.pdf", *LEASE, "乙方应当支付押金"))
        await desk.put(paper("far.pdf", "午餐：番茄炒蛋、米饭", "请支付现金", "合同工半价"))
        assert not pieces
        found = await desk.searcher.similar(EVERYTHING, mine.id)
        assert [(hit.file, hit.ways) for hit in found.hits] == [("near.pdf", ("words",))]

    search_story(story)
