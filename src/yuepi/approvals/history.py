"""Invoices handed in before: the same one again, consecutive numbers (连号), similar pictures.

`register` writes what a claim shows, in a transaction that is committed before anybody looks back
with `look`. So of two claims that bring one invoice at the same moment the database
lets one be first and the other sees it; and of two with consecutive numbers at least the later
one to commit sees the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from yuepi.approvals.claim import PastInvoice
from yuepi.approvals.claim_rows import ClaimRow, Conflict
from yuepi.approvals.document_facts import paper_of
from yuepi.approvals.identity import identity_keys, kept, near, past_invoice
from yuepi.approvals.sameness import Paper, Shelf, neighbours, same
from yuepi.approvals.similar import PICTURES_MAX, Similar, nearest
from yuepi.approvals.store.history import Asked, HistoryTable, invoice_id, picture_rows
from yuepi.approvals.vouchers import voucher
from yuepi.documents.reading import FileReading
from yuepi.kit.clock import utc_now
from yuepi.kit.database import Database, Transaction

WINDOW_DAYS: Final = 30
"""How far apart two invoices with consecutive numbers may be made out and still be 连号."""
PAPERS_MAX: Final = 2_000
"""How many invoices of one claim are kept; a claim has far fewer (limits of uploads)."""
ALIKE_MAX: Final = 100
"""How many pictures of each quarter of a hash are compared, the latest ones."""

_PHOTO: Final = ("photo", "poor")
"""Quality tiers of pictures that a camera took."""


class InvoicesHeld(Conflict):
    """Invoices of a claim that is to be approved count for other claims, too.

    `held`: those other claims' invoices.
    """

    code = "invoices_held"

    def __init__(self, claim_id: str, held: tuple[PastInvoice, ...]) -> None:
        claims = ", ".join(sorted({past.claim for past in held if past.claim}))
        super().__init__(
            f"invoices of {claim_id} were handed in with {claims}, too",
            remedy="reject those claims first, or approve this one despite them, with a reason",
        )
        self.held: Final = held


@dataclass(frozen=True, slots=True)
class ReadAttachment:
    """What was read in one attachment: its files (an archive has several), and `pictures`, the
    hashes of all their pages in order (`picture_hash`), empty text for a page without one."""

    attachment_id: str
    files: Sequence[FileReading]
    pictures: Sequence[str] = ()


class History:
    """Every invoice that was handed in. `window`: how far apart 连号 may be made out."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = utc_now,
        *,
        window: timedelta = timedelta(days=WINDOW_DAYS),
    ) -> None:
        self._database = database
        self._table = HistoryTable(database)
        self._clock = clock
        self._window = window

    async def register(
        self,
        claim: ClaimRow,
        employee_id: str,
        read: Sequence[ReadAttachment],
        *,
        transaction: Transaction | None = None,
        locked: bool = False,
    ) -> None:
        """Write down what the claim shows, in place of what it showed before; twice is once.

        employee_id: whose expense it is. transaction: an open one, when corrections are written
        with it; otherwise its own, committed on return. locked: the claim was looked at and locked
        in it. Does nothing for a claim that changed meanwhile: whoever asks works on something
        outdated, and would undo a correction.
        """
        now = self._clock()
        rows, keys = _rows(claim.id, employee_id, read, now)
        pictures = [
            row
            for each in read
            for at, picture in _photographed(each)
            for row in picture_rows(claim.id, each.attachment_id, at, picture, now)
        ]
        async with self._within(transaction) as open_:
            if not locked and not await self._table.still_there(open_, claim):
                return
            held = await self._table.held(open_, claim.id)
            await self._table.replace(open_, claim.id, held, rows, keys)
            await self._table.replace_pictures(open_, claim.id, held, pictures)

    async def past(
        self, claim_id: str, papers: Sequence[Paper], *, transaction: Transaction | None = None
    ) -> tuple[PastInvoice, ...]:
        """What `look` finds of claims that count."""
        past, _ = await self.look(claim_id, papers, transaction=transaction)
        return past

    async def look(
        self, claim_id: str, papers: Sequence[Paper], *, transaction: Transaction | None = None
    ) -> tuple[tuple[PastInvoice, ...], bool]:
        """What the facts of a registered claim's papers need to know of other claims that count,
        which are those that were neither rejected nor withdrawn; and whether one of the papers was
        turned down.

        The first: invoices that are one of these papers and came first, by the order in which
        claims were registered, or were approved already; and those with the next number or the one
        before, whoever came first, made out within the window.

        The second: whether one of these papers was in another claim that a person rejected, or
        that was withdrawn when a person was to look at it. The program does not overrule them. By
        numbers: without one nothing is approved automatically.
        """
        counted = [kept(paper) for paper in papers][:PAPERS_MAX]
        by_number: dict[str, list[Paper]] = {}
        for paper in counted:
            for number in neighbours(paper):
                by_number.setdefault(number, []).append(paper)
        # Identities first: a claim that is rejected between the two would be seen by neither.
        async with self._looking(transaction) as open_:
            earlier = await self._table.earlier(open_, claim_id)
            numbered, turned_down = await self._table.numbered(open_, claim_id, _asked(counted))
        mine = Shelf(counted)
        found: dict[str, PastInvoice] = {}
        for row in earlier:
            past = past_invoice(row)
            if _is_one_of(past, mine):
                found[row["id"]] = past
        for row in numbered:
            past = past_invoice(row)
            beside_one = any(near(paper, past, self._window) for paper in by_number[row["number"]])
            # One that is also another paper of this claim stands in a later claim, or it would
            # have been found above: there it is the duplicate, not here.
            if beside_one and not _is_one_of(past, mine):
                found[row["id"]] = past
        down = any(_is_one_of(past_invoice(row), mine) for row in turned_down)
        return tuple(found.values()), down

    async def similar(
        self, claim_id: str, *, transaction: Transaction | None = None
    ) -> list[Similar]:
        """Claims with a photo that looks like one of this claim's, the nearest first.

        A hint for people: two invoices on one template look alike, so it decides nothing.
        Rejected claims are found, too.
        """
        async with self._looking(transaction) as open_:
            mine = await self._table.pictures(open_, claim_id, 4 * PICTURES_MAX)
            others = await self._table.like(
                open_, claim_id, sorted({band for _, band in mine}), ALIKE_MAX
            )
        return nearest(sorted({picture for picture, _ in mine}), others)

    async def let_go(self, transaction: Transaction, claim_id: str) -> None:
        """The claim was rejected or withdrawn: its invoices are free for others.

        Whoever handed in the same one next is the first from now on.
        """
        await self._table.set_live(transaction, claim_id, live=False)

    async def revive(
        self, transaction: Transaction, claim_id: str, *, despite: bool = False
    ) -> tuple[PastInvoice, ...]:
        """A rejected claim is approved after all: its invoices count again, behind those of
        claims that brought the same ones meanwhile. Those are returned.

        despite: whoever decides knows of them. Raises `InvoicesHeld` (409) otherwise.
        """
        papers = await self._papers(transaction, claim_id)
        await self._table.set_live(transaction, claim_id, live=False)
        await self._table.set_live(transaction, claim_id, live=True)
        await self._table.line_up(transaction, claim_id, _first_of_key(papers))
        return await self.held(transaction, claim_id, despite=despite)

    async def held(
        self, transaction: Transaction, claim_id: str, *, despite: bool = False
    ) -> tuple[PastInvoice, ...]:
        """What of a claim that is to be approved counts for other claims: for those that came
        first, or were approved already. By its invoices as they are registered, corrections in
        them.

        despite: as in `revive`. Raises `InvoicesHeld` (409) otherwise.
        """
        papers = await self._papers(transaction, claim_id)
        mine = Shelf(list(papers.values()))
        earlier = await self._table.earlier(transaction, claim_id)
        pasts = {row["id"]: past_invoice(row) for row in earlier}
        held = tuple(past for past in pasts.values() if _is_one_of(past, mine))
        if held and not despite:
            raise InvoicesHeld(claim_id, held)
        return held

    async def _papers(self, transaction: Transaction, claim_id: str) -> dict[str, Paper]:
        """The claim's registered papers by the ids of their rows."""
        rows = await self._table.of_claim(transaction, claim_id)
        # Of its own files, which history does not tell apart: the same bytes elsewhere count.
        return {
            row["id"]: replace(Paper.of_past(past_invoice(row)), file_at=at)
            for at, row in enumerate(rows)
        }

    def _within(self, transaction: Transaction | None) -> AbstractAsyncContextManager[Transaction]:
        return self._database.writing() if transaction is None else nullcontext(transaction)

    def _looking(self, transaction: Transaction | None) -> AbstractAsyncContextManager[Transaction]:
        return self._database.reading() if transaction is None else nullcontext(transaction)


def papers_of(files: Sequence[FileReading]) -> list[Paper]:
    """The papers of a claim's files that settle something, in their order."""
    return [
        paper_of(file, reading, at)
        for at, file in enumerate(files)
        for reading in file.readings
        if voucher(reading.kind).counts
    ]


def _asked(papers: Sequence[Paper]) -> list[Asked]:
    """Each number to look for once: those beside the papers' in live invoices, their own in those
    that were turned down."""
    beside = {(number, paper.code) for paper in papers for number in neighbours(paper)}
    own = {paper.number for paper in papers if paper.number}
    return [
        *(Asked(*each) for each in sorted(beside, key=lambda each: (each[0], each[1] or ""))),
        *(Asked(number, live=False) for number in sorted(own)),
    ]


def _is_one_of(past: PastInvoice, papers: Shelf) -> bool:
    """Whether a past invoice is the same as one of these papers."""
    other = Paper.of_past(past)
    return any(same(paper, other) != "no" for paper in papers.like(other))


def _rows(
    claim_id: str, employee_id: str, read: Sequence[ReadAttachment], now: datetime
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The claim's rows, and which row stands for each of its identities."""
    rows: list[dict[str, Any]] = []
    papers: dict[str, Paper] = {}
    for each in read:
        for file_at, file in enumerate(each.files):
            for reading_at, reading in enumerate(file.readings):
                if not voucher(reading.kind).counts or len(rows) == PAPERS_MAX:
                    continue
                paper = kept(paper_of(file, reading, file_at))
                row = _row(paper) | {
                    "id": invoice_id(each.attachment_id, file_at, reading_at),
                    "claim_id": claim_id,
                    "attachment_id": each.attachment_id,
                    "file_at": file_at,
                    "reading_at": reading_at,
                    "kind": reading.kind,
                    "employee_id": employee_id,
                    "live": True,
                    "created_at": now,
                }
                rows.append(row)
                papers[row["id"]] = paper
    return rows, _first_of_key(papers)


def _row(paper: Paper) -> dict[str, Any]:
    return {
        "number": paper.number,
        "code": paper.code,
        "day": paper.date,
        "moment": paper.moment,
        "total": paper.total,
        "seller_tax_id": paper.seller_tax_id,
        "seller_name": paper.seller_name,
        "sha256": paper.sha256,
    }


def _first_of_key(papers: Mapping[str, Paper]) -> dict[str, str]:
    """Key → the first of these papers that has it, by its id; keys in order."""
    found: dict[str, str] = {}
    for paper_id, paper in papers.items():
        for key in identity_keys(paper):
            found.setdefault(key, paper_id)
    return dict(sorted(found.items()))


def _photographed(read: ReadAttachment) -> list[tuple[int, str]]:
    """(place of the page in the attachment, hash) of the photos in it.

    Electronic originals and flat scans are left out: all that one template made look the same, and
    their numbers and bytes tell more.
    """
    taken = [
        any(each.page == page and each.quality in _PHOTO for each in file.readings)
        for file in read.files
        for page in range(1, file.pages + 1)
    ]
    if len(taken) != len(read.pictures):
        return []
    pages = enumerate(zip(taken, read.pictures, strict=True))
    return [(at, picture) for at, (photo, picture) in pages if photo and picture]
