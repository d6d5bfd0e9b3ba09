"""Search tells nothing that is out of reach: no hit, no count, nothing alike."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

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
from tests.rooms.library.test_searching import (
    LEASE,
)
from yuepi.library.document import NotOnShelf
from yuepi.library.query import Query
from yuepi.library.scope import Scope

__all__ = ["postgres", "search_story"]


# --- reach ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [False, True])
def test_nothing_out_of_reach_is_told(search_story: SearchStory, broken: bool) -> None:
    questions = (
        "违约金", "去年和A公司签的50万以上的合同", "HT-2025-0601", "“违约金”", "lease.pdf",
        "600000元的合同",
        "租赁", "去年", "50万以上", "合同", "房屋租赁合同", "#secret", "A公司", "2025年6月1日",
    )  # fmt: skip

    async def story(desk: SearchDesk) -> None:
        secret = Paper(
            LEASE.lines, LEASE.kind, LEASE.amount, LEASE.day, True, LEASE.names, LEASE.numbers,
            tags=("secret",), more={**LEASE.more, "folder_id": await desk.folder("密")},
        )  # fmt: skip
        await desk.put(secret)
        desk.index.broken = broken
        for question in questions:
            for sought in (question, Query(text=question), Query(documents=("doc_000001",))):
                found = await desk.search(sought, BOB)
                told = found.model_dump_json(exclude={"query", "chips"})
                assert (found.hits, found.documents, found.facets) == ((), 0, ()), question
                assert "doc_0" not in told
                assert "lease" not in told
                assert found.waiting == 0
        assert (await desk.search("HT-2025-0601", ANN)).documents == 1

    search_story(story)


def test_similar_stays_within_reach(search_story: SearchStory) -> None:
    async def story(desk: SearchDesk) -> None:
        mine = await desk.put(LEASE)
        more = {"name": "other.pdf", "added_at": NOW + timedelta(days=1)}
        other = await desk.put(Paper(("租金 租赁 房屋 违约金",), "contract", more=more))
        await desk.put(Paper(("租金 租赁",), "invoice", more={"name": "kind.pdf"}))
        await desk.put(
            Paper(("租金 租赁",), "contract", more={"name": "t.pdf", "sha256": mine.sha256})
        )
        await desk.put(
            Paper(("租金 租赁",), "contract", more={"name": "h.pdf", "department_id": "legal"})
        )
        found = await desk.searcher.similar(ANN, mine.id)
        assert [hit.file for hit in found.hits] == [other.name, "kind.pdf"]
        assert found.documents == 2
        with pytest.raises(NotOnShelf):
            await desk.searcher.similar(BOB, mine.id)

    search_story(story)


@pytest.mark.parametrize("seed", [1, 2])
def test_whoever_asks_is_told_of_what_they_see_alone(search_story: SearchStory, seed: int) -> None:
    chance = random.Random(seed)
    departments = ("sales", "legal", None)
    scopes = [
        Scope(who, frozenset(seen))
        for who in ("user_ann", "user_bob")
        for seen in ((), ("sales",), ("legal", "sales"))
    ]
    questions = (
        "租金 违约金",
        "违约金",
        "合同",
        "600000元的合同",
        "“违约金”",
        "HT-2025-0601",
        "去年",
        "A公司",
    )

    async def story(desk: SearchDesk) -> None:
        documents = []
        for at in range(24):
            more = {
                "name": f"name{at}.pdf",
                "owner_id": chance.choice(("user_ann", "user_bob", "user_eve")),
                "department_id": chance.choice(departments),
                "trashed_at": chance.choice((None, None, NOW)),
                "folder_id": f"folder{at}",
            }
            documents.append(await desk.put(replace(LEASE, tags=(f"tag{at}",), more=more)))
        for scope in scopes:
            seen = {
                each.id
                for each in documents
                if each.trashed_at is None and scope.covers(each.owner_id, each.department_id)
            }
            places = {each.folder_id for each in documents if each.id in seen}
            for question in questions:
                found = await desk.search(question, scope, hits_max=100)
                assert {hit.document for hit in found.hits} == seen, question
                assert found.documents == len(seen)
                facets = {each.field: each.values for each in found.facets}
                told = {value.value for value in facets.get("folder", ())}
                assert told == places
                assert all(value.documents == 1 for value in facets.get("tag", ()))
                assert len(facets.get("tag", ())) == len(seen)
            for each in documents:
                if each.id in seen:
                    similar = await desk.searcher.similar(scope, each.id, hits_max=50)
                    assert {hit.document for hit in similar.hits} == seen - {each.id}
                else:
                    with pytest.raises(NotOnShelf):
                        await desk.searcher.similar(scope, each.id)

    search_story(story)
