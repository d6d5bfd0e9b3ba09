"""Tells, while somebody waits for the first word of a streamed answer, how far the call is.

As comments of the event stream (`: yuepi {"state":"queued","place":2}`), which every client of the
protocol passes over; and only to those who ask with `X-Yuepi-Progress: 1`, because the answer's
headers then leave before it is known which model answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from time import monotonic
from typing import Any

import msgspec

from yuepi.engines.contract import Call, Delta, Progress
from yuepi.gateway.failure_told import for_callers
from yuepi.gateway.http_exchange import Exchange, Header
from yuepi.kit.errors import YuepiError

#: A failure before this keeps its HTTP status; nobody needs to be told of so short a wait.
FIRST_AFTER_S = 0.3
EVERY_S = 0.5
#: The same again, so that proxies on the way see a living connection.
REPEATED_AFTER_S = 10.0

Told = Callable[[Call], Sequence[Header]]


def comment(**facts: Any) -> bytes:
    """One comment of an event stream; JSON never holds a line's end."""
    return b": yuepi %b\n\n" % msgspec.json.encode(facts)


def progress_comment(call: Call) -> bytes:
    """How far a call is that has not begun to answer."""
    progress = call.progress
    if progress is None:
        return comment(state="waiting")
    place = progress.place() if progress.place is not None else 0
    if place:
        return comment(state="queued", place=place)
    return comment(state="reading" if progress.reading else "waiting")


async def watched(
    exchange: Exchange, answer: AsyncGenerator[Delta, None], call: Call, told: Told
) -> AsyncGenerator[Delta, None]:
    """The answer as it comes; until its first piece the exchange is told how far it is.

    `told` gives the headers for an answer that begins before there was anything to tell.
    """
    call.progress = Progress()
    over = asyncio.Event()
    reporter = asyncio.create_task(_report(exchange, call, over))
    begun = False
    try:
        async with aclosing(answer) as deltas:
            async for delta in deltas:
                if not begun:
                    begun = True
                    over.set()
                    await reporter
                    if not exchange.started:
                        await exchange.start_events(told(call))
                    await exchange.write(_begins(call))
                yield delta
    except YuepiError as error:
        over.set()
        await reporter
        if exchange.streaming:
            await exchange.write(_fails(for_callers(error, call)))
        raise
    except (asyncio.CancelledError, GeneratorExit):
        reporter.cancel()
        raise
    finally:
        over.set()
        await asyncio.wait({reporter})
        if not reporter.cancelled():
            reporter.exception()  # told above, where anybody was left to be told


async def _report(exchange: Exchange, call: Call, over: asyncio.Event) -> None:
    last, at = b"", 0.0
    wait_s = FIRST_AFTER_S
    while not await _set_within(over, wait_s):
        wait_s = EVERY_S
        told = progress_comment(call)
        if told == last and monotonic() - at < REPEATED_AFTER_S:
            continue
        if not exchange.started:
            await exchange.start_events()
        await exchange.write(told)
        last, at = told, monotonic()


async def _set_within(event: asyncio.Event, wait_s: float) -> bool:
    try:
        async with asyncio.timeout(wait_s):
            return await event.wait()
    except TimeoutError:
        return False


def _begins(call: Call) -> bytes:
    return comment(
        state="answering",
        model=call.deployment or call.route,
        cache=call.cache,
        queued_s=round(call.queued_s, 3),
        tries=call.attempts,
    )


def _fails(error: YuepiError) -> bytes:
    facts: dict[str, Any] = {"state": "failed", "status": error.http_status}
    after_s = getattr(error, "retry_after_s", None)
    if after_s is not None:
        facts["retry_after_s"] = round(after_s, 1)
    return comment(**facts)
