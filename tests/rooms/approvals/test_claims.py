"""Claims at the door: what is taken in, who sees it, what the submitter may do with it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import (
    ANN,
    AUDITOR,
    BOB,
    REVIEWER,
    SERVICE,
    STRANGER,
    SUPERVISOR,
    ClaimDesk,
    file,
    paper,
    principal,
    submission,
)
from yuepi.access.principal import MissingRight
from yuepi.approvals.claim_changes import NotYours
from yuepi.approvals.claim_rows import BadClaim, ClaimRow, NotFound, Stale, WrongState
from yuepi.approvals.claims import ROWS_MAX
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS
from yuepi.approvals.store.claims import change_claim
from yuepi.approvals.store.history_tables import IDENTITIES
from yuepi.approvals.store.reviews import of_claim
from yuepi.approvals.submission import ClaimLimits, accepted
from yuepi.kit.cursors import read_cursor, write_cursor
from yuepi.kit.errors import BadUsage, Unavailable

__all__ = ["postgres", "story"]


async def asked(desk: ClaimDesk, question: str = "哪位客户？", **values: object) -> ClaimRow:
    """A claim whose submitter was asked something, as a reviewer's question leaves it."""
    claim = await desk.settled(paper(conflict=["total"]), **values)
    async with desk.database.writing() as transaction:
        changes = {"status": "asked", "question": question, "updated_at": desk.clock()}
        after = await change_claim(transaction, claim.id, changes, status="waiting")
    assert after is not None
    return after


# --- handing in ----------------------------------------------------------------------------------


def test_what_is_handed_in_is_kept_byte_for_byte(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        one, other = paper(), paper()
        claim = await desk.submitted(
            file(one, "一.png"), file(other, "../../etc/二.png"), note=" 打车\r\n去机场 "
        )
        assert (claim.status, claim.version, claim.round, claim.attempts) == ("received", 1, 1, 0)
        assert (claim.submitter_id, claim.department_id) == ("usr_ann", "dep_sales")
        assert (claim.on_day, claim.note) == ("2026-11-20", "打车\n去机场")
        assert await desk.claims.find(ANN, claim.id) == claim
        papers = await desk.claims.papers(ANN, claim.id)
        assert [(each.position, each.media) for each in papers.attachments] == [
            (0, "png"),
            (1, "png"),
        ]
        assert papers.decision is None
        row, data = await desk.claims.file(ANN, claim.id, papers.attachments[0].id)
        assert (row.name, data) == ("一.png", one)
        entry = desk.told.entries[0]
        assert (entry.action, entry.actor, entry.subject) == (
            "claim.submitted",
            "usr_ann",
            claim.id,
        )
        assert entry.detail["files"] == [each.sha256 for each in papers.attachments]

    story(tell)


def test_one_bad_file_refuses_the_claim_and_every_problem_is_told(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        given = submission(
            file(name="good.png"),
            file(b"", "empty.png"),
            file(b"MZ\x90\x00", "good.jpg"),
            file(b"just a text", "note.txt"),
        )
        with pytest.raises(BadClaim) as refused:
            await desk.claims.submit(ANN, given)
        assert refused.value.http_status == 422
        told = [(each["name"], each["code"]) for each in refused.value.problems]
        assert told == [
            ("empty.png", "empty_file"),
            ("good.jpg", "unsupported_type"),
            ("note.txt", "too_short"),
        ]
        assert all(each["remedy"] for each in refused.value.problems)
        async with desk.database.reading() as transaction:
            for table in (CLAIMS, ATTACHMENTS):
                rows = await transaction.execute(select(func.count()).select_from(table))
                assert rows.scalar_one() == 0
        assert not desk.told.entries

    story(tell)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"category": "*"}, "bad_category"),
        ({"category": ""}, "bad_category"),
        ({"category": "x" * 65}, "bad_category"),
        ({"category": "a\nb"}, "bad_category"),
        ({"note": "x" * 201}, "note_too_long"),
        ({"on": date(2026, 11, 18)}, "bad_day"),
        ({"on": date(1900, 1, 1)}, "bad_day"),
        ({"on": date(2027, 11, 20)}, "bad_day"),
        ({"files": ()}, "no_files"),
        ({"files": tuple(file(name=f"{n}.png") for n in range(6))}, "too_many_files"),
        ({"files": (file(paper(junk="x" * 2**20)),)}, "too_large"),
    ],
)
def test_what_cannot_be_a_claim_is_refused(values: dict[str, object], code: str) -> None:
    limits = ClaimLimits(files_max=5, bytes_max=2**20, note_characters_max=200)
    with pytest.raises(BadClaim) as refused:
        accepted(replace(submission(), **values), limits, date(2026, 11, 20), any_day=False)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_program_hands_in_for_people_and_nobody_else_does(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(by=SERVICE, for_user="usr_bob", on=date(2025, 1, 6))
        assert (claim.submitter_id, claim.department_id) == ("usr_bob", "dep_sales")
        assert claim.on_day == "2025-01-06"
        assert desk.told.entries[0].actor == "usr_oa"
        with pytest.raises(NotFound):
            await desk.submitted(by=SERVICE, for_user="usr_nobody")
        with pytest.raises(MissingRight):
            await desk.submitted(by=ANN, for_user="usr_bob")
        with pytest.raises(MissingRight):
            await desk.submitted(by=AUDITOR)
        reading_key = principal("usr_ann", scopes=frozenset({"claims:read"}))
        with pytest.raises(MissingRight):
            await desk.submitted(by=reading_key)

    story(tell)


def test_a_program_follows_what_it_handed_in_and_the_submitter_acts_on_it(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(by=SERVICE, for_user="bob")
        assert (claim.submitter_id, claim.handed_in_by) == ("usr_bob", "usr_oa")
        own = await desk.submitted(by=SERVICE, for_user=SERVICE.id)
        assert (own.submitter_id, own.handed_in_by) == ("usr_oa", None)
        others = await desk.submitted(by=BOB)
        another = principal("usr_other", "service")
        for who in (SERVICE, BOB):
            assert await desk.claims.find(who, claim.id) == claim
            papers = await desk.claims.papers(who, claim.id)
            _, data = await desk.claims.file(who, claim.id, papers.attachments[0].id)
            assert data
            assert await desk.claims.events(who, claim.id) == []
            assert claim in (await desk.claims.page(who)).rows
        assert {each.id for each in (await desk.claims.page(SERVICE)).rows} == {claim.id, own.id}
        for who, wanted in ((SERVICE, others.id), (another, claim.id)):
            with pytest.raises(NotFound):
                await desk.claims.find(who, wanted)
        with pytest.raises(NotYours):
            await desk.claims.cancel(SERVICE, claim.id, claim.version)
        with pytest.raises(NotYours):
            await desk.claims.answer(SERVICE, claim.id, claim.version, "这张")
        assert (await desk.claims.cancel(BOB, claim.id, claim.version)).status == "cancelled"

    story(tell)


def test_nothing_is_acknowledged_while_the_originals_cannot_be_kept(
    story: Story, tmp_path: Path
) -> None:
    async def tell(desk: ClaimDesk) -> None:
        async def broken(data: bytes) -> str:
            raise Unavailable("no room", remedy="make room", code="disk_full")

        desk.blobs.put = broken  # type: ignore[method-assign]
        with pytest.raises(Unavailable):
            await desk.submitted()
        assert (await desk.claims.page(ANN)).rows == ()

    story(tell)


# --- finding -------------------------------------------------------------------------------------


def test_a_claim_is_there_for_its_submitter_and_those_above_and_nobody_else(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        attachment = (await desk.claims.papers(ANN, claim.id)).attachments[0]
        above = principal("usr_up", "reviewer", department="dep_all", below=["dep_sales"])
        for who in (ANN, REVIEWER, SUPERVISOR, above, AUDITOR):
            assert (await desk.claims.find(who, claim.id)).id == claim.id
            assert claim.id in {row.id for row in (await desk.claims.page(who)).rows}
            assert (await desk.claims.file(who, claim.id, attachment.id))[0].id == attachment.id
        beside = principal("usr_up", "reviewer", department="dep_all", below=["dep_lab"])
        for who in (BOB, STRANGER, beside, SERVICE):
            for ask in (
                desk.claims.find(who, claim.id),
                desk.claims.papers(who, claim.id),
                desk.claims.events(who, claim.id),
                desk.claims.file(who, claim.id, attachment.id),
                desk.claims.cancel(principal(who.id), claim.id, 1),
                desk.claims.answer(principal(who.id), claim.id, 1, "x"),
            ):
                with pytest.raises(NotFound):
                    await ask
            assert claim.id not in {row.id for row in (await desk.claims.page(who)).rows}
        with pytest.raises(NotFound):
            await desk.claims.find(AUDITOR, "clm_none")

    story(tell)


def test_a_file_belongs_to_its_claim_only(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        mine, yours = await desk.submitted(), await desk.submitted(by=BOB)
        theirs = (await desk.claims.papers(BOB, yours.id)).attachments[0]
        for claim_id in (mine.id, yours.id):
            with pytest.raises(NotFound):
                await desk.claims.file(ANN, claim_id, theirs.id)

    story(tell)


def test_pages_show_each_claim_once_the_newest_first(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        made = [await desk.submitted(by=who) for who in (ANN, BOB, ANN, BOB, ANN)]
        await desk.run(made[0])
        seen: list[str] = []
        cursor = None
        while True:
            page = await desk.claims.page(REVIEWER, cursor=cursor, rows_max=2)
            seen += [row.id for row in page.rows]
            cursor = page.next
            if cursor is None:
                break
        assert seen == [claim.id for claim in reversed(made)]
        approved = await desk.claims.page(REVIEWER, status="approved")
        assert [row.id for row in approved.rows] == [made[0].id]
        mine = await desk.claims.page(REVIEWER, mine=True)
        assert mine.rows == ()
        assert len((await desk.claims.page(ANN, rows_max=ROWS_MAX + 1)).rows) == 3

    story(tell)


@pytest.mark.parametrize("cursor", ["", "x", "e30", write_cursor(1, 2), "A" * 600, "é", "W10"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadUsage) as refused:
        read_cursor(cursor, str, str)
    assert refused.value.code == "bad_cursor"


# --- the submitter's part ------------------------------------------------------------------------


def test_a_withdrawn_claim_frees_its_invoices_and_ends_its_review(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        data = paper(conflict=["total"])
        claim = await desk.settled(data)
        assert claim.status == "waiting"
        after = await desk.claims.cancel(ANN, claim.id, claim.version)
        assert (after.status, after.version) == ("cancelled", claim.version + 1)
        async with desk.database.reading() as transaction:
            assert [each.status for each in await of_claim(transaction, claim.id)] == ["void"]
            held = await transaction.execute(select(func.count()).select_from(IDENTITIES))
            assert held.scalar_one() == 0
        assert desk.told.actions(claim.id)[-1] == "claim.cancelled"
        with pytest.raises(WrongState):
            await desk.claims.cancel(ANN, claim.id, after.version)

    story(tell)


def test_a_stale_version_is_told_what_changed(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        after = await desk.settled()
        await desk.run(claim)
        with pytest.raises(Stale) as refused:
            await desk.claims.cancel(ANN, claim.id, claim.version)
        assert refused.value.http_status == 409
        assert refused.value.current["status"] == after.status
        assert refused.value.current["version"] == after.version

    story(tell)


def test_only_the_submitter_withdraws_and_answers(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        for verb in (
            desk.claims.cancel(REVIEWER, claim.id, 1),
            desk.claims.answer(REVIEWER, claim.id, 1, "x"),
        ):
            with pytest.raises(NotYours) as refused:
                await verb
            assert refused.value.http_status == 403

    story(tell)


def test_an_answer_adds_files_and_starts_the_machine_anew(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await asked(desk, "哪位客户？\n请补票", note="招待")
        after = await desk.claims.answer(
            ANN, claim.id, claim.version, "甲公司", [file(name="补.png")]
        )
        assert (after.status, after.round, after.attempts) == ("received", 2, 0)
        assert (after.queued_at, after.question) == (None, None)
        assert after.note == "招待\n\n> 哪位客户？\n> 请补票\n\n甲公司"
        papers = await desk.claims.papers(ANN, claim.id)
        assert [(each.position, each.round) for each in papers.attachments] == [(0, 1), (1, 2)]
        done = await desk.run(after)
        assert done is not None
        assert done.round == 2
        assert len(desk.reader.reads) == 2

    story(tell)


def test_an_answer_that_says_nothing_or_cannot_be_read_changes_nothing(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await asked(desk)
        for text, files, code in (
            (" ", (), "empty_answer"),
            ("见附件", (file(b"junk"),), "too_short"),
            ("x" * 201, (), "note_too_long"),
            ("", tuple(file() for _ in range(5)), "too_many_files"),
        ):
            with pytest.raises(BadClaim) as refused:
                await desk.claims.answer(ANN, claim.id, claim.version, text, files)
            assert refused.value.code == code
        assert await desk.claims.find(ANN, claim.id) == claim

    story(tell)


def test_one_answer_counts_of_several_at_once(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await asked(desk)
        given = await asyncio.gather(
            *(desk.claims.answer(ANN, claim.id, claim.version, f"{n}") for n in range(5)),
            return_exceptions=True,
        )
        assert sum(isinstance(each, ClaimRow) for each in given) == 1
        assert all(isinstance(each, ClaimRow | Stale | WrongState) for each in given)
        assert (await desk.present(claim)).round == 2

    story(tell)
