"""Memory of a request is there for the next one, without asking the system for it again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

STORY = """
import resource
from yuepi.gateway.allocator import keep_freed_memory

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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's allocator")
def test_buffers_are_reused() -> None:
    # `make test` keeps what is freed by the variables of the C library: not here.
    plain = {name: value for name, value in os.environ.items() if "MALLOC" not in name}
    env = {**plain, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", STORY], capture_output=True, text=True, check=True, env=env
    )
    usual, kept = map(int, done.stdout.split())
    assert kept < usual / 10
