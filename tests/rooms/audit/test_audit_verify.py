"""Every kind of tampering, done with plain SQL by the database's owner, is found and named."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from tests.rooms.audit.record_desk import NOW, RecordDesk, Story
from yuepi.audit.canonical import entry_bytes
from yuepi.audit.links import AROUND
from yuepi.audit.root_key import RootKey
from yuepi.audit.signed_root import SignedRoot
from yuepi.audit.tree import CHAIN_START, chain_hash, leaf_hash
from yuepi.audit.verify import FINDINGS_MAX, ROWS_AT_ONCE
from yuepi.kit.database import UtcDateTime

COLUMNS = "at, action, actor, subject, detail, leaf, hash"


async def desk_of_ten(desk: RecordDesk) -> list[SignedRoot]:
    """Ten entries, roots over 4 and over 8."""
    await desk.write(4)
    first = await desk.sign()
    await desk.write(4)
    second = await desk.sign()
    await desk.write(2)
    assert (await desk.verdict([first, second])).whole
    return [first, second]


def shift(seq: int, by: int) -> list[str]:
    """Renumber the entries from `seq` on (through negative numbers: the key is unique)."""
    return [
        f"UPDATE audit_entries SET seq = -seq WHERE seq >= {seq}",
        f"UPDATE audit_entries SET seq = -seq + ({by}) WHERE seq < 0",
    ]


def insert_at(seq: int, like: int) -> str:
    return (
        f"INSERT INTO audit_entries (seq, {COLUMNS}) "
        f"SELECT {seq}, {COLUMNS} FROM audit_entries WHERE seq = {like}"
    )


async def relink(desk: RecordDesk, *, leaves: bool = True) -> None:
    """Make the whole chain consistent again, as a careful forger would, the end included."""
    async with desk.database.writing() as transaction:
        query = text("SELECT * FROM audit_entries ORDER BY seq").columns(at=UtcDateTime())
        rows = list(await transaction.execute(query))
        link = CHAIN_START
        for row in rows:
            content = entry_bytes(row.action, row.actor, row.subject, row.at, row.detail)
            leaf = leaf_hash(content) if leaves else bytes(row.leaf)
            link = chain_hash(link, leaf)
            await transaction.execute(
                text("UPDATE audit_entries SET leaf = :leaf, hash = :hash WHERE seq = :seq"),
                {"leaf": leaf, "hash": link, "seq": row.seq},
            )
        await transaction.execute(
            text("UPDATE audit_end SET seq = :seq, hash = :hash"), {"seq": len(rows), "hash": link}
        )


Told = tuple[str, int]
EDITS = {
    "actor": "UPDATE audit_entries SET actor = 'usr_9' WHERE seq = 5",
    "action": "UPDATE audit_entries SET action = 'claim.approved' WHERE seq = 5",
    "subject": "UPDATE audit_entries SET subject = 'clm_99' WHERE seq = 5",
    "at": "UPDATE audit_entries SET at = (SELECT at FROM audit_roots WHERE size = 4) WHERE seq = 5",
    "detail": "UPDATE audit_entries SET detail = replace(detail, '12.50', '92.50') WHERE seq = 5",
    "spaces": "UPDATE audit_entries SET detail = replace(detail, '{', '{ ') WHERE seq = 5",
    "no json": "UPDATE audit_entries SET detail = 'x' WHERE seq = 5",
}


@pytest.mark.parametrize("statement", EDITS.values(), ids=EDITS)
def test_an_edit_is_found(story: Story, statement: str) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk_of_ten(desk)
        await desk.tamper(statement)
        assert await desk.found() == [("edited", 5)]

    story(tell)


FAULTS: dict[str, tuple[list[str], list[Told]]] = {
    "an edit with its leaf made anew": (
        ["UPDATE audit_entries SET leaf = (SELECT leaf FROM audit_entries WHERE seq = 1),"
         " actor = 'usr_1', action = 'claim.submitted', subject = 'clm_0',"
         " at = (SELECT at FROM audit_entries WHERE seq = 1),"
         " detail = (SELECT detail FROM audit_entries WHERE seq = 1) WHERE seq = 9"],
        [("replaced", 9)],
    ),
    "a link": (
        ["UPDATE audit_entries SET hash = leaf WHERE seq = 9"],
        [("relinked", 9)],
    ),
    "one deleted": (["DELETE FROM audit_entries WHERE seq = 9"], [("missing", 9)]),
    "the first deleted": (
        ["DELETE FROM audit_entries WHERE seq = 1", "DELETE FROM audit_roots"],
        [("missing", 1)],
    ),
    "one deleted, the rest renumbered": (
        ["DELETE FROM audit_entries WHERE seq = 9", *shift(10, -1),
         "UPDATE audit_end SET seq = 9"],
        [("replaced", 9)],
    ),
    "two exchanged": (
        ["UPDATE audit_entries SET seq = -9 WHERE seq = 9",
         "UPDATE audit_entries SET seq = 9 WHERE seq = 10",
         "UPDATE audit_entries SET seq = 10 WHERE seq = -9"],
        [("moved", 9), ("moved", 10), ("end_wrong", 10)],
    ),
    "a copy put between": (
        [*shift(10, 1), insert_at(10, 3), "UPDATE audit_end SET seq = 11"],
        [("moved", 10), ("moved", 11)],
    ),
    "a copy put after the end": ([insert_at(11, 3)], [("beyond_end", 11), ("moved", 11)]),
    "a copy put before the start": ([insert_at(0, 3)], [("inserted", 0)]),
    "the newest cut off": (
        ["DELETE FROM audit_entries WHERE seq > 8"],
        [("truncated", 10)],
    ),
    "the newest cut off, with the end": (
        ["DELETE FROM audit_entries WHERE seq > 6",
         "UPDATE audit_end SET seq = 6, hash = (SELECT hash FROM audit_entries WHERE seq = 6)"],
        [("truncated", 8)],
    ),
    "everything deleted": (
        ["DELETE FROM audit_entries", "DELETE FROM audit_roots"],
        [("truncated", 10)],
    ),
    "the end's link": (
        ["UPDATE audit_end SET hash = (SELECT hash FROM audit_entries WHERE seq = 3)"],
        [("end_wrong", 10)],
    ),
    "the end's number": (["UPDATE audit_end SET seq = 9"], [("beyond_end", 10)]),
    "a root": (
        ["UPDATE audit_roots SET root = (SELECT hash FROM audit_end) WHERE size = 4"],
        [("root_forged", 4)],
    ),
    "a root's moment": (
        ["UPDATE audit_roots SET at = (SELECT at FROM audit_entries WHERE seq = 9) WHERE size = 4"],
        [("root_forged", 4)],
    ),
    "a root's key": (
        ["UPDATE audit_roots SET key_id = 'no key' WHERE size = 4"],
        [("root_forged", 4)],
    ),
    "a root removed": (["DELETE FROM audit_roots WHERE size = 4"], [("root_missing", 8)]),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "wanted"), FAULTS.values(), ids=FAULTS)
def test_what_the_database_alone_gives_away(
    story: Story, statements: list[str], wanted: list[Told]
) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk_of_ten(desk)
        await desk.tamper(*statements)
        assert sorted(await desk.found()) == sorted(wanted)

    story(tell)


@pytest.mark.parametrize("at", [9, 10, 11])
def test_a_forged_entry_between_others_is_found(story: Story, at: int) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk_of_ten(desk)
        await desk.write(1)
        await desk.tamper(*shift(at, 1), insert_at(at, 1), "UPDATE audit_end SET seq = 12")
        (link,) = await desk.rows(f"SELECT hash FROM audit_entries WHERE seq = {at - 1}")
        content = entry_bytes("claim.approved", "usr_9", "clm_1", NOW, "{}")
        forged = {"leaf": leaf_hash(content), "at": at}
        async with desk.database.writing() as transaction:
            await transaction.execute(
                text(
                    "UPDATE audit_entries SET action = 'claim.approved', actor = 'usr_9',"
                    " subject = 'clm_1', detail = '{}', leaf = :leaf, hash = :hash WHERE seq = :at"
                ),
                forged | {"hash": chain_hash(bytes(link[0]), forged["leaf"])},
            )
        assert await desk.found() == [("inserted", at)]

    story(tell)


async def edit_and_relink(desk: RecordDesk) -> None:
    await desk.tamper("UPDATE audit_entries SET actor = 'usr_9' WHERE seq = 3")
    await relink(desk)


async def delete_and_relink(desk: RecordDesk) -> None:
    await desk.tamper("DELETE FROM audit_entries WHERE seq = 3", *shift(4, -1))
    await relink(desk)


async def insert_and_relink(desk: RecordDesk) -> None:
    await desk.tamper(*shift(3, 1), insert_at(3, 2))
    await relink(desk)


async def exchange_and_relink(desk: RecordDesk) -> None:
    await desk.tamper(
        "UPDATE audit_entries SET seq = -3 WHERE seq = 3",
        "UPDATE audit_entries SET seq = 3 WHERE seq = 4",
        "UPDATE audit_entries SET seq = 4 WHERE seq = -3",
    )
    await relink(desk)


async def cut_off(desk: RecordDesk) -> None:
    await desk.tamper("DELETE FROM audit_entries WHERE seq > 2")
    await relink(desk)


async def empty(desk: RecordDesk) -> None:
    await desk.tamper("DELETE FROM audit_entries")
    await relink(desk)


REWRITES = [
    edit_and_relink,
    delete_and_relink,
    insert_and_relink,
    exchange_and_relink,
    cut_off,
    empty,
]


@pytest.mark.parametrize("forge", REWRITES, ids=lambda forge: forge.__name__)
def test_a_consistent_rewriting_contradicts_the_signed_roots(
    story: Story, forge: Callable[[RecordDesk], Awaitable[None]]
) -> None:
    async def tell(desk: RecordDesk) -> None:
        roots = await desk_of_ten(desk)
        await forge(desk)
        cut = forge in (cut_off, empty)
        assert {kind for kind, _ in await desk.found()} == {"truncated" if cut else "root_wrong"}
        # Without the roots in the database nothing is left to see, but in the exported ones.
        await desk.tamper("DELETE FROM audit_roots", "DELETE FROM audit_tiles")
        verdict = await desk.verdict()
        assert (verdict.whole, verdict.signed_upto) == (True, 0)
        wanted = "truncated" if cut else "rewritten"
        assert await desk.found(roots) == [(wanted, 4), (wanted, 8)]
        # Nor does it help to sign the forgery anew, with the machine's own key.
        await desk.write(9, actor="usr_8")
        await desk.sign()
        assert (await desk.verdict()).whole
        assert await desk.found(roots) == [("rewritten", 4), ("rewritten", 8)]

    story(tell)


def test_a_forgers_own_roots_are_not_taken(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        roots = await desk_of_ten(desk)
        forged = SignedRoot.made(4, bytes(32), NOW, RootKey(bytes(32)))
        found = await desk.found([*roots, forged])
        assert found == [("rewritten", 4)]
        verdict = await desk.verdict([*roots, forged], keys=[roots[0].key])
        assert [finding.kind for finding in verdict.findings] == ["key_unknown"]
        assert verdict.proved_upto == 8
        verdict = await desk.verdict(keys=[forged.key])
        assert verdict.counts == {"key_unknown": 2}

    story(tell)


def test_whole_records_are_whole_however_long(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        verdict = await desk.verdict()
        assert (verdict.whole, verdict.entries, verdict.keys) == (True, 0, ())
        roots = []
        for count in (1, ROWS_AT_ONCE - 2, 1, 1, AROUND, 70):
            await desk.write(count, at_once=1_000)
            roots.append(await desk.sign())
        steps: list[tuple[int, int]] = []
        verdict = await desk.verdict(roots, advance=lambda *step: steps.append(step))
        total = ROWS_AT_ONCE + 1 + AROUND + 70
        assert (verdict.whole, verdict.entries) == (True, total)
        assert (verdict.roots, verdict.exported_roots) == (6, 6)
        assert (verdict.signed_upto, verdict.proved_upto) == (total, total)
        assert steps == [(ROWS_AT_ONCE, total), (total, total)]

    story(tell)


def test_faults_at_the_edges_of_pages_are_named_as_anywhere(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(ROWS_AT_ONCE + 40, at_once=1_000)
        edge = ROWS_AT_ONCE
        await desk.tamper(
            f"UPDATE audit_entries SET seq = -1 WHERE seq = {edge}",
            f"UPDATE audit_entries SET seq = {edge} WHERE seq = {edge + 1}",
            f"UPDATE audit_entries SET seq = {edge + 1} WHERE seq = -1",
            f"UPDATE audit_entries SET hash = leaf WHERE seq = {edge - 5}",
        )
        assert await desk.found() == [
            ("relinked", edge - 5), ("moved", edge), ("moved", edge + 1), ("moved", edge + 2),
        ]  # fmt: skip

    story(tell)


def test_a_record_that_is_wrong_all_over_is_told_in_bounds(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(500, at_once=500)
        await desk.tamper("UPDATE audit_entries SET actor = 'x', hash = leaf")
        verdict = await desk.verdict()
        assert verdict.counts["edited"] == 500
        assert len([one for one in verdict.findings if one.kind == "edited"]) == FINDINGS_MAX

    story(tell)


def test_entries_written_meanwhile_do_no_harm(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(ROWS_AT_ONCE + 10, at_once=1_000)
        from yuepi.audit.store import Record

        read = Record.all_entries

        async def slow(record: Record, **asked: Any) -> list[Any]:
            await desk.write(3)
            await desk.sign()
            return await read(record, **asked)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Record, "all_entries", slow)
            verdict = await desk.verdict()
        assert (verdict.whole, verdict.entries) == (True, ROWS_AT_ONCE + 10)

    story(tell)


NONSENSE = [
    "UPDATE audit_entries SET at = 'noon' WHERE seq = 5",
    "UPDATE audit_entries SET actor = CAST(x'ff' AS TEXT) WHERE seq = 5",
    "UPDATE audit_entries SET actor = x'ff' WHERE seq = 5",
    "UPDATE audit_entries SET detail = x'00' WHERE seq = 5",
    "UPDATE audit_entries SET leaf = 'text' WHERE seq = 5",
    "UPDATE audit_entries SET hash = 'text' WHERE seq = 5",
    "UPDATE audit_entries SET leaf = x'00' WHERE seq = 5",
]
ROOT_NONSENSE = [
    "UPDATE audit_roots SET at = 'noon' WHERE size = 4",
    "UPDATE audit_roots SET root = 'text' WHERE size = 4",
    "UPDATE audit_roots SET key_id = x'ff' WHERE size = 4",
    "UPDATE audit_roots SET signature = 5 WHERE size = 4",
]


@pytest.mark.parametrize("record_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("statement", NONSENSE)
def test_values_of_other_types_which_sqlite_takes_are_found(story: Story, statement: str) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk_of_ten(desk)
        await desk.tamper(statement)
        found = await desk.found()
        assert {seq for _, seq in found} <= {5, 6, 8}
        assert ("edited", 5) in found or ("replaced", 5) in found or ("relinked", 5) in found

    story(tell)


@pytest.mark.parametrize("record_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("statement", ROOT_NONSENSE)
def test_and_in_roots(story: Story, statement: str) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk_of_ten(desk)
        await desk.tamper(statement)
        assert await desk.found() == [("root_forged", 4)]

    story(tell)
