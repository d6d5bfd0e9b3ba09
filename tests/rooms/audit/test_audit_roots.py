"""Roots: signed when due, by one keeper, with one key, cheaply; exported whole and once."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from tests.rooms.audit.record_desk import NOW, SECRET, RecordDesk, Story
from yuepi.audit.proof import check_proof, prove
from yuepi.audit.root_key import KEY_VARIABLE, RootKey, open_root_key
from yuepi.audit.roots_file import follow, read_roots
from yuepi.audit.signed_root import RecordBroken, SignedRoot
from yuepi.audit.trail import NoEntry
from yuepi.audit.tree import TILE_LEAVES, Frontier
from yuepi.kit.errors import BadUsage, Unavailable


def test_a_root_is_signed_after_so_many_entries_or_so_long(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        keeper = desk.keeper(entries_max=10, minutes_max=5)
        assert await keeper.sign_due(force=True) is None
        await desk.write(1)
        first = await keeper.sign_due()
        assert first is not None
        assert (first.size, first.at, first.holds()) == (1, NOW, True)
        await desk.write(9)
        assert await keeper.sign_due() is None
        await desk.write(1)
        assert [root.size for root in [await keeper.sign_due()] if root] == [11]
        await desk.write(1)
        desk.now += timedelta(minutes=4)
        assert await keeper.sign_due() is None
        desk.now += timedelta(minutes=1)
        assert [root.size for root in [await keeper.sign_due()] if root] == [12]
        await desk.write(1)
        desk.now -= timedelta(hours=1)  # a clock put back puts off nothing
        assert [root.size for root in [await keeper.sign_due()] if root] == [13]
        assert await keeper.sign_due(force=True) is None
        assert [root.size for root in await desk.trail.roots()] == [1, 11, 12, 13]
        verdict = await desk.verdict()
        assert (verdict.whole, verdict.roots, verdict.signed_upto) == (True, 4, 13)

    story(tell)


def test_keepers_at_once_make_no_root_twice(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        for _ in range(5):
            await desk.write(7)
            keepers = [desk.keeper() for _ in range(4)]
            made = await asyncio.gather(*(keeper.sign_due(force=True) for keeper in keepers))
            assert sum(root is not None for root in made) == 1
        assert [root.size for root in await desk.trail.roots()] == [7, 14, 21, 28, 35]
        assert (await desk.verdict()).whole

    story(tell)


def test_a_root_goes_on_from_the_last_one(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        read: list[int] = []
        await desk.write(2 * TILE_LEAVES + 100, at_once=1_000)
        await desk.sign()
        await desk.write(5)
        leaves = desk.keeper()._record.leaves

        async def counted(low: int, high: int) -> list[bytes]:
            read.append(high - low)
            return await leaves(low, high)

        keeper = desk.keeper()
        keeper._record.leaves = counted  # type: ignore[method-assign]
        root = await keeper.sign_due(force=True)
        assert read == [5]
        tree = Frontier()
        for (leaf,) in await desk.rows("SELECT leaf FROM audit_entries ORDER BY seq"):
            tree.add(bytes(leaf))
        assert root is not None
        assert root.root == tree.root()
        assert len(await desk.rows("SELECT number FROM audit_tiles")) == 2

    story(tell)


def test_proofs_lead_to_their_root_with_few_rows_read(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(3 * TILE_LEAVES + 17, at_once=1_000)
        root = await desk.sign()
        read: list[str] = []
        event.listen(
            desk.database.engine.sync_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_: read.append(statement),
        )
        for seq in (1, 2, TILE_LEAVES, TILE_LEAVES + 1, 3 * TILE_LEAVES + 1, root.size):
            proven = await desk.trail.prove(seq)
            assert proven.root == root
            assert check_proof(proven.proof, root.root)
            assert not check_proof(proven.proof, bytes(32))
            # The entry, its root, the tiles, at most two runs of leaves.
            assert len([one for one in read if "SELECT" in one]) <= 5
            read.clear()
        whole = await prove(desk.database, 5, root.size)
        await desk.tamper("DELETE FROM audit_tiles WHERE number = 1")
        assert await prove(desk.database, 5, root.size) == whole

    story(tell)


def test_there_is_no_proof_of_what_is_not_sealed_or_not_true(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(4)
        with pytest.raises(NoEntry) as caught:
            await desk.trail.prove(4)
        assert caught.value.code == "not_sealed_yet"
        await desk.sign()
        with pytest.raises(NoEntry) as caught:
            await desk.trail.prove(5)
        assert caught.value.code == "not_found"
        with pytest.raises(BadUsage):
            await prove(desk.database, 5, 4)
        await desk.tamper("UPDATE audit_entries SET actor = 'usr_9' WHERE seq = 2")
        with pytest.raises(RecordBroken):
            await desk.trail.prove(2)
        assert (await desk.trail.prove(3)).entry.seq == 3

    story(tell)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_roots SET root = (SELECT hash FROM audit_end)",
        "UPDATE audit_roots SET frontier = (SELECT hash FROM audit_end)",
        "UPDATE audit_roots SET size = 5",
        "DELETE FROM audit_entries WHERE seq > 2; UPDATE audit_end SET seq = 2",
    ],
)
def test_no_root_is_signed_over_a_damaged_record(story: Story, change: str) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(4)
        await desk.sign()
        await desk.write(1)
        await desk.tamper(*change.split("; "))
        with pytest.raises(RecordBroken):
            await desk.keeper().sign_due(force=True)

    story(tell)


def test_another_key_does_not_take_over_by_itself(story: Story) -> None:
    async def tell(desk: RecordDesk) -> None:
        await desk.write(2)
        first = await desk.sign()
        await desk.write(2)
        with pytest.raises(Unavailable) as caught:
            await desk.keeper(key=RootKey(bytes(32))).sign_due(force=True)
        assert caught.value.code == "audit_key_changed"
        second = await desk.keeper(key=RootKey(bytes(32), deliberate=True)).sign_due(force=True)
        assert second is not None
        verdict = await desk.verdict()
        assert (verdict.whole, verdict.keys) == (True, (first.key, second.key))
        assert await desk.found([first]) == [("key_unknown", 4)]
        assert (await desk.verdict([first], keys=[first.key, second.key])).whole

    story(tell)


def test_the_loop_signs_publishes_and_survives_failures(
    story: Story, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(desk: RecordDesk) -> None:
        file = tmp_path / "elsewhere" / "roots"
        keeper = desk.keeper(publish=lambda: follow(desk.database, file))
        await desk.write(2)
        running = asyncio.create_task(keeper.run(look_s=0.01))
        try:
            async with asyncio.timeout(20):
                while "roots cannot be added" not in caplog.text:
                    await asyncio.sleep(0.01)
                file.parent.mkdir()
                while not file.exists() or not file.read_text().endswith("\n"):
                    await asyncio.sleep(0.01)
        finally:
            running.cancel()
        assert [root.size for root in await read_roots(file)] == [2]

    story(tell)


# --- exported roots ------------------------------------------------------------------------------


def test_exported_roots_are_added_once_and_half_a_line_is_written_anew(
    story: Story, tmp_path: Path
) -> None:
    async def tell(desk: RecordDesk) -> None:
        file = tmp_path / "roots"
        assert await follow(desk.database, file) == 0
        await desk.write(1)
        roots = [await desk.sign()]
        assert await follow(desk.database, file) == 1
        for _ in range(3):
            await desk.write(1)
            roots.append(await desk.sign())
        assert sum(await asyncio.gather(*(follow(desk.database, file) for _ in range(3)))) == 3
        assert await read_roots(file) == roots
        assert set(json.loads(file.read_text().splitlines()[0])) == {
            "size", "root", "at", "key", "signature",
        }  # fmt: skip
        whole = file.read_bytes()
        for cut in (1, 30, len(whole.splitlines()[-1])):
            file.write_bytes(whole[:-cut])
            assert await follow(desk.database, file) == 1
            assert file.read_bytes() == whole
        file.write_bytes(whole[:20])
        assert await follow(desk.database, file) == 4
        assert file.read_bytes() == whole

    story(tell)


def test_roots_of_another_record_are_not_added_to(story: Story, tmp_path: Path) -> None:
    async def tell(desk: RecordDesk) -> None:
        file = tmp_path / "roots"
        await desk.write(3)
        await desk.sign()
        alien = SignedRoot.made(3, bytes(32), NOW, RootKey(SECRET))
        file.write_text(alien.line() + "\n")
        with pytest.raises(RecordBroken):
            await follow(desk.database, file)
        file.write_text("dear diary\n")
        with pytest.raises(BadUsage):
            await follow(desk.database, file)
        assert file.read_text() == "dear diary\n"
        with pytest.raises(Unavailable):
            await follow(desk.database, tmp_path)

    story(tell)


ROOT = SignedRoot.made(3, bytes(range(32)), NOW, RootKey(SECRET))


def changed(name: str, value: Any) -> str:
    return json.dumps(json.loads(ROOT.line()) | {name: value})


@pytest.mark.parametrize(
    "line",
    [
        "{}", "[]", "null", "1", '"x"', "{", "票",
        changed("size", 0), changed("size", True), changed("size", 1.5), changed("size", 2**60),
        changed("root", "00"), changed("root", "xy" * 32), changed("root", None),
        changed("at", "yesterday"), changed("at", "2026-03-01T08:00:00"), changed("at", 5),
        changed("key", "00"), changed("more", 1), "[" * 900, "x" * 2_000,
    ],
)  # fmt: skip
def test_what_is_no_root_is_named_by_its_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "roots"
    file.write_text(f"{ROOT.line()}\n{line}\n")
    with pytest.raises(BadUsage, match="line 2"):
        asyncio.run(read_roots(file))
    with pytest.raises(BadUsage):
        asyncio.run(read_roots(tmp_path / "none"))


@given(st.sampled_from(["size", "root", "at", "key", "signature"]), st.data())
def test_a_signature_covers_every_value(name: str, data: Any) -> None:
    assert SignedRoot.of_line(ROOT.line()) == ROOT
    assert ROOT.holds()
    other: dict[str, Callable[[], object]] = {
        "size": lambda: data.draw(st.integers(4, 2**53 - 1)),
        "at": lambda: "2026-03-01T08:00:01Z",
    }
    forged = (bytes([data.draw(st.integers(1, 255))]) * 64).hex()
    make = other.get(name, lambda: forged)
    value = make()
    if name in ("root", "key"):
        value = str(value)[:64]
    assert not SignedRoot.of_line(changed(name, value)).holds()


# --- the key -------------------------------------------------------------------------------------


def test_the_key_of_a_folder(tmp_path: Path) -> None:
    """How a key file is made and kept is proved in `kit/test_key_file.py`."""
    with pytest.raises(Unavailable, match=r"audit\.key is missing"):
        open_root_key(tmp_path, {}, may_make_key=False)
    key = open_root_key(tmp_path, {})
    again = open_root_key(tmp_path, {}, may_make_key=False)
    assert (again.public, again.deliberate) == (key.public, False)
    given_key = open_root_key(tmp_path, {KEY_VARIABLE: base64.b64encode(SECRET).decode()})
    assert (given_key.public, given_key.deliberate) == (RootKey(SECRET).public, True)
    with pytest.raises(ValueError, match="32 bytes"):
        RootKey(b"short")
