"""This process as one that works on claims: its id, its row, its pulse.

The pulse is counted up by a thread of its own over a connection of its own, so that neither a
busy event loop nor a used-up pool makes a working process look dead. The same thread ends the
process, at once and whatever it is doing, when its row says that it is no longer alive: then its
work was given to others while it was frozen or cut off.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import psutil

from yuepi.approvals.store.executors import (
    ExecutorRow,
    PulseLine,
    add_executor,
    forget_executors,
    leave,
)
from yuepi.kit.database import Database

LOG = logging.getLogger(__name__)

PULSE_S: Final = 1.0
KEPT: Final = timedelta(days=30)
"""How long rows of executors that are gone are kept, for whoever wants to know what happened."""
EXIT_TAKEN_OVER: Final = 75
"""The process's exit code when it finds itself taken over (EX_TEMPFAIL: start it again)."""

Sort = Literal["running", "stopped", "gone"]


class Executor:
    """One process's place among the executors. `join` it before it takes work.

    end: what is called with an exit code when this process was taken over; never returns.
    """

    def __init__(
        self,
        database: Database,
        *,
        version: str,
        clock: Callable[[], datetime],
        pulse_s: float = PULSE_S,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self.id: Final = f"exe_{secrets.token_hex(10)}"
        self.row: Final = ExecutorRow(self.id, this_host(), os.getpid(), started(os.getpid()), 0)
        self.pulse_s: Final = pulse_s
        self._database = database
        self._version = version
        self._clock = clock
        self._end = end
        self._line = PulseLine(database, self.id)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)
        self._beat_at_s = time.monotonic()

    async def join(self) -> None:
        """Write the row and begin to show a pulse. Raises `Unavailable`."""
        now = self._clock()
        async with self._database.writing() as transaction:
            await forget_executors(transaction, now - KEPT)
            await add_executor(transaction, self.row, version=self._version, at=now)
        self._beat_at_s = time.monotonic()
        self._thread.start()

    async def leave(self) -> None:
        """End the pulse and say that it ended in order. Raises `Unavailable`."""
        self.hush()
        async with self._database.writing() as transaction:
            await leave(transaction, self.id)

    def hush(self) -> None:
        """End the pulse only."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(self.pulse_s + 5)

    @property
    def flows(self) -> bool:
        """Whether this process's own pulse got through just now.

        If not, the way to the database is blocked for all, and others' stillness tells nothing.
        """
        return time.monotonic() - self._beat_at_s <= 3 * self.pulse_s

    def _beat(self) -> None:
        silent = False
        while not self._stop.wait(self.pulse_s):
            alive = self._line.beat()
            if alive:
                self._beat_at_s = time.monotonic()
            elif alive is False and not self._stop.is_set():
                LOG.critical("this process was taken for dead and its work taken over: it ends")
                self._end(EXIT_TAKEN_OVER)
                return
            if (alive is None) != silent:
                silent = alive is None
                LOG.warning("the pulse %s", "does not get through" if silent else "is back")
        self._line.close()


# --- processes of this machine -------------------------------------------------------------------


def this_host() -> str:
    """Names this machine since it was started, and the space its process ids count in."""
    return ":".join((socket.gethostname(), _boot(), _pid_space()))[:255]


def started(pid: int) -> str:
    """When that process began, as its system counts; empty if there is none.

    On Linux in ticks since the machine's start, which no change of the wall clock moves.
    """
    stat = _stat(pid)
    if stat is not None:
        return stat[19]
    try:
        return repr(psutil.Process(pid).create_time())
    except psutil.Error:
        return ""


def sort_of(row: ExecutorRow) -> Sort:
    """What that process of this very host is doing now."""
    if started(row.pid) != row.started:
        return "gone"
    try:
        status = psutil.Process(row.pid).status()
    except psutil.Error:
        return "gone"
    if status in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
        return "gone"
    return "stopped" if status in (psutil.STATUS_STOPPED, "tracing-stop") else "running"


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name (proc_pid_stat(5)); None where there are none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return str(int(psutil.boot_time()))


def _pid_space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return "-"
