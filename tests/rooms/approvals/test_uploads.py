"""Files before their claim: their owner's alone, read once, used up with it or not at all."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import ANN, AUDITOR, BOB, ClaimDesk, file, paper
from yuepi.access.principal import MissingRight, Principal
from yuepi.approvals.claim_rows import BadClaim, NotFound
from yuepi.approvals.store.claim_tables import ATTACHMENTS, CLAIMS
from yuepi.approvals.store.uploads import UPLOADS
from yuepi.approvals.submission import File, Submission, Uploaded
from yuepi.approvals.upload_reading import ATTEMPTS_MAX, LEASE_S, UploadReader
from yuepi.approvals.uploads import DAYS, OPEN_MAX, TooManyUploads, Upload
from yuepi.documents.kept_reading import ReadFile
from yuepi.documents.turns import ClaimsFirst
from yuepi.kit.idempotency import IdempotencyMismatch
from yuepi.kit.steady import STEADY_CLOCK

__all__ = ["postgres", "story"]


def reader_of(desk: ClaimDesk, shared: ClaimsFirst | None = None) -> UploadReader:
    return UploadReader(desk.database, desk.blobs, shared or ClaimsFirst(desk.reader), desk.clock)


async def uploaded(desk: ClaimDesk, *data: bytes, by: Principal = ANN) -> list[Upload]:
    found = []
    for each in data or (paper(pages=1),):
        found.append((await desk.claims.uploads.take(by, file(each), None))[0])
    return found


def claim_of(*files: Upload | File) -> Submission:
    given = tuple(each if isinstance(each, File) else Uploaded(each.row.id) for each in files)
    return Submission(files=given, category="office")


async def turn_clock(desk: ClaimDesk, seconds: float) -> None:
    async with desk.database.writing() as transaction:
        change = update(STEADY_CLOCK).values(seconds=STEADY_CLOCK.c.seconds + seconds)
        await transaction.execute(change)


async def count(desk: ClaimDesk, table: object = UPLOADS) -> int:
    async with desk.database.reading() as transaction:
        query = select(func.count()).select_from(table)  # type: ignore[arg-type]
        return int((await transaction.execute(query)).scalar_one())


def test_an_upload_is_its_owners_alone(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = desk.claims.uploads
        (mine,) = await uploaded(desk)
        assert await reader_of(desk).read_next()
        assert (await shelf.find(ANN, mine.row.id)).row.state == "done"
        assert [each.row.id for each in await shelf.all_of(ANN)] == [mine.row.id]
        assert (await shelf.page(ANN, mine.row.id, 0, 1))[:2] == b"\xff\xd8"
        assert await shelf.all_of(BOB) == []
        with pytest.raises(NotFound):
            await shelf.find(BOB, mine.row.id)
        with pytest.raises(NotFound):
            await shelf.page(BOB, mine.row.id, 0, 1)
        with pytest.raises(NotFound):
            await shelf.delete(BOB, mine.row.id)
        with pytest.raises(BadClaim) as told:
            await desk.claims.submit(BOB, claim_of(mine))
        assert [each["name"] for each in told.value.problems] == [mine.row.id]
        with pytest.raises(MissingRight):
            await shelf.take(AUDITOR, file(), None)
        await shelf.delete(ANN, mine.row.id)
        assert await shelf.all_of(ANN) == []
        with pytest.raises(NotFound):
            await shelf.delete(ANN, mine.row.id)

    story(tell)


def test_limits_of_uploads(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = desk.claims.uploads
        for bad in (b"", b"plain text", b"\x89PNG\r\n\x1a\n" + b"0" * 2**20):
            with pytest.raises(BadClaim):
                await shelf.take(ANN, file(bad), None)
        assert await count(desk) == 0
        data = paper()
        taking = [shelf.take(ANN, file(data), None) for _ in range(OPEN_MAX + 4)]
        told = await asyncio.gather(*taking, return_exceptions=True)
        assert sum(isinstance(each, TooManyUploads) for each in told) == 4
        assert await count(desk) == OPEN_MAX
        await shelf.take(BOB, file(data), None)

    story(tell)


def test_the_same_request_again_is_one_upload(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = desk.claims.uploads
        data = paper()
        (one, new), (other, again) = [await shelf.take(ANN, file(data), "k1") for _ in range(2)]
        assert (new, again) == (True, False)
        assert one.row.id == other.row.id
        with pytest.raises(IdempotencyMismatch):
            await shelf.take(ANN, file(paper()), "k1")
        (elsewhere, new) = await shelf.take(BOB, file(data), "k1")
        assert new
        assert elsewhere.row.id != one.row.id

    story(tell)


def test_the_same_bytes_in_a_living_claim_are_told(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        data = paper()
        (fresh,) = await uploaded(desk, data)
        assert fresh.seen is None
        claim = await desk.submitted(data)
        mine = await desk.claims.uploads.find(ANN, fresh.row.id)
        assert mine.seen is not None
        assert (mine.seen.claim, mine.seen.own) == (claim.id, True)
        (theirs,) = await uploaded(desk, data, by=BOB)
        assert theirs.seen is not None
        assert (theirs.seen.claim, theirs.seen.own) == (None, False)
        await desk.claims.cancel(ANN, claim.id, claim.version)
        assert (await desk.claims.uploads.find(ANN, fresh.row.id)).seen is None

    story(tell)


def test_what_was_read_of_an_upload_is_not_read_again(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        one, other = await uploaded(desk, paper(pages=1), paper(pages=1))
        reader = reader_of(desk)
        assert await reader.read_next()
        assert await reader.read_next()
        assert not await reader.read_next()
        reads = len(desk.reader.reads)
        sent = file(paper(), "第三.png")
        claim, new = await desk.claims.submit(ANN, claim_of(other, sent, one))
        assert new
        assert await count(desk) == 0
        papers = await desk.claims.papers(ANN, claim.id)
        order = [other.row.sha256, None, one.row.sha256]
        assert [
            row.sha256 == want or want is None
            for row, want in zip(papers.attachments, order, strict=True)
        ] == [True] * 3
        assert papers.attachments[1].name == "第三.png"
        assert len(papers.readings) == 2
        assert json.loads(papers.readings[0].pages)
        read = [each for each in desk.told.entries if each.action == "claim.read"]
        assert {each.detail["attachment"] for each in read} == {
            papers.attachments[0].id,
            papers.attachments[2].id,
        }
        await desk.run(claim)
        assert desk.reader.reads[reads:] == ["第三.png"]
        assert (await desk.present(claim)).status == "approved"

    story(tell)


def test_another_reader_reads_it_again_and_decides_on_that(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        (one,) = await uploaded(desk)
        await reader_of(desk).read_next()
        claim, _ = await desk.claims.submit(ANN, claim_of(one))
        desk.reader.version = "quick-2"
        await desk.run(claim)
        papers = await desk.claims.papers(ANN, claim.id)
        assert [each.reader for each in papers.readings] == ["quick-1", "quick-2"]
        assert papers.decision is not None
        assert papers.decision.reader == "quick-2"

    story(tell)


def test_of_two_claims_one_gets_the_upload(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        (one,) = await uploaded(desk)
        told = await asyncio.gather(
            *(desk.claims.submit(ANN, claim_of(one)) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(each, tuple) for each in told) == 1
        assert all(isinstance(each, tuple | BadClaim) for each in told)
        assert await count(desk, CLAIMS) == 1
        assert await count(desk, ATTACHMENTS) == 1

    story(tell)


def test_a_claim_that_fails_leaves_its_uploads(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        (one,) = await uploaded(desk)
        wrong = claim_of(one, file(b"no picture"))
        with pytest.raises(BadClaim):
            await desk.claims.submit(ANN, wrong)
        with pytest.raises(BadClaim) as told:
            await desk.claims.submit(ANN, claim_of(one, one))
        assert told.value.code == "repeated_upload"
        with pytest.raises(BadClaim) as told:
            await desk.claims.submit(ANN, Submission(files=(Uploaded("upl_\x00"),)))
        assert told.value.code == "unknown_upload"
        assert await count(desk) == 1
        # With its key, the same request again gives the same, though the upload is used up.
        first, new = await desk.claims.submit(ANN, claim_of(one), "k")
        again, anew = await desk.claims.submit(ANN, claim_of(one), "k")
        assert (new, anew, again.id) == (True, False, first.id)

    story(tell)


def test_too_much_is_refused_before_it_is_loaded(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        large = [paper(junk="x" * 400_000) for _ in range(3)]
        found = await uploaded(desk, *large)
        with pytest.raises(BadClaim) as told:
            await desk.claims.submit(ANN, claim_of(*found))
        assert told.value.code == "too_large"
        many = await uploaded(desk, *(paper() for _ in range(6)))
        with pytest.raises(BadClaim) as told:
            await desk.claims.submit(ANN, claim_of(*many))
        assert told.value.code == "too_many_files"

    story(tell)


def test_uploads_are_over_after_some_days(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        shelf = desk.claims.uploads
        (one,) = await uploaded(desk)
        desk.now += timedelta(days=DAYS, minutes=1)
        assert await shelf.all_of(ANN) == []
        with pytest.raises(NotFound):
            await shelf.find(ANN, one.row.id)
        with pytest.raises(BadClaim):
            await desk.claims.submit(ANN, claim_of(one))
        assert not await reader_of(desk).read_next()
        (young,) = await uploaded(desk)
        assert await shelf.forget(desk.clock()) == 1
        assert [each.row.id for each in await shelf.all_of(ANN)] == [young.row.id]
        assert await count(desk) == 1

    story(tell)


# --- reading -------------------------------------------------------------------------------------


def test_a_dead_workers_upload_is_taken_again_and_never_by_two(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        (one,) = await uploaded(desk)
        entered, never = asyncio.Event(), asyncio.Event()

        async def hang(_name: str) -> None:
            entered.set()
            await never.wait()

        desk.reader.before = hang
        dying = asyncio.create_task(reader_of(desk).read_next())
        await entered.wait()
        desk.reader.before = None
        other = reader_of(desk)
        assert not await other.read_next()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        assert not await other.read_next()
        await turn_clock(desk, LEASE_S + 1)
        assert await other.read_next()
        assert (await desk.claims.uploads.find(ANN, one.row.id)).row.state == "done"
        assert len(desk.reader.reads) == 2

    story(tell)


def test_what_breaks_the_reader_has_failed_after_some_attempts(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        (one,) = await uploaded(desk, paper(crash=True))
        reader = reader_of(desk)
        for _ in range(ATTEMPTS_MAX):
            assert await reader.read_next()
            await turn_clock(desk, 60)
        assert not await reader.read_next()
        row = (await desk.claims.uploads.find(ANN, one.row.id)).row
        assert (row.state, row.attempts, len(desk.reader.reads)) == ("failed", 3, 3)
        claim, _ = await desk.claims.submit(ANN, claim_of(one))
        assert (await desk.claims.papers(ANN, claim.id)).readings == ()

    story(tell)


def test_what_killed_its_workers_has_failed_too(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        (one,) = await uploaded(desk)
        async with desk.database.writing() as transaction:
            values = {"attempts": ATTEMPTS_MAX, "held_by": "upr_dead", "held_until_s": -1.0}
            await transaction.execute(update(UPLOADS).values(**values))
        assert await reader_of(desk).read_next()
        assert (await desk.claims.uploads.find(ANN, one.row.id)).row.state == "failed"
        assert desk.reader.reads == []

    story(tell)


def test_a_file_that_cannot_be_read_says_so_and_bytes_known_are_not_read(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        data = paper(pages=1)
        await desk.settled(data)
        bad, known = await uploaded(desk, paper(fault=True), data)
        reader = reader_of(desk)
        assert await reader.read_next()
        assert await reader.read_next()
        shelf = desk.claims.uploads
        row = (await shelf.find(ANN, bad.row.id)).row
        assert row.state == "done"
        assert json.loads(row.files or "")[0]["error"]["code"] == "damaged"
        row = (await shelf.find(ANN, known.row.id)).row
        assert row.state == "done"
        assert json.loads(row.pages or "")
        assert len(desk.reader.reads) == 2

    story(tell)


def test_an_upload_that_is_gone_while_it_is_read_harms_nothing(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        (one,) = await uploaded(desk)

        async def hand_in(_name: str) -> None:
            desk.reader.before = None
            await desk.claims.submit(ANN, claim_of(one))

        desk.reader.before = hand_in
        assert await reader_of(desk).read_next()
        assert await count(desk) == 0

    story(tell)


def test_claims_come_first_and_share_what_is_being_read() -> None:
    async def tell() -> None:
        entered, go_on = asyncio.Event(), asyncio.Event()

        class Slow:
            version = "slow-1"
            reads = 0

            async def read(self, name: str, data: bytes) -> ReadFile:
                self.reads += 1
                entered.set()
                await go_on.wait()
                return ReadFile(())

        slow = Slow()
        shared = ClaimsFirst(slow)
        upload = asyncio.create_task(shared.lent.read("a", b"1"))
        await entered.wait()
        claim = asyncio.create_task(shared.read("a", b"1"))
        other = asyncio.create_task(shared.read("b", b"1"))
        await asyncio.sleep(0)
        free = [shared.is_free]
        # Whoever waited for the upload may leave: the claim gets its reading all the same.
        upload.cancel()
        go_on.set()
        await claim
        await other
        assert (slow.reads, [*free, shared.is_free]) == (2, [False, True])

    asyncio.run(tell())
