"""Duplicates across history: found, ordered by the database, freed, never missed in a race."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Table, event, func, select

from tests.resources.databases import migrated_postgres, migrated_sqlite
from tests.resources.postgres import postgres
from tests.rooms.approvals.handed_in import HistoryDesk, told
from yuepi.approvals.history import History, InvoicesHeld, ReadAttachment, papers_of
from yuepi.approvals.similar import Similar
from yuepi.approvals.store.history_tables import IDENTITIES, INVOICES
from yuepi.kit.database import Database, open_database

__all__ = ["postgres"]

Story = Callable[[Callable[[HistoryDesk], Awaitable[None]]], None]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One migrated database for all tests of this file; each finds it empty."""
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path_factory.mktemp("history") / "yuepi.db")
    return migrated_postgres(request.getfixturevalue("postgres"))


@pytest.fixture
def story(url: str, make: SimpleNamespace) -> Story:
    return lambda tell: told(url, make, tell)


async def count(desk: HistoryDesk, table: Table) -> int:
    async with desk.database.reading() as transaction:
        found = await transaction.execute(select(func.count()).select_from(table))
        return int(found.scalar_one())


OLD = {"code": "033001900111", "number": "12345678"}


@pytest.mark.parametrize(
    ("kind", "first", "second", "expected"),
    [
        ("digital_invoice", {}, {}, "same_number"),
        ("digital_invoice", {}, {"date": None, "total": None}, "same_number"),
        ("vat_invoice", OLD, OLD, "same_number"),
        ("vat_invoice", OLD, {**OLD, "code": "033001900211"}, "no"),
        ("vat_invoice", OLD, {**OLD, "code": None}, "same_details"),
        ("vat_invoice", OLD, {**OLD, "code": None, "date": "2024-06-06"}, "no"),
        ("receipt", {"number": None, "time": "12:01"}, {"number": None, "time": "12:01"},
         "same_details"),
        ("receipt", {"number": None, "time": "12:01"},
         {"number": None, "time": "12:01", "seller_tax_id": None}, "same_details"),
        ("receipt", {"number": None, "time": "12:01"}, {"number": None, "time": "19:30"}, "no"),
    ],
)  # fmt: skip
def test_the_same_invoice_of_another_claim_is_a_duplicate(
    story: Story, kind: str, first: dict[str, str], second: dict[str, str], expected: str
) -> None:
    async def tell(desk: HistoryDesk) -> None:
        one = desk.make.file("a.pdf", desk.make.reading(kind, **first))
        other = desk.make.file("b.jpg", desk.make.reading(kind, **second))
        assert await desk.hand_in("1", one) == ()
        past = await desk.hand_in("2", other, employee="usr_b")
        assert desk.judged(past, other).documents[0].duplicate_in_history == expected
        assert [each.claim for each in past] == ([] if expected == "no" else ["clm_1"])

    story(tell)


@pytest.mark.parametrize("name", ["b.xml", "b.ofd", "b.pdf", "b.jpg"])
def test_another_format_in_another_claim_is_a_duplicate_too(story: Story, name: str) -> None:
    """Beside its PDF an XML is harmless; handed in again with another claim it is not."""

    async def tell(desk: HistoryDesk) -> None:
        await desk.hand_in("1", desk.make.file("a.pdf", desk.make.reading()))
        again = desk.make.file(name, desk.make.reading())
        found = desk.judged(await desk.hand_in("2", again), again)
        assert found.documents[0].duplicate_in_history == "same_number"
        assert found.claim.duplicates == 1

    story(tell)


def test_the_same_bytes_are_a_duplicate_whatever_was_read(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        one = desk.make.file("a.jpg", desk.make.reading(), sha256="x")
        other = desk.make.file("b.jpg", desk.make.reading(number="1", total=None), sha256="x")
        await desk.hand_in("1", one)
        past = await desk.hand_in("2", other)
        assert desk.judged(past, other).documents[0].duplicate_in_history == "same_file"

    story(tell)


def test_whoever_registered_first_stays_first(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        file = desk.make.file("a.pdf", desk.make.reading())
        late, early = await desk.claim("late"), await desk.claim("early")
        await desk.register(early, file)
        await desk.register(late, file)
        for _ in range(2):
            await desk.register(early, file)
            assert await desk.past(early, file) == ()
            assert [each.claim for each in await desk.past(late, file)] == [early.id]
        assert (await count(desk, INVOICES), await count(desk, IDENTITIES)) == (2, 4)

    story(tell)


def test_a_freed_invoice_goes_to_the_next_in_line(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        file = desk.make.file("a.pdf", desk.make.reading())
        claims = [await desk.claim(name) for name in "123"]
        for claim in claims:
            await desk.register(claim, file)
        await desk.let_go("clm_1")
        assert await desk.past(claims[1], file) == ()
        assert [each.claim for each in await desk.past(claims[2], file)] == ["clm_2"]
        with pytest.raises(InvoicesHeld) as refused:
            await desk.revive("clm_1")
        assert {each.claim for each in refused.value.held} == {"clm_2", "clm_3"}
        assert await desk.past(claims[1], file) == ()
        held = await desk.revive("clm_1", despite=True)
        assert {each.claim for each in held} == {"clm_2", "clm_3"}
        assert len(await desk.past(claims[0], file)) == 2
        assert await desk.past(claims[1], file) == ()

    story(tell)


def test_an_appeal_brings_back_what_nobody_took(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        file = desk.make.file("a.pdf", desk.make.reading())
        receipt = desk.make.file("r.jpg", desk.make.reading("receipt", number=None, time="9:00"))
        claim = await desk.claim("1")
        await desk.register(claim, file, receipt)
        held = await count(desk, IDENTITIES)
        await desk.let_go("clm_1")
        assert await count(desk, IDENTITIES) == 0
        assert await desk.revive("clm_1") == ()
        assert await count(desk, IDENTITIES) == held == 5
        assert len(await desk.hand_in("2", receipt)) == 1

    story(tell)


def test_corrections_replace_what_a_claim_shows(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        wrong = desk.make.file("a.jpg", desk.make.reading(number="24332000000012345699"))
        right = desk.make.file("a.jpg", desk.make.reading())
        claim = await desk.claim("1")
        await desk.register(claim, wrong, right)
        await desk.register(claim, right)
        assert (await count(desk, INVOICES), await count(desk, IDENTITIES)) == (1, 2)
        other = desk.make.file("b.jpg", desk.make.reading(number="24332000000012345699"))
        assert await desk.hand_in("2", other) == ()
        again = desk.make.file("c.jpg", desk.make.reading())
        assert len(await desk.hand_in("3", again)) == 1
        await desk.register(claim)
        assert await desk.past(await desk.claim("4"), again) == ()

    story(tell)


def test_who_works_on_something_outdated_changes_nothing(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        file = desk.make.file("a.pdf", desk.make.reading())
        claim = await desk.claim("1")
        await desk.change(claim, round=2)
        await desk.register(claim, file)
        gone = await desk.change(claim, round=1, status="cancelled")
        await desk.register(gone, file)
        assert await count(desk, INVOICES) == 0

    story(tell)


def test_papers_that_settle_nothing_are_not_kept(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        slip = desk.make.file("p.png", desk.make.reading("payment_screenshot"))
        assert await desk.hand_in("1", slip, desk.make.file("m.jpg")) == ()
        assert await count(desk, INVOICES) == 0

    story(tell)


def test_garbage_that_was_read_stops_no_claim(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        reading = desk.make.reading(
            number="9" * 300, code="\0", date="二〇二四年六月五日星期三", total="9" * 25,
            seller_name="名" * 400, seller_tax_id="\ud800X", time="半夜" * 20,
        )  # fmt: skip
        file = desk.make.file("a.jpg", reading, sha256="y" * 64)
        await desk.hand_in("1", file)
        past = await desk.hand_in("2", file)
        assert desk.judged(past, file).documents[0].duplicate_in_history == "same_file"

    story(tell)


@pytest.mark.parametrize(
    ("change", "employee", "expected"),
    [
        ({}, "usr_a", "same"),
        ({}, "usr_b", "another"),
        ({"date": "2024-07-05"}, "usr_b", "another"),
        ({"date": "2024-07-06"}, "usr_a", "nobody"),
        ({"date": None}, "usr_a", "same"),
        ({"seller_tax_id": "91330106MA2BBBBB1D"}, "usr_a", "nobody"),
        ({"number": "24332000000012345603"}, "usr_a", "nobody"),
    ],
)
def test_consecutive_numbers_by_seller_employee_and_window(
    story: Story, change: dict[str, str | None], employee: str, expected: str
) -> None:
    async def tell(desk: HistoryDesk) -> None:
        first = desk.make.file("a.pdf", desk.make.reading())
        await desk.hand_in("1", first)
        second = desk.make.file(
            "b.pdf", desk.make.reading(**{"number": "24332000000012345602", **change})
        )
        past = await desk.hand_in("2", second, employee=employee)
        document = desk.judged(past, second, employee=employee).documents[0]
        assert document.consecutive_by == expected
        assert document.consecutive_in_history == ("no" if expected == "nobody" else "yes")
        await desk.let_go("clm_1")
        assert await desk.past(await desk.claim("3"), second) == ()

    story(tell)


# --- pictures ----------------------------------------------------------------------------------


def test_photos_that_look_alike_are_a_hint(story: Story) -> None:
    async def tell(desk: HistoryDesk) -> None:
        async def show(name: str, quality: str, *pictures: str) -> list[Similar]:
            claim = await desk.claim(name)
            readings = [
                desk.make.reading(quality=quality, page=at + 1) for at, _ in enumerate(pictures)
            ]
            file = desk.make.file("a.jpg", *readings, pages=len(pictures), sha256=name)
            read = ReadAttachment(f"att_{name}_0", [file], pictures)
            for _ in range(2):
                await desk.history.register(claim, "usr_a", [read])
            return await desk.history.similar(claim.id)

        assert await show("1", "photo", "00000000000000ff", "", "123456789abcdef0") == []
        assert await show("2", "photo", "00000000000001ff") == [Similar("clm_1", 1)]
        # Of a rejected claim, too: a picture that was handed in again.
        await desk.let_go("clm_1")
        assert await show("3", "poor", "023456789abcdef1") == [Similar("clm_1", 2)]
        assert await show("4", "scan", "00000000000000ff") == []
        assert await show("5", "photo", "000000000000ffff") == []
        assert await show("6", "photo", "00000000000001ff") == [
            Similar("clm_2", 0), Similar("clm_1", 1),
        ]  # fmt: skip
        claim = await desk.claim("7")
        file = desk.make.file("a.jpg", desk.make.reading(quality="photo"), pages=2)
        await desk.history.register(claim, "usr_a", [ReadAttachment("att_7_0", [file], ["0" * 16])])
        assert await desk.history.similar(claim.id) == []
        await desk.history.register(await desk.claim("8"), "usr_a", [])

    story(tell)


# --- races -------------------------------------------------------------------------------------


def test_of_racing_duplicates_exactly_one_is_first(
    story: Story, url: str, make: SimpleNamespace
) -> None:
    """Six processes' worth of connections, many invoices; two keys each that all of them share."""

    async def tell(desk: HistoryDesk) -> None:
        others = [open_database(url) for _ in range(6)]
        try:
            for turn in range(6):
                claims = [await desk.claim(f"{turn}x{at}") for at in range(6)]
                readings = [
                    make.reading(number=f"243320000000{turn}2345{at:03}") for at in range(3)
                ]
                files = [make.file(f"{turn}-{at}", each) for at, each in enumerate(readings)]

                async def settle(at: int, claims=claims, files=files) -> int:  # type: ignore[no-untyped-def]
                    history = History(others[at], lambda: desk.now)
                    # Not even in the same order.
                    shown = files if at % 2 else files[::-1]
                    read = [ReadAttachment(f"att_{claims[at].id[4:]}_0", shown)]
                    await history.register(claims[at], "usr_a", read)
                    past = await history.past(claims[at].id, papers_of(shown))
                    return desk.judged(past, *shown).claim.duplicates

                duplicates = await asyncio.gather(*map(settle, range(6)))
                assert sorted(duplicates) == [0, 3, 3, 3, 3, 3]
        finally:
            for other in others:
                await other.close()

    story(tell)


def test_of_racing_neighbours_at_least_one_sees_the_other(story: Story, url: str) -> None:
    async def tell(desk: HistoryDesk) -> None:
        other = open_database(url)
        try:
            for turn in range(10):
                seen = await asyncio.gather(
                    *(_race(desk, other, turn, at) for at in range(2)),
                )
                assert any(seen)
        finally:
            await other.close()

    story(tell)


async def _race(desk: HistoryDesk, other: Database, turn: int, at: int) -> bool:
    history = History(other if at else desk.database, lambda: desk.now)
    file = desk.make.file(
        f"{turn}-{at}.pdf", desk.make.reading(number=f"2433200000001{turn:03}000{at}")
    )
    claim = await desk.claim(f"{turn}n{at}")
    await history.register(claim, "usr_a", [ReadAttachment(f"att_{claim.id[4:]}_0", [file])])
    return bool(await history.past(claim.id, papers_of([file])))


def test_a_registration_that_ends_while_the_first_lets_go_is_next(story: Story, url: str) -> None:
    """The second registers while the first's freeing is not committed yet: a third one finds it."""

    async def tell(desk: HistoryDesk) -> None:
        file = desk.make.file("a.pdf", desk.make.reading())
        await desk.hand_in("1", file)
        second = await desk.claim("2")
        async with desk.database.writing() as transaction:
            await desk.history.let_go(transaction, "clm_1")
            if desk.database.dialect == "sqlite":
                waiting = asyncio.create_task(desk.register(second, file))
                await asyncio.sleep(0.05)
                assert not waiting.done()
            else:
                waiting = asyncio.create_task(desk.register(second, file))
                await asyncio.wait_for(asyncio.shield(waiting), 5)
        await waiting
        assert await desk.past(second, file) == ()
        assert [each.claim for each in await desk.hand_in("3", file)] == ["clm_2"]

    story(tell)


# --- cost --------------------------------------------------------------------------------------


def test_no_query_walks_through_a_table(story: Story) -> None:
    """What one claim costs stays the same however many there are: all look-ups go by an index."""

    async def tell(desk: HistoryDesk) -> None:
        file = desk.make.file("a.jpg", desk.make.reading(quality="photo"))
        plans: list[str] = []
        running = False

        def explained(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
            nonlocal running
            if running or not statement.startswith(("SELECT", "UPDATE", "DELETE")):
                return
            running = True
            how = "EXPLAIN QUERY PLAN " if desk.database.dialect == "sqlite" else "EXPLAIN "
            found = connection.exec_driver_sql(how + statement, values).all()
            plans.append(statement + "\n" + "\n".join(str(row) for row in found))
            running = False

        engine = desk.database.engine.sync_engine
        if desk.database.dialect == "postgresql":
            event.listen(engine, "begin", lambda c: c.exec_driver_sql("SET enable_seqscan = off"))
        event.listen(engine, "before_cursor_execute", explained)
        claims = [await desk.claim(name) for name in "12"]
        for claim in claims:
            read = ReadAttachment(f"att_{claim.id[4:]}_0", [file], ["0123456789abcdef"])
            await desk.history.register(claim, "usr_a", [read])
        assert len(await desk.past(claims[1], file)) == 1
        assert len(await desk.history.similar("clm_2")) == 1
        await desk.let_go("clm_1")
        await desk.revive("clm_1", despite=True)
        assert len(plans) > 15
        walks = [plan for plan in plans if re.search(r"\bSCAN (?!CONSTANT|anon_)|Seq Scan", plan)]
        assert walks == []

    story(tell)
