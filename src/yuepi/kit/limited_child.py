"""The child's side of a limited process: cap yourself, then answer jobs. See `kit.limited`.

Kept to the standard library and short, so that a child starts fast.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

LENGTHS = struct.Struct(">IQ")
PIPE_BYTES = 2**20


class Frame(NamedTuple):
    """One message: a small JSON object and raw bytes."""

    header: dict[str, Any]
    payload: bytes | bytearray | memoryview


class RefusalError(Exception):
    """Raised by a handler inside the child: an expected refusal with a stable code."""

    def __init__(self, code: str, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for a child.

    `wall_seconds` and `cpu_seconds` count for one job each; `quiet_seconds` is the longest wait
    for the next frame, so that a file of many pages has time while a hang is noticed early.
    """

    memory_bytes: int = 2 * 2**30
    cpu_seconds: int = 60
    wall_seconds: float = 60.0
    quiet_seconds: float = 8.0
    start_seconds: float = 20.0
    result_bytes: int = 2**30
    frames: int = 4096
    jobs_per_child: int = 500


Handler = Callable[[dict[str, Any], bytes], Iterator[Frame]]


def limit_this_process(arguments: Sequence[str]) -> Limits:
    """First act of a child: cap memory and forbid core dumps, before anything is imported."""
    limits = Limits(**json.loads(arguments[0]))
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_AS, limits.memory_bytes)
    return limits


def serve(handler: Handler, limits: Limits) -> None:
    """Answer jobs until the parent closes the pipe. Never returns a half-written frame's error."""
    jobs, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    # A library that prints must not break the protocol.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_NOFILE, 64)
    _send(results, {"ready": True})
    while True:
        lengths = jobs.read(LENGTHS.size)
        if len(lengths) < LENGTHS.size:
            return
        head_bytes, payload_bytes = LENGTHS.unpack(lengths)
        header = json.loads(jobs.read(head_bytes))
        payload = jobs.read(payload_bytes)
        _allow_seconds(limits)
        _answer(handler, header, payload, results)
        signal.alarm(0)
        del payload


def _answer(handler: Handler, header: dict[str, Any], payload: bytes, results: IO[bytes]) -> None:
    try:
        for frame in handler(header, payload):
            _send(results, frame.header, frame.payload)
    except MemoryError:
        _send(results, {"end": "out_of_memory", "detail": "needs more memory than allowed"})
    except RefusalError as refusal:
        end = {"end": refusal.code, "detail": refusal.detail, "facts": refusal.facts}
        _send(results, end)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001
        # The edge: a parser may raise anything on hostile bytes; the file is to blame.
        detail = f"{type(error).__name__}: {error}"[:300]
        _send(results, {"end": "failed", "detail": detail})
    else:
        _send(results, {"end": "done"})


def _send(
    results: IO[bytes],
    header: dict[str, Any],
    payload: bytes | bytearray | memoryview = b"",
) -> None:
    head = json.dumps(header).encode()
    body = memoryview(payload).cast("B") if len(payload) else memoryview(b"")
    _write_all(results, LENGTHS.pack(len(head), body.nbytes) + head)
    _write_all(results, body)


def _write_all(results: IO[bytes], data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[results.write(view[:PIPE_BYTES]) or 0 :]


def _allow_seconds(limits: Limits) -> None:
    """The processor limit counts from the start of the process: move it ahead for each job.

    The alarm ends a child whose parent died while the job hangs without using the processor.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = spent + limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    signal.alarm(int(limits.wall_seconds) + 5)


def _cap(kind: int, value: int) -> None:
    """Lower a limit; systems that refuse one of them (macOS and RLIMIT_AS) keep the others."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, value))
