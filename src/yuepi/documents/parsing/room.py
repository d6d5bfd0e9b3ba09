"""The parent's side of parsing: one warm limited process, and its failures as typed errors."""

from __future__ import annotations

import functools
from typing import Any

from yuepi.documents.accept import Original, refusal
from yuepi.kit.limited import Frame, JobError, LimitedProcess, Limits

LIMITS = Limits()

_REASONS = {
    "crashed": "it cannot be read: the parser broke on it",
    "took_too_long": "reading it takes too long",
    "out_of_memory": "reading it needs too much memory",
    "failed": "it cannot be read",
}


@functools.cache
def process() -> LimitedProcess:
    """The process that all parsing goes through; started by the first job or by `warm`."""
    return LimitedProcess("yuepi.documents.parsing.child", LIMITS)


def warm() -> None:
    """Start the process ahead of the first file (about a third of a second)."""
    process().warm()


def ask(original: Original, task: str, **more: Any) -> list[Frame]:
    """Run one task on a file. Raises `UnreadableFile` naming the file, the reason, the remedy.

    more: what else the task is told, as JSON has it.
    """
    job = {"task": task, "media": original.media, **more}
    try:
        return process().run(job, original.data)
    except JobError as failure:
        code = "damaged" if failure.code in ("crashed", "failed") else failure.code
        reason = _REASONS.get(failure.code)
        reason = failure.detail if reason is None else f"{reason} ({failure.detail})"
        raise refusal(original.name, code, reason) from failure
