"""Loading models at the start of a server, and again while they fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, Literal

from yuepi.gateway.deployment import Deployment
from yuepi.kit.errors import YuepiError

LOG = logging.getLogger(__name__)

AGAIN_S: Final = 5.0
AGAIN_S_MAX: Final = 60.0

Warmth = Literal["loading", "ready", "failed"]


async def warm_all(deployments: Iterable[Deployment], warming: dict[str, Warmth]) -> None:
    """Load models one after the other, telling in `warming` what became of each.

    One that fails is logged and tried again after a pause, 5 s and each time twice as long up to a
    minute: a server that is taken out of use until it is ready gets no question that would load
    it. Returns when all are loaded.
    """
    left = list(deployments)
    warming.update((each.name, "loading") for each in left)
    level, pause_s = logging.WARNING, AGAIN_S
    while left:
        left = [each for each in left if not await _loaded(each, warming, level)]
        if left:
            await asyncio.sleep(pause_s)
            # Told once aloud: it is the same failure as long as nobody mends it.
            level, pause_s = logging.INFO, min(2 * pause_s, AGAIN_S_MAX)


async def _loaded(deployment: Deployment, warming: dict[str, Warmth], level: int) -> bool:
    name = deployment.name
    warming[name] = "loading"
    try:
        await deployment.engine.warm()
    except YuepiError as error:
        LOG.log(level, "%s: %s; %s", name, error.message, error.remedy)
    except Exception:
        LOG.log(level, "%s: loading failed unexpectedly", name, exc_info=True)
    else:
        warming[name] = "ready"
        return True
    warming[name] = "failed"
    return False
