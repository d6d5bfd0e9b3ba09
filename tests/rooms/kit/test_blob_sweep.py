"""What no row names leaves the folder of originals long after; what one names never does."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuepi.kit.blobs import Blobs, open_blobs

DAY_S: Final = 24 * 3600.0


def sweep(blobs: Blobs, named: set[str], now_s: float, age_s_min: float = DAY_S) -> int:
    """now_s: the steady time."""
    return asyncio.run(blobs.remove_unnamed(set(map(bytes.fromhex, named)), now_s, age_s_min))


def names(blobs: Blobs) -> set[str]:
    async def told() -> set[str]:
        return {blob.sha256 async for blob in blobs.walk()}

    return asyncio.run(told())


def test_it_is_marked_and_a_day_later_removed(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    kept, left = (asyncio.run(blobs.put(data)) for data in (b"kept", b"left"))
    assert sweep(blobs, {kept}, 10 * DAY_S) == 0, "only marked"
    assert sweep(blobs, {kept}, 11 * DAY_S - 1) == 0, "marked less than a day ago"
    assert sweep(blobs, {kept}, 11 * DAY_S) == 1
    assert names(blobs) == {kept}
    assert not list((tmp_path / "leaving").iterdir())
    assert asyncio.run(blobs.put(b"left")) == left
    assert asyncio.run(blobs.get(left)) == b"left"


@pytest.mark.parametrize("again", ["put", "keep", "named"])
def test_who_wants_it_again_keeps_it(tmp_path: Path, again: str) -> None:
    blobs = open_blobs(tmp_path)
    name = asyncio.run(blobs.put(b"wanted again"))
    sweep(blobs, set(), DAY_S)
    if again == "put":
        asyncio.run(blobs.put(b"wanted again"))
    elif again == "keep":
        assert asyncio.run(blobs.keep([name]))
    assert sweep(blobs, {name} if again == "named" else set(), 3 * DAY_S) == 0
    assert asyncio.run(blobs.get(name)) == b"wanted again"


@pytest.mark.parametrize("jump_s", [-400 * DAY_S, 2 * DAY_S])
def test_a_wall_clock_that_jumps_takes_nothing(tmp_path: Path, jump_s: float) -> None:
    blobs = open_blobs(tmp_path)
    name = asyncio.run(blobs.put(b"in flight"))
    sweep(blobs, set(), DAY_S)
    file = tmp_path / "originals" / name[:2] / name
    # Its times, and its mark's, are a day or a year off by now.
    for each in (file, tmp_path / "leaving" / name):
        at = each.stat().st_mtime - jump_s
        os.utime(each, (at, at))
    assert sweep(blobs, set(), DAY_S + 1) == 0
    assert sweep(blobs, set(), 2 * DAY_S) == 0
    assert sweep(blobs, set(), 2 * DAY_S + 1) == 1


@pytest.mark.parametrize("mark", ["", "nan 1 2 3", "inf", "99999999999 1 2 3", "\0", "1"])
def test_marks_of_before_or_cut_off_are_made_anew(tmp_path: Path, mark: str) -> None:
    blobs = open_blobs(tmp_path)
    name = asyncio.run(blobs.put(b"left"))
    (tmp_path / "leaving" / name).write_text(mark)
    assert sweep(blobs, set(), 9 * DAY_S) == 0
    assert sweep(blobs, set(), 10 * DAY_S) == 1


def test_a_steady_clock_that_was_restored_begins_anew(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    asyncio.run(blobs.put(b"left"))
    sweep(blobs, set(), 100 * DAY_S)
    assert sweep(blobs, set(), 5 * DAY_S) == 0
    assert sweep(blobs, set(), 6 * DAY_S) == 1


def test_what_is_not_there_is_not_kept(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    name = asyncio.run(blobs.put(b"here"))
    assert asyncio.run(blobs.keep([name]))
    assert asyncio.run(blobs.keep([]))
    assert not asyncio.run(blobs.keep([name, sha256(b"not here").hexdigest()]))


def test_nothing_is_removed_while_a_backup_is_made(tmp_path: Path) -> None:
    blobs, other = open_blobs(tmp_path), open_blobs(tmp_path)

    async def told() -> None:
        async with blobs.staying(wait=True) as alone:
            assert alone
            async with other.staying() as second:
                assert not second
        async with other.staying() as after:
            assert after

    asyncio.run(told())


Step = st.one_of(
    st.tuples(st.sampled_from(["put", "name", "forget"]), st.integers(0, 5)),
    st.tuples(st.sampled_from(["hours", "sweep"]), st.integers(1, 40)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(Step, max_size=40))
def test_nothing_that_is_named_or_was_put_today_is_ever_removed(
    steps: list[tuple[str, int]],
) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place)
        blobs = open_blobs(folder)
        named: set[str] = set()
        put_ago_s: dict[str, float] = {}
        now_s = 0.0
        for what, which in steps:
            data = b"file %d" % which
            name = sha256(data).hexdigest()
            if what == "put":
                put_ago_s[asyncio.run(blobs.put(data))] = 0.0
            elif what == "name" and put_ago_s.get(name, DAY_S) < DAY_S:
                # Whoever names it has put it within the day.
                named.add(name)
            elif what == "forget":
                named.discard(name)
            elif what == "hours":
                now_s += which * 3600.0
                put_ago_s = {each: ago + which * 3600.0 for each, ago in put_ago_s.items()}
            elif what == "sweep":
                sweep(blobs, named, now_s)
            young = {each for each, ago in put_ago_s.items() if ago < DAY_S}
            assert named | young <= names(blobs)
        for day in range(2):
            sweep(blobs, named, now_s + day * DAY_S)
        assert names(blobs) == named


def test_the_same_bytes_put_while_they_are_swept(tmp_path: Path) -> None:
    blobs, data = open_blobs(tmp_path), b"the same bytes" * 100
    name = sha256(data).hexdigest()
    ending = threading.Event()

    def sweeping() -> None:
        while not ending.is_set():
            sweep(blobs, set(), DAY_S, 3600.0)

    sweeper = threading.Thread(target=sweeping)
    sweeper.start()
    try:
        for _ in range(300):
            assert asyncio.run(blobs.put(data)) == name
            assert asyncio.run(blobs.get(name)) == data
            # From now on it is as if it was marked a day ago, until it is put again.
            sweep(blobs, set(), 0.0, 3600.0)
    finally:
        ending.set()
        sweeper.join()


_SWEEPER: Final = """
import asyncio, sys
from yuepi.kit.blobs import open_blobs
blobs = open_blobs(sys.argv[1])
named = set(map(bytes.fromhex, sys.argv[2].split(",")))
now_s = float(sys.argv[3])
print("begun", flush=True)
while True:
    async def turn():
        async with blobs.staying() as alone:
            assert alone
            await blobs.remove_unnamed(named, now_s, 3600.0)
    asyncio.run(turn())
"""


def test_a_sweeper_that_is_killed_takes_nothing_that_is_named(tmp_path: Path) -> None:
    chance = random.Random(3)
    blobs = open_blobs(tmp_path)
    kept = {asyncio.run(blobs.put(b"kept %d" % at)) for at in range(20)}
    for turn in range(4):
        for at in range(40):
            asyncio.run(blobs.put(b"left %d %d" % (turn, at)))
        sweep(blobs, kept, (2 * turn + 1) * DAY_S)
        given = [str(tmp_path), ",".join(sorted(kept)), str((2 * turn + 2) * DAY_S)]
        command = [sys.executable, "-c", _SWEEPER, *given]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            for _ in range(chance.randrange(200)):
                (tmp_path / "leaving").exists()
            child.send_signal(signal.SIGKILL)
        assert kept <= names(blobs)
    sweep(blobs, kept, 20 * DAY_S)
    sweep(blobs, kept, 21 * DAY_S)
    assert names(blobs) == kept
