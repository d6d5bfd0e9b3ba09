"""A warm, limited child process: hostile input is parsed there, never in the desk itself.

The parent keeps a small pool of persistent children, started with `subprocess` (not `fork`: the
parent runs threads of numeric libraries, which a fork would leave in the middle of a lock). A
child has a ceiling on its address space, may write no file and dump no core; each job has a
ceiling on its processor seconds and its wall clock. A child that crashes, hangs or runs out of
memory is killed and replaced, and the job ends with a `JobError` that says which it was.

Messages are frames over the child's standard input and output: two lengths (header, payload; big
endian), a JSON header, raw payload bytes. Nothing a child sends is executed or unpickled, and
every length is checked before it is believed.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from yuepi.kit.limited_child import LENGTHS, PIPE_BYTES, Frame, Limits

__all__ = ["Frame", "JobError", "LimitedProcess", "Limits"]

HEADER_BYTES_MAX = 64 * 2**20


class JobError(Exception):
    """A job of a limited process did not give a result.

    code: `took_too_long`, `out_of_memory`, `crashed` (the child died or spoke nonsense), `failed`
    (the handler raised something unforeseen), or the
    code of a `RefusalError` raised by the handler in the child; `detail` is text for a person.
    """

    def __init__(self, code: str, detail: str, *, facts: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.facts = facts or {}


class LimitedProcess:
    """A pool of warm children that run one module, e.g. `yuepi.documents.parsing.child`.

    Thread-safe: `run` may be called from any thread; more callers than children wait their turn
    (waiting does not count against the job's time). `close` ends the children; it also happens
    when the interpreter exits.
    """

    def __init__(self, module: str, limits: Limits | None = None, *, children: int = 1) -> None:
        self._module = module
        self._limits = limits or Limits()
        self._seats: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._seats.put(None)
        self._children = children
        self._closed = threading.Event()
        atexit.register(self.close)

    def warm(self) -> None:
        """Start the children that are not running yet and wait until each has answered."""
        seats = [self._seats.get() for _ in range(self._children)]
        for seat in seats:
            child = seat if seat is not None and seat.alive else None
            try:
                child = child or _Child(self._module, self._limits)
                child.wait_ready()
            finally:
                self._seats.put(child)

    def run(self, header: dict[str, Any], payload: bytes = b"") -> list[Frame]:
        """Do one job and return the frames the handler gave, in order.

        Raises `JobError`; the next job finds a fresh child where this one was spoiled.
        """
        if self._closed.is_set():
            raise JobError("crashed", "the limited process has been closed")
        seat = self._seats.get()
        child = seat if seat is not None and seat.alive else None
        try:
            child = child or _Child(self._module, self._limits)
            return child.run(header, payload)
        finally:
            keep = child is not None and child.alive and child.jobs < self._limits.jobs_per_child
            if child is not None and not keep:
                child.kill()
            self._seats.put(child if keep else None)

    def close(self) -> None:
        """End the children that are idle now; a busy one ends with its job."""
        self._closed.set()
        with contextlib.suppress(queue.Empty):
            while True:
                child = self._seats.get_nowait()
                if child is not None:
                    child.kill()
        for _ in range(self._children):
            self._seats.put(None)


class _Child:
    """One running child and the parent's ends of its pipes."""

    def __init__(self, module: str, limits: Limits) -> None:
        self._limits = limits
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-m", module, json.dumps(asdict(limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_bare_environment(),
            bufsize=0,
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise JobError("crashed", "no pipes to the limited process")
        self._to, self._from = self._process.stdin, self._process.stdout
        for end in (self._to, self._from):
            _widen(end)
            os.set_blocking(end.fileno(), False)
        self._ready = False
        self.jobs = 0

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_ready(self) -> None:
        """Wait for the first frame, which the child sends once everything is imported."""
        if self._ready:
            return
        deadline = time.monotonic() + self._limits.start_seconds
        try:
            self._read_frame(deadline, self._limits.result_bytes)
        except _LateError:
            self.kill()
            raise JobError("crashed", "the limited process did not start in time") from None
        except _BrokenError as broken:
            raise self._failure(broken) from None
        self._ready = True

    def run(self, header: dict[str, Any], payload: bytes) -> list[Frame]:
        self.wait_ready()
        self.jobs += 1
        deadline = time.monotonic() + self._limits.wall_seconds
        try:
            head = json.dumps(header).encode()
            self._write(LENGTHS.pack(len(head), len(payload)) + head, deadline)
            self._write(payload, deadline)
            return self._collect(deadline)
        except _LateError:
            self.kill()
            late = time.monotonic() - deadline + self._limits.wall_seconds
            raise JobError("took_too_long", f"stopped after {late:.0f} s") from None
        except _BrokenError as broken:
            raise self._failure(broken) from None

    def _collect(self, deadline: float) -> list[Frame]:
        frames: list[Frame] = []
        room = self._limits.result_bytes
        while True:
            soon = min(deadline, time.monotonic() + self._limits.quiet_seconds)
            frame = self._read_frame(soon, room)
            end = frame.header.get("end")
            if end == "done":
                return frames
            if end is not None:
                if end == "out_of_memory":
                    self.kill()
                facts = frame.header.get("facts")
                raise JobError(
                    str(end),
                    str(frame.header.get("detail", "")),
                    facts=facts if isinstance(facts, dict) else None,
                )
            frames.append(frame)
            room -= len(frame.payload)
            if len(frames) > self._limits.frames:
                raise _BrokenError("too many frames")

    def _failure(self, broken: _BrokenError) -> JobError:
        """Why the child is gone, from the signal that ended it."""
        try:
            status = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.kill()
            return JobError("crashed", str(broken))
        self.kill()
        if status == -signal.SIGXCPU:
            seconds = self._limits.cpu_seconds
            return JobError("took_too_long", f"used more than {seconds} s of processor time")
        if status == -signal.SIGKILL:
            return JobError("out_of_memory", "the system ended the parsing process")
        return JobError("crashed", f"the parsing process ended with status {status}")

    def _write(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        descriptor = self._to.fileno()
        while view:
            try:
                view = view[os.write(descriptor, view) :]
            except BlockingIOError:
                _await(deadline, writing=descriptor)
            except BrokenPipeError:
                raise _BrokenError("the child closed its input") from None

    def _read_frame(self, deadline: float, payload_max: int) -> Frame:
        head_bytes, payload_bytes = LENGTHS.unpack(self._read(LENGTHS.size, deadline))
        if head_bytes > HEADER_BYTES_MAX or payload_bytes > payload_max:
            raise _BrokenError(f"a frame of {head_bytes} + {payload_bytes} bytes is over the limit")
        try:
            header = json.loads(self._read(head_bytes, deadline))
        except ValueError:
            raise _BrokenError("a header is not JSON") from None
        if not isinstance(header, dict):
            raise _BrokenError("a header is not an object")
        return Frame(header, self._read(payload_bytes, deadline))

    def _read(self, size: int, deadline: float) -> bytearray:
        buffer = bytearray(size)
        view = memoryview(buffer)
        descriptor = self._from.fileno()
        while view:
            try:
                count = os.readv(descriptor, [view])
            except BlockingIOError:
                _await(deadline, reading=descriptor)
                continue
            if count == 0:
                raise _BrokenError("the child closed its output")
            view = view[count:]
        return buffer

    def kill(self) -> None:
        """End the child at once and release its pipes; harmless when it is gone already."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._to.close()
        self._from.close()


class _LateError(Exception):
    """The deadline passed."""


class _BrokenError(Exception):
    """The child is gone or does not keep to the protocol."""


def _await(deadline: float, *, reading: int | None = None, writing: int | None = None) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise _LateError
    poll = select.poll()
    if reading is not None:
        poll.register(reading, select.POLLIN)
    if writing is not None:
        poll.register(writing, select.POLLOUT)
    poll.poll(left * 1000)


def _bare_environment() -> dict[str, str]:
    """The parent's import path and locale, none of its secrets; one thread per library."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL") if key in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _widen(end: IO[bytes]) -> None:
    """A pipe of 64 KiB, the default, costs a switch of processes per piece of a picture."""
    size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(end.fileno(), size, PIPE_BYTES)
