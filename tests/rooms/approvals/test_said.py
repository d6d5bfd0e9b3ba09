"""What submitters say themselves: a hint for people, which never makes a claim pass."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal

import pytest

from tests.resources.claim_stories import Story, postgres, story
from tests.resources.claims import ANN, COMPANY, REVIEWER, ClaimDesk, file, paper
from yuepi.approvals.claim_rows import BadClaim, ClaimRow
from yuepi.approvals.judge import Given
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import load_policy
from yuepi.approvals.replay import Replays
from yuepi.approvals.said import SAID_MAX, Said, said_problems, told_otherwise
from yuepi.approvals.store.decisions import find_decision
from yuepi.approvals.submission import Submission, Uploaded

__all__ = ["postgres", "story"]


async def said(desk: ClaimDesk, field: str, value: str, data: bytes | None = None) -> ClaimRow:
    """A settled claim with one upload, of which its submitter says something."""
    upload, _ = await desk.claims.uploads.take(ANN, file(data), None)
    handed_in = Submission(
        files=(Uploaded(upload.row.id),),
        category="office",
        said=(Said(upload.row.id, 0, 0, field, value),),
    )
    claim, _ = await desk.claims.submit(ANN, handed_in)
    await desk.run(claim)
    return await desk.present(claim)


async def codes(desk: ClaimDesk, claim: ClaimRow) -> list[str]:
    async with desk.database.reading() as transaction:
        row = await find_decision(transaction, claim.id)
    assert row is not None
    return [each["code"] for each in json.loads(row.decision)["reasons"]]


@pytest.mark.parametrize("value", ["300.00", "300", " 300.00", "¥300.00"])
def test_what_only_repeats_the_reading_changes_nothing(story: Story, value: str) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await said(desk, "total", value)
        assert (claim.status, claim.total) == ("approved", Decimal(300))
        assert "submitter_says_otherwise" not in await codes(desk, claim)

    story(tell)


@pytest.mark.parametrize(
    ("field", "value"), [("total", "300.01"), ("date", "2026-11-17"), ("code", "044")]
)
def test_what_differs_goes_to_a_person_and_pays_nothing_else(
    story: Story, field: str, value: str
) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await said(desk, field, value)
        assert (claim.status, claim.total) == ("waiting", Decimal(300))
        assert "submitter_says_otherwise" in await codes(desk, claim)
        attachment = (await desk.claims.papers(ANN, claim.id)).attachments[0].id
        kept = json.loads(claim.said or "")
        assert kept == [asdict(Said(attachment, 0, 0, field, value))]
        # The record holds no value of it.
        entry = next(each for each in desk.told.entries if each.action == "claim.submitted")
        assert entry.detail["said"][0]["field"] == field
        assert len(entry.detail["said"][0]["sha256"]) == 64
        assert value not in json.dumps(entry.detail["said"][0]["field"])
        # What decided is kept, and decides the same again.
        policy = load_policy(default_policy_text())
        replayed = await Replays(desk.database, desk.blobs, present=policy).replay(claim.id)
        assert replayed.same

    story(tell)


def test_it_never_lets_a_doubtful_paper_pass(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        claim = await said(desk, "total", "300.00", paper(conflict=["total"]))
        assert (claim.status, claim.origin) == ("waiting", None)
        again = await said(desk, "buyer_name", COMPANY.name, paper(buyer_name="别家"))
        assert (again.status, again.origin) == ("waiting", None)
        assert "submitter_says_otherwise" in await codes(desk, again)

    story(tell)


def test_a_paper_that_is_not_there_is_something_else(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        upload, _ = await desk.claims.uploads.take(ANN, file(), None)
        one = Said(upload.row.id, 0, 7, "total", "300.00")
        handed_in = Submission(files=(Uploaded(upload.row.id),), category="office", said=(one,))
        claim, _ = await desk.claims.submit(ANN, handed_in)
        await desk.run(claim)
        assert (await desk.present(claim)).status == "waiting"
        assert (await desk.claims.find(REVIEWER, claim.id)).said == (await desk.present(claim)).said

    story(tell)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (Said("upl_1", 0, 0, "no_such_field", "1"), "unknown_field"),
        (Said("upl_2", 0, 0, "total", "1"), "unknown_upload"),
        (Said("upl_1", -1, 0, "total", "1"), "bad_place"),
        (Said("upl_1", 0, 10_001, "total", "1"), "bad_place"),
        (Said("upl_1", 0, 0, "total", " "), "bad_value"),
        (Said("upl_1", 0, 0, "total", "1" * 201), "bad_value"),
        (Said("upl_1", 0, 0, "total", "1\x00"), "bad_value"),
        (Said("upl_1", 0, 0, "date", "2"), "repeated_field"),
    ],
)
def test_what_cannot_be_said(wrong: Said, code: str) -> None:
    fine = Said("upl_1", 0, 0, "date", "2026-11-18")
    assert [each["code"] for each in said_problems([fine, wrong], ["upl_1"])] == [code]
    assert said_problems([fine], ["upl_1"]) == []


def test_too_much_is_said() -> None:
    many = [Said("upl_1", at, 0, "total", "1") for at in range(SAID_MAX + 1)]
    assert [each["code"] for each in said_problems(many, ["upl_1"])] == ["too_much_said"]
    assert said_problems(many[:-1], ["upl_1"]) == []


def test_files_sent_with_the_claim_have_nothing_said_of_them(story: Story) -> None:
    async def tell(desk: ClaimDesk) -> None:
        one = Submission(files=(file(),), said=(Said("upl_1", 0, 0, "total", "1"),))
        with pytest.raises(BadClaim) as told:
            await desk.claims.submit(ANN, one)
        assert told.value.code == "unknown_upload"

    story(tell)


def test_decisions_of_before_are_read_without_it() -> None:
    assert told_otherwise({}, ()) is None
    assert Given.__dataclass_fields__["said"].default == ()
