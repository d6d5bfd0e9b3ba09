"""Writing the record: gapless, in the order of commits, one chain, whoever writes at once."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from tests.resources.serving import environment
from tests.rooms.audit.record_desk import NOW, RecordDesk, Story, entry
from yuepi.audit.canonical import NotRecordable
from yuepi.audit.record import ENTRIES_MAX, append
from yuepi.kit.database import RowRefused, open_database
from yuepi.kit.errors import Unavailable

WRITER = """
import asyncio, sys
from tests.rooms.audit.record_desk import entry
from yuepi.audit.record import append
from yuepi.kit.database import open_database

async def write(url, name):
    database = open_database(url)
    async def one(number):
        async with database.writing() as transaction:
            await append(transaction, [entry(number, actor=name), entry(number + 1, actor=name)])
    for number in range(0, 60, 12):
        await asyncio.gather(*(one(number + each) for each in range(0, 12, 2)))
    await database.close()

asyncio.run(write(sys.argv[1], sys.argv[2]))
"""


def test_entries_come_back_as_they_were_told(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        async with desk.database.writing() as transaction:
            await append(transaction, [entry(0), entry(1, action="claim.approved", actor="usr_2")])
            await append(transaction, [])
            await append(transaction, [entry(2, detail={"big": 2**60, "n": [True, None, -1]})])
        first, second, third = await desk.trail.entries()
        assert (first.seq, first.actor, first.at, first.action) == (
            1, "usr_1", NOW, "claim.submitted",
        )  # fmt: skip
        assert first.detail == {"amount": "12.50", "number": 0, "名": "阅批"}
        assert (second.seq, second.actor) == (2, "usr_2")
        assert third.detail == {"big": str(2**60), "n": [True, None, -1]}
        assert (await desk.verdict()).whole

    story(tell)


def test_an_odd_name_is_written_out_and_found_again(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        odd = "a\udcff\x00票.jpg"
        async with desk.database.writing() as transaction:
            await append(transaction, [entry(0, subject=odd, actor=odd, detail={odd: odd})])
        (found,) = await desk.trail.entries(subject=odd, actor=odd)
        assert found.subject == "a\\udcff\\u0000票.jpg"
        assert found.detail == {"a\\udcff\x00票.jpg": "a\\udcff\x00票.jpg"}
        assert (await desk.verdict()).whole

    story(tell)


def test_many_transactions_at_once_make_one_chain_without_gaps(
    story: Story, record_url: str
) -> None:
    async def tell(desk: RecordDesk) -> None:
        others = [open_database(record_url) for _ in range(2)]
        chance = random.Random(7)

        async def one(number: int) -> None:
            database = chance.choice([desk.database, *others])
            fails = number % 5 == 0
            try:
                async with database.writing() as transaction:
                    await append(transaction, [entry(number)] * (1 + number % 3))
                    if fails:
                        raise KeyError(number)
            except KeyError:
                pass

        await asyncio.gather(*(one(number) for number in range(60)))
        for database in others:
            await database.close()
        wanted = sum(1 + number % 3 for number in range(60) if number % 5)
        seqs = [row[0] for row in await desk.rows("SELECT seq FROM audit_entries ORDER BY seq")]
        assert seqs == list(range(1, wanted + 1))
        verdict = await desk.verdict()
        assert (verdict.whole, verdict.entries) == (True, wanted)

    story(tell)


def test_two_processes_make_one_chain(story: Story, record_url: str) -> None:
    async def tell(desk: RecordDesk) -> None:
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, record_url, name],
                env=environment(PYTHONPATH="src:."),
            )
            for name in ("usr_a", "usr_b")
        ]
        for writer in writers:
            assert await asyncio.to_thread(writer.wait, 60) == 0
        verdict = await desk.verdict()
        assert (verdict.whole, verdict.entries) == (True, 120)
        actors = [row.actor for row in await desk.trail.entries()]
        assert actors.count("usr_a") == actors.count("usr_b") == 60

    story(tell)


def test_what_is_rolled_back_leaves_no_gap_and_no_trace(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(3)

        async def fail() -> None:
            async with desk.database.writing() as transaction:
                await append(transaction, [entry(9)] * 4)
                raise KeyError

        with pytest.raises(KeyError):
            await fail()
        async with desk.database.writing() as transaction:
            savepoint = await transaction.begin_nested()
            await append(transaction, [entry(10)])
            await savepoint.rollback()
            await append(transaction, [entry(11)])
        assert [row.detail["number"] for row in await desk.trail.entries()] == [0, 1, 2, 11]
        assert (await desk.verdict()).whole

    story(tell)


def test_a_clock_that_jumps_changes_nothing_in_the_order(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        moments = [NOW, NOW - timedelta(hours=1), NOW + timedelta(hours=1), NOW]
        for number, moment in enumerate(moments):
            async with desk.database.writing() as transaction:
                await append(transaction, [entry(number, at=moment)])
        assert [row.at for row in await desk.trail.entries()] == moments
        assert (await desk.verdict()).whole

    story(tell)


def test_what_cannot_be_recorded_is_refused_before_anything_is_locked(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        for wrong in (
            entry(0, detail={"seconds": 0.5}),
            entry(0, action="Submitted"),
            entry(0, actor=""),
            entry(0, subject="x" * 129),
            entry(0, at=datetime(2026, 3, 1)),  # noqa: DTZ001
        ):
            async with desk.database.writing() as transaction:
                with pytest.raises(NotRecordable):
                    await append(transaction, [entry(0), wrong])
        async with desk.database.writing() as transaction:
            with pytest.raises(NotRecordable):
                await append(transaction, [entry(0)] * (ENTRIES_MAX + 1))
        assert (await desk.rows("SELECT seq FROM audit_end")) == [(0,)]

    story(tell)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'usr_9' WHERE seq = 2",
        "DELETE FROM audit_entries WHERE seq = 3",
        "DELETE FROM audit_entries",
        "UPDATE audit_roots SET size = 9",
        "DELETE FROM audit_roots",
    ],
)
def test_the_database_itself_refuses_changes(story: Story, statement: str) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(3)
        await desk.sign()
        with pytest.raises(RowRefused, match="append-only"):
            async with desk.database.writing() as transaction:
                await transaction.execute(text(statement))
        assert (await desk.verdict()).whole

    story(tell)


def test_nor_does_it_let_entries_be_replaced_or_cut_off(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(3)
        statement = (
            "INSERT OR REPLACE INTO audit_entries SELECT 2, at, action, 'usr_9', subject, detail,"
            " leaf, hash FROM audit_entries WHERE seq = 2"
            if desk.database.dialect == "sqlite"
            else "TRUNCATE audit_entries"
        )
        with pytest.raises(RowRefused, match="append-only"):
            async with desk.database.writing() as transaction:
                await transaction.execute(text(statement))
        assert len(await desk.trail.entries()) == 3

    story(tell)


def test_without_the_chains_end_nothing_is_written(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(2)
        await desk.tamper("DELETE FROM audit_end")
        with pytest.raises(Unavailable) as caught:
            await desk.write(1)
        assert caught.value.code == "audit_end_missing"
        assert await desk.found() == [("end_missing", 2)]

    story(tell)
