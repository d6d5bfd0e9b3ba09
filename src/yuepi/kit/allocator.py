"""What the C library does with freed memory.

A request with a picture needs several buffers of half a megabyte for a moment. The C library maps
such buffers anew for each, or shrinks its heap after each, and the system clears every page again:
measured, that is half of all CPU time of such a request (1.7 ms with it, 0.9 ms without).

Work on many threads leaves free pieces in a heap for each of them, which no other work finds. Of a
process that indexed 100,000 pieces of text and their vectors half was such: 1,211 MB at most, 913
with few heaps that are given back after large work.
"""

from __future__ import annotations

import ctypes
import os
import sys

# Larger buffers are still mapped apart and given back at once: the heap stays as small as that.
MAPPED_BYTES_MIN = 4 * 2**20
KEPT_BYTES_MAX = 16 * 2**20
HEAPS_MAX = 4

# From glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8


def keep_freed_memory() -> bool:
    """Have the C library keep up to 16 MB of freed heap. For a server, once, at its start.

    Gives False where there is no glibc, and changes nothing there.
    """
    return _adjusted(_M_MMAP_THRESHOLD, MAPPED_BYTES_MIN) and _adjusted(
        _M_TRIM_THRESHOLD, KEPT_BYTES_MAX
    )


def share_heaps() -> bool:
    """Have threads share a few heaps; 8 for each core otherwise. For a process, at its start.

    Gives False where there is no glibc, or its own variable says how many; changes nothing there.
    """
    return "MALLOC_ARENA_MAX" not in os.environ and _adjusted(_M_ARENA_MAX, HEAPS_MAX)


def give_back_memory() -> bool:
    """Give what is free in all heaps back to the system, in some milliseconds.

    Gives False where there is no glibc, or there was nothing to give.
    """
    library = _glibc()
    if library is None:
        return False
    trim = library.malloc_trim
    trim.argtypes, trim.restype = (ctypes.c_size_t,), ctypes.c_int
    return bool(trim(KEPT_BYTES_MAX))


def _adjusted(option: int, value: int) -> bool:
    library = _glibc()
    if library is None:
        return False
    adjust = library.mallopt
    adjust.argtypes, adjust.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    return bool(adjust(option, value))


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    # musl and others know other numbers.
    return library if hasattr(library, "gnu_get_libc_version") else None
