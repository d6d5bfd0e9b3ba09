"""What can go wrong with the index's library, as our errors; what is tried again."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pyarrow as pa
import stamina

from yuepi.kit.errors import Unavailable
from yuepi.library.index.contract import IndexBroken

# What its library raises for whatever goes wrong: it has hardly any errors of its own.
ERRORS: Final = (RuntimeError, ValueError, OSError, pa.ArrowException)

CONFLICTS_MAX: Final = 16
CONFLICT_S_MAX: Final = 90.0

_CONFLICT: Final = re.compile(r"commit conflict|concurrent|already exists|preempted", re.I)
_AWAY: Final = re.compile(
    r"error sending request|connect|timed out|timeout|dns|credential|service unavailable|"
    r"\b50[0234]\b|access denied|forbidden",
    re.I,
)
_SOURCE: Final = re.compile(r",? /\S+\.rs:\d+:\d+")


@asynccontextmanager
async def errors_told(place: str) -> AsyncGenerator[None, None]:
    """Its errors as `Unavailable` where a bucket is away, as `IndexBroken` for all else."""
    try:
        yield
    except ERRORS as error:
        if "://" in place and _AWAY.search(str(error)):
            raise Unavailable(
                f"the index cannot be reached: {first_line(error)}",
                remedy=f"check that {place} can be reached and written",
                code="index_unavailable",
            ) from error
        raise IndexBroken(
            f"the index cannot be used: {first_line(error)}",
            remedy="make it anew from the shelf: yuepi index rebuild",
        ) from error


async def in_peace(work: Callable[[], Awaitable[Any]]) -> None:
    """Do it, and again where another writer was faster."""
    async for attempt in stamina.retry_context(
        on=_is_conflict,
        attempts=CONFLICTS_MAX,
        timeout=CONFLICT_S_MAX,
        wait_initial=0.02,
        wait_max=2.0,
    ):
        with attempt:
            await work()


def first_line(error: BaseException) -> str:
    """What it says first, without the places in its own source."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return _SOURCE.sub("", line)[:300]


def _is_conflict(error: Exception) -> bool:
    return isinstance(error, ERRORS) and _CONFLICT.search(str(error)) is not None
