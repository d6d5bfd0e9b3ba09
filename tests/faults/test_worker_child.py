"""Workers as child processes: kept going, stopped with their parent, gone when it is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.resources.serving import environment
from yuepi.app import worker_child
from yuepi.app.worker_child import HostedWorkers

pytestmark = pytest.mark.slow

# Stays until its stdin ends, as a worker does; the other one does not listen.
QUIET = (sys.executable, "-c", "import sys; sys.stdin.read()")
DEAF = (sys.executable, "-c", "import time; time.sleep(600)")
PARENT = """
import asyncio, sys
from yuepi.app.worker_child import HostedWorkers
async def run():
    hosted = HostedWorkers((sys.executable, "-c", "import sys; sys.stdin.read()"), 1)
    hosted.start()
    while not hosted.living:
        await asyncio.sleep(0.01)
    print(hosted.living[0], flush=True)
    await asyncio.sleep(600)
asyncio.run(run())
"""


async def living(hosted: HostedWorkers, count: int, *, but: int = 0) -> tuple[int, ...]:
    for _ in range(2_000):
        if len(hosted.living) == count and but not in hosted.living:
            return hosted.living
        await asyncio.sleep(0.01)
    raise AssertionError(f"{hosted.living} live, not {count}")


def gone(pid: int, wait_s_max: float = 20.0) -> bool:
    deadline_s = time.monotonic() + wait_s_max
    while psutil.pid_exists(pid) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return not psutil.pid_exists(pid)


def test_a_child_that_dies_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_child, "AGAIN_S", 0.05)

    async def told() -> None:
        hosted = HostedWorkers(QUIET, 2)
        hosted.start()
        first = (await living(hosted, 2))[0]
        os.kill(first, signal.SIGKILL)
        again = await living(hosted, 2, but=first)
        await hosted.stop(10)
        assert not hosted.living
        assert all(gone(pid) for pid in again)

    asyncio.run(told())


def test_one_that_does_not_stop_is_ended() -> None:
    async def told() -> None:
        hosted = HostedWorkers(DEAF, 1)
        hosted.start()
        (pid,) = await living(hosted, 1)
        await hosted.stop(0.2)
        assert gone(pid)

    asyncio.run(told())


def test_a_command_that_cannot_be_started_harms_no_one() -> None:
    async def told() -> None:
        hosted = HostedWorkers(("/no/such/program",), 1)
        hosted.start()
        await asyncio.sleep(0.1)
        assert not hosted.living
        await hosted.stop(1)

    asyncio.run(told())


def test_children_go_when_their_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, env=environment()
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    assert gone(child)


@pytest.mark.parametrize("end", ["stdin", "SIGTERM"])
def test_the_real_command_gets_ready_and_ends_in_order(tmp_path: Path, end: str) -> None:
    program = "from yuepi.app.cli_worker import worker; worker(prog_name='worker')"
    command = [sys.executable, "-c", program, "--hosted", "--json", "--data", str(tmp_path / "d")]
    worker = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        assert b'"executor": "exe_' in worker.stdout.readline() + worker.stdout.readline()
        if end == "stdin":
            worker.stdin.close()
        else:
            worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait(10)
        worker.stdout.close()
        worker.stdin.close()
