"""Memory of a request is there for the next one; what large work left goes back to the system."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

STORY = """
import resource
from yuepi.kit.allocator import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        pieces = [bytes(700_000) for _ in range(5)]
        del pieces
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
usual = faults()
assert keep_freed_memory()
faults()
print(usual, faults())
"""


LARGE_WORK = """
import threading
from yuepi.kit.allocator import give_back_memory, share_heaps

SHARE = share_heaps()
TOGETHER = threading.Barrier(8)

def resident_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))

def work(kept):
    TOGETHER.wait()  # one after another they would all find the same heap
    pieces = [bytes(10_000) for _ in range(2_000)]
    kept.append(pieces[-1])

before, kept = resident_mb(), []
threads = [threading.Thread(target=work, args=(kept,)) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
usual = resident_mb() - before
give_back_memory()
print(SHARE, usual, resident_mb() - before)
"""

glibc_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's allocator")


def run(story: str, **environment: str) -> list[str]:
    # `make test` keeps what is freed by the variables of the C library: not here.
    plain = {name: value for name, value in os.environ.items() if "MALLOC" not in name}
    env = {**plain, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **environment}
    done = subprocess.run(
        [sys.executable, "-c", story], capture_output=True, text=True, check=True, env=env
    )
    return done.stdout.split()


@glibc_only
def test_buffers_are_reused() -> None:
    usual, kept = map(int, run(STORY))
    assert kept < usual / 10


@glibc_only
def test_what_large_work_left_is_given_back() -> None:
    shared, usual, after = run(LARGE_WORK)
    assert shared == "True"
    assert int(usual) > 10
    assert int(after) < int(usual) / 2


@glibc_only
def test_who_names_the_number_of_heaps_himself_keeps_it() -> None:
    assert run(LARGE_WORK, MALLOC_ARENA_MAX="2")[0] == "False"
