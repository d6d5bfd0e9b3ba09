"""The machine's steps before the decision: attempts that count, files that are read once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select, text

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import ANN, BOB, ClaimDesk, QuickReader, file, paper
from yuepi.approvals.claim_rows import AttachmentRow, ClaimRow
from yuepi.approvals.steps import NEVER_ENDED
from yuepi.approvals.store.attachments import readings_of
from yuepi.approvals.store.claim_tables import READINGS
from yuepi.documents.kept_reading import files_of, files_text
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.errors import Unavailable, UnreadableFile

__all__ = ["postgres", "story"]


async def begun(desk: ClaimDesk, claim: ClaimRow) -> Sequence[AttachmentRow]:
    found = await desk.steps.begin(claim.id, claim.round)
    assert found is not None
    return found.attachments


async def stored(desk: ClaimDesk, claim: ClaimRow) -> dict[str, FileReading]:
    """The first file of each attachment's reading, by its name."""
    async with desk.database.reading() as transaction:
        rows = await readings_of(transaction, claim.id)
    files = [files_of(row.files)[0] for row in rows]
    return {each.file: each for each in files}


# --- attempts ------------------------------------------------------------------------------------


def test_an_attempt_is_counted_before_the_work_and_the_version_stays(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        assert len(await begun(desk, claim)) == 1
        now = await desk.present(claim)
        assert (now.attempts, now.version, now.status) == (1, 1, "received")

    story(tell)


def test_a_claim_that_kills_its_workers_is_set_aside(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        for _ in range(desk.attempts_max):
            await begun(desk, claim)  # and then the process dies
        assert await desk.steps.begin(claim.id, 1) is None
        now = await desk.present(claim)
        assert (now.status, now.question) == ("quarantined", NEVER_ENDED)
        assert desk.told.actions(claim.id) == ["claim.submitted", "claim.quarantined"]
        async with desk.database.reading() as transaction:
            told = (await transaction.execute(text("SELECT kind, role FROM notices"))).all()
        assert [tuple(each) for each in told] == [("claim.quarantined", "supervisor")]
        # Whoever comes later finds nothing to do.
        assert await desk.steps.begin(claim.id, 1) is None
        assert await desk.steps.fail(claim.id, 1, RuntimeError("late")) is False
        assert (await desk.present(claim)).question == NEVER_ENDED

    story(tell)


def test_what_went_wrong_last_is_kept_and_shown(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(paper(crash=True))
        for attempt in range(1, desk.attempts_max + 1):
            (attachment,) = await begun(desk, claim)
            with pytest.raises(RuntimeError) as broken:
                await desk.steps.read(attachment)
            again = await desk.steps.fail(claim.id, 1, broken.value)
            assert again is (attempt < desk.attempts_max)
        now = await desk.present(claim)
        assert (now.status, now.question) == ("quarantined", "RuntimeError: the reader broke")
        entry = desk.told.entries[-1]
        assert (entry.action, entry.detail["attempts"]) == ("claim.quarantined", desk.attempts_max)

    story(tell)


def test_a_failed_attempt_goes_back_to_the_queue(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        async with desk.database.writing() as transaction:
            await transaction.execute(text("UPDATE claims SET queued_at = created_at"))
        await begun(desk, claim)
        assert await desk.steps.fail(claim.id, 1, Unavailable("x", remedy="y"))
        assert (await desk.present(claim)).queued_at is None

    story(tell)


def test_the_machine_has_no_part_in_a_claim_of_another_round_or_state(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        assert await desk.steps.begin(claim.id, 2) is None
        assert await desk.steps.begin("clm_none", 1) is None
        (attachment,) = await begun(desk, claim)
        await desk.claims.cancel(ANN, claim.id, 1)
        assert await desk.steps.read(attachment) is False
        assert desk.reader.reads == []
        assert await desk.steps.begin(claim.id, 1) is None
        assert await desk.steps.settle(claim.id, 1, executor="exe_1") is None

    story(tell)


# --- reading -------------------------------------------------------------------------------------


def test_each_file_is_read_once_and_the_record_says_how(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(file(paper(picture="00ff" * 4), "照片.png"))
        (attachment,) = await begun(desk, claim)
        assert await desk.steps.read(attachment)
        assert await begun(desk, claim) == ()
        entry = desk.told.entries[-1]
        assert entry.action == "claim.read"
        assert entry.detail["sha256"] == attachment.sha256
        assert entry.detail["pictures"] == ["00ff" * 4]
        assert entry.detail["reader"] == "quick-1"
        assert isinstance(entry.detail["took_ms"], int)

    story(tell)


def test_of_many_readings_at_once_the_first_one_stays(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        (attachment,) = await begun(desk, claim)
        done = await asyncio.gather(*(desk.new_steps().read(attachment) for _ in range(5)))
        assert all(done)
        async with desk.database.reading() as transaction:
            assert len((await transaction.execute(select(READINGS))).all()) == 1
        assert desk.told.actions(claim.id).count("claim.read") == 1

    story(tell)


def test_a_file_that_cannot_be_read_is_a_reading_and_the_others_are_read(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(file(paper(fault=True), "坏.png"), file(name="好.png"))
        done = await desk.run(claim)
        assert done is not None
        files = await stored(desk, claim)
        problem = files["坏.png"].error
        assert problem is not None
        assert (problem.code, problem.remedy) == ("damaged", "send it again")
        assert files["好.png"].readings
        assert (await desk.present(claim)).status == "waiting"

    story(tell)


def test_known_bytes_are_not_read_again_but_under_their_new_name(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        data = paper()
        await desk.settled(file(data, "first.png"))
        claim = await desk.submitted(file(data, "second.png"), by=BOB)
        await desk.run(claim)
        assert desk.reader.reads == ["first.png"]
        assert set(await stored(desk, claim)) == {"second.png"}
        assert desk.told.entries[-2].detail["reused"] is True
        # Another version of the reader may see something else.
        other = await desk.submitted(file(data, "third.png"))
        steps = desk.new_steps(reader=QuickReader("quick-2"))
        found = await steps.begin(other.id, 1)
        assert found is not None
        await steps.read(found.attachments[0])
        assert desk.told.entries[-1].detail["reused"] is False

    story(tell)


def test_a_reading_too_large_to_keep_makes_the_file_unreadable(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yuepi.documents.kept_reading.TEXT_CHARACTERS_MAX", 700)

    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted(file(paper(seller_name="长" * 300), "长.png"))
        (attachment,) = await begun(desk, claim)
        await desk.steps.read(attachment)
        problem = (await stored(desk, claim))["长.png"].error
        assert problem is not None
        assert problem.code == "too_large"

    story(tell)


def test_half_a_character_in_a_text_layer_does_not_lose_the_reading() -> None:
    whole = Reading(
        kind="other", kind_confidence=1.0, page=1, quality="clean", fields={}, text="发\ud800票"
    )
    read = FileReading(file="a\udfff.pdf", sha256="0", pages=1, original=True, readings=(whole,))
    (again,) = files_of(files_text([read]))
    assert (again.file, again.readings[0].text) == ("a?.pdf", "发?票")


def test_a_reader_that_is_away_costs_no_claim(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await desk.submitted()
        (attachment,) = await begun(desk, claim)

        async def away(name: str) -> None:
            raise Unavailable("the reader is away", remedy="wait")

        desk.reader.before = away
        with pytest.raises(Unavailable):
            await desk.steps.read(attachment)
        desk.reader.before = None
        assert await desk.steps.read(attachment)
        assert UnreadableFile.http_status == 422

    story(tell)
