"""Endless tasks that run beside a process's main work, and are begun again when they fail."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from yuepi.kit.errors import Unavailable

LOG = logging.getLogger(__name__)

AGAIN_S: Final = 1.0
AGAIN_S_MAX: Final = 30.0
AWAY_S_MAX: Final = 5.0
"""A task whose database is away is begun again this often, so that it goes on soon after."""
STEADY_S: Final = 60.0
"""A task that ran so long before it failed is begun again without a longer wait."""

Task = Callable[[], Awaitable[object]]


async def kept_going(name: str, task: Task) -> None:
    """Run an endless task; when it fails or ends, say so and begin it again, ever later."""
    wait_s = AGAIN_S
    while True:
        began_s = time.monotonic()
        wait_s_max = AGAIN_S_MAX
        try:
            await task()
            LOG.error("%s ended by itself; it begins again in %.0f s", name, wait_s)
        except Unavailable as error:
            LOG.warning("%s waits: %s", name, error)
            wait_s_max = AWAY_S_MAX
        except Exception:
            # The edge of every task beside the claims: one that fails must not end the others.
            LOG.exception("%s failed; it begins again in %.0f s", name, wait_s)
        if time.monotonic() - began_s > STEADY_S:
            wait_s = AGAIN_S
        wait_s = min(wait_s, wait_s_max)
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, wait_s_max)
