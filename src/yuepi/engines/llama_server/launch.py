"""Becomes another program that the kernel kills when its parent dies. Run as a script.

Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere it just becomes that program. A script of its
own because code between fork and exec may lock up a process that has threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """`launch.py PARENT_PID PROGRAM ARGUMENTS…`"""
    parent = int(sys.argv[1])
    command = sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        # Died before we asked? Then nobody will tell us.
        if os.getppid() != parent:
            sys.exit("the process that started this is gone")
    os.execv(command[0], command)  # noqa: S606 - the program the user named, no shell


if __name__ == "__main__":
    main()
