"""A lock on a file, between threads and processes of one machine, gone with whoever holds it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def locked(file: Path, *, shared: bool = False, wait: bool = True) -> Generator[None, None, None]:
    """Hold the lock within the block; the file is made if need be and stays, empty.

    shared: beside others that share it. Blocks the thread; without `wait` raises
    `BlockingIOError` where somebody holds it. Raises OSError.
    """
    how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    handle = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
