"""A ranking model orders what is a guess; what is known, and who may see it, it does not touch."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.resources.made_shelf import NOW
from tests.resources.search_shelf import (
    BOB,
    TODAY,
    Paper,
    SearchDesk,
    SearchStory,
    postgres,
    search_story,
)
from yuepi.engines.contract import EngineBroke
from yuepi.library.query import Query
from yuepi.library.scope import EVERYTHING, Scope
from yuepi.library.searching import Searcher

__all__ = ["postgres", "search_story"]


class Model:
    """Likes the longest text; remembers all that it was shown."""

    def __init__(self, error: Exception | None = None) -> None:
        self.shown: list[str] = []
        self.error = error

    async def rank(self, question: str, texts: Sequence[str]) -> list[float]:
        self.shown += texts
        if self.error is not None:
            raise self.error
        return [float(len(text)) for text in texts]


def paper(line: str, name: str, **more: object) -> Paper:
    return Paper((line,), more={"name": name, **more})


async def files(
    desk: SearchDesk, model: Model, question: str | Query, scope: Scope = EVERYTHING
) -> list[str]:
    searcher = Searcher(desk.database, desk.index, None, model.rank)
    found = await searcher.search(scope, question, today=TODAY)
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    return [hit.file for hit in found.hits]


def test_it_is_shown_nothing_that_whoever_asks_may_not_see(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        for at in range(3):
            mine = paper(f"租金 mine{at}", f"mine{at}.pdf", department_id="legal")
            await desk.put(mine)
        await desk.put(paper("租金 of sales", "sales.pdf"))
        await desk.put(paper("租金 alone", "alone.pdf", owner_id="user_eve", department_id=None))
        await desk.put(paper("租金 trash", "trash.pdf", department_id="legal", trashed_at=NOW))
        model = Model()
        for question in ("租金", Query(text="租金"), Query(text="租金", kinds=("contract",))):
            await files(desk, model, question, BOB)
        assert len(model.shown) == 6
        assert all("mine" in text for text in model.shown)

    search_story(story)


@pytest.mark.parametrize("question", ["租金 HT-2025-0601", "租金 “不得转租”"])
def test_what_exactly_stands_there_stays_where_it_is(
    search_story: SearchStory, question: str
) -> None:
    async def story(desk: SearchDesk) -> None:
        for at in range(3):
            await desk.put(paper("租金 租金 " + "租" * 9 * at, f"other{at}.pdf"))
        wanted = ("租金 不得转租 HT-2025-0601",)
        exact = Paper(wanted, numbers=("HT-2025-0601",), more={"name": "wanted.pdf"})
        await desk.put(exact)
        assert (await files(desk, Model(), question))[0] == "wanted.pdf"
        assert (await files(desk, Model(), "租金"))[0] == "other2.pdf"

    search_story(story)


def test_a_failure_is_said_without_what_was_sent(
    search_story: SearchStory, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(desk: SearchDesk) -> None:
        await desk.put(paper("租金 租赁 房屋", "first.pdf"))
        await desk.put(paper("租金", "second.pdf"))
        model = Model(EngineBroke("bad input: 租金 租赁", remedy="look at the server"))
        assert await files(desk, model, "租金 租赁 房屋") == ["first.pdf", "second.pdf"]
        assert "look at the server" in caplog.text
        assert "租" not in caplog.text

    search_story(story)
