"""Claims for tests: who hands them in, what they hold, a reader that needs no eyes, and a desk.

A test's file is the magic number of a PNG and then JSON that says what the quick reader shall see
in it: real enough for the intake, which judges by content, and read at once.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from yuepi.access.principal import Principal, Role
from yuepi.approvals.claim import Company
from yuepi.approvals.claim_rows import ClaimRow
from yuepi.approvals.claims import Claims
from yuepi.approvals.history import History
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import Policy, load_policy
from yuepi.approvals.review_rows import ReviewTerms
from yuepi.approvals.stages import Ruled, StageKey, StageRule
from yuepi.approvals.steps import Settled, Steps, StepTerms
from yuepi.approvals.submission import ClaimLimits, File, Submission
from yuepi.documents.kept_pages import PagePicture
from yuepi.documents.kept_reading import ReadFile
from yuepi.documents.reading import Evidence, Field, FileReading, Reading
from yuepi.kit.blobs import Blobs, open_blobs
from yuepi.kit.boxes import Box
from yuepi.kit.database import Database, Transaction
from yuepi.kit.errors import UnreadableFile
from yuepi.kit.record import Entry, Recorder

NOW: Final = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""Ten in the morning in China."""
COMPANY: Final = Company(name="杭州阅批科技有限公司", tax_id="91330100MA2ABCDE1R")
PNG: Final = b"\x89PNG\r\n\x1a\n"

_INVOICE: Final = {
    "date": "2026-11-18",
    "total": "300.00",
    "buyer_name": COMPANY.name,
    "buyer_tax_id": COMPANY.tax_id,
    "seller_name": "甲餐饮有限公司",
    "seller_tax_id": "91330106MA2AAAAA15",
}
_numbers = itertools.count(24_332_000_000_000_000_001, 10)
_POLICY: list[Policy] = []


def default_policy() -> Policy:
    """The shipped policy, loaded once: that takes a tenth of a second."""
    if not _POLICY:
        _POLICY.append(load_policy(default_policy_text()))
    return _POLICY[0]


# --- who -----------------------------------------------------------------------------------------


def principal(
    user_id: str = "usr_ann",
    *roles: Role,
    department: str = "dep_sales",
    below: Sequence[str] = (),
    scopes: frozenset[str] | None = None,
) -> Principal:
    """Somebody; a submitter where no role is named."""
    return Principal(
        id=user_id,
        name=user_id.removeprefix("usr_").title(),
        roles=frozenset(roles or ("submitter",)),
        department=department,
        scopes=scopes,
        below=frozenset(below),
    )


ANN: Final = principal("usr_ann")
BOB: Final = principal("usr_bob")
REVIEWER: Final = principal("usr_rui", "submitter", "reviewer")
SUPERVISOR: Final = principal("usr_sun", "submitter", "supervisor")
STRANGER: Final = principal("usr_zoe", "reviewer", department="dep_lab")
AUDITOR: Final = principal("usr_aud", "auditor", department="dep_root")
SERVICE: Final = principal("usr_oa", "service", department="dep_root")


# --- what ----------------------------------------------------------------------------------------


def fresh_number() -> str:
    """A number of a 数电票 that no other test's paper has, and no neighbour of one."""
    return str(next(_numbers))


def paper(kind: str = "digital_invoice", /, **values: Any) -> bytes:
    """A file that shows one clean invoice of the company; keyword arguments change its fields.

    conflict: names of fields whose sources differ. fault: the file cannot be read. crash: reading
    it fails by no fault of the file. picture: the hash of its page. pages: how many pictures of
    pages are kept of it. junk: only changes the bytes.
    """
    return PNG + json.dumps({"kind": kind, "number": fresh_number(), **values}).encode()


def file(data: bytes | None = None, name: str = "发票.png") -> File:
    """A file as it is sent; a fresh invoice where nothing is given."""
    return File(name, paper() if data is None else data)


def submission(*files: File | bytes, **values: Any) -> Submission:
    """A claim to hand in; with one fresh invoice where no file is given."""
    given = tuple(each if isinstance(each, File) else file(each) for each in files)
    return Submission(files=given or (file(),), **{"category": "office", **values})


class QuickReader:
    """Sees what `paper` wrote. reads: the names it was given, in order."""

    def __init__(self, version: str = "quick-1") -> None:
        self.version = version
        self.reads: list[str] = []
        self.before: Callable[[str], Any] | None = None

    async def read(self, name: str, data: bytes) -> ReadFile:
        self.reads.append(name)
        if self.before is not None:
            await self.before(name)
        said = json.loads(data[len(PNG) :])
        if said.get("crash"):
            raise RuntimeError("the reader broke")
        if said.get("fault"):
            raise UnreadableFile(f"{name}: damaged", remedy="send it again", code="damaged")
        picture = said.get("picture", "")
        pages = tuple(_page(number, data) for number in range(1, said.get("pages", 0) + 1))
        reading = _reading(said)
        read = FileReading(
            file=name,
            sha256=hashlib.sha256(data).hexdigest(),
            pages=1,
            original=not picture,
            readings=() if reading is None else (reading,),
        )
        return ReadFile((read,), (picture,), pages)


def _page(number: int, data: bytes) -> PagePicture:
    """What a browser would take for a JPEG, another one for each page of each file."""
    told = hashlib.sha256(data).hexdigest()
    return PagePicture(
        0, number, 40, 30, f"{number} {told}".encode().join((b"\xff\xd8", b"\xff\xd9"))
    )


def _reading(said: dict[str, Any]) -> Reading | None:
    kind, conflict = said.pop("kind"), said.pop("conflict", ())
    said.pop("picture", None)
    said.pop("pages", None)
    said.pop("junk", None)
    if kind == "nothing":
        return None
    fields = {
        name: _field(str(value), "conflict" if name in conflict else "confirmed")
        for name, value in {**_INVOICE, **said}.items()
    }
    return Reading(kind=kind, kind_confidence=0.99, page=1, quality="clean", fields=fields)


def _field(value: str, status: Any) -> Field:
    seen = Evidence(page=1, box=Box(0.1, 0.1, 0.2, 0.2), source="native", text=value)
    others = ("另一个值",) if status == "conflict" else ()
    return Field(
        value=value,
        status=status,
        confidence=0.99,
        sources=("native",),
        evidence=(seen,),
        others=others,
    )


# --- the desk ------------------------------------------------------------------------------------


@dataclass(slots=True)
class FixedRules:
    """The same rule for every claim."""

    rule: StageRule = field(default_factory=lambda: StageRule(stage="full", sample_share=0.0))

    async def rule_for(
        self, keys: Sequence[StageKey], *, transaction: Transaction | None = None
    ) -> Ruled:
        return Ruled(keys[0] if keys else StageKey(), self.rule)


@dataclass(slots=True)
class Told:
    """A recorder that remembers what was recorded and committed, or not."""

    entries: list[Entry] = field(default_factory=list)

    async def record(self, transaction: Transaction, entries: Sequence[Entry]) -> None:
        self.entries += entries

    def actions(self, subject: str) -> list[str]:
        return [entry.action for entry in self.entries if entry.subject == subject]


class ClaimDesk:
    """Claims and Steps on a database, with a clock to turn; `new_steps` is another worker."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        record: Recorder | None = None,
        told: Told | None = None,
    ) -> None:
        self.database = database
        self.now = NOW
        self.told = told or Told()
        self.record: Recorder = record or self.told.record
        self.blobs: Blobs = open_blobs(folder)
        self.reader = QuickReader()
        self.rules = FixedRules()
        self.history = History(database, self.clock)
        self.terms = ReviewTerms()
        self.limits = ClaimLimits(files_max=5, bytes_max=2**20, note_characters_max=200)
        self.draw = 999_999
        self.attempts_max = 3
        self.claims = Claims(
            database,
            self.blobs,
            self.record,
            self.clock,
            self.limits,
            history=self.history,
            terms=self.terms,
            submitter_of=self._submitter_of,
        )
        self.steps = self.new_steps()

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    async def _submitter_of(self, login_or_id: str) -> tuple[str, str] | None:
        return ("usr_bob", "dep_sales") if login_or_id in ("usr_bob", "bob") else None

    def new_steps(self, **changes: Any) -> Steps:
        return Steps(
            self.database,
            self.blobs,
            self.record,
            self.clock,
            **{
                "reader": self.reader,
                "history": self.history,
                "rules": self.rules,
                "terms": StepTerms(default_policy(), COMPANY, self.attempts_max),
                "review_terms": self.terms,
                "draw": lambda: self.draw,
                **changes,
            },
        )

    async def submitted(self, *files: File | bytes, by: Principal = ANN, **values: Any) -> ClaimRow:
        """A claim that was handed in."""
        claim, _ = await self.claims.submit(by, submission(*files, **values))
        return claim

    async def run(self, claim: ClaimRow, executor: str = "exe_1") -> Settled | None:
        """All steps of the claim's present round."""
        begun = await self.steps.begin(claim.id, claim.round)
        if begun is None:
            return None
        for attachment in begun.attachments:
            await self.steps.read(attachment)
        return await self.steps.settle(claim.id, claim.round, executor=executor)

    async def settled(self, *files: File | bytes, by: Principal = ANN, **values: Any) -> ClaimRow:
        """A claim that was handed in and worked on by the machine."""
        claim = await self.submitted(*files, by=by, **values)
        await self.run(claim)
        return await self.present(claim)

    async def present(self, claim: ClaimRow) -> ClaimRow:
        """The claim as it is now."""
        return await self.claims.find(AUDITOR, claim.id)
