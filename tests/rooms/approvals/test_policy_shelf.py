"""The policy in force: one at a time, by two people, from the next claim on, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import AUDITOR, REVIEWER, ClaimDesk, default_policy, paper, principal
from yuepi.access.principal import MissingRight
from yuepi.approvals.claim_rows import NotFound, Stale
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import load_policy
from yuepi.approvals.policy_fault import BadPolicy
from yuepi.approvals.policy_rows import FourEyes, PolicyDamaged, WrongPolicyState
from yuepi.approvals.policy_shelf import PolicyShelf
from yuepi.approvals.policy_trial import Trials
from yuepi.approvals.store.policy_tables import POLICY_VERSIONS
from yuepi.audit.trail import Trail

__all__ = ["postgres", "story"]

SUE = principal("usr_sue", "supervisor")
SAM = principal("usr_sam", "supervisor")
ADA = principal("usr_ada", "admin", department="dep_root")


def text_with(limit: str) -> str:
    """The shipped policy, with another amount up to which the machine approves."""
    data = json.loads(default_policy_text())
    for node in data["nodes"]:
        for rule in node.get("content", {}).get("rules", ()):
            if rule.get("code") == '"small_and_clean"':
                rule["total_amount"] = limit
    return json.dumps(data)


def shelf_of(desk: ClaimDesk) -> PolicyShelf:
    return PolicyShelf(desk.database, desk.record, desk.clock, first=default_policy)


async def published(shelf: PolicyShelf, text: str, by: Any = SUE, then: Any = SAM) -> str:
    version = (await shelf.draft(by, text, note="limit", based_on=None)).version
    await shelf.propose(by, version, note="please")
    await shelf.publish(then, version, note="looked at")
    return version


def test_the_settings_policy_is_the_first_version_once(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelves = [shelf_of(desk) for _ in range(4)]
        found = await asyncio.gather(*(each.current() for each in shelves))
        assert {each.version for each in found} == {default_policy().version}
        shown = await shelves[0].list(AUDITOR)
        assert [(v.number, v.state, v.author) for v in shown.versions] == [
            (1, "published", "settings")
        ]
        assert [each.turn for each in shown.history] == [1]
        told = await Trail(desk.database).entries(subject=shown.published)
        assert [each.action for each in told] == ["policy.published"]

    story(tell)


def test_it_takes_two_people(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = shelf_of(desk)
        first = (await shelf.current()).version
        draft = await shelf.draft(SUE, text_with("<= 100"), note="  careful\x00 ", based_on=first)
        assert (draft.number, draft.state, draft.note) == (2, "draft", "careful")
        assert draft.possible == ("propose",)
        with pytest.raises(WrongPolicyState):
            await shelf.publish(SAM, draft.version, note="too early")
        proposed = await shelf.propose(SAM, draft.version, note="yes")
        assert (proposed.state, proposed.blocked) == ("proposed", "proposer")
        for who in (SUE, SAM):
            with pytest.raises(FourEyes):
                await shelf.publish(who, draft.version, note="mine")
        for who in (REVIEWER, AUDITOR):
            with pytest.raises(MissingRight):
                await shelf.publish(who, draft.version, note="may not")
        assert (await shelf.current()).version == first
        with pytest.raises(WrongPolicyState):
            await shelf.propose(SUE, draft.version, note="again")
        done = await shelf.publish(ADA, draft.version, note="good", replaces=first)
        assert (done.state, done.published_by, done.proposed_by) == (
            "published", "usr_ada", "usr_sam",
        )  # fmt: skip
        assert (await shelf_of(desk).current()).version == draft.version
        told = await Trail(desk.database).entries(subject=draft.version)
        assert [each.action for each in told] == [
            "policy.drafted", "policy.proposed", "policy.published",
        ]  # fmt: skip
        assert told[-1].detail["replaces"] == first

    story(tell)


def test_a_claim_is_decided_by_what_is_published(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf, other = shelf_of(desk), shelf_of(desk)
        desk.steps = desk.new_steps(policies=shelf)
        before = await desk.settled(paper(total="300.00"))
        version = await published(other, text_with("<= 100"))
        after = await desk.settled(paper(total="300.00"))
        assert (before.status, after.status) == ("approved", "waiting")
        papers = await desk.claims.papers(AUDITOR, after.id)
        assert papers.decision is not None
        assert papers.decision.policy == version

    story(tell)


def test_going_back_takes_two_people_too(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = shelf_of(desk)
        first = (await shelf.current()).version
        second = await published(shelf, text_with("<= 100"))
        back = await shelf.propose(SUE, first, note="it was better")
        assert (back.state, back.blocked) == ("proposed", "proposer")
        with pytest.raises(FourEyes):
            await shelf.publish(SUE, first, note="alone")
        await shelf.publish(SAM, first, note="yes", replaces=second)
        shown = await shelf.list(SUE)
        assert [(v.number, v.state) for v in shown.versions] == [(2, "retired"), (1, "published")]
        assert [each.number for each in shown.history] == [1, 2, 1]

    story(tell)


def test_of_two_publications_at_once_one_is_told(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = shelf_of(desk)
        first = (await shelf.current()).version
        names = []
        for limit in ("<= 100", "<= 200"):
            draft = await shelf.draft(SUE, text_with(limit), note="", based_on=None)
            names.append((await shelf.propose(SUE, draft.version, note="x")).version)
        answers = await asyncio.gather(
            *(shelf_of(desk).publish(SAM, n, note="x", replaces=first) for n in names),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in answers) == ["PolicyVersion", "Stale"]
        shown = await shelf.list(SUE)
        assert sorted(v.state for v in shown.versions) == ["proposed", "published", "retired"]
        stale = next(each for each in answers if isinstance(each, Stale))
        assert stale.current["version"] in (first, shown.published)

    story(tell)


def test_drafts_at_once_are_all_kept_and_numbered(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = shelf_of(desk)
        await shelf.current()
        texts = [text_with(f"<= {n}") for n in (10, 20, 30, 30)]
        made = await asyncio.gather(
            *(shelf_of(desk).draft(SUE, text, note="n", based_on=None) for text in texts)
        )
        assert sorted({each.number for each in made}) == [2, 3, 4]
        assert made[2].version == made[3].version

    story(tell)


def test_withdrawn_is_a_draft_again(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = shelf_of(desk)
        draft = await shelf.draft(SUE, text_with("<= 100"), note="", based_on=None)
        await shelf.propose(SUE, draft.version, note="x")
        assert (await shelf.withdraw(SAM, draft.version, note="no")).state == "draft"
        with pytest.raises(WrongPolicyState):
            await shelf.withdraw(SAM, draft.version, note="no")
        with pytest.raises(NotFound):
            await shelf.propose(SUE, "sha256:" + "0" * 64, note="x")

    story(tell)


def test_what_cannot_work_is_never_kept(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = shelf_of(desk)
        with pytest.raises(BadPolicy) as caught:
            await shelf.draft(SUE, text_with("> > 5"), note="", based_on=None)
        assert [(f.table, f.column, f.code) for f in caught.value.faults] == [
            ("claim", "total_amount", "not_understood")
        ]
        half = default_policy_text().replace("总金额 ", "\\ud800")
        with pytest.raises(BadPolicy):
            await shelf.draft(SUE, half, note="", based_on=None)
        assert len((await shelf.list(SUE)).versions) == 1

    story(tell)


@pytest.mark.parametrize("unusable", [True, False])
def test_one_that_cannot_be_used_any_more_is_put_out_of_force(story: Story, unusable: bool) -> None:
    """A newer program may refuse what an older one took; and nobody looked at a text that was
    changed in the database: nothing is decided by it. People put another one in its place."""

    async def tell(desk: ClaimDesk) -> None:
        shelf = shelf_of(desk)
        version = await published(shelf, text_with("<= 100"))
        other = "{}" if unusable else load_policy(text_with("<= 999999")).canonical
        damage = update(POLICY_VERSIONS).where(POLICY_VERSIONS.c.version == version)
        async with desk.database.writing() as transaction:
            await transaction.execute(damage.values(jdm=other))
        with pytest.raises(BadPolicy if unusable else PolicyDamaged):
            await shelf_of(desk).current()
        # Others, which did not load it before.
        shelf = shelf_of(desk)
        assert (await shelf.list(SUE)).published == version
        if not unusable:
            with pytest.raises(PolicyDamaged):
                await shelf.loaded(SUE, version)
        good = await published(shelf, text_with("<= 50"))
        assert (await shelf_of(desk).current()).version == good
        await shelf.propose(SUE, version, note="back")
        with pytest.raises(BadPolicy if unusable else PolicyDamaged):
            await shelf.publish(ADA, version, note="back")

    story(tell)


@pytest.mark.parametrize("asker", ["admin", "supervisor", "stranger"])
def test_a_trial_tells_what_would_change_within_reach(story: Story, asker: str) -> None:
    async def tell(desk: ClaimDesk) -> None:
        small = await desk.settled(paper(total="50.00"))
        large = await desk.settled(paper(total="300.00"))
        unsure = await desk.settled(paper(conflict=["total"]))
        who = {"admin": ADA, "supervisor": SUE, "stranger": principal("usr_far", "supervisor",
               department="dep_lab")}[asker]  # fmt: skip
        trials = Trials(desk.database, desk.clock)
        found = await trials.run(who, load_policy(text_with("<= 100")), limit=10, days=30)
        changed = {each.claim.id: each for each in found.changed}
        if asker == "stranger":
            assert (found.tried, changed, found.not_tried) == (0, {}, ())
            return
        assert set(changed) == {large.id}
        one = changed[large.id]
        assert (one.what, one.before.outcome, one.after.outcome) == ("outcome", "approve", "refer")
        assert (one.before.applied, one.after.applied) == ("approved", "waiting")
        # Whoever may review is not told what the machine made of a claim that waits for an answer.
        waits = ((unsure.id, "awaits_answer"),) if asker == "supervisor" else ()
        assert found.not_tried == waits
        assert found.tried == 3 - len(waits)
        assert found.complete
        assert small.id not in changed

    story(tell)


def test_the_same_policy_changes_nothing(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        for data in (paper(), paper(conflict=["total"]), paper(fault=True), paper("nothing")):
            await desk.settled(data)
        found = await Trials(desk.database, desk.clock).run(ADA, default_policy(), limit=3, days=9)
        assert (found.tried, found.changed) == (3, ())

    story(tell)


def test_time_is_limited(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        await desk.settled()
        trials = Trials(desk.database, desk.clock, seconds_max=0.0)
        found = await trials.run(ADA, default_policy(), limit=3, days=9)
        assert (found.tried, found.complete) == (0, False)

    story(tell)


Change = Callable[[dict[str, Any]], None]


def test_all_mistakes_are_told_with_their_places() -> None:
    data = json.loads(default_policy_text())
    rules = data["nodes"][1]["content"]["rules"]
    rules[0]["total_amount"] = "> limit"
    rules[0]["code"] = ""
    rules[1]["_id"] = rules[2]["_id"]
    with pytest.raises(BadPolicy) as caught:
        load_policy(json.dumps(data))
    told = {(f.row_at, f.column, f.code) for f in caught.value.faults}
    assert told == {(0, "total_amount", "unknown_fact"), (0, "code", "empty"), (2, None, "twice")}
    assert all(f.message_zh != f.message_en for f in caught.value.faults)
